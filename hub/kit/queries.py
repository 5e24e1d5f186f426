"""All SQL about administering rooms, accounts and devices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.kit.models import KitDevice

Conn = AsyncConnection[Any]


async def count_rooms(conn: Conn) -> int:
    return await _number(conn, "SELECT count(*) FROM room")


async def rename_room(conn: Conn, room_id: UUID, name: str) -> None:
    await conn.execute("UPDATE room SET name = %s WHERE id = %s", (name, room_id))


async def lock_accounts(conn: Conn) -> None:
    """What two people make at once must not overlap; accounts are made rarely."""
    await conn.execute("LOCK TABLE room_account IN SHARE ROW EXCLUSIVE MODE")


async def accounts(conn: Conn, room_id: UUID) -> list[dict[str, Any]]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT username, name, roots, any_discovery, made_at FROM room_account WHERE room_id = %s AND active"
        " ORDER BY lower(coalesce(nullif(name, ''), username)), username",
        (room_id,),
    )
    return await cursor.fetchall()


async def names_and_roots(conn: Conn) -> list[tuple[str, UUID, bool, list[str]]]:
    """(user name, room, active, roots) of every account of the installation."""
    cursor = await conn.execute("SELECT username, room_id, active, roots FROM room_account")
    return await cursor.fetchall()


async def write_account(
    conn: Conn, room_id: UUID, username: str, name: str, hashed: bytes, roots: list[str], bridge: bool, now: datetime
) -> None:
    """Made, or opened again where it was closed in the same room."""
    await conn.execute(
        """
        INSERT INTO room_account (username, room_id, name, password_hash, roots, any_discovery, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (username) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash,
            roots = excluded.roots, any_discovery = excluded.any_discovery, made_at = excluded.made_at, active = true
        WHERE NOT room_account.active AND room_account.room_id = excluded.room_id
        """,
        (username, room_id, name, hashed, roots, bridge, now),
    )


async def set_password(conn: Conn, room_id: UUID, username: str, hashed: bytes) -> list[str] | None:
    """Its roots, None where there is no such open account."""
    cursor = await conn.execute(
        "UPDATE room_account SET password_hash = %s WHERE room_id = %s AND username = %s AND active RETURNING roots",
        (hashed, room_id, username),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def rename_account(conn: Conn, room_id: UUID, username: str, name: str) -> bool:
    cursor = await conn.execute(
        "UPDATE room_account SET name = %s WHERE room_id = %s AND username = %s AND active", (name, room_id, username)
    )
    return cursor.rowcount == 1


async def close_account(conn: Conn, room_id: UUID, username: str) -> bool:
    cursor = await conn.execute(
        "UPDATE room_account SET active = false WHERE room_id = %s AND username = %s AND active", (room_id, username)
    )
    return cursor.rowcount == 1


async def devices(conn: Conn, room_id: UUID) -> list[KitDevice]:
    cursor = await conn.cursor(row_factory=class_row(KitDevice)).execute(
        "SELECT id, kind, name, split_part(key, ':', 1) AS account, available, value_at, seat FROM room_device"
        " WHERE room_id = %s AND NOT gone ORDER BY split_part(key, ':', 1), name, id",
        (room_id,),
    )
    return await cursor.fetchall()


async def set_seat(conn: Conn, room_id: UUID, device_id: UUID, seat: str | None) -> bool:
    """False where the room has no such microphone unit."""
    cursor = await conn.execute(
        "UPDATE room_device SET seat = %s WHERE room_id = %s AND id = %s AND kind = 'microphone' AND NOT gone",
        (seat, room_id, device_id),
    )
    return cursor.rowcount == 1


async def _number(conn: Conn, statement: Any) -> int:
    row = await (await conn.execute(statement)).fetchone()
    assert row is not None
    return int(row[0])
