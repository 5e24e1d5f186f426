"""SQL of the exported page: whose text it is, who signs, and its pictures."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.exports.letterhead import Office, Signatory

Conn = AsyncConnection[Any]


class Occasion(msgspec.Struct, frozen=True):
    """The meeting of a text, as far as its page names it."""

    title: str
    starts_at: datetime
    unit_id: UUID
    seq: int
    head: str  # of the chain, in hex


async def occasion(conn: Conn, meeting_id: UUID) -> Occasion:
    cursor = await conn.cursor(row_factory=class_row(Occasion)).execute(
        "SELECT title, starts_at, unit_id, seq, encode(head, 'hex') AS head FROM meeting WHERE id = %s", (meeting_id,)
    )
    found = await cursor.fetchone()
    assert found is not None
    return found


async def office(conn: Conn, unit_id: UUID) -> Office:
    cursor = await conn.execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id, name, kind, 0 AS height FROM unit WHERE id = %s
            UNION ALL SELECT p.id, p.parent_id, p.name, p.kind, up.height + 1 FROM unit p JOIN up ON up.parent_id = p.id
        ) SELECT name, kind FROM up ORDER BY height
        """,
        (unit_id,),
    )
    (name, kind), *above = await cursor.fetchall()
    return Office(name, kind, [row[0] for row in above])


async def signatory(conn: Conn, meeting_id: UUID, role: str) -> Signatory | None:
    cursor = await conn.cursor(row_factory=class_row(Signatory)).execute(
        "SELECT coalesce(p.recorded_name, u.name) AS name, coalesce(p.recorded_position, u.position) AS position"
        " FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND p.role = %s ORDER BY p.position, u.name LIMIT 1",
        (meeting_id, role),
    )
    return await cursor.fetchone()


async def image_sizes(conn: Conn, image_ids: list[UUID]) -> list[tuple[UUID, UUID, int]]:
    """Of each picture: its id, the document it was put into, its bytes."""
    cursor = await conn.execute(
        "SELECT id, document_id, octet_length(content) FROM document_image WHERE id = ANY(%s) ORDER BY id", (image_ids,)
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]
