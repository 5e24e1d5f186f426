"""The rules of inviting: who gets it, who answers, who may sit for whom. The reply in the app is the truth."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UnsetType

from hub.access import SeenMeeting, access_meeting
from hub.calendars import Calendar
from hub.db import Work
from hub.errors import NotFound
from hub.invitations import queries
from hub.invitations.mine import Answered, MyInvitation, SubstituteState
from hub.invitations.models import (
    Answer,
    AnswerByHand,
    Call,
    ChangedCall,
    EmergencyMeeting,
    InvitationAnswered,
    InvitationsSent,
    InvitationSubstituted,
    LeadTimeWaived,
    NoSubstitutes,
    NotASubstitute,
    NotInvited,
    NotYetPublished,
    ReasonNeeded,
    SentTo,
    SubstituteDecision,
    TooLateToPublish,
)
from hub.invitations.rules import lead_time, rule_of
from hub.meetings import service as meetings
from hub.meetings.models import NewMeeting
from hub.notices.models import NoticeKind
from hub.notices.service import notify, read_for_them
from hub.participants.models import Invited
from hub.participants.service import invite as put_on_list
from hub.participants.service import take_off
from hub.preparing import queries as preparing
from hub.users.models import Me

OPEN: Final = ("published", "running")


async def call_of(work: Work, calendar: Calendar, meeting: SeenMeeting) -> Call:
    row = await queries.call(work.conn, meeting.id)
    rule = await rule_of(work, meeting.summary)
    return Call(
        **row,
        lead=await lead_time(work, calendar, meeting.summary),
        substitutes=rule.substitutes,
        invitees=await queries.invitees(work.conn, meeting.id),
    )


async def change_call(work: Work, meeting: SeenMeeting, changed: ChangedCall) -> None:
    fields: dict[str, Any] = {
        name: value for name in changed.__struct_fields__ if not isinstance(value := getattr(changed, name), UnsetType)
    }
    if "remind_minutes" in fields:
        fields["remind_minutes"] = sorted(set(fields["remind_minutes"]), reverse=True)
    await queries.change_call(work.conn, meeting.id, fields)


async def check_lead_time(work: Work, me: Me, calendar: Calendar, meeting: SeenMeeting, reason: str | None) -> None:
    """Publishing asks here. Too late without a reason is refused; with one, the line keeps that it was waived."""
    lead = await lead_time(work, calendar, meeting.summary)
    if lead.in_time:
        return
    if reason is None or not reason.strip():
        raise TooLateToPublish
    await _waive(work, me, meeting.id, lead.required or 0, lead.left, reason.strip(), emergency=False)


async def _waive(
    work: Work, me: Me, meeting_id: UUID, required: int, left: int, reason: str, *, emergency: bool
) -> None:
    await queries.waive(work.conn, meeting_id, reason, emergency=emergency)
    await work.tell(meeting_id, LeadTimeWaived(required, left, emergency, me.id), text=reason)


async def send(work: Work, me: Me, meeting: SeenMeeting, *, again: bool) -> SentTo:
    """To everybody on the list who has none; ``again`` also to the others, under a higher sequence."""
    await work.hold(meeting.id)
    if meeting.state not in OPEN:
        raise NotYetPublished
    call = await queries.call(work.conn, meeting.id)
    first_time = call["sequence"] < 0
    if first_time and meeting.state != "published":
        raise NotYetPublished  # nobody is invited for the first time to what is under way
    sequence = await queries.note_sending(work.conn, meeting.id, me.id, work.now, raise_=again or first_time)
    to = await queries.invite(work.conn, meeting.id, sequence, work.now, again=again)
    new: NoticeKind = "emergency" if call["emergency"] else "invited"
    await read_for_them(work, list(to), "meeting_published", meeting.id)  # the invitation says it too
    await notify(work, [who for who, first in to.items() if first], new, meeting.id, by=me.id)
    await notify(work, [who for who, first in to.items() if not first], "invitation_changed", meeting.id, by=me.id)
    if to:
        await work.tell(meeting.id, InvitationsSent(len(to), sequence, again and not first_time, me.id))
    return SentTo(len(to))


async def my_invitation(work: Work, me: Me, meeting: SeenMeeting) -> MyInvitation | None:
    """None where I was not invited, or not yet."""
    row = (await queries.mine(work.conn, me.id, [meeting.id])).get(meeting.id)
    return shown(row, allows=(await rule_of(work, meeting.summary)).substitutes) if row else None


async def my_invitations(work: Work, me: Me, limit: int) -> list[tuple[SeenMeeting, MyInvitation]]:
    """To meetings that are coming or under way, the nearest first."""
    ids = await queries.coming(work.conn, me.id, limit)
    rows = await queries.mine(work.conn, me.id, ids)
    found = []
    for meeting_id in ids:
        meeting = await access_meeting(work.conn, me, meeting_id)
        allows = (await rule_of(work, meeting.summary)).substitutes
        found.append((meeting, shown(rows[meeting_id], allows=allows)))
    return found


def shown(row: dict[str, Any], *, allows: bool) -> MyInvitation:
    """``allows``: the body takes substitutes."""
    live = row["open"] and not row["cancelled"] and row["role"] is not None
    kept = {name: row[name] for name in MyInvitation.__struct_fields__ if name in row}
    may = {"may_answer": live, "may_name": live and allows and row["role"] == "delegate"}
    return msgspec.convert(kept | may, MyInvitation)


async def open_invitation(work: Work, me: Me, meeting: SeenMeeting) -> None:
    await queries.mark_opened(work.conn, meeting.id, me.id, work.now)


async def answer(work: Work, me: Me, meeting: SeenMeeting, said: Answer) -> None:
    """I come, or not and why, and perhaps who comes for me. It may be changed until the meeting ends."""
    await work.hold(meeting.id)
    row = (await queries.mine(work.conn, me.id, [meeting.id])).get(meeting.id)
    mine = shown(row, allows=(await rule_of(work, meeting.summary)).substitutes) if row else None
    if mine is None or not mine.may_answer:
        raise NotInvited
    reason = said.reason.strip()
    if said.answer == "declined" and not reason:
        raise ReasonNeeded
    wanted = said.substitute_id if said.answer == "declined" else None
    if wanted is not None and not mine.may_name:
        raise NoSubstitutes
    await queries.set_answer(work.conn, meeting.id, me.id, said.answer, reason, me.id, work.now)
    await work.tell(meeting.id, InvitationAnswered(me.id, said.answer, me.id))
    if wanted != mine.substitute_id:
        if mine.substitute_id is not None:
            await _send_no_substitute(work, me, meeting, me.id, mine)
        if wanted is not None:
            await _name(work, me, meeting, wanted)
    await _tell_leaders(work, meeting, me.id, said.answer, reason)


async def answer_by_hand(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, said: AnswerByHand) -> None:
    """What somebody said by telephone, written down by the secretary under his own name."""
    await work.hold(meeting.id)
    row = (await queries.mine(work.conn, user_id, [meeting.id])).get(meeting.id)
    if row is None or not shown(row, allows=False).may_answer:
        raise NotInvited
    if said.answer == "declined" and not said.reason.strip():
        raise ReasonNeeded
    await queries.set_answer(work.conn, meeting.id, user_id, said.answer, said.reason.strip(), me.id, work.now)
    await work.tell(meeting.id, InvitationAnswered(user_id, said.answer, me.id))


async def _tell_leaders(work: Work, meeting: SeenMeeting, who: UUID, said: Answered, reason: str) -> None:
    leaders = await queries.leaders(work.conn, meeting.id)
    if said == "accepted":  # forty of them are one line of the bell
        await notify(work, leaders, "invitation_accepted", meeting.id, by=who, merge=True)
    else:
        await notify(work, leaders, "invitation_declined", meeting.id, by=who, thing_id=who, words=reason, merge=True)


async def _name(work: Work, me: Me, meeting: SeenMeeting, substitute_id: UUID) -> None:
    if substitute_id not in {one["id"] for one in await queries.colleagues(work.conn, meeting.id, me.id)}:
        raise NotASubstitute
    await queries.set_substitute(work.conn, meeting.id, me.id, substitute_id, "named", "", work.now)
    await work.tell(meeting.id, InvitationSubstituted(me.id, substitute_id, "named", me.id))


async def _send_no_substitute(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, mine: MyInvitation) -> None:
    """Who was to sit for him is off the list again, where he was on it."""
    assert mine.substitute_id is not None
    await queries.set_substitute(work.conn, meeting.id, user_id, None, None, "", work.now)
    if mine.substitute_state == "accepted":
        await take_off(work, me, meeting, mine.substitute_id)
    await work.tell(meeting.id, InvitationSubstituted(user_id, mine.substitute_id, None, me.id))


async def decide_substitute(
    work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, decision: SubstituteDecision
) -> None:
    """Accepted, he is on the list as a guest who sits for somebody: he speaks, and has no vote."""
    await work.hold(meeting.id)
    row = (await queries.mine(work.conn, user_id, [meeting.id])).get(meeting.id)
    if row is None or row["substitute_state"] != "named":
        raise NotFound
    if not (await rule_of(work, meeting.summary)).substitutes:
        raise NoSubstitutes
    substitute: UUID = row["substitute_id"]
    state: SubstituteState = "accepted" if decision.accept else "refused"
    await queries.set_substitute(work.conn, meeting.id, user_id, substitute, state, decision.reason.strip(), work.now)
    await work.tell(meeting.id, InvitationSubstituted(user_id, substitute, state, me.id))
    name, _ = await queries.name_of(work.conn, substitute)
    words = f"{name}: {decision.reason.strip()}" if decision.reason.strip() else name
    if not decision.accept:
        await notify(work, [user_id], "substitute_refused", meeting.id, by=me.id, words=words)
        return
    await put_on_list(work, me, meeting, Invited([substitute], "guest"))
    await queries.sit_for(work.conn, meeting.id, substitute, user_id)
    await queries.invite_one(work.conn, meeting.id, substitute, row["sequence"], work.now)
    instead, _ = await queries.name_of(work.conn, user_id)
    await notify(work, [substitute], "substitute_named", meeting.id, by=me.id, words=instead)
    await notify(work, [user_id], "substitute_accepted", meeting.id, by=me.id, words=name)


async def remind(work: Work, me: Me, meeting: SeenMeeting, user_ids: list[UUID]) -> SentTo:
    """By the secretary's hand; only those who owe an answer, and an unread reminder is not doubled."""
    if meeting.state not in OPEN:
        raise NotYetPublished
    owing = await queries.unanswered(work.conn, meeting.id)
    to = [who for who in owing if not user_ids or who in user_ids]
    return SentTo(len(await notify(work, to, "remind_answer", meeting.id, by=me.id, merge=True)))


async def convene_now(work: Work, me: Me, calendar: Calendar, new: EmergencyMeeting) -> UUID:
    """Made, published and everybody called at once; that the usual time was not kept, and why, is in the line."""
    people = [each for each in dict.fromkeys(new.user_ids) if each not in (new.chair_id, *new.secretary_ids)]
    meeting_id = await meetings.create_meeting(
        work,
        me,
        NewMeeting(
            title=new.title,
            kind=new.kind,
            place=new.place,
            starts_at=new.starts_at,
            ends_at=new.starts_at + timedelta(minutes=new.minutes),
            unit_id=new.unit_id,
            chair_id=new.chair_id,
            secretary_ids=new.secretary_ids,
            delegate_ids=people,
        ),
    )
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    lead = await lead_time(work, calendar, meeting.summary)
    await _waive(work, me, meeting_id, lead.required or 0, lead.left, new.reason.strip(), emergency=True)
    if new.remarks:
        await queries.change_call(work.conn, meeting_id, {"remarks": new.remarks})
    await preparing.set_approver(work.conn, meeting_id, me.id)  # who convenes answers for it: there is no time to ask
    await preparing.log(work.conn, meeting_id, "approver-named", me.id, work.now)
    await meetings.change_state(work, me, meeting, "published")
    await send(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), again=False)
    return meeting_id
