"""Invitations over HTTP."""

from typing import Annotated, Final, Literal
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.access import access_meeting
from hub.calendars import Calendar
from hub.db import Database, Work
from hub.errors import Forbidden, NotFound
from hub.exports.models import Format
from hub.exports.routes import TYPES
from hub.invitations import queries, service
from hub.invitations.letters import Letters
from hub.invitations.mine import MyInvitation
from hub.invitations.models import (
    Answer,
    AnswerByHand,
    Call,
    CallRule,
    ChangedCall,
    ChangedCallRule,
    Convened,
    EmergencyMeeting,
    InvitedTo,
    LeadTime,
    Reminder,
    Sending,
    SentTo,
    SubstituteDecision,
)
from hub.invitations.rules import lead_time, rule_for, set_rule, shipped
from hub.meetings.queries import administered_units
from hub.users.models import Me, Person

TAGS: Final = ["Invitations (giấy mời)"]
HOME_INVITATIONS: Final = 20


@get("/api/invitations", tags=TAGS)
async def my_invitations(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[InvitedTo]:
    """Mine to what is coming or under way, the nearest first."""
    found = await service.my_invitations(work, me, HOME_INVITATIONS)
    return [InvitedTo(meeting.summary, invitation) for meeting, invitation in found]


@get("/api/meetings/{meeting_id:uuid}/invitations", tags=TAGS)
async def get_call(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    calendar: NamedDependency[Calendar],
) -> Call:
    """What the invitation says and who got how far, for who prepares the meeting."""
    return await service.call_of(work, calendar, await access_meeting(work.conn, me, meeting_id, "manage"))


@patch("/api/meetings/{meeting_id:uuid}/invitations", status_code=204, tags=TAGS)
async def change_call(
    meeting_id: FromPath[UUID], data: JSONBody[ChangedCall], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.change_call(work, await access_meeting(work.conn, me, meeting_id, "manage"), data)


@post("/api/meetings/{meeting_id:uuid}/invitations/send", status_code=200, tags=TAGS)
async def send_invitations(
    meeting_id: FromPath[UUID], data: JSONBody[Sending], me: NamedDependency[Me], work: NamedDependency[Work]
) -> SentTo:
    """To everybody on the list who has none yet; ``again`` to all. In the app at once, outside by a job."""
    return await service.send(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), again=data.again)


@post("/api/meetings/{meeting_id:uuid}/invitations/remind", status_code=200, tags=TAGS)
async def remind_invited(
    meeting_id: FromPath[UUID], data: JSONBody[Reminder], me: NamedDependency[Me], work: NamedDependency[Work]
) -> SentTo:
    return await service.remind(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data.user_ids)


@put("/api/meetings/{meeting_id:uuid}/invitations/{user_id:uuid}/answer", status_code=204, tags=TAGS)
async def write_answer_down(
    meeting_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[AnswerByHand],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """What somebody said by telephone; the table says who wrote it down."""
    await service.answer_by_hand(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), user_id, data)


@post("/api/meetings/{meeting_id:uuid}/invitations/{user_id:uuid}/substitute", status_code=204, tags=TAGS)
async def decide_substitute(
    meeting_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[SubstituteDecision],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """Whom this person named: accepted he speaks and has no vote, refused nothing changes."""
    await service.decide_substitute(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), user_id, data)


@get("/api/meetings/{meeting_id:uuid}/invitation", tags=TAGS)
async def get_my_invitation(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> MyInvitation:
    """404 where I was not invited."""
    found = await service.my_invitation(work, me, await access_meeting(work.conn, me, meeting_id))
    if found is None:
        raise NotFound
    return found


@post("/api/meetings/{meeting_id:uuid}/invitation/opened", status_code=204, tags=TAGS)
async def open_my_invitation(meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """A page of mine shows it to me."""
    await service.open_invitation(work, me, await access_meeting(work.conn, me, meeting_id))


@put("/api/meetings/{meeting_id:uuid}/invitation/answer", status_code=204, tags=TAGS)
async def answer_invitation(
    meeting_id: FromPath[UUID], data: JSONBody[Answer], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """I come; or not, and why; and who of my unit for me, where the body allows."""
    await service.answer(work, me, await access_meeting(work.conn, me, meeting_id), data)


@get("/api/meetings/{meeting_id:uuid}/invitation/colleagues", tags=TAGS)
async def possible_substitutes(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[Person]:
    await access_meeting(work.conn, me, meeting_id)
    return [Person(**row) for row in await queries.colleagues(work.conn, meeting_id, me.id)]


@get("/api/meetings/{meeting_id:uuid}/invitation/file", tags=TAGS)
async def invitation_file(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    letters: NamedDependency[Letters],
    format: FromQuery[Format] = "pdf",  # noqa: A002  the word of the address
    whose: FromQuery[Literal["mine", "all"]] = "mine",
    user_id: Annotated[UUID | None, QueryParameter()] = None,
) -> Response[bytes]:
    """The page after Decree 30/2020. Mine; of somebody else, or the one for all, for who prepares the meeting."""
    async with db.work() as work:
        meeting = await access_meeting(work.conn, me, meeting_id)
        to = None if whose == "all" else user_id or me.id
        if to != me.id and not meeting.i_may.manage:
            raise Forbidden
        if to is not None and not await queries.is_on_list(work.conn, meeting_id, to):
            raise NotFound
        job = await letters.page(work, meeting_id, to)
    name = f"{job.sheet.title}.{format}"
    return _file(await letters.print(job, format), TYPES[format], f"giay-moi.{format}", name)


@get("/api/meetings/{meeting_id:uuid}/invitation/calendar", tags=TAGS)
async def invitation_calendar(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    letters: NamedDependency[Letters],
) -> Response[bytes]:
    """For my own calendar (RFC 5545)."""
    async with db.work() as work:
        await access_meeting(work.conn, me, meeting_id)
        found = await letters.calendar(work, meeting_id, me.id)
    if found is None:
        raise NotFound
    content, method = found
    return _file(content, f"text/calendar; method={method}; charset=utf-8", "lich-hop.ics", "lich-hop.ics")


@get("/api/meetings/{meeting_id:uuid}/lead-time", tags=TAGS)
async def get_lead_time(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    calendar: NamedDependency[Calendar],
) -> LeadTime:
    """Whether publishing now would keep the body's rule; for who prepares the meeting."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    return await lead_time(work, calendar, meeting.summary)


@post("/api/emergency-meetings", tags=TAGS)
async def convene_now(
    data: JSONBody[EmergencyMeeting],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    calendar: NamedDependency[Calendar],
) -> Convened:
    """Made, published and everybody called on every way, in one request. Only who administers the unit."""
    return Convened(await service.convene_now(work, me, calendar, data))


@get("/api/units/{unit_id:uuid}/call-rules", tags=TAGS)
async def list_call_rules(
    unit_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[CallRule]:
    """What holds in the unit for each kind of meeting."""
    if unit_id not in await administered_units(work.conn, me):
        raise NotFound
    return [await rule_for(work, unit_id, kind) for kind in shipped()]


@get("/api/units/{unit_id:uuid}/call-rules/{kind:str}", tags=TAGS)
async def get_call_rule(
    unit_id: FromPath[UUID], kind: FromPath[str], me: NamedDependency[Me], work: NamedDependency[Work]
) -> CallRule:
    """How early the unit invites to such meetings and sends papers, and whether it takes substitutes."""
    if unit_id not in await administered_units(work.conn, me):
        raise NotFound
    return await rule_for(work, unit_id, kind)


@put("/api/units/{unit_id:uuid}/call-rules/{kind:str}", tags=TAGS)
async def set_call_rule(
    unit_id: FromPath[UUID],
    kind: FromPath[str],
    data: JSONBody[ChangedCallRule],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> CallRule:
    if unit_id not in await administered_units(work.conn, me):
        raise NotFound
    return await set_rule(work, me, unit_id, kind, data)


def _file(content: bytes, media_type: str, plain: str, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f"attachment; filename={plain}; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        },
    )


handlers = [
    my_invitations,
    get_call,
    change_call,
    send_invitations,
    remind_invited,
    write_answer_down,
    decide_substitute,
    get_my_invitation,
    open_my_invitation,
    answer_invitation,
    possible_substitutes,
    invitation_file,
    invitation_calendar,
    get_lead_time,
    convene_now,
    list_call_rules,
    get_call_rule,
    set_call_rule,
]
