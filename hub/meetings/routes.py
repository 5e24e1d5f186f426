"""Meetings over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.access import access_meeting
from hub.calendars import Calendar
from hub.db import Database, Work
from hub.documents.service import Documents
from hub.invitations import service as invitations
from hub.meetings import planning, queries, service
from hub.meetings.address import address_of
from hub.meetings.models import (
    ChangedMeeting,
    CopiedMeeting,
    Home,
    Meeting,
    MeetingAddress,
    MeetingDocument,
    MeetingSummary,
    NewDocument,
    NewMeeting,
    NewState,
)
from hub.meetings.showing import Screens, show
from hub.papers.service import deliver
from hub.reception import Reception
from hub.settings import Settings
from hub.users.models import Me
from hub.yearbook.closing import close

TAGS = ["Meetings (phiên họp)"]


@get("/api/home", tags=TAGS)
async def home(me: NamedDependency[Me], reception: NamedDependency[Reception]) -> Home:
    return await reception.of_each(service.homes, me)


@get("/api/meetings", tags=TAGS)
async def list_meetings(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    when: FromQuery[Literal["coming", "past", "all"]] = "all",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> list[MeetingSummary]:
    return await queries.meetings(work.conn, me, when, limit)


@post("/api/meetings", tags=TAGS)
async def create_meeting(
    data: JSONBody[NewMeeting], me: NamedDependency[Me], work: NamedDependency[Work]
) -> MeetingSummary:
    """A draft with an empty agenda and empty minutes. Only who administers the unit may convene."""
    meeting_id = await service.create_meeting(work, me, data)
    return (await access_meeting(work.conn, me, meeting_id)).summary


@get("/api/meetings/{meeting_id:uuid}", tags=TAGS)
async def get_meeting(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    screens: NamedDependency[Screens],
    db: NamedDependency[Database],
) -> Meeting:
    """All a screen needs; ``seq`` says from where to follow ``/ws/meetings/{id}``."""
    meeting = await screens.ask((me, meeting_id))
    await deliver(db, me, meeting.my_role, meeting.state, meeting.papers)
    return meeting


@get("/api/meetings/{meeting_id:uuid}/copy", tags=TAGS)
async def copy_meeting(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> CopiedMeeting:
    """What a new meeting made as a copy of this one would begin with; nothing is made yet."""
    return await planning.copied_meeting(work, me, meeting_id)


@get("/api/meetings/{meeting_id:uuid}/address", tags=TAGS)
async def meeting_address(
    meeting_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    settings: NamedDependency[Settings],
) -> MeetingAddress:
    """For the room's screen: the address, and its QR, at which somebody on the list follows on a phone."""
    await access_meeting(work.conn, me, meeting_id)
    return address_of(settings, str(request.base_url), meeting_id)


@patch("/api/meetings/{meeting_id:uuid}", tags=TAGS)
async def change_meeting(
    meeting_id: FromPath[UUID], data: JSONBody[ChangedMeeting], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Meeting:
    await service.change_meeting(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data)
    return await show(work, me, meeting_id)


@post("/api/meetings/{meeting_id:uuid}/state", status_code=204, tags=TAGS)
async def change_state(
    meeting_id: FromPath[UUID],
    data: JSONBody[NewState],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    db: NamedDependency[Database],
    documents: NamedDependency[Documents],
    calendar: NamedDependency[Calendar],
) -> None:
    """draft → published → running → ended → closed; an ended meeting may be taken up again. Else 409 wrong-state.

    Closing freezes the record for good; what should be done before is left undone only with a reason.
    """
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    if data.to == "closed":
        await close(db, documents, me, meeting_id, data.reason)
    else:
        if data.to == "published" and meeting.state == "draft":
            await invitations.check_lead_time(work, me, calendar, meeting, data.reason)
        await service.change_state(work, me, meeting, data.to)


@post("/api/meetings/{meeting_id:uuid}/documents", tags=TAGS)
async def create_draft_resolution(
    meeting_id: FromPath[UUID], data: JSONBody[NewDocument], me: NamedDependency[Me], work: NamedDependency[Work]
) -> MeetingDocument:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    document_id = await service.create_draft_resolution(work, me, meeting, data)
    return next(one for one in (await show(work, me, meeting_id)).documents if one.id == document_id)


handlers = [
    home,
    list_meetings,
    create_meeting,
    get_meeting,
    copy_meeting,
    meeting_address,
    change_meeting,
    change_state,
    create_draft_resolution,
]
