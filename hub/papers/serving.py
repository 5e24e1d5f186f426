"""A content as an answer: streamed, with ranges, never shown by the browser itself.

Our reader draws PDFs and pictures; as a page of our origin none is ever opened: attachment, nosniff, a sandbox.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import anyio.to_thread
from litestar import Response
from litestar.response import Stream

from hub.errors import NotFound
from hub.papers.models import MEDIA
from hub.papers.store import PaperStore

PIECE_BYTES: Final = 256 * 1024
CSP: Final = "default-src 'none'; sandbox"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of one range; None: all of it (no range, several, or one we do not understand).

    Raises ValueError where there is no such part.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        last = int(found[2][:19])
        if last == 0:
            raise ValueError("no bytes")
        return max(0, size - last), size - 1
    first = int(found[1][:19])
    end = int(found[2][:19]) if found[2] else size - 1
    if first >= size or (found[2] and end < first):
        raise ValueError("outside")
    return first, min(end, size - 1)


def answer(
    store: PaperStore, file: dict[str, Any], *, range_: str | None, if_range: str | None, if_none_match: str | None
) -> Response[Any]:
    etag = f'"{file["sha256"].hex()}"'
    headers = {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",  # asked again each time: a right may have ended
        "content-disposition": f"attachment; filename=tai-lieu.{file['format']};"
        f" filename*=UTF-8''{quote(file['name'], safe='')}",
        "content-security-policy": CSP,
        "cross-origin-resource-policy": "same-origin",
        "etag": etag,
        "x-content-type-options": "nosniff",
    }
    if if_none_match is not None and etag in [one.strip() for one in if_none_match.split(",")]:
        return Response(b"", status_code=304, headers=headers)
    size: int = file["size"]
    try:
        part = wanted(range_ if if_range in (None, etag) else None, size)
    except ValueError:
        return Response(b"", status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    headers["content-length"] = str(last - first + 1)
    if part is not None:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    path = store.content(file["sha256"])
    if not path.is_file():
        raise NotFound
    return Stream(
        _pieces(path, first, last - first + 1),
        status_code=206 if part is not None else 200,
        media_type=MEDIA[file["format"]],
        headers=headers,
    )


async def _pieces(path: Path, first: int, length: int) -> AsyncIterator[bytes]:
    file: IO[bytes] = await anyio.to_thread.run_sync(path.open, "rb")
    try:
        file.seek(first)
        while length > 0 and (piece := await anyio.to_thread.run_sync(file.read, min(PIECE_BYTES, length))):
            length -= len(piece)
            yield piece
    finally:
        file.close()
