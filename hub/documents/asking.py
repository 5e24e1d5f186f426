"""Who may open a document, and with which right: asked when somebody joins, and again and again while his line is open.

A crowd asks at once: when a document of five hundred readers is opened, or when a meeting's state changes for all of
them. So those who ask while a question is under way are asked about together next, in two questions for all:
`hub.together`.
"""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec

from hub.access import Conn, SeenDocument, access_documents
from hub.db import Database
from hub.errors import NotFound
from hub.installation import Installation
from hub.together import Together
from hub.users.models import Me
from hub.users.queries import persons, persons_of_sessions
from realtime import Right

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


class Asking(Together[Entrance, tuple[Me, Right]]):
    """Who it is and what he may do now. `ask` raises Turned, or psycopg.OperationalError where nobody can tell."""

    def __init__(self, db: Database) -> None:
        super().__init__(self._answers, seconds=ASK_SECONDS)
        self._db = db

    async def _answers(self, entrances: Sequence[Entrance]) -> Sequence[Answer]:
        async with self._db.reading() as conn:
            return await answers(conn, entrances, self._db)


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
