"""The documents open in this hub, and the tasks that carry what they have to say: to the log and to the bus.

The only way to a document is `open`: one load is shared by all who ask at once, and a load that fails refuses them.
Nothing is unloaded while the log lacks any of it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import structlog

from realtime import messages
from realtime.bus import Bus, Subscription
from realtime.compaction import CompactionFailed, compacted
from realtime.document import MayPropose, Unlogged
from realtime.log import Log, LogUnavailable
from realtime.open_document import OpenDocument
from realtime.replica import check_readable
from realtime.wire import NOTHING

log = structlog.get_logger()

BATCH_UPDATES: Final = 5000
BATCH_BYTES: Final = 8 * 1024 * 1024
BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""What may wait for the log in this hub; beyond it editors are not read from, which holds them back."""
MAX_BACKOFF_SECONDS: Final = 2.0
RESTART: Final = 1012


class DocumentUnavailable(Exception):
    """The log could not be read: nobody joins, for an empty document in its place would be worse."""


class NoSuchDocument(Exception):
    pass


@dataclass(frozen=True)
class Pace:
    """How often things are done, in seconds unless it says otherwise. Tests hurry."""

    commit: float = 0.012
    presence: float = 0.02
    upkeep: float = 1.0
    tick: float = 5.0
    poll_with_bus: float = 15.0
    """The log is looked at now and then even while the bus works: a hint lost without a word costs this much."""
    poll_without_bus: float = 1.0
    idle: float = 30.0
    sweep: float = 60.0
    lease: float = 180.0
    compact_rows: int = 500
    compact_bytes: int = 256 * 1024
    compact_rows_on_unload: int = 50
    after_failure: float = 1800.0
    """A log that could not be compacted is left alone for so long."""


class Registry:
    def __init__(
        self,
        store: Log,
        bus: Bus,
        *,
        pace: Pace | None = None,
        on_stored: Callable[[str, Sequence[Unlogged]], None] | None = None,
        may_propose: MayPropose | None = None,
    ) -> None:
        """``on_stored`` hears of every commit, with what was committed; it is on the way to the answer, so it only
        makes a note. ``may_propose`` judges the edits of those who may comment but not write."""
        self.hub = secrets.token_hex(8)
        self.pace = pace or Pace()
        self.storing = True
        """False while the log cannot be reached: nobody's edits are saved, and the screens say so."""
        self._store = store
        self._bus = bus
        self._on_stored = on_stored or (lambda document_id, entries: None)
        self._may_propose = may_propose
        self._open: dict[str, OpenDocument] = {}
        self._loading: dict[str, asyncio.Task[OpenDocument]] = {}
        self._following: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._dirty: dict[str, OpenDocument] = {}
        self._work = asyncio.Event()
        self._batch: list[tuple[OpenDocument, list[Unlogged]]] = []
        self._waiters: dict[Unlogged, asyncio.Future[None]] = {}
        self._backlog = 0
        self._room = asyncio.Event()
        self._room.set()
        self._with_presence: dict[str, OpenDocument] = {}
        self._presence_waits = asyncio.Event()
        self._compaction = asyncio.Lock()
        self._compactions: set[asyncio.Task[None]] = set()
        self._leave_alone: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        loops: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("committer", self._commit_always),
            ("presence", self._tell_presence_always),
            ("upkeep", self._keep_up_always),
            ("sweeper", self._sweep_always),
        ]
        self._tasks = [asyncio.create_task(_supervised(name, work), name=f"documents-{name}") for name, work in loops]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Editors are told to come back; what they sent is committed if the log answers within five seconds."""
        for document in self._open.values():
            for editor in document.live.editors:
                editor.close(RESTART, "restart")
        await _end([*self._tasks, *self._loading.values(), *self._compactions])
        try:
            async with asyncio.timeout(5.0):
                while self._dirty or self._batch:
                    await self.commit()
        except (TimeoutError, LogUnavailable) as failure:
            log.error("documents.not_all_stored", error=repr(failure))  # never acknowledged, so editors still have it
        for document_id in list(self._open):
            await self._unload(document_id)

    # --- opening ---

    @asynccontextmanager
    async def open(self, document_id: str) -> AsyncGenerator[OpenDocument]:
        """The document, loaded and followed for as long as the context lasts."""
        document = await self._get(document_id)
        if document.gone:
            raise NoSuchDocument(document_id)
        document.users += 1
        document.idle_since = None
        try:
            yield document
        finally:
            document.users -= 1

    async def append(self, document_id: str, update: bytes) -> None:
        """An edit by the server itself; it returns when that is committed."""
        async with self.open(document_id) as document:
            done = self._waiters[document.live.edit(update)] = asyncio.get_running_loop().create_future()
            self.touched(document)
            await done

    def find(self, document_id: str) -> OpenDocument | None:
        """The document if it is open here now: for looking at its editors, not for joining."""
        return self._open.get(document_id)

    @property
    def open_documents(self) -> int:
        return len(self._open)

    @property
    def editors(self) -> int:
        return sum(len(document.live.editors) for document in self._open.values())

    @property
    def backlog_bytes(self) -> int:
        return self._backlog

    def touched(self, document: OpenDocument) -> None:
        """To be called after the core received something: there may be work for the log and for the bus."""
        live = document.live
        if live.unlogged:
            self._backlog += live.unlogged_bytes - document.counted_bytes
            document.counted_bytes = live.unlogged_bytes
            if self._backlog > BACKLOG_BYTES:
                self._room.clear()
            self._dirty[document.id] = document
            self._work.set()
        if live.presence_news:
            self._with_presence[document.id] = document
            self._presence_waits.set()

    async def room(self) -> None:
        """Waits while too much waits for the log: what is not read holds its sender back."""
        await self._room.wait()

    async def _get(self, document_id: str) -> OpenDocument:
        if document := self._open.get(document_id):
            return document
        task = self._loading.get(document_id)
        if task is None:
            task = self._loading[document_id] = asyncio.create_task(self._load(document_id))
            task.add_done_callback(lambda _: self._loading.pop(document_id, None))
        return await asyncio.shield(task)  # a joiner that gives up must not take the load from the others

    async def _load(self, document_id: str) -> OpenDocument:
        subscription = self._bus.subscribe(f"doc:{document_id}")  # watch first, read second
        try:
            stored = await self._store.read(document_id)
            if stored is None:
                raise NoSuchDocument(document_id)
        except LogUnavailable as error:
            subscription.close()
            raise DocumentUnavailable(document_id) from error
        except BaseException:
            subscription.close()
            raise
        try:
            check_readable(stored.updates)
        except ValueError as error:  # a row is damaged: better no document than one with a hole
            subscription.close()
            log.error("document.unreadable_log", document=document_id, error=str(error))
            raise DocumentUnavailable(document_id) from error
        document = OpenDocument(document_id, self.hub, self._store, self._bus, stored, self.touched, self._may_propose)
        document.live.replica.catch_up()
        self._open[document_id] = document
        follower = asyncio.create_task(_supervised("follower", lambda: document.follow(subscription)))
        self._following[document_id] = (subscription, follower)
        self._bus.publish(document.channel, messages.encode(messages.WhoIsThere(self.hub)))
        return document

    async def _unload(self, document_id: str) -> None:
        document = self._open.pop(document_id)
        self._with_presence.pop(document_id, None)
        self._dirty.pop(document_id, None)
        subscription, follower = self._following.pop(document_id)
        subscription.close()
        await _end([follower])
        log.debug("document.unloaded", document=document.id)

    # --- to the log ---

    async def _commit_always(self) -> None:
        attempt = 0
        while True:
            await self._work.wait()
            await asyncio.sleep(self.pace.commit)
            try:
                await self.commit()
            except LogUnavailable as error:
                if self.storing:
                    log.error("documents.log_unavailable", error=str(error), waiting_bytes=self._backlog)
                self.storing = False
                attempt += 1
                await asyncio.sleep(min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** min(attempt, 10)))
            else:
                if not self.storing:
                    log.warning("documents.log_is_back")
                self.storing, attempt = True, 0

    async def commit(self) -> None:
        """One transaction for everything that waits, of all documents. After an error the same batch comes again."""
        if not self._batch:
            self._batch = self._next_batch()
        rows = [(d.id, e.update) for d, entries in self._batch for e in entries if e.update != NOTHING]
        numbers = iter(await self._store.append(rows) if rows else [])
        batch, self._batch = self._batch, []
        for document, entries in batch:
            updates = [e.update for e in entries if e.update != NOTHING]
            self._backlog -= sum(len(e.update) for e in entries)
            document.in_flight -= len(entries)
            given = [next(numbers) for _ in updates]
            if None in given:
                document.close_all()
                self._answer(entries, NoSuchDocument(document.id))
                continue
            found = [number for number in given if number is not None]
            document.logged(found, updates)
            document.live.committed(entries)
            self._answer(entries, None)
            if found:
                self._bus.publish(document.channel, messages.committed(self.hub, found[0], updates))
                self._on_stored(document.id, entries)
        if self._backlog <= BACKLOG_BYTES:
            self._room.set()
        if not self._dirty:
            self._work.clear()

    def _next_batch(self) -> list[tuple[OpenDocument, list[Unlogged]]]:
        batch: list[tuple[OpenDocument, list[Unlogged]]] = []
        updates, size = 0, 0
        for document_id, document in list(self._dirty.items()):
            if updates >= BATCH_UPDATES or size >= BATCH_BYTES:
                break
            entries = document.live.take_unlogged(BATCH_UPDATES - updates, BATCH_BYTES - size)
            document.in_flight += len(entries)
            document.counted_bytes = document.live.unlogged_bytes
            updates += len(entries)
            size += sum(len(entry.update) for entry in entries)
            batch.append((document, entries))
            if not document.live.unlogged:
                del self._dirty[document_id]
        return batch

    def _answer(self, entries: list[Unlogged], error: Exception | None) -> None:
        for entry in entries:
            waiter = self._waiters.pop(entry, None)
            if waiter is None or waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    # --- to the other hubs ---

    async def _tell_presence_always(self) -> None:
        while True:
            await self._presence_waits.wait()
            await asyncio.sleep(self.pace.presence)
            self._presence_waits.clear()
            waiting, self._with_presence = self._with_presence, {}
            for document in waiting.values():
                if (news := document.take_presence_news()) is not None:
                    self._bus.publish(document.channel, news)

    # --- upkeep ---

    async def _keep_up_always(self) -> None:
        ticked = polled = time.monotonic()
        while True:
            await asyncio.sleep(self.pace.upkeep)
            now = time.monotonic()
            for document in list(self._open.values()):
                document.live.replica.catch_up()
                self.touched(document)
            if now - ticked >= self.pace.tick:
                ticked = now
                for document in list(self._open.values()):
                    document.live.tick()
                    self.touched(document)
            if now - polled >= (self.pace.poll_with_bus if self._bus.up else self.pace.poll_without_bus):
                polled = now
                await self.poll()
            for document in list(self._open.values()):
                await self._look_after(document, now)

    async def poll(self) -> None:
        """Compares every open document with the log, in one question."""
        try:
            heads = await self._store.heads(list(self._open))
            for document in list(self._open.values()):
                if document.id not in heads or heads[document.id] > document.seen:
                    await document.catch_up()
        except LogUnavailable as error:
            log.warning("documents.cannot_poll", error=str(error))

    async def _look_after(self, document: OpenDocument, now: float) -> None:
        if document.rows >= self.pace.compact_rows or document.bytes >= self.pace.compact_bytes:
            self._compact_soon(document)
        if document.users > 0:
            document.idle_since = None
        elif document.idle_since is None:
            document.idle_since = now
        elif now - document.idle_since >= self.pace.idle and document.stored:
            if document.rows >= self.pace.compact_rows_on_unload and not document.gone:
                self._compact_soon(document)
            await self._unload(document.id)

    def _compact_soon(self, document: OpenDocument) -> None:
        document.rows = document.bytes = 0
        task = asyncio.create_task(self.compact(document.id), name=f"compact-{document.id}")
        self._compactions.add(task)
        task.add_done_callback(self._compactions.discard)

    async def _sweep_always(self) -> None:
        while True:
            await asyncio.sleep(self.pace.sweep)
            try:
                overdue = await self._store.overdue(self.pace.compact_rows, self.pace.compact_bytes, 50)
            except LogUnavailable as error:
                log.warning("documents.cannot_sweep", error=str(error))
                continue
            now = time.monotonic()
            self._leave_alone = {each: until for each, until in self._leave_alone.items() if until > now}
            for found in overdue:
                if found.document_id not in self._leave_alone:
                    await self.compact(found.document_id)

    async def compact(self, document_id: str) -> None:
        """Only the holder of the lease does, one document at a time; what fails is tried again by the next sweep."""
        async with self._compaction:
            try:
                if not await self._store.take_lease(document_id, self.hub, self.pace.lease):
                    return
                stored = await self._store.read(document_id)
                if stored is None or stored.head == stored.snapshot_at:
                    return
                state = await compacted(stored.updates)
                kept = await self._store.compact(document_id, self.hub, stored.head, state)
            except (LogUnavailable, CompactionFailed, OSError) as error:
                log.warning("document.not_compacted", document=document_id, error=str(error))
                self._leave_alone[document_id] = time.monotonic() + self.pace.after_failure
                return
            log.info("document.compacted", document=document_id, rows=len(stored.updates), bytes=len(state), kept=kept)


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _supervised(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Runs work until it returns. An error in it is a bug and is logged; ending would stop saving everybody's edits."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("documents.task_failed", task=name)
            await asyncio.sleep(0.5)
        else:
            return
