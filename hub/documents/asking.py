"""Who may open a document, and with which right: asked when somebody joins, and again and again while his line is open.

A crowd asks at once: when a document of five hundred readers is opened, or when a meeting's state changes for all of
them. So those who ask while a question is under way are asked about together next, in two questions for all.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Literal, Self
from uuid import UUID

import msgspec
import psycopg

from hub.access import Conn, SeenDocument, access_documents
from hub.db import Database
from hub.ending import end
from hub.errors import NotFound
from hub.installation import Installation
from hub.users.models import Me
from hub.users.queries import persons, persons_of_sessions
from realtime import Right

TOGETHER: Final = 64
ASK_SECONDS: Final = 10.0

RIGHTS: Final[tuple[Right, ...]] = ("read", "comment", "write")

NO_SESSION, NO_RIGHT, NO_DOCUMENT = 4401, 4403, 4404


class Turned(Exception):
    """The connection is turned away: a close code, and the word for it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Entrance(msgspec.Struct, frozen=True):
    """How somebody came in: by a session, or by a token with a right of its own. Asked again while the line is open."""

    installation: Installation
    document_id: UUID
    session: bytes | None = None
    user_id: UUID | None = None
    most: Literal["read", "write"] = "write"


Answer = tuple[Me, Right] | Turned


class _Question:
    """For all who ask until its turn comes."""

    def __init__(self) -> None:
        self.entrances: list[Entrance] = []
        self.answers: asyncio.Task[list[Answer]]


class Asking:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self._next: _Question | None = None
        self._under_way: set[asyncio.Task[list[Answer]]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._under_way)

    async def ask(self, entrance: Entrance) -> tuple[Me, Right]:
        """Who it is and what he may do now. Raises Turned, or psycopg.OperationalError where nobody can tell."""
        question = self._next
        if question is None or len(question.entrances) >= TOGETHER:
            question = self._next = _Question()
            question.answers = asyncio.create_task(self._answer(question))
            self._under_way.add(question.answers)
            question.answers.add_done_callback(self._answered)
        number = len(question.entrances)
        question.entrances.append(entrance)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answer = (await asyncio.shield(question.answers))[number]
        except TimeoutError:
            raise psycopg.OperationalError("no answer in time") from None
        if isinstance(answer, Turned):
            raise answer
        return answer

    def _answered(self, answers: asyncio.Task[list[Answer]]) -> None:
        self._under_way.discard(answers)
        if not answers.cancelled():
            answers.exception()  # raised to who asked, if he still waits

    async def _answer(self, question: _Question) -> list[Answer]:
        async with self._turn:
            if self._next is question:
                self._next = None
            async with asyncio.timeout(ASK_SECONDS), self._db.reading() as conn:
                return await answers(conn, question.entrances, self._db)


async def answers(conn: Conn, entrances: Sequence[Entrance], db: Database) -> list[Answer]:
    sessions = [entrance.session for entrance in entrances if entrance.session is not None]
    users = [entrance.user_id for entrance in entrances if entrance.user_id is not None]
    by_session = await persons_of_sessions(conn, sessions, db.clock()) if sessions else {}
    by_id = await persons(conn, users) if users else {}
    people = [
        by_id.get(e.user_id) if e.user_id is not None else by_session.get(e.session) if e.session is not None else None
        for e in entrances
    ]
    asked = [(me, e.document_id) for me, e in zip(people, entrances, strict=True) if me is not None]
    documents = iter(await access_documents(conn, asked) if asked else [])
    return [
        Turned(NO_SESSION, "not-signed-in") if me is None else _answer(me, entrance, next(documents))
        for me, entrance in zip(people, entrances, strict=True)
    ]


def _answer(me: Me, entrance: Entrance, found: SeenDocument | type[Exception]) -> Answer:
    if isinstance(found, SeenDocument):
        return me, min(found.right, entrance.most, key=RIGHTS.index)
    return Turned(NO_DOCUMENT, "not-found") if found is NotFound else Turned(NO_RIGHT, "forbidden")
