"""What a new meeting begins with: the agenda of a past one or of a type, and the titles of its drafts.

Never texts, papers or attendance. Rows and document are written together with the same ids, so that a draft can belong
to its item at once; the projection finds nothing to change.
"""

from uuid import UUID, uuid4

import msgspec

from hub.access import access_meeting
from hub.agenda.models import ItemKind, Secrecy
from hub.catalogues.service import access_type
from hub.db import Work
from hub.documents.models import PlannedItem
from hub.documents.queries import write_items
from hub.documents.service import begin_documents
from hub.documents.writing import seed_agenda
from hub.errors import Forbidden
from hub.meetings import queries
from hub.meetings.models import CopiedMeeting, DocumentCreated, NewMeeting
from hub.preparing.queries import set_unit
from hub.users.models import Me


class ItemPlan(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    presenter: str
    minutes: int
    kind: ItemKind
    secrecy: Secrecy = "none"
    unit_id: UUID | None = None
    drafts: list[str] = []


async def plan_of(work: Work, me: Me, new: NewMeeting) -> list[ItemPlan]:
    """Both are asked for as anybody reads them: nobody copies what he may not see."""
    meeting_type = await access_type(work.conn, me, new.type_id) if new.type_id is not None else None
    if new.copy_of is not None:
        return await _copied(work, me, new.copy_of, new.unit_id)
    if meeting_type is None:
        return []
    return [
        ItemPlan(
            title=item.title,
            presenter=item.presenter,
            minutes=item.minutes,
            kind=item.kind,
            drafts=[item.draft] if item.draft else [],
        )
        for item in meeting_type.items
    ]


async def _copied(work: Work, me: Me, meeting_id: UUID, unit_id: UUID) -> list[ItemPlan]:
    meeting = await access_meeting(work.conn, me, meeting_id)
    if meeting.summary.my_role is None and not meeting.i_may.manage and meeting.state != "closed":
        raise Forbidden
    drafts: dict[UUID, list[str]] = {}
    for text in await queries.texts(work.conn, meeting_id):
        if text.kind == "draft_resolution" and text.agenda_item_id is not None:
            drafts.setdefault(text.agenda_item_id, []).append(text.title)
    return [
        ItemPlan(
            title=item.title,
            presenter=item.presenter,
            minutes=item.minutes,
            kind=item.kind,
            secrecy=item.secrecy,
            unit_id=item.unit_id,
            drafts=drafts.get(item.id, []),
        )
        for item in await queries.items(work.conn, meeting_id)
        if not item.removed
    ]


async def seed(work: Work, me: Me, meeting_id: UUID, agenda_id: UUID, plan: list[ItemPlan]) -> None:
    if not plan:
        return
    items = [
        PlannedItem(
            id=uuid4(),
            position=_position(at),
            title=item.title,
            presenter=item.presenter,
            minutes=item.minutes,
            kind=item.kind,
            removed=False,
        )
        for at, item in enumerate(plan)
    ]
    await begin_documents(work, [(agenda_id, seed_agenda(items))])
    await write_items(work.conn, meeting_id, items)
    for item, planned in zip(items, plan, strict=True):
        if planned.secrecy != "none":
            await queries.set_secrecy(work.conn, item.id, planned.secrecy)
        if planned.unit_id is not None:
            await set_unit(work.conn, item.id, planned.unit_id)
        for title in planned.drafts:
            document_id = await queries.insert_document(
                work.conn, meeting_id, "draft_resolution", title, item.id, work.now
            )
            await work.tell(meeting_id, DocumentCreated(document_id, "draft_resolution", item.id, me.id))


async def copied_meeting(work: Work, me: Me, meeting_id: UUID) -> CopiedMeeting:
    """What the form of a new meeting begins with: everything but the day. People who left are left out."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    plan = await _copied(work, me, meeting_id, meeting.summary.unit.id)
    people = await queries.people_to_copy(work.conn, meeting_id)
    return CopiedMeeting(
        id=meeting_id,
        title=meeting.summary.title,
        kind=meeting.summary.kind,
        place=meeting.summary.place,
        room_id=meeting.summary.room_id,
        unit_id=meeting.summary.unit.id,
        minutes=int((meeting.summary.ends_at - meeting.summary.starts_at).total_seconds() // 60),
        items=len(plan),
        drafts=sum(len(item.drafts) for item in plan),
        people=people,
    )


def _position(at: int) -> str:
    """As the page's editor makes them: fractions in base 62, between which others fit."""
    return f"a{at:03d}V" if at < 1000 else f"b{at:06d}V"
