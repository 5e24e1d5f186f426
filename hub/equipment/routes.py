"""Rooms over HTTP."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.db import Work
from hub.equipment import queries, service
from hub.equipment.models import NewOrder, Placed, Room, RoomName
from hub.users.models import Me

TAGS = ["Rooms (phòng họp)"]


@get("/api/rooms", tags=TAGS)
async def list_rooms(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[RoomName]:
    """Rooms of the meetings I take part in; who administers a unit sees its rooms."""
    found = await queries.rooms(work.conn, me, work.now)
    return [RoomName(id=room.id, name=room.name, online=room.online(work.now)) for room in found]


@get("/api/rooms/{room_id:uuid}", tags=TAGS)
async def get_room(room_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Room:
    """Devices with their own last report, standing alarms, and the log: who turned the lights off, and why."""
    return await service.show_room(work, await service.access_room(work, me, room_id))


@post("/api/rooms/{room_id:uuid}/orders", status_code=202, tags=TAGS)
async def order(
    room_id: FromPath[UUID], data: JSONBody[NewOrder], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Placed:
    """Accepted is not done: the device's own report is the answer, or an alarm comes after five seconds."""
    room = await service.access_room(work, me, room_id, "order")
    return Placed(await service.place_order(work, me, room, data))


@post("/api/rooms/{room_id:uuid}/devices/{device_id:uuid}/acknowledge", status_code=204, tags=TAGS)
async def acknowledge(
    room_id: FromPath[UUID], device_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """I have seen the device's alarm: it stands no more. The room's log keeps it, and who has seen it."""
    await service.acknowledge(work, me, await service.access_room(work, me, room_id, "order"), device_id)


handlers = [list_rooms, get_room, order, acknowledge]
