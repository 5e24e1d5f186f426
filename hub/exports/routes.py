"""A text as a file: taken out as PDF or Word, brought in from Word."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, RawBody

from hub.db import Database
from hub.exports import service
from hub.exports.child import Press
from hub.exports.models import Format, ImportedText
from hub.users.models import Me

TAGS: Final = ["Files of texts (tải về, nhập từ Word)"]
TYPES: Final[dict[Format, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@get("/api/documents/{document_id:uuid}/file", tags=TAGS)
async def take_out(
    document_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    press: NamedDependency[Press],
    format: FromQuery[Format] = "pdf",  # noqa: A002  the word of the address
) -> Response[bytes]:
    """The saved text after Decree 30/2020: PDF/A-2b, or Word. Proposals are left out. Refused on an item marked Mật."""
    name, content = await service.export(db, press, me, document_id, format)
    return Response(
        content,
        media_type=TYPES[format],
        headers={
            "content-disposition": f"attachment; filename=van-ban.{format}; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        },
    )


@post("/api/documents/{document_id:uuid}/import", status_code=200, tags=TAGS, request_max_body_size=service.DOCX_BYTES)
async def bring_in(
    document_id: FromPath[UUID],
    body: RawBody,
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    press: NamedDependency[Press],
) -> ImportedText:
    """The body is a Word file (.docx), at most 50 MB. Answers with what it says, as nodes for the editor to put in, and
    with what did not come along; pictures are stored. Refused on an item marked Mật, and without the right to write."""
    return await service.read_docx(db, press, me, document_id, body)


handlers = [take_out, bring_in]
