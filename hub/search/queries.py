"""SQL about the rows of the index: writing them, and reading the few that are shown. Finding is in `finding.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.search.models import Draft, Passage, PassageKind

Conn = AsyncConnection[Any]
INDEX_LOCK = 0x50415353  # class of the locks of indexing, one for each meeting


# The index's rows.


async def hold_index(conn: Conn, meeting_id: UUID) -> None:
    """One writer of a meeting's passages at a time; who writes its line or reads it is not kept waiting."""
    await conn.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s::text))", (INDEX_LOCK, meeting_id))


async def secret_items(conn: Conn, meeting_id: UUID) -> set[UUID]:
    cursor = await conn.execute(
        "SELECT id, secrecy FROM agenda_item WHERE meeting_id = %s ORDER BY id FOR SHARE", (meeting_id,)
    )
    return {row[0] for row in await cursor.fetchall() if row[1] != "none"}


async def papers_now(conn: Conn, meeting_id: UUID) -> set[tuple[UUID, int, UUID | None]]:
    """(paper, newest version, item) of each that has not been taken away; held until the end, as the items are."""
    cursor = await conn.execute(
        "SELECT id, agenda_item_id, removed_at IS NULL FROM paper WHERE meeting_id = %s ORDER BY id FOR SHARE",
        (meeting_id,),
    )
    there = {row[0]: row[1] for row in await cursor.fetchall() if row[2]}
    numbers = await conn.execute(
        "SELECT paper_id, max(number) FROM paper_version WHERE paper_id = ANY(%s) GROUP BY paper_id", (list(there),)
    )
    return {(row[0], row[1], there[row[0]]) for row in await numbers.fetchall()}


async def hashes(conn: Conn, meeting_id: UUID) -> dict[bytes, UUID]:
    cursor = await conn.execute("SELECT hash, id FROM passage WHERE meeting_id = %s FOR UPDATE", (meeting_id,))
    return {bytes(row[0]): row[1] for row in await cursor.fetchall()}


async def delete_passages(conn: Conn, ids: Sequence[UUID]) -> list[str]:
    """Their texts, for the counts."""
    cursor = await conn.execute("DELETE FROM passage WHERE id = ANY(%s) RETURNING text", (list(ids),))
    return [row[0] for row in await cursor.fetchall()]


def row(
    meeting_id: UUID, draft: Draft, digest: bytes, ordinal: int, words: list[str], numbers: list[str]
) -> tuple[Any, ...]:
    places = (draft.document_id, draft.item_id, draft.segment_id, draft.paper_id, ordinal, draft.block)
    return (meeting_id, draft.kind, *places, draft.heading, draft.text, digest, words, numbers)


async def insert_passages(conn: Conn, rows: Sequence[tuple[Any, ...]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO passage (meeting_id, kind, document_id, item_id, segment_id, paper_id, ordinal, block,"
            " heading, text, hash, words, numbers)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(%s::text[]), %s)",
            rows,
        )


async def move_passages(conn: Conn, places: Sequence[tuple[UUID, int, int]]) -> None:
    await conn.execute(
        "UPDATE passage p SET ordinal = n.ordinal, block = n.block"
        " FROM unnest(%s::uuid[], %s::int[], %s::int[]) n(id, ordinal, block)"
        " WHERE p.id = n.id AND (p.ordinal, p.block) IS DISTINCT FROM (n.ordinal, n.block)",
        ([place[0] for place in places], [place[1] for place in places], [place[2] for place in places]),
    )


async def note_indexed(conn: Conn, meeting_id: UUID, seq: int, written: str, passages: int, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO search_meeting AS s (meeting_id, seq, written, passages, indexed_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (meeting_id) DO UPDATE SET seq = excluded.seq, written = excluded.written,"
        " passages = excluded.passages, indexed_at = excluded.indexed_at, model_id = NULL",
        (meeting_id, seq, written, passages, now),
    )


async def unembedded(conn: Conn, meeting_id: UUID, model_id: str | None, limit: int) -> list[tuple[UUID, str, str]]:
    """Passages without a vector, or with one of another model than the one that is known to read queries now."""
    cursor = await conn.execute(
        "SELECT id, heading, text FROM passage WHERE meeting_id = %(meeting)s"
        " AND (embedding IS NULL OR model_id <> %(model)s::text) ORDER BY ordinal LIMIT %(limit)s",
        {"meeting": meeting_id, "model": model_id, "limit": limit},
    )
    return [(found[0], found[1], found[2]) for found in await cursor.fetchall()]


async def set_vectors(conn: Conn, model_id: str, vectors: Sequence[tuple[UUID, Sequence[float]]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "UPDATE passage SET embedding = %s::halfvec, model_id = %s WHERE id = %s",
            [(vector_text(vector), model_id, id_) for id_, vector in sorted(vectors, key=lambda each: each[0])],
        )


def vector_text(vector: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.5g}" for value in vector) + "]"


async def note_embedded(conn: Conn, meeting_id: UUID, model_id: str) -> None:
    await conn.execute(
        "UPDATE search_meeting SET model_id = %(model)s WHERE meeting_id = %(meeting)s AND NOT EXISTS"
        " (SELECT 1 FROM passage WHERE meeting_id = %(meeting)s AND model_id IS DISTINCT FROM %(model)s)",
        {"meeting": meeting_id, "model": model_id},
    )


# What is shown.


class Shown(msgspec.Struct, frozen=True):
    id: UUID
    meeting_id: UUID
    meeting_title: str
    meeting_date: datetime
    unit_name: str
    kind: PassageKind
    document_id: UUID | None
    item_id: UUID | None
    paper_id: UUID | None
    block: int
    heading: str
    text: str


async def shown(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, Shown]:
    cursor = await conn.cursor(row_factory=class_row(Shown)).execute(
        "SELECT p.id, p.meeting_id, m.title AS meeting_title, m.starts_at AS meeting_date, u.name AS unit_name, p.kind,"
        " p.document_id, p.item_id, p.paper_id, p.block, p.heading, p.text"
        " FROM passage p JOIN meeting m ON m.id = p.meeting_id JOIN unit u ON u.id = m.unit_id"
        " WHERE p.id = ANY(%s)",
        (list(ids),),
    )
    return {each.id: each for each in await cursor.fetchall()}


async def source_of_passage(conn: Conn, passage_id: UUID) -> tuple[UUID, UUID | None] | None:
    """Its meeting, and its paper where it is of one."""
    cursor = await conn.execute("SELECT meeting_id, paper_id FROM passage WHERE id = %s", (passage_id,))
    found = await cursor.fetchone()
    return (found[0], found[1]) if found else None


async def passage(conn: Conn, passage_id: UUID) -> Passage | None:
    """With its neighbours of the same source. None if it went, or its item became secret."""
    cursor = await conn.cursor(row_factory=class_row(Passage)).execute(
        """
        WITH around AS (
            SELECT p.*, lag(p.text) OVER source AS before, lead(p.text) OVER source AS after
              FROM passage p JOIN passage me ON me.id = %(id)s AND p.meeting_id = me.meeting_id AND p.kind = me.kind
               AND p.document_id IS NOT DISTINCT FROM me.document_id
               AND p.paper_id IS NOT DISTINCT FROM me.paper_id
            WINDOW source AS (ORDER BY p.ordinal)
        )
        SELECT a.id, a.meeting_id, a.kind, a.document_id, a.item_id, a.segment_id, a.paper_id, a.block, a.heading,
               coalesce(a.before, '') AS before, a.text, coalesce(a.after, '') AS after
          FROM around a LEFT JOIN agenda_item i ON i.id = a.item_id
         WHERE a.id = %(id)s AND coalesce(i.secrecy, 'none') = 'none'
        """,
        {"id": passage_id},
    )
    return await cursor.fetchone()
