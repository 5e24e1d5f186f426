"""All SQL about the logs of documents, their images and the projection of the agenda."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID
from zlib import crc32

from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.db import hot
from hub.documents.damage import examine, with_damage
from hub.documents.models import PlannedItem
from realtime import Overdue, Stored
from realtime.replica import merge

Conn = AsyncConnection[Any]

# Of one meeting ``m``: changes with every update of any of its documents.
WRITTEN: LiteralString = (
    "SELECT coalesce(string_agg(l.document_id || ':' || l.head, ',' ORDER BY l.document_id), '') AS written"
    " FROM document d JOIN document_log l ON l.document_id = d.id WHERE d.meeting_id = m.id"
)

# Rows are locked in one order, so that hubs committing the same documents wait for each other and never deadlock.
APPEND: LiteralString = """
    WITH incoming AS (
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[])
                   AS i (document_id, place, update, checksum)
    ), sizes AS (
        SELECT document_id, count(*) AS rows, sum(octet_length(update)) AS bytes FROM incoming GROUP BY document_id
    ), locked AS (
        SELECT l.document_id FROM document_log l JOIN sizes USING (document_id) ORDER BY l.document_id FOR UPDATE OF l
    ), moved AS (
        UPDATE document_log l SET head = l.head + s.rows, bytes = l.bytes + s.bytes
          FROM sizes s JOIN locked USING (document_id) WHERE l.document_id = s.document_id
        RETURNING l.document_id, l.head - s.rows AS base
    ), written AS (
        INSERT INTO document_update (document_id, seq, update, checksum)
        SELECT i.document_id, m.base + i.place, i.update, i.checksum FROM incoming i JOIN moved m USING (document_id)
    )
    SELECT document_id, base FROM moved
"""


async def append(conn: Conn, entries: Sequence[tuple[UUID, bytes]]) -> list[int | None]:
    """Their numbers, in the order given; None where there is no such document. The caller commits."""
    places: list[int] = []
    counts: dict[UUID, int] = {}
    for document_id, _ in entries:
        counts[document_id] = counts.get(document_id, 0) + 1
        places.append(counts[document_id])
    rows = await hot.ask(
        conn,
        APPEND,
        hot.array(hot.UUID, [document_id.bytes for document_id, _ in entries]),
        hot.array(hot.BIGINT, [hot.bigint(place) for place in places]),
        hot.array(hot.BYTEA, [update for _, update in entries]),
        hot.array(hot.BIGINT, [hot.bigint(crc32(update)) for _, update in entries]),
    )
    bases = {UUID(bytes=document_id): int.from_bytes(base) for document_id, base in rows}
    return [
        bases[document_id] + place if document_id in bases else None
        for (document_id, _), place in zip(entries, places, strict=True)
    ]


async def read(conn: Conn, document_id: UUID, after: int) -> Stored | None:
    """What the log holds; with a damage, what is whole of it."""
    found = await examine(conn, document_id, after)
    if found is None or not found.damaged:
        return found.stored if found else None
    return with_damage(found, found.noticed_at or datetime.now(UTC))


async def piece_end(conn: Conn, document_id: UUID, after: int, most_bytes: int) -> int:
    """The last row of the next so many bytes of the log, one row at least; ``after`` where there are no more."""
    cursor = await conn.execute(
        "SELECT max(seq) FROM ("
        "SELECT seq, sum(octet_length(update)) OVER (ORDER BY seq) - octet_length(update) AS earlier"
        " FROM document_update WHERE document_id = %s AND seq > %s) sized WHERE earlier < %s",
        (document_id, after, most_bytes),
    )
    row = await cursor.fetchone()
    return after if row is None or row[0] is None else int(row[0])


async def whole(conn: Conn, document_id: UUID) -> bytes | None:
    """One update that says all the log says; None for a document nobody wrote in."""
    stored = await read(conn, document_id, 0)
    return merge(stored.updates) if stored is not None and stored.updates else None


async def heads(conn: Conn, document_ids: list[UUID]) -> dict[UUID, int]:
    cursor = await conn.execute(
        "SELECT document_id, head FROM document_log WHERE document_id = ANY(%s)", (document_ids,)
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def take_lease(conn: Conn, holder: str, seconds: float) -> bool:
    cursor = await conn.execute(
        "INSERT INTO document_keeper AS k (holder, until)"
        " VALUES (%s, clock_timestamp() + make_interval(secs => %s))"
        " ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until"
        " WHERE k.holder = excluded.holder OR k.until < clock_timestamp()",
        (holder, seconds),
    )
    return cursor.rowcount == 1


async def give_back_lease(conn: Conn, holder: str) -> None:
    await conn.execute("DELETE FROM document_keeper WHERE holder = %s", (holder,))


async def compact(conn: Conn, document_id: UUID, holder: str, upto: int, state: bytes) -> bool:
    """Puts the state in place of the updates up to a number. The snapshot it replaces is kept while it is whole."""
    cursor = await conn.execute(
        """
        UPDATE document_log l SET snapshot_at = %(upto)s,
               bytes = (SELECT coalesce(sum(octet_length(u.update)), 0) FROM document_update u
                         WHERE u.document_id = l.document_id AND u.seq > %(upto)s)
         WHERE document_id = %(document)s AND snapshot_at < %(upto)s AND head >= %(upto)s
           AND EXISTS (SELECT FROM document_keeper WHERE holder = %(holder)s AND until > clock_timestamp())
           AND NOT EXISTS (SELECT FROM document_damage d WHERE d.document_id = l.document_id)
        """,
        {"document": document_id, "holder": holder, "upto": upto},
    )
    if cursor.rowcount == 0:
        return False
    await conn.execute(
        "INSERT INTO document_snapshot_before (document_id, seq, state, made_at, checksum)"
        " SELECT document_id, seq, state, made_at, checksum FROM document_snapshot"
        " WHERE document_id = %s AND crc32(state) = checksum"
        " ON CONFLICT (document_id) DO UPDATE SET seq = excluded.seq, state = excluded.state,"
        " made_at = excluded.made_at, checksum = excluded.checksum",
        (document_id,),
    )
    await write_snapshot(conn, document_id, upto, state)
    await conn.execute("DELETE FROM document_update WHERE document_id = %s AND seq <= %s", (document_id, upto))
    return True


async def write_snapshot(conn: Conn, document_id: UUID, upto: int, state: bytes) -> None:
    await conn.execute(
        "INSERT INTO document_snapshot (document_id, seq, state, checksum) VALUES (%s, %s, %b, %s)"
        " ON CONFLICT (document_id) DO UPDATE SET seq = excluded.seq, state = excluded.state, made_at = now(),"
        " checksum = excluded.checksum",
        (document_id, upto, state, crc32(state)),
    )


async def overdue(conn: Conn, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
    cursor = await conn.execute(
        "SELECT document_id, head - snapshot_at, bytes FROM document_log l"
        " WHERE (head - snapshot_at >= %s OR bytes >= %s)"
        " AND NOT EXISTS (SELECT FROM document_damage d WHERE d.document_id = l.document_id)"
        " ORDER BY bytes DESC LIMIT %s",
        (min_rows, min_bytes, limit),
    )
    return [Overdue(str(document_id), rows, size) for document_id, rows, size in await cursor.fetchall()]


# --- the agenda in agenda_item ---


async def agenda_of(conn: Conn, document_id: UUID) -> UUID | None:
    """The meeting whose agenda the document is."""
    cursor = await conn.execute("SELECT meeting_id FROM document WHERE id = %s AND kind = 'agenda'", (document_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def unprojected_agendas(conn: Conn, limit: int) -> list[UUID]:
    """Agendas whose log went on after their items were last written."""
    cursor = await conn.execute(
        "SELECT l.document_id FROM document_log l JOIN document d ON d.id = l.document_id"
        " WHERE d.kind = 'agenda' AND l.head > l.projected LIMIT %s",
        (limit,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def projected_items(conn: Conn, meeting_id: UUID) -> list[PlannedItem]:
    cursor = await conn.cursor(row_factory=class_row(PlannedItem)).execute(
        "SELECT id, position, title, presenter, minutes, kind, removed FROM agenda_item WHERE meeting_id = %s",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def write_items(conn: Conn, meeting_id: UUID, items: Sequence[PlannedItem]) -> None:
    """An id that is an item of another meeting stays that meeting's."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            INSERT INTO agenda_item (id, meeting_id, position, title, presenter, minutes, kind, removed)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO UPDATE SET position = excluded.position, title = excluded.title,
                   presenter = excluded.presenter, minutes = excluded.minutes, kind = excluded.kind,
                   removed = excluded.removed
             WHERE agenda_item.meeting_id = excluded.meeting_id
            """,
            [(i.id, meeting_id, i.position, i.title, i.presenter, i.minutes, i.kind, i.removed) for i in items],
        )


async def note_projected(conn: Conn, document_id: UUID, upto: int) -> None:
    await conn.execute(
        "UPDATE document_log SET projected = greatest(projected, %s) WHERE document_id = %s", (upto, document_id)
    )


# --- images ---


async def insert_image(
    conn: Conn, document_id: UUID, media_type: str, sha256: bytes, content: bytes, by: UUID, at: datetime
) -> UUID:
    """The same picture pasted twice into a document is one."""
    cursor = await conn.execute(
        "INSERT INTO document_image (document_id, media_type, sha256, content, by, at) VALUES (%s, %s, %s, %b, %s, %s)"
        " ON CONFLICT (document_id, sha256) DO UPDATE SET sha256 = excluded.sha256 RETURNING id",
        (document_id, media_type, sha256, content, by, at),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def images_of(conn: Conn, document_id: UUID) -> tuple[int, int]:
    """How many, and their bytes."""
    cursor = await conn.execute(
        "SELECT count(*), coalesce(sum(octet_length(content)), 0)::bigint FROM document_image WHERE document_id = %s",
        (document_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def image_document(conn: Conn, image_id: UUID) -> UUID | None:
    cursor = await conn.execute("SELECT document_id FROM document_image WHERE id = %s", (image_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def image(conn: Conn, image_id: UUID) -> tuple[str, bytes]:
    cursor = await conn.cursor(binary=True).execute(
        "SELECT media_type, content FROM document_image WHERE id = %s", (image_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]
