"""Where the archive keeps what search reads, and the marks by which a change of it is noticed."""

from __future__ import annotations

from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

Conn = AsyncConnection[Any]
T = TypeVar("T")


# Of one meeting ``m``: changes with every update of any of its documents.
WRITTEN: LiteralString = "SELECT ''::text AS written"


class Marks(msgspec.Struct, frozen=True):
    """Both change with any change of what is indexed: the meeting's line, the logs of its documents."""

    seq: int
    written: str


async def marks(conn: Conn, meeting_id: UUID) -> Marks | None:
    """None for a draft, which nobody searches, and for a meeting that is gone."""
    cursor = await conn.cursor(row_factory=class_row(Marks)).execute(
        "SELECT m.seq, w.written FROM meeting m LEFT JOIN LATERAL (" + WRITTEN + ") w ON true"
        " WHERE m.id = %s AND m.state <> 'draft'",
        (meeting_id,),
    )
    return await cursor.fetchone()


async def document_update(conn: Conn, document_id: UUID) -> bytes | None:
    return None


async def said(conn: Conn, meeting_id: UUID, as_: type[T]) -> list[T]:
    """The transcript in the order it was said, several microphones together."""
    cursor = await conn.cursor(row_factory=class_row(as_)).execute(
        "SELECT t.id, t.item_id, u.name AS speaker, (extract(epoch FROM t.at) * 1000)::bigint AS start_ms,"
        " (extract(epoch FROM t.at) * 1000)::bigint + t.end_ms - t.start_ms AS end_ms, t.text"
        " FROM transcript_segment t LEFT JOIN app_user u ON u.id = t.speaker_id"
        " WHERE t.meeting_id = %s ORDER BY t.at, t.session_id, t.number",
        (meeting_id,),
    )
    return await cursor.fetchall()
