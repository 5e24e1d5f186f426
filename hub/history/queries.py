"""All SQL about versions, authors and locks."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.history.cutting import Cut
from hub.history.models import KEPT, Author, DocumentLock, Version, Writer

Conn = AsyncConnection[Any]


class Newest(msgspec.Struct, frozen=True):
    """What is known of a text's newest version; zeroes where there is none."""

    agenda: bool  # the text is an agenda
    number: int
    seq: int
    at: datetime | None
    held: bytes
    hash: bytes
    reason: str | None


class Behind(msgspec.Struct, frozen=True):
    """A text whose log went on after its newest version."""

    document_id: UUID
    head: int
    at: datetime | None


class Kept(msgspec.Struct, frozen=True):
    number: int
    kind: str
    at: datetime
    reason: str = ""


# --- versions ---


async def hold_newest(conn: Conn, document_id: UUID) -> Newest:
    """Nobody else makes a version of this text until we commit."""
    await conn.execute("INSERT INTO document_history (document_id) VALUES (%s) ON CONFLICT DO NOTHING", (document_id,))
    cursor = await conn.cursor(binary=True, row_factory=class_row(Newest)).execute(
        "SELECT d.kind = 'agenda' AS agenda, h.number, h.seq, h.at, h.held, h.hash, v.reason"
        " FROM document_history h JOIN document d ON d.id = h.document_id"
        " LEFT JOIN document_version v ON v.document_id = h.document_id AND v.number = h.number"
        " WHERE h.document_id = %s FOR UPDATE OF h",
        (document_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def insert_version(
    conn: Conn,
    document_id: UUID,
    number: int,
    seq: int,
    cut: Cut,
    *,
    kind: str,
    name: str,
    reason: str,
    restored_from: int | None,
    by: UUID | None,
    at: datetime,
) -> None:
    await conn.execute(
        "INSERT INTO document_version (document_id, number, kind, name, reason, restored_from, by, at, seq, addition,"
        " clients, letters, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %s::bigint[], %s, %b)",
        (
            document_id, number, kind, name, reason, restored_from, by, at, seq, cut.addition,
            cut.clients, cut.letters, cut.hash,
        ),
    )  # fmt: skip
    await conn.execute(
        "UPDATE document_history SET number = %s, seq = %s, at = %s, held = %b, hash = %b WHERE document_id = %s",
        (number, seq, at, cut.held, cut.hash, document_id),
    )


async def note_nothing_new(conn: Conn, document_id: UUID, seq: int) -> None:
    """The log went on, but the text is that of the newest version."""
    await conn.execute("UPDATE document_history SET seq = %s WHERE document_id = %s", (seq, document_id))


async def rename_version(conn: Conn, document_id: UUID, number: int, name: str) -> bool:
    """A version that was made by itself becomes a named one: it is kept for good."""
    cursor = await conn.execute(
        "UPDATE document_version SET name = %s, kind = CASE kind WHEN 'automatic' THEN 'named' ELSE kind END"
        " WHERE document_id = %s AND number = %s",
        (name, document_id, number),
    )
    return cursor.rowcount == 1


VERSION: LiteralString = """
    SELECT v.number, v.kind, v.name, v.reason, v.restored_from, v.at, v.letters, encode(v.hash, 'hex') AS hash,
           u.id AS by_id, u.name AS by_name,
           (SELECT coalesce(json_agg(json_build_object('id', w.id, 'name', w.name) ORDER BY w.name), '[]')
              FROM (SELECT DISTINCT a.user_id FROM document_author a
                     WHERE a.document_id = v.document_id AND a.client = ANY(v.clients)) x
              JOIN app_user w ON w.id = x.user_id) AS writers
      FROM document_version v LEFT JOIN app_user u ON u.id = v.by
"""


async def versions(conn: Conn, document_id: UUID, before: int | None, limit: int) -> list[Version]:
    """The newest first."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        VERSION
        + " WHERE v.document_id = %(document)s AND (%(before)s::int IS NULL OR v.number < %(before)s)"
        + " ORDER BY v.number DESC LIMIT %(limit)s",
        {"document": document_id, "before": before, "limit": limit},
    )
    return [_version(row) for row in await cursor.fetchall()]


async def version(conn: Conn, document_id: UUID, number: int) -> Version | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        VERSION + " WHERE v.document_id = %s AND v.number = %s", (document_id, number)
    )
    row = await cursor.fetchone()
    return _version(row) if row else None


def _version(row: dict[str, Any]) -> Version:
    by_id, by_name, writers = row.pop("by_id"), row.pop("by_name"), row.pop("writers")
    return Version(
        **row,
        by=Writer(by_id, by_name) if by_id else None,
        writers=[Writer(UUID(each["id"]), each["name"]) for each in writers],
    )


async def additions(conn: Conn, document_id: UUID, upto: int) -> list[bytes]:
    """Of all versions up to a number, the first first; empty where there is no such version."""
    cursor = await conn.cursor(binary=True).execute(
        "SELECT number, addition FROM document_version WHERE document_id = %s AND number <= %s ORDER BY number",
        (document_id, upto),
    )
    rows = await cursor.fetchall()
    return [row[1] for row in rows] if rows and rows[-1][0] == upto else []


async def behind(conn: Conn, limit: int, meeting_id: UUID | None = None, *, or_not: bool = False) -> list[Behind]:
    """Of one meeting, or of all. ``or_not``: those too of which the newest version has everything."""
    cursor = await conn.cursor(row_factory=class_row(Behind)).execute(
        "SELECT l.document_id, l.head, h.at FROM document_log l JOIN document d ON d.id = l.document_id"
        " LEFT JOIN document_history h ON h.document_id = l.document_id"
        " WHERE d.kind = ANY(%s) AND (%s OR l.head > coalesce(h.seq, 0)) AND (%s::uuid IS NULL OR d.meeting_id = %s)"
        " ORDER BY l.document_id LIMIT %s",
        (list(KEPT), or_not, meeting_id, meeting_id, limit),
    )
    return await cursor.fetchall()


async def meeting_of(conn: Conn, document_id: UUID) -> UUID:
    cursor = await conn.execute("SELECT meeting_id FROM document WHERE id = %s", (document_id,))
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


# --- letting old ones go ---


async def kept(conn: Conn, document_id: UUID) -> list[Kept]:
    """All versions, the first first."""
    cursor = await conn.cursor(row_factory=class_row(Kept)).execute(
        "SELECT number, kind, at, reason FROM document_version WHERE document_id = %s ORDER BY number", (document_id,)
    )
    return await cursor.fetchall()


async def two_additions(conn: Conn, document_id: UUID, number: int) -> list[tuple[int, bytes]]:
    """Of a version and the one after it."""
    cursor = await conn.cursor(binary=True).execute(
        "SELECT number, addition FROM document_version WHERE document_id = %s AND number >= %s ORDER BY number LIMIT 2",
        (document_id, number),
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def let_go(conn: Conn, document_id: UUID, number: int, following: int, addition: bytes) -> None:
    """The version after it takes its addition over, and its writers."""
    await conn.execute(
        "UPDATE document_version n SET addition = %b, clients = ARRAY("
        "   SELECT DISTINCT c FROM unnest(n.clients || o.clients) c ORDER BY c)"
        "  FROM document_version o WHERE o.document_id = n.document_id AND o.number = %s"
        "   AND n.document_id = %s AND n.number = %s",
        (addition, number, document_id, following),
    )
    await conn.execute("DELETE FROM document_version WHERE document_id = %s AND number = %s", (document_id, number))


# --- who wrote ---


async def note_authors(conn: Conn, found: Iterable[tuple[UUID, int, UUID, bool, bool]]) -> None:
    """(document, client, user, sure, restored). Who was sure once stays; a guess gives way to who is sure."""
    rows = list(found)
    await conn.execute(
        """
        INSERT INTO document_author (document_id, client, user_id, sure, restored)
        SELECT f.document_id, f.client, f.user_id, f.sure, f.restored
          FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::boolean[], %s::boolean[])
               AS f (document_id, client, user_id, sure, restored)
          JOIN document d ON d.id = f.document_id JOIN app_user u ON u.id = f.user_id
         ORDER BY f.document_id, f.client
        ON CONFLICT (document_id, client) DO UPDATE SET user_id = excluded.user_id, sure = true
         WHERE excluded.sure AND NOT document_author.sure
        """,
        tuple([row[place] for row in rows] for place in range(5)),
    )


async def authors(conn: Conn, document_id: UUID) -> list[Author]:
    cursor = await conn.cursor(row_factory=class_row(Author)).execute(
        "SELECT a.client, a.user_id, u.name, a.restored FROM document_author a JOIN app_user u ON u.id = a.user_id"
        " WHERE a.document_id = %s ORDER BY u.name, a.client",
        (document_id,),
    )
    return await cursor.fetchall()


# --- locks ---


async def freeze(conn: Conn, document_id: UUID, by: UUID, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO document_lock (document_id, by, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (document_id, by, at),
    )


async def lock_version(conn: Conn, document_id: UUID, number: int) -> None:
    await conn.execute("UPDATE document_lock SET number = %s WHERE document_id = %s", (number, document_id))


async def unlock(conn: Conn, document_id: UUID) -> bool:
    cursor = await conn.execute("DELETE FROM document_lock WHERE document_id = %s", (document_id,))
    return cursor.rowcount == 1


class LockRow(msgspec.Struct, frozen=True, kw_only=True):
    document_id: UUID
    number: int | None
    at: datetime
    hash: str
    by_id: UUID
    name: str
    drifted: bool


LOCKS: LiteralString = """
    SELECT k.document_id, k.number, k.at, coalesce(encode(v.hash, 'hex'), '') AS hash, u.id AS by_id, u.name,
           coalesce(l.head > h.seq OR h.hash <> v.hash, false) AS drifted
      FROM document_lock k JOIN app_user u ON u.id = k.by JOIN document_log l USING (document_id)
      LEFT JOIN document_version v ON v.document_id = k.document_id AND v.number = k.number
      LEFT JOIN document_history h ON h.document_id = k.document_id
"""
LOCKS_OF_MEETING: LiteralString = (
    LOCKS + " WHERE k.document_id IN (SELECT id FROM document WHERE meeting_id = %(meeting)s)"
)


async def locks(conn: Conn, document_ids: Collection[UUID]) -> dict[UUID, DocumentLock]:
    cursor = await conn.cursor(row_factory=class_row(LockRow)).execute(
        LOCKS + " WHERE k.document_id = ANY(%s)", (list(document_ids),)
    )
    return by_document(await cursor.fetchall())


def by_document(rows: Iterable[LockRow]) -> dict[UUID, DocumentLock]:
    return {
        row.document_id: DocumentLock(
            number=row.number, hash=row.hash, by=Writer(row.by_id, row.name), at=row.at, drifted=row.drifted
        )
        for row in rows
    }


async def locked_version(conn: Conn, document_id: UUID) -> tuple[DocumentLock, Version] | None:
    """The version a text is locked at, for who prints it or votes on it; None where it is not locked."""
    lock = (await locks(conn, [document_id])).get(document_id)
    if lock is None or lock.number is None:
        return None
    found = await version(conn, document_id, lock.number)
    return (lock, found) if found is not None else None
