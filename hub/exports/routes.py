"""A text as a file: taken out as PDF or Word."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from hub.db import Database
from hub.exports import service
from hub.exports.child import Press
from hub.exports.models import Format
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


handlers = [take_out]
