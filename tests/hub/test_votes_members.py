"""Who votes is said of the person: a secretary may be a member of the body, a guest and a substitute never vote."""

from typing import Any

import msgspec

from hub.minutes.facts import rendered
from hub.replay import facts, replay
from hub.replay.stored import stored, told_of
from tests.hub.voting import Voting, body
from tests.support import Hub, Person


async def say(at: Voting, person: Person, votes: bool, by: Person | None = None) -> Any:
    return await (by or at.secretary).patch(f"/api/meetings/{at.meeting_id}/participants/{person.id}", {"votes": votes})


async def seen(at: Voting) -> dict[str, Any]:
    found: dict[str, Any] = (await at.secretary.get(f"/api/meetings/{at.meeting_id}")).json()
    return found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_secretary_who_is_a_member_votes_and_counts_for_the_quorum(hub: Hub) -> None:
    at = await body(hub, 3)
    before = (await seen(at))["sitting"]["quorum"]

    said = await say(at, at.secretary, True)
    away = (await seen(at))["sitting"]["quorum"]
    await at.check_in(at.secretary)
    here = (await seen(at))["sitting"]["quorum"]
    vote = await at.open()
    mine = await at.cast(at.secretary, vote)
    ready = (await at.chair.get(f"/api/votes/{vote}/voters")).json()
    result = (await at.close(vote))["result"]
    roll = (await at.chair.get(f"/api/votes/{vote}/roll")).json()

    assert said.status_code == 204, said.text
    assert [(q["present"], q["members"], q["needed"]) for q in (before, away, here)] == [
        (4, 4, 3),
        (4, 5, 4),
        (5, 5, 4),
    ]
    assert mine.status_code == 200, mine.text
    assert {line["user_id"]: line["answered"] for line in ready}[str(at.secretary.id)] is True
    assert (result["members"], result["present"], result["tally"]["agree"]) == (5, 5, 1)
    assert {line["user_id"]: line["receipt"] for line in roll}[str(at.secretary.id)] == mine.json()["receipt"]


async def test_who_is_no_member_of_the_body_chairs_without_a_vote(hub: Hub) -> None:
    at = await body(hub, 3)

    await say(at, at.chair, False)
    vote = await at.open()

    assert code(await at.cast(at.chair, vote)) == (403, "not-a-voter")
    assert (await at.close(vote))["result"]["members"] == 3


async def test_an_open_vote_keeps_its_roll_and_the_next_one_has_the_new_member(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()

    await say(at, at.secretary, True)
    await at.check_in(at.secretary)
    late = await at.cast(at.secretary, vote)
    await at.close(vote)
    second = await at.open()

    assert code(late) == (403, "not-a-voter")
    assert (await at.cast(at.secretary, second)).status_code == 200


async def test_a_guest_never_votes_and_only_who_prepares_says_who_does(hub: Hub) -> None:
    at = await body(hub, 2, guest=True)
    assert at.guest is not None

    assert code(await say(at, at.guest, True)) == (409, "guest-has-no-vote")
    assert code(await say(at, at.members[0], False, by=at.members[1])) == (403, "forbidden")
    await say(at, at.secretary, True)
    await at.chair.patch(f"/api/meetings/{at.meeting_id}/participants/{at.secretary.id}", {"role": "guest"})
    seen = (await at.chair.get(f"/api/meetings/{at.meeting_id}")).json()
    people = {one["user_id"]: one["votes"] for one in seen["participants"]}
    assert people[str(at.secretary.id)] is False, "who becomes a guest has no vote, whatever was said of him"
    assert people[str(at.guest.id)] is False


async def test_the_line_alone_says_who_votes(hub: Hub) -> None:
    at = await body(hub, 2, guest=True)
    await say(at, at.secretary, True)
    await say(at, at.members[0], False)
    async with hub.db.work() as work:
        told = told_of(replay(await facts(work.conn, at.meeting_id)))
        kept = await stored(work.conn, at.meeting_id)

    assert told.voters == kept.voters
    assert at.secretary.id in kept.voters
    assert at.members[0].id not in kept.voters


async def test_the_minutes_count_the_members_who_vote(hub: Hub) -> None:
    at = await body(hub, 3)
    await say(at, at.secretary, True)

    async with hub.db.work() as work:
        said = next(one for one in await rendered(work.conn, at.meeting_id) if one.kind == "attendance")

    assert "có mặt 4/5 đại biểu được triệu tập" in msgspec.json.encode(said.blocks).decode()


async def test_a_meeting_is_convened_and_copied_with_a_secretary_who_votes(hub: Hub) -> None:
    at = await body(hub, 1, state="published")
    admin = await hub.person(role="system_admin")
    wish = {
        "title": "Phiên họp thường kỳ", "kind": "committee", "place": "Phòng họp", "unit_id": str(hub.unit_id),
        "starts_at": "2026-04-01T01:00:00Z", "ends_at": "2026-04-01T04:00:00Z", "chair_id": str(at.chair.id),
        "secretary_ids": [str(at.secretary.id)], "delegate_ids": [str(at.members[0].id)],
        "voting_ids": [str(at.secretary.id), str(at.members[0].id)],
    }  # fmt: skip

    made = await admin.post("/api/meetings", wish)
    copy = await admin.get(f"/api/meetings/{made.json()['id']}/copy")

    assert made.status_code == 201, made.text
    seen = (await at.secretary.get(f"/api/meetings/{made.json()['id']}")).json()
    assert {one["name"]: one["votes"] for one in seen["participants"]}["Thư ký"] is True
    assert {one["name"]: one["votes"] for one in copy.json()["people"]}["Thư ký"] is True
