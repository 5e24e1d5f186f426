"""Reminders by the hub's clock to those who owe papers, and to who prepares the meeting of what lacks."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

import structlog

from hub.calendars import Calendar
from hub.db import Database
from hub.preparing import owing

log = structlog.get_logger()

LOOK: Final = timedelta(minutes=1)
"""Moments are days: what was looked for a moment ago is not looked for at every sweep."""


class PaperReminders:
    name: ClassVar[str] = "remind-papers"

    def __init__(self, db: Database, calendar: Calendar) -> None:
        self._db, self._calendar = db, calendar
        self._looked: datetime | None = None

    async def due(self) -> bool:
        now = self._db.clock()
        if self._looked is not None and self._looked <= now < self._looked + LOOK:
            return False
        async with self._db.work() as work:
            for one in await owing.remindings(work, self._calendar):
                owed, preparers = await owing.untold(work, one)
                if owed or preparers:
                    return True
        self._looked = now
        return False

    async def do(self) -> None:
        """Each meeting by itself: what one is told of is told, whatever becomes of the next."""
        async with self._db.work() as work:
            found = await owing.remindings(work, self._calendar)
        told = 0
        for one in found:
            async with self._db.work() as work:
                told += await owing.remind(work, one)
        if told:
            log.info("papers.reminded", people=told)
