"""Minutes that fill themselves: the hub lays the frame when a meeting begins and each fact's block when it has come.

Looked for in the rows, so no signal can be lost and a hub that died is taken over by any other; the lock on the
document's row lets one hub at a time write, and what was laid once is never laid again.
"""

import asyncio
from types import TracebackType
from typing import Any, Final, Self, cast
from uuid import UUID

import psycopg
import structlog
from pycrdt import Doc

from hub.db import Database, Work
from hub.documents.service import Documents
from hub.documents.structure import FactKind
from hub.ending import end
from hub.meetings.queries import items as items_of
from hub.minutes import queries
from hub.minutes.laying import facts_in, is_empty, lay, lay_frame
from hub.minutes.queries import DECLINED, SKELETON
from hub.rounds import rounds
from hub.votes.queries import votes as votes_of
from realtime import DocumentUnavailable, NoSuchDocument
from realtime.pace import until_beat
from realtime.replica import is_engine_failure, new_doc

log = structlog.get_logger()

SWEEP_SECONDS: Final = 1.0
STORE_SECONDS: Final = 5.0
AT_ONCE: Final = 20


class Minutes:
    """For the life of an app. ``work`` False: it fills only what it is asked to."""

    def __init__(self, db: Database, documents: Documents, *, work: bool = True) -> None:
        self._db, self._documents, self._work = db, documents, work
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._work:
            self._task = asyncio.create_task(rounds("minutes", _pause, self._fill_due), name="minutes")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)

    async def _fill_due(self) -> None:
        async with self._db.reading() as conn:
            due = await queries.due(conn, AT_ONCE)
        for meeting_id, _ in due:
            try:
                await self.fill(meeting_id)
            except (psycopg.OperationalError, DocumentUnavailable, NoSuchDocument, TimeoutError) as error:
                log.warning("minutes.not_filled", meeting=str(meeting_id), error=repr(error))
            except Exception:  # one meeting's minutes that cannot be written must not stop the others'
                log.exception("minutes.filling_broke", meeting=str(meeting_id))

    async def fill(self, meeting_id: UUID, *, asked: bool = False) -> bool:
        """Brings the minutes up to the facts; False where there was nothing to do. ``asked``: somebody wants the frame,
        also after what he has written; by itself the hub begins empty minutes only."""
        async with self._db.work() as work:
            if await queries.open_state(work.conn, meeting_id) not in ("running", "ended"):
                return False
            document_id = await queries.minutes_of(work.conn, meeting_id)
            if not await queries.hold_minutes(work.conn, document_id):
                return False
            return await self._fill(work, meeting_id, document_id, asked=asked)

    async def _fill(self, work: Work, meeting_id: UUID, document_id: UUID, *, asked: bool) -> bool:
        name = str(document_id)
        laid = await queries.laid(work.conn, document_id)
        async with asyncio.timeout(STORE_SECONDS), self._documents.registry.open(name) as opened:
            copy = new_doc()
            copy.apply_update(opened.live.replica.doc().get_update())
            before = copy.get_state()
            keys, begun = set[str](), False
            if SKELETON not in laid:
                begun = _has_facts(copy)  # somebody put the frame in before
                if not asked and not begun and (DECLINED in laid or not _empty(copy)):
                    await queries.note_laid(work.conn, document_id, {DECLINED}, work.now)
                    return False
                keys.add(SKELETON)
            missing = await queries.missing(work.conn, meeting_id, document_id)
            wanted, order = await self._wanted(work, meeting_id, missing)
            with copy.transaction():
                if SKELETON in keys and not begun:
                    lay_frame(copy, await _title(work, meeting_id))
                lay(copy, wanted, order)
            keys |= missing
            if not keys:
                return False
            await self._documents.registry.append(name, bytes(copy.get_update(before)))
        await queries.note_laid(work.conn, document_id, keys, work.now)
        return True

    @staticmethod
    async def _wanted(
        work: Work, meeting_id: UUID, missing: set[str]
    ) -> tuple[list[tuple[FactKind, str, str]], list[str]]:
        order = [str(item.id) for item in await items_of(work.conn, meeting_id) if not item.removed]
        item_of = {str(vote.id): str(vote.item_ids[0]) for vote in await votes_of(work.conn, meeting_id)}
        wanted: list[tuple[FactKind, str, str]] = []
        for key in missing:
            kind, _, ref = key.partition(":")
            wanted.append((cast(FactKind, kind), ref, item_of.get(ref, ref)))
        return wanted, order


async def _pause() -> None:
    await asyncio.sleep(until_beat(SWEEP_SECONDS))


def _empty(doc: Doc[Any]) -> bool:
    """A document that cannot be read is somebody's, and left alone."""
    try:
        return is_empty(doc)
    except BaseException as error:
        if not is_engine_failure(error):
            raise
        return False


def _has_facts(doc: Doc[Any]) -> bool:
    try:
        return bool(facts_in(doc))
    except BaseException as error:
        if not is_engine_failure(error):
            raise
        return False


async def _title(work: Work, meeting_id: UUID) -> str:
    cursor = await work.conn.execute("SELECT title FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])
