"""Who makes snapshots: one hub for all documents, for as long as its lease in the log lasts.

Whoever notices that a log has grown long says so on the bus, and the keeper compacts it. When the keeper dies another
hub has the lease seconds later and looks at once for what was left undone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from realtime.bus import GAP, Bus
from realtime.compaction import CompactionFailed, compacted
from realtime.log import Log, LogUnavailable
from realtime.pace import Pace, until_beat

log = structlog.get_logger()

CHANNEL: Final = "document-compaction"
OVERDUE_AT_ONCE: Final = 50
GOODBYE_SECONDS: Final = 2.0


class Keeper:
    def __init__(self, hub: str, store: Log, bus: Bus, pace: Pace) -> None:
        self.keeping = False
        """Whether this hub had the lease when it last asked. The log asks again when it is given a snapshot."""
        self._hub = hub
        self._store = store
        self._bus = bus
        self._pace = pace
        self._began = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._leave_alone: dict[str, float] = {}

    @property
    def loops(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """To be run for the life of the hub."""
        return [("lease", self._renew_always), ("compactor", self._listen_always), ("sweeper", self._sweep_always)]

    def ask(self, document_id: str) -> None:
        """This log has grown long."""
        self._bus.publish(CHANNEL, document_id.encode())

    async def give_back(self) -> None:
        """A hub that leaves in order does not make the others wait for the lease to run out."""
        if not self.keeping:
            return
        self.keeping = False
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._store.give_back_lease(self._hub)
        except (LogUnavailable, TimeoutError) as error:
            log.debug("documents.lease_not_given_back", error=str(error))

    async def compact(self, document_id: str) -> None:
        """One document at a time. What fails is tried again by a later sweep; what is damaged is left as it is."""
        async with self._one_at_a_time:
            try:
                if not await self._store.take_lease(self._hub, self._pace.lease):
                    return
                made = await compacted(self._store.pieces(document_id))
                if made is None:
                    return
                kept = await self._store.compact(document_id, self._hub, made.upto, made.state)
            except (LogUnavailable, CompactionFailed, OSError) as error:
                log.warning("document.not_compacted", document=document_id, error=str(error))
                self._leave_alone[document_id] = time.monotonic() + self._pace.after_failure
                return
            log.info("document.compacted", document=document_id, rows=made.rows, bytes=len(made.state), kept=kept)

    async def _renew_always(self) -> None:
        while True:
            kept = False
            try:
                kept = await self._store.take_lease(self._hub, self._pace.lease)
            except LogUnavailable as error:
                log.debug("documents.lease_unknown", error=str(error))
            if kept and not self.keeping:
                log.debug("documents.keeper", hub=self._hub)
                self._began.set()
            self.keeping = kept
            # who has it renews it in good time; who has not looks often for whether it has run out
            await asyncio.sleep(until_beat(self._pace.lease / 2 if kept else self._pace.renew))

    async def _listen_always(self) -> None:
        with self._bus.subscribe(CHANNEL) as heard:
            async for first in heard:
                wanted = {each for each in (first, *heard.drain()) if each is not GAP}  # a lost word costs one sweep
                for document_id in wanted:
                    if self.keeping:
                        await self._compact_unless_left_alone(document_id.decode())

    async def _compact_unless_left_alone(self, document_id: str) -> None:
        now = time.monotonic()
        self._leave_alone = {each: until for each, until in self._leave_alone.items() if until > now}
        if document_id not in self._leave_alone:
            await self.compact(document_id)

    async def _sweep_always(self) -> None:
        while True:
            await self._time_to_sweep()
            if not self.keeping:
                continue
            try:
                overdue = await self._store.overdue(self._pace.compact_rows, self._pace.compact_bytes, OVERDUE_AT_ONCE)
            except LogUnavailable as error:
                log.warning("documents.cannot_sweep", error=str(error))
                continue
            for found in overdue:
                if self.keeping:
                    await self._compact_unless_left_alone(found.document_id)

    async def _time_to_sweep(self) -> None:
        try:
            async with asyncio.timeout(self._pace.sweep):
                await self._began.wait()
        except TimeoutError:
            return
        self._began.clear()
