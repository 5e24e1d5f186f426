"""The words of the slice: how a text leaves as a file, and why not."""

from typing import Literal

from hub.errors import Refusal, TooMany

Format = Literal["pdf", "docx"]


class ExportFailed(Refusal):
    """The file could not be made in time; the log says why."""

    status, code = 500, "export-failed"


class ExportBusy(TooMany):
    """So many files are being made that ours would wait too long."""

    code = "export-busy"
