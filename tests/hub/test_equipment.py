"""A room end to end over the real broker: orders, the devices' own answers, alarms, rights, rules, the log."""

from uuid import UUID

import aiomqtt
import anyio
import pytest

from hub.children.process import CannotStart
from hub.equipment import service
from hub.equipment.verbs import _make
from rooms import Message, Session
from tests.hub.rooms_support import (
    all_there,
    control,
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

LAMP = "Đèn hội trường"


@pytest.fixture
async def people(hub):
    """Chair, secretary, delegate, and a stranger of the same commune."""
    return [await hub.person(name) for name in ("Chủ tọa", "Thư ký", "Đại biểu", "Người lạ")]


async def order(person, room_id, device_id, value, **more):
    return await person.post(f"/api/rooms/{room_id}/orders", {"device_id": device_id, "value": value, **more})


async def test_an_order_is_answered_by_the_device_itself_and_both_are_told(hub, people):
    chair, secretary, delegate, _ = people
    await hub.serve()
    async with living_room(hub, lamp_targets=(80.0, 0.0), people=5) as (room_id, simulator):
        meeting_id = await hub.meeting(chair, secretary=secretary, delegates=[delegate], room_id=room_id)
        lamp = await settled(secretary, room_id)
        async with delegate.line(meeting_id) as line:
            await line.next("ready")
            answer = await order(secretary, room_id, lamp["id"], {"on": False}, reason="Chiếu phim")

            ordered = await line.event("room.ordered")
            answered = await line.event("room.answered")

        assert answer.status_code == 202
        assert ordered["event"]["order_id"] == answered["event"]["order_id"] == answer.json()["order_id"]
        assert (ordered["event"]["value"], ordered["event"]["reason"]) == ({"on": False}, "by-hand")
        assert (ordered["event"]["by"], ordered["text"]) == (str(secretary.id), "Chiếu phim")
        assert answered["event"]["value"]["on"] is False
        assert simulator.state.lamp_targets[0] == 0.0
        room = await show(delegate, room_id)
        first, second = room["log"][0], room["log"][1]
        assert (first["kind"], first["device_name"]) == ("answered", LAMP)
        assert (second["kind"], second["by"], second["detail"]) == ("ordered", "Thư ký", "Chiếu phim")


async def settled(person, room_id, name=LAMP):
    """The device once no order is open, so that a rule's order is not mistaken for ours."""

    async def calm():
        found = await device(person, room_id, name)
        room = await show(person, room_id)
        return found if not any(d["waiting"] for d in room["devices"]) else None

    await until(lambda: scene_put(person, room_id))
    return await until(calm)


async def scene_put(person, room_id):
    return any(e["reason"] == "meeting-starts" for e in (await show(person, room_id))["log"])


async def test_silence_for_five_seconds_is_an_alarm_on_every_screen(hub, people, clock):
    chair, secretary, delegate, _ = people
    await hub.serve()
    async with living_room(hub, people=5) as (room_id, simulator):
        meeting_id = await hub.meeting(chair, secretary=secretary, delegates=[delegate], room_id=room_id)
        lamp = await settled(secretary, room_id)
        simulator.boxes["lamps"].lie = "silent"
        async with delegate.line(meeting_id) as line:
            await line.next("ready")
            answer = await order(secretary, room_id, lamp["id"], {"on": False})
            await until(lambda: sent(hub, answer.json()["order_id"]))
            clock.pass_(seconds=4.9)
            assert (await device(secretary, room_id, LAMP))["waiting"] == {"on": False}
            clock.pass_(seconds=0.2)

            alarmed = await line.event("room.alarmed")

        assert alarmed["event"]["alarm"] == "no-answer"
        assert alarmed["event"]["order_id"] == answer.json()["order_id"]
        room = await until(lambda: with_alarm(delegate, room_id))
        assert [(a["device_name"], a["alarm"]) for a in room["alarms"]] == [(LAMP, "no-answer")]


async def with_alarm(person, room_id):
    room = await show(person, room_id)
    return room if room["alarms"] else None


async def sent(hub, order_id, state="sent"):
    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT state FROM room_order WHERE id = %s", (order_id,))
        return (await cursor.fetchone())[0] == state


async def test_a_device_that_lies_about_its_state_is_an_alarm_of_its_own(hub, people, clock):
    chair, secretary, *_ = people
    async with living_room(hub, people=5) as (room_id, simulator):
        await hub.meeting(chair, secretary=secretary, room_id=room_id)
        lamp = await settled(secretary, room_id, "Micro chủ tọa")
        simulator.boxes["microphones"].lie = "wrong"

        answer = await order(secretary, room_id, lamp["id"], True)
        await until(lambda: sent(hub, answer.json()["order_id"]))
        await until(lambda: reported(speaker(hub), room_id, lamp["id"]))
        clock.pass_(seconds=5)

        room = await until(lambda: with_alarm(secretary, room_id))
        assert room["alarms"][0]["alarm"] == "wrong-state"


async def reported(rooms, room_id, device_id):
    spoken = rooms._spoken[room_id]
    state = next(s for key, s in spoken.room.states.items() if str(spoken.ids[key]) == device_id)
    return state.waiting is not None and state.waiting.heard


async def test_a_last_will_makes_the_device_unavailable_and_refuses_orders(hub, people):
    chair, secretary, *_ = people
    room_id, password = await make_room(hub)
    await until(lambda: spoken_for(hub, room_id))
    async with simulated(device_address(hub, password)) as simulator:
        await until(lambda: all_there(hub, room_id))
        await hub.meeting(chair, secretary=secretary, room_id=room_id)
        lamp = await settled(secretary, room_id)

        await control(hub, password, do="lose-power", box="lamps")

        await until(lambda: gone(secretary, room_id))
        answer = await order(secretary, room_id, lamp["id"], {"on": False})
        assert (answer.status_code, answer.json()["code"]) == (409, "device-unavailable")
        climate = await device(secretary, room_id, "Điều hòa")
        assert climate["available"]

        await control(hub, password, do="restore", box="lamps")
        await until(lambda: all_there(hub, room_id))
        assert simulator.boxes["lamps"].powered.is_set()


async def gone(person, room_id):
    return not (await device(person, room_id, LAMP))["available"]


async def test_who_may_see_and_who_may_order(hub, people):
    chair, secretary, delegate, stranger = people
    admin = await hub.person(role="system_admin")
    async with living_room(hub, people=2) as (room_id, _):
        await hub.meeting(chair, secretary=secretary, delegates=[delegate], room_id=room_id)
        lamp = await settled(admin, room_id)

        statuses = {
            person: (
                (await person.get(f"/api/rooms/{room_id}")).status_code,
                (await order(person, room_id, lamp["id"], {"on": True, "brightness": 40})).status_code,
            )
            for person in (chair, secretary, delegate, stranger, admin)
        }

        assert statuses == {
            chair: (200, 202), secretary: (200, 202), delegate: (200, 403), stranger: (404, 404), admin: (200, 202),
        }  # fmt: skip
        assert [r["id"] for r in (await delegate.get("/api/rooms")).json()] == [str(room_id)]
        assert (await stranger.get("/api/rooms")).json() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [(LAMP, {"on": "off"}), (LAMP, {"brightness": 500}), (LAMP, True), ("Điều hòa", {"target": 5}), ("Nhiệt độ", 20)],
)
async def test_an_order_the_device_cannot_follow_is_refused(hub, people, name, value):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, _):
        target = await device(admin, room_id, name)

        answer = await order(admin, room_id, target["id"], value)

        assert (answer.status_code, answer.json()["code"]) == (400, "order-value")
        assert (await show(admin, room_id))["log"][0]["kind"] == "announced"


async def test_orders_by_one_person_are_bounded(hub, people):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, _):
        lamp = await device(admin, room_id, LAMP)

        codes = [(await order(admin, room_id, lamp["id"], {"on": n % 2 == 0})).status_code for n in range(21)]

        assert codes == [202] * 20 + [429]


async def test_a_room_nobody_speaks_for_says_so(hub, people, clock):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, _):
        lamp = await device(admin, room_id, LAMP)
    rooms = speaker(hub)
    await rooms.__aexit__(None, None, None)

    room = await show(admin, room_id)
    answer = await order(admin, room_id, lamp["id"], {"on": True})

    assert not room["online"]
    assert not any(d["available"] for d in room["devices"])
    assert (answer.status_code, answer.json()["code"]) == (409, "room-offline")


async def test_the_meeting_lights_the_room_dims_it_for_a_report_and_closes_its_microphones(hub, people, clock):
    chair, secretary, *_ = people
    async with living_room(hub, people=20, temperature=30.0) as (room_id, simulator):
        simulator.boxes["microphones"].on["mic_chair"] = True
        await simulator.boxes["microphones"].report()
        meeting_id = await hub.meeting(chair, secretary=secretary, room_id=room_id, items=1)
        (item,) = await hub.items(meeting_id)
        async with hub.db.work() as work:
            await work.conn.execute("UPDATE agenda_item SET kind = 'information' WHERE id = %s", (item,))

        await until(lambda: true(simulator.state.lamp_targets == (100.0, 100.0)))
        await until(lambda: true(simulator.state.cooling))
        clock.pass_(minutes=10)
        assert (await chair.post(f"/api/meetings/{meeting_id}/current-item", {"item_id": str(item)})).status_code == 204
        await until(lambda: true(max(simulator.state.lamp_targets) < 40))
        clock.pass_(minutes=10)
        await chair.post(f"/api/meetings/{meeting_id}/state", {"to": "ended"})
        await until(lambda: true(not simulator.boxes["microphones"].on["mic_chair"]))

        log = (await show(chair, room_id))["log"]
        reasons = {entry["reason"] for entry in log if entry["kind"] == "ordered"}
        assert {"meeting-starts", "item-presents", "too-warm", "meeting-ends"} <= reasons
        assert all(entry["by"] is None for entry in log if entry["kind"] == "ordered")


async def true(fact):
    return fact


async def test_a_persons_order_wins_over_the_rules_and_says_until_when(hub, people, clock):
    chair, secretary, *_ = people
    async with living_room(hub, people=20) as (room_id, simulator):
        meeting_id = await hub.meeting(chair, secretary=secretary, room_id=room_id, items=1)
        (item,) = await hub.items(meeting_id)
        lamp = await settled(secretary, room_id)
        answer = await order(secretary, room_id, lamp["id"], {"on": False})
        await until(lambda: sent(hub, answer.json()["order_id"], "answered"))
        clock.pass_(minutes=10)

        async with hub.db.work() as work:
            await work.conn.execute("UPDATE agenda_item SET kind = 'information' WHERE id = %s", (item,))
        await chair.post(f"/api/meetings/{meeting_id}/current-item", {"item_id": str(item)})
        await until(lambda: true(simulator.state.lamp_targets[1] == 35.0))

        assert simulator.state.lamp_targets[0] == 0.0
        assert (await device(secretary, room_id, LAMP))["by_hand_until"] is not None


async def test_a_strangers_announcement_of_anothers_topics_is_not_taken_up(hub, people):
    """Below whose roots the topics lie decides whose device it is."""
    admin = await hub.person(role="system_admin")
    async with living_room(hub):
        async with hub.db.work() as work:
            other = await service.create_room(work, hub.unit_id, "Phòng khác")
            await service.create_account(work, other, "other", ["other"])
        session = Session(speaker(hub).address, name="probe", announce=False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drain, session)
            with anyio.fail_after(5):
                await session.up.wait()
            config = b'{"unique_id":"x","name":"Den","stat_t":"other/l","cmd_t":"hall/lamps/hall/set"}'
            await session.publish(Message("homeassistant/light/other/x/config", config, retain=True))
            config = b'{"unique_id":"y","name":"Den that","stat_t":"other/l","cmd_t":"other/l/set"}'
            await session.publish(Message("homeassistant/light/other/y/config", config, retain=True))
            await until(lambda: names(admin, other))
            tasks.cancel_scope.cancel()

        assert await names(admin, other) == ["Den that"]


async def drain(session):
    async for _ in session.messages():
        pass


async def names(person, room_id):
    return [d["name"] for d in (await show(person, room_id))["devices"]]


async def test_readiness_names_the_broker(hub):
    admin = await hub.person()
    await until(lambda: up(admin))


async def up(person):
    return (await person.get("/readyz")).json()["broker"] == "up"


async def test_a_broker_that_dies_comes_back_with_all_its_devices(hub, people):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, simulator):
        broker = speaker(hub)._broker
        broker._running._broker._broadcast_task.cancel()
        await until(lambda: nobody_there(admin, room_id))

        await until(lambda: all_there(hub, room_id), seconds=15)

        lamp = await device(admin, room_id, LAMP)
        await order(admin, room_id, lamp["id"], {"on": True, "brightness": 20})
        await until(lambda: true(abs(simulator.state.lamp_targets[0] - 20) < 1))


async def nobody_there(person, room_id):
    return not any(d["available"] for d in (await show(person, room_id))["devices"])


async def test_a_closed_account_takes_its_devices_out_of_the_room(hub, people):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, _):
        async with hub.db.work() as work:
            await work.conn.execute("UPDATE room_account SET active = false")

        await until(lambda: empty(admin, room_id))
        assert (await show(admin, room_id))["log"][0]["kind"] == "gone"


async def empty(person, room_id):
    return not (await show(person, room_id))["devices"]


async def test_a_device_renamed_or_withdrawn_is_seen_at_once(hub, people):
    admin = await hub.person(role="system_admin")
    async with living_room(hub) as (room_id, _):
        before = await device(admin, room_id, LAMP)
        session = Session(speaker(hub).address, name="probe", announce=False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drain, session)
            with anyio.fail_after(5):
                await session.up.wait()
            config = (
                '{"~":"hall/lamps","cmps":{"hall":{"p":"light","schema":"json","name":"Đèn trần","brightness":true,'
                '"uniq_id":"hall_hall","bri_scl":254,"stat_t":"~/hall","cmd_t":"~/hall/set"}},"avty_t":"~/available"}'
            )
            await session.publish(Message("homeassistant/device/hall/config", config.encode(), retain=True))
            await until(lambda: named(admin, room_id, "Đèn trần"))
            tasks.cancel_scope.cancel()

        after = await device(admin, room_id, "Đèn trần")
        assert (after["id"], after["available"]) == (before["id"], True)
        assert "Đèn sân khấu" not in await names(admin, room_id)


async def named(person, room_id, name):
    return name in await names(person, room_id)


async def test_a_meeting_is_held_in_a_room_of_its_own_commune(hub, people):
    chair, *_ = people
    elsewhere = await hub.unit("Xã khác")
    async with hub.db.work() as work:
        own = await service.create_room(work, hub.unit_id, "Hội trường")
        others = await service.create_room(work, elsewhere, "Hội trường khác")
    meeting_id = await hub.meeting(chair, state="draft")

    codes = {}
    for room_id in (own, others, UUID(int=0), None):
        answer = await chair.patch(f"/api/meetings/{meeting_id}", {"room_id": str(room_id) if room_id else None})
        codes[room_id] = (answer.status_code, answer.json().get("code"))

    assert codes == {
        own: (200, None),
        others: (400, "unknown-room"),
        UUID(int=0): (400, "unknown-room"),
        None: (200, None),
    }


async def test_the_verb_lets_a_device_in_with_the_password_it_prints(hub, people):
    async with hub.db.work() as work:
        await service.create_room(work, hub.unit_id, "Hội trường")
    conninfo = hub.db.conninfo

    password = await _make(conninfo, "cua-truoc", "Hội trường", ["cua"], False)

    address = speaker(hub)._broker.device_address("cua-truoc", password)
    async with aiomqtt.Client(address.host, address.port, username="cua-truoc", password=password) as client:
        await client.publish("cua/trang-thai", "1", qos=1)
    with pytest.raises(CannotStart, match="no room is named"):
        await _make(conninfo, "cua-sau", "Phòng nào đó", ["cua"], False)
    with pytest.raises(CannotStart, match="cannot be an account"):
        await _make(conninfo, "Cửa sau", "Hội trường", ["cua"], False)
