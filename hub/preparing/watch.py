"""Sees what changes after it was approved or published, and tells what nobody told after a quiet time.

Texts are written past the meeting's line, so their commits are noted here and compared a moment later. What a hub that
died had noted is found by the sweep of another.
"""

import asyncio
from collections.abc import Hashable, Sequence
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog

from hub.db import Database
from hub.ending import end
from hub.preparing import queries
from hub.preparing.service import QUIET, note_changes, tell_changes
from hub.rounds import rounds
from realtime import Unlogged

log = structlog.get_logger()

GATHER_SECONDS: Final = 2.0
"""One comparison for what somebody types in so long."""
SWEEP_SECONDS: Final = 60.0
NOTED: Final = 5_000
"""Texts that wait to be compared; past it what comes is left to the sweep, and said so."""
SWEPT: Final = 500


class ChangeWatch:
    """For the life of the app."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._changed: dict[str, Hashable] = {}
        """Documents, and who wrote in each last; None for the hub itself."""
        self._overflow = False
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(rounds("preparing-changes", self._gathered, self.compare), name="preparing-changes"),
            asyncio.create_task(rounds("preparing-sweep", _until_swept, self.sweep), name="preparing-sweep"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)

    def note(self, document_id: str, entries: Sequence[Unlogged]) -> None:
        """Called at every commit of a text, so it only makes a note."""
        if document_id not in self._changed and len(self._changed) >= NOTED:
            self._overflow = True
            return
        editors = [entry.editor.user for entry in entries if entry.editor is not None]
        self._changed[document_id] = editors[-1] if editors else self._changed.get(document_id)
        self._wake.set()

    async def compare(self) -> None:
        """Everything noted until now."""
        noted, self._changed = self._changed, {}
        changed = {UUID(each): None if who is None else UUID(str(who)) for each, who in noted.items()}
        if self._overflow:
            self._overflow = False
            log.warning("preparing.changes_left_to_the_sweep", noted=len(changed))
        if not changed:
            return
        async with self._db.reading() as conn:
            found = await queries.watched(conn, list(changed))
        meetings: dict[UUID, dict[UUID | None, UUID]] = {}
        for document_id, meeting_id in found:
            by = meetings.setdefault(meeting_id, {})
            if (who := changed[document_id]) is not None:
                by[document_id] = by[None] = who
        for meeting_id, by in meetings.items():
            async with self._db.work() as work:
                await note_changes(work, meeting_id, by)

    async def sweep(self) -> None:
        """What no hub noted, and what waited long enough to be told."""
        async with self._db.reading() as conn:
            meetings = await queries.watched_meetings(conn, SWEPT)
        for meeting_id in meetings:
            async with self._db.work() as work:
                await note_changes(work, meeting_id, {})
        async with self._db.reading() as conn:
            quiet = await queries.quiet_changes(conn, self._db.clock(), QUIET)
        for meeting_id in quiet:
            async with self._db.work() as work:
                await work.hold(meeting_id)
                if meeting_id in await queries.quiet_changes(work.conn, work.now, QUIET):  # another hub did it, or not
                    await tell_changes(work, meeting_id, None)

    async def _gathered(self) -> None:
        """Until something was noted, and what is typed right after it. A comparison that fails is the sweep's."""
        await self._wake.wait()
        await asyncio.sleep(GATHER_SECONDS)
        self._wake.clear()


async def _until_swept() -> None:
    await asyncio.sleep(SWEEP_SECONDS)
