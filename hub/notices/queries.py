"""All SQL about notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.notices.models import Delivery, Notice

Conn = AsyncConnection[Any]


# Of notice ``n``: what it says, unless the item it is about, or whose text it is about, was marked Mật since.
SAYS: LiteralString = """
    CASE WHEN EXISTS (SELECT FROM agenda_item i WHERE i.secrecy <> 'none' AND (i.id = n.item_id OR i.id =
                          (SELECT d.agenda_item_id FROM document d WHERE d.id = n.document_id)))
         THEN '' ELSE n.words END AS words
"""


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


async def merge(conn: Conn, people: Sequence[UUID], notice: dict[str, Any]) -> list[tuple[UUID, UUID]]:
    """Whose unread notice of this kind and thing now says the latest."""
    cursor = await conn.execute(
        """
        UPDATE notice SET times = times + 1, at = %(at)s, by = %(by)s, words = %(words)s, reached_at = NULL
         WHERE user_id = ANY(%(people)s) AND read_at IS NULL AND kind = %(kind)s
           AND meeting_id IS NOT DISTINCT FROM %(meeting_id)s AND item_id IS NOT DISTINCT FROM %(item_id)s
           AND document_id IS NOT DISTINCT FROM %(document_id)s AND thing_id IS NOT DISTINCT FROM %(thing_id)s
        RETURNING user_id, id
        """,
        notice | {"people": list(people)},
    )
    return await cursor.fetchall()


async def queue(
    conn: Conn,
    notice_ids: Sequence[UUID],
    topic: str,
    ways: Sequence[str],
    at: datetime,
    *,
    default: bool,
    always: bool,
) -> None:
    """To be sent outside the page, to who has an address and wants it there. What waits is not doubled; what was sent
    before its notice said something new is sent again."""
    await conn.execute(
        """
        INSERT INTO notice_delivery (notice_id, way, next_at, queued_at)
        SELECT n.id, to_him.way, %(at)s, %(at)s
          FROM notice n JOIN app_user u ON u.id = n.user_id
          CROSS JOIN LATERAL (VALUES ('email', u.email), ('phone', u.phone)) to_him (way, address)
          LEFT JOIN notice_choice c ON c.user_id = u.id AND c.topic = %(topic)s
         WHERE n.id = ANY(%(notices)s) AND u.active AND to_him.address IS NOT NULL AND to_him.way = ANY(%(ways)s)
           AND (%(always)s OR coalesce(c.outside, %(default)s))
        ON CONFLICT (notice_id, way) DO UPDATE SET
            state = 'queued', reason = '', attempts = 0, next_at = excluded.next_at, queued_at = excluded.queued_at,
            done_at = NULL
         WHERE notice_delivery.state <> 'queued'
        """,
        {
            "notices": list(notice_ids), "topic": topic, "ways": list(ways), "at": at,
            "default": default, "always": always,
        },
    )  # fmt: skip


async def any_due(conn: Conn, now: datetime) -> bool:
    cursor = await conn.execute(
        "SELECT EXISTS (SELECT 1 FROM notice_delivery WHERE state = 'queued' AND next_at <= %s)", (now,)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def claim_due(conn: Conn, now: datetime, again: datetime, limit: int) -> list[Delivery]:
    """What is due, for one sender alone; should he die over it, it is due once more at ``again``."""
    cursor = await conn.cursor(row_factory=class_row(Delivery)).execute(
        """
        WITH due AS (
            SELECT id FROM notice_delivery WHERE state = 'queued' AND next_at <= %(now)s
             ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE notice_delivery d SET attempts = attempts + 1, next_at = %(again)s FROM due WHERE d.id = due.id
            RETURNING d.id, d.notice_id, d.way, d.attempts
        )
        SELECT c.id, c.way, c.attempts, n.user_id, n.kind, n.meeting_id, u.name AS user_name,
               CASE c.way WHEN 'email' THEN u.email ELSE u.phone END AS address, by_whom.name AS by_name,
               m.title AS meeting_title, m.place, m.starts_at, m.ends_at,
        """
        + SAYS
        + """
          FROM claimed c JOIN notice n ON n.id = c.notice_id JOIN app_user u ON u.id = n.user_id
          LEFT JOIN meeting m ON m.id = n.meeting_id LEFT JOIN app_user by_whom ON by_whom.id = n.by
         ORDER BY c.id
        """,
        {"now": now, "again": again, "limit": limit},
    )
    return await cursor.fetchall()


async def note_sent(conn: Conn, delivery_id: UUID, at: datetime) -> None:
    await conn.execute(
        "UPDATE notice_delivery SET state = 'sent', reason = '', done_at = %s WHERE id = %s", (at, delivery_id)
    )


async def note_failed(conn: Conn, delivery_id: UUID, reason: str, at: datetime, again: datetime | None) -> None:
    """``again`` None: it is given up."""
    await conn.execute(
        "UPDATE notice_delivery SET reason = %s,"
        " state = CASE WHEN %s::timestamptz IS NULL THEN 'failed' ELSE state END,"
        " next_at = coalesce(%s, next_at), done_at = CASE WHEN %s::timestamptz IS NULL THEN %s END WHERE id = %s",
        (reason, again, again, again, at, delivery_id),
    )


async def give_up_due(conn: Conn, ways: Sequence[str], reason: str, now: datetime) -> None:
    """What waits for a way this installation does not have."""
    await conn.execute(
        "UPDATE notice_delivery SET state = 'failed', reason = %s, done_at = %s"
        " WHERE state = 'queued' AND next_at <= %s AND NOT way = ANY(%s)",
        (reason, now, now, list(ways)),
    )


async def newest(conn: Conn, people: Sequence[UUID], limit: int) -> list[list[Notice]]:
    """Of each of these people."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT a.number, n.id, n.kind, n.meeting_id, m.title AS meeting_title, m.starts_at, n.item_id, n.document_id,
               d.title AS document_title, d.kind AS document_kind, n.thread_id, n.thing_id, u.name AS by_name,
               n.times, n.at, n.read_at IS NOT NULL AS read,
        """
        + SAYS
        + """
          FROM unnest(%s::uuid[]) WITH ORDINALITY AS a (person, number)
          CROSS JOIN LATERAL (SELECT * FROM notice WHERE user_id = a.person ORDER BY at DESC, id LIMIT %s) n
          LEFT JOIN meeting m ON m.id = n.meeting_id LEFT JOIN document d ON d.id = n.document_id
          LEFT JOIN app_user u ON u.id = n.by
         ORDER BY a.number, n.at DESC, n.id
        """,
        (list(people), limit),
    )
    found: list[list[Notice]] = [[] for _ in people]
    for row in await cursor.fetchall():
        found[row.pop("number") - 1].append(Notice(**row))
    return found


async def reach(conn: Conn, people: Sequence[UUID], at: datetime) -> list[int]:
    """A page of each of these people has his notices now. How many of them he has not read.

    What another is changing at this moment is passed by: nobody waits for it, and his page is told of it anyhow.
    """
    cursor = await conn.execute(
        """
        WITH reached AS (
            UPDATE notice SET reached_at = %(at)s WHERE id IN (
                SELECT id FROM notice WHERE user_id = ANY(%(people)s) AND reached_at IS NULL
                   FOR UPDATE SKIP LOCKED
            )
        ) SELECT (SELECT count(*) FROM notice WHERE user_id = a.person AND read_at IS NULL)
            FROM unnest(%(people)s::uuid[]) WITH ORDINALITY AS a (person, number) ORDER BY a.number
        """,
        {"people": list(people), "at": at},
    )
    return [row[0] for row in await cursor.fetchall()]


async def mark_read(conn: Conn, user_id: UUID, ids: list[UUID], at: datetime) -> None:
    await conn.execute(
        "UPDATE notice SET read_at = %(at)s WHERE user_id = %(user)s AND read_at IS NULL"
        " AND (cardinality(%(ids)s::uuid[]) = 0 OR id = ANY(%(ids)s))",
        {"at": at, "user": user_id, "ids": ids},
    )


async def settle(conn: Conn, people: Sequence[UUID], kind: str, meeting_id: UUID, at: datetime) -> None:
    await conn.execute(
        "UPDATE notice SET read_at = %s WHERE user_id = ANY(%s) AND kind = %s AND meeting_id = %s AND read_at IS NULL",
        (at, list(people), kind, meeting_id),
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
