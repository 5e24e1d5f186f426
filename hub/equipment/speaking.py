"""All SQL of the hub that speaks for rooms: who may come in, what devices said, orders to carry, where meetings are."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from hub.broker import Account

Conn = AsyncConnection[Any]


async def all_rooms(conn: Conn) -> list[tuple[UUID, bool]]:
    cursor = await conn.execute("SELECT id, simulated FROM room ORDER BY id LIMIT 500")
    return await cursor.fetchall()


async def accounts(conn: Conn) -> list[tuple[UUID, Account]]:
    cursor = await conn.execute(
        "SELECT room_id, username, password_hash, roots, any_discovery FROM room_account WHERE active ORDER BY username"
    )
    return [(r[0], Account(r[1], bytes(r[2]), tuple(r[3]), r[4])) for r in await cursor.fetchall()]


async def account(conn: Conn, username: str) -> Account | None:
    cursor = await conn.execute(
        "SELECT username, password_hash, roots, any_discovery FROM room_account WHERE username = %s AND active",
        (username,),
    )
    row = await cursor.fetchone()
    return Account(row[0], bytes(row[1]), tuple(row[2]), row[3]) if row else None


class KnownDevice(msgspec.Struct, frozen=True):
    """What the database knows of a device that is announced: its id, its own last report, the alarm that stands."""

    id: UUID
    value: Any
    value_at: datetime | None
    alarm: str | None
    alarmed_value: Any  # what it was told when the alarm was raised
    new: bool  # or it was gone


async def upsert_device(
    conn: Conn, room_id: UUID, key: str, kind: str, name: str, unit: str, announced: bytes
) -> KnownDevice:
    cursor = await conn.execute(
        "SELECT id FROM room_device WHERE room_id = %s AND key = %s AND NOT gone", (room_id, key)
    )
    known = await cursor.fetchone() is not None
    cursor = await conn.execute(
        """
        INSERT INTO room_device (room_id, key, kind, name, unit, announced) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (room_id, key) DO UPDATE SET name = excluded.name, unit = excluded.unit, gone = false,
            announced = excluded.announced, kind = excluded.kind,
            value = CASE WHEN room_device.kind = excluded.kind THEN room_device.value END,
            value_at = CASE WHEN room_device.kind = excluded.kind THEN room_device.value_at END,
            alarm = CASE WHEN room_device.kind = excluded.kind THEN room_device.alarm END
        RETURNING id, value, value_at, alarm, CASE WHEN alarm IS NOT NULL THEN (
            SELECT o.value FROM room_event e JOIN room_order o ON o.id = e.order_id
             WHERE e.room_id = room_device.room_id AND e.device_id = room_device.id AND e.kind = 'alarmed'
             ORDER BY e.id DESC LIMIT 1) END
        """,
        (room_id, key, kind, name, unit, announced),
    )
    row = await cursor.fetchone()
    assert row is not None
    return KnownDevice(row[0], row[1], row[2], row[3], row[4], not known)


async def write_states(conn: Conn, states: Iterable[tuple[UUID, Any, datetime | None, bool, str | None]]) -> None:
    """(id, value, value_at, available, alarm) of devices whose state changed. One that is there again is not gone."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "UPDATE room_device SET value = %s, value_at = %s, available = %s, alarm = %s, gone = gone AND NOT %s"
            " WHERE id = %s",
            [
                (None if value is None else Jsonb(value), at, available, alarm, available, device_id)
                for device_id, value, at, available, alarm in states
            ],
        )


async def raise_alarm(conn: Conn, device_id: UUID, alarm: str) -> None:
    await conn.execute("UPDATE room_device SET alarm = %s, acknowledged = false WHERE id = %s", (alarm, device_id))


async def take_acknowledged(conn: Conn, room_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(room, device) whose alarms a person has seen since the last asking."""
    cursor = await conn.execute(
        "UPDATE room_device SET acknowledged = false WHERE room_id = ANY(%s) AND acknowledged RETURNING room_id, id",
        (list(room_ids),),
    )
    return await cursor.fetchall()


async def speak(conn: Conn, room_ids: Sequence[UUID], now: datetime) -> None:
    await conn.execute("UPDATE room SET spoken_at = %s WHERE id = ANY(%s)", (now, list(room_ids)))


async def fall_silent(conn: Conn, room_ids: Sequence[UUID]) -> None:
    await conn.execute("UPDATE room SET spoken_at = NULL WHERE id = ANY(%s)", (list(room_ids),))
    await forget_presence(conn, room_ids)


async def forget_presence(conn: Conn, room_ids: Sequence[UUID]) -> None:
    """Nobody is known to be there until he says so himself."""
    await conn.execute(
        "UPDATE room_device SET available = false WHERE room_id = ANY(%s) AND available", (list(room_ids),)
    )


async def new_orders(conn: Conn, room_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT id, room_id, device_id, value, reason, at FROM room_order"
        " WHERE room_id = ANY(%s) AND state = 'new' ORDER BY at, id LIMIT 100",
        (list(room_ids),),
    )
    return await cursor.fetchall()


async def take_over_orders(conn: Conn, room_ids: Sequence[UUID]) -> None:
    """What a hub that is gone had sent, and nobody heard the answer of, is sent again: orders name end states."""
    await conn.execute(
        "UPDATE room_order SET state = 'new' WHERE room_id = ANY(%s) AND state = 'sent'", (list(room_ids),)
    )


async def claim_order(conn: Conn, order_id: UUID) -> bool:
    cursor = await conn.execute("UPDATE room_order SET state = 'sent' WHERE id = %s AND state = 'new'", (order_id,))
    return cursor.rowcount == 1


async def settle_order(conn: Conn, order_id: UUID, state: str) -> bool:
    """False when it was settled before: an order has one end."""
    cursor = await conn.execute(
        "UPDATE room_order SET state = %s WHERE id = %s AND state IN ('new', 'sent')", (state, order_id)
    )
    return cursor.rowcount == 1


async def last_orders(conn: Conn, room_ids: Sequence[UUID], since: datetime) -> list[tuple[UUID, UUID, datetime, str]]:
    """(room, device, at, reason): the last by hand and the last by rule of each device."""
    cursor = await conn.execute(
        "SELECT DISTINCT ON (device_id, by IS NULL) room_id, device_id, at, reason FROM room_order"
        " WHERE room_id = ANY(%s) AND at > %s ORDER BY device_id, by IS NULL, at DESC",
        (list(room_ids), since),
    )
    return await cursor.fetchall()


class RoomMeeting(msgspec.Struct, frozen=True):
    """A meeting of about today in a room."""

    room_id: UUID
    id: UUID
    state: str
    item_id: UUID | None
    item_kind: str | None
    ends_at: datetime


async def meetings_of_today(conn: Conn, room_ids: Sequence[UUID], now: datetime) -> list[RoomMeeting]:
    cursor = await conn.cursor(row_factory=class_row(RoomMeeting)).execute(
        "SELECT m.room_id, m.id, m.state, m.current_item_id AS item_id, i.kind AS item_kind, m.ends_at"
        " FROM meeting m LEFT JOIN agenda_item i ON i.id = m.current_item_id"
        " WHERE m.room_id = ANY(%s) AND m.state IN ('published', 'running', 'ended')"
        " AND (m.state = 'running' OR m.starts_at BETWEEN %s AND %s) ORDER BY m.starts_at, m.id",
        (list(room_ids), now - timedelta(hours=24), now + timedelta(hours=24)),
    )
    return await cursor.fetchall()


async def last_turn(conn: Conn, meeting_id: UUID) -> datetime | None:
    """When the meeting last started, ended or moved to another item."""
    cursor = await conn.execute(
        "SELECT max(at) FROM event WHERE meeting_id = %s AND kind IN ('meeting.state_changed', 'agenda_item.started')",
        (meeting_id,),
    )
    row = await cursor.fetchone()
    return row[0] if row else None
