"""The words of papers. Where votes say "paper" they mean a ballot paper: those are named ``PaperBallot``."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict, Refusal, TooLarge, TooMany
from hub.events import Event, event

FILE_BYTES: Final = 200 * 1024 * 1024
CHUNK_BYTES: Final = 4 * 1024 * 1024
MEETING_BYTES: Final = 4 * 1024 * 1024 * 1024
MEETING_PAPERS: Final = 400
VERSIONS: Final = 100
OWN_BYTES: Final = 500 * 1024 * 1024
OWN_FILES: Final = 2000
OWN_FOLDERS: Final = 200
UPLOADS_AT_ONCE: Final = 10  # of one person, begun and not finished
NOTES_OF_A_PERSON: Final = 10_000

FileFormat = Literal["pdf", "docx", "xlsx", "pptx", "png", "jpeg", "webp"]
Ready = Literal["waiting", "ready", "failed"]
Reading = Literal["new", "read", "changed"]
Colour = Literal["amber", "green", "blue", "red"]

PaperTitle = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
FileName = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
KindName = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 40)]
Remark = Annotated[str, msgspec.Meta(max_length=500)]
Quote = Annotated[str, msgspec.Meta(max_length=2000)]
Around = Annotated[str, msgspec.Meta(max_length=200)]
NoteText = Annotated[str, msgspec.Meta(max_length=5000)]
Edition = Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
PageNumber = Annotated[int, msgspec.Meta(ge=1, le=20_000)]

MEDIA: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}
OFFICE: Final = ("docx", "xlsx", "pptx")
IMAGES: Final = ("png", "jpeg", "webp")


class PaperKind(msgspec.Struct, frozen=True, kw_only=True):
    """Loại tài liệu. ``mine``: of the commune, so that its administrators may change it."""

    id: UUID
    name: str
    position: int
    retired: bool
    mine: bool


class NewPaperKind(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: KindName
    position: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One file and how far the hub is with making it readable."""

    sha256: str
    size: int
    format: FileFormat
    state: Ready
    failure: str | None
    has_pdf: bool
    pages: int | None


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper in its newest version, and what I have seen of it. ``i_read``: changed, where I opened an earlier one."""

    id: UUID
    meeting_id: UUID
    item_id: UUID | None
    kind_id: UUID
    kind: str
    title: str
    number: int
    name: str
    note: str
    at: datetime
    content: Content
    i_read: Reading
    by_unit: bool = False
    """The unit that prepares its item handed it in, so it can be given back to it."""
    of_conclusion: bool = False
    """Stands with the conclusion of its item."""


class PaperVersion(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: str
    note: str
    at: datetime
    by_name: str
    content: Content


class ReturnedPaper(msgspec.Struct, forbid_unknown_fields=True):
    """Why who handed it in is to send another."""

    reason: Annotated[str, msgspec.Meta(max_length=900)]


class ChangedPaper(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes. ``item_id`` null: of the meeting as a whole."""

    title: PaperTitle | msgspec.UnsetType = msgspec.UNSET
    kind_id: UUID | msgspec.UnsetType = msgspec.UNSET
    item_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


class NewUpload(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a file goes: into a meeting (``meeting_id``), in place of a paper's file (``paper_id``), or, with neither,
    into my own folder. ``of_conclusion``: beside the conclusion of the item ``item_id``."""

    name: FileName
    size: Size
    sha256: Digest | None = None
    meeting_id: UUID | None = None
    item_id: UUID | None = None
    kind_id: UUID | None = None
    title: PaperTitle | None = None
    paper_id: UUID | None = None
    note: Remark = ""
    folder_id: UUID | None = None
    of_conclusion: bool = False


class UploadState(msgspec.Struct, frozen=True, kw_only=True):
    """``offset``: how much the hub has; the next piece begins there and has at most ``chunk`` bytes."""

    id: UUID
    offset: int
    size: int
    chunk: int = CHUNK_BYTES


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished upload became."""

    sha256: str
    paper_id: UUID | None = None
    number: int | None = None
    own_file_id: UUID | None = None


class OpenedVersion(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=VERSIONS)]


class PaperReader(msgspec.Struct, frozen=True, kw_only=True):
    """One person and one paper. ``opened_number``: the newest version he opened."""

    paper_id: UUID
    user_id: UUID
    delivered_at: datetime | None
    opened_at: datetime | None
    opened_number: int | None


class TextPage(msgspec.Struct, frozen=True):
    page: int
    text: str


class PaperText(msgspec.Struct, frozen=True):
    """What a file says. ``pages`` is empty for a picture, and until the hub has read it."""

    state: Ready
    pages: list[TextPage]


class NoteOnPaper(msgspec.Struct, frozen=True, kw_only=True):
    """``page`` is where the passage stands in version ``placed_number``; null where it is not there any more.
    ``edition`` counts the note's own changes."""

    id: UUID
    paper_id: UUID
    number: int
    quote: str
    before: str
    after: str
    text: str
    colour: Colour
    page: int | None
    written_page: int
    placed_number: int
    edition: int
    at: datetime
    changed_at: datetime


class NewNoteOnPaper(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A highlight with a quote, a note with or without; ``page`` in version ``number``. With an ``id`` of the device's
    own, sending it again makes no second one."""

    id: UUID | None = None
    number: Annotated[int, msgspec.Meta(ge=1, le=VERSIONS)]
    page: PageNumber
    quote: Quote = ""
    before: Around = ""
    after: Around = ""
    text: NoteText = ""
    colour: Colour = "amber"


class ChangedNoteOnPaper(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``base``: the edition it was made from. Without one it is taken whatever was changed meanwhile."""

    base: Edition | None = None
    text: NoteText | msgspec.UnsetType = msgspec.UNSET
    colour: Colour | msgspec.UnsetType = msgspec.UNSET


class NoteListed(msgspec.Struct, frozen=True, kw_only=True):
    """A note with where it belongs, for the list over all meetings."""

    note: NoteOnPaper
    paper_title: str
    meeting_id: UUID
    meeting_title: str
    meeting_starts_at: datetime


class OwnFolder(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of one's own, or (``paper``) a paper of a meeting put among them. Null where it may no longer be read."""

    id: UUID
    folder_id: UUID | None
    name: str
    at: datetime
    content: Content | None
    paper_id: UUID | None
    meeting_id: UUID | None
    meeting_title: str | None


class OwnFiles(msgspec.Struct, frozen=True, kw_only=True):
    folders: list[OwnFolder]
    files: list[OwnFile]
    used: int
    quota: int = OWN_BYTES


class NewOwnFolder(msgspec.Struct, forbid_unknown_fields=True):
    name: KindName


class NewOwnLink(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    paper_id: UUID
    folder_id: UUID | None = None


class ChangedOwnFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: FileName | msgspec.UnsetType = msgspec.UNSET
    folder_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


@event("paper.changed")
class PaperChanged(Event, frozen=True):
    """``sha256`` names the content, so that the line says which file people had."""

    paper_id: UUID
    item_id: UUID | None
    change: Literal["added", "replaced", "renamed", "moved", "removed"]
    number: int
    sha256: str
    by: UUID


class UnknownFileType(BadRequest):
    """Neither PDF, DOCX, XLSX, PPTX, PNG, JPEG nor WebP by its content, whatever its name says."""

    code = "paper-type"


class FileWithMacros(BadRequest):
    """An office file that carries a program."""

    code = "paper-macros"


class FileTooPacked(BadRequest):
    """Unpacked it would be far larger than a document can be."""

    code = "paper-bomb"


class FileBroken(BadRequest):
    """It says what it is and is not whole."""

    code = "paper-broken"


class FileInfected(BadRequest):
    """The checker found something; ``detail`` is its name for it."""

    code = "paper-infected"


class FileUnchecked(Refusal):
    """A checker is named and does not answer: nothing is taken unchecked."""

    status, code = 503, "paper-unchecked"


class FileTooLarge(TooLarge):
    """A paper has at most 200 MB, a piece of it at most 4 MiB."""

    code = "paper-too-large"


class WrongOffset(Conflict):
    """Pieces come in order; ``detail`` is where the next one begins."""

    code = "wrong-offset"


class DigestDiffers(Conflict):
    """What arrived is not what was sent."""

    code = "digest-differs"


class UploadIncomplete(Conflict):
    """Not all of it is here; ``detail`` is where the next piece begins."""

    code = "upload-incomplete"


class UploadBusy(Conflict):
    """It is being finished already."""

    code = "upload-busy"


class TooManyUploads(TooMany):
    code = "too-many-uploads"


class MeetingFull(Conflict):
    """The meeting has as many papers, or as many bytes of them, as one may have."""

    code = "papers-full"


class OwnFull(Conflict):
    """500 MB, 2,000 files, 200 folders."""

    code = "own-full"


class DiskFull(Refusal):
    """The hub's disk has no room for it."""

    status, code = 507, "disk-full"


class UnknownPaperKind(BadRequest):
    code = "unknown-paper-kind"


class FolderNotEmpty(Conflict):
    code = "folder-not-empty"


class NameTaken(Conflict):
    code = "name-taken"


class TooManyNotes(Conflict):
    code = "too-many-notes"


class NoteChanged(Conflict):
    """On another device of the same person, since the edition the change was made from; ``detail`` is its text now."""

    code = "note-changed"


class PaperNotReadable(Conflict):
    """There is no such form of it: not made yet, or it cannot be made."""

    code = "paper-not-readable"
