"""Suggestions over HTTP: the table of opinions, deciding, and the table as a file."""

import asyncio
from typing import Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_meeting, refuse_secret
from hub.db import Work
from hub.documents.service import Documents
from hub.suggestions import service, table
from hub.suggestions.models import NewDecision, Opinion
from hub.users.models import Me

TAGS = ["Opinions (góp ý, tiếp thu, giải trình)"]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@get("/api/documents/{document_id:uuid}/suggestions", tags=TAGS)
async def list_opinions(
    document_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    documents: NamedDependency[Documents],
) -> list[Opinion]:
    """What waits, in the order of the text, then what was decided. For who may discuss the text."""
    return await service.opinions(work, documents, await service.access_discussed(work, me, document_id))


@post("/api/documents/{document_id:uuid}/suggestions/decisions", status_code=200, tags=TAGS)
async def decide(
    document_id: FromPath[UUID],
    data: JSONBody[NewDecision],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    documents: NamedDependency[Documents],
) -> list[Opinion]:
    """Writes down what becomes of suggestions that stand in the text now; the text is then changed like any other.

    All or none. Deciding again replaces the decision, not the words. Rejecting needs a reason.
    """
    document = await service.access_discussed(work, me, document_id)
    return await service.decide(work, me, documents, document, data)


@get("/api/documents/{document_id:uuid}/opinions/{form:str}", tags=TAGS)
async def download(
    document_id: FromPath[UUID],
    form: FromPath[Literal["csv", "docx"]],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    documents: NamedDependency[Documents],
) -> Response[bytes]:
    """The table of opinions received, accepted and explained as a file. Refused on an item marked Mật."""
    document = await service.access_discussed(work, me, document_id)
    refuse_secret(document.secrecy)
    found = await service.opinions(work, documents, document)
    if form == "csv":
        content, media_type = table.as_csv(found), "text/csv; charset=utf-8"
    else:
        meeting = await access_meeting(work.conn, me, document.meeting_id)
        title = document.title or meeting.summary.title
        unit = meeting.summary.unit.name
        content, media_type = await asyncio.to_thread(table.as_docx, found, title, unit, work.now), WORD
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="gop-y-{str(document_id)[:8]}.{form}"',
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        },
    )


handlers = [list_opinions, decide, download]
