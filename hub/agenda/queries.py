"""SQL about where the meeting is in its agenda."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

Conn = AsyncConnection[Any]


async def set_current(conn: Conn, meeting_id: UUID, item_id: UUID | None) -> None:
    await conn.execute("UPDATE meeting SET current_item_id = %s WHERE id = %s", (item_id, meeting_id))


async def set_secrecy(conn: Conn, item_id: UUID, secrecy: str) -> None:
    await conn.execute("UPDATE agenda_item SET secrecy = %s WHERE id = %s", (secrecy, item_id))
