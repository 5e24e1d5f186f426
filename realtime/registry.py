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
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import structlog

from realtime import messages
from realtime.bus import Bus, Subscription
from realtime.document import MayPropose, Unlogged
from realtime.keeper import Keeper
from realtime.log import Log, LogRefused, LogUnavailable
from realtime.open_document import RESTART, OpenDocument
from realtime.pace import Pace, until_beat
from realtime.replica import check_readable, is_engine_failure
from realtime.telling import EachByItself, Teller, Turns
from realtime.wire import NOTHING

log = structlog.get_logger()

BATCH_UPDATES: Final = 5000
BATCH_BYTES: Final = 8 * 1024 * 1024
BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""What may wait for the log in this hub; beyond it editors are not read from, which holds them back."""
MAX_BACKOFF_SECONDS: Final = 2.0
SAVED_WAITS_SECONDS: Final = 0.15
"""For news it can be told with, while the hub is busy: a write to say nothing else costs it as much as a keystroke."""
REFUSALS_IN_A_ROW: Final = 3
"""So many documents refused one after the other: it is not their fault, the rest is not tried now."""


Batch = list[tuple[OpenDocument, list[Unlogged]]]


class DocumentUnavailable(Exception):
    """The log could not be read: nobody joins, for an empty document in its place would be worse."""


class NoSuchDocument(Exception):
    pass


class DocumentDamaged(DocumentUnavailable):
    """It is shown and not written in: see `Damage`."""


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
        self.turns: Turns = EachByItself()
        """Of the server whose sockets these documents have."""
        self._open: dict[str, OpenDocument] = {}
        self._loading: dict[str, asyncio.Task[OpenDocument]] = {}
        self._following: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._dirty: dict[str, OpenDocument] = {}
        self._work = asyncio.Event()
        self._batch: Batch = []
        self._waiters: dict[Unlogged, asyncio.Future[None]] = {}
        self._backlog = 0
        self._room = asyncio.Event()
        self._room.set()
        self._with_presence: dict[str, OpenDocument] = {}
        self._presence_waits = asyncio.Event()
        self._refused: set[str] = set()
        self.keeper = Keeper(self.hub, store, bus, self.pace)

    async def __aenter__(self) -> Self:
        loops: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("committer", self._commit_always),
            ("presence", self._tell_presence_always),
            ("upkeep", self._keep_up_always),
            *self.keeper.loops,
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
        await _end([*self._tasks, *self._loading.values()])
        try:
            async with asyncio.timeout(5.0):
                while self._dirty or self._batch:
                    await self.commit()
                    await asyncio.sleep(min(self.pace.commit, 0.02))
        except (TimeoutError, LogUnavailable) as failure:
            log.error("documents.not_all_stored", error=repr(failure))  # never acknowledged, so editors still have it
        for document_id in list(self._open):
            await self._unload(document_id)
        await self.keeper.give_back()

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
            if document.damage is not None:
                raise DocumentDamaged(document_id)
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
    def damaged_documents(self) -> int:
        return sum(document.damage is not None for document in self._open.values())

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
        if not live.presence_news:
            return
        if self._bus.alone:
            live.presence_news.clear()
            self._bus.tell(document.channel, bytes)  # nobody hears it; who comes learns that there was something
        else:
            self._with_presence[document.id] = document
            self._presence_waits.set()

    @property
    def has_room(self) -> bool:
        return self._room.is_set()

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
        document.teller = Teller(document.live, self.pace.together, self.turns)
        self._open[document_id] = document
        follower = asyncio.create_task(_supervised("follower", lambda: document.follow(subscription)))
        self._following[document_id] = (subscription, follower)
        self._bus.tell(document.channel, partial(messages.encode, messages.WhoIsThere(self.hub)))
        return document

    async def _unload(self, document_id: str) -> None:
        document = self._open.pop(document_id)
        document.live.flush()
        if document.teller is not None:
            document.teller.close()
        self._with_presence.pop(document_id, None)
        self._dirty.pop(document_id, None)
        subscription, follower = self._following.pop(document_id)
        subscription.close()
        await _end([follower])
        log.debug("document.unloaded", document=document.id)

    # --- to the log ---

    async def _commit_always(self) -> None:
        attempt = 0
        last = time.monotonic()
        while True:
            await self._work.wait()
            # who writes after a pause is answered at once; who writes on is committed together with the others
            await asyncio.sleep(max(0.0, last + self._pause() - time.monotonic()))
            last = time.monotonic()
            try:
                await self.commit()
            except LogRefused:
                attempt = 0  # each document it refused waits by itself
            except LogUnavailable as error:
                if self.storing:
                    log.error("documents.log_unavailable", error=str(error), waiting_bytes=self._backlog)
                self.storing = False
                attempt += 1
                await asyncio.sleep(min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** min(attempt, 10)))
            else:
                attempt = 0
                if not self.storing and not self._refused:
                    log.warning("documents.log_is_back")
                    self.storing = True

    def _pause(self) -> float:
        """Between two commits."""
        if not self._bus.alone:
            return self.pace.commit
        return self.pace.commit_crowded if self.turns.slack else self.pace.commit_alone

    async def commit(self) -> None:
        """One transaction for everything that waits, of all documents. After an outage the same batch comes again."""
        if not self._batch:
            self._batch = self._next_batch()
        try:
            numbers = await self._append(self._batch)
        except LogRefused as error:
            batch, self._batch = self._batch, []
            await self._commit_apart(batch, error)
        else:
            batch, self._batch = self._batch, []
            self._stored(batch, numbers)
        finally:
            if self._backlog <= BACKLOG_BYTES:
                self._room.set()
            if not self._dirty and not self._batch:
                self._work.clear()

    async def _append(self, batch: Batch) -> list[int | None]:
        rows = [(d.id, e.update) for d, entries in batch for e in entries if e.update != NOTHING]
        return await self._store.append(rows) if rows else []

    async def _commit_apart(self, batch: Batch, error: LogRefused) -> None:
        """One document that the log refuses must not keep the others from being saved."""
        in_a_row = 0
        for n, (document, entries) in enumerate(batch):
            if len(batch) > 1 and in_a_row < REFUSALS_IN_A_ROW:
                try:
                    numbers = await self._append([(document, entries)])
                except LogRefused as refusal:
                    error, in_a_row = refusal, in_a_row + 1
                except LogUnavailable:
                    self._batch = batch[n:]
                    raise
                else:
                    in_a_row = 0
                    self._stored([(document, entries)], numbers)
                    continue
            self._put_back(document, entries, error)
        if self._refused:
            raise error

    def _put_back(self, document: OpenDocument, entries: list[Unlogged], error: LogRefused) -> None:
        """It comes again before everything written since, after a pause of its own."""
        if document.id not in self._refused:
            log.error("document.not_stored", document=document.id, error=str(error))
            self._refused.add(document.id)
        self.storing = False
        document.live.put_back(entries)
        document.in_flight -= len(entries)
        document.counted_bytes = document.live.unlogged_bytes
        document.refusals += 1
        document.not_before = time.monotonic() + min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** min(document.refusals, 10))
        self._dirty[document.id] = document

    def _stored(self, batch: Batch, numbers: list[int | None]) -> None:
        """The log has them: whoever wrote them is told, and the other hubs."""
        answers = iter(numbers)
        crowded = bool(self.turns.slack)
        for document, entries in batch:
            updates = [e.update for e in entries if e.update != NOTHING]
            self._backlog -= sum(len(e.update) for e in entries)
            document.in_flight -= len(entries)
            document.refusals = 0
            self._refused.discard(document.id)
            given = [next(answers) for _ in updates]
            if None in given:
                document.close_all()
                self._answer(entries, NoSuchDocument(document.id))
                continue
            found = [number for number in given if number is not None]
            document.logged(found, updates)
            document.live.committed(entries, hurry=not crowded)
            self._answer(entries, None)
            if found:
                self._bus.tell(document.channel, partial(messages.committed, self.hub, found[0], updates))
                self._on_stored(document.id, entries)
        if crowded:
            told = [document for document, _ in batch]
            asyncio.get_running_loop().call_later(SAVED_WAITS_SECONDS, self._tell_saved, told)

    def _tell_saved(self, documents: Sequence[OpenDocument]) -> None:
        """Those for whom no news came meanwhile."""
        for document in documents:
            if document.live.saved_waits and self._open.get(document.id) is document:
                document.live.on_waiting()

    def _next_batch(self) -> Batch:
        batch: Batch = []
        updates, size = 0, 0
        now = time.monotonic()
        for document_id, document in list(self._dirty.items()):
            if document.refusals and document.not_before > now:
                continue
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
                self._tell_presence(document)

    def _tell_presence(self, document: OpenDocument) -> None:
        if news := document.take_presence_news():
            self._bus.tell(document.channel, partial(messages.present, self.hub, news))

    # --- upkeep ---

    async def _keep_up_always(self) -> None:
        ticked = polled = time.monotonic()
        while True:
            await asyncio.sleep(until_beat(self.pace.upkeep))
            now = time.monotonic()
            if now - ticked >= self.pace.tick:
                ticked = now
                for document in list(self._open.values()):
                    document.live.replica.catch_up()
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
        if document.damage is None:
            self.keeper.ask(document.id)


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
        except BaseException as error:
            if not is_engine_failure(error):
                raise
            log.exception("documents.task_failed", task=name)
            await asyncio.sleep(0.5)
        else:
            return
