"""Papers over HTTP. The bytes come and go without holding a connection to the database."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter, RawBody

from hub.access import access_meeting, access_paper
from hub.db import Database, Work
from hub.jobs import Jobs
from hub.papers import notes, queries, returning, service, uploads
from hub.papers.checking import Checker
from hub.papers.models import (
    CHUNK_BYTES,
    Arrived,
    ChangedNoteOnPaper,
    ChangedPaper,
    NewNoteOnPaper,
    NewPaperKind,
    NewUpload,
    NoteListed,
    NoteOnPaper,
    OpenedVersion,
    Paper,
    PaperKind,
    PaperReader,
    PaperText,
    PaperVersion,
    ReturnedPaper,
    UploadState,
)
from hub.papers.serving import answer
from hub.papers.store import PaperStore
from hub.users.models import Me

TAGS = ["Papers (tài liệu)"]
NOTES = ["Notes on papers (ghi chú riêng)"]
Number = Annotated[int, QueryParameter(ge=1, le=100_000)]


@get("/api/paper-kinds", tags=TAGS)
async def list_paper_kinds(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[PaperKind]:
    """Loại tài liệu: everybody's and my commune's."""
    return await service.kinds(work, me)


@post("/api/paper-kinds", tags=TAGS)
async def add_paper_kind(
    data: JSONBody[NewPaperKind], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[PaperKind]:
    """For who administers the whole commune."""
    await service.add_kind(work, me, data)
    return await service.kinds(work, me)


@put("/api/paper-kinds/{kind_id:uuid}", status_code=204, tags=TAGS)
async def change_paper_kind(
    kind_id: FromPath[UUID], data: JSONBody[NewPaperKind], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Of the commune's own; everybody's stay as they are."""
    await service.change_kind(work, me, kind_id, data)


@delete("/api/paper-kinds/{kind_id:uuid}", tags=TAGS)
async def drop_paper_kind(kind_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """One that papers have is retired: they keep it, and it is no longer offered."""
    await service.drop_kind(work, me, kind_id)


@get("/api/meetings/{meeting_id:uuid}/papers", tags=TAGS)
async def list_papers(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], db: NamedDependency[Database]
) -> list[Paper]:
    """For who takes part or prepares. Listing them to somebody delivers them to him."""
    async with db.work() as work:
        meeting = await access_meeting(work.conn, me, meeting_id)
        found = await service.papers_of(work, me, meeting)
    await service.deliver(db, me, meeting.summary.my_role, meeting.state, found)
    return found


@get("/api/meetings/{meeting_id:uuid}/paper-readers", tags=TAGS)
async def list_paper_readers(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[PaperReader]:
    """Who has had and who has opened what, for who prepares the meeting."""
    await access_meeting(work.conn, me, meeting_id, "manage")
    return await queries.readers(work.conn, meeting_id)


@get("/api/papers/{paper_id:uuid}", tags=TAGS)
async def get_paper(paper_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Paper:
    return await access_paper(work.conn, me, paper_id)


@patch("/api/papers/{paper_id:uuid}", tags=TAGS)
async def change_paper(
    paper_id: FromPath[UUID], data: JSONBody[ChangedPaper], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Paper:
    """Title, kind, item. Another file is another version: an upload with ``paper_id``."""
    await service.change(work, me, await access_paper(work.conn, me, paper_id, "manage"), data)
    return await access_paper(work.conn, me, paper_id)


@delete("/api/papers/{paper_id:uuid}", tags=TAGS)
async def remove_paper(paper_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """By who prepares the meeting; and by the unit that handed it in, until the draft is submitted for approval."""
    await service.remove(work, me, paper_id)


@post("/api/papers/{paper_id:uuid}/return", status_code=204, tags=TAGS)
async def return_paper(
    paper_id: FromPath[UUID], data: JSONBody[ReturnedPaper], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """To the unit that handed it in, with a reason, by who prepares the meeting or approves it, before it begins. The
    unit owes it again. What stays is approved with the meeting."""
    await returning.give_back(work, me, paper_id, data.reason)


@get("/api/papers/{paper_id:uuid}/versions", tags=TAGS)
async def list_paper_versions(
    paper_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[PaperVersion]:
    """The newest first. An earlier one stays readable."""
    return await queries.versions(work.conn, (await access_paper(work.conn, me, paper_id)).id)


@post("/api/papers/{paper_id:uuid}/opened", status_code=204, tags=TAGS)
async def open_paper(
    paper_id: FromPath[UUID], data: JSONBody[OpenedVersion], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """The reader shows this version to me now."""
    await service.opened(work, me, await access_paper(work.conn, me, paper_id), data.number)


@get("/api/papers/{paper_id:uuid}/text", tags=TAGS)
async def read_paper_text(
    paper_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work], number: Number
) -> PaperText:
    """What a version says, page by page, as far as the hub could read it."""
    return await service.text_of(work, await access_paper(work.conn, me, paper_id), number)


@get("/api/papers/{paper_id:uuid}/{form:str}", tags=TAGS)
async def download_paper(
    paper_id: FromPath[UUID],
    form: FromPath[str],
    request: Request[Any, Any, Any],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    store: NamedDependency[PaperStore],
    number: Number,
) -> Response[Any]:
    """``file``: as it was uploaded; ``pdf``: what LibreOffice made of it. Ranges, ETag, always as an attachment."""
    async with db.work() as work:
        file = await service.file_of(work, await access_paper(work.conn, me, paper_id), number, form)
    return as_answer(store, file, request)


def as_answer(store: PaperStore, file: dict[str, Any], request: Request[Any, Any, Any]) -> Response[Any]:
    asked = request.headers
    return answer(
        store,
        file,
        range_=asked.get("range"),
        if_range=asked.get("if-range"),
        if_none_match=asked.get("if-none-match"),
    )


@post("/api/paper-uploads", tags=TAGS)
async def begin_upload(
    data: JSONBody[NewUpload],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    store: NamedDependency[PaperStore],
) -> UploadState:
    """Then the pieces in order, then ``finish``. Refused on an item marked Mật."""
    return await uploads.begin(work, store, me, data)


@get("/api/paper-uploads/{upload_id:uuid}", tags=TAGS)
async def get_upload(upload_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> UploadState:
    """Where to go on after a line that broke."""
    return await uploads.state(work, me, upload_id)


@put("/api/paper-uploads/{upload_id:uuid}", tags=TAGS, request_max_body_size=CHUNK_BYTES + 1)
async def send_piece(
    upload_id: FromPath[UUID],
    body: RawBody,
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    store: NamedDependency[PaperStore],
    offset: Annotated[int, QueryParameter(ge=0, le=1 << 40)],
    content_digest: Annotated[str | None, HeaderParameter(name="content-digest")] = None,
) -> UploadState:
    """The body is the piece, at most 4 MiB. 409 wrong-offset says where the next one begins. ``Content-Digest``
    (sha-256, RFC 9530) is compared where it is given."""
    return await uploads.take(work, store, me, upload_id, offset, body, content_digest)


@post("/api/paper-uploads/{upload_id:uuid}/finish", status_code=200, tags=TAGS)
async def finish_upload(
    upload_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    store: NamedDependency[PaperStore],
    checker: NamedDependency[Checker],
    jobs: NamedDependency[Jobs],
) -> Arrived:
    """What it is is told from its content; a checker, where one is named, has looked at it. Asking again is safe."""
    arrived = await uploads.finish(db, store, checker, me, upload_id)
    await jobs.defer_preparing([arrived.sha256])
    return arrived


@delete("/api/paper-uploads/{upload_id:uuid}", tags=TAGS)
async def give_up_upload(
    upload_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work], store: NamedDependency[PaperStore]
) -> None:
    await uploads.give_up(work, store, me, upload_id)


@get("/api/papers/{paper_id:uuid}/notes", tags=NOTES)
async def list_notes_on_paper(
    paper_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[NoteOnPaper]:
    """Mine. Nobody else's can be asked for by anybody."""
    return await notes.notes_of(work, me, paper_id)


@post("/api/papers/{paper_id:uuid}/notes", tags=NOTES)
async def write_note_on_paper(
    paper_id: FromPath[UUID], data: JSONBody[NewNoteOnPaper], me: NamedDependency[Me], work: NamedDependency[Work]
) -> NoteOnPaper:
    """With an ``id`` of the device's own it may be sent twice: the second time it answers what the note is by now."""
    return await notes.write(work, me, paper_id, data)


@get("/api/paper-notes/{note_id:uuid}", tags=NOTES)
async def get_note_on_paper(
    note_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> NoteOnPaper:
    return await notes.mine(work, me, note_id)


@patch("/api/paper-notes/{note_id:uuid}", tags=NOTES)
async def change_note_on_paper(
    note_id: FromPath[UUID], data: JSONBody[ChangedNoteOnPaper], me: NamedDependency[Me], work: NamedDependency[Work]
) -> NoteOnPaper:
    """409 note-changed: another device of mine changed it since ``base``; both texts are for me to choose from."""
    return await notes.change(work, me, note_id, data)


@delete("/api/paper-notes/{note_id:uuid}", tags=NOTES)
async def drop_note_on_paper(
    note_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    base: Annotated[int | None, QueryParameter(ge=1, le=2_147_483_647)] = None,
) -> None:
    """409 note-changed: another device of mine changed it since ``base``, the edition I wanted gone."""
    await notes.drop(work, me, note_id, base)


@get("/api/me/paper-notes", tags=NOTES)
async def list_my_notes(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    meeting_id: Annotated[UUID | None, QueryParameter()] = None,
) -> list[NoteListed]:
    """Ghi chú của tôi: over all meetings, the latest first, or of one."""
    return await notes.listed(work, me, meeting_id)


@get("/api/me/paper-notes/file", tags=NOTES)
async def take_out_my_notes(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    meeting_id: Annotated[UUID | None, QueryParameter()] = None,
    form: Annotated[Literal["md", "txt"], QueryParameter()] = "md",
) -> Response[str]:
    """The same as a file to keep."""
    text = notes.as_markdown(await notes.listed(work, me, meeting_id))
    kind = "text/markdown" if form == "md" else "text/plain"
    return Response(
        text,
        media_type=f"{kind}; charset=utf-8",
        headers={"content-disposition": f"attachment; filename=ghi-chu.{form}; filename*=UTF-8''ghi-chu.{form}"},
    )


handlers: list[Any] = [
    list_paper_kinds,
    add_paper_kind,
    change_paper_kind,
    drop_paper_kind,
    list_papers,
    list_paper_readers,
    get_paper,
    change_paper,
    remove_paper,
    return_paper,
    list_paper_versions,
    open_paper,
    read_paper_text,
    download_paper,
    begin_upload,
    get_upload,
    send_piece,
    finish_upload,
    give_up_upload,
    list_notes_on_paper,
    write_note_on_paper,
    get_note_on_paper,
    change_note_on_paper,
    drop_note_on_paper,
    list_my_notes,
    take_out_my_notes,
]
