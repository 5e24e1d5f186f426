"""The rules of comments. The hub writes them into the shared document itself, so author and moment are true."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from hub.access import SeenDocument, access_document
from hub.comments import writing
from hub.comments.models import NewReply, NewThread, ThreadGone, ThreadResolved
from hub.db import Database, Work
from hub.documents.service import Documents
from hub.errors import Forbidden, NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import participants
from hub.notices.service import notify
from hub.suggestions.models import TextUnavailable
from hub.users.models import Me
from realtime import DocumentUnavailable, NoSuchDocument
from realtime.replica import new_doc

STORE_SECONDS: Final = 10.0


async def access_comments(work: Work, me: Me, document_id: UUID) -> SeenDocument:
    """A text this person may comment on now. In a frozen record nobody says anything more; a locked text is still
    discussed."""
    document = await access_document(work.conn, me, document_id)
    if document.comments_id is None:
        raise NotFound
    if not document.discusses:
        raise Forbidden
    if document.frozen:
        raise WrongState
    return document


class Comments:
    """Writes into the shared documents of comments, one writing at a time for each."""

    def __init__(self, db: Database, documents: Documents) -> None:
        self._db = db
        self._documents = documents
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def begin(self, me: Me, document: SeenDocument, new: NewThread) -> None:
        at = self._db.clock()
        if await self._write(document, lambda doc: writing.begin(doc, new, me.id, at)):
            await self._notify(me, document, new.key, new.mentions, answered=set())

    async def reply(self, me: Me, document: SeenDocument, thread: str, new: NewReply) -> None:
        """A settled thread is opened again first: else an answer would stand where nobody looks."""
        at, before = self._db.clock(), set[UUID]()

        def write(doc: Any) -> bool:
            found = writing.thread(doc, thread)
            if found["resolved"]:
                raise ThreadResolved
            before.update(UUID(each["by"]) for each in found["messages"] if not each["erased_at"])
            return writing.add(doc, thread, new, me.id, at)

        if await self._write(document, write):
            await self._notify(me, document, thread, new.mentions, answered=before)

    async def change(self, me: Me, document: SeenDocument, thread: str, message: str, text: str) -> None:
        at = self._db.clock()

        def write(doc: Any) -> bool:
            self._own(doc, me, thread, message)
            writing.change(doc, thread, message, text, at)
            return True

        await self._write(document, write)

    async def erase(self, me: Me, document: SeenDocument, thread: str, message: str) -> None:
        at = self._db.clock()

        def write(doc: Any) -> bool:
            self._own(doc, me, thread, message)
            writing.erase(doc, thread, message, at)
            return True

        await self._write(document, write)

    async def settle(self, me: Me, document: SeenDocument, thread: str, *, resolved: bool) -> None:
        """Whoever may comment settles and opens again; the thread says who did."""
        at = self._db.clock()
        await self._write(document, lambda doc: writing.settle(doc, thread, me.id, at, resolved=resolved))

    @staticmethod
    def _own(doc: Any, me: Me, thread: str, message: str) -> None:
        found = writing.message(writing.thread(doc, thread), message)
        if found["by"] != str(me.id):
            raise Forbidden
        if found["erased_at"]:
            raise ThreadGone

    async def _write(self, document: SeenDocument, write: Callable[[Any], bool]) -> bool:
        """What the function said; where it is True the edit is committed when this returns."""
        assert document.comments_id is not None
        name = str(document.comments_id)
        lock = self._locks.setdefault(document.comments_id, asyncio.Lock())
        try:
            async with lock, asyncio.timeout(STORE_SECONDS), self._documents.registry.open(name) as opened:
                copy = new_doc()
                copy.apply_update(opened.live.replica.doc().get_update())
                before = copy.get_state()
                with copy.transaction():
                    written = write(copy)
                if written:
                    await self._documents.registry.append(name, bytes(copy.get_update(before)))
                return written
        except (DocumentUnavailable, NoSuchDocument, TimeoutError) as error:
            raise TextUnavailable from error
        finally:
            if not lock.locked():
                self._locks.pop(document.comments_id, None)

    async def _notify(
        self, me: Me, document: SeenDocument, thread: str, mentions: list[UUID], *, answered: set[UUID]
    ) -> None:
        """Only people of the meeting hear of it, each once, and nobody of himself."""
        async with self._db.work() as work:
            here = {person.user_id for person in await participants(work.conn, document.meeting_id)} - {me.id}
            mentioned = set(mentions) & here
            about: dict[str, Any] = {"document_id": document.id, "thread_id": thread, "by": me.id}
            await notify(work, mentioned, "mention", document.meeting_id, **about)
            await notify(work, (answered & here) - mentioned, "reply", document.meeting_id, **about)
