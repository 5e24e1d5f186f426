"""All SQL about rooms, their devices, orders and log."""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from hub.equipment.models import LogEntry
from hub.meetings.queries import ADMINISTERED, about
from hub.users.models import Me

Conn = AsyncConnection[Any]

OFFLINE_AFTER = timedelta(seconds=15)
BEFORE_MEETING = timedelta(hours=2)  # the secretary prepares the room this long before

# Who may know of a room, and who may give orders in it.
ADMINISTERS: LiteralString = (
    "(%(my_role)s = 'system_admin' OR (%(my_role)s = 'unit_admin' AND r.unit_id IN (" + ADMINISTERED + ")))"
)
ROOMS: LiteralString = (
    """
    SELECT r.id, r.name, r.spoken_at, coalesce("""
    + ADMINISTERS
    + """, false) AS administers, coalesce("""
    + ADMINISTERS
    + """ OR EXISTS (
               SELECT 1 FROM meeting m JOIN participant p ON p.meeting_id = m.id
                WHERE m.room_id = r.id AND p.user_id = %(me)s AND p.role IN ('chair', 'secretary')
                  AND (m.state = 'running' OR (m.state = 'published' AND m.starts_at - %(before)s <= %(now)s
                                               AND m.ends_at >= %(now)s))), false) AS may_order
      FROM room r
     WHERE ("""
    + ADMINISTERS
    + """ OR EXISTS (
               SELECT 1 FROM meeting m JOIN participant p ON p.meeting_id = m.id
                WHERE m.room_id = r.id AND p.user_id = %(me)s AND m.state IN ('published', 'running', 'ended')))
"""
)


class SeenRoom(msgspec.Struct, frozen=True):
    """A room as one person may see it."""

    id: UUID
    name: str
    spoken_at: datetime | None
    administers: bool
    may_order: bool

    def online(self, now: datetime) -> bool:
        return self.spoken_at is not None and now - self.spoken_at <= OFFLINE_AFTER


def _about(me: Me, now: datetime) -> dict[str, Any]:
    return about(me) | {"now": now, "before": BEFORE_MEETING}


async def rooms(conn: Conn, me: Me, now: datetime) -> list[SeenRoom]:
    cursor = await conn.cursor(row_factory=class_row(SeenRoom)).execute(
        ROOMS + " ORDER BY r.name, r.id LIMIT 500", _about(me, now)
    )
    return await cursor.fetchall()


async def is_room_of_commune(conn: Conn, room_id: UUID, unit_id: UUID) -> bool:
    """Whether the room belongs to the tree of units the unit is in."""
    cursor = await conn.execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(unit)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM up WHERE parent_id IS NULL
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        )
        SELECT EXISTS (SELECT 1 FROM room WHERE id = %(room)s AND unit_id IN (SELECT id FROM tree))
        """,
        {"room": room_id, "unit": unit_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def visible_room(conn: Conn, me: Me, room_id: UUID, now: datetime) -> SeenRoom | None:
    cursor = await conn.cursor(row_factory=class_row(SeenRoom)).execute(
        ROOMS + " AND r.id = %(room)s", _about(me, now) | {"room": room_id}
    )
    return await cursor.fetchone()


async def devices(conn: Conn, room_id: UUID) -> list[dict[str, Any]]:
    """With what each waits for and when a person last ordered it about."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT d.id, d.kind, d.name, d.unit, d.value, d.value_at, d.available, d.alarm, d.announced, d.key,
               (SELECT o.value FROM room_order o WHERE o.device_id = d.id AND o.state IN ('new', 'sent')
                 ORDER BY o.at DESC LIMIT 1) AS waiting,
               (SELECT max(o.at) FROM room_order o WHERE o.device_id = d.id AND o.by IS NOT NULL) AS by_hand_at
          FROM room_device d WHERE d.room_id = %s AND NOT d.gone
         ORDER BY array_position(ARRAY['light', 'climate', 'microphone', 'temperature', 'illuminance',
                                       'carbon_dioxide', 'presence', 'reader'], d.kind), d.name, d.id
        """,
        (room_id,),
    )
    return await cursor.fetchall()


async def device(conn: Conn, room_id: UUID, device_id: UUID) -> dict[str, Any] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT id, name, available, announced FROM room_device WHERE room_id = %s AND id = %s AND NOT gone",
        (room_id, device_id),
    )
    return await cursor.fetchone()


async def log(conn: Conn, room_id: UUID, limit: int) -> list[LogEntry]:
    cursor = await conn.cursor(row_factory=class_row(LogEntry)).execute(
        """
        SELECT e.id, e.at, e.kind, e.device_id, d.name AS device_name, e.value, o.reason, u.name AS by, e.detail
          FROM room_event e LEFT JOIN room_device d ON d.id = e.device_id
          LEFT JOIN room_order o ON o.id = e.order_id LEFT JOIN app_user u ON u.id = coalesce(e.by, o.by)
         WHERE e.room_id = %s ORDER BY e.id DESC LIMIT %s
        """,
        (room_id, limit),
    )
    return await cursor.fetchall()


async def alarm_times(conn: Conn, room_id: UUID) -> dict[UUID, datetime]:
    cursor = await conn.execute(
        "SELECT device_id, max(at) FROM room_event WHERE room_id = %s AND kind = 'alarmed' GROUP BY device_id",
        (room_id,),
    )
    return dict(await cursor.fetchall())


async def orders_since(conn: Conn, user_id: UUID, since: datetime) -> int:
    cursor = await conn.execute("SELECT count(*) FROM room_order WHERE by = %s AND at > %s", (user_id, since))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def insert_order(
    conn: Conn,
    room_id: UUID,
    device_id: UUID,
    value: Any,
    reason: str,
    by: UUID | None,
    meeting_id: UUID | None,
    now: datetime,
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO room_order (room_id, device_id, value, reason, by, meeting_id, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (room_id, device_id, Jsonb(value), reason, by, meeting_id, now),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def insert_event(
    conn: Conn,
    room_id: UUID,
    kind: str,
    now: datetime,
    *,
    device_id: UUID | None = None,
    order_id: UUID | None = None,
    value: Any = None,
    detail: str | None = None,
    by: UUID | None = None,
) -> None:
    await conn.execute(
        "INSERT INTO room_event (room_id, device_id, order_id, kind, value, detail, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (room_id, device_id, order_id, kind, None if value is None else Jsonb(value), detail, by, now),
    )


async def running_meeting(conn: Conn, room_id: UUID) -> UUID | None:
    """The meeting whose line hears of the room."""
    cursor = await conn.execute(
        "SELECT id FROM meeting WHERE room_id = %s AND state = 'running' ORDER BY starts_at DESC, id LIMIT 1",
        (room_id,),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def acknowledge(conn: Conn, device_id: UUID) -> bool:
    """False where no alarm stood. The hub that speaks for the room learns it from `take_acknowledged`."""
    cursor = await conn.execute(
        "UPDATE room_device SET alarm = NULL, acknowledged = true WHERE id = %s AND alarm IS NOT NULL", (device_id,)
    )
    return cursor.rowcount == 1


async def mark_gone(conn: Conn, device_id: UUID) -> bool:
    """False where it was gone before."""
    cursor = await conn.execute(
        "UPDATE room_device SET gone = true, available = false, alarm = NULL WHERE id = %s AND NOT gone", (device_id,)
    )
    return cursor.rowcount == 1
