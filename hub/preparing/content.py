"""What a meeting consists of, in marks: of its title, time and place, of each text's words, of each paper's version.

The words of a text count, not its log: who opens a text and types nothing that stays has changed nothing.
"""

import hashlib
from uuid import UUID

import msgspec

from hub.db import Work
from hub.documents.queries import read
from hub.documents.reading import read_items
from hub.events import canonical
from hub.history.cutting import CannotRead, cut_apart
from hub.preparing import queries
from hub.preparing.models import Content, What
from realtime.replica import merge

Difference = tuple[What, UUID | None]


async def content_of(work: Work, meeting_id: UUID, known: Content | None = None) -> Content:
    """``known``: of before; a text whose log did not go on is taken from there."""
    texts: dict[str, str] = {}
    heads: dict[str, int] = {}
    for document_id, kind, head in await queries.texts(work.conn, meeting_id):
        key = str(document_id)
        heads[key] = head
        if known is not None and known.heads.get(key) == head:
            texts[key] = known.texts[key]
        else:
            texts[key] = await _mark(work, document_id, agenda=kind == "agenda")
    return Content(
        details=_hash(await queries.details(work.conn, meeting_id)),
        texts=texts,
        heads=heads,
        papers=await queries.papers(work.conn, meeting_id),
    )


def differences(before: Content, now: Content, agenda: set[UUID]) -> set[Difference]:
    """``agenda``: the documents that are agendas."""
    found: set[Difference] = {("details", None)} if before.details != now.details else set()
    for key in before.texts.keys() | now.texts.keys():
        if before.texts.get(key) != now.texts.get(key):
            found.add(("agenda", None) if UUID(key) in agenda else ("document", UUID(key)))
    for key in before.papers.keys() | now.papers.keys():
        if before.papers.get(key) != now.papers.get(key):
            found.add(("paper", UUID(key)))
    return found


async def _mark(work: Work, document_id: UUID, *, agenda: bool) -> str:
    stored = await read(work.conn, document_id, 0)
    if stored is None or not stored.updates:
        return "empty"
    if agenda:
        items = sorted(read_items(merge(stored.updates)) or [], key=lambda item: (item.position, str(item.id)))
        return _hash([msgspec.to_builtins(item) for item in items if not item.removed])
    try:
        cut = await cut_apart(stored.updates, b"")
    except CannotRead:
        return f"unread at {stored.head}"  # whatever it says now, it is another text than before
    return "empty" if cut.letters == 0 else cut.hash.hex()


def _hash(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
