"""What tests of rooms say: a room of the hub with a simulated room on its broker, in the test's own loop."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiomqtt
import anyio

from hub.ending import end
from hub.equipment import service
from hub.equipment.speaker import Rooms
from rooms import Address
from rooms.simulator import Simulator

NODE = "hall"
DEVICES = 10  # what the simulator announces


def speaker(hub) -> Rooms:
    """The app's own Rooms service."""
    return hub.app.dependencies["rooms"].dependency()


async def until(fact, *, seconds: float = 8):
    """Waits for a fact: a coroutine function that answers something true at last. Returns that answer."""
    with anyio.fail_after(seconds):
        while True:
            found = await fact()
            if found:
                return found
            await anyio.sleep(0.02)


async def make_room(hub, name="Hội trường"):
    async with hub.db.work() as work:
        room_id = await service.create_room(work, hub.unit_id, name)
        password = await service.create_account(work, room_id, NODE, [NODE])
    return room_id, password


@asynccontextmanager
async def simulated(address: Address, node=NODE, **world: Any):
    """A simulated room over the broker; leaves nothing running."""
    room = Simulator(address, node=node)
    room.change(**world)
    task = asyncio.create_task(room.run())
    try:
        yield room
    finally:
        await end(task)


def device_address(hub, password, node=NODE) -> Address:
    at = speaker(hub).address
    return Address(at.host, at.port, node, password)


@asynccontextmanager
async def living_room(hub, **world: Any):
    """A room of the hub whose ten devices are there: (room id, simulator)."""
    room_id, password = await make_room(hub)
    await until(lambda: spoken_for(hub, room_id))
    async with simulated(device_address(hub, password), **world) as simulator:
        await until(lambda: all_there(hub, room_id))
        yield room_id, simulator


async def spoken_for(hub, room_id):
    return speaker(hub).speaks_for(room_id)


async def all_there(hub, room_id):
    async with hub.db.work() as work:
        cursor = await work.conn.execute(
            "SELECT count(*) FROM room_device WHERE room_id = %s AND available AND NOT gone", (room_id,)
        )
        return (await cursor.fetchone())[0] == DEVICES


async def show(person, room_id: UUID) -> dict[str, Any]:
    answer = await person.get(f"/api/rooms/{room_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def device(person, room_id: UUID, name: str) -> dict[str, Any]:
    room = await show(person, room_id)
    return next(d for d in room["devices"] if d["name"] == name)


async def control(hub, password, **order: Any) -> None:
    """Speaks to the simulator on its control topic, as the CLI's user would."""
    at = device_address(hub, password)
    async with aiomqtt.Client(at.host, at.port, username=at.username, password=at.password) as client:
        await client.publish(f"{NODE}/sim/control", json.dumps(order), qos=1)
