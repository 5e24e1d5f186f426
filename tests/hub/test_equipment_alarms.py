"""Alarms stand until the device answers or somebody has seen them, whatever happens to the hub meanwhile."""

from tests.hub.rooms_support import (
    all_there,
    device,
    device_address,
    living_room,
    make_room,
    show,
    simulated,
    speaker,
    spoken_for,
    until,
)
from tests.support import running_hub

LAMP = "Đèn hội trường"


async def alarms(person, room_id):
    return [(alarm["device_name"], alarm["alarm"]) for alarm in (await show(person, room_id))["alarms"]]


async def some_alarm(person, room_id):
    return await alarms(person, room_id)


async def no_alarm(person, room_id):
    return not await alarms(person, room_id)


async def kinds(person, room_id):
    return [entry["kind"] for entry in (await show(person, room_id))["log"]]


async def raise_alarm(hub, person, room_id, simulator, clock):
    """An order that the lamp does not answer."""
    simulator.boxes["lamps"].lie = "silent"
    lamp = await device(person, room_id, LAMP)
    answer = await person.post(f"/api/rooms/{room_id}/orders", {"device_id": lamp["id"], "value": {"on": False}})
    assert answer.status_code == 202, answer.text

    async def waited_for():
        state = next(s for s in speaker(hub)._spoken[room_id].room.states.values() if s.device.name == LAMP)
        return state.waiting is not None

    await until(waited_for)
    clock.pass_(seconds=6)
    await until(lambda: some_alarm(person, room_id))
    return lamp


async def test_an_alarm_outlives_the_hub_until_the_device_answers(database, settings, clock):
    async with running_hub(settings, database, clock=clock) as first:
        admin = await first.person(role="system_admin")
        room_id, password = await make_room(first)
        await until(lambda: spoken_for(first, room_id))
        async with simulated(device_address(first, password), lamp_targets=(80.0, 0.0)) as simulator:
            await until(lambda: all_there(first, room_id))
            await raise_alarm(first, admin, room_id, simulator, clock)

    async with running_hub(settings, database, clock=clock) as second:
        admin = await second.sign_in(admin.id)
        assert await alarms(admin, room_id) == [(LAMP, "no-answer")], "before any device was heard"
        await until(lambda: spoken_for(second, room_id))
        async with simulated(device_address(second, password), lamp_targets=(80.0, 0.0)):
            await until(lambda: all_there(second, room_id))
            assert await alarms(admin, room_id) == [(LAMP, "no-answer")], "the device is there and has not answered"

            lamp = await device(admin, room_id, LAMP)
            value = {"on": True, "brightness": 40}
            await admin.post(f"/api/rooms/{room_id}/orders", {"device_id": lamp["id"], "value": value})
            await until(lambda: no_alarm(admin, room_id))

        assert (await kinds(admin, room_id)).count("alarm-cleared") == 1


async def test_who_may_order_may_say_that_he_has_seen_it_and_it_stands_no_more(hub, clock):
    chair, secretary, delegate = [await hub.person(name) for name in ("Chủ tọa", "Thư ký", "Đại biểu")]
    await hub.serve()
    async with living_room(hub, lamp_targets=(80.0, 0.0)) as (room_id, simulator):
        meeting = await hub.meeting(
            chair, secretary=secretary, delegates=[delegate], room_id=room_id, state="published"
        )
        lamp = await raise_alarm(hub, secretary, room_id, simulator, clock)

        async def its_screens_are_known():
            return meeting in speaker(hub)._spoken[room_id].phases.meetings

        await until(its_screens_are_known)
        path = f"/api/rooms/{room_id}/devices/{lamp['id']}/acknowledge"

        async with delegate.line(meeting) as line:
            await line.next("ready")
            refused = await delegate.post(path)
            seen, twice = await secretary.post(path), await secretary.post(path)
            shown = await line.next("presence", of="device")
            while shown["device"]["name"] != LAMP or shown["device"]["alarm"]:
                shown = await line.next("presence", of="device")

        assert [a.status_code for a in (refused, seen, twice)] == [403, 204, 204]
        room = await show(delegate, room_id)
        assert room["alarms"] == []
        (entry,) = [entry for entry in room["log"] if entry["kind"] == "alarm-acknowledged"]
        assert (entry["device_name"], entry["by"]) == (LAMP, "Thư ký")
        assert (await secretary.post(path.replace(lamp["id"], str(room_id)))).status_code == 404


async def test_an_order_to_a_device_that_never_came_back_is_an_alarm_that_stands_too(database, settings, clock):
    async with running_hub(settings, database, clock=clock) as first:
        admin = await first.person(role="system_admin")
        room_id, password = await make_room(first)
        await until(lambda: spoken_for(first, room_id))
        async with simulated(device_address(first, password)):
            await until(lambda: all_there(first, room_id))
            lamp = await device(admin, room_id, LAMP)
    async with running_hub(settings, database, clock=clock) as second:
        admin = await second.sign_in(admin.id)
        async with second.db.work() as work:  # ordered in the moment before the hub went
            await work.conn.execute(
                "INSERT INTO room_order (room_id, device_id, value, reason, by, at)"
                " VALUES (%s, %s, '{}', 'by-hand', %s, %s)",
                (room_id, lamp["id"], admin.id, work.now),
            )
        await until(lambda: spoken_for(second, room_id))
        clock.pass_(seconds=6)
        await until(lambda: some_alarm(admin, room_id))
        assert await alarms(admin, room_id) == [(LAMP, "unavailable")]

        async with simulated(device_address(second, password)):
            await until(lambda: all_there(second, room_id))
            await until(lambda: no_alarm(admin, room_id))
