"""Indexing one meeting: only what changed is written, only what is new is embedded, nothing secret stays.

Words are found as soon as the first transaction is committed; meaning follows when the model has read the passages.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from psycopg import AsyncConnection

from ai.inference import InferenceClient, InferenceUnavailable
from ai.search import document_numbers, lexemes
from hub.db import Database
from hub.search import archive, queries
from hub.search.counting import count
from hub.search.models import Draft
from hub.search.sources import read_meeting

log = structlog.get_logger()
Conn = AsyncConnection[Any]
EMBED_AT_ONCE = 16  # passages of one request to the inference process
EMBED_SECONDS = 300.0  # for one request, the first of which may have to build and load the model


async def index_meeting(db: Database, inference: InferenceClient | None, meeting_id: UUID) -> int:
    """Brings the index of one meeting up to date; returns how many passages were embedded.

    May be called again at any time, and by two at once: the second finds nothing to do. Raises InferenceUnavailable
    when passages wait for a vector; they can be found by their words meanwhile.
    """
    async with db.work() as work:
        marks = await archive.marks(work.conn, meeting_id)
        if marks is None:
            return 0  # deleted since, or a draft again
        drafts = await read_meeting(work.conn, meeting_id)
    async with db.work() as work:
        await _replace(work.conn, meeting_id, drafts, marks, work.now)
    return await _embed_missing(db, inference, meeting_id)


async def forget_item(conn: Conn, item_id: UUID) -> None:
    """At once, in the caller's transaction: nothing of the item can be found when it is committed."""
    cursor = await conn.execute(
        "DELETE FROM passage p WHERE p.item_id = %(item)s"
        " OR p.document_id IN (SELECT id FROM document WHERE agenda_item_id = %(item)s)"
        " OR p.paper_id IN (SELECT id FROM paper WHERE agenda_item_id = %(item)s) RETURNING p.text",
        {"item": item_id},
    )
    await count(conn, [row[0] for row in await cursor.fetchall()], [])


async def forget_paper(conn: Conn, paper_id: UUID) -> None:
    """As ``forget_item``: it went, it has another version, or it belongs to another item from now on."""
    cursor = await conn.execute("DELETE FROM passage WHERE paper_id = %s RETURNING text", (paper_id,))
    await count(conn, [row[0] for row in await cursor.fetchall()], [])


async def forget_meeting(conn: Conn, meeting_id: UUID) -> None:
    cursor = await conn.execute("DELETE FROM passage WHERE meeting_id = %s RETURNING text", (meeting_id,))
    gone = [row[0] for row in await cursor.fetchall()]
    await conn.execute("DELETE FROM search_meeting WHERE meeting_id = %s", (meeting_id,))
    await count(conn, gone, [])


def embedded_text(heading: str, text: str) -> str:
    """What the model reads of a passage: what it stands under says what it is about."""
    return f"{heading}. {text}" if heading else text


def hash_of(draft: Draft) -> bytes:
    digest = hashlib.sha256()
    for part in (draft.kind, draft.document_id, draft.item_id, draft.segment_id, draft.heading, draft.text):
        digest.update(str(part).encode() + b"\x00")
    if draft.paper_id is not None:
        digest.update(str(draft.paper_id).encode())
    return digest.digest()


async def _replace(conn: Conn, meeting_id: UUID, drafts: list[Draft], marks: archive.Marks, now: datetime) -> None:
    await queries.hold_index(conn, meeting_id)
    # The lock on the items orders us and a secretary who marks one secret at this moment: whoever comes second sees the
    # first. Reading took a while; what became secret meanwhile is dropped here, and papers that changed.
    secret = await queries.secret_items(conn, meeting_id)
    papers = await queries.papers_now(conn, meeting_id)
    wanted = {
        hash_of(draft): draft
        for draft in drafts
        if draft.item_id not in secret
        and (draft.paper_id is None or (draft.paper_id, draft.number, draft.item_id) in papers)
    }
    present = await queries.hashes(conn, meeting_id)
    gone = await queries.delete_passages(conn, [present[each] for each in present.keys() - wanted.keys()])
    new = [each for each in wanted if each not in present]
    ordinals = {each: number for number, each in enumerate(wanted)}
    await queries.insert_passages(
        conn,
        [
            queries.row(
                meeting_id, wanted[each], each, ordinals[each], lexemes(_found_by(wanted[each])), _numbers(wanted[each])
            )
            for each in new
        ],
    )
    await queries.move_passages(
        conn, [(present[each], ordinals[each], wanted[each].block) for each in wanted if each in present]
    )
    await queries.note_indexed(conn, meeting_id, marks.seq, marks.written, len(wanted), now)
    await count(conn, gone, [_found_by(wanted[each]) for each in new])


def _found_by(draft: Draft) -> str:
    return draft.text


def _numbers(draft: Draft) -> list[str]:
    return document_numbers(f"{draft.heading}\n{draft.text}")


async def _embed_missing(db: Database, inference: InferenceClient | None, meeting_id: UUID) -> int:
    if inference is None:
        raise InferenceUnavailable("down", "no inference process is named")
    done = 0
    model_id = inference.model_id
    while True:
        async with db.work() as work:
            waiting = await queries.unembedded(work.conn, meeting_id, model_id, EMBED_AT_ONCE)
        if not waiting:
            break
        texts = [embedded_text(heading, text) for _, heading, text in waiting]
        found = await inference.embed_passages(texts, within=EMBED_SECONDS)
        model_id = found.model_id
        async with db.work() as work:
            await queries.set_vectors(
                work.conn, model_id, [(row[0], vector) for row, vector in zip(waiting, found.vectors, strict=True)]
            )
        done += len(waiting)
    if model_id is not None:
        async with db.work() as work:
            await queries.note_embedded(work.conn, meeting_id, model_id)
    if done:
        log.info("search.indexed", meeting_id=str(meeting_id), embedded=done)
    return done
