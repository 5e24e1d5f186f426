"""All SQL about attendance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

Conn = AsyncConnection[Any]


class OpenMeeting(msgspec.Struct, frozen=True):
    id: UUID
    state: str
    starts_at: datetime
    ends_at: datetime


async def meeting(conn: Conn, meeting_id: UUID) -> OpenMeeting:
    cursor = await conn.execute("SELECT id, state, starts_at, ends_at FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None, "access was asked before"
    return OpenMeeting(*row)


async def meetings_in_room(conn: Conn, room_id: UUID, since: datetime, until: datetime) -> list[OpenMeeting]:
    """Those a reader of the room may check people in to, the running one first."""
    cursor = await conn.execute(
        "SELECT id, state, starts_at, ends_at FROM meeting WHERE room_id = %s AND state IN ('published', 'running')"
        " AND starts_at < %s AND ends_at >= %s ORDER BY state = 'running' DESC, starts_at",
        (room_id, until, since),
    )
    return [OpenMeeting(*row) for row in await cursor.fetchall()]


async def people(conn: Conn, meeting_id: UUID) -> list[UUID]:
    cursor = await conn.execute("SELECT user_id FROM participant WHERE meeting_id = %s", (meeting_id,))
    return [row[0] for row in await cursor.fetchall()]


async def people_of_other_meetings(
    conn: Conn, meeting_id: UUID, since: datetime, until: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(meeting, person) of the day's other meetings of the same unit."""
    cursor = await conn.execute(
        "SELECT p.meeting_id, p.user_id FROM participant p JOIN meeting m ON m.id = p.meeting_id"
        " WHERE m.id <> %(meeting)s AND m.unit_id = (SELECT unit_id FROM meeting WHERE id = %(meeting)s)"
        " AND m.starts_at < %(until)s AND m.ends_at >= %(since)s LIMIT %(limit)s",
        {"meeting": meeting_id, "since": since, "until": until, "limit": limit},
    )
    return await cursor.fetchall()


async def participant(conn: Conn, meeting_id: UUID, user_id: UUID) -> dict[str, Any] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT p.user_id, u.name, u.position, p.role, p.seat, p.checked_in_at"
        " FROM participant p JOIN app_user u ON u.id = p.user_id WHERE p.meeting_id = %s AND p.user_id = %s",
        (meeting_id, user_id),
    )
    return await cursor.fetchone()


async def seats(conn: Conn, meeting_id: UUID) -> set[str]:
    cursor = await conn.execute(
        "SELECT seat FROM participant WHERE meeting_id = %s AND seat IS NOT NULL", (meeting_id,)
    )
    return {row[0] for row in await cursor.fetchall()}


async def check_in(conn: Conn, meeting_id: UUID, user_id: UUID, seat: str | None, how: str, now: datetime) -> None:
    await conn.execute(
        "UPDATE participant SET checked_in_at = %s, checked_in_how = %s, seat = %s"
        " WHERE meeting_id = %s AND user_id = %s",
        (now, how, seat, meeting_id, user_id),
    )


async def undo(conn: Conn, meeting_id: UUID, user_id: UUID) -> bool:
    cursor = await conn.execute(
        "UPDATE participant SET checked_in_at = NULL, checked_in_how = NULL"
        " WHERE meeting_id = %s AND user_id = %s AND checked_in_at IS NOT NULL",
        (meeting_id, user_id),
    )
    return cursor.rowcount == 1


async def wrong_codes(conn: Conn, by_whom: str, since: datetime) -> int:
    cursor = await conn.execute(
        "SELECT count(*) FROM check_in_attempt WHERE by_whom = %s AND at > %s", (by_whom, since)
    )
    row: Sequence[Any] | None = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def note_wrong_code(conn: Conn, by_whom: str, now: datetime, forget: datetime) -> None:
    await conn.execute("DELETE FROM check_in_attempt WHERE at < %s", (forget,))
    await conn.execute("INSERT INTO check_in_attempt (by_whom, at) VALUES (%s, %s)", (by_whom, now))
