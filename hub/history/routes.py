"""Versions, authors and locks over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from hub.db import Database, Work
from hub.documents.service import Documents
from hub.history import queries, service
from hub.history.models import Author, NewName, Version
from hub.users.models import Me

TAGS = ["History (lịch sử văn bản)"]
PATH = "/api/documents/{document_id:uuid}"


@get(PATH + "/versions", tags=TAGS)
async def list_versions(
    document_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    before: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> list[Version]:
    """The newest first. ``before``: a number, for those that are older."""
    await service.access_text(work, me, document_id)
    return await queries.versions(work.conn, document_id, before, limit)


@post(PATH + "/versions", tags=TAGS)
async def name_present(
    document_id: FromPath[UUID], data: JSONBody[NewName], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Version:
    """Keeps the present text as a version with a name."""
    return await service.name_present(work, me, await service.access_text(work, me, document_id), data.name)


@patch(PATH + "/versions/{number:int}", tags=TAGS)
async def rename(
    document_id: FromPath[UUID],
    number: FromPath[int],
    data: JSONBody[NewName],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> Version:
    """A version that made itself becomes a named one and is never thinned out."""
    return await service.rename(work, await service.access_text(work, me, document_id), number, data.name)


@get(PATH + "/versions/{number:int}/state", tags=TAGS)
async def read_state(
    document_id: FromPath[UUID], number: FromPath[int], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Response[bytes]:
    """A Yjs update that makes the text of the version in an empty document."""
    await service.access_text(work, me, document_id)
    return Response(
        await service.state_of(work, document_id, number),
        media_type="application/octet-stream",
        headers={"x-content-type-options": "nosniff"},
    )


@get(PATH + "/authors", tags=TAGS)
async def list_authors(
    document_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[Author]:
    """Whose edits are those of which Yjs client id. One that is not listed is the hub's: a first text, an import."""
    await service.access_text(work, me, document_id)
    return await queries.authors(work.conn, document_id)


@post(PATH + "/versions/{number:int}/restore", tags=TAGS)
async def restore(
    document_id: FromPath[UUID],
    number: FromPath[int],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    documents: NamedDependency[Documents],
) -> Version:
    """A new edit makes the text equal to the version, and a new version says so. Needs the right to write."""
    return await service.restore(db, documents, me, document_id, number)


@post(PATH + "/lock", tags=TAGS)
async def lock(
    document_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    documents: NamedDependency[Documents],
) -> Version:
    """Locks a draft resolution for a vote: nobody writes in it until it is unlocked. Chair and secretary."""
    return await service.lock(db, documents, me, document_id)


@delete(PATH + "/lock", tags=TAGS)
async def unlock(document_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.unlock(work, me, await service.access_text(work, me, document_id))


handlers = [list_versions, name_present, rename, read_state, list_authors, restore, lock, unlock]
