"""All SQL about roles in a text."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from hub.roles.models import DocumentRole

Conn = AsyncConnection[Any]


# What one person was given in the texts of a meeting.
GIVEN: LiteralString = """
    SELECT coalesce(json_object_agg(r.document_id, r.role), '{}') AS given
      FROM document_role r JOIN document d ON d.id = r.document_id
     WHERE d.meeting_id = %(meeting)s AND r.user_id = %(me)s
"""


async def given_in(conn: Conn, document_id: UUID) -> dict[UUID, DocumentRole]:
    cursor = await conn.execute("SELECT user_id, role FROM document_role WHERE document_id = %s", (document_id,))
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def drafters(conn: Conn, document_id: UUID) -> set[UUID]:
    cursor = await conn.execute("SELECT user_id FROM drafter WHERE document_id = %s", (document_id,))
    return {row[0] for row in await cursor.fetchall()}


async def give(conn: Conn, document_id: UUID, user_id: UUID, role: DocumentRole, by: UUID, at: datetime) -> bool:
    """False where he has it already."""
    cursor = await conn.execute(
        "INSERT INTO document_role AS r (document_id, user_id, role, given_by, given_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (document_id, user_id) DO UPDATE SET role = excluded.role, given_by = excluded.given_by,"
        " given_at = excluded.given_at WHERE r.role <> excluded.role",
        (document_id, user_id, role, by, at),
    )
    return cursor.rowcount == 1


async def take_back(conn: Conn, document_id: UUID, user_id: UUID) -> bool:
    cursor = await conn.execute(
        "DELETE FROM document_role WHERE document_id = %s AND user_id = %s", (document_id, user_id)
    )
    return cursor.rowcount == 1
