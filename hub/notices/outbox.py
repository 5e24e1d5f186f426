"""What is sent outside the page, until it is sent or given up. The rows are the truth; a job does what is due."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar, Final

import structlog

from hub.db import Database
from hub.errors import Refusal
from hub.notices import queries
from hub.notices.letters import words_of
from hub.notices.models import Delivery, Way
from hub.notices.post import AT_ONCE, Enclosure, NotSent, Post

log = structlog.get_logger()

Enclose = Callable[[Delivery], Awaitable[list[Enclosure]]]
CLAIMED: Final = 20
HELD: Final = timedelta(minutes=10)  # how long a sender who died keeps what he had claimed
AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
HOPELESS: Final = ("no-address", "address-refused", "not-set-up")
"""Trying again changes nothing."""


class Outbox:
    name: ClassVar[str] = "send_notices"

    def __init__(self, db: Database, post: Post, public_url: str, enclose: Enclose) -> None:
        self._db, self._post, self._url, self._enclose = db, post, public_url, enclose

    @property
    def ways(self) -> list[Way]:
        return self._post.ways

    async def due(self) -> bool:
        async with self._db.work() as work:
            await queries.give_up_due(work.conn, self.ways, "not-set-up", work.now)
            return await queries.any_due(work.conn, work.now)

    async def do(self) -> None:
        """Everything that is due; what fails is due again later, by the hub's clock."""
        while True:
            async with self._db.work() as work:
                claimed = await queries.claim_due(work.conn, work.now, work.now + HELD, CLAIMED)
            if not claimed:
                return
            turns = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._deliver(one, turns) for one in claimed))

    async def _deliver(self, one: Delivery, turns: asyncio.Semaphore) -> None:
        async with turns:
            words = words_of(one, self._url)
            try:
                enclosures = await self._enclose(one) if one.way == "email" else []
                await self._post.send(one.way, one.address, words.subject, words.body, enclosures)
            except NotSent as failed:
                await self._failed(one, failed.reason)
                return
            except Refusal as refusal:  # the invitation could not be printed now
                log.warning("notices.no_enclosure", delivery=str(one.id), code=refusal.code)
                await self._failed(one, "refused")
                return
        async with self._db.work() as work:
            await queries.note_sent(work.conn, one.id, work.now)

    async def _failed(self, one: Delivery, reason: str) -> None:
        log.warning("notices.not_sent", delivery=str(one.id), reason=reason, attempt=one.attempts)
        async with self._db.work() as work:
            hopeless = reason in HOPELESS or one.attempts > len(AGAIN)
            again = None if hopeless else work.now + AGAIN[one.attempts - 1]
            await queries.note_failed(work.conn, one.id, reason, work.now, again)
