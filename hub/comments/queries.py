"""All SQL about notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.comments.models import Notice

Conn = AsyncConnection[Any]


async def notify(
    conn: Conn,
    people: Iterable[UUID],
    kind: Literal["mention", "reply"],
    *,
    meeting_id: UUID,
    document_id: UUID,
    thread_id: str,
    by: UUID,
    at: datetime,
) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO notice (user_id, kind, meeting_id, document_id, thread_id, by, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(person, kind, meeting_id, document_id, thread_id, by, at) for person in people],
        )


async def newest(conn: Conn, user_id: UUID, limit: int) -> list[Notice]:
    cursor = await conn.cursor(row_factory=class_row(Notice)).execute(
        """
        SELECT n.id, n.kind, n.meeting_id, m.title AS meeting_title, n.document_id, d.title AS document_title,
               d.kind AS document_kind, n.thread_id, u.name AS by_name, n.at, n.read_at IS NOT NULL AS read
          FROM notice n JOIN meeting m ON m.id = n.meeting_id JOIN document d ON d.id = n.document_id
          JOIN app_user u ON u.id = n.by
         WHERE n.user_id = %s ORDER BY n.at DESC, n.id LIMIT %s
        """,
        (user_id, limit),
    )
    return await cursor.fetchall()


async def unread(conn: Conn, user_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM notice WHERE user_id = %s AND read_at IS NULL", (user_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def mark_read(conn: Conn, user_id: UUID, ids: list[UUID], at: datetime) -> None:
    await conn.execute(
        "UPDATE notice SET read_at = %(at)s WHERE user_id = %(user)s AND read_at IS NULL"
        " AND (cardinality(%(ids)s::uuid[]) = 0 OR id = ANY(%(ids)s))",
        {"at": at, "user": user_id, "ids": ids},
    )


async def forget_older(conn: Conn, user_id: UUID, keep: int) -> None:
    """A person's notices have a bound; the oldest go."""
    await conn.execute(
        "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE user_id = %s ORDER BY at DESC, id OFFSET %s)",
        (user_id, keep),
    )
