"""Where the archive keeps what search reads, and the marks by which a change of it is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
import structlog
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.documents.queries import read as read_log
from hub.documents.structure import Block, FactKind
from hub.minutes.facts import expand, rendered
from hub.search.texts import Paragraph, paragraphs
from realtime.replica import apply_all, is_engine_failure, new_doc

log = structlog.get_logger()
Conn = AsyncConnection[Any]
T = TypeVar("T")


# Of one meeting ``m``: changes with every update of any of its documents, and when a paper's text has been read.
WRITTEN: LiteralString = """
    SELECT coalesce((SELECT string_agg(l.document_id || ':' || l.head, ',' ORDER BY l.document_id)
                       FROM document d JOIN document_log l ON l.document_id = d.id WHERE d.meeting_id = m.id), '')
        || coalesce((SELECT '|' || string_agg(q.id || ':' || v.number || ':' || f.state, ',' ORDER BY q.id)
                       FROM paper q
                       JOIN LATERAL (SELECT number, sha256 FROM paper_version WHERE paper_id = q.id
                                      ORDER BY number DESC LIMIT 1) v ON true
                       JOIN paper_file f ON f.sha256 = v.sha256
                      WHERE q.meeting_id = m.id AND q.removed_at IS NULL), '') AS written
"""


class Marks(msgspec.Struct, frozen=True):
    """Both change with any change of what is indexed: the meeting's line, the logs of its documents, its papers."""

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


async def document_text(conn: Conn, document_id: UUID) -> list[Paragraph]:
    """What a live document says now. Nothing, if it cannot be read: any Yjs client may have written it."""
    stored = await read_log(conn, document_id, 0)
    if stored is None or not stored.updates:
        return []
    cursor = await conn.execute("SELECT meeting_id FROM document WHERE id = %s AND kind = 'minutes'", (document_id,))
    row = await cursor.fetchone()
    known = {(one.kind, one.ref): one.blocks for one in await rendered(conn, row[0])} if row else {}
    return await asyncio.to_thread(_read, stored.updates, known)


def _read(updates: Sequence[bytes], known: dict[tuple[FactKind, str], list[Block]]) -> list[Paragraph]:
    doc = new_doc()
    apply_all(doc, updates)
    try:
        return paragraphs(doc, lambda block: expand([block], known))
    except BaseException as error:
        if not is_engine_failure(error):
            raise
        log.warning("search.unreadable_document", error=str(error))
        return []


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
