"""The socket of a document, its tokens and its images."""

import asyncio
import contextlib
import random
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from litestar import Response, WebSocket, get, post
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import websocket
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from hub import auth
from hub.access import access_document
from hub.db import Database, Work
from hub.documents import service
from hub.documents.asking import NO_DOCUMENT, NO_RIGHT, Entrance, Turned
from hub.documents.models import DocumentToken, ImageAddress, WantedToken
from hub.documents.service import LOCKED, Documents
from hub.installation import Installation
from hub.settings import Settings
from hub.sockets import connection_of
from hub.users.models import Me
from realtime import Bus, DocumentUnavailable, Editor, Heard, NoSuchDocument, Session, joined

log = structlog.get_logger()

TAGS = ["Documents (tài liệu soạn chung)"]
TRY_LATER: Final = 1013
RIGHT_SECONDS: Final = 60.0
RIGHT_SECONDS_WITHOUT_BUS: Final = 20.0
"""A right is asked about again this often, and at once when the bus says that it changed or that words were lost."""
KICK_SPREAD_SECONDS: Final = 0.5
"""A meeting's state changes for all its editors at once; they do not ask in one moment."""
Socket = WebSocket[Any, Any, Any]


@websocket("/ws/documents/{document_id:uuid}")
async def edit(
    socket: Socket,
    document_id: FromPath[UUID],
    db: NamedDependency[Database],
    documents: NamedDependency[Documents],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
    saved: FromQuery[str] = "",
    token: FromQuery[str | None] = None,
) -> None:
    """The y-websocket wire.

    Refusals come after accepting, as close codes: a browser is not told why a handshake failed.
    """
    await socket.accept()
    try:
        if token is not None:
            entrance = service.by_token(installation, document_id, token, db)
        elif auth.same_origin(socket, settings):
            entrance = Entrance(installation, document_id, session=auth.session_hash(socket, installation))
        else:
            raise Turned(NO_RIGHT, "origin")
        me, right = await documents.asking.ask(entrance)
        editor = Editor(str(me.id), right=right, wants_saved=saved == "1")
        async with (
            documents.registry.open(str(document_id)) as document,
            joined(documents.registry, document, editor, connection_of(socket)) as session,
        ):
            await _watch(db.bus, documents, entrance, me, editor, session)
        if editor.closing is not None:
            await _close(socket, editor.closing.code, editor.closing.reason)
    except Turned as turned:
        await _close(socket, turned.code, turned.reason)
    except NoSuchDocument:
        await _close(socket, NO_DOCUMENT, "not-found")
    except (DocumentUnavailable, psycopg.OperationalError) as error:
        log.warning("document.unavailable", document=str(document_id), error=repr(error))
        await _close(socket, TRY_LATER, "unavailable")


async def _watch(bus: Bus, documents: Documents, entrance: Entrance, me: Me, editor: Editor, session: Session) -> None:
    """Until it ends. A sign-out, or a right that changes, takes effect within moments; nobody edits unwatched."""
    news = asyncio.Event()

    def hear(told: Heard) -> None:
        if told == LOCKED:
            editor.right = "read"  # at once: what is voted on must not move any more
        news.set()

    session.on_end = news.set
    with bus.listen(f"session:{me.id}", hear), bus.listen(f"doc-rights:{entrance.document_id}", hear):
        while not session.ended.is_set():
            seconds = RIGHT_SECONDS if bus.up else RIGHT_SECONDS_WITHOUT_BUS
            if await _set_within(news, seconds * random.uniform(0.75, 1.0)):
                await _set_within(session.ended, random.uniform(0, KICK_SPREAD_SECONDS))
            if session.ended.is_set():
                return
            news.clear()
            try:
                _, editor.right = await documents.asking.ask(entrance)
            except Turned as turned:
                editor.close(turned.code, turned.reason)
            except psycopg.OperationalError as error:  # no database, no verdict: asked again
                log.warning("document.right_unknown", error=repr(error))


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _close(socket: Socket, code: int, reason: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):  # it may have gone meanwhile
        await socket.close(code, reason)


@post("/api/documents/{document_id:uuid}/token", status_code=200, tags=TAGS)
async def issue_token(
    document_id: FromPath[UUID],
    data: JSONBody[WantedToken],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    installation: NamedDependency[Installation],
) -> DocumentToken:
    """For ten minutes it opens ``/ws/documents/{id}?token=…`` from any Yjs client; no Origin is asked for then."""
    document = await access_document(work.conn, me, document_id)
    return service.issue_token(installation, work, me, document, data.right)


@post("/api/documents/{document_id:uuid}/images", status_code=201, tags=TAGS)
async def add_image(
    document_id: FromPath[UUID], body: RawBody, me: NamedDependency[Me], work: NamedDependency[Work]
) -> ImageAddress:
    """The body is the picture itself: PNG, JPEG, WebP or GIF, at most 10 MB. Refused on an item marked Mật."""
    return await service.add_image(work, me, await access_document(work.conn, me, document_id), body)


@get("/api/images/{image_id:uuid}", tags=TAGS)
async def show_image(image_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Response[bytes]:
    """A picture of a document, for who may read the document. It never changes under its address."""
    media_type, content = await service.read_image(work, me, image_id)
    return Response(
        content,
        media_type=media_type,
        headers={
            "cache-control": "private, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "content-disposition": "inline",
        },
    )


handlers = [edit, issue_token, add_image, show_image]
