"""All SQL of meetings as files: the file on its way, its parts, and the words of the line that go with it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from hub.db import Database
from hub.yearbook.models import Export

Conn = AsyncConnection[Any]
KEPT: Final = timedelta(days=1)
SILENT: Final = timedelta(minutes=2)
"""A job says how far it is at every step; one that has said nothing for so long died with its process."""

EXPORT: LiteralString = """
    SELECT id, meeting_id, done, total, bytes, manifest_hash, begun_at,
           CASE WHEN state IN ('waiting', 'making') AND seen_at < %(silent)s THEN 'failed' ELSE state END AS state
      FROM meeting_export
"""


def _export(row: dict[str, Any]) -> tuple[UUID, Export]:
    return row.pop("meeting_id"), Export(**row)


async def begin(conn: Conn, meeting_id: UUID, by: UUID, now: datetime) -> UUID:
    """The caller holds the meeting, so two presses begin one."""
    cursor = await conn.execute(
        "SELECT id FROM meeting_export WHERE meeting_id = %s AND by = %s AND state IN ('waiting', 'making')"
        " AND seen_at > %s ORDER BY begun_at DESC LIMIT 1",
        (meeting_id, by, now - SILENT),
    )
    if row := await cursor.fetchone():
        return UUID(str(row[0]))
    await conn.execute("DELETE FROM meeting_export WHERE meeting_id = %s AND by = %s", (meeting_id, by))
    cursor = await conn.execute(
        "INSERT INTO meeting_export (meeting_id, by, begun_at, seen_at) VALUES (%s, %s, %s, %s) RETURNING id",
        (meeting_id, by, now, now),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def forget_old(conn: Conn, now: datetime) -> None:
    await conn.execute("DELETE FROM meeting_export WHERE begun_at < %s", (now - KEPT,))


async def latest(conn: Conn, meeting_id: UUID, by: UUID, now: datetime) -> Export | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        EXPORT + " WHERE meeting_id = %(meeting)s AND by = %(by)s AND begun_at > %(kept)s"
        " ORDER BY begun_at DESC LIMIT 1",
        {"meeting": meeting_id, "by": by, "silent": now - SILENT, "kept": now - KEPT},
    )
    row = await cursor.fetchone()
    return _export(row)[1] if row else None


async def export(conn: Conn, export_id: UUID, by: UUID, now: datetime) -> tuple[UUID, Export] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        EXPORT + " WHERE id = %(export)s AND by = %(by)s AND begun_at > %(kept)s",
        {"export": export_id, "by": by, "silent": now - SILENT, "kept": now - KEPT},
    )
    row = await cursor.fetchone()
    return _export(row) if row else None


# --- the job ---


async def claim(conn: Conn, export_id: UUID, now: datetime) -> tuple[UUID, UUID] | None:
    """(meeting, who asked); None where somebody makes it already, or nobody wants it any more."""
    cursor = await conn.execute(
        "UPDATE meeting_export SET state = 'making', seen_at = %s WHERE id = %s AND state = 'waiting'"
        " RETURNING meeting_id, by",
        (now, export_id),
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def add_part(conn: Conn, export_id: UUID, number: int, part: bytes, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO meeting_export_part (export_id, number, content) VALUES (%s, %s, %b)", (export_id, number, part)
    )
    await conn.execute("UPDATE meeting_export SET seen_at = %s WHERE id = %s", (now, export_id))


async def progress(conn: Conn, export_id: UUID, done: int, total: int, now: datetime) -> None:
    await conn.execute(
        "UPDATE meeting_export SET done = %s, total = %s, seen_at = %s WHERE id = %s", (done, total, now, export_id)
    )


async def finish(conn: Conn, export_id: UUID, size: int, manifest_hash: str, now: datetime) -> None:
    await conn.execute(
        "UPDATE meeting_export SET state = 'made', bytes = %s, manifest_hash = %s, seen_at = %s WHERE id = %s",
        (size, manifest_hash, now, export_id),
    )


async def fail(conn: Conn, export_id: UUID, now: datetime) -> None:
    await conn.execute(
        "UPDATE meeting_export SET state = 'failed', seen_at = %s WHERE id = %s AND state = 'making'",
        (now, export_id),
    )
    await conn.execute("DELETE FROM meeting_export_part WHERE export_id = %s", (export_id,))


async def parts(db: Database, export_id: UUID) -> AsyncIterator[bytes]:
    """One after another, each read by itself: no connection is held while somebody's line is slow."""
    number = 0
    while True:
        async with db.reading() as conn:
            cursor = await conn.cursor(binary=True).execute(
                "SELECT content FROM meeting_export_part WHERE export_id = %s AND number = %s", (export_id, number)
            )
            row = await cursor.fetchone()
        if row is None:
            return
        yield row[0]
        number += 1


# --- the words of the line ---


async def told_texts(conn: Conn, meeting_id: UUID, secret: set[UUID], votes: set[UUID]) -> list[dict[str, Any]]:
    """With their salts, so that they can be held against the chain. Not of secret items, nor of votes left out."""
    cursor = await conn.execute(
        "SELECT t.seq, t.salt, t.text, e.kind, e.body FROM event_text t"
        " JOIN event e ON e.meeting_id = t.meeting_id AND e.seq = t.seq WHERE t.meeting_id = %s ORDER BY t.seq",
        (meeting_id,),
    )
    hidden, shown = {str(one) for one in secret}, {str(one) for one in votes}
    found = []
    for seq, salt, text, kind, body in await cursor.fetchall():
        said = msgspec.json.decode(bytes(body))
        about = {str(said.get("item_id")), *map(str, said.get("item_ids") or [])}
        if about & hidden or (kind.startswith("vote.") and said.get("vote_id") not in shown):
            continue
        found.append({"seq": seq, "salt": bytes(salt).hex(), "text": text})
    return found
