"""What editors wrote, on its way into the log: of all documents together, in order, and again until the log has it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog

from realtime import messages
from realtime.bus import Bus
from realtime.document import Unlogged
from realtime.log import Log, LogRefused, LogUnavailable
from realtime.open_document import NoSuchDocument, OpenDocument
from realtime.pace import Pace
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


class Committer:
    def __init__(
        self,
        hub: str,
        store: Log,
        bus: Bus,
        pace: Pace,
        *,
        crowded: Callable[[], bool],
        on_stored: Callable[[str, Sequence[Unlogged]], None],
    ) -> None:
        """``crowded``: so much is typed in this hub that its sockets are read in turns."""
        self.storing = True
        """False while the log cannot be reached: nobody's edits are saved, and the screens say so."""
        self.backlog_bytes = 0
        self._hub, self._store, self._bus, self._pace = hub, store, bus, pace
        self._crowded, self._on_stored = crowded, on_stored
        self._dirty: dict[str, OpenDocument] = {}
        self._work = asyncio.Event()
        self._batch: Batch = []
        self._waiters: dict[Unlogged, asyncio.Future[None]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._refused: set[str] = set()
        self._untold: list[OpenDocument] = []
        """Who is to hear that his is saved hears it with the next news, or a little later if none come."""
        self._untold_timer: asyncio.TimerHandle | None = None

    @property
    def has_nothing(self) -> bool:
        return not self._dirty and not self._batch

    @property
    def has_room(self) -> bool:
        return self._room.is_set()

    async def room(self) -> None:
        """Waits while too much waits for the log: what is not read holds its sender back."""
        await self._room.wait()

    def touched(self, document: OpenDocument) -> None:
        """Something of it waits for the log."""
        self.backlog_bytes += document.live.unlogged_bytes - document.counted_bytes
        document.counted_bytes = document.live.unlogged_bytes
        if self.backlog_bytes > BACKLOG_BYTES:
            self._room.clear()
        self._dirty[document.id] = document
        self._work.set()

    def answer_for(self, entry: Unlogged) -> asyncio.Future[None]:
        """Done when it is committed; NoSuchDocument when its document was deleted meanwhile."""
        answer = self._waiters[entry] = asyncio.get_running_loop().create_future()
        return answer

    def forget(self, document: OpenDocument) -> None:
        """It is closed."""
        self._dirty.pop(document.id, None)

    async def commit_always(self) -> None:
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
                    log.error("documents.log_unavailable", error=str(error), waiting_bytes=self.backlog_bytes)
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
            return self._pace.commit
        return self._pace.commit_crowded if self._crowded() else self._pace.commit_alone

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
            if self.backlog_bytes <= BACKLOG_BYTES:
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
        self._tell_saved()
        answers = iter(numbers)
        crowded = self._crowded()
        for document, entries in batch:
            updates = [e.update for e in entries if e.update != NOTHING]
            self.backlog_bytes -= sum(len(e.update) for e in entries)
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
                self._bus.tell(document.channel, partial(messages.committed, self._hub, found[0], updates))
                self._on_stored(document.id, entries)
        if crowded:
            self._untold = [document for document, _ in batch]
            self._untold_timer = asyncio.get_running_loop().call_later(SAVED_WAITS_SECONDS, self._tell_saved)

    def _tell_saved(self) -> None:
        """Of the commit before this one, those for whom no news came meanwhile."""
        if self._untold_timer is not None:
            self._untold_timer.cancel()
            self._untold_timer = None
        untold, self._untold = self._untold, []
        for document in untold:
            if document.live.saved_waits:
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
