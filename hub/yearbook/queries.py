"""All SQL about the yearbook: what is undone, frozen records, the book of a year."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from hub.meetings.queries import ADMINISTERED, VISIBLE, about
from hub.users.models import Me, UnitName
from hub.yearbook.models import Entry, YearbookRow

Conn = AsyncConnection[Any]
YEAR: LiteralString = "extract(year FROM m.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::int"


async def open_vote(conn: Conn, meeting_id: UUID) -> UUID | None:
    cursor = await conn.execute(
        "SELECT id FROM vote WHERE meeting_id = %s AND state IN ('open', 'paused')", (meeting_id,)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def prepared_votes(conn: Conn, meeting_id: UUID) -> list[UUID]:
    cursor = await conn.execute(
        "SELECT id FROM vote WHERE meeting_id = %s AND state = 'prepared' AND NOT rehearsal ORDER BY position",
        (meeting_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def insert_entry(
    conn: Conn, meeting_id: UUID, record: bytes, digest: bytes, facts: bytes, by: UUID, at: datetime
) -> None:
    await conn.execute(
        "INSERT INTO yearbook_entry (meeting_id, record, hash, facts, closed_by, closed_at)"
        " VALUES (%s, %b, %b, %b, %s, %s)",
        (meeting_id, record, digest, facts, by, at),
    )


async def record_names(conn: Conn, meeting_id: UUID) -> None:
    """From now on its people are called as they are today."""
    await conn.execute(
        "UPDATE participant p SET recorded_name = u.name, recorded_position = u.position FROM app_user u"
        " WHERE p.meeting_id = %s AND u.id = p.user_id",
        (meeting_id,),
    )


async def record(conn: Conn, meeting_id: UUID) -> bytes | None:
    cursor = await conn.cursor(binary=True).execute(
        "SELECT record FROM yearbook_entry WHERE meeting_id = %s", (meeting_id,)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


ENTRY: LiteralString = """
    SELECT e.state AS entry_state, encode(e.hash, 'hex') AS hash, octet_length(e.record) AS bytes, e.closed_at,
           u.name AS closed_by
"""


def _entry(row: dict[str, Any]) -> Entry | None:
    if row["hash"] is None:
        return None
    return Entry(
        state=row["entry_state"],
        hash=row["hash"],
        bytes=row["bytes"],
        closed_by=row["closed_by"],
        closed_at=row["closed_at"],
    )


async def entry(conn: Conn, meeting_id: UUID) -> Entry | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        ENTRY + " FROM yearbook_entry e JOIN app_user u ON u.id = e.closed_by WHERE e.meeting_id = %s", (meeting_id,)
    )
    row = await cursor.fetchone()
    return _entry(row) if row else None


async def years(conn: Conn, me: Me) -> list[int]:
    cursor = await conn.execute(
        "SELECT DISTINCT "
        + YEAR
        + " AS year FROM meeting m WHERE m.state = 'closed' AND "
        + VISIBLE
        + " ORDER BY year DESC",
        about(me),
    )
    return [row[0] for row in await cursor.fetchall()]


async def units(conn: Conn, me: Me, year: int) -> list[UnitName]:
    cursor = await conn.execute(
        "SELECT DISTINCT unit.id, unit.name FROM meeting m JOIN unit ON unit.id = m.unit_id"
        " WHERE m.state = 'closed' AND " + YEAR + " = %(year)s AND " + VISIBLE + " ORDER BY unit.name",
        about(me) | {"year": year},
    )
    return [UnitName(id=row[0], name=row[1]) for row in await cursor.fetchall()]


async def book(conn: Conn, me: Me, year: int, unit_id: UUID | None, limit: int) -> list[YearbookRow]:
    """Closed meetings this person may see, the earliest first, as they stand in the book."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        ENTRY
        + """
           , m.id, m.title, m.starts_at, m.ends_at, unit.id AS unit_id, unit.name AS unit_name,
           (SELECT count(*) FROM agenda_item i WHERE i.meeting_id = m.id AND NOT i.removed)::int AS items,
           (SELECT count(*) FROM agenda_item i WHERE i.meeting_id = m.id AND i.conclusion <> '')::int AS conclusions,
           (SELECT count(*) FROM vote v WHERE v.meeting_id = m.id AND v.state = 'closed' AND NOT v.rehearsal)::int
               AS votes,
           (EXISTS (SELECT 1 FROM participant p WHERE p.meeting_id = m.id AND p.user_id = %(me)s
                       AND p.role IN ('chair', 'secretary')) OR %(my_role)s = 'system_admin'
            OR (%(my_role)s = 'unit_admin' AND m.unit_id IN ("""
        + ADMINISTERED
        + """))) AS i_may_export
          FROM meeting m JOIN unit ON unit.id = m.unit_id
          LEFT JOIN yearbook_entry e ON e.meeting_id = m.id LEFT JOIN app_user u ON u.id = e.closed_by
         WHERE m.state = 'closed' AND """
        + YEAR
        + " = %(year)s AND (%(unit)s::uuid IS NULL OR m.unit_id = %(unit)s) AND "
        + VISIBLE
        + " ORDER BY m.starts_at, m.id LIMIT %(limit)s",
        about(me) | {"year": year, "unit": unit_id, "limit": limit},
    )
    same = ("id", "title", "starts_at", "ends_at", "items", "votes", "conclusions", "i_may_export")
    return [
        YearbookRow(
            **{name: row[name] for name in same},
            unit=UnitName(id=row["unit_id"], name=row["unit_name"]),
            entry=_entry(row),
        )
        for row in await cursor.fetchall()
    ]
