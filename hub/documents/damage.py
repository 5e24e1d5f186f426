"""Reading a log that may be damaged: what is whole of it, and which rows are not what was written, or are gone.

A row carries the CRC-32 of its bytes. A database that cannot read one of its own pages is asked row by row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID
from zlib import crc32

import msgspec
import psycopg
from psycopg import AsyncConnection

from realtime import Damage, Stored
from realtime.replica import check_readable

Conn = AsyncConnection[Any]


class Read(msgspec.Struct):
    """A log as it was found: ``stored.damage`` is left to who may write it down."""

    stored: Stored
    damaged: list[int]
    noticed_at: datetime | None


def with_damage(found: Read, noticed_at: datetime) -> Stored:
    damage = Damage(tuple(found.damaged), noticed_at)
    return Stored(found.stored.updates, found.stored.head, found.stored.snapshot_at, damage)


async def examine(conn: Conn, document_id: UUID, after: int, upto: int | None = None) -> Read | None:
    """One statement, so that snapshot and updates are of one moment. With ``upto`` only the rows up to that number."""
    cursor = await conn.cursor(binary=True).execute(
        """
        SELECT l.head, l.snapshot_at, d.noticed_at, l.snapshot_at > %(after)s,
               CASE WHEN l.snapshot_at > %(after)s THEN s.state END, s.checksum, u.numbers, u.updates, u.checksums
          FROM document_log l
          LEFT JOIN document_snapshot s USING (document_id) LEFT JOIN document_damage d USING (document_id)
          LEFT JOIN LATERAL (
                SELECT array_agg(seq ORDER BY seq) AS numbers, array_agg(update ORDER BY seq) AS updates,
                       array_agg(checksum ORDER BY seq) AS checksums
                  FROM document_update WHERE document_id = l.document_id AND seq > %(after)s
                   AND (%(upto)s::bigint IS NULL OR seq <= %(upto)s)
               ) u ON true
         WHERE l.document_id = %(document)s
        """,
        {"document": document_id, "after": after, "upto": upto},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    head, snapshot_at, noticed_at, wants_snapshot, state, checksum, *arrays = row
    head = head if upto is None else min(head, upto)
    rows = dict(zip(arrays[0] or [], zip(arrays[1] or [], arrays[2] or [], strict=True), strict=True))
    whole_updates, damaged = sound(rows, range(max(after, snapshot_at) + 1, head + 1))
    if wants_snapshot:
        if state is not None and is_sound(state, checksum):
            whole_updates.insert(0, state)
        else:
            damaged.insert(0, 0)
            whole_updates = [*await snapshot_before(conn, document_id), *whole_updates]
    return Read(Stored(whole_updates, head, snapshot_at), damaged, noticed_at)


Rows = Mapping[int, tuple[bytes, int | None] | None]
"""By number; None where the database could not read the row."""


def sound(rows: Rows, wanted: range) -> tuple[list[bytes], list[int]]:
    """The updates that are whole, and the numbers of those that are not, or not there."""
    updates, damaged = [], []
    for number in wanted:
        row = rows.get(number)
        if row is not None and is_sound(*row):
            updates.append(row[0])
        else:
            damaged.append(number)
    return updates, damaged


def is_sound(content: bytes, checksum: int | None) -> bool:
    if checksum is not None:
        return crc32(content) == checksum
    try:
        check_readable([content])  # of an earlier version: it can only be asked whether it is an update at all
    except ValueError:
        return False
    return True


async def snapshot_before(conn: Conn, document_id: UUID) -> list[bytes]:
    cursor = await conn.cursor(binary=True).execute(
        "SELECT state, checksum FROM document_snapshot_before WHERE document_id = %s", (document_id,)
    )
    row = await cursor.fetchone()
    return [row[0]] if row is not None and is_sound(*row) else []


async def examine_piecemeal(conn: Conn, document_id: UUID) -> Read | None:
    """For a log of which the database itself cannot read a page: each row by itself."""
    cursor = await conn.execute(
        "SELECT l.head, l.snapshot_at, d.noticed_at FROM document_log l LEFT JOIN document_damage d USING (document_id)"
        " WHERE l.document_id = %s",
        (document_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    head, snapshot_at, noticed_at = row
    wanted = range(snapshot_at + 1, head + 1)
    updates, damaged = sound({number: await one(conn, ROW, document_id, number) for number in wanted}, wanted)
    if snapshot_at:
        state = await one(conn, SNAPSHOT, document_id, snapshot_at)
        if state is not None and is_sound(*state):
            updates.insert(0, state[0])
        else:
            damaged.insert(0, 0)
            before = await one(conn, SNAPSHOT_BEFORE, document_id, snapshot_at)
            updates = [*([before[0]] if before is not None and is_sound(*before) else []), *updates]
    return Read(Stored(updates, head, snapshot_at), damaged, noticed_at)


ROW: LiteralString = "SELECT update, checksum FROM document_update WHERE document_id = %s AND seq = %s"
SNAPSHOT: LiteralString = "SELECT state, checksum FROM document_snapshot WHERE document_id = %s AND seq >= %s"
SNAPSHOT_BEFORE: LiteralString = (
    "SELECT state, checksum FROM document_snapshot_before WHERE document_id = %s AND seq <= %s"
)


async def one(conn: Conn, statement: LiteralString, document_id: UUID, number: int) -> tuple[bytes, int | None] | None:
    """None where there is no such row, or the database cannot read it."""
    try:
        async with conn.transaction():
            cursor = await conn.cursor(binary=True).execute(statement, (document_id, number))
            row = await cursor.fetchone()
    except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted):
        return None
    return (row[0], row[1]) if row is not None else None


async def note_damage(conn: Conn, document_id: UUID, rows: list[int]) -> datetime:
    """When it was first noticed."""
    cursor = await conn.execute(
        "INSERT INTO document_damage (document_id, rows) VALUES (%s, %s)"
        " ON CONFLICT (document_id) DO UPDATE SET rows = excluded.rows RETURNING noticed_at",
        (document_id, rows),
    )
    row = await cursor.fetchone()
    assert row is not None
    noticed_at: datetime = row[0]
    return noticed_at


async def forget_damage(conn: Conn, document_id: UUID) -> None:
    """It was read whole again: a disk that failed for a moment, or rows put back from a copy."""
    await conn.execute("DELETE FROM document_damage WHERE document_id = %s", (document_id,))
