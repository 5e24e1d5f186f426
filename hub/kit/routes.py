"""Rooms, device accounts and devices over HTTP, for who administers the unit."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from hub.db import Work
from hub.equipment.models import RoomName
from hub.equipment.service import access_room
from hub.kit import queries, service
from hub.kit.models import DeviceSeat, Kit, NewAccount, NewPassword, NewRoom, RenamedAccount, RenamedRoom
from hub.settings import Settings
from hub.users.models import Me

TAGS = ["Kit (thiết bị của phòng)"]
Name = Annotated[str, PathParameter(max_length=60)]


@post("/api/rooms", tags=TAGS)
async def make_room(data: JSONBody[NewRoom], me: NamedDependency[Me], work: NamedDependency[Work]) -> RoomName:
    """A room of a unit I administer. Its devices come in by an account of the room."""
    room_id = await service.make_room(work, me, data)
    return RoomName(id=room_id, name=data.name, online=False)


@patch("/api/rooms/{room_id:uuid}", status_code=204, tags=TAGS)
async def rename_room(
    room_id: FromPath[UUID], data: JSONBody[RenamedRoom], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    room = await access_room(work, me, room_id, "administer")
    await queries.rename_room(work.conn, room.id, data.name)


@get("/api/rooms/{room_id:uuid}/kit", tags=TAGS)
async def show_kit(
    room_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work], settings: NamedDependency[Settings]
) -> Kit:
    """The room's device accounts and devices, and where its network reaches the broker."""
    return await service.show_kit(work, me, settings, await access_room(work, me, room_id, "administer"))


@post("/api/rooms/{room_id:uuid}/accounts", tags=TAGS)
async def make_account(
    room_id: FromPath[UUID],
    data: JSONBody[NewAccount],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    settings: NamedDependency[Settings],
) -> NewPassword:
    """Lets a device or a bridge into the broker. The password is shown this once."""
    return await service.make_account(work, me, settings, await access_room(work, me, room_id, "administer"), data)


@post("/api/rooms/{room_id:uuid}/accounts/{username:str}/password", status_code=200, tags=TAGS)
async def renew_password(
    room_id: FromPath[UUID],
    username: Name,
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    settings: NamedDependency[Settings],
) -> NewPassword:
    room = await access_room(work, me, room_id, "administer")
    return await service.renew_password(work, me, settings, room, username)


@patch("/api/rooms/{room_id:uuid}/accounts/{username:str}", status_code=204, tags=TAGS)
async def rename_account(
    room_id: FromPath[UUID],
    username: Name,
    data: JSONBody[RenamedAccount],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    await service.rename_account(work, await access_room(work, me, room_id, "administer"), username, data.name)


@delete("/api/rooms/{room_id:uuid}/accounts/{username:str}", status_code=204, tags=TAGS)
async def close_account(
    room_id: FromPath[UUID], username: Name, me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Its connection ends at once and its devices leave the room."""
    await service.close_account(work, me, await access_room(work, me, room_id, "administer"), username)


@delete("/api/rooms/{room_id:uuid}/devices/{device_id:uuid}", status_code=204, tags=TAGS)
async def remove_device(
    room_id: FromPath[UUID], device_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """A device that is gone for good. 409 device-here while it answers."""
    await service.remove_device(work, me, await access_room(work, me, room_id, "administer"), device_id)


@put("/api/rooms/{room_id:uuid}/devices/{device_id:uuid}/seat", status_code=204, tags=TAGS)
async def seat_device(
    room_id: FromPath[UUID],
    device_id: FromPath[UUID],
    data: JSONBody[DeviceSeat],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """Where a microphone unit stands: it opens when the person at that seat is given the floor."""
    room = await access_room(work, me, room_id, "administer")
    await service.seat_device(work, room, device_id, data.seat)


handlers = [
    make_room,
    rename_room,
    show_kit,
    make_account,
    renew_password,
    rename_account,
    close_account,
    remove_device,
    seat_device,
]
