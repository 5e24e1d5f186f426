"""All SQL about what became of suggestions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.suggestions.models import Decision

Conn = AsyncConnection[Any]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    author_id: UUID
    author_name: str
    suggestion_id: str
    place: str
    removed: str
    added: str
    proposed_at: datetime
    decision: Decision
    reason: str
    decided_by: str
    decided_at: datetime


class Record(msgspec.Struct, frozen=True):
    """What is written down of one suggestion at the moment it is decided."""

    author_id: UUID
    suggestion_id: str
    place: str
    removed: str
    added: str
    proposed_at: datetime


async def decided(conn: Conn, document_id: UUID) -> list[Decided]:
    """In the order of deciding."""
    cursor = await conn.cursor(row_factory=class_row(Decided)).execute(
        """
        SELECT s.author_id, a.name AS author_name, s.suggestion_id, s.place, s.removed, s.added, s.proposed_at,
               s.decision, s.reason, b.name AS decided_by, s.at AS decided_at
          FROM suggestion_decision s JOIN app_user a ON a.id = s.author_id JOIN app_user b ON b.id = s.by
         WHERE s.document_id = %s ORDER BY s.at, s.author_id, s.suggestion_id
        """,
        (document_id,),
    )
    return await cursor.fetchall()


async def record(
    conn: Conn, document_id: UUID, records: Sequence[Record], decision: Decision, reason: str, by: UUID, at: datetime
) -> None:
    """The newest decision stands; the words stay as they were when it was first decided."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            INSERT INTO suggestion_decision
                (document_id, author_id, suggestion_id, place, removed, added, proposed_at, decision, reason, by, at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (document_id, author_id, suggestion_id) DO UPDATE
               SET decision = excluded.decision, reason = excluded.reason, by = excluded.by, at = excluded.at
            """,
            [(document_id, *msgspec.structs.astuple(each), decision, reason, by, at) for each in records],
        )


async def names(conn: Conn, people: Iterable[UUID]) -> dict[UUID, str]:
    cursor = await conn.execute("SELECT id, name FROM app_user WHERE id = ANY(%s)", (list(people),))
    return {row[0]: row[1] for row in await cursor.fetchall()}
