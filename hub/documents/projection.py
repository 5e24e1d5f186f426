"""The agenda document written into agenda_item: same ids, after the commit, gathered for a quarter of a second.

The log is read again under the meeting's lock, so of two hubs the last to project has seen every update of both.
"""

import asyncio
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import msgspec
import psycopg
import structlog

from hub.agenda.models import AgendaChanged
from hub.db import Database
from hub.documents import queries
from hub.documents.models import PlannedItem
from hub.documents.reading import read_items
from hub.ending import end
from realtime.replica import merge

log = structlog.get_logger()

GATHER_SECONDS: Final = 0.25
SWEEP_SECONDS: Final = 30.0
"""How soon the agendas of a hub that died in between are projected by another."""
KNOWN_DOCUMENTS: Final = 10_000


class AgendaProjection:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._meetings: dict[str, UUID | None] = {}
        """Of each agenda; None for a document that is none."""
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._project_always(), name="agenda-projection"),
            asyncio.create_task(self._sweep_always(), name="agenda-sweep"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)

    def note(self, document_id: str) -> None:
        """The log of a document went on. Called for every document and commit, so it only makes a note."""
        if self._meetings.get(document_id, document_id) is not None:
            self._changed.add(document_id)
            self._wake.set()

    async def _project_always(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            changed, self._changed = self._changed, set()
            for document_id in changed:
                await self._try(document_id)

    async def _sweep_always(self) -> None:
        while True:
            try:
                async with self._db.pool.connection() as conn:
                    waiting = await queries.unprojected_agendas(conn, 200)
            except psycopg.OperationalError as error:
                log.warning("agenda.sweep_failed", error=str(error))
            else:
                for document_id in map(str, waiting):
                    if document_id not in self._changed:
                        await self._try(document_id)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _try(self, document_id: str) -> None:
        try:
            await self.project(document_id)
        except psycopg.OperationalError as error:
            log.warning("agenda.not_projected", document=document_id, error=str(error))  # the sweep comes back to it
        except Exception:  # one agenda that cannot be projected must not stop the others'
            log.exception("agenda.projection_failed", document=document_id)

    async def project(self, document_id: str) -> None:
        key = UUID(document_id)
        if document_id not in self._meetings:
            if len(self._meetings) >= KNOWN_DOCUMENTS:
                self._meetings.clear()
            async with self._db.pool.connection() as conn:
                self._meetings[document_id] = await queries.agenda_of(conn, key)
        meeting_id = self._meetings[document_id]
        if meeting_id is None:
            return
        async with self._db.work() as work:
            await work.hold(meeting_id)
            stored = await queries.read(work.conn, key, 0)
            if stored is None or stored.damage is not None:  # what cannot be read was not removed by anybody
                return
            items = read_items(merge(stored.updates))
            if items is not None:
                known = {item.id: item for item in await queries.projected_items(work.conn, meeting_id)}
                changed = [item for item in with_removed(items, known) if known.get(item.id) != item]
                if changed:
                    await queries.write_items(work.conn, meeting_id, changed)
                    now = await queries.projected_items(work.conn, meeting_id)
                    if {item.id: item for item in now} != known:
                        await work.tell(meeting_id, AgendaChanged(in_order(now)))
            await queries.note_projected(work.conn, key, stored.head)


def with_removed(items: list[PlannedItem], known: dict[UUID, PlannedItem]) -> list[PlannedItem]:
    """An item that vanished from the document is marked removed: other things refer to it."""
    present = {item.id for item in items}
    gone = [item for item in known.values() if item.id not in present and not item.removed]
    return [*items, *(msgspec.structs.replace(item, removed=True) for item in gone)]


def in_order(items: list[PlannedItem]) -> list[UUID]:
    """By position, in the order of its characters' code points; ties of two moves at once by id, as in the page."""
    return [item.id for item in sorted(items, key=lambda i: (i.position, str(i.id))) if not item.removed]
