"""The rules of deciding on suggestions, and the table that fills itself.

A decision is written down first, with the words as they stand in the hub's own copy; then the drafter's page changes
the text. Where the second half is lost the table shows it, and any drafter's page can do it.
"""

from uuid import UUID

from hub.access import SeenDocument, access_document
from hub.db import Work
from hub.documents.service import Documents
from hub.errors import Forbidden, NotFound
from hub.suggestions import queries
from hub.suggestions.found import Found, moment, suggestions_in
from hub.suggestions.models import (
    NewDecision,
    Opinion,
    ReasonNeeded,
    SuggestionGone,
    SuggestionsDecided,
    TextUnavailable,
)
from hub.suggestions.queries import Decided, Record
from hub.suggestions.tree import NoText
from hub.users.models import Me
from realtime import DocumentUnavailable, NoSuchDocument

Key = tuple[str, str]


async def access_discussed(work: Work, me: Me, document_id: UUID) -> SeenDocument:
    """A text of which this person may see what others say of it."""
    document = await access_document(work.conn, me, document_id)
    if document.kind not in ("draft_resolution", "minutes"):
        raise NotFound
    if not document.discusses:
        raise Forbidden
    return document


async def opinions(work: Work, documents: Documents, document: SeenDocument) -> list[Opinion]:
    """First what waits, in the order of the text, then what was decided, in the order of deciding."""
    found = {(one.said.by, one.said.id): one for one in await _read(documents, document.id)}
    decided = await queries.decided(work.conn, document.id)
    known = {(str(one.author_id), one.suggestion_id) for one in decided}
    waiting = {key: one for key, one in found.items() if key not in known and _is_id(key[0])}
    names = await queries.names(work.conn, {UUID(by) for by, _ in waiting})
    return [
        *(_waiting(one, names[UUID(by)]) for (by, _), one in waiting.items() if UUID(by) in names),
        *(_decided(one, in_text=(str(one.author_id), one.suggestion_id) in found) for one in decided),
    ]


async def decide(work: Work, me: Me, documents: Documents, document: SeenDocument, new: NewDecision) -> list[Opinion]:
    """All or none: one that is gone refuses the whole, so that nobody believes it was decided."""
    if document.right != "write":
        raise Forbidden
    if new.decision == "rejected" and not new.reason.strip():
        raise ReasonNeeded
    found = {(one.said.by, one.said.id): one for one in await _read(documents, document.id)}
    before = {(str(one.author_id), one.suggestion_id): one for one in await queries.decided(work.conn, document.id)}
    records = [
        _record(key, found.get(key), before.get(key))
        for key in dict.fromkeys((str(one.author_id), one.suggestion_id) for one in new.suggestions)
    ]
    if {record.author_id for record in records} - (
        await queries.names(work.conn, {r.author_id for r in records})
    ).keys():
        raise SuggestionGone  # the mark names nobody
    await queries.record(work.conn, document.id, records, new.decision, new.reason.strip(), me.id, work.now)
    await work.tell(document.meeting_id, SuggestionsDecided(document.id, new.decision, len(records), me.id))
    wanted = {(record.author_id, record.suggestion_id) for record in records}
    return [
        _decided(one, in_text=(str(one.author_id), one.suggestion_id) in found)
        for one in await queries.decided(work.conn, document.id)
        if (one.author_id, one.suggestion_id) in wanted
    ]


async def _read(documents: Documents, document_id: UUID) -> list[Found]:
    try:
        async with documents.registry.open(str(document_id)) as document:
            return suggestions_in(document.live.replica.doc())
    except (DocumentUnavailable, NoSuchDocument) as error:
        raise TextUnavailable from error
    except NoText:
        return []  # some other client made it no text: nothing in it is a suggestion


def _record(key: Key, found: Found | None, before: Decided | None) -> Record:
    if found is not None:
        said = found.said
        return Record(UUID(said.by), said.id, found.place, found.removed, found.added, moment(said.at))
    if before is None:
        raise SuggestionGone
    return Record(
        before.author_id, before.suggestion_id, before.place, before.removed, before.added, before.proposed_at
    )


def _waiting(found: Found, name: str) -> Opinion:
    return Opinion(
        author_id=UUID(found.said.by),
        author_name=name,
        suggestion_id=found.said.id,
        place=found.place,
        removed=found.removed,
        added=found.added,
        proposed_at=moment(found.said.at),
        decision=None,
        reason="",
        decided_by=None,
        decided_at=None,
        in_text=True,
    )


def _decided(one: Decided, *, in_text: bool) -> Opinion:
    return Opinion(
        author_id=one.author_id,
        author_name=one.author_name,
        suggestion_id=one.suggestion_id,
        place=one.place,
        removed=one.removed,
        added=one.added,
        proposed_at=one.proposed_at,
        decision=one.decision,
        reason=one.reason,
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        in_text=in_text,
    )


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
