"""Closes votes whose time is over, as the chair would: the same lock, the same count, the same facts.

Every hub looks; the meeting's row and the vote's own state decide which of them closes. Nothing is kept in memory, so a
hub that starts again closes what ran out while it was away.
"""

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from hub.db import Database
from hub.ending import end
from hub.errors import Refusal
from hub.votes import queries
from hub.votes.service import close
from realtime.pace import until_beat

log = structlog.get_logger()

LOOK_SECONDS: Final = 2.0  # a limit is ten seconds at least: what another hub opened is seen well before its end


class Timekeeper:
    """Opened for the life of the app. ``work`` False: looks only when it is told to."""

    def __init__(self, db: Database, *, work: bool = True) -> None:
        self._db, self._work = db, work
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._work:
            self._task = asyncio.create_task(self._keep(), name="votes:time")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)

    async def _keep(self) -> None:
        while True:
            try:
                wait = await self.look()
            except (psycopg.Error, PoolTimeout, OSError) as error:  # the next look finds what is due still due
                log.warning("votes.time-unread", error=repr(error))
                wait = LOOK_SECONDS
            await asyncio.sleep(wait)

    async def look(self) -> float:
        """Closes what is due; returns how many seconds may pass before the next look."""
        now = self._db.clock()
        async with self._db.reading() as conn:
            coming = await queries.running_out(conn, now + timedelta(seconds=LOOK_SECONDS))
        for vote_id, meeting_id, ends_at in coming:
            if ends_at <= now:
                await self._close(vote_id, meeting_id)
        later = [(ends_at - now).total_seconds() for _, _, ends_at in coming if ends_at > now]
        return min(later, default=until_beat(LOOK_SECONDS))

    async def _close(self, vote_id: UUID, meeting_id: UUID) -> None:
        try:
            async with self._db.work() as work:
                await work.hold(meeting_id)
                vote = await queries.vote(
                    work.conn, vote_id
                )  # paused, closed or annulled while we waited for the lock?
                if vote is None or vote.state != "open" or vote.ends_at is None or vote.ends_at > work.now:
                    return
                await close(work, None, vote)
        except Refusal as refusal:
            log.warning("votes.not-closed", vote=str(vote_id), code=refusal.code)
        except (psycopg.Error, PoolTimeout, OSError):
            raise
        except Exception:  # one vote that cannot be counted must not keep the others open
            log.exception("votes.closing-broke", vote=str(vote_id))
