"""All SQL about administering units, accounts and the log of sign-ins."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, dict_row

from hub.meetings.queries import ADMINISTERED, about
from hub.organisation.models import Account, AdminUnit, NewPersonAccount, NewUnit, SignIn
from hub.users.models import Me, UnitName

Conn = AsyncConnection[Any]

MINE: LiteralString = (
    "(%(my_role)s = 'system_admin' OR (%(my_role)s = 'unit_admin' AND {column} IN (" + ADMINISTERED + ")))"
)
ADMINISTERS_UNIT: LiteralString = MINE.replace("{column}", "u.id")
ADMINISTERS_PERSON: LiteralString = MINE.replace("{column}", "p.unit_id")


async def units(conn: Conn, me: Me) -> list[AdminUnit]:
    """The commune of who asks, every commune for a system administrator."""
    cursor = await conn.cursor(row_factory=class_row(AdminUnit)).execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(my_unit)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM unit WHERE parent_id IS NULL AND (%(my_role)s = 'system_admin' OR id IN (SELECT id FROM up))
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        )
        SELECT u.id, u.parent_id, u.name, u.kind, u.closed_at,
               (SELECT count(*) FROM app_user p WHERE p.unit_id = u.id AND p.active)::int AS people,
               """
        + ADMINISTERS_UNIT
        + """ AS i_administer
          FROM unit u WHERE u.id IN (SELECT id FROM tree) ORDER BY u.position, u.name, u.id
        """,
        about(me),
    )
    return await cursor.fetchall()


async def count_units(conn: Conn) -> int:
    row = await (await conn.execute("SELECT count(*) FROM unit")).fetchone()
    assert row is not None
    return int(row[0])


async def insert_unit(conn: Conn, new: NewUnit) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO unit (parent_id, name, kind, position) VALUES (%(parent)s, %(name)s, %(kind)s,"
        " (SELECT coalesce(max(position), 0) + 1 FROM unit WHERE parent_id IS NOT DISTINCT FROM %(parent)s))"
        " RETURNING id",
        {"parent": new.parent_id, "name": new.name.strip(), "kind": new.kind},
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def update_unit(conn: Conn, unit_id: UUID, fields: dict[str, Any]) -> None:
    await _update(conn, "unit", unit_id, fields)


async def delete_unit(conn: Conn, unit_id: UUID) -> None:
    await conn.execute("DELETE FROM unit WHERE id = %s", (unit_id,))


async def people_or_units_in(conn: Conn, unit_id: UUID) -> bool:
    """Whether somebody who may come in, or an open unit, belongs to it."""
    cursor = await conn.execute(
        "SELECT EXISTS (SELECT FROM app_user WHERE unit_id = %(unit)s AND active)"
        " OR EXISTS (SELECT FROM unit WHERE parent_id = %(unit)s AND closed_at IS NULL)",
        {"unit": unit_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


ACCOUNT: LiteralString = """
    SELECT p.id, p.username, p.name, p.position, p.role, p.rights, p.unit_id, u.name AS unit_name, p.active,
           p.password_hash IS NOT NULL AS has_password, coalesce(p.email, '') AS email, coalesce(p.phone, '') AS phone,
           (SELECT max(l.at) FROM sign_in_log l WHERE l.user_id = p.id AND l.success) AS last_seen_at
      FROM app_user p JOIN unit u ON u.id = p.unit_id
"""


def _account(row: dict[str, Any]) -> Account:
    unit = UnitName(row.pop("unit_id"), row.pop("unit_name"))
    return Account(unit=unit, **row)


async def accounts(
    conn: Conn, me: Me, words: str, unit_id: UUID | None, active: bool | None, limit: int
) -> list[Account]:
    """Those who ask may change, whose name or user name holds every word, with or without diacritics."""
    pattern = [f"%{word.replace('%', '').replace('_', '')}%" for word in words.split()[:6]]
    cursor = await conn.cursor(row_factory=dict_row).execute(
        ACCOUNT
        + " WHERE "
        + ADMINISTERS_PERSON
        + """
           AND (%(unit)s::uuid IS NULL OR p.unit_id = %(unit)s)
           AND (%(active)s::boolean IS NULL OR p.active = %(active)s)
           AND (SELECT coalesce(bool_and(unaccent(lower(p.name)) LIKE unaccent(lower(w))
                                         OR p.username LIKE lower(w)), true)
                  FROM unnest(%(pattern)s::text[]) w)
         ORDER BY u.position, u.name, p.name, p.id LIMIT %(limit)s
        """,
        about(me) | {"unit": unit_id, "active": active, "pattern": pattern, "limit": limit},
    )
    return [_account(row) for row in await cursor.fetchall()]


async def administered_account(conn: Conn, me: Me, user_id: UUID) -> Account | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        ACCOUNT + " WHERE p.id = %(user)s AND " + ADMINISTERS_PERSON, about(me) | {"user": user_id}
    )
    row = await cursor.fetchone()
    return _account(row) if row else None


async def insert_account(conn: Conn, new: NewPersonAccount) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO app_user (unit_id, username, name, position, role, rights, email, phone)"
        " VALUES (%s, %s, %s, %s, %s, %s, nullif(%s, ''), nullif(%s, '')) RETURNING id",
        (
            new.unit_id, new.username, new.name.strip(), new.position.strip(), new.role, sorted(set(new.rights)),
            new.email, new.phone,
        ),
    )  # fmt: skip
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def update_account(conn: Conn, user_id: UUID, fields: dict[str, Any]) -> None:
    await _update(conn, "app_user", user_id, fields)


async def delete_account(conn: Conn, user_id: UUID) -> None:
    await conn.execute("DELETE FROM app_user WHERE id = %s", (user_id,))


async def end_sessions(conn: Conn, user_id: UUID) -> None:
    """And the links that were made for him and nobody used."""
    await conn.execute("DELETE FROM session WHERE user_id = %s", (user_id,))
    await conn.execute("DELETE FROM sign_in_link WHERE user_id = %s AND spent_at IS NULL", (user_id,))


LOG: LiteralString = (
    """
      FROM sign_in_log l LEFT JOIN app_user p ON p.id = l.user_id LEFT JOIN unit u ON u.id = p.unit_id
     WHERE (%(my_role)s = 'system_admin' OR (p.id IS NOT NULL AND """
    + ADMINISTERS_PERSON
    + "))"
)


async def sign_ins(
    conn: Conn, me: Me, *, words: str, address: str, since: datetime | None, until: datetime | None,
    success: bool | None, before: int | None, limit: int,
) -> list[SignIn]:  # fmt: skip
    """The newest first; who is in no unit that asks administers is left out."""
    pattern = [f"%{word.replace('%', '').replace('_', '')}%" for word in words.split()[:6]]
    cursor = await conn.cursor(row_factory=class_row(SignIn)).execute(
        "SELECT l.id, l.at, l.username, p.name, u.name AS unit_name, l.address, l.way, l.success"
        + LOG
        + """
           AND (SELECT coalesce(bool_and(unaccent(lower(coalesce(p.name, ''))) LIKE unaccent(lower(w))
                                         OR l.username LIKE lower(w)), true) FROM unnest(%(pattern)s::text[]) w)
           AND (%(address)s = '' OR l.address LIKE %(address)s || '%%')
           AND (%(since)s::timestamptz IS NULL OR l.at >= %(since)s)
           AND (%(until)s::timestamptz IS NULL OR l.at < %(until)s)
           AND (%(success)s::boolean IS NULL OR l.success = %(success)s)
           AND (%(before)s::bigint IS NULL OR l.id < %(before)s)
         ORDER BY l.id DESC LIMIT %(limit)s
        """,
        about(me)
        | {
            "pattern": pattern, "address": address.replace("%", "").replace("_", ""), "since": since, "until": until,
            "success": success, "before": before, "limit": limit,
        },
    )  # fmt: skip
    return await cursor.fetchall()


async def delete_sign_ins(conn: Conn, me: Me, before: datetime) -> int:
    """How many entries of people who ask administers are gone."""
    cursor = await conn.execute(
        "DELETE FROM sign_in_log WHERE id IN (SELECT l.id" + LOG + " AND l.at < %(moment)s)",
        about(me) | {"moment": before},
    )
    return cursor.rowcount


async def _update(conn: Conn, table: str, row_id: UUID, fields: dict[str, Any]) -> None:
    if not fields:
        return
    assignments = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in fields)
    statement = sql.SQL("UPDATE {} SET {} WHERE id = {}").format(
        sql.Identifier(table), assignments, sql.Placeholder("row_id")
    )
    await conn.execute(statement, fields | {"row_id": row_id})
