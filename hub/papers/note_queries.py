"""SQL of notes. Each statement that reads one names its author."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.meetings.queries import READS_PAPERS, VISIBLE, about
from hub.papers.anchors import find_again
from hub.papers.models import NewNoteOnPaper, NoteListed, NoteOnPaper
from hub.papers.queries import text
from hub.users.models import Me

Conn = AsyncConnection[Any]

NOTE: LiteralString = """
    n.id, n.paper_id, n.number, n.quote, n.before, n.after, n.text, n.colour, n.placed_page AS page,
    n.page AS written_page, n.placed_number, n.edition, n.at, n.changed_at
"""


async def notes(conn: Conn, user_id: UUID, paper_id: UUID) -> list[NoteOnPaper]:
    """In the order of the pages; what is not there any more comes last."""
    cursor = await conn.cursor(row_factory=class_row(NoteOnPaper)).execute(
        "SELECT " + NOTE + " FROM paper_note n WHERE n.user_id = %s AND n.paper_id = %s"
        " ORDER BY n.placed_page NULLS LAST, n.at, n.id",
        (user_id, paper_id),
    )
    return await cursor.fetchall()


async def note(conn: Conn, user_id: UUID, note_id: UUID) -> NoteOnPaper | None:
    cursor = await conn.cursor(row_factory=class_row(NoteOnPaper)).execute(
        "SELECT " + NOTE + " FROM paper_note n WHERE n.user_id = %s AND n.id = %s", (user_id, note_id)
    )
    return await cursor.fetchone()


async def count(conn: Conn, user_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM paper_note WHERE user_id = %s", (user_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def insert(conn: Conn, user_id: UUID, paper_id: UUID, note_id: UUID, new: NewNoteOnPaper, now: datetime) -> bool:
    """False where the id is taken."""
    cursor = await conn.execute(
        "INSERT INTO paper_note (id, user_id, paper_id, number, page, quote, before, after, text, colour,"
        " placed_number, placed_page, at, changed_at) VALUES (%(note)s, %(user)s, %(paper)s, %(number)s, %(page)s,"
        " %(quote)s, %(before)s, %(after)s, %(text)s, %(colour)s, %(number)s, %(page)s, %(now)s, %(now)s)"
        " ON CONFLICT (id) DO NOTHING",
        {"note": note_id, "user": user_id, "paper": paper_id, "now": now, **msgspec.structs.asdict(new)},
    )
    return cursor.rowcount == 1


async def update(
    conn: Conn, user_id: UUID, note_id: UUID, base: int | None, text_: str, colour: str, now: datetime
) -> bool:
    """False where it is another edition than ``base``, or gone."""
    cursor = await conn.execute(
        "UPDATE paper_note SET text = %(text)s, colour = %(colour)s, changed_at = %(now)s, edition = edition + 1"
        " WHERE id = %(note)s AND user_id = %(user)s AND (%(base)s::int IS NULL OR edition = %(base)s)",
        {"text": text_, "colour": colour, "now": now, "note": note_id, "user": user_id, "base": base},
    )
    return cursor.rowcount == 1


async def drop(conn: Conn, user_id: UUID, note_id: UUID, base: int | None) -> bool:
    """False where it is another edition than ``base``, or gone."""
    cursor = await conn.execute(
        "DELETE FROM paper_note WHERE id = %(note)s AND user_id = %(user)s"
        " AND (%(base)s::int IS NULL OR edition = %(base)s)",
        {"note": note_id, "user": user_id, "base": base},
    )
    return cursor.rowcount == 1


async def listed(conn: Conn, me: Me, meeting_id: UUID | None) -> list[NoteListed]:
    """Of papers that still are and the person may read, none of a secret item; the latest first."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT " + NOTE + ", p.title AS paper_title, m.id AS meeting_id, m.title AS meeting_title, m.starts_at"
        " FROM paper_note n JOIN paper p ON p.id = n.paper_id JOIN meeting m ON m.id = p.meeting_id"
        " LEFT JOIN agenda_item i ON i.id = p.agenda_item_id"
        " WHERE n.user_id = %(me)s AND p.removed_at IS NULL AND coalesce(i.secrecy, 'none') = 'none'"
        " AND (%(meeting)s::uuid IS NULL OR m.id = %(meeting)s) AND "
        + VISIBLE
        + " AND "
        + READS_PAPERS
        + " ORDER BY m.starts_at DESC, m.id, p.position, p.id, n.placed_page NULLS LAST, n.at, n.id",
        about(me) | {"meeting": meeting_id},
    )
    found = []
    for row in await cursor.fetchall():
        place = {name: row.pop(name) for name in ("paper_title", "meeting_id", "meeting_title")}
        starts_at = row.pop("starts_at")
        found.append(NoteListed(note=NoteOnPaper(**row), meeting_starts_at=starts_at, **place))
    return found


async def place_by_text(conn: Conn, paper_id: UUID, number: int, sha256: bytes) -> None:
    """Looks for everybody's passages in a version whose text is known. Where it says nothing (a picture, not read yet)
    notes stay where they are."""
    pages = {page.page: page.text for page in await text(conn, sha256)}
    if not any(pages.values()):
        return
    cursor = await conn.execute(
        "SELECT id, quote, before, after, coalesce(placed_page, page) FROM paper_note"
        " WHERE paper_id = %s AND placed_number < %s FOR UPDATE",
        (paper_id, number),
    )
    placed = [
        (number, page if not quote else find_again(quote, before, after, page, pages), note_id)
        for note_id, quote, before, after, page in await cursor.fetchall()
    ]
    async with conn.cursor() as writing:
        await writing.executemany("UPDATE paper_note SET placed_number = %s, placed_page = %s WHERE id = %s", placed)


async def versions_waiting(conn: Conn, sha256: bytes) -> list[tuple[UUID, int]]:
    """Papers whose newest version has this content: their notes are looked for once its text is known."""
    cursor = await conn.execute(
        "SELECT v.paper_id, v.number FROM paper_version v WHERE v.sha256 = %s"
        " AND v.number = (SELECT max(number) FROM paper_version w WHERE w.paper_id = v.paper_id)",
        (sha256,),
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]
