"""Who it is, and whether he may know of the meeting: what nearly every page asks first, asked for all who come at once.

The rights are those of `hub/access.py`; here is only who is asked about with whom.

A newcomer's trap: a request holds its ``work`` while it waits to hear who asks. So what is asked here has connections
of its own: out of the common pool, ten such requests would wait for one another.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from hub.access import SeenMeeting, access_meetings
from hub.db import Database, Look
from hub.together import Alike, Together
from hub.users.models import Me
from hub.users.queries import persons_of_sessions

TURNS: Final = 2  # of one kind of question, so that one that is slow does not keep all others waiting

CONNECTIONS: Final = 6

Asked = tuple[Me, UUID]
Same = TypeVar("Same")


class Reception:
    """For the life of the app."""

    def __init__(self, db: Database) -> None:
        self._db = Database(db.conninfo, db.bus, db.clock, pool_size=CONNECTIONS, autocommit=True)
        self._people: Together[bytes, Me | None] = Together(self._people_of, turns=TURNS)
        self._meetings: Together[Asked, SeenMeeting] = Together(self._meetings_of, turns=TURNS)
        self._alike: Alike[Any, Any] = Alike()
        self._each: dict[Any, Together[Me, Any]] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for part in (self._db, self._people, self._meetings, self._alike):
            await self._open.enter_async_context(part)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def person(self, hashed: bytes) -> Me | None:
        """Of a session that lives now."""
        return await self._people.ask(hashed)

    async def meeting(self, me: Me, meeting_id: UUID) -> SeenMeeting:
        """As `access_meeting` to read it."""
        return await self._meetings.ask((me, meeting_id))

    async def of_meeting(
        self, read: Callable[[Look, UUID], Awaitable[Same]], me: Me, meeting_id: UUID
    ) -> tuple[SeenMeeting, Same]:
        """The meeting as `meeting` has it, and what ``read`` finds of it, the same for all who may see it. Both are
        looked for at once; nobody gets anything without the right."""

        async def look() -> Same:
            async with self._db.look() as asking:
                return await read(asking, meeting_id)

        both = asyncio.gather(
            self.meeting(me, meeting_id), self._alike.ask((read, meeting_id), look), return_exceptions=True
        )
        seen: SeenMeeting | BaseException
        found: Same | BaseException
        seen, found = await both
        if isinstance(seen, BaseException):
            raise seen
        if isinstance(found, BaseException):
            raise found
        return seen, found

    async def of_each(self, read: Callable[[Look, Sequence[Me]], Awaitable[Sequence[Same]]], me: Me) -> Same:
        """What ``read`` finds for this person: read for all who ask for it at once."""
        if read not in self._each:

            async def look(people: Sequence[Me]) -> Sequence[Same]:
                async with self._db.look() as asking:
                    return await read(asking, people)

            self._each[read] = await self._open.enter_async_context(Together(look, turns=TURNS))
        found: Same = await self._each[read].ask(me)
        return found

    async def _people_of(self, hashes: Sequence[bytes]) -> list[Me | Exception | None]:
        async with self._db.reading() as conn:
            found = await persons_of_sessions(conn, list(set(hashes)), self._db.clock())
        return [found.get(one) for one in hashes]

    async def _meetings_of(self, asked: Sequence[Asked]) -> list[SeenMeeting | Exception]:
        async with self._db.reading() as conn:
            found = await access_meetings(conn, asked)
        return [one if isinstance(one, SeenMeeting) else one() for one in found]
