"""Versions that make themselves: after a pause in the writing, every so often while it goes on, when the meeting moves.

All hubs look; the row lock of the text's history lets one of them make each version. What is made comes from the log,
so nothing here stands in the way of an edit.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import psycopg
import structlog

from hub.db import Database
from hub.ending import end
from hub.errors import Refusal
from hub.history import queries
from hub.history.authors import Authors
from hub.history.cutting import joined
from hub.history.models import INVITED, Reason
from hub.history.queries import Kept
from hub.history.service import cut_version
from realtime import GAP, Bus
from realtime.pace import until_beat

log = structlog.get_logger()

PAUSE: Final = timedelta(minutes=2)
INTERVAL: Final = timedelta(minutes=10)
SWEEP_SECONDS: Final = 20.0
AUTHORS_SECONDS: Final = 1.0
AT_ONCE: Final = 50
CHANNEL: Final = "history"

# How close automatic versions may stand, by age. Named ones, votes, restorations and the meeting's moments stay.
THINNING: Final = ((timedelta(days=7), timedelta(days=1)), (timedelta(days=1), timedelta(hours=1)))


class History:
    """For the life of the app."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db, self._bus = db, bus
        self.authors = Authors(db)
        self._seen: dict[UUID, tuple[int, datetime, datetime]] = {}
        """Texts ahead of their newest version: head, since when it stands, since when they are ahead."""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._sweep_always(), name="history-sweep"),
            asyncio.create_task(self._write_authors_always(), name="history-authors"),
            asyncio.create_task(self._follow_meetings(), name="history-meetings"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)
        await self.authors.write()

    async def sweep(self) -> int:
        """Makes the versions that are due now; how many."""
        now = self._db.clock()
        async with self._db.pool.connection() as conn:
            behind = await queries.behind(conn, 1000)
        seen = {}
        due: list[tuple[UUID, Reason]] = []
        for text in behind:
            head, since, ahead = self._seen.get(text.document_id, (text.head, now, now))
            if head != text.head:
                since = now
            seen[text.document_id] = (text.head, since, ahead)
            if now - since >= PAUSE:
                due.append((text.document_id, "pause"))
            elif now - max(ahead, text.at or ahead) >= INTERVAL:
                due.append((text.document_id, "interval"))
        self._seen = seen
        made = 0
        for document_id, reason in due[:AT_ONCE]:
            made += await self._make(document_id, reason)
            self._seen.pop(document_id, None)
        return made

    async def at_meeting(self, meeting_id: UUID, reason: Reason) -> int:
        """The meeting has come to a new state: every text that went on gets a version, at the invitation every text."""
        async with self._db.pool.connection() as conn:
            behind = await queries.behind(conn, 1000, meeting_id, or_not=reason == INVITED)
        return sum([await self._make(text.document_id, reason) for text in behind])

    async def _make(self, document_id: UUID, reason: Reason) -> bool:
        try:
            async with self._db.work() as work:
                number = await cut_version(work, document_id, "automatic", reason=reason, only_if_new=True)
                if number is not None:
                    await thin(work.conn, document_id, work.now)
        except (Refusal, psycopg.OperationalError) as error:  # tried again by the next sweep
            log.warning("history.no_version", document=str(document_id), error=str(error))
            return False
        return number is not None

    async def _sweep_always(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except psycopg.OperationalError as error:
                log.warning("history.sweep_failed", error=str(error))
            except Exception:  # one text that cannot be read must not stop the others' history
                log.exception("history.sweep_broke")

    async def _write_authors_always(self) -> None:
        while True:
            await asyncio.sleep(until_beat(AUTHORS_SECONDS))
            try:
                await self.authors.write()
            except Exception:
                log.exception("history.authors_broke")

    async def _follow_meetings(self) -> None:
        """What the bus loses is made by the sweep, only without the name of its moment."""
        with self._bus.subscribe(CHANNEL) as told:
            async for message in told:
                if message is GAP:
                    continue
                meeting, _, state = message.decode().partition(" ")
                try:
                    await self.at_meeting(UUID(meeting), MOMENTS[state])
                except psycopg.OperationalError as error:
                    log.warning("history.moment_missed", meeting=meeting, error=str(error))
                except Exception:
                    log.exception("history.moment_broke", meeting=meeting)


MOMENTS: Final[dict[str, Reason]] = {
    "published": "meeting-published",
    "running": "meeting-running",
    "ended": "meeting-ended",
    "closed": "meeting-closed",
}


async def thin(conn: queries.Conn, document_id: UUID, now: datetime) -> None:
    """Lets automatic versions go that stand too close for their age; what they added goes to the version after them."""
    for number in too_close(await queries.kept(conn, document_id), now):
        (_, addition), (following, next_addition) = await queries.two_additions(conn, document_id, number)
        await queries.let_go(conn, document_id, number, following, joined(addition, next_addition))


def too_close(versions: Sequence[Kept], now: datetime) -> list[int]:
    """Of each stretch of time the last automatic version stays; the newest version always does."""
    found = []
    for version, following in pairwise(versions):
        apart = next((apart for age, apart in THINNING if now - version.at > age), None)
        if apart is None or version.kind != "automatic" or version.reason.startswith("meeting-"):
            continue
        if _stretch(version.at, apart) == _stretch(following.at, apart):
            found.append(version.number)
    return found


def _stretch(at: datetime, apart: timedelta) -> int:
    return int(at.timestamp() // apart.total_seconds())
