"""Open votes over HTTP: who may answer, what closes when, what the record says."""

import asyncio
from typing import Any

import pytest

from hub.votes.results import roll_hash
from tests.hub.voting import body
from tests.support import Hub


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_vote_from_its_preparation_to_its_sentence(hub: Hub) -> None:
    at = await body(hub, 4)
    vote = await at.open()

    first = await at.cast(at.chair, vote, "agree")
    for person, choice in zip(at.members, ("agree", "agree", "disagree"), strict=False):
        assert (await at.cast(person, vote, choice)).status_code == 200
    closed = await at.close(vote)

    assert first.json()["choice"] == ["agree"]
    assert len(first.json()["receipt"]) == 14
    assert len(first.json()["chain_head"]) == 64
    result = closed["result"]
    assert (result["passed"], result["agree"], result["base"], result["needed"]) == (True, 3, 5, 3)
    assert result["tally"]["returned"] == 4
    assert result["sentence"]["vi"] == (
        "Được thông qua: 3/5 biểu quyết tán thành, quá nửa tổng số đại biểu Hội đồng nhân dân."
    )
    kinds = [kind for kind, _ in await at.events()]
    assert kinds == ["vote.prepared", "vote.opened", "vote.closed", "vote.result"], "no event a ballot"
    opened = (await at.events())[1][1]
    assert (opened["rule"], opened["rule_version"], opened["members"], opened["quorum"]) == ("hdnd", 1, 5, 4)


async def test_one_person_one_ballot_on_whatever_device(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    phone, tablet = at.members[0], await hub.sign_in(at.members[0].id)

    answers = await asyncio.gather(*(at.cast(device, vote, "agree") for device in (phone, tablet) * 10))
    other = await at.cast(tablet, vote, "disagree")

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["receipt"] for answer in answers}) == 1, "the same again is the same ballot"
    assert code(other) == (409, "already-voted")
    tally = (await at.close(vote))["result"]["tally"]
    assert (tally["returned"], tally["agree"], tally["disagree"]) == (1, 1, 0)


async def test_a_ballot_may_change_until_the_close_where_the_vote_allows_it(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open(may_change=True)

    before = await at.cast(at.members[0], vote, "agree")
    after = await at.cast(at.members[0], vote, "disagree")

    assert after.json()["receipt"] != before.json()["receipt"]
    closed = await at.close(vote)
    assert (closed["result"]["tally"]["agree"], closed["result"]["tally"]["disagree"]) == (0, 1)
    assert code(await at.cast(at.members[0], vote, "agree")) == (409, "vote-not-open")


async def test_sixty_ballots_race_one_close_and_the_count_is_exact(hub: Hub) -> None:
    at = await body(hub, 59)
    vote = await at.open()
    await asyncio.gather(*(person.csrf() for person in at.everybody))

    answers = await asyncio.gather(
        *(at.cast(person, vote) for person in at.everybody[:30]),
        at.chair.post(f"/api/votes/{vote}/close"),
        *(at.cast(person, vote) for person in at.everybody[30:]),
    )

    closed = next(answer for answer in answers if "sentence" in answer.text)
    accepted = [answer for answer in answers if answer.status_code == 200 and answer is not closed]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.json()["code"] for answer in refused} <= {"vote-not-open"}
    assert len(accepted) + len(refused) == 60
    assert closed.json()["result"]["tally"]["agree"] == len(accepted)
    roll = (await at.chair.get(f"/api/votes/{vote}/roll")).json()
    assert {line["receipt"] for line in roll if line["choice"]} == {a.json()["receipt"] for a in accepted}


async def test_without_quorum_it_is_not_opened_unless_a_reason_is_recorded(hub: Hub) -> None:
    at = await body(hub, 5, present=3)
    vote = await at.prepare()

    refused = await at.chair.post(f"/api/votes/{vote}/open", {})
    allowed = await at.chair.post(f"/api/votes/{vote}/open", {"without_quorum": "Theo ý kiến của Thường trực"})

    assert code(refused) == (409, "no-quorum")
    assert refused.json()["detail"] == "3/4"
    assert allowed.status_code == 200
    events = dict(await at.events())
    assert (events["vote.quorum_waived"]["present"], events["vote.quorum_waived"]["quorum"]) == (3, 4)
    assert "text_hash" in events["vote.quorum_waived"]


async def test_guests_secretaries_and_those_who_are_away_have_no_ballot(hub: Hub) -> None:
    at = await body(hub, 4, present=4, guest=True)
    vote = await at.open()
    away, stranger = at.members[-1], await hub.person()
    assert at.guest is not None

    assert code(await at.cast(at.guest, vote)) == (403, "not-a-voter")
    assert code(await at.cast(at.secretary, vote)) == (403, "not-a-voter")
    assert code(await at.cast(stranger, vote)) == (404, "not-found")
    assert code(await at.cast(away, vote)) == (409, "not-present")
    await at.check_in(away)
    assert (await at.cast(away, vote)).status_code == 200, "who comes late is admitted by this rule"


async def test_nobody_can_answer_for_another(hub: Hub) -> None:
    """There is no field for it: what is not a ballot's is refused, and the person is the session's."""
    at = await body(hub, 2)
    vote = await at.open()

    answer = await at.members[0].post(
        f"/api/votes/{vote}/ballot", {"choice": ["agree"], "user_id": str(at.members[1].id)}
    )

    assert answer.status_code == 400
    assert (await at.close(vote))["result"]["tally"]["returned"] == 0


@pytest.mark.parametrize("choice", [["yes"], ["agree", "disagree"], ["other"], ["agree", "agree"], ["agree,disagree"]])
async def test_an_answer_the_vote_does_not_have_is_refused(hub: Hub, choice: list[str]) -> None:
    at = await body(hub, 2)
    vote = await at.open()

    assert code(await at.cast(at.members[0], vote, *choice)) == (400, "unknown-choice")


async def test_a_paused_vote_takes_nothing_and_goes_on(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    await at.cast(at.members[0], vote)

    paused = await at.chair.post(f"/api/votes/{vote}/pause", {"reason": "Có ý kiến về thủ tục"})
    refused = await at.cast(at.members[1], vote)
    await at.chair.post(f"/api/votes/{vote}/resume")
    taken = await at.cast(at.members[1], vote)

    assert (paused.status_code, taken.status_code) == (204, 200)
    assert code(refused) == (409, "vote-not-open")
    assert (await at.close(vote))["result"]["tally"]["agree"] == 2


async def test_an_annulled_vote_has_a_reason_and_no_result_that_stands(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    await at.close(vote)

    without = await at.chair.post(f"/api/votes/{vote}/annul", {"reason": ""})
    done = await at.chair.post(f"/api/votes/{vote}/annul", {"reason": "Câu hỏi ghi nhầm số nghị quyết"})

    assert (without.status_code, done.status_code) == (400, 204)
    assert (await at.chair.get(f"/api/votes/{vote}")).json()["state"] == "annulled"
    assert (await at.events())[-1][0] == "vote.annulled"


async def test_a_meeting_answers_one_question_at_a_time_and_does_not_end_under_it(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    second = await at.prepare(item_ids=[str(at.items[1])])

    assert code(await at.chair.post(f"/api/votes/{second}/open", {})) == (409, "another-vote-open")
    assert code(await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})) == (
        409, "vote-still-open",
    )  # fmt: skip
    await at.close(vote)
    assert (await at.chair.post(f"/api/votes/{second}/open", {})).status_code == 200


async def test_members_do_not_open_or_close(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.prepare()
    member = at.members[0]

    assert code(await member.post(f"/api/meetings/{at.meeting_id}/votes", at.question())) == (403, "forbidden")
    assert code(await member.post(f"/api/votes/{vote}/open", {})) == (403, "forbidden")
    await at.chair.post(f"/api/votes/{vote}/open", {})
    for verb, wish in (("close", None), ("pause", {"reason": "thử"}), ("annul", {"reason": "thử"})):
        assert code(await member.post(f"/api/votes/{vote}/{verb}", wish)) == (403, "forbidden")
    assert code(await member.get(f"/api/votes/{vote}/voters")) == (403, "forbidden")


async def test_the_roll_is_for_members_after_the_close_and_its_hash_is_in_the_record(hub: Hub) -> None:
    at = await body(hub, 3, guest=True)
    vote = await at.open()
    mine = (await at.cast(at.members[0], vote, "disagree")).json()
    assert at.guest is not None

    early = await at.members[1].get(f"/api/votes/{vote}/roll")
    await at.close(vote)
    roll = (await at.members[1].get(f"/api/votes/{vote}/roll")).json()
    guests = await at.guest.get(f"/api/votes/{vote}/roll")

    assert code(early) == (409, "wrong-state")
    assert code(guests) == (403, "forbidden")
    line = next(line for line in roll if line["user_id"] == str(at.members[0].id))
    assert (line["choice"], line["receipt"]) == (["disagree"], mine["receipt"])
    assert [line["choice"] for line in roll if line is not line and line["choice"]] == []
    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT salt FROM vote WHERE id = %s", (vote,))
        row = await cursor.fetchone()
    assert row is not None
    closed = dict(await at.events())["vote.closed"]
    assert closed["box_hash"] == roll_hash(bytes(row[0]), [[str(at.members[0].id), ["disagree"], mine["receipt"]]])


async def test_the_count_is_hidden_until_the_close_unless_the_vote_shows_it(hub: Hub) -> None:
    at = await body(hub, 3)
    hidden = await at.open()
    await at.cast(at.members[0], hidden)
    seen = (await at.members[1].get(f"/api/votes/{hidden}")).json()
    await at.close(hidden)
    shown = await at.open(live_count=True)
    await at.cast(at.members[0], shown, "disagree")

    live = (await at.members[1].get(f"/api/votes/{shown}")).json()

    assert (seen["cast"], seen["tally"], seen["my_ballot"]) == (1, None, None)
    assert (live["cast"], live["tally"]["disagree"]) == (1, 1)
    assert (await at.members[0].get(f"/api/votes/{shown}")).json()["my_ballot"]["choice"] == ["disagree"]


async def test_a_rehearsal_needs_no_quorum_and_keeps_nobodys_answer(hub: Hub) -> None:
    at = await body(hub, 4, present=1)
    vote = await at.open(rehearsal=True)

    cast = await at.cast(at.members[3], vote)
    closed = await at.close(vote)

    assert cast.status_code == 200
    assert closed["result"]["tally"]["returned"] == 1
    assert closed["my_ballot"] is None
    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT (SELECT count(*) FROM ballot), (SELECT count(*) FROM vote_voter)")
        assert await cursor.fetchone() == (0, 0)
    assert all(body["rehearsal"] for kind, body in await at.events() if kind == "vote.result")


async def test_a_tie_of_the_committee_goes_as_its_chair_voted(hub: Hub) -> None:
    at = await body(hub, 3)
    vote = await at.open(rule_id="ubnd-session")
    for person, choice in zip(at.everybody, ("disagree", "agree", "agree", "disagree"), strict=True):
        await at.cast(person, vote, choice)

    result = (await at.close(vote))["result"]

    assert (result["passed"], result["tie"], result["by_chair"]) == (False, True, True)
    assert "theo ý kiến biểu quyết của Chủ tịch Ủy ban nhân dân: không tán thành" in result["sentence"]["vi"]


async def test_what_no_answer_means_must_be_said_where_the_rule_leaves_it_to_the_body(hub: Hub) -> None:
    at = await body(hub, 3, present=0)

    unsaid = await at.secretary.post(f"/api/meetings/{at.meeting_id}/votes", at.question(rule_id="ubnd-written"))
    vote = await at.open(rule_id="ubnd-written", silence="agree")
    await at.cast(at.members[0], vote, "other", remark="Đề nghị làm rõ nguồn vốn")
    result = (await at.close(vote))["result"]

    assert code(unsaid) == (400, "silence-needed")
    assert (result["passed"], result["tally"]["deemed_agree"], result["tally"]["other"]) == (True, 3, 1)


async def test_who_is_taken_off_the_list_while_it_is_open_has_no_ballot(hub: Hub) -> None:
    at = await body(hub, 3)
    vote = await at.open(rule_id="ubnd-written", silence="not-voting")
    gone = await at.secretary.delete(f"/api/meetings/{at.meeting_id}/participants/{at.members[0].id}")

    refused = await at.cast(at.members[0], vote)

    assert gone.status_code == 204, gone.text
    assert code(refused) == (404, "not-found")
    assert (await at.close(vote))["result"]["tally"]["returned"] == 0


async def test_a_rule_not_in_force_or_not_for_this_is_refused(hub: Hub) -> None:
    at = await body(hub, 2)
    where = f"/api/meetings/{at.meeting_id}/votes"

    for wrong in (
        {"rule_id": "government-session"},  # in force from 29 May 2026, and it is March
        {"rule_id": "nothing"},
        {"rule_id": "hdnd", "kind": "election", "options": ["A"]},
        {"rule_id": "ubnd-written", "secrecy": "secret", "silence": "agree"},
        {"secrecy": "secret", "may_change": True},
        {"on_paper": True},
    ):
        assert code(await at.secretary.post(where, at.question(**wrong))) == (400, "unknown-rule"), wrong
    reduced = at.question(rule_id="hdnd-reduced", members=20, seats=29)
    assert code(await at.secretary.post(where, reduced)) == (409, "rule-does-not-apply")
    assert (await at.secretary.post(where, reduced | {"seats": 31})).status_code == 201
    assert {rule["id"] for rule in (await at.members[0].get("/api/vote-rules")).json()} >= {"hdnd", "ubnd-session"}


async def test_an_item_marked_secret_is_not_voted_on_by_phone(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.prepare()
    await at.secretary.put(f"/api/agenda-items/{at.items[0]}/secrecy", {"secrecy": "mat"})

    assert code(await at.chair.post(f"/api/votes/{vote}/open", {})) == (409, "secret-item")
    assert code(await at.secretary.post(f"/api/meetings/{at.meeting_id}/votes", at.question())) == (409, "secret-item")


async def test_a_body_larger_than_who_was_invited_counts_all_its_members(hub: Hub) -> None:
    at = await body(hub, 4)
    too_few = await at.prepare(members=4)
    refused = await at.chair.post(f"/api/votes/{too_few}/open", {})
    vote = await at.open(members=7)
    for person in at.everybody[:3]:
        await at.cast(person, vote)

    result = (await at.close(vote))["result"]

    assert code(refused) == (409, "members-too-few")
    assert (result["base"], result["needed"], result["passed"]) == (7, 4, False)


async def test_a_vote_changes_and_goes_until_it_is_opened(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.prepare()

    changed = await at.secretary.put(f"/api/votes/{vote}", at.question(question="Thông qua toàn văn?"))
    await at.chair.post(f"/api/votes/{vote}/open", {})
    late = await at.secretary.put(f"/api/votes/{vote}", at.question(question="Khác"))
    gone = await at.secretary.delete(f"/api/votes/{vote}")
    other = await at.prepare()

    assert changed.json()["question"] == "Thông qua toàn văn?"
    assert (code(late), code(gone)) == ((409, "wrong-state"), (409, "wrong-state"))
    assert (await at.secretary.delete(f"/api/votes/{other}")).status_code == 204


async def test_the_readiness_list_says_who_has_it_on_a_screen_and_never_what_he_chose(hub: Hub) -> None:
    at = await body(hub, 2, present=2)
    vote = await at.open(rule_id="own-present")
    await at.members[0].post(f"/api/votes/{vote}/seen")
    await at.cast(at.members[0], vote)

    lines = {line["user_id"]: line for line in (await at.secretary.get(f"/api/votes/{vote}/voters")).json()}

    assert lines[str(at.members[0].id)] | {"user_id": ""} == {
        "user_id": "", "may_vote": True, "seen": True, "answered": True,
    }  # fmt: skip
    assert lines[str(at.members[1].id)]["may_vote"] is False
    assert len(lines) == 3


async def test_an_election_of_two_among_three(hub: Hub) -> None:
    at = await body(hub, 4)
    vote = await at.open(rule_id="own-present", kind="election", options=["Nguyễn An", "Trần Bình", "Lê Chi"], choose=2)
    papers = (["1", "2"], ["1", "2"], ["1"], ["3", "2"], ["1", "3"])
    for person, chosen in zip(at.everybody, papers, strict=True):
        assert (await at.cast(person, vote, *chosen)).status_code == 200
    too_many = await at.cast(at.chair, vote, "1", "2", "3")

    result = (await at.close(vote))["result"]

    assert code(too_many) == (400, "unknown-choice")
    assert (result["tally"]["counts"], result["elected"], result["passed"]) == ([4, 3, 2], [1, 2], None)
    assert result["sentence"]["vi"].startswith("Trúng cử: Nguyễn An (4/5), Trần Bình (3/5)")


async def test_a_block_of_undisputed_items_is_one_vote(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open(item_ids=[str(item) for item in at.items], question="Thông qua cả khối?")
    for person in at.everybody:
        await at.cast(person, vote)

    closed = await at.close(vote)

    assert closed["item_ids"] == [str(item) for item in at.items]
    assert closed["result"]["passed"]


async def test_screens_hear_the_progress_as_presence_and_the_result_as_a_fact(hub: Hub) -> None:
    at = await body(hub, 3)
    vote = await at.prepare(live_count=True)
    await hub.serve()
    async with at.members[0].line(at.meeting_id) as line:
        await line.next("ready")
        await at.chair.post(f"/api/votes/{vote}/open", {})
        opened = await line.event("vote.opened")
        await at.cast(at.members[1], vote)
        progress = await line.next("presence", of="vote")
        await at.close(vote)
        result = await line.event("vote.result")

    assert (opened["text"], opened["event"]["vote_id"]) == ("Thông qua dự thảo nghị quyết?", vote)
    assert (progress["cast"], progress["counts"]) == (1, {"agree": 1})
    assert result["event"]["agree"] == 1
    assert result["text"].startswith("Không được thông qua: 1/4")
