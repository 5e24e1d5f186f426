"""Comments over HTTP. They are read from the shared document beside the text, ``comments_id``."""

from uuid import UUID

from litestar import patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import delete
from litestar.params import FromPath, JSONBody

from hub.access import SeenDocument
from hub.comments.models import ChangedComment, NewReply, NewThread, Settled
from hub.comments.service import Comments, access_comments
from hub.db import Database
from hub.users.models import Me

TAGS = ["Comments (bình luận)"]


async def _text(db: Database, me: Me, document_id: UUID) -> SeenDocument:
    """Asked in a transaction of its own: writing waits for the log, and holds no connection while it does."""
    async with db.work() as work:
        return await access_comments(work, me, document_id)


@post("/api/documents/{document_id:uuid}/threads", status_code=204, tags=TAGS)
async def begin_thread(
    document_id: FromPath[UUID],
    data: JSONBody[NewThread],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    comments: NamedDependency[Comments],
) -> None:
    """Answered when it is committed. The same ``key`` sent again is the same thread."""
    await comments.begin(me, await _text(db, me, document_id), data)


@post("/api/documents/{document_id:uuid}/threads/{thread:str}/replies", status_code=204, tags=TAGS)
async def reply(
    document_id: FromPath[UUID],
    thread: FromPath[str],
    data: JSONBody[NewReply],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    comments: NamedDependency[Comments],
) -> None:
    await comments.reply(me, await _text(db, me, document_id), thread, data)


@put("/api/documents/{document_id:uuid}/threads/{thread:str}/resolved", status_code=204, tags=TAGS)
async def settle_thread(
    document_id: FromPath[UUID],
    thread: FromPath[str],
    data: JSONBody[Settled],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    comments: NamedDependency[Comments],
) -> None:
    """True settles a thread, false opens it again; whoever may comment does either."""
    await comments.settle(me, await _text(db, me, document_id), thread, resolved=data.resolved)


@patch("/api/documents/{document_id:uuid}/threads/{thread:str}/messages/{message:str}", status_code=204, tags=TAGS)
async def change_comment(
    document_id: FromPath[UUID],
    thread: FromPath[str],
    message: FromPath[str],
    data: JSONBody[ChangedComment],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    comments: NamedDependency[Comments],
) -> None:
    """One's own only; that it was changed is shown."""
    await comments.change(me, await _text(db, me, document_id), thread, message, data.text)


@delete("/api/documents/{document_id:uuid}/threads/{thread:str}/messages/{message:str}", tags=TAGS)
async def erase_comment(
    document_id: FromPath[UUID],
    thread: FromPath[str],
    message: FromPath[str],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    comments: NamedDependency[Comments],
) -> None:
    """One's own only. Its place stays, without the words; a thread nobody answered goes whole."""
    await comments.erase(me, await _text(db, me, document_id), thread, message)


handlers = [
    begin_thread,
    reply,
    settle_thread,
    change_comment,
    erase_comment,
]
