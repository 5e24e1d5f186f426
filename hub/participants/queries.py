"""All SQL that changes a meeting's list of people. Reading it is in ``meetings``."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

Conn = AsyncConnection[Any]


async def roles(conn: Conn, meeting_id: UUID) -> dict[UUID, str]:
    cursor = await conn.execute("SELECT user_id, role FROM participant WHERE meeting_id = %s", (meeting_id,))
    return dict(await cursor.fetchall())


async def add(conn: Conn, meeting_id: UUID, user_ids: Sequence[UUID], role: str) -> None:
    """Behind those who are there, in the order given."""
    await conn.execute(
        """
        INSERT INTO participant (meeting_id, user_id, role, position)
        SELECT %(meeting)s, user_id, %(role)s,
               n + (SELECT coalesce(max(position), 0) FROM participant WHERE meeting_id = %(meeting)s)
          FROM unnest(%(people)s::uuid[]) WITH ORDINALITY AS given (user_id, n)
        """,
        {"meeting": meeting_id, "role": role, "people": list(user_ids)},
    )


async def set_role(conn: Conn, meeting_id: UUID, user_id: UUID, role: str) -> None:
    """With the right to vote that goes with it."""
    await conn.execute(
        "UPDATE participant SET role = %s, member = NULL WHERE meeting_id = %s AND user_id = %s",
        (role, meeting_id, user_id),
    )


async def set_votes(conn: Conn, meeting_id: UUID, user_id: UUID, votes: bool) -> bool:
    """False where it was so already."""
    cursor = await conn.execute(
        "UPDATE participant SET member = %(votes)s"
        " WHERE meeting_id = %(meeting)s AND user_id = %(user)s AND votes <> %(votes)s",
        {"votes": votes, "meeting": meeting_id, "user": user_id},
    )
    return cursor.rowcount == 1


async def set_seat(conn: Conn, meeting_id: UUID, user_id: UUID, seat: str | None) -> bool:
    """False where it was his already."""
    cursor = await conn.execute(
        "UPDATE participant SET seat = %(seat)s"
        " WHERE meeting_id = %(meeting)s AND user_id = %(user)s AND seat IS DISTINCT FROM %(seat)s",
        {"seat": seat, "meeting": meeting_id, "user": user_id},
    )
    return cursor.rowcount == 1


async def who_sits(conn: Conn, meeting_id: UUID, seat: str) -> UUID | None:
    cursor = await conn.execute(
        "SELECT user_id FROM participant WHERE meeting_id = %s AND lower(seat) = lower(%s)", (meeting_id, seat)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def remove(conn: Conn, meeting_id: UUID, user_id: UUID) -> None:
    """From the list, the drafters and the roles in texts: who is invited again begins with the rights of his role."""
    await conn.execute(
        "DELETE FROM drafter USING document d"
        " WHERE d.id = drafter.document_id AND d.meeting_id = %s AND drafter.user_id = %s",
        (meeting_id, user_id),
    )
    await conn.execute(
        "DELETE FROM document_role USING document d"
        " WHERE d.id = document_role.document_id AND d.meeting_id = %s AND document_role.user_id = %s",
        (meeting_id, user_id),
    )
    await conn.execute("DELETE FROM participant WHERE meeting_id = %s AND user_id = %s", (meeting_id, user_id))
