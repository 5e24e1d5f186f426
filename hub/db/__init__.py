"""The database: a pool, and ``Work``, the unit of work. Nobody else commits.

A newcomer's trap: never inject ``work`` into a WebSocket handler, it would hold a connection for the whole meeting;
inject ``db`` and open a short ``async with db.work()``.
"""

import secrets
import select
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, LiteralString, Self, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from litestar.di import NamedDependency
from psycopg import AsyncConnection
from psycopg.abc import PQGen
from psycopg_pool import AsyncConnectionPool

from hub.clock import Clock, system_clock
from hub.events import Event, canonical, chain_hash, moment, text_hash
from realtime import Bus

POOL_SIZE = 10  # of about forty connections a busy hub may open in all; PostgreSQL's own limit is 100
WAIT_SECONDS = 10.0  # for a connection: past it the answer is an error, not a hanging screen


def told_bytes(seq: int, at: datetime, kind: str, body: bytes, text: str | None) -> bytes:
    fields = msgspec.json.decode(body)
    return msgspec.json.encode(
        {"type": "told", "seq": seq, "at": moment(at), "event": {"type": kind, **fields}, "text": text}
    )


# One statement, because a fact is waited for by a hall of screens; its words come apart, so that they can be erased.
TELL: LiteralString = """
    WITH fact AS (
        INSERT INTO event (meeting_id, seq, kind, body, at, prev_hash, hash)
        VALUES (%(meeting)s, %(seq)s, %(kind)s, %(body)s, %(at)s, %(prev)s, %(hash)s)
    ) UPDATE meeting SET seq = %(seq)s, head = %(hash)s WHERE id = %(meeting)s
"""
TELL_WITH_TEXT: LiteralString = """
    WITH fact AS (
        INSERT INTO event (meeting_id, seq, kind, body, at, prev_hash, hash)
        VALUES (%(meeting)s, %(seq)s, %(kind)s, %(body)s, %(at)s, %(prev)s, %(hash)s)
    ), words AS (
        INSERT INTO event_text (meeting_id, seq, salt, text) VALUES (%(meeting)s, %(seq)s, %(salt)s, %(text)s)
    ) UPDATE meeting SET seq = %(seq)s, head = %(hash)s WHERE id = %(meeting)s
"""


class Work:
    """One transaction, one moment, and what to tell once it is committed."""

    def __init__(self, conn: AsyncConnection[Any], now: datetime) -> None:
        self.conn = conn
        self.now = now
        self.after_commit: list[tuple[str, bytes]] = []
        self._held: dict[UUID, tuple[int, bytes]] = {}

    async def of_one_moment(self) -> None:
        """All that is read is as it was at one moment, however long the reading takes. Said before anything is read."""
        await self.conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    async def hold(self, meeting_id: UUID) -> None:
        """Takes the meeting's row lock: what is counted from here on, nobody else changes before we commit."""
        if meeting_id in self._held:
            return
        cursor = await self.conn.execute("SELECT seq, head FROM meeting WHERE id = %s FOR UPDATE", (meeting_id,))
        row = await cursor.fetchone()
        if row is None:
            raise LookupError(f"no meeting {meeting_id}")
        self._held[meeting_id] = (row[0], bytes(row[1]))

    async def tell(self, meeting_id: UUID, event: Event, text: str | None = None) -> int:
        """Adds a fact to the meeting's line; screens hear it after the commit. Returns its seq."""
        await self.hold(meeting_id)
        last, prev_hash = self._held[meeting_id]
        seq, fields = last + 1, msgspec.to_builtins(event)
        salt = secrets.token_bytes(16)
        if text is not None:
            fields["text_hash"] = text_hash(salt, text)
        body = canonical(fields)
        digest = chain_hash(prev_hash, meeting_id, seq, self.now, event.kind, body)
        await self.conn.execute(
            TELL if text is None else TELL_WITH_TEXT,
            {
                "meeting": meeting_id, "seq": seq, "kind": event.kind, "body": body, "at": self.now,
                "prev": prev_hash, "hash": digest, "salt": salt, "text": text,
            },
        )  # fmt: skip
        self._held[meeting_id] = (seq, digest)
        self.publish(f"live:{meeting_id}", told_bytes(seq, self.now, event.kind, body, text))
        return seq

    def publish(self, channel: str, message: bytes) -> None:
        """Sends on the bus after the commit, and only if there is one."""
        self.after_commit.append((channel, message))


class Look(Work):
    """For questions alone, each a transaction of its own: it holds nothing and tells nothing."""

    async def hold(self, meeting_id: UUID) -> None:
        """Nor does it `tell`, which holds first."""
        raise RuntimeError("a look holds nothing: what counts and tells is work")

    def publish(self, channel: str, message: bytes) -> None:
        raise RuntimeError("a look tells nothing")


RV = TypeVar("RV")
LOOK_UP_SECONDS: Final = 60.0


class PatientConnection(AsyncConnection[Any]):
    """psycopg looks up ten times a second while it waits, for a Ctrl-C. In an event loop that wakes a cancelled wait
    anyway: all it did was to wake a hub at rest, twenty times a second for the two that listen for jobs."""

    async def wait(self, gen: PQGen[RV], interval: float = LOOK_UP_SECONDS, timeout: float | None = None) -> RV:  # noqa: ASYNC109  psycopg's own words
        return await super().wait(gen, interval=interval, timeout=timeout)


FRESH_SECONDS = 0.5
SURE_SECONDS = 30.0


async def _check_idle(conn: AsyncConnection[Any]) -> None:
    """A connection that lay idle may have been cut meanwhile. After a while only an answer tells; before, a server that
    has gone left its farewell to be read; one that was taken a moment ago is taken as it is."""
    now = time.monotonic()
    taken, _taken[conn] = _taken.get(conn, 0.0), now
    if now - taken > SURE_SECONDS or (now - taken > FRESH_SECONDS and _something_came(conn)):
        await AsyncConnectionPool.check_connection(conn)


def _something_came(conn: AsyncConnection[Any]) -> bool:
    if conn.closed:
        return True
    waiting = select.poll()
    waiting.register(conn.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


_taken: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()


class Database:
    """Opened for the life of the app."""

    def __init__(
        self,
        conninfo: str,
        bus: Bus,
        clock: Clock = system_clock,
        *,
        pool_size: int = POOL_SIZE,
        autocommit: bool = False,
        options: str = "",
    ) -> None:
        """With ``autocommit`` whoever needs a transaction begins one, and `reading` costs a third less. ``options``
        are PostgreSQL's, of these connections alone: ``-c name=value``."""
        self.conninfo = conninfo
        self.bus = bus
        self.clock = clock
        self.pool: AsyncConnectionPool[PatientConnection] = AsyncConnectionPool(
            conninfo,
            connection_class=PatientConnection,
            min_size=1,
            max_size=pool_size,
            timeout=WAIT_SECONDS,
            # The pool doubles its waits: after 35 s without a server it came back 18 s late. Given up sooner, the next
            # request tries at once.
            reconnect_timeout=2.0,
            open=False,
            check=_check_idle,
            kwargs={
                "autocommit": autocommit,
                "options": f"-c timezone=UTC -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s {options}",
            },
        )

    async def __aenter__(self) -> Self:
        await self.pool.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection[Any]]:
        """For questions alone: each is a transaction of its own, which saves two round trips of three."""
        async with self.pool.connection() as conn:
            if conn.autocommit:
                yield conn
                return
            await conn.set_autocommit(True)
            try:
                yield conn
            finally:
                if not conn.closed:
                    await conn.set_autocommit(False)

    @asynccontextmanager
    async def look(self) -> AsyncGenerator[Look]:
        """As `reading`, for questions that are asked by way of a `Work`."""
        async with self.reading() as conn:
            yield Look(conn, self.clock())

    @asynccontextmanager
    async def work(self) -> AsyncGenerator[Work]:
        """A transaction: committed at the end, rolled back by an exception; events are told after the commit."""
        async with self.pool.connection() as conn:
            work = Work(conn, self.clock())
            async with conn.transaction():
                yield work
        for channel, message in work.after_commit:
            self.bus.publish(channel, message)


async def provide_work(db: NamedDependency[Database]) -> AsyncGenerator[Work]:
    async with db.work() as work:
        yield work
