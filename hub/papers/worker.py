"""``python -m hub.papers.worker FORMAT FILE``: what a file says, page by page, as msgpack on standard output.

Files come from outside: whatever one does to its reader, it does it to a process that has a time, a memory and nothing
to lose. A page that cannot be read is an empty one.
"""

import contextlib
import logging
import resource
import sys
from pathlib import Path
from typing import Final, Literal

import msgspec

MEMORY_BYTES: Final = 1536 * 1024 * 1024
CPU_SECONDS: Final = 120
PAGES: Final = 3000
PAGE_LETTERS: Final = 60_000
LETTERS: Final = 12_000_000
ANSWER_BYTES: Final = 128 * 1024 * 1024


class Said(msgspec.Struct, frozen=True):
    """``count``: pages there are, of which ``pages`` may be the first ones."""

    pages: list[str]
    count: int
    failure: Literal["locked", "unreadable"] | None = None


def confine(memory: int = MEMORY_BYTES, seconds: int = CPU_SECONDS, file: int = ANSWER_BYTES) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows some of them by name only
            resource.setrlimit(what, (most, most))


def read_pdf(path: Path) -> Said:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PdfReadError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return Said([], 0, "locked")
        count = len(reader.pages)
    except DependencyError:
        return Said([], 0, "locked")
    except (PdfReadError, PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Said([], 0, "unreadable")
    pages: list[str] = []
    left = LETTERS
    for number in range(min(count, PAGES)):
        try:
            text = reader.pages[number].extract_text()
        except Exception:  # noqa: BLE001  a hostile page raises anything; the next one may be whole
            text = ""
        text = clean(text)[: min(PAGE_LETTERS, left)]
        left -= len(text)
        pages.append(text)
    return Said(pages, count)


def clean(text: str) -> str:
    """Without what PostgreSQL refuses and nobody sees; lines stay lines."""
    kept = "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in text)
    return "\n".join(line.rstrip() for line in kept.splitlines()).strip()


def read(format_: str, path: Path) -> Said:
    if format_ == "pdf":
        return read_pdf(path)
    from hub.papers.office import read_office

    try:
        pages = [clean(page)[:PAGE_LETTERS] for page in read_office(format_, path)][:PAGES]
    except ValueError:
        return Said([], 0, "unreadable")
    return Said(pages, len(pages))


def main() -> None:
    confine()
    said = read(sys.argv[1], Path(sys.argv[2]))
    sys.stdout.buffer.write(msgspec.msgpack.encode(said))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
