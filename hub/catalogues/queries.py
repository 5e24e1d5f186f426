"""All SQL about catalogues. ``VISIBLE`` and ``MINE`` say once who sees and who changes a row of any of them."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from hub.catalogues.models import (
    CatalogueEntry,
    ChangedEntry,
    Guide,
    MeetingType,
    NewEntry,
    NewGuide,
    NewMeetingType,
    TypeItem,
    TypePerson,
)
from hub.meetings.queries import ADMINISTERED, about
from hub.users.models import Me, UnitName

Conn = AsyncConnection[Any]

COMMUNE: LiteralString = """
    SELECT id FROM (
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(my_unit)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM up WHERE parent_id IS NULL
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        ) SELECT id FROM tree
    ) commune
"""
VISIBLE: LiteralString = "(e.unit_id IS NULL OR %(my_role)s = 'system_admin' OR e.unit_id IN (" + COMMUNE + "))"
MINE: LiteralString = (
    "coalesce(%(my_role)s = 'system_admin' OR (%(my_role)s = 'unit_admin' AND e.unit_id IN ("
    + ADMINISTERED
    + ")) OR (%(keeps)s AND e.unit_id = %(my_unit)s), false)"
)


def _about(me: Me) -> dict[str, Any]:
    return about(me) | {"keeps": "catalogues" in me.rights}


def _with_unit(row: dict[str, Any]) -> dict[str, Any]:
    unit_id, name = row.pop("unit_id"), row.pop("unit_name")
    return row | {"unit": UnitName(unit_id, name) if unit_id is not None else None}


# --- positions, issuing bodies ---


async def entries(conn: Conn, me: Me, kind: str) -> list[CatalogueEntry]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT e.id, e.kind, e.name, e.sign, e.place, e.unit_id, u.name AS unit_name, "
        + MINE
        + " AS i_may FROM catalogue_entry e LEFT JOIN unit u ON u.id = e.unit_id WHERE e.kind = %(kind)s AND "
        + VISIBLE
        + " ORDER BY e.place, e.name, e.id",
        _about(me) | {"kind": kind},
    )
    return [CatalogueEntry(**_with_unit(row)) for row in await cursor.fetchall()]


async def count(conn: Conn, unit_id: UUID | None) -> int:
    cursor = await conn.execute(
        "SELECT (SELECT count(*) FROM catalogue_entry WHERE unit_id IS NOT DISTINCT FROM %(unit)s)"
        " + (SELECT count(*) FROM meeting_type WHERE unit_id IS NOT DISTINCT FROM %(unit)s)"
        " + (SELECT count(*) FROM user_guide WHERE unit_id IS NOT DISTINCT FROM %(unit)s)",
        {"unit": unit_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def insert_entry(conn: Conn, new: NewEntry, unit_id: UUID | None) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO catalogue_entry (unit_id, kind, name, sign, place) VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (unit_id, new.kind, new.name.strip(), new.sign.strip(), new.place),
    )
    return _id(await cursor.fetchone())


async def update_entry(conn: Conn, entry_id: UUID, changed: ChangedEntry) -> None:
    await conn.execute(
        "UPDATE catalogue_entry SET name = %s, sign = %s, place = %s WHERE id = %s",
        (changed.name.strip(), changed.sign.strip(), changed.place, entry_id),
    )


WHOSE: dict[str, LiteralString] = {
    "catalogue_entry": "SELECT " + MINE + " AS i_may FROM catalogue_entry e WHERE e.id = %(id)s AND " + VISIBLE,
    "meeting_type": "SELECT " + MINE + " AS i_may FROM meeting_type e WHERE e.id = %(id)s AND " + VISIBLE,
    "user_guide": "SELECT " + MINE + " AS i_may FROM user_guide e WHERE e.id = %(id)s AND " + VISIBLE,
}
DELETE: dict[str, LiteralString] = {
    "catalogue_entry": "DELETE FROM catalogue_entry WHERE id = %s",
    "meeting_type": "DELETE FROM meeting_type WHERE id = %s",
    "user_guide": "DELETE FROM user_guide WHERE id = %s",
}


async def may_change(conn: Conn, me: Me, table: str, row_id: UUID) -> bool | None:
    """None where this person may not know of it."""
    cursor = await conn.execute(WHOSE[table], _about(me) | {"id": row_id})
    row = await cursor.fetchone()
    return bool(row[0]) if row else None


async def delete(conn: Conn, table: str, row_id: UUID) -> None:
    await conn.execute(DELETE[table], (row_id,))


# --- types of meetings ---

TYPES: LiteralString = (
    "SELECT e.id, e.name, e.kind, e.minutes, e.rule_pack, e.items, e.unit_id, u.name AS unit_name,"
    " e.participants_unit_id, w.name AS participants_unit_name, "
    + MINE
    + " AS i_may FROM meeting_type e LEFT JOIN unit u ON u.id = e.unit_id"
    " LEFT JOIN unit w ON w.id = e.participants_unit_id WHERE " + VISIBLE
)


def _type(row: dict[str, Any]) -> MeetingType:
    whose_id, whose = row.pop("participants_unit_id"), row.pop("participants_unit_name")
    items = msgspec.convert(row.pop("items"), list[TypeItem])
    return MeetingType(
        **_with_unit(row), items=items, participants_unit=UnitName(whose_id, whose) if whose_id is not None else None
    )


async def types(conn: Conn, me: Me) -> list[MeetingType]:
    cursor = await conn.cursor(row_factory=dict_row).execute(TYPES + " ORDER BY e.name, e.id", _about(me))
    return [_type(row) for row in await cursor.fetchall()]


async def meeting_type(conn: Conn, me: Me, type_id: UUID) -> MeetingType | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(TYPES + " AND e.id = %(id)s", _about(me) | {"id": type_id})
    row = await cursor.fetchone()
    return _type(row) if row else None


async def insert_type(conn: Conn, new: NewMeetingType, unit_id: UUID | None, now: datetime) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO meeting_type (unit_id, name, kind, minutes, rule_pack, participants_unit_id, items, changed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (unit_id, *_fields(new), now),
    )
    return _id(await cursor.fetchone())


async def update_type(conn: Conn, type_id: UUID, changed: NewMeetingType, now: datetime) -> None:
    await conn.execute(
        "UPDATE meeting_type SET name = %s, kind = %s, minutes = %s, rule_pack = %s, participants_unit_id = %s,"
        " items = %s, changed_at = %s WHERE id = %s",
        (*_fields(changed), now, type_id),
    )


def _fields(new: NewMeetingType) -> tuple[Any, ...]:
    items = Jsonb(msgspec.to_builtins(new.items))
    return new.name.strip(), new.kind, new.minutes, new.rule_pack, new.participants_unit_id, items


async def people_of_unit(conn: Conn, unit_id: UUID) -> list[TypePerson]:
    """Who may come in, of the unit and those below it."""
    cursor = await conn.cursor(row_factory=class_row(TypePerson)).execute(
        """
        WITH RECURSIVE below AS (
            SELECT id FROM unit WHERE id = %s UNION ALL SELECT c.id FROM unit c JOIN below ON c.parent_id = below.id
        )
        SELECT p.id, p.name, p.position, p.unit_id, u.name AS unit_name FROM app_user p JOIN unit u ON u.id = p.unit_id
         WHERE p.active AND p.unit_id IN (SELECT id FROM below) ORDER BY p.name, p.id LIMIT 500
        """,
        (unit_id,),
    )
    return await cursor.fetchall()


async def is_unit_of_my_commune(conn: Conn, me: Me, unit_id: UUID) -> bool:
    cursor = await conn.execute(
        "SELECT (%(my_role)s = 'system_admin' OR %(unit)s IN (" + COMMUNE + "))"
        " AND EXISTS (SELECT FROM unit WHERE id = %(unit)s)",
        about(me) | {"unit": unit_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


# --- seats, guides ---


async def seats(conn: Conn, room_id: UUID) -> list[list[str]]:
    cursor = await conn.execute("SELECT rows FROM seat_plan WHERE room_id = %s", (room_id,))
    row = await cursor.fetchone()
    return msgspec.convert(row[0], list[list[str]]) if row else []


async def write_seats(conn: Conn, room_id: UUID, rows: list[list[str]], by: UUID, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO seat_plan (room_id, rows, changed_at, changed_by) VALUES (%s, %s, %s, %s) ON CONFLICT (room_id)"
        " DO UPDATE SET rows = excluded.rows, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        (room_id, Jsonb(rows), now, by),
    )


async def delete_room(conn: Conn, room_id: UUID) -> None:
    await conn.execute("DELETE FROM room WHERE id = %s", (room_id,))


async def guides(conn: Conn, me: Me) -> list[Guide]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT e.id, e.title, e.body, e.changed_at, e.unit_id, u.name AS unit_name, "
        + MINE
        + " AS i_may FROM user_guide e LEFT JOIN unit u ON u.id = e.unit_id WHERE "
        + VISIBLE
        + " ORDER BY e.title, e.id",
        _about(me),
    )
    return [Guide(**_with_unit(row)) for row in await cursor.fetchall()]


async def insert_guide(conn: Conn, new: NewGuide, unit_id: UUID | None, by: UUID, now: datetime) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO user_guide (unit_id, title, body, changed_at, changed_by)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (unit_id, new.title.strip(), new.body, now, by),
    )
    return _id(await cursor.fetchone())


async def update_guide(conn: Conn, guide_id: UUID, changed: NewGuide, by: UUID, now: datetime) -> None:
    await conn.execute(
        "UPDATE user_guide SET title = %s, body = %s, changed_at = %s, changed_by = %s WHERE id = %s",
        (changed.title.strip(), changed.body, now, by, guide_id),
    )


def _id(row: Any) -> UUID:
    assert row is not None
    return UUID(str(row[0]))
