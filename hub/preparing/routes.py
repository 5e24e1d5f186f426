"""Approval, changes and the secretary's checklist over HTTP, for who prepares a meeting and who approves it."""

from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_item, access_meeting
from hub.calendars import Calendar
from hub.db import Work
from hub.invitations.models import SentTo
from hub.preparing import owing, service
from hub.preparing.models import NamedApprover, NewStep, OwedPaper, Preparation, PreparedItem, PreparingUnit
from hub.users.models import Me

TAGS = ["Preparing (chuẩn bị, phê duyệt)"]


@get("/api/meetings/{meeting_id:uuid}/preparation", tags=TAGS)
async def show_preparation(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    calendar: NamedDependency[Calendar],
) -> Preparation:
    """How far the draft is, what changed since it was approved or published, what lacks, whether papers are in time,
    how far the invitations are, and who did what."""
    return await service.preparation(work, me, calendar, await access_meeting(work.conn, me, meeting_id))


@post("/api/meetings/{meeting_id:uuid}/approval", status_code=204, tags=TAGS)
async def take_step(
    meeting_id: FromPath[UUID], data: JSONBody[NewStep], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """``submit`` and ``withdraw``: who prepares. ``return`` with a reason and ``approve``: the named approver alone."""
    await service.take_step(work, me, await access_meeting(work.conn, me, meeting_id), data)


@put("/api/meetings/{meeting_id:uuid}/approver", status_code=204, tags=TAGS)
async def name_approver(
    meeting_id: FromPath[UUID], data: JSONBody[NamedApprover], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Null: the chair. 409 approver-is-preparer for oneself."""
    await service.name_approver(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data.user_id)


@post("/api/meetings/{meeting_id:uuid}/changes/told", status_code=204, tags=TAGS)
async def tell_changes(meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """One notice of all that changed since the meeting was published, or since the last such notice."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    await service.tell_changes(work, meeting.id, me.id)


@put("/api/agenda-items/{item_id:uuid}/unit", status_code=204, tags=TAGS)
async def set_unit(
    item_id: FromPath[UUID], data: JSONBody[PreparingUnit], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """The unit that prepares the item and owes its papers; null: none."""
    item = await access_item(work.conn, me, item_id, "manage")
    await service.set_unit(work, me, item, data.unit_id)


@post("/api/meetings/{meeting_id:uuid}/papers-owed/ask", status_code=200, tags=TAGS)
async def ask_for_papers(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    calendar: NamedDependency[Calendar],
) -> SentTo:
    """Everybody who owes one: the people of the unit that prepares the item, and who presents it. Of a draft the units
    know only after they were asked once, and then only what of it is theirs."""
    return await owing.ask(work, me, calendar, await access_meeting(work.conn, me, meeting_id, "manage"))


@get("/api/papers-owed", tags=TAGS)
async def list_papers_owed(
    me: NamedDependency[Me], work: NamedDependency[Work], calendar: NamedDependency[Calendar]
) -> list[OwedPaper]:
    """What I and my unit still have to hand in for meetings to come, the nearest day first."""
    return await owing.owed_by_me(work, me, calendar)


@get("/api/prepared-items", tags=TAGS)
async def list_prepared_items(
    me: NamedDependency[Me], work: NamedDependency[Work], calendar: NamedDependency[Calendar]
) -> list[PreparedItem]:
    """What my unit prepares for meetings to come, with the papers of these items, the nearest day first. Papers are
    handed in by an upload that names meeting and item."""
    return await owing.prepared_by_my_unit(work, me, calendar)


handlers = [
    show_preparation,
    take_step,
    name_approver,
    tell_changes,
    set_unit,
    ask_for_papers,
    list_papers_owed,
    list_prepared_items,
]
