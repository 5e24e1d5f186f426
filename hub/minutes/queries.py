"""All SQL about conclusions and about what the hub laid into the minutes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.minutes.models import Conclusion

Conn = AsyncConnection[Any]

# --- conclusions ---


CONCLUSIONS: LiteralString = """
    SELECT item_id, text, state, written, written_by, written_at, decided_by, decided_at, remark
      FROM conclusion WHERE meeting_id = %(meeting)s ORDER BY item_id
"""


async def conclusions(conn: Conn, meeting_id: UUID) -> list[Conclusion]:
    cursor = await conn.cursor(row_factory=class_row(Conclusion)).execute(CONCLUSIONS, {"meeting": meeting_id})
    return await cursor.fetchall()


async def conclusion(conn: Conn, meeting_id: UUID, item_id: UUID) -> Conclusion | None:
    return next((one for one in await conclusions(conn, meeting_id) if one.item_id == item_id), None)


async def write(conn: Conn, meeting_id: UUID, item_id: UUID, text: str, seq: int, by: UUID, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO conclusion (item_id, meeting_id, text, state, written, written_by, written_at)"
        " VALUES (%(item)s, %(meeting)s, %(text)s, 'written', %(seq)s, %(by)s, %(at)s)"
        " ON CONFLICT (item_id) DO UPDATE SET text = excluded.text, state = 'written', written = excluded.written,"
        " written_by = excluded.written_by, written_at = excluded.written_at, decided_by = NULL, decided_at = NULL,"
        " remark = ''",
        {"item": item_id, "meeting": meeting_id, "text": text, "seq": seq, "by": by, "at": at},
    )


async def decide(conn: Conn, item_id: UUID, state: str, by: UUID, at: datetime, remark: str = "") -> None:
    """What is confirmed becomes the item's conclusion, for screens and for search."""
    await conn.execute(
        "UPDATE conclusion SET state = %s, decided_by = %s, decided_at = %s, remark = %s WHERE item_id = %s",
        (state, by, at, remark, item_id),
    )
    if state == "confirmed":
        await conn.execute(
            "UPDATE agenda_item i SET conclusion = c.text FROM conclusion c WHERE c.item_id = i.id AND i.id = %s",
            (item_id,),
        )


async def remove(conn: Conn, item_id: UUID) -> bool:
    await conn.execute("UPDATE agenda_item SET conclusion = '' WHERE id = %s", (item_id,))
    cursor = await conn.execute("DELETE FROM conclusion WHERE item_id = %s", (item_id,))
    return cursor.rowcount == 1


async def beside_conclusions(conn: Conn, meeting_id: UUID) -> dict[UUID, list[str]]:
    """By item, the titles of the papers that stand with its conclusion, in order."""
    cursor = await conn.execute(
        "SELECT agenda_item_id, array_agg(title ORDER BY position, made_at, id) FROM paper"
        " WHERE meeting_id = %s AND of_conclusion AND removed_at IS NULL GROUP BY agenda_item_id",
        (meeting_id,),
    )
    return dict(await cursor.fetchall())


# --- what the hub laid into the minutes ---

SKELETON, DECLINED = "skeleton", "declined"

# The blocks a meeting ``m`` should have by now.
WANTED: LiteralString = """
    SELECT 'item:' || i.id AS key FROM agenda_item i WHERE i.meeting_id = m.id AND NOT i.removed
    UNION ALL SELECT 'vote:' || v.id FROM vote v
     WHERE v.meeting_id = m.id AND v.state = 'closed' AND NOT v.rehearsal AND v.result IS NOT NULL
    UNION ALL SELECT DISTINCT 'speeches:' || f.item_id FROM floor f
     WHERE f.meeting_id = m.id AND f.state = 'ended' AND f.item_id IS NOT NULL AND f.started_at IS NOT NULL
    UNION ALL SELECT 'conclusion:' || c.item_id FROM conclusion c WHERE c.meeting_id = m.id
"""
LAID: LiteralString = "SELECT l.key FROM minutes_laid l WHERE l.document_id = d.id"


async def due(conn: Conn, limit: int) -> list[tuple[UUID, UUID]]:
    """(meeting, its minutes): those that begin, and those with something to add."""
    cursor = await conn.execute(
        "SELECT m.id, d.id FROM meeting m JOIN document d ON d.meeting_id = m.id AND d.kind = 'minutes'"
        " WHERE m.state IN ('running', 'ended') AND CASE"
        " WHEN EXISTS (" + LAID + " AND l.key = 'skeleton') THEN EXISTS ((" + WANTED + ") EXCEPT " + LAID + ")"
        " ELSE NOT EXISTS (" + LAID + " AND l.key = 'declined') END LIMIT %s",
        (limit,),
    )
    return await cursor.fetchall()


async def missing(conn: Conn, meeting_id: UUID, document_id: UUID) -> set[str]:
    cursor = await conn.execute(
        "SELECT w.key FROM meeting m JOIN document d ON d.id = %s, LATERAL ((" + WANTED + ") EXCEPT " + LAID + ") w"
        " WHERE m.id = %s",
        (document_id, meeting_id),
    )
    return {row[0] for row in await cursor.fetchall()}


async def laid(conn: Conn, document_id: UUID) -> set[str]:
    cursor = await conn.execute("SELECT key FROM minutes_laid WHERE document_id = %s", (document_id,))
    return {row[0] for row in await cursor.fetchall()}


async def note_laid(conn: Conn, document_id: UUID, keys: Iterable[str], at: datetime) -> None:
    await conn.execute(
        "INSERT INTO minutes_laid (document_id, key, at) SELECT %s, k, %s FROM unnest(%s::text[]) k"
        " ON CONFLICT DO NOTHING",
        (document_id, at, sorted(keys)),
    )


async def hold_minutes(conn: Conn, document_id: UUID) -> bool:
    """One hand at a time writes for the hub; False where another hub's does."""
    cursor = await conn.execute("SELECT 1 FROM document WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", (document_id,))
    return await cursor.fetchone() is not None


async def open_state(conn: Conn, meeting_id: UUID) -> str:
    """The meeting's state, which stays so until we commit."""
    cursor = await conn.execute("SELECT state FROM meeting WHERE id = %s FOR SHARE", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def minutes_of(conn: Conn, meeting_id: UUID) -> UUID:
    cursor = await conn.execute("SELECT id FROM document WHERE meeting_id = %s AND kind = 'minutes'", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None, "a meeting has minutes from its first moment"
    return UUID(str(row[0]))
