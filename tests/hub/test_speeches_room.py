"""The floor in the room: the microphone unit at the seat, and under whose name the room's microphone is captioned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.transcripts import queries as transcripts
from hub.transcripts import service
from tests.hub.rooms_support import device, living_room
from tests.hub.speaking import Sitting, sitting
from tests.support import Hub, HubClock

UNIT = "Micro đại biểu"


async def settled(at: Sitting, room_id: UUID, *, on: bool) -> None:
    """Until the device itself says so."""
    import anyio

    with anyio.fail_after(20):
        while True:
            found = await device(at.chair, room_id, UNIT)
            if found["value"] is on and not found["waiting"]:
                return
            await anyio.sleep(0.02)


async def test_giving_the_floor_opens_the_unit_at_the_seat_and_its_end_closes_it(hub: Hub) -> None:
    await hub.serve()
    async with living_room(hub) as (room_id, _):
        at = await sitting(hub, room_id=room_id)
        admin = await hub.person(role="unit_admin")
        unit = (await device(at.chair, room_id, UNIT))["id"]
        place = f"/api/rooms/{room_id}/devices/{unit}/seat"
        assert (await at.chair.put(place, {"seat": "B4"})).status_code == 403
        assert (await admin.put(place, {"seat": "B4"})).status_code == 204
        await at.chair.patch(f"{at.path}/participants/{at.members[0].id}", {"seat": "b4"})
        await at.chair.patch(f"{at.path}/participants/{at.members[1].id}", {"seat": "B5"})

        floor = await at.give(user_id=str(at.members[0].id))
        await settled(at, room_id, on=True)
        await at.do("end", floor)
        await settled(at, room_id, on=False)
        await at.give(user_id=str(at.members[1].id))

        orders = await ordered(at, unit)
        assert [order[:2] for order in orders] == [(True, "floor"), (False, "floor-over")], "no unit at B5: nothing"
        assert {order[2] for order in orders} == {str(at.chair.id)}
        answers = [body for kind, body, _ in await at.facts() if kind == "room.answered"]
        of_unit = [body["value"] for body in answers if body["device_id"] == unit]  # the lights answer in between
        assert of_unit == [True, False], "the device's own answers are in the line"


async def ordered(at: Sitting, unit: str) -> list[tuple[Any, str, str]]:
    """(value, reason, by) of the orders to the unit that are no rule's."""
    return [
        (body["value"], body["reason"], body["by"])
        for kind, body, _ in await at.facts()
        if kind == "room.ordered" and body["device_id"] == unit and body["by"] is not None
    ]


async def test_the_rooms_microphone_is_captioned_under_whose_turn_it_is(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    a, b = at.members[:2]
    async with hub.db.work() as work:
        session = await transcripts.insert_session(work.conn, at.meeting_id, at.secretary.id, None, "vi", work.now)
    began = clock.now
    first = await at.give(user_id=str(a.id))
    clock.pass_(seconds=20)
    await at.do("pause", first)
    clock.pass_(seconds=10)
    second = await at.give(user_id=str(b.id), instead_of=first)
    clock.pass_(seconds=20)
    await at.do("end", second)

    async def said(number: int, start: int, end: int, **more: Any) -> None:
        async with hub.db.work() as work:
            await service.keep_final(
                work, at.meeting_id, session, number, None, None, start * 1000, end * 1000, f"Câu {number}.", **more
            )

    await said(1, 2, 8)
    await said(2, 21, 27)  # the chair put in a word: the clock stood
    await said(3, 29, 39)  # begun before the turn, most of it within
    await said(4, 52, 55)
    await said(5, 40, 44, live=False)  # a file played meanwhile

    segments = (await at.chair.get(f"{at.path}/transcript")).json()
    names = {one["text"]: one["speaker_name"] for one in segments}
    assert names == {"Câu 1.": a.name, "Câu 2.": None, "Câu 3.": b.name, "Câu 4.": None, "Câu 5.": None}
    told = [body["speaker_id"] for kind, body, _ in await at.facts() if kind == "caption.final"]
    assert told == [str(a.id), None, str(b.id), None, None]
    assert clock.now - began == timedelta(seconds=50)
