"""The rules of giving orders in a room, and of making rooms. What devices say is in ``speaker.py``."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hub.broker import new_password, password_hash
from hub.db import Work
from hub.equipment import queries
from hub.equipment.models import (
    Abilities,
    DeviceUnavailable,
    Needs,
    NewOrder,
    OrderRefused,
    Room,
    RoomAlarm,
    RoomDevice,
    RoomOffline,
    RoomOrdered,
    TooManyOrders,
)
from hub.equipment.queries import SeenRoom
from hub.errors import Forbidden, NotFound
from hub.users.models import Me
from rooms import OVERRIDE_SECONDS, Device, RoomRefusal, checked_order

LOG_ROWS = 100
ORDERS_PER_PERSON, ORDER_SECONDS = 20, 10
BY_HAND = "by-hand"
FLOOR, FLOOR_OVER = "floor", "floor-over"  # a microphone follows who has the floor
BY_PERSON = (BY_HAND, FLOOR, FLOOR_OVER)  # the room's rules leave such a device in peace for a while
CHANNEL = "rooms"  # wakes the hub that speaks
ORDERED, CHANGED, REMOVED = b"ordered", b"changed", b"removed:"


async def access_room(work: Work, me: Me, room_id: UUID, needs: Needs = "read") -> SeenRoom:
    """Read: participants of a meeting there and who administers. Order: chair and secretary, and who administers.

    Administer: the room itself, the accounts of its devices.
    """
    room = await queries.visible_room(work.conn, me, room_id, work.now)
    if room is None:
        raise NotFound
    if needs == "order" and not room.may_order:
        raise Forbidden
    if needs == "administer" and not room.administers:
        raise Forbidden
    return room


def removed(device_id: UUID) -> bytes:
    """Tells the hub that speaks that a device was taken off the room's list."""
    return REMOVED + device_id.bytes


async def acknowledge(work: Work, me: Me, room: SeenRoom, device_id: UUID) -> None:
    """Somebody has seen the alarm and answers for it; it stands no more. Twice is once."""
    if await queries.device(work.conn, room.id, device_id) is None:
        raise NotFound
    if await queries.acknowledge(work.conn, device_id):
        await queries.insert_event(work.conn, room.id, "alarm-acknowledged", work.now, device_id=device_id, by=me.id)
        work.publish(CHANNEL, ORDERED)


async def show_room(work: Work, room: SeenRoom) -> Room:
    rows = await queries.devices(work.conn, room.id)
    alarmed = await queries.alarm_times(work.conn, room.id)
    online = room.online(work.now)
    return Room(
        id=room.id,
        name=room.name,
        online=online,
        i_may_order=room.may_order,
        i_may_administer=room.administers,
        devices=[_device(row, online, work.now) for row in rows],
        alarms=[
            RoomAlarm(
                device_id=row["id"], device_name=row["name"], alarm=row["alarm"], at=alarmed.get(row["id"], work.now)
            )
            for row in rows
            if row["alarm"]
        ],
        log=await queries.log(work.conn, room.id, LOG_ROWS),
    )


def abilities(device: Device) -> Abilities:
    return Abilities(
        dims="brightness" in device.commands,
        modes=list(device.modes) if "mode" in device.commands else [],
        min_target=device.min_target if "target" in device.commands else None,
        max_target=device.max_target if "target" in device.commands else None,
    )


def by_hand_until(by_hand_at: datetime | None, now: datetime) -> datetime | None:
    """Until when the room's rules leave a device in peace after a person's order."""
    until = by_hand_at + timedelta(seconds=OVERRIDE_SECONDS) if by_hand_at else None
    return until if until is not None and until > now else None


def _device(row: dict[str, Any], online: bool, now: datetime) -> RoomDevice:
    return RoomDevice(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        unit=row["unit"],
        value=row["value"],
        value_at=row["value_at"],
        available=online and row["available"],
        waiting=row["waiting"],
        alarm=row["alarm"],
        by_hand_until=by_hand_until(row["by_hand_at"], now),
        abilities=abilities(announced(row["announced"])),
    )


def announced(stored: bytes) -> Device:
    return msgspec.json.decode(stored, type=Device)


async def place_order(work: Work, me: Me, room: SeenRoom, new: NewOrder) -> UUID:
    """Checked here, sent by the hub that speaks for the room. The answer is the device's own report."""
    row = await queries.device(work.conn, room.id, new.device_id)
    if row is None:
        raise NotFound
    if not room.online(work.now):
        raise RoomOffline
    if not row["available"]:
        raise DeviceUnavailable
    try:
        value = checked_order(announced(row["announced"]), new.value)
    except RoomRefusal as refusal:
        raise OrderRefused(refusal.detail) from None
    since = work.now - timedelta(seconds=ORDER_SECONDS)
    if await queries.orders_since(work.conn, me.id, since) >= ORDERS_PER_PERSON:
        raise TooManyOrders
    return await tell_order(work, room.id, new.device_id, value, BY_HAND, me.id, new.reason or None)


async def tell_order(
    work: Work, room_id: UUID, device_id: UUID, value: Any, reason: str, by: UUID | None, note: str | None = None
) -> UUID:
    """Writes the order down, tells the meeting that runs in the room, and wakes the hub that speaks for it."""
    meeting_id = await queries.running_meeting(work.conn, room_id)
    if meeting_id is not None:
        await work.hold(meeting_id)
    order_id = await queries.insert_order(work.conn, room_id, device_id, value, reason, by, meeting_id, work.now)
    await queries.insert_event(
        work.conn, room_id, "ordered", work.now, device_id=device_id, order_id=order_id, value=value, detail=note
    )
    if meeting_id is not None:
        await work.tell(meeting_id, RoomOrdered(order_id, room_id, device_id, value, reason, by), note)
    work.publish(CHANNEL, ORDERED)
    return order_id


async def create_room(work: Work, unit_id: UUID, name: str, *, simulated: bool = False) -> UUID:
    """A room; with ``simulated`` the hub runs a simulated one for it over the real broker."""
    cursor = await work.conn.execute(
        "INSERT INTO room (unit_id, name, simulated) VALUES (%s, %s, %s) RETURNING id", (unit_id, name, simulated)
    )
    row = await cursor.fetchone()
    assert row is not None
    work.publish(CHANNEL, CHANGED)
    return UUID(str(row[0]))


async def create_account(
    work: Work, room_id: UUID, username: str, roots: list[str], *, any_discovery: bool = False
) -> str:
    """An account for a room's device or bridge, or a new password for it. Returns the password; only its hash stays."""
    password = new_password()
    await work.conn.execute(
        "INSERT INTO room_account (username, room_id, password_hash, roots, any_discovery) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash, roots = excluded.roots,"
        " any_discovery = excluded.any_discovery, active = true WHERE room_account.room_id = excluded.room_id",
        (username, room_id, password_hash(password), roots, any_discovery),
    )
    work.publish(CHANNEL, CHANGED)
    return password
