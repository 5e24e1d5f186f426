"""Damaged logs, for who keeps the installation: which there are, and how a loss is accepted.

Accepting puts what is whole in the log's place and keeps the damaged rows aside, as far as they can be read. Everybody
may write again, and a browser that still holds what was lost brings it back by itself when it opens the document.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.documents import damage, queries
from hub.house import a_database
from hub.settings import Settings
from realtime.replica import Impossible, merge, whole_state

Say = Callable[[str], None]


class Damaged(msgspec.Struct, frozen=True):
    document_id: UUID
    kind: str
    meeting: str
    rows: list[int]
    noticed_at: datetime


NOTED = """
    SELECT d.id AS document_id, d.kind, m.title AS meeting, f.rows, f.noticed_at
      FROM document_damage f JOIN document d ON d.id = f.document_id JOIN meeting m ON m.id = d.meeting_id
     ORDER BY f.noticed_at
"""

# The database compares every checksum itself, so that no content has to travel.
UNSOUND: LiteralString = """
    SELECT l.document_id FROM document_log l
     WHERE l.head - l.snapshot_at <> (
              SELECT count(*) FROM document_update u
               WHERE u.document_id = l.document_id AND u.seq > l.snapshot_at
                 AND (u.checksum IS NULL OR crc32(u.update) = u.checksum))
        OR l.snapshot_at > 0 AND NOT EXISTS (
              SELECT FROM document_snapshot s
               WHERE s.document_id = l.document_id AND (s.checksum IS NULL OR crc32(s.state) = s.checksum))
"""


def damaged(conninfo: str, *, every: bool) -> list[Damaged]:
    """Those noticed so far; with ``every`` all logs are read and compared first."""
    return asyncio.run(_damaged(conninfo, every=every))


async def _damaged(conninfo: str, *, every: bool) -> list[Damaged]:
    async with await AsyncConnection.connect(conninfo) as conn:
        if every:
            for document_id in await _suspects(conn):
                found = await _examine(conn, document_id)
                if found is not None and found.damaged:
                    await damage.note_damage(conn, document_id, found.damaged)
        return await (await conn.cursor(row_factory=class_row(Damaged)).execute(NOTED)).fetchall()


async def _suspects(conn: AsyncConnection[Any]) -> list[UUID]:
    for statement in (UNSOUND, "SELECT document_id FROM document_log"):
        try:
            async with conn.transaction():
                return [row[0] for row in await (await conn.execute(statement)).fetchall()]
        except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted):
            continue  # somewhere there is a page it cannot read: every log is looked at by itself
    return []


async def _examine(conn: AsyncConnection[Any], document_id: UUID) -> damage.Read | None:
    try:
        async with conn.transaction():
            return await damage.examine(conn, document_id, 0)
    except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted):
        return await damage.examine_piecemeal(conn, document_id)


def repair_document(settings: Settings, document_id: UUID, *, accept: bool, say: Say, tell: Say) -> int:
    """The verb. Exit code 1: no such document."""
    with a_database(settings, tell) as reached:
        return asyncio.run(_repair(reached.conninfo, document_id, accept=accept, say=say))


async def _repair(conninfo: str, document_id: UUID, *, accept: bool, say: Say) -> int:
    async with await AsyncConnection.connect(conninfo) as conn, conn.transaction():
        await conn.execute("SELECT FROM document_log WHERE document_id = %s FOR UPDATE", (document_id,))
        found = await _examine(conn, document_id)
        if found is None:
            say(f"there is no document {document_id}")
            return 1
        if not found.damaged:
            await damage.forget_damage(conn, document_id)
            say(f"the log of document {document_id} is whole: nothing to repair")
            return 0
        rows = ", ".join("the snapshot" if number == 0 else str(number) for number in found.damaged)
        whole = len(found.stored.updates)
        if not accept:
            say(f"document {document_id}: damaged or missing: {rows}; {whole} pieces are whole.")
            say("--accept-loss lets people write again in what is whole, and keeps the damaged rows aside.")
            return 0
        await _accept(conn, document_id, found)
        say(f"document {document_id}: {whole} pieces are whole and are the document now; kept aside: {rows}.")
        return 0


async def _accept(conn: AsyncConnection[Any], document_id: UUID, found: damage.Read) -> None:
    for number in found.damaged:
        kept = await damage.one(conn, damage.ROW if number else damage.SNAPSHOT, document_id, number)
        await conn.execute(
            "INSERT INTO document_damaged_row (document_id, seq, content, checksum) VALUES (%s, %s, %b, %s)",
            (document_id, number, *(kept or (None, None))),
        )
    upto = found.stored.head + 1  # so that every hub that has it open sees that there is something to read
    await conn.execute("DELETE FROM document_update WHERE document_id = %s", (document_id,))
    await queries.write_snapshot(conn, document_id, upto, _state(found.stored.updates))
    await conn.execute(
        "UPDATE document_log SET head = %(upto)s, snapshot_at = %(upto)s, bytes = 0 WHERE document_id = %(document)s",
        {"upto": upto, "document": document_id},
    )
    await damage.forget_damage(conn, document_id)


def _state(updates: list[bytes]) -> bytes:
    try:
        return whole_state(updates)
    except Impossible:
        return merge(updates)
