"""Paper votes: nothing counts that two people did not enter alike."""

from typing import Any

from tests.hub.voting import Voting, body
from tests.support import Hub, Person


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def enter(who: Person, vote: str, voter: Person, *choice: str) -> Any:
    return await who.post(f"/api/votes/{vote}/paper-ballots", {"user_id": str(voter.id), "choice": list(choice)})


async def count(who: Person, vote: str, **figures: Any) -> Any:
    return await who.put(f"/api/votes/{vote}/paper-count", {"invalid": 0} | figures)


async def test_a_paper_ballot_counts_when_two_people_entered_the_same(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    voter = at.members[0]

    first = await enter(at.secretary, vote, voter, "agree")
    again = await enter(at.secretary, vote, voter, "disagree")
    other = await enter(at.chair, vote, voter, "agree")
    same = await enter(at.chair, vote, voter, "disagree")

    assert (first.json()["counted"], again.json()["counted"], same.json()["counted"]) == (False, False, True)
    assert code(other) == (409, "paper-differs")
    assert code(await at.cast(voter, vote, "agree")) == (409, "already-voted"), "not on the phone as well"
    result = (await at.close(vote))["result"]
    assert (result["tally"]["disagree"], result["tally"]["returned"]) == (1, 1)
    roll = (await at.chair.get(f"/api/votes/{vote}/roll")).json()
    assert [line["user_id"] for line in roll if line["on_paper"]] == [str(voter.id)]


async def test_who_voted_on_the_phone_has_no_paper(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    await at.cast(at.members[0], vote, "agree")
    await enter(at.secretary, vote, at.members[0], "disagree")

    assert code(await enter(at.chair, vote, at.members[0], "disagree")) == (409, "already-voted")
    assert code(await enter(at.chair, vote, at.secretary, "agree")) == (403, "not-a-voter")
    assert code(await enter(at.members[1], vote, at.members[0], "agree")) == (403, "forbidden")


async def on_paper(hub: Hub) -> tuple[Voting, str]:
    at = await body(hub, 4)
    return at, await at.open(secrecy="secret", on_paper=True)


async def test_a_secret_vote_on_paper_closes_with_two_equal_counts(hub: Hub) -> None:
    at, vote = await on_paper(hub)
    figures: dict[str, Any] = {"issued": 5, "returned": 4, "invalid": 1, "counts": {"agree": 3, "disagree": 0}}

    early = await at.chair.post(f"/api/votes/{vote}/close")
    one = await count(at.chair, vote, **figures)
    differs = await count(at.secretary, vote, **figures | {"counts": {"agree": 2, "disagree": 1}})
    refused = await at.chair.post(f"/api/votes/{vote}/close")
    alike = await count(at.secretary, vote, **figures)
    result = (await at.close(vote))["result"]

    assert (code(early), code(refused)) == ((409, "paper-count-missing"), (409, "paper-count-missing"))
    assert [answer.json() for answer in (one, differs, alike)] == [
        {"entered": 1, "agree": None}, {"entered": 2, "agree": False}, {"entered": 2, "agree": True},
    ]  # fmt: skip
    assert (result["issued"], result["tally"]["returned"], result["tally"]["invalid"]) == (5, 4, 1)
    assert result["passed"]


async def test_figures_that_cannot_be_are_refused_where_they_are_typed(hub: Hub) -> None:
    at, vote = await on_paper(hub)

    for wrong in (
        {"issued": 4, "returned": 5, "counts": {"agree": 5}},
        {"issued": 9, "returned": 5, "counts": {"agree": 5}},
        {"issued": 5, "returned": 5, "counts": {"agree": 4}},
        {"issued": 5, "returned": 5, "invalid": 2, "counts": {"agree": 4}},
    ):
        assert code(await count(at.chair, vote, **wrong)) == (400, "bad-count"), wrong
    assert code(await count(at.chair, vote, issued=5, returned=1, counts={"yes": 1})) == (400, "unknown-choice")
    assert code(await at.cast(at.members[0], vote)) == (404, "not-found"), "no phone takes part"
