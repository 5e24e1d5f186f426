"""All SQL about people, sessions and sign-in links."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row

from hub.users.models import Guest, Me, Person, Unit, UnitName

Conn = AsyncConnection[Any]


def _me(row: tuple[Any, ...]) -> Me:
    return Me(
        id=row[0],
        username=row[1],
        name=row[2],
        position=row[3],
        role=row[4],
        unit=UnitName(id=row[5], name=row[6]),
        rights=row[7],
    )


ME: LiteralString = """SELECT u.id, u.username, u.name, u.position, u.role, unit.id, unit.name, u.rights
          FROM app_user u JOIN unit ON unit.id = u.unit_id"""


async def persons_of_sessions(conn: Conn, token_hashes: Sequence[bytes], now: datetime) -> dict[bytes, Me]:
    """Of the sessions that still live."""
    cursor = await conn.cursor(row_factory=tuple_row).execute(
        ME.replace(" FROM", ", s.token_hash FROM")
        + " JOIN session s ON s.user_id = u.id WHERE s.token_hash = ANY(%s) AND s.expires_at > %s AND u.active",
        (list(token_hashes), now),
    )
    return {bytes(row[-1]): _me(row) for row in await cursor.fetchall()}


async def person(conn: Conn, user_id: UUID) -> Me | None:
    return (await persons(conn, [user_id])).get(user_id)


async def persons(conn: Conn, user_ids: Sequence[UUID]) -> dict[UUID, Me]:
    cursor = await conn.cursor(row_factory=tuple_row).execute(
        ME + " WHERE u.id = ANY(%s) AND u.active", (list(user_ids),)
    )
    return {row[0]: _me(row) for row in await cursor.fetchall()}


async def password_hash(conn: Conn, username: str) -> tuple[UUID, str | None] | None:
    cursor = await conn.execute("SELECT id, password_hash FROM app_user WHERE username = %s AND active", (username,))
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def insert_session(conn: Conn, token_hash: bytes, user_id: UUID, now: datetime, expires_at: datetime) -> None:
    await conn.execute(
        "INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at) VALUES (%s, %s, %s, %s, %s)",
        (token_hash, user_id, now, now, expires_at),
    )


async def delete_session(conn: Conn, token_hash: bytes) -> UUID | None:
    cursor = await conn.execute("DELETE FROM session WHERE token_hash = %s RETURNING user_id", (token_hash,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def delete_expired(conn: Conn, now: datetime) -> None:
    """Sessions, links and attempts nobody can use any more."""
    await conn.execute("DELETE FROM session WHERE expires_at < %s", (now,))
    await conn.execute("DELETE FROM sign_in_link WHERE expires_at < %s", (now,))
    await conn.execute("DELETE FROM sign_in_attempt WHERE at < %s - interval '1 day'", (now,))


async def count_attempts(conn: Conn, username: str, address: str, since: datetime) -> tuple[int, int]:
    """(failures on this name, failures from this address) since a moment."""
    cursor = await conn.execute(
        "SELECT count(*) FILTER (WHERE username = %(username)s), count(*) FILTER (WHERE address = %(address)s)"
        " FROM sign_in_attempt WHERE at > %(since)s AND (username = %(username)s OR address = %(address)s)",
        {"username": username, "address": address, "since": since},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def insert_attempt(conn: Conn, username: str, address: str, now: datetime) -> None:
    await conn.execute(
        "INSERT INTO sign_in_attempt (username, address, at) VALUES (%s, %s, %s)", (username, address, now)
    )


async def log_sign_in(
    conn: Conn, username: str, user_id: UUID | None, address: str, way: str, now: datetime, *, success: bool
) -> None:
    await conn.execute(
        "INSERT INTO sign_in_log (at, username, user_id, address, way, success) VALUES (%s, %s, %s, %s, %s, %s)",
        (now, username, user_id, address[:100], way, success),
    )


async def own_password_hash(conn: Conn, user_id: UUID) -> str | None:
    cursor = await conn.execute("SELECT password_hash FROM app_user WHERE id = %s", (user_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def set_password(conn: Conn, user_id: UUID, hashed: str, kept_session: bytes | None) -> None:
    """Every other session ends: whoever had the old password is out."""
    await conn.execute("UPDATE app_user SET password_hash = %s WHERE id = %s", (hashed, user_id))
    await conn.execute(
        "DELETE FROM session WHERE user_id = %s AND token_hash IS DISTINCT FROM %s", (user_id, kept_session)
    )


async def forget_attempts(conn: Conn, username: str, address: str) -> None:
    """The right password clears the name's failures from this address."""
    await conn.execute("DELETE FROM sign_in_attempt WHERE username = %s AND address = %s", (username, address))


async def insert_link(conn: Conn, token_hash: bytes, user_id: UUID, expires_at: datetime) -> None:
    await conn.execute(
        "INSERT INTO sign_in_link (token_hash, user_id, expires_at) VALUES (%s, %s, %s)",
        (token_hash, user_id, expires_at),
    )


async def guest_of_link(conn: Conn, token_hash: bytes, now: datetime) -> Guest | None:
    cursor = await conn.cursor(row_factory=class_row(Guest)).execute(
        "SELECT u.name, u.position FROM sign_in_link l JOIN app_user u ON u.id = l.user_id"
        " WHERE l.token_hash = %s AND l.spent_at IS NULL AND l.expires_at > %s AND u.active",
        (token_hash, now),
    )
    return await cursor.fetchone()


async def spend_link(conn: Conn, token_hash: bytes, now: datetime) -> UUID | None:
    """One statement: of two clicks at once, one gets in."""
    cursor = await conn.execute(
        "UPDATE sign_in_link l SET spent_at = %(now)s FROM app_user u WHERE u.id = l.user_id AND u.active"
        " AND l.token_hash = %(token)s AND l.spent_at IS NULL AND l.expires_at > %(now)s RETURNING l.user_id",
        {"token": token_hash, "now": now},
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def units(conn: Conn, me: Me) -> list[Unit]:
    """The whole tree for a system admin; else the tree of the commune one belongs to."""
    cursor = await conn.cursor(row_factory=class_row(Unit)).execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(mine)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM unit WHERE parent_id IS NULL AND (%(all)s OR id IN (SELECT id FROM up))
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        )
        SELECT id, parent_id, name, kind FROM unit WHERE id IN (SELECT id FROM tree) AND closed_at IS NULL
         ORDER BY position, name
        """,
        {"mine": me.unit_id, "all": me.role == "system_admin"},
    )
    return await cursor.fetchall()


async def people(conn: Conn, me: Me, words: str, limit: int) -> list[Person]:
    """People of one's own commune whose name holds every word, with or without diacritics."""
    pattern = [f"%{word.replace('%', '').replace('_', '')}%" for word in words.split()[:6]]
    cursor = await conn.cursor(row_factory=class_row(Person)).execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(mine)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM unit WHERE parent_id IS NULL AND (%(all)s OR id IN (SELECT id FROM up))
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        )
        SELECT u.id, u.name, u.position, u.unit_id, unit.name AS unit_name
          FROM app_user u JOIN unit ON unit.id = u.unit_id
         WHERE u.active AND u.unit_id IN (SELECT id FROM tree)
           AND (SELECT coalesce(bool_and(unaccent(lower(u.name)) LIKE unaccent(lower(p))), true)
                  FROM unnest(%(pattern)s::text[]) p)
         ORDER BY u.name LIMIT %(limit)s
        """,
        {"mine": me.unit_id, "all": me.role == "system_admin", "pattern": pattern, "limit": limit},
    )
    return await cursor.fetchall()


async def insert_user(
    conn: Conn, unit_id: UUID, username: str, name: str, position: str, role: str, hashed: str | None
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO app_user (unit_id, username, name, position, role, password_hash)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (unit_id, username, name, position, role, hashed),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))
