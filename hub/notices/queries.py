"""All SQL about notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.notices.models import Notice

Conn = AsyncConnection[Any]


async def insert(conn: Conn, people: Sequence[UUID], notice: dict[str, Any]) -> list[tuple[UUID, UUID]]:
    """(person, notice) of each who had not been told this ``key`` before; without a key, of each."""
    cursor = await conn.execute(
        """
        INSERT INTO notice (user_id, kind, meeting_id, document_id, thread_id, item_id, thing_id, by, words, key, at)
        SELECT person, %(kind)s, %(meeting_id)s, %(document_id)s, %(thread_id)s, %(item_id)s, %(thing_id)s, %(by)s,
               %(words)s, %(key)s, %(at)s
          FROM unnest(%(people)s::uuid[]) person
        ON CONFLICT DO NOTHING RETURNING user_id, id
        """,
        notice | {"people": list(people)},
    )
    return await cursor.fetchall()


async def merge(conn: Conn, people: Sequence[UUID], notice: dict[str, Any]) -> set[UUID]:
    """Whose unread notice of this kind and thing now says the latest."""
    cursor = await conn.execute(
        """
        UPDATE notice SET times = times + 1, at = %(at)s, by = %(by)s, words = %(words)s, reached_at = NULL
         WHERE user_id = ANY(%(people)s) AND read_at IS NULL AND kind = %(kind)s
           AND meeting_id IS NOT DISTINCT FROM %(meeting_id)s AND item_id IS NOT DISTINCT FROM %(item_id)s
           AND document_id IS NOT DISTINCT FROM %(document_id)s AND thing_id IS NOT DISTINCT FROM %(thing_id)s
        RETURNING user_id
        """,
        notice | {"people": list(people)},
    )
    return {row[0] for row in await cursor.fetchall()}


async def newest(conn: Conn, user_id: UUID, limit: int) -> list[Notice]:
    cursor = await conn.cursor(row_factory=class_row(Notice)).execute(
        """
        SELECT n.id, n.kind, n.meeting_id, m.title AS meeting_title, m.starts_at, n.item_id, n.document_id,
               d.title AS document_title, d.kind AS document_kind, n.thread_id, n.thing_id, u.name AS by_name,
               n.words, n.times, n.at, n.read_at IS NOT NULL AS read
          FROM notice n LEFT JOIN meeting m ON m.id = n.meeting_id LEFT JOIN document d ON d.id = n.document_id
          LEFT JOIN app_user u ON u.id = n.by
         WHERE n.user_id = %s ORDER BY n.at DESC, n.id LIMIT %s
        """,
        (user_id, limit),
    )
    return await cursor.fetchall()


async def mark_reached(conn: Conn, user_id: UUID, at: datetime) -> None:
    """A page of this person has them now."""
    await conn.execute("UPDATE notice SET reached_at = %s WHERE user_id = %s AND reached_at IS NULL", (at, user_id))


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


async def forget_older(conn: Conn, people: Sequence[UUID], keep: int) -> None:
    """A person's notices have a bound; the oldest go."""
    await conn.execute(
        """
        DELETE FROM notice WHERE id IN (
            SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY at DESC, id) AS place
                  FROM notice WHERE user_id = ANY(%s)
            ) placed WHERE place > %s
        )
        """,
        (list(people), keep),
    )


async def addresses(conn: Conn, user_id: UUID) -> tuple[str, str]:
    cursor = await conn.execute(
        "SELECT coalesce(email, ''), coalesce(phone, '') FROM app_user WHERE id = %s", (user_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def set_addresses(conn: Conn, user_id: UUID, email: str, phone: str) -> None:
    await conn.execute(
        "UPDATE app_user SET email = nullif(%s, ''), phone = nullif(%s, '') WHERE id = %s", (email, phone, user_id)
    )


async def choices(conn: Conn, user_id: UUID) -> dict[str, bool]:
    cursor = await conn.execute("SELECT topic, outside FROM notice_choice WHERE user_id = %s", (user_id,))
    return dict(await cursor.fetchall())


async def set_choices(conn: Conn, user_id: UUID, outside: dict[str, bool]) -> None:
    await conn.execute(
        "INSERT INTO notice_choice (user_id, topic, outside) SELECT %s, * FROM unnest(%s::text[], %s::boolean[])"
        " ON CONFLICT (user_id, topic) DO UPDATE SET outside = excluded.outside",
        (user_id, list(outside), list(outside.values())),
    )
