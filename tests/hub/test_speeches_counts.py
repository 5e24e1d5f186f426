"""Statistics of speaking across meetings: the figures, who may see them, and that a rehearsal leaves no trace."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.hub.speaking import Sitting, sitting
from tests.support import START, Hub, HubClock, Person

PERIOD = {"since": START.isoformat(), "until": (START + timedelta(days=60)).isoformat()}


async def held(hub: Hub, clock: HubClock, like: Sitting, turns: list[tuple[Person, int]], *, absent: Person) -> Sitting:
    """Another meeting of the same people, where some speak for so many seconds and one does not come."""
    meeting_id = await hub.meeting(
        like.chair, secretary=like.secretary, delegates=like.members, guests=[like.guest], items=1
    )
    at = Sitting(hub, meeting_id, await hub.items(meeting_id), like.chair, like.secretary)
    at.members, at.guest = like.members, like.guest
    await arrive(at, absent)
    for person, seconds in turns:
        floor = await at.give(await at.ask(person))
        clock.pass_(seconds=seconds)
        await at.do("end", floor)
    await at.chair.post(f"{at.path}/state", {"to": "ended"})
    return at


async def arrive(at: Sitting, absent: Person) -> None:
    async with at.hub.db.work() as work:
        await work.conn.execute(
            "UPDATE participant SET checked_in_at = %s, checked_in_how = 'manual'"
            " WHERE meeting_id = %s AND user_id <> %s",
            (work.now, at.meeting_id, absent.id),
        )


async def figures(person: Person, unit: UUID, **more: Any) -> Any:
    return await person.get(f"/api/units/{unit}/speaking", params=PERIOD | more)


async def test_who_asked_who_spoke_how_long_and_who_never_does(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub, 3, state="draft")
    a, b, silent = at.members
    await held(hub, clock, at, [(a, 60), (b, 30)], absent=b)
    await held(hub, clock, at, [(a, 45)], absent=b)
    third = await held(hub, clock, at, [], absent=at.chair)
    withdrawn = await third.try_asking(silent)
    assert withdrawn.status_code == 409, "it has ended"

    found = (await figures(at.chair, hub.unit_id, present_at_least=3)).json()

    rows = {one["user_id"]: one for one in found["people"]}
    mine = rows[str(a.id)]
    assert found["meetings"] == 3
    assert [mine[name] for name in ("meetings_invited", "meetings_present", "requests", "floors", "seconds")] == [
        3, 3, 2, 2, 105
    ]  # fmt: skip
    assert (mine["meetings_spoken"], mine["unit_name"]) == (2, "Xã Thử Nghiệm")
    assert found["people"][0]["user_id"] == str(a.id), "who spoke longest first"
    assert found["silent"] == [str(silent.id)], "of the members; not guests, nor the secretary, nor who was away"
    assert (await figures(at.chair, hub.unit_id, present_at_least=4)).json()["silent"] == []
    (group,) = found["groups"]
    assert (group["floors"], group["seconds"]) == (3, 135)


async def test_the_figures_are_for_who_chairs_or_administers_and_everybody_sees_himself(
    hub: Hub, clock: HubClock
) -> None:
    at = await sitting(hub, 2, state="draft")
    await held(hub, clock, at, [(at.members[0], 60)], absent=at.members[1])
    elsewhere = await hub.unit("Xã khác")
    admin, stranger = await hub.person(role="unit_admin"), await hub.person(unit=elsewhere, role="unit_admin")

    assert (await figures(at.chair, hub.unit_id)).status_code == 200
    assert (await figures(admin, hub.unit_id)).status_code == 200
    for person in (at.secretary, *at.members, at.guest, stranger):
        assert (await figures(person, hub.unit_id)).status_code == 404
        assert (await person.get("/api/speaking/units")).json() == []
    (mine,) = (await at.members[0].get("/api/me/speaking", params=PERIOD)).json()
    assert (mine["floors"], mine["seconds"], mine["meetings_present"]) == (1, 60, 1)
    assert (await stranger.get("/api/me/speaking", params=PERIOD)).json() == []
    backwards = {"since": PERIOD["until"], "until": PERIOD["since"]}
    answer = await at.chair.get(f"/api/units/{hub.unit_id}/speaking", params=backwards)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


async def test_a_rehearsal_leaves_no_trace(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub, 2)
    mark = f"{at.path}/rehearsal"
    assert (await at.members[0].put(mark, {"rehearsal": True})).status_code == 403
    assert (await at.secretary.put(mark, {"rehearsal": True})).status_code == 204
    assert (await at.speaking())["rehearsal"] is True
    await at.give(user_id=str(at.members[0].id))
    clock.pass_(seconds=60)
    await at.chair.post(f"{at.path}/state", {"to": "ended"})

    found = (await figures(at.chair, hub.unit_id)).json()

    assert (found["meetings"], found["people"], found["silent"]) == (0, [], [])
    assert (await at.members[0].get("/api/me/speaking", params=PERIOD)).json() == []
    assert (await at.secretary.put(mark, {"rehearsal": False})).status_code == 409, "not taken into them afterwards"


async def test_the_chair_sees_who_has_not_spoken_here_nor_in_the_meetings_before(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub, 3, state="draft")
    a, b, c = at.members
    await held(hub, clock, at, [(a, 60)], absent=c)
    clock.pass_(hours=5)
    now = await sitting_of(hub, at)
    floor = await now.give(user_id=str(b.id))
    clock.pass_(seconds=20)
    await now.do("end", floor)

    rows = {one["user_id"]: one for one in (await now.chair.get(f"{now.path}/speakers")).json()}

    def said(person: Person) -> list[int]:
        names = ("times_here", "seconds_here", "meetings_present", "meetings_spoken", "seconds_before")
        return [rows[str(person.id)][name] for name in names]

    assert [said(a), said(b), said(c)] == [[0, 0, 1, 1, 60], [1, 20, 1, 0, 0], [0, 0, 0, 0, 0]]
    assert (await a.get(f"{now.path}/speakers")).status_code == 403


async def sitting_of(hub: Hub, like: Sitting) -> Sitting:
    meeting_id = await hub.meeting(like.chair, secretary=like.secretary, delegates=like.members, items=1)
    at = Sitting(hub, meeting_id, await hub.items(meeting_id), like.chair, like.secretary)
    at.members = like.members
    return at
