"""Background work, by procrastinate in a schema of its own: inside the hub's loop, and in ``phien worker`` processes.

A job is a name and arguments in PostgreSQL; what it needs to run (database, inference) is given to the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Iterable
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.tasks import Task
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from ai.inference import InferenceUnavailable
from hub.chores import Chore
from hub.db import Database, PatientConnection
from hub.ending import end
from hub.exports.child import Press
from hub.papers.preparing import PaperWork
from hub.search.index import index_meeting
from hub.search.reindex import stale_meetings
from hub.search.service import Search
from hub.yearbook.exporting import make
from realtime.pace import until_beat

log = structlog.get_logger()

SCHEMA_OPTIONS: Final = "-c search_path=jobs,public -c timezone=UTC"
PAPER_SWEEP_SECONDS: Final = 3600.0
SWEEP_SECONDS: Final = 5.0  # how soon a change is indexed, when nobody is waiting for the model
AWAY_SECONDS: Final = 5.0  # between attempts to reach a database that went away
CONCURRENCY: Final = 2  # jobs at once in one process; the model itself does one thing at a time
STOP_SECONDS: Final = 5.0
USUAL: Final = "default"
WAITED_FOR: Final = "waited-for"  # somebody looks at a screen: such jobs never stand behind an index that is built


class Jobs:
    """For the life of an app or a worker. ``work`` False: it only defers, and others work."""

    def __init__(
        self,
        db: Database,
        search: Search,
        *,
        papers: PaperWork | None = None,
        work: bool = True,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self.db, self.search = db, search
        self._work, self._sweep_seconds = work, sweep_seconds
        self._tasks: list[asyncio.Task[None]] = []
        connector = procrastinate.PsycopgConnector(
            conninfo=db.conninfo,
            connection_class=PatientConnection,
            min_size=1,
            max_size=2 * CONCURRENCY + 4,
            kwargs={"options": SCHEMA_OPTIONS},
        )
        self.app = procrastinate.App(connector=connector)
        self._chores: list[tuple[Chore, Task[[], Awaitable[None], []]]] = []
        self._index = self.app.task(name="index_meeting")(self._index_meeting)
        self._papers = papers
        self._papers_swept = float("-inf")
        self._prepare = self.app.task(name="prepare_paper", queue=WAITED_FOR)(self._prepare_paper)
        self._press = Press()
        self._export = self.app.task(name="export_meeting", queue=WAITED_FOR)(self._export_meeting)

    def also(self, *chores: Chore) -> Self:
        """Before it opens: what else is looked after."""
        self._chores += [(chore, self.app.task(name=chore.name)(chore.do)) for chore in chores]
        return self

    async def __aenter__(self) -> Self:
        await self.app.open_async()
        if self._work:
            self._tasks = [
                asyncio.create_task(self._run_worker(USUAL)),
                asyncio.create_task(self._run_worker(WAITED_FOR)),
                asyncio.create_task(self._sweep()),
            ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)
        await self.app.close_async()

    async def _index_meeting(self, meeting_id: str) -> None:
        """Repeating it does nothing; one that could not reach the model is deferred again by the sweep."""
        try:
            await index_meeting(self.db, self.search.inference, UUID(meeting_id))
        except InferenceUnavailable as error:
            log.info("search.waiting_for_model", meeting_id=meeting_id, reason=error.code)

    async def defer_indexing(self, meeting_ids: Iterable[UUID]) -> int:
        """One waiting job a meeting: what is already waiting is not deferred twice. Returns how many were new."""
        new = 0
        for meeting_id in meeting_ids:
            name = f"index:{meeting_id}"
            with contextlib.suppress(AlreadyEnqueued):
                await self._index.configure(lock=name, queueing_lock=name).defer_async(meeting_id=str(meeting_id))
                new += 1
        return new

    async def _prepare_paper(self, sha256: str) -> None:
        """Repeating it does nothing."""
        if self._papers is not None:
            await self._papers.prepare(sha256)

    async def defer_preparing(self, contents: Iterable[str]) -> None:
        """Named by their sha256; one that waits already is not deferred twice."""
        for sha256 in contents:
            name = f"paper:{sha256}"
            with contextlib.suppress(AlreadyEnqueued):
                await self._prepare.configure(lock=name, queueing_lock=name).defer_async(sha256=sha256)

    async def _export_meeting(self, export_id: str) -> None:
        """What becomes of it is told by its row; a second run finds nothing to do."""
        if self._papers is not None:
            await make(self.db, self._press, self._papers.store, UUID(export_id))

    async def defer_export(self, export_id: UUID) -> None:
        name = f"export:{export_id}"
        with contextlib.suppress(AlreadyEnqueued):
            await self._export.configure(lock=name, queueing_lock=name).defer_async(export_id=str(export_id))

    async def _sweep_papers(self) -> None:
        if self._papers is None:
            return
        await self.defer_preparing(await self._papers.waiting())
        if time.monotonic() - self._papers_swept > PAPER_SWEEP_SECONDS:
            await self._papers.sweep()
            self._papers_swept = time.monotonic()

    async def _defer_chores(self) -> None:
        for chore, task in self._chores:
            if await chore.due():
                with contextlib.suppress(AlreadyEnqueued):
                    await task.configure(lock=chore.name, queueing_lock=chore.name).defer_async()

    async def _run_worker(self, *queues: str) -> None:
        while True:
            try:
                await self.app.run_worker_async(
                    queues=list(queues),
                    concurrency=CONCURRENCY,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=STOP_SECONDS / 2,
                )
            except (ConnectorException, OperationalError, PoolTimeout, OSError) as error:
                log.warning("jobs.database_away", error=repr(error))
            await asyncio.sleep(AWAY_SECONDS)

    async def _sweep(self) -> None:
        """Finds meetings whose index is behind and defers their indexing: no signal of a change can be lost."""
        while True:
            try:
                async with self.db.work() as work:
                    stale = await stale_meetings(work, self.search.model_id, able=self.search.can_embed)
                await self.defer_indexing(stale)
                await self._defer_chores()
                await self._sweep_papers()
            except (ConnectorException, OperationalError, PoolTimeout, OSError) as error:
                log.warning("jobs.sweep_failed", error=repr(error))
            await asyncio.sleep(until_beat(self._sweep_seconds))
