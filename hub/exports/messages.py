"""What the hub and its child say to each other: one job in, one answer out, as msgpack."""

from typing import Literal, TypeAlias

import msgspec

from hub.exports.sheet import Sheet


class PrintJob(msgspec.Struct, frozen=True, tag="print"):
    """A sheet becomes a PDF or a Word file. ``images``: the pictures of the text by their id, as stored."""

    format: Literal["pdf", "docx"]
    sheet: Sheet
    images: dict[str, bytes]


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    content: bytes


Job: TypeAlias = PrintJob
Answer: TypeAlias = Printed
