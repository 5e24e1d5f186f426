"""The log of live documents in PostgreSQL (`realtime.Log`).

Outages become LogUnavailable, a database that is there and takes nothing LogRefused; anything else is a bug and rises.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import structlog

from hub.db import Database
from hub.documents import damage, queries
from hub.documents.damage import Read
from realtime import LogRefused, LogUnavailable, Overdue, Stored

log = structlog.get_logger()

ANSWER_SECONDS = 15.0  # of the database, a wait for a connection included
OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, OSError)
PIECE_BYTES = 512 * 1024
AWAY = ("08", "57", "53300")
"""Beginnings of the codes with which PostgreSQL itself says that it is not there: no connection, going down, full."""


def refused(error: psycopg.Error) -> bool:
    """Whether a database that is there said no to this statement: then nothing of it was committed."""
    return error.sqlstate is not None and not error.sqlstate.startswith(AWAY)


class PostgresLog:
    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[queries.Conn]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._db.pool.connection() as conn, conn.transaction():
                yield conn
        except OUTAGES as error:  # a time-out is an OSError too
            raise LogUnavailable(str(error) or type(error).__name__) from error

    @asynccontextmanager
    async def _ask(self) -> AsyncIterator[queries.Conn]:
        """For one statement, which is its own transaction: one round trip instead of three."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._db.reading() as conn:
                yield conn
        except OUTAGES as error:
            raise LogUnavailable(str(error) or type(error).__name__) from error

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        key = UUID(document_id)
        async with self._work() as conn:
            try:
                async with conn.transaction():
                    found = await damage.examine(conn, key, after)
            except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
                log.error("document.page_unreadable", document=document_id, error=str(error))
                found = await damage.examine_piecemeal(conn, key)
            if found is None:
                return None
            if not found.damaged:
                if found.noticed_at is not None and after == 0:
                    await damage.forget_damage(conn, key)
                return found.stored
            return damage.with_damage(found, await self._note(conn, key, found))

    async def pieces(self, document_id: str) -> AsyncIterator[Stored]:
        """Where a piece is not whole the log is read as when it is opened, which notes what is damaged."""
        key, after = UUID(document_id), 0
        while True:
            async with self._ask() as conn:
                try:
                    upto = await queries.piece_end(conn, key, after, PIECE_BYTES)
                    found = await damage.examine(conn, key, after, upto) if upto > after else None
                except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted):
                    break
            if found is None:
                return
            if found.damaged or found.noticed_at is not None:
                break
            yield found.stored
            after = upto
        stored = await self.read(document_id)
        if stored is not None and stored.damage is None and after > 0:
            raise LogUnavailable("it changed while it was read")
        if stored is not None and stored.head > stored.snapshot_at:
            yield stored

    async def _note(self, conn: queries.Conn, document_id: UUID, found: Read) -> datetime:
        """Writes the damage down for the other hubs and for `phien check`, where that can be written at all."""
        if found.noticed_at is None:
            log.error("document.damaged", document=str(document_id), rows=found.damaged[:10], of=found.stored.head)
        try:
            async with conn.transaction():
                return await damage.note_damage(conn, document_id, found.damaged)
        except psycopg.Error as error:
            log.error("document.damage_not_noted", document=str(document_id), error=str(error))
            return found.noticed_at or datetime.now(UTC)

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        ids = {document_id: UUID(document_id) for document_id in {document_id for document_id, _ in entries}}
        try:
            async with self._ask() as conn:
                return await queries.append(conn, [(ids[document_id], update) for document_id, update in entries])
        except LogUnavailable as error:
            if isinstance(error.__cause__, psycopg.Error) and refused(error.__cause__):
                raise LogRefused(str(error)) from error
            raise
        except psycopg.Error as error:
            raise LogRefused(str(error)) from error

    async def heads(self, document_ids: Sequence[str]) -> dict[str, int]:
        async with self._ask() as conn:
            found = await queries.heads(conn, [UUID(document_id) for document_id in document_ids])
        return {str(document_id): head for document_id, head in found.items()}

    async def take_lease(self, holder: str, seconds: float) -> bool:
        async with self._ask() as conn:
            return await queries.take_lease(conn, holder, seconds)

    async def give_back_lease(self, holder: str) -> None:
        async with self._ask() as conn:
            await queries.give_back_lease(conn, holder)

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        async with self._work() as conn:
            return await queries.compact(conn, UUID(document_id), holder, upto, state)

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        async with self._ask() as conn:
            return await queries.overdue(conn, min_rows, min_bytes, limit)
