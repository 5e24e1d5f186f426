"""The words of the slice: how files leave and come in, and why not."""

from typing import Any, Literal

import msgspec

from hub.errors import BadRequest, Refusal, TooMany
from hub.exports.messages import Dropped

Format = Literal["pdf", "docx"]


class ImportedText(msgspec.Struct, frozen=True):
    """A Word file read: what the page's editor puts into the text, and what did not come along.

    ``content`` are nodes as TipTap writes them; the pictures are stored and referenced already.
    """

    content: list[dict[str, Any]]
    dropped: list[Dropped]
    articles: int
    images: int


class ExportFailed(Refusal):
    """The file could not be made or read in time; the log says why."""

    status, code = 500, "export-failed"


class ExportBusy(TooMany):
    """So many files are being made that ours would wait too long."""

    code = "export-busy"


class NotADocx(BadRequest):
    """No Word file, whatever its name says; an old .doc neither."""

    code = "not-a-docx"


class EncryptedDocx(BadRequest):
    """Locked with a password, so nobody else can read it."""

    code = "docx-encrypted"


class DocxTooLarge(BadRequest):
    """Unpacked it is far larger than a text can be."""

    code = "docx-too-large"
