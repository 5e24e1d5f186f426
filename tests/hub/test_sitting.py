"""Who is where and since when, the quorum, the course of the sitting, and what all three mean for an open vote."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.attendance.history import current, overlap, presence, stays
from hub.attendance.quorum import default_rule
from hub.attendance.states import Change
from tests.hub.voting import Voting, body
from tests.support import START, Hub, HubClock, Person


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def where(at: Voting, person: Person, what: str = "attendance") -> str:
    return f"/api/meetings/{at.meeting_id}/participants/{person.id}/{what}"


async def mark(at: Voting, person: Person, state: str, **more: Any) -> Any:
    return await at.secretary.put(where(at, person), {"state": state} | more)


async def shown(at: Voting, person: Person) -> tuple[str, str | None]:
    meeting = (await at.secretary.get(f"/api/meetings/{at.meeting_id}")).json()
    return next((p["attendance"], p["since"]) for p in meeting["participants"] if p["user_id"] == str(person.id))


async def quorum(at: Voting) -> tuple[int, int, int]:
    found = (await at.secretary.get(f"/api/meetings/{at.meeting_id}")).json()["sitting"]["quorum"]
    return found["present"], found["members"], found["needed"]


async def sheet(at: Voting, who: Person | None = None) -> dict[str, Any]:
    answer = await (who or at.secretary).get(f"/api/meetings/{at.meeting_id}/attendance")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of(found: dict[str, Any], person: Person) -> dict[str, Any]:
    return next(one for one in found["people"] if one["user_id"] == str(person.id))


async def test_the_desk_says_where_somebody_is_and_why_and_a_correction_keeps_both(hub: Hub, clock: HubClock) -> None:
    at = await body(hub, 2, present=0)
    member = at.members[0]
    await mark(at, member, "excused", reason="Đi công tác")
    clock.pass_(minutes=30)
    came = (await at.secretary.post(where(at, member, "check-in"))).json()
    clock.pass_(minutes=60)
    left = (await mark(at, member, "left")).json()
    clock.pass_(minutes=5)

    earlier = START + timedelta(minutes=70)
    corrected = await mark(at, member, "left", since=earlier.isoformat(), instead_of=left["seq"])

    assert came["attendance"] == "room"
    assert corrected.status_code == 200, corrected.text
    assert await shown(at, member) == ("left", earlier.isoformat().replace("+00:00", "Z"))
    told = of(await sheet(at), member)["changes"]
    assert [(c["state"], c["undone"]) for c in told] == [
        ("excused", False), ("room", False), ("left", True), ("left", False),
    ]  # fmt: skip
    assert told[0]["reason"] == "Đi công tác"
    assert of(await sheet(at, at.members[1]), member)["changes"][0]["reason"] is None, "the reason is personal"
    assert of(await sheet(at, member), member)["changes"][0]["reason"] == "Đi công tác"


async def test_screens_hear_where_he_is_now_and_no_reason(hub: Hub) -> None:
    at = await body(hub, 2, present=0)
    await hub.serve()
    async with at.members[1].line(at.meeting_id) as line:
        await line.next("ready")
        seq = (await mark(at, at.members[0], "absent", reason="Ốm")).json()["seq"]
        told = await line.event("attendance.changed")
        await at.secretary.delete(f"{where(at, at.members[0])}/{seq}")
        undone = await line.event("attendance.undone")

    assert (told["text"], told["event"]["now"], len(told["event"]["reason_hash"])) == (None, "absent", 64)
    assert (undone["event"]["change"], undone["event"]["now"], undone["event"]["now_since"]) == (seq, "unknown", None)
    again = await at.secretary.delete(f"{where(at, at.members[0])}/{seq}")
    assert code(again) == (409, "nothing-to-undo")


async def test_a_member_says_himself_that_he_is_online_or_goes_and_takes_that_back(hub: Hub) -> None:
    at = await body(hub, 2, present=0)
    member, mine = at.members[0], f"/api/meetings/{at.meeting_id}/my-attendance"
    rules = {"online_allowed": False, "members": None, "rule_id": None}

    online = await member.put(mine, {"state": "online"})
    seated = await member.put(mine, {"state": "room"})
    gone = (await member.put(mine, {"state": "left", "reason": "Việc gia đình"})).json()
    back = await member.delete(f"{where(at, member)}/{gone['seq']}")
    others = await at.members[1].delete(f"{where(at, member)}/{online.json()['seq']}")
    await at.secretary.put(f"/api/meetings/{at.meeting_id}/attendance-rules", rules)
    closed = await at.members[1].put(mine, {"state": "online"})

    assert (online.status_code, seated.status_code, back.status_code) == (200, 400, 204)
    assert (await shown(at, member))[0] == "online"
    assert code(others) == (403, "forbidden")
    assert code(closed) == (409, "online-not-allowed")
    assert [c["how"] for c in of(await sheet(at), member)["changes"]] == ["self", "self"]


async def test_what_he_said_of_himself_stands_once_the_desk_has_spoken(hub: Hub) -> None:
    at = await body(hub, 2, present=0)
    member = at.members[0]
    online = (await member.put(f"/api/meetings/{at.meeting_id}/my-attendance", {"state": "online"})).json()
    await at.secretary.post(where(at, member, "check-in"))

    late = await member.delete(f"{where(at, member)}/{online['seq']}")

    assert code(late) == (409, "nothing-to-undo")
    assert (await shown(at, member))[0] == "room"


@pytest.mark.parametrize(
    "since",
    [(START + timedelta(seconds=1)).isoformat(), (START - timedelta(hours=25)).isoformat(), "2026-03-02T08:00:00"],
)
async def test_attendance_is_told_of_what_has_been(hub: Hub, since: str) -> None:
    at = await body(hub, 1, present=0)

    assert code(await mark(at, at.members[0], "left", since=since)) == (400, "time-impossible")


async def test_after_the_end_it_is_set_right_with_a_time_and_after_the_closing_not_at_all(
    hub: Hub, clock: HubClock
) -> None:
    at = await body(hub, 2, present=2)
    state = f"/api/meetings/{at.meeting_id}/state"
    clock.pass_(hours=2)
    await at.chair.post(state, {"to": "ended"})
    clock.pass_(minutes=10)

    now = await mark(at, at.members[0], "left")
    then = await mark(at, at.members[0], "left", since=(START + timedelta(hours=1)).isoformat())
    closed = await at.chair.post(state, {"to": "closed", "reason": "Không có biên bản."})
    frozen = await mark(at, at.members[0], "room", since=START.isoformat())

    assert (code(now), closed.status_code) == ((400, "time-impossible"), 204), closed.text
    assert then.status_code == 200
    assert code(frozen) == (409, "check-in-closed")


async def test_only_who_prepares_or_leads_says_it_of_others(hub: Hub) -> None:
    at = await body(hub, 2, guest=True)
    stranger = await hub.person()
    assert at.guest is not None

    for person, status in ((at.members[0], 403), (at.guest, 403), (stranger, 404)):
        assert (await person.put(where(at, at.members[1]), {"state": "left"})).status_code == status
        assert (
            await person.put(f"/api/meetings/{at.meeting_id}/attendance-rules", {"online_allowed": True})
        ).status_code == status
    assert (await stranger.get(f"/api/meetings/{at.meeting_id}/attendance")).status_code == 404
    assert (await stranger.put(f"/api/meetings/{at.meeting_id}/my-attendance", {"state": "left"})).status_code == 404
    assert (await at.secretary.put(where(at, stranger), {"state": "left"})).status_code == 404


async def test_the_quorum_is_that_of_the_body_and_stays_true(hub: Hub) -> None:
    at = await body(hub, 4, present=3, guest=True)
    assert at.guest is not None
    assert await quorum(at) == (3, 5, 4), "two thirds of five"

    await mark(at, at.members[3], "online")
    await at.secretary.post(where(at, at.guest, "check-in"))
    assert await quorum(at) == (4, 5, 4), "online counts, guests do not"
    await mark(at, at.chair, "left")
    assert await quorum(at) == (3, 5, 4)
    rules = {"online_allowed": True, "members": 51, "rule_id": "own-present"}
    assert (await at.secretary.put(f"/api/meetings/{at.meeting_id}/attendance-rules", rules)).status_code == 204
    assert await quorum(at) == (3, 51, 26)
    wrong = await at.secretary.put(f"/api/meetings/{at.meeting_id}/attendance-rules", rules | {"rule_id": "none"})
    assert code(wrong) == (400, "unknown-rule")


def test_each_kind_of_meeting_has_its_rule() -> None:
    day = date(2026, 6, 1)

    assert [default_rule(kind, day).id for kind in ("council", "committee", "briefing", "other", "party")] == [
        "hdnd", "ubnd-session", "own-present", "own-present", "own-present",
    ]  # fmt: skip


async def test_a_vote_counts_the_members_of_the_meeting_and_who_is_online(hub: Hub) -> None:
    at = await body(hub, 4, present=3)
    await at.secretary.put(
        f"/api/meetings/{at.meeting_id}/attendance-rules", {"online_allowed": True, "members": 6, "rule_id": None}
    )
    vote = await at.prepare()
    short = await at.chair.post(f"/api/votes/{vote}/open", {})
    await at.members[2].put(f"/api/meetings/{at.meeting_id}/my-attendance", {"state": "online"})

    opened = await at.chair.post(f"/api/votes/{vote}/open", {})

    assert (code(short), short.json()["detail"]) == ((409, "no-quorum"), "3/4")
    assert (opened.json()["members"], opened.json()["present"], opened.json()["quorum"]) == (6, 4, 4)
    assert (await at.cast(at.members[2], vote)).status_code == 200


async def test_who_leaves_before_or_during_a_vote_has_no_ballot_until_he_is_back(hub: Hub) -> None:
    at = await body(hub, 5)
    before, during, voted, stays_ = at.members[:4]
    await mark(at, before, "left")
    vote = await at.open()
    await at.cast(voted, vote)

    for person in (during, voted):
        await mark(at, person, "left")

    assert code(await at.cast(before, vote)) == (409, "not-present")
    assert code(await at.cast(during, vote)) == (409, "not-present")
    assert (await at.cast(stays_, vote)).status_code == 200
    await at.secretary.post(where(at, before, "check-in"))
    await at.secretary.post(where(at, during, "check-in"))
    assert (await at.cast(before, vote)).status_code == 200, "late, and this rule admits who comes late"
    assert (await at.cast(during, vote)).status_code == 200
    result = (await at.close(vote))["result"]
    assert (result["tally"]["returned"], result["present"]) == (4, 6), "who answered and left was there"


@pytest.mark.parametrize(("column", "before", "after"), [("late_admitted", 409, 200), ("online_counts", 409, 409)])
async def test_where_the_rule_admits_nobody_late_or_wants_all_in_the_room(
    hub: Hub, column: str, before: int, after: int
) -> None:
    """Both at their boundary: who was there at the opening, left and came back was there at the opening."""
    at = await body(hub, 4, present=4)
    late, back = at.members[3], at.members[2]
    vote = await at.prepare()
    async with hub.db.work() as work:
        await work.conn.execute(f"UPDATE vote SET {column} = false WHERE id = %s".encode(), (vote,))
    assert (await at.chair.post(f"/api/votes/{vote}/open", {})).status_code == 200

    await mark(at, late, "online")
    await mark(at, back, "left")
    await mark(at, back, "room" if column == "late_admitted" else "online")

    assert (await at.cast(late, vote)).status_code == before
    assert (await at.cast(back, vote)).status_code == after
    assert (await at.close(vote))["result"]["present"] == (4 if column == "late_admitted" else 3)


async def test_the_course_of_a_sitting_each_item_with_its_time(hub: Hub, clock: HubClock) -> None:
    at = await body(hub, 1, items=3)
    first, second, third = map(str, at.items)
    where_ = f"/api/meetings/{at.meeting_id}"

    async def items() -> list[tuple[str, int]]:
        found = (await at.chair.get(f"{where_}/items")).json()
        return [(item["state"], item["held_ms"] // 60_000) for item in found]

    await at.chair.post(f"{where_}/current-item", {"item_id": first})
    clock.pass_(minutes=10)
    assert code(await at.chair.post(f"/api/agenda-items/{first}/skip", {})) == (409, "item-running")
    assert (await at.chair.post(f"{where_}/pause", {"reason": "Giải lao"})).status_code == 204
    clock.pass_(minutes=15)
    assert code(await at.chair.post(f"{where_}/current-item", {"item_id": second})) == (409, "sitting-paused")
    vote = await at.prepare()
    assert code(await at.chair.post(f"/api/votes/{vote}/open", {})) == (409, "sitting-paused")
    resting = (await at.members[0].get(where_)).json()["sitting"]["paused"]
    await at.chair.post(f"{where_}/resume")
    clock.pass_(minutes=5)
    await at.chair.post(f"/api/agenda-items/{third}/skip", {"reason": "Chuyển sang kỳ họp sau"})
    await at.chair.post(f"{where_}/current-item", {"item_id": second})
    assert await items() == [("done", 15), ("running", 0), ("skipped", 0)]
    clock.pass_(minutes=20)
    await at.chair.post(f"{where_}/current-item", {"item_id": first})
    clock.pass_(minutes=1)
    await at.chair.post(f"{where_}/current-item", {"item_id": third})
    assert await items() == [("done", 16), ("done", 20), ("running", 0)]
    await at.chair.post(f"{where_}/state", {"to": "ended"})
    assert await items() == [("done", 16), ("done", 20), ("done", 0)]

    assert resting == {"since": "2026-03-02T08:10:00Z", "reason": "Giải lao"}
    for verb in ("pause", "resume"):
        assert code(await at.chair.post(f"{where_}/{verb}", {})) == (409, "wrong-state")
        assert (await at.members[0].post(f"{where_}/{verb}", {})).status_code == 403
    assert (await at.members[0].post(f"/api/agenda-items/{third}/skip", {})).status_code == 403


async def test_the_clock_of_who_speaks_stands_while_the_sitting_rests(hub: Hub, clock: HubClock) -> None:
    at = await body(hub, 2)
    where_ = f"/api/meetings/{at.meeting_id}"
    floor = (await at.chair.post(f"{where_}/floors", {"user_id": str(at.members[0].id)})).json()["id"]
    clock.pass_(minutes=2)
    await at.chair.post(f"{where_}/pause", {})
    clock.pass_(minutes=15)

    resting = await at.chair.post(f"/api/floors/{floor}/resume")
    shown_ = (await at.chair.get(f"{where_}/speaking")).json()["floors"][0]
    await at.chair.post(f"{where_}/resume")
    gone_on = await at.chair.post(f"/api/floors/{floor}/resume")

    assert (code(resting), gone_on.status_code) == ((409, "sitting-paused"), 204)
    assert (shown_["state"], shown_["used_ms"]) == ("paused", 120_000)


async def test_no_sitting_rests_over_an_open_vote(hub: Hub) -> None:
    at = await body(hub, 2)
    await at.open()

    assert code(await at.chair.post(f"/api/meetings/{at.meeting_id}/pause", {})) == (409, "vote-still-open")


async def test_who_was_there_for_which_item_and_for_how_long(hub: Hub, clock: HubClock) -> None:
    at = await body(hub, 3, present=0)
    late, leaver, away = at.members
    where_ = f"/api/meetings/{at.meeting_id}"
    for person in (at.chair, leaver):
        await at.secretary.post(where(at, person, "check-in"))
    await at.chair.post(f"{where_}/current-item", {"item_id": str(at.items[0])})
    clock.pass_(minutes=10)
    await late.put(f"{where_}/my-attendance", {"state": "online"})
    clock.pass_(minutes=10)
    await at.chair.post(f"{where_}/pause", {})
    clock.pass_(minutes=30)
    await at.chair.post(f"{where_}/resume")
    await at.chair.post(f"{where_}/current-item", {"item_id": str(at.items[1])})
    clock.pass_(minutes=20)
    await mark(at, leaver, "left", since=(clock.now - timedelta(minutes=15)).isoformat())
    await at.chair.post(f"{where_}/state", {"to": "ended"})

    found = await sheet(at)

    assert found["sat_ms"] == 40 * 60_000
    minutes = {one["name"]: one["present_ms"] // 60_000 for one in found["people"]}
    assert [minutes[p.name] for p in (at.chair, late, leaver, away)] == [40, 30, 25, 0]
    first, second = found["items"]
    assert (first["held_ms"], second["held_ms"]) == (20 * 60_000, 20 * 60_000)

    def named(part: dict[str, Any], key: str) -> set[str]:
        return {p.name for p in (at.chair, late, leaver, away) if str(p.id) in part[key]}

    assert (named(first, "present"), named(first, "partly"), named(first, "away")) == (
        {at.chair.name, leaver.name}, {late.name}, {away.name},
    )  # fmt: skip
    assert (named(second, "present"), named(second, "partly")) == ({at.chair.name, late.name}, {leaver.name})


def told(seq: int, state: Any, minute: int, *, undone: int | None = None) -> Change:
    since = START + timedelta(minutes=minute)
    return Change(
        seq=seq, user_id=UUID(int=1), state=state, since=since, told_at=since, how="manual", by_id=None, item_id=None,
        undone_seq=undone,
    )  # fmt: skip


def test_a_stay_is_what_holds_in_the_order_of_time_not_of_telling() -> None:
    changes = [told(1, "room", 0), told(5, "room", 60), told(7, "left", 40), told(8, "absent", 10, undone=9)]

    def minute(moment: datetime) -> float:
        return (moment - START) / timedelta(minutes=1)

    assert [(stay.state, minute(stay.since)) for stay in stays(changes)] == [("room", 0), ("left", 40), ("room", 60)]
    now = current(changes)
    assert now is not None
    assert (now.state, now.until) == ("room", None)
    there = presence([*changes, told(10, "online", 70)], START + timedelta(minutes=90))
    assert [(minute(a), minute(b)) for a, b in there] == [(0, 40), (60, 90)], "from the room to online is one presence"
    assert overlap(there, [(START + timedelta(minutes=30), START + timedelta(minutes=65))]) == 15 * 60_000
    assert current([]) is None
