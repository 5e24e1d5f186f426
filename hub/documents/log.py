"""The log of live documents in PostgreSQL (`realtime.Log`).

Outages become LogUnavailable; anything else is a bug and rises.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg

from hub.db import Database
from hub.documents import queries
from realtime import LogUnavailable, Overdue, Stored

ANSWER_SECONDS = 15.0  # of the database, a wait for a connection included
OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, OSError)


class PostgresLog:
    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[queries.Conn]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._db.pool.connection() as conn:
                yield conn
        except OUTAGES as error:  # a time-out is an OSError too
            raise LogUnavailable(str(error) or type(error).__name__) from error

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        async with self._work() as conn:
            return await queries.read(conn, UUID(document_id), after)

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        ids = {document_id: UUID(document_id) for document_id, _ in entries}
        async with self._work() as conn:
            return await queries.append(conn, [(ids[document_id], update) for document_id, update in entries])

    async def heads(self, document_ids: Sequence[str]) -> dict[str, int]:
        async with self._work() as conn:
            found = await queries.heads(conn, [UUID(document_id) for document_id in document_ids])
        return {str(document_id): head for document_id, head in found.items()}

    async def take_lease(self, document_id: str, holder: str, seconds: float) -> bool:
        async with self._work() as conn:
            return await queries.take_lease(conn, UUID(document_id), holder, seconds)

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        async with self._work() as conn:
            return await queries.compact(conn, UUID(document_id), holder, upto, state)

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        async with self._work() as conn:
            return await queries.overdue(conn, min_rows, min_bytes, limit)
