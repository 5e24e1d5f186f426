"""Reminders by the hub's clock: to attend and to answer (of papers: ``hub/preparing/paper_reminders.py``). Nothing
after the obligation is met, nothing twice: the key of a notice is its memory."""

from typing import ClassVar, Final

import structlog

from hub.db import Database
from hub.invitations import queries
from hub.notices.service import notify

log = structlog.get_logger()

ANSWER_HOURS: Final = 24
"""After so long without an answer one is asked for once more, once a sending."""
AT_ONCE: Final = 200  # meetings in one look; the next look has the rest


class Reminders:
    name: ClassVar[str] = "remind"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def due(self) -> bool:
        async with self._db.work() as work:
            return bool(
                await queries.due_to_attend(work.conn, work.now, 1)
                or await queries.due_to_answer(work.conn, work.now, ANSWER_HOURS, 1)
            )

    async def do(self) -> None:
        async with self._db.work() as work:
            told = 0
            for meeting_id, starts_at, minutes, people in await queries.due_to_attend(work.conn, work.now, AT_ONCE):
                key = f"attend:{meeting_id}:{int(starts_at.timestamp())}:{minutes}"
                told += len(await notify(work, people, "remind_attend", meeting_id, key=key))
            for meeting_id, sequence, people in await queries.due_to_answer(work.conn, work.now, ANSWER_HOURS, AT_ONCE):
                key = f"answer:{meeting_id}:{sequence}"
                told += len(await notify(work, people, "remind_answer", meeting_id, key=key))
        if told:
            log.info("reminders.sent", people=told)
