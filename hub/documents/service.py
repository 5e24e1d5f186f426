"""The rules of live documents: who may open one, with which right, and what may be put in it."""

import hashlib
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Literal, Self
from uuid import UUID

from hub import access
from hub.access import SeenDocument
from hub.db import Database, Work
from hub.documents import queries, tokens
from hub.documents.asking import NO_SESSION, Asking, Entrance, Turned
from hub.documents.log import PostgresLog
from hub.documents.metrics import watched
from hub.documents.models import DocumentToken, ImageAddress, NotAnImage, TooManyImages
from hub.documents.projection import AgendaProjection
from hub.errors import Forbidden, NotFound, TooLarge
from hub.installation import Installation
from hub.suggestions.guard import may_propose
from hub.turns import turns
from hub.users.models import Me
from realtime import Bus, Pace, Registry, Unlogged

IMAGE_BYTES: Final = 10 * 1024 * 1024
IMAGES_OF_A_DOCUMENT: Final = 300
IMAGE_BYTES_OF_A_DOCUMENT: Final = 300 * 1024 * 1024

LOG_CONNECTIONS: Final = 3
LOCKED: Final = b"locked"
"""Said on ``doc-rights:{id}`` where everybody's right falls to reading; anything else there says: ask again."""


class Documents:
    """The documents open in this hub, for the life of the app."""

    def __init__(self, db: Database, bus: Bus, *, pace: Pace | None = None) -> None:
        self.asking = Asking(db)
        # connections of its own: a crowd of other requests must not stand between an edit and its commit
        self._log_db = Database(db.conninfo, bus, db.clock, pool_size=LOG_CONNECTIONS, autocommit=True)
        self.projection = AgendaProjection(db)
        self.on_stored: list[Callable[[str, Sequence[Unlogged]], None]] = []
        """Who else hears of every commit; on the way to the answer, so they only make a note."""
        store = PostgresLog(self._log_db)
        self.registry = Registry(store, bus, pace=pace, on_stored=self._stored, may_propose=may_propose)

    def _stored(self, document_id: str, entries: Sequence[Unlogged]) -> None:
        self.projection.note(document_id)
        for note in self.on_stored:
            note(document_id, entries)

    async def __aenter__(self) -> Self:
        await self.asking.__aenter__()
        await self._log_db.__aenter__()
        await self.projection.__aenter__()
        self.registry.turns = turns()
        await self.registry.__aenter__()
        watched.add(self.registry)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        watched.discard(self.registry)
        await self.registry.__aexit__(kind, error, trace)
        await self.projection.__aexit__(kind, error, trace)
        await self._log_db.__aexit__(kind, error, trace)
        await self.asking.__aexit__(kind, error, trace)


def by_token(installation: Installation, document_id: UUID, token: str, db: Database) -> Entrance:
    found = tokens.read(installation, token, document_id, db.clock())
    if found is None:
        raise Turned(NO_SESSION, "token-invalid")
    user_id, right = found
    return Entrance(installation, document_id, user_id=user_id, most=right)


def issue_token(
    installation: Installation, work: Work, me: Me, document: SeenDocument, right: Literal["read", "write"]
) -> DocumentToken:
    """Never with more right than the person has."""
    if right == "write" and document.right != "write":
        raise Forbidden
    return tokens.issue(installation, document.id, me.id, right, work.now)


async def add_image(work: Work, me: Me, document: SeenDocument, content: bytes) -> ImageAddress:
    access.refuse_secret(document.secrecy)
    if document.right != "write":
        raise Forbidden
    if len(content) > IMAGE_BYTES:
        raise TooLarge
    media_type = sniff(content)
    if media_type is None:
        raise NotAnImage
    count, size = await queries.images_of(work.conn, document.id)
    if count >= IMAGES_OF_A_DOCUMENT or size + len(content) > IMAGE_BYTES_OF_A_DOCUMENT:
        raise TooManyImages
    digest = hashlib.sha256(content).digest()
    image_id = await queries.insert_image(work.conn, document.id, media_type, digest, content, me.id, work.now)
    return ImageAddress(f"/api/images/{image_id}")


async def read_image(work: Work, me: Me, image_id: UUID) -> tuple[str, bytes]:
    document_id = await queries.image_document(work.conn, image_id)
    if document_id is None:
        raise NotFound
    await access.access_document(work.conn, me, document_id)
    return await queries.image(work.conn, image_id)


def sniff(content: bytes) -> str | None:
    """What the bytes are, not what they are called. SVG is left out: it can carry script."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    return None


async def begin_documents(work: Work, contents: Sequence[tuple[UUID, bytes]]) -> None:
    """First contents of documents made in the same transaction, which nobody can have open yet."""
    entries = [(document_id, update) for document_id, update in contents if update]
    if entries:
        await queries.append(work.conn, entries)
