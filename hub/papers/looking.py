"""What a file is, told from its bytes. Its name is not asked.

Bounded whatever the file says of itself: of a zip only the end, the directory (4 MB, 20,000 entries) and its
``[Content_Types].xml`` are read.
"""

import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

from hub.papers.models import FileBroken, FileFormat, FileTooPacked, FileWithMacros, UnknownFileType

HEAD_BYTES: Final = 1024
TAIL_BYTES: Final = 22 + 65_535  # a zip's last record and its comment
DIRECTORY_BYTES: Final = 4 * 1024 * 1024
ENTRIES: Final = 20_000
TYPES_BYTES: Final = 1024 * 1024
UNPACKED_BYTES: Final = 1024 * 1024 * 1024
SMALL_BYTES: Final = 64 * 1024 * 1024  # what unpacks to less than this is no bomb, however well it is packed
PACKED_TIMES: Final = 200
TYPES: Final = "[Content_Types].xml"
MAIN: Final[tuple[tuple[bytes, FileFormat], ...]] = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"presentationml.presentation.main+xml", "pptx"),
)


def look(path: Path) -> FileFormat:
    """Raises UnknownFileType, FileWithMacros, FileTooPacked or FileBroken."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(head)
        if head.startswith(b"\xff\xd8\xff"):
            return "jpeg"
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return "webp"
        if b"%PDF-" in head:
            return _pdf(file)
        if head.startswith(b"PK\x03\x04"):
            return _office(file)
    raise UnknownFileType


def _png(head: bytes) -> FileFormat:
    if head[12:16] != b"IHDR":
        raise FileBroken
    return "png"


def _pdf(file: IO[bytes]) -> FileFormat:
    """Cut short, it has no end: that is what a broken upload of another program looks like."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 4096))
    if b"%%EOF" not in file.read():
        raise FileBroken
    return "pdf"


def _office(file: IO[bytes]) -> FileFormat:
    _check_directory(file)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            entries = package.infolist()
            _check_size(entries)
            names = {entry.filename for entry in entries}
            if TYPES not in names:
                raise UnknownFileType
            with package.open(TYPES) as part:
                types = part.read(TYPES_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        # all that zipfile says of a directory that lies, an unknown packing, or a password
        raise FileBroken from error
    if len(types) > TYPES_BYTES:
        raise FileTooPacked
    if b"macroEnabled" in types or b"vbaProject" in types or any(name.endswith("vbaProject.bin") for name in names):
        raise FileWithMacros
    for said, format_ in MAIN:
        if said in types:
            return format_
    raise UnknownFileType


def _check_directory(file: IO[bytes]) -> None:
    """Before zipfile reads it: it would read a directory of any length."""
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise FileBroken
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07") or count > ENTRIES or length > DIRECTORY_BYTES:
        raise FileTooPacked  # zip64 is for what no document is


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED_BYTES:
        raise FileTooPacked
    if unpacked > SMALL_BYTES and unpacked > PACKED_TIMES * max(1, packed):
        raise FileTooPacked
