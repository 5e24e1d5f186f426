"""What the hub and its child say to each other: one job in, one answer out, as msgpack."""

from typing import Literal, TypeAlias

import msgspec

from hub.documents.structure import Block
from hub.exports.sheet import Sheet


class PrintJob(msgspec.Struct, frozen=True, tag="print"):
    """A sheet becomes a PDF or a Word file. ``images``: the pictures of the text by their id, as stored."""

    format: Literal["pdf", "docx"]
    sheet: Sheet
    images: dict[str, bytes]


class ReadJob(msgspec.Struct, frozen=True, tag="read"):
    """A Word file becomes blocks."""

    content: bytes


Job: TypeAlias = PrintJob | ReadJob


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    content: bytes


class Dropped(msgspec.Struct, frozen=True):
    """What did not come along or was changed by it, and how often; of notes and marked changes the words too."""

    what: str
    count: int
    words: list[str] = []


class BlocksRead(msgspec.Struct, frozen=True, tag="blocks"):
    """Pictures stand in the blocks under names of their own (``1``, ``2`` …) until they are stored."""

    blocks: list[Block]
    images: dict[str, bytes]
    dropped: list[Dropped]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The file cannot be read, and the word why."""

    code: Literal["not-a-docx", "docx-too-large", "docx-encrypted"]


Answer: TypeAlias = Printed | BlocksRead | Refused
