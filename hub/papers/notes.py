"""Highlights and notes: for their author and nobody else, whatever his office. They outlive the version they were
written in, and leave with their author as a file."""

from datetime import timedelta, timezone
from itertools import groupby
from typing import Final
from uuid import UUID, uuid4

from msgspec import UnsetType

from hub.access import access_paper
from hub.db import Work
from hub.errors import NotFound
from hub.papers import note_queries, queries
from hub.papers.models import (
    NOTES_OF_A_PERSON,
    ChangedNoteOnPaper,
    NewNoteOnPaper,
    NoteChanged,
    NoteListed,
    NoteOnPaper,
    TooManyNotes,
)
from hub.users.models import Me

VIETNAM: Final = timezone(timedelta(hours=7))


async def notes_of(work: Work, me: Me, paper_id: UUID) -> list[NoteOnPaper]:
    paper = await access_paper(work.conn, me, paper_id)
    return await note_queries.notes(work.conn, me.id, paper.id)


async def write(work: Work, me: Me, paper_id: UUID, new: NewNoteOnPaper) -> NoteOnPaper:
    """Sent again under the same id it is what it became: the answer may have been lost, and the note changed since."""
    paper = await access_paper(work.conn, me, paper_id)
    file = await queries.file_of(work.conn, paper.id, new.number)
    if file is None:
        raise NotFound
    note_id = new.id or uuid4()
    if new.id is not None and (there := await note_queries.note(work.conn, me.id, new.id)) is not None:
        return there
    if await note_queries.count(work.conn, me.id) >= NOTES_OF_A_PERSON:
        raise TooManyNotes
    if not await note_queries.insert(work.conn, me.id, paper.id, note_id, new, work.now):
        return await mine(work, me, note_id)  # sent twice at once; somebody else's id is told as one that is not
    if new.number < paper.number:  # written in an older one: it belongs to the newest as well
        await note_queries.place_by_text(work.conn, paper.id, paper.number, bytes.fromhex(paper.content.sha256))
    return await mine(work, me, note_id)


async def mine(work: Work, me: Me, note_id: UUID) -> NoteOnPaper:
    """Also of a paper one may not read any more: what one wrote oneself can be taken away at any time."""
    note = await note_queries.note(work.conn, me.id, note_id)
    if note is None:
        raise NotFound
    return note


async def change(work: Work, me: Me, note_id: UUID, changed: ChangedNoteOnPaper) -> NoteOnPaper:
    note = await mine(work, me, note_id)
    text = note.text if isinstance(changed.text, UnsetType) else changed.text
    colour = note.colour if isinstance(changed.colour, UnsetType) else changed.colour
    if not await note_queries.update(work.conn, me.id, note_id, changed.base, text, colour, work.now):
        raise NoteChanged((await mine(work, me, note_id)).text)
    return await mine(work, me, note_id)


async def drop(work: Work, me: Me, note_id: UUID, base: int | None) -> None:
    if not await note_queries.drop(work.conn, me.id, note_id, base):
        raise NoteChanged((await mine(work, me, note_id)).text)


async def listed(work: Work, me: Me, meeting_id: UUID | None = None) -> list[NoteListed]:
    return await note_queries.listed(work.conn, me, meeting_id)


def as_markdown(notes: list[NoteListed]) -> str:
    """Ghi chú của tôi, as a file to keep: by meeting and paper, quotes as quotes."""
    lines = ["# Ghi chú của tôi"]
    for (_, title, starts_at), of_meeting in groupby(
        notes, key=lambda one: (one.meeting_id, one.meeting_title, one.meeting_starts_at)
    ):
        lines += ["", f"## {_line(title)} ({starts_at.astimezone(VIETNAM):%d/%m/%Y})"]
        for (_, paper), of_paper in groupby(of_meeting, key=lambda one: (one.note.paper_id, one.paper_title)):
            lines += ["", f"### {_line(paper)}"]
            for one in of_paper:
                lines += ["", *_one(one.note)]
    return "\n".join(lines) + "\n"


def _one(note: NoteOnPaper) -> list[str]:
    where = f"Trang {note.page}" if note.page is not None else "Không còn trong bản mới"
    lines = [f"**{where}**"]
    if note.quote:
        lines += ["", *(f"> {line}" for line in note.quote.splitlines())]
    if note.text:
        lines += ["", note.text]
    return lines


def _line(text: str) -> str:
    return " ".join(text.split())
