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
from typing import Any, Self

import structlog

from realtime import messages
from realtime.bus import Bus, Subscription
from realtime.committer import Committer
from realtime.document import MayPropose, Unlogged
from realtime.keeper import Keeper
from realtime.log import Log, LogUnavailable
from realtime.open_document import RESTART, NoSuchDocument, OpenDocument
from realtime.pace import Pace, has_passed, until_beat
from realtime.replica import check_readable, is_engine_failure
from realtime.telling import EachByItself, Teller, Turns

log = structlog.get_logger()


class DocumentUnavailable(Exception):
    """The log could not be read: nobody joins, for an empty document in its place would be worse."""


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
        self._store = store
        self._bus = bus
        self._may_propose = may_propose
        self.turns: Turns = EachByItself()
        """Of the server whose sockets these documents have."""
        self._open: dict[str, OpenDocument] = {}
        self._loading: dict[str, asyncio.Task[OpenDocument]] = {}
        self._following: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._with_presence: dict[str, OpenDocument] = {}
        self._presence_waits = asyncio.Event()
        self._committer = Committer(
            self.hub,
            store,
            bus,
            self.pace,
            crowded=lambda: bool(self.turns.slack),
            on_stored=on_stored or (lambda document_id, entries: None),
        )
        self.keeper = Keeper(self.hub, store, bus, self.pace)

    async def __aenter__(self) -> Self:
        loops: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("committer", self._committer.commit_always),
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
                while not self._committer.has_nothing:
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
            done = self._committer.answer_for(document.live.edit(update))
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
        return self._committer.backlog_bytes

    @property
    def storing(self) -> bool:
        """False while the log cannot be reached: nobody's edits are saved, and the screens say so."""
        return self._committer.storing

    def touched(self, document: OpenDocument) -> None:
        """To be called after the core received something: there may be work for the log and for the bus."""
        live = document.live
        if live.unlogged:
            self._committer.touched(document)
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
        return self._committer.has_room

    async def room(self) -> None:
        """Waits while too much waits for the log: what is not read holds its sender back."""
        await self._committer.room()

    async def commit(self) -> None:
        """Everything that waits, now, not at its time."""
        await self._committer.commit()

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
        self._committer.forget(document)
        subscription, follower = self._following.pop(document_id)
        subscription.close()
        await _end([follower])
        log.debug("document.unloaded", document=document.id)

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
            if has_passed(self.pace.tick, ticked, now, self.pace.upkeep):
                ticked = now
                for document in list(self._open.values()):
                    document.live.replica.catch_up()
                    document.live.tick()
                    self.touched(document)
            poll = self.pace.poll_with_bus if self._bus.up else self.pace.poll_without_bus
            if has_passed(poll, polled, now, self.pace.upkeep):
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
