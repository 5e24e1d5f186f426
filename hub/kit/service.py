"""The rules of administering rooms: who administers the unit does; no account reaches the devices of another room."""

from urllib.parse import urlsplit
from uuid import UUID

import structlog

from hub.broker import new_password, password_hash
from hub.db import Work
from hub.equipment import queries as equipment
from hub.equipment import service as rooms
from hub.equipment.queries import SeenRoom
from hub.equipment.simulated import account_name
from hub.errors import Forbidden, NotFound
from hub.kit import queries
from hub.kit.models import (
    AccountExists,
    Broker,
    DeviceAccount,
    DeviceHere,
    Kit,
    NewAccount,
    NewPassword,
    NewRoom,
    TooManyAccounts,
    TooManyRooms,
    TopicReserved,
    TopicTaken,
)
from hub.meetings.queries import administered_units
from hub.settings import EVERYWHERE, Settings
from hub.users.models import Me
from rooms import PREFIX

log = structlog.get_logger()

ROOMS = 500
ACCOUNTS_PER_ROOM = 100


async def make_room(work: Work, me: Me, new: NewRoom) -> UUID:
    if new.unit_id not in await administered_units(work.conn, me):
        raise Forbidden
    if await queries.count_rooms(work.conn) >= ROOMS:
        raise TooManyRooms
    return await rooms.create_room(work, new.unit_id, new.name.strip() or new.name)


async def show_kit(work: Work, me: Me, settings: Settings, room: SeenRoom) -> Kit:
    own = account_name(room.id)
    return Kit(
        id=room.id,
        name=room.name,
        i_may_bridge=me.role == "system_admin",
        broker=broker_for_devices(settings),
        accounts=[
            DeviceAccount(
                username=row["username"],
                name=row["name"] or row["username"],
                roots=row["roots"],
                bridge=row["any_discovery"],
                simulated=row["username"] == own,
                made_at=row["made_at"],
            )
            for row in await queries.accounts(work.conn, room.id)
        ],
        devices=await queries.devices(work.conn, room.id),
    )


def broker_for_devices(settings: Settings) -> Broker:
    """Where the room's network reaches the broker, as far as this hub can know it."""
    if settings.mqtt is not None:
        outside = urlsplit(settings.mqtt)
        tls = outside.scheme == "mqtts"
        return Broker(address=f"{outside.hostname}:{outside.port or (8883 if tls else 1883)}", tls=tls, ours=False)
    if settings.mqtt_bind is None:
        return Broker(address=None, tls=False, ours=True)
    host, _, port = settings.mqtt_bind.rpartition(":")
    host = host.strip("[]")
    if host in ("", *EVERYWHERE):  # every address of the machine: the one people open it by is one of them
        host = urlsplit(settings.public_url).hostname or host
    return Broker(address=f"{host}:{port}", tls=settings.mqtt_tls_cert is not None, ours=True)


async def make_account(work: Work, me: Me, settings: Settings, room: SeenRoom, new: NewAccount) -> NewPassword:
    """The password is in the answer and nowhere else."""
    if new.bridge and me.role != "system_admin":  # it may announce, and take away, devices of every room
        raise Forbidden
    roots = list(dict.fromkeys(new.under)) or [new.username]
    await queries.lock_accounts(work.conn)
    known = await queries.names_and_roots(work.conn)
    if any(root.split("/")[0] == PREFIX for root in roots):
        raise TopicReserved
    for username, of_room, active, theirs in known:
        if username == new.username and (active or of_room != room.id):
            raise AccountExists
        if of_room == room.id or not active:
            continue
        if f"{username}_".startswith(f"{new.username}_") or f"{new.username}_".startswith(f"{username}_"):
            raise AccountExists
        if any(_overlap(root, their) for root in roots for their in theirs):
            raise TopicTaken
    if sum(active and of_room == room.id for _, of_room, active, _ in known) >= ACCOUNTS_PER_ROOM:
        raise TooManyAccounts
    password = new_password()
    await queries.write_account(
        work.conn, room.id, new.username, new.name.strip(), password_hash(password), roots, new.bridge, work.now
    )
    return _told(work, me, settings, room, "made", new.username, password, roots)


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


async def renew_password(work: Work, me: Me, settings: Settings, room: SeenRoom, username: str) -> NewPassword:
    """What is connected with the old one is let go."""
    password = new_password()
    roots = await queries.set_password(work.conn, room.id, username, password_hash(password))
    if roots is None:
        raise NotFound
    return _told(work, me, settings, room, "password-renewed", username, password, roots)


def _told(
    work: Work, me: Me, settings: Settings, room: SeenRoom, what: str, username: str, password: str, roots: list[str]
) -> NewPassword:
    work.publish(rooms.CHANNEL, rooms.CHANGED)
    log.info("kit.account", what=what, username=username, room=str(room.id), by=str(me.id))
    return NewPassword(username=username, password=password, roots=roots, broker=broker_for_devices(settings))


async def rename_account(work: Work, room: SeenRoom, username: str, name: str) -> None:
    if not await queries.rename_account(work.conn, room.id, username, name.strip()):
        raise NotFound


async def close_account(work: Work, me: Me, room: SeenRoom, username: str) -> None:
    """Its connection ends and its devices leave the room; the log keeps what they did."""
    if not await queries.close_account(work.conn, room.id, username):
        raise NotFound
    work.publish(rooms.CHANNEL, rooms.CHANGED)
    log.info("kit.account", what="closed", username=username, room=str(room.id), by=str(me.id))


async def remove_device(work: Work, me: Me, room: SeenRoom, device_id: UUID) -> None:
    """One that is not there any more. If it ever comes back it announces itself, and is in the room again."""
    row = await equipment.device(work.conn, room.id, device_id)
    if row is None:
        raise NotFound
    if room.online(work.now) and row["available"]:
        raise DeviceHere
    await equipment.mark_gone(work.conn, device_id)
    await equipment.insert_event(work.conn, room.id, "gone", work.now, device_id=device_id, by=me.id)
    work.publish(rooms.CHANNEL, rooms.removed(device_id))


async def seat_device(work: Work, room: SeenRoom, device_id: UUID, seat: str | None) -> None:
    if not await queries.set_seat(work.conn, room.id, device_id, seat.strip() or None if seat is not None else None):
        raise NotFound
