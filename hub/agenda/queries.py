"""SQL about where the meeting is in its agenda."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

Conn = AsyncConnection[Any]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the meeting is."""

    state: str
    current_item_id: UUID | None
    paused_at: datetime | None


async def place(conn: Conn, meeting_id: UUID) -> Place:
    cursor = await conn.cursor(row_factory=class_row(Place)).execute(
        "SELECT state, current_item_id, paused_at FROM meeting WHERE id = %s", (meeting_id,)
    )
    row = await cursor.fetchone()
    assert row is not None, "access was asked before"
    return row


async def set_current(conn: Conn, meeting_id: UUID, item_id: UUID | None) -> None:
    await conn.execute("UPDATE meeting SET current_item_id = %s WHERE id = %s", (item_id, meeting_id))


async def running_since(conn: Conn, item_id: UUID) -> datetime | None:
    cursor = await conn.execute("SELECT running_since FROM agenda_item WHERE id = %s", (item_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def move(conn: Conn, item_id: UUID, state: str, running_since: datetime | None, more_ms: int = 0) -> None:
    await conn.execute(
        "UPDATE agenda_item SET state = %s, running_since = %s, held_ms = held_ms + %s WHERE id = %s",
        (state, running_since, more_ms, item_id),
    )


async def set_pause(conn: Conn, meeting_id: UUID, at: datetime | None, seq: int | None) -> None:
    await conn.execute("UPDATE meeting SET paused_at = %s, paused_seq = %s WHERE id = %s", (at, seq, meeting_id))


async def set_secrecy(conn: Conn, item_id: UUID, secrecy: str) -> None:
    await conn.execute("UPDATE agenda_item SET secrecy = %s WHERE id = %s", (secrecy, item_id))
