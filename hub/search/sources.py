"""What a meeting left to be found, read from where each kind of it lives, and cut into passages.

Items marked Mật or above, and whatever belongs to them, are left out here; `hub.search.index` asks once more before it
writes, and `hub.search.queries` never shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
import structlog
from psycopg import AsyncConnection
from psycopg.rows import class_row

from ai.search import chunk, plain
from hub.agenda.models import AgendaItem
from hub.meetings.queries import items as agenda_items
from hub.papers.queries import PaperPage, texts_of_papers
from hub.search import archive
from hub.search.models import Draft, PassageKind
from hub.search.texts import Paragraph

log = structlog.get_logger()

Conn = AsyncConnection[Any]
CONCLUSION = "ket luan"  # a heading of the minutes that says so makes what follows a conclusion
SAYS_SOMETHING = 4  # words; what is shorter in a document is a label (`Nội dung:`, `Nơi nhận:`)
PASSAGES_OF_A_PAPER = 1_500  # about four hundred pages of text; of what follows, only the paper itself knows
PASSAGES_OF_PAPERS = 6_000  # of one meeting
SILENCE_MS = 60_000  # a pause so long in a transcript begins a new passage


class Source(msgspec.Struct, frozen=True):
    """One document as it is in the log; ``written`` changes with each update of it."""

    id: UUID
    kind: str
    title: str
    item_id: UUID | None


class Said(msgspec.Struct, frozen=True):
    id: UUID
    item_id: UUID | None
    speaker: str | None
    start_ms: int
    end_ms: int
    text: str


async def read_meeting(conn: Conn, meeting_id: UUID) -> list[Draft]:
    """Every passage of the meeting, in reading order."""
    found = await agenda_items(conn, meeting_id)
    secret = {item.id for item in found if item.secrecy != "none"}
    items = [item for item in found if not item.removed and item.id not in secret]
    drafts = [await _title(conn, meeting_id), *_agenda(items), *_conclusions(items)]
    for document in await _documents(conn, meeting_id):
        if document.item_id not in secret:
            drafts.extend(_document(document, await archive.document_text(conn, document.id)))
    drafts.extend(
        _transcript([said for said in await archive.said(conn, meeting_id, Said) if said.item_id not in secret])
    )
    drafts.extend(_papers(meeting_id, await texts_of_papers(conn, meeting_id)))
    return [draft for draft in drafts if draft.text]


async def _title(conn: Conn, meeting_id: UUID) -> Draft:
    cursor = await conn.execute(
        "SELECT m.title, m.place, u.name FROM meeting m JOIN unit u ON u.id = m.unit_id WHERE m.id = %s", (meeting_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    title, place, unit = row
    return Draft(kind="title", text=f"{title}. {place}. {unit}.")


def _agenda(items: Iterable[AgendaItem]) -> list[Draft]:
    return [
        Draft(
            kind="agenda",
            item_id=item.id,
            block=item.number,
            text=" ".join(part for part in (_sentence(item.title), item.presenter) if part),
        )
        for item in items
        if item.title
    ]


def _conclusions(items: Iterable[AgendaItem]) -> list[Draft]:
    return [
        Draft(kind="conclusion", item_id=item.id, block=item.number, heading=item.title, text=each.text)
        for item in items
        for each in chunk([(0, item.conclusion)])
    ]


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?:;" else f"{text}."


async def _documents(conn: Conn, meeting_id: UUID) -> list[Source]:
    cursor = await conn.cursor(row_factory=class_row(Source)).execute(
        "SELECT id, kind, title, agenda_item_id AS item_id FROM document"
        " WHERE meeting_id = %s AND kind NOT IN ('agenda', 'comments') ORDER BY kind, created_at, id",
        (meeting_id,),
    )
    return await cursor.fetchall()


def _document(document: Source, read: list[Paragraph]) -> list[Draft]:
    """Passages do not cross headings: what stands under one is about one thing."""
    drafts: list[Draft] = []
    at = 0
    while at < len(read):
        heading, stop = read[at].heading, at
        while stop < len(read) and read[stop].heading == heading:
            stop += 1
        section, at = read[at:stop], stop
        kind: PassageKind = "resolution" if document.kind == "draft_resolution" else "minutes"
        if kind == "minutes" and CONCLUSION in plain(heading):
            kind = "conclusion"
        drafts.extend(
            Draft(
                kind=kind,
                document_id=document.id,
                item_id=document.item_id,
                heading=heading or document.title,
                block=each.first,
                text=each.text,
            )
            for each in chunk([(paragraph.block, paragraph.text) for paragraph in section])
            if len(each.text.split()) >= SAYS_SOMETHING
        )
    return drafts


def _papers(meeting_id: UUID, pages: list[PaperPage]) -> list[Draft]:
    """A passage does not cross pages: the page is where it opens. Beyond their bounds papers are read, not found."""
    drafts: list[Draft] = []
    of_paper: Counter[UUID] = Counter()
    left_out = 0
    for page in pages:
        for each in chunk([(page.page, page.text)]):
            if len(each.text.split()) < SAYS_SOMETHING:
                continue
            if of_paper[page.paper_id] >= PASSAGES_OF_A_PAPER or len(drafts) >= PASSAGES_OF_PAPERS:
                left_out += 1
                continue
            of_paper[page.paper_id] += 1
            drafts.append(
                Draft(
                    kind="paper",
                    item_id=page.item_id,
                    paper_id=page.paper_id,
                    number=page.number,
                    heading=page.title,
                    block=page.page,
                    text=each.text,
                )
            )
    if left_out:
        log.warning("search.papers_left_out", meeting_id=str(meeting_id), passages=left_out)
    return drafts


def _transcript(said: list[Said]) -> list[Draft]:
    """What one person said on one item without a long pause is cut as one text."""
    drafts: list[Draft] = []
    run: list[Said] = []

    def close() -> None:
        for each in chunk(list(enumerate(segment.text for segment in run))):
            first = run[each.first]
            drafts.append(
                Draft(
                    kind="transcript",
                    item_id=first.item_id,
                    segment_id=first.id,
                    heading=first.speaker or "",
                    text=each.text,
                )
            )
        run.clear()

    for segment in said:
        if run:
            last = run[-1]
            goes_on = (segment.item_id, segment.speaker) == (last.item_id, last.speaker)
            if not goes_on or segment.start_ms - last.end_ms > SILENCE_MS:
                close()
        run.append(segment)
    close()
    return drafts
