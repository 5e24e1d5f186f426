"""Who may do what: asked here, and nowhere else. Each function returns the thing, and is the only way to get it.

A person who may not even know of a thing is told it does not exist.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, LiteralString, NamedTuple
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from hub.agenda.models import AgendaItem
from hub.errors import Forbidden, NotFound, SecretItem
from hub.history.models import DocumentLock
from hub.history.queries import locks
from hub.meetings import queries
from hub.meetings.models import DocumentKind, IMay, MeetingDocument, MeetingRole, MeetingSummary, MeetingText, Right
from hub.papers import queries as papers
from hub.papers.models import Paper
from hub.preparing import owing_queries as owing
from hub.preparing.models import Preparing
from hub.roles.models import DocumentRole
from hub.speeches import queries as speeches
from hub.users.models import Me, UnitName

Conn = AsyncConnection[Any]
Needs = Literal["read", "speak", "run", "manage"]
OfPaper = Literal["hand_in", "take_back", "give_back"]
TEXTS: Final = ("draft_resolution", "minutes")
RIGHT_OF: Final[dict[DocumentRole, Right]] = {
    "reader": "read",
    "commenter": "comment",
    "editor": "write",
    "owner": "write",
}


class SeenMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as one person may see it."""

    summary: MeetingSummary
    current_item_id: UUID | None
    seq: int
    i_may: IMay
    preparing: Preparing | None = None

    @property
    def id(self) -> UUID:
        return self.summary.id

    @property
    def state(self) -> str:
        return self.summary.state


class SeenDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A live document and what one person may do with it."""

    id: UUID
    meeting_id: UUID
    kind: DocumentKind
    agenda_item_id: UUID | None
    title: str
    secrecy: str
    right: Right
    locked: DocumentLock | None
    owns: bool
    """May give roles in it."""
    discusses: bool
    """Sees what others say of the text, also where nothing can be said any more."""
    frozen: bool
    """The meeting's record is closed."""
    parent_id: UUID | None
    comments_id: UUID | None


async def access_meeting(conn: Conn, me: Me, meeting_id: UUID, needs: Needs = "read") -> SeenMeeting:
    """``run``: start, move on, end (chair, secretary). ``manage``: also change it (and who administers the unit).

    Raises NotFound where the person may not know of the meeting, Forbidden where he may know but not do.
    """
    row = await queries.visible_meeting(conn, me, meeting_id)
    if row is None:
        raise NotFound
    meeting = _seen(me, row)
    if needs != "read" and not getattr(meeting.i_may, needs):
        raise Forbidden
    return meeting


async def access_meetings(conn: Conn, asked: Sequence[tuple[Me, UUID]]) -> list[SeenMeeting | type[NotFound]]:
    """As `access_meeting` to read, for many people at once; what it would raise stands in the meeting's place."""
    rows = await queries.meetings_asked(conn, asked)
    return [_seen(me, row) if row is not None else NotFound for (me, _), row in zip(asked, rows, strict=True)]


async def read_meetings(
    conn: Conn, asked: Sequence[tuple[Me, UUID]], more: LiteralString, given: Mapping[str, Any]
) -> list[tuple[SeenMeeting, dict[str, Any]] | type[NotFound]]:
    """As `access_meetings`, with what ``more`` selects beside of each (see `meetings_asked`): the right and what it
    is a right to, as both were at one moment."""
    rows = await queries.meetings_asked(conn, asked, more, given)
    return [(_seen(me, row), row) if row is not None else NotFound for (me, _), row in zip(asked, rows, strict=True)]


def _seen(me: Me, row: dict[str, Any]) -> SeenMeeting:
    leads = row["my_role"] in ("chair", "secretary")
    speaks = leads or row["my_role"] == "delegate" or row["substitutes"]
    makes = row["made_by"] == me.id and row["state"] in ("draft", "published")
    i_may = IMay(manage=leads or row["administers"] or makes, run=leads, speak=speaks)
    approver = row["approver_id"] or row["chair_id"]
    prepares = i_may.manage or approver == me.id
    return SeenMeeting(
        summary=queries.summary(row),
        current_item_id=row["current_item_id"],
        seq=row["seq"],
        i_may=i_may,
        preparing=Preparing(approval=row["approval"], approver_id=approver, i_approve=approver == me.id)
        if prepares
        else None,
    )


def usual_right(
    state: str, role: MeetingRole | None, kind: DocumentKind, *, drafts: bool, manages: bool = False
) -> Right:
    """Agenda and minutes: chair and secretary write. Draft resolution: secretary and named drafters write.

    Whoever prepares a draft meeting writes too.
    """
    if kind == "draft_resolution":
        if role == "secretary" or drafts:
            return "write"
        return "comment" if role in ("chair", "delegate") else "read"
    return "write" if role in ("chair", "secretary") or (manages and state == "draft") else "read"


class _Rights:
    """What one person may do in the texts of one meeting."""

    def __init__(self, meeting: SeenMeeting, drafted: set[UUID], given: dict[UUID, DocumentRole]) -> None:
        self._meeting, self._drafted, self._given = meeting, drafted, given

    def by_role(self, document_id: UUID, kind: DocumentKind) -> Right:
        """Without what freezes a text. A role that was given goes before the place in the meeting."""
        given = self._given.get(document_id)
        if given is not None and kind in TEXTS:
            return RIGHT_OF[given]
        return usual_right(
            self._meeting.state,
            self._meeting.summary.my_role,
            kind,
            drafts=document_id in self._drafted,
            manages=self._meeting.i_may.manage,
        )

    def now(self, document_id: UUID, kind: DocumentKind, *, locked: bool) -> Right:
        """In a closed meeting, and in a text locked for a vote, nobody writes."""
        return "read" if locked or self._meeting.state == "closed" else self.by_role(document_id, kind)

    def owns(self, document_id: UUID, kind: DocumentKind) -> bool:
        return kind in TEXTS and (self._meeting.i_may.manage or self._given.get(document_id) == "owner")


async def access_document(conn: Conn, me: Me, document_id: UUID) -> SeenDocument:
    """Comments are read by who may discuss their text, and written by the hub alone."""
    [found] = await access_documents(conn, [(me, document_id)])
    if isinstance(found, SeenDocument):
        return found
    raise found


async def access_documents(
    conn: Conn, asked: Sequence[tuple[Me, UUID]]
) -> list[SeenDocument | type[NotFound] | type[Forbidden]]:
    """As `access_document` for many people at once; what it would raise stands in the document's place."""
    rows = await queries.documents_asked(conn, asked)
    wanted = {row[0]["id"] for row in rows if row is not None and row[0]["is_locked"]}
    locked = await locks(conn, wanted) if wanted else {}
    found: list[SeenDocument | type[NotFound] | type[Forbidden]] = []
    for (me, document_id), row in zip(asked, rows, strict=True):
        if row is None:
            found.append(NotFound)
        elif row[0]["parent_id"] is not None:
            found.append(await _comments(conn, me, document_id, row[0]["parent_id"]))
        else:
            found.append(_text(row[0], _seen(me, row[1]), locked.get(row[0]["id"])))
    return found


async def _comments(
    conn: Conn, me: Me, document_id: UUID, text_id: UUID
) -> SeenDocument | type[NotFound] | type[Forbidden]:
    [text] = await access_documents(conn, [(me, text_id)])
    if not isinstance(text, SeenDocument):
        return text
    if not text.discusses:
        return Forbidden
    return msgspec.structs.replace(
        text, id=document_id, kind="comments", right="read", owns=False, parent_id=text.id, comments_id=None
    )


def _text(row: dict[str, Any], meeting: SeenMeeting, lock: DocumentLock | None) -> SeenDocument:
    given, drafts = row.pop("given"), row.pop("drafts")
    del row["is_locked"]
    document_id = row["id"]
    rights = _Rights(meeting, {document_id} if drafts else set(), {document_id: given} if given else {})
    return SeenDocument(
        **row,
        meeting_id=meeting.id,
        right=rights.now(document_id, row["kind"], locked=lock is not None),
        locked=lock,
        owns=rights.owns(document_id, row["kind"]),
        discusses=_discusses(rights, document_id, row["kind"]),
        frozen=meeting.state == "closed",
    )


def documents_of(
    meeting: SeenMeeting,
    texts: Sequence[MeetingText],
    locked: Mapping[UUID, DocumentLock],
    *,
    drafted: set[UUID],
    given: dict[UUID, DocumentRole],
) -> list[MeetingDocument]:
    """The meeting's texts and their locks, the same for all who may see it, for one person: ``drafted`` he was named
    to draft, ``given`` is his role in some."""
    rights = _Rights(meeting, drafted, given)
    return [
        MeetingDocument(
            id=text.id,
            kind=text.kind,
            agenda_item_id=text.agenda_item_id,
            title=text.title,
            my_right=rights.now(text.id, text.kind, locked=text.id in locked),
            locked=locked.get(text.id),
            i_own=rights.owns(text.id, text.kind),
            comments_id=text.comments_id if _discusses(rights, text.id, text.kind) else None,
        )
        for text in texts
    ]


def _discusses(rights: _Rights, document_id: UUID, kind: DocumentKind) -> bool:
    return rights.by_role(document_id, kind) != "read" or rights.owns(document_id, kind)


async def access_item(conn: Conn, me: Me, item_id: UUID, needs: Needs = "read") -> AgendaItem:
    cursor = await conn.execute("SELECT meeting_id FROM agenda_item WHERE id = %s", (item_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound
    await access_meeting(conn, me, row[0], needs)
    return next(item for item in await queries.items(conn, row[0]) if item.id == item_id)


async def access_speech_request(conn: Conn, me: Me, request_id: UUID, needs: Needs = "read") -> SeenMeeting:
    """The meeting a request to speak belongs to."""
    return await _access_part(conn, me, await speeches.meeting_of_request(conn, request_id), needs)


async def access_floor(conn: Conn, me: Me, floor_id: UUID, needs: Needs = "read") -> SeenMeeting:
    """The meeting somebody has, or had, the floor of."""
    return await _access_part(conn, me, await speeches.meeting_of_floor(conn, floor_id), needs)


async def access_questioning(conn: Conn, me: Me, questioning_id: UUID, needs: Needs = "read") -> SeenMeeting:
    return await _access_part(conn, me, await speeches.meeting_of_questioning(conn, questioning_id), needs)


async def _access_part(conn: Conn, me: Me, meeting_id: UUID | None, needs: Needs) -> SeenMeeting:
    if meeting_id is None:
        raise NotFound
    return await access_meeting(conn, me, meeting_id, needs)


async def statistics_units(conn: Conn, me: Me) -> list[UnitName]:
    """Whose meetings I chair, or which I administer: who is silent there is for nobody else to see."""
    return await queries.units_led(conn, me)


async def access_unit_statistics(conn: Conn, me: Me, unit_id: UUID) -> UnitName:
    for unit in await statistics_units(conn, me):
        if unit.id == unit_id:
            return unit
    raise NotFound


async def access_paper(conn: Conn, me: Me, paper_id: UUID, needs: Literal[Needs, OfPaper] = "read") -> Paper:
    """For who takes part in the meeting and who prepares it: the file of a closed meeting is not the whole unit's.
    The people of the unit that prepares its item read it too until the meeting begins, ``hand_in`` a new version of
    one that their unit handed in, and ``take_back`` such a one until the draft is submitted. Who prepares or approves
    the meeting may ``give_back`` a paper to who handed it in.

    On an item that was marked Mật since, nobody reads it here any more.
    """
    found = await papers.paper(conn, paper_id, me.id)
    if found is None:
        raise NotFound
    paper, secrecy = found
    row = await queries.visible_meeting(conn, me, paper.meeting_id)
    meeting = _seen(me, row) if row is not None else None
    inside = meeting if meeting and (meeting.summary.my_role or meeting.i_may.manage or meeting.preparing) else None
    by_unit = needs in ("hand_in", "take_back")
    if inside is None or not (needs == "read" or _may_with_papers(inside, needs)):
        of_my_unit = (await owing.prepared_papers(conn, me, [paper.id])).get(paper.id)
        if inside is None and of_my_unit is None:
            raise NotFound
        if needs != "read" and not (by_unit and of_my_unit and getattr(of_my_unit, needs)):
            raise Forbidden
    refuse_secret(secrecy)
    return paper


def _may_with_papers(meeting: SeenMeeting, needs: Literal[Needs, OfPaper]) -> bool:
    if needs in ("hand_in", "take_back", "give_back"):
        approves = needs == "give_back" and meeting.preparing is not None and meeting.preparing.i_approve
        return meeting.i_may.manage or approves
    return bool(getattr(meeting.i_may, needs))


class Receiving(NamedTuple):
    """A meeting as far as who puts a paper into it must know of it."""

    unit_id: UUID
    state: str


async def access_hand_in(conn: Conn, me: Me, meeting_id: UUID, item_id: UUID | None) -> Receiving:
    """Who manages the meeting puts papers on any of its items; the people of the unit that prepares an item on that
    one alone, before the meeting begins."""
    row = await queries.visible_meeting(conn, me, meeting_id)
    if row is not None and _seen(me, row).i_may.manage:
        if item_id is not None:
            item = await access_item(conn, me, item_id)
            if item.meeting_id != meeting_id or item.removed:
                raise NotFound
            refuse_secret(item.secrecy)
        return Receiving(row["unit_id"], row["state"])
    prepared = await owing.prepared_item(conn, me, meeting_id, item_id) if item_id is not None else None
    if prepared is None:
        raise NotFound if row is None else Forbidden
    return Receiving(*prepared)


def refuse_secret(secrecy: str) -> None:
    """Mật and above: no upload, recording, captions, AI, projector, search or export."""
    if secrecy != "none":
        raise SecretItem


async def refuse_secret_item(conn: Conn, item_id: UUID | None) -> None:
    """As ``refuse_secret``, for an item known by id only; None is no item and not secret."""
    if item_id is None:
        return
    cursor = await conn.execute("SELECT secrecy FROM agenda_item WHERE id = %s", (item_id,))
    if row := await cursor.fetchone():
        refuse_secret(row[0])


class SearchRights(NamedTuple):
    """Conditions on ``meeting m`` and their parameters."""

    visible: LiteralString
    """What of the meeting this person may find."""
    papers: LiteralString
    """Its papers too: who may know of it is not always one of them."""
    known: dict[str, Any]


def search_rights(me: Me) -> SearchRights:
    """The same as ``access_meeting`` and ``access_paper``, for one statement over all meetings."""
    return SearchRights(queries.VISIBLE, queries.READS_PAPERS, queries.about(me))
