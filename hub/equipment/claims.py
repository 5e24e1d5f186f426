"""Which rooms this process speaks for. A room has one speaker: whoever holds its advisory lock in PostgreSQL.

The locks live on a connection of their own. When the process dies, or that connection does, PostgreSQL lets them go
and another hub takes the rooms over; so a failure to ask means that nothing is held any more.
"""

import asyncio
from collections.abc import Set
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection

log = structlog.get_logger()

LOCK_SPACE = 0x524F4F4D  # "ROOM"
ANSWER_SECONDS = 3.0
# A host that vanishes without a word is noticed by the server within about ten seconds.
OPTIONS = "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"


class Claims:
    """Asked again every second: `held` is what this process may speak for now."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._conn: AsyncConnection[Any] | None = None
        self.held: frozenset[UUID] = frozenset()

    async def renew(self, rooms: Set[UUID]) -> frozenset[UUID]:
        """Tries for every room that exists, gives up those that do not any more."""
        if not rooms and not self.held:
            return self.held
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self.held = await self._ask(rooms)
        except (psycopg.OperationalError, TimeoutError) as error:
            log.warning("rooms.claims-lost", rooms=len(self.held), error=repr(error))
            await self.close()
        return self.held

    async def _ask(self, rooms: Set[UUID]) -> frozenset[UUID]:
        if self._conn is None:
            self.held = frozenset()
            self._conn = await AsyncConnection.connect(self._conninfo, autocommit=True, options=OPTIONS)
        for gone in self.held - rooms:
            await self._conn.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (LOCK_SPACE, str(gone)))
        cursor = await self._conn.execute(
            "SELECT id FROM unnest(%s::uuid[]) id WHERE pg_try_advisory_lock(%s, hashtext(id::text))",
            (sorted(rooms - self.held), LOCK_SPACE),
        )
        new = {row[0] for row in await cursor.fetchall()}
        return frozenset((self.held & rooms) | new)

    async def close(self) -> None:
        """Lets go of everything."""
        conn, self._conn = self._conn, None
        self.held = frozenset()
        if conn is not None:
            await conn.close()
