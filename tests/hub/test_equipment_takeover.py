"""Two hubs, one broker, one room: one speaks; when it dies the other takes over, and no order is lost or doubled."""

import shutil
from contextlib import asynccontextmanager

import anyio
import psycopg
import pytest

from hub.broker import EmbeddedBroker
from hub.children.process import spawn
from hub.children.services import free_port
from hub.equipment.accounts import find_account
from hub.settings import Settings
from rooms import Address
from tests.hub.rooms_support import NODE, all_there, device, make_room, show, simulated, speaker, spoken_for, until
from tests.support import running_hub

LAMP = "Đèn hội trường"


@asynccontextmanager
async def two_hubs(settings: Settings, database, clock, outside: str):
    outer = Settings(data=settings.data, mqtt=outside)
    async with running_hub(outer, database, clock=clock) as first:
        room_id, password = await make_room(first)
        await until(lambda: spoken_for(first, room_id))
        async with running_hub(outer, database, clock=clock) as second:
            yield first, second, room_id, password


@pytest.fixture
async def broker(hub):
    """An outside broker for both hubs: ours, in a third place, with the hub's own account."""
    async with EmbeddedBroker(find_account(hub.db)) as broker:
        yield broker


def url(address: Address) -> str:
    return f"mqtt://{address.username}:{address.password}@{address.host}:{address.port}"


async def admin_of(hub):
    return await hub.person(role="system_admin")


async def lock_holders(database):
    async with await psycopg.AsyncConnection.connect(database) as conn:
        cursor = await conn.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s",
                                    (0x524F4F4D,))  # fmt: skip
        return [row[0] for row in await cursor.fetchall()]


async def test_one_hub_speaks_and_the_other_takes_over_when_its_lock_is_lost(hub, settings, database, clock, broker):
    await speaker(hub).__aexit__(None, None, None)  # this hub only lends its accounts to the broker
    async with two_hubs(settings, database, clock, url(broker.address)) as (first, second, room_id, password):
        admin = await admin_of(second)
        async with simulated(broker.device_address(NODE, password)) as simulator:
            await until(lambda: all_there(second, room_id))
            assert not speaker(second).speaks_for(room_id)

            async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
                await speaker_dies(first)
                for pid in await lock_holders(database):
                    await conn.execute("SELECT pg_terminate_backend(%s)", (pid,))
            await until(lambda: spoken_for(second, room_id))
            await until(lambda: all_there(second, room_id))
            lamp = await device(admin, room_id, LAMP)
            answer = await admin.post(
                f"/api/rooms/{room_id}/orders", {"device_id": lamp["id"], "value": {"on": True, "brightness": 50}}
            )
            assert answer.status_code == 202, answer.text
            await until(lambda: answered(admin, room_id))

            assert abs(simulator.state.lamp_targets[0] - 50) < 1


async def speaker_dies(hub):
    """As if killed: its tasks stop where they are, nothing is said to anybody."""
    rooms = speaker(hub)
    for task in [*rooms._tasks, rooms._line]:
        task.cancel()


async def answered(person, room_id):
    return any(e["kind"] == "answered" for e in (await show(person, room_id))["log"])


async def test_an_order_given_while_nobody_speaks_is_carried_by_the_next_speaker(
    hub, settings, database, clock, broker
):
    await speaker(hub).__aexit__(None, None, None)
    async with two_hubs(settings, database, clock, url(broker.address)) as (first, second, room_id, password):
        admin = await admin_of(second)
        async with simulated(broker.device_address(NODE, password)) as simulator:
            await until(lambda: all_there(second, room_id))
            lamp = await device(admin, room_id, LAMP)
            await speaker_dies(first)

            answer = await admin.post(
                f"/api/rooms/{room_id}/orders", {"device_id": lamp["id"], "value": {"on": True, "brightness": 70}}
            )
            assert answer.status_code == 202, answer.text
            await speaker(first)._claims.close()
            await until(lambda: answered(admin, room_id))

            log = (await show(admin, room_id))["log"]
            assert [e["kind"] for e in log if e["kind"] in {"ordered", "answered", "alarmed"}] == [
                "answered",
                "ordered",
            ]
            assert abs(simulator.state.lamp_targets[0] - 70) < 1


@pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed")
async def test_the_same_room_over_mosquitto(database, settings, clock, tmp_path):
    """The broker a city runs: only the address differs."""
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    process = spawn([shutil.which("mosquitto"), "-c", str(config)])
    try:
        await until(lambda: accepts(port))
        outer = Settings(data=settings.data, mqtt=f"mqtt://127.0.0.1:{port}")
        async with running_hub(outer, database, clock=clock) as one:
            admin = await admin_of(one)
            room_id, _ = await make_room(one)
            await until(lambda: spoken_for(one, room_id))
            async with simulated(Address("127.0.0.1", port)) as simulator:
                await until(lambda: all_there(one, room_id))
                lamp = await device(admin, room_id, LAMP)
                await admin.post(
                    f"/api/rooms/{room_id}/orders", {"device_id": lamp["id"], "value": {"on": True, "brightness": 30}}
                )
                await until(lambda: answered(admin, room_id))
                assert abs(simulator.state.lamp_targets[0] - 30) < 1

                simulator.boxes["lamps"].lose_power()
                await until(lambda: lamp_away(admin, room_id))
    finally:
        process.terminate()
        process.wait(5)


async def lamp_away(person, room_id):
    return not (await device(person, room_id, LAMP))["available"]


async def accepts(port):
    try:
        stream = await anyio.connect_tcp("127.0.0.1", port)
    except OSError:
        return False
    await stream.aclose()
    return True
