"""The rules of approval: what is published is what the named approver approved, and who changes it afterwards is seen.

A trap: an approval is of a content, not of a meeting. It ends by itself as soon as the agenda, a text or a paper is
another one than lay before the approver; see ``note_changes``, which everything that changes one of them calls.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting
from hub.agenda.models import AgendaItem
from hub.calendars import Calendar
from hub.db import Work
from hub.errors import Forbidden
from hub.meetings.models import WrongState
from hub.meetings.queries import people_of_commune
from hub.notices.models import NoticeKind
from hub.notices.service import notify
from hub.preparing import owing, owing_queries, queries
from hub.preparing.checklist import lacks_of
from hub.preparing.content import Difference, content_of, differences
from hub.preparing.handed_in import tell_approved
from hub.preparing.models import (
    AgendaItemUnitChanged,
    Approval,
    ApproverIsPreparer,
    Content,
    LoggedStep,
    MeetingApprovalChanged,
    MeetingApproverNamed,
    MeetingChangesTold,
    NewStep,
    NotApproved,
    NothingChanged,
    Preparation,
    ReturnReasonNeeded,
    UnknownUnit,
)
from hub.users.models import Me

QUIET: Final = timedelta(minutes=30)
"""Changes after publishing wait so long for the next one, then the hub tells them all by itself."""


async def preparation(work: Work, me: Me, calendar: Calendar, meeting: SeenMeeting) -> Preparation:
    """For who prepares the meeting and who approves it."""
    draft = await queries.draft(work.conn, meeting.id)
    i_approve = draft["approver_id"] == me.id
    if not meeting.i_may.manage and not i_approve:
        raise Forbidden
    content = await content_of(work, meeting.id, draft["approved"])
    changes = await queries.waiting(work.conn, meeting.id)
    log = await queries.logged(work.conn, meeting.id)
    paper_time, items = await owing.paper_time(work, calendar, meeting)
    invitations = await owing_queries.invitations(work.conn, meeting.id)
    returned = next((one for one in log if one.step in ("returned", "submitted")), None)
    return Preparation(
        approval=draft["approval"],
        approver_id=draft["approver_id"],
        approver_name=draft["approver_name"] or "",
        named=draft["named_id"] is not None,
        i_prepare=meeting.i_may.manage,
        i_approve=i_approve,
        reason=returned.reason if returned is not None and draft["approval"] == "returned" else "",
        changes=changes,
        lacks=await lacks_of(work, draft, meeting.id, content, changes, items, invitations),
        items=items,
        paper_time=paper_time,
        invitations=invitations,
        log=log,
    )


async def take_step(work: Work, me: Me, meeting: SeenMeeting, new: NewStep) -> None:
    """Submitting and taking back are the preparer's, returning and approving the named approver's alone."""
    await work.hold(meeting.id)
    draft = await queries.draft(work.conn, meeting.id)
    approval: Approval = draft["approval"]
    i_approve = draft["approver_id"] == me.id
    if draft["state"] != "draft":
        raise WrongState
    if not (i_approve if new.step in ("return", "approve") else meeting.i_may.manage):
        raise Forbidden
    match new.step:
        case "submit" if approval in ("drafting", "returned"):
            await _now(work, me, meeting, "submitted", "submitted")
            await notify(work, [draft["approver_id"]], "meeting_submitted", meeting.id, by=me.id)
        case "withdraw" if approval == "submitted":
            await _now(work, me, meeting, "drafting", "withdrawn")
        case "return" if approval == "submitted":
            if not new.reason.strip():
                raise ReturnReasonNeeded
            await _now(work, me, meeting, "returned", "returned", new.reason.strip())
            await _tell_preparers(work, me, meeting, "meeting_returned", new.reason.strip())
        case "approve" if approval == "submitted" or (meeting.i_may.manage and approval != "approved"):
            await _approve(work, me, meeting)
            await _tell_preparers(work, me, meeting, "meeting_approved", "")
        case _:
            raise WrongState


async def _now(
    work: Work, me: Me, meeting: SeenMeeting, approval: Approval, step: LoggedStep, reason: str = ""
) -> None:
    content = await content_of(work, meeting.id)
    await queries.set_approval(work.conn, meeting.id, approval)
    await queries.log(work.conn, meeting.id, step, me.id, work.now, reason, content)
    await work.tell(meeting.id, MeetingApprovalChanged(approval, me.id))


async def _approve(work: Work, me: Me, meeting: SeenMeeting, *, silently: bool = False) -> Content:
    content = await content_of(work, meeting.id)
    await queries.set_approval(work.conn, meeting.id, "approved")
    await queries.set_approved(work.conn, meeting.id, content)
    await queries.mark_told(work.conn, meeting.id, work.now)  # what had changed lay before him
    await queries.log(work.conn, meeting.id, "approved", me.id, work.now, content=content)
    await tell_approved(work, me, meeting.id)
    if not silently:
        await work.tell(meeting.id, MeetingApprovalChanged("approved", me.id))
    return content


async def _tell_preparers(work: Work, me: Me, meeting: SeenMeeting, kind: NoticeKind, words: str) -> None:
    await notify(work, await queries.preparers(work.conn, meeting.id), kind, meeting.id, by=me.id, words=words)


async def name_approver(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID | None) -> None:
    """Anybody of the commune but who names; nobody takes an approval away by naming another."""
    await work.hold(meeting.id)
    draft = await queries.draft(work.conn, meeting.id)
    if draft["state"] != "draft" or draft["approval"] == "approved":
        raise WrongState
    if user_id == draft["chair_id"]:
        user_id = None
    if user_id is not None:
        if user_id == me.id:
            raise ApproverIsPreparer
        if user_id not in await people_of_commune(work.conn, draft["unit_id"], [user_id]):
            raise Forbidden
    if user_id == draft["named_id"]:
        return
    await queries.set_approver(work.conn, meeting.id, user_id)
    await queries.log(work.conn, meeting.id, "approver-named", me.id, work.now)
    await work.tell(meeting.id, MeetingApproverNamed(user_id, me.id))
    approver = user_id or draft["chair_id"]
    if draft["approval"] == "submitted" and approver is not None:
        await notify(work, [approver], "meeting_submitted", meeting.id, by=me.id)
    if draft["named_id"] is not None:  # who was named before may know of the draft no more
        work.publish(f"session:{draft['named_id']}", b"rights")


async def set_unit(work: Work, me: Me, item: AgendaItem, unit_id: UUID | None) -> None:
    """The unit that prepares the item, of the meeting's commune."""
    if unit_id == item.unit_id:
        return
    meeting = await queries.draft(work.conn, item.meeting_id)
    if meeting["state"] == "closed":
        raise WrongState
    if unit_id is not None and not await queries.is_unit_of_commune(work.conn, unit_id, meeting["unit_id"]):
        raise UnknownUnit
    await queries.set_unit(work.conn, item.id, unit_id)
    await work.tell(item.meeting_id, AgendaItemUnitChanged(item.id, unit_id, me.id))


async def before_publishing(work: Work, me: Me, meeting_id: UUID, meeting: SeenMeeting) -> None:
    """Refuses what is not approved. The approver approves and publishes in one step, and that is written down."""
    draft = await queries.draft(work.conn, meeting_id)
    if draft["approver_id"] == me.id:
        content = draft["approved"]
        if draft["approval"] != "approved" or await _differences(work, meeting_id, content):
            content = await _approve(work, me, meeting, silently=True)
    else:
        content = draft["approved"]
        if draft["approval"] != "approved" or content is None or await _differences(work, meeting_id, content):
            raise NotApproved
    await queries.log(work.conn, meeting_id, "published", me.id, work.now, content=content)
    await _tell_preparers(work, me, meeting, "meeting_published", "")  # who is invited learns it by the invitation


async def _differences(work: Work, meeting_id: UUID, approved: Content) -> set[Difference]:
    agenda = {document_id for document_id, kind, _ in await queries.texts(work.conn, meeting_id) if kind == "agenda"}
    return differences(approved, await content_of(work, meeting_id, approved), agenda)


async def note_changes(work: Work, meeting_id: UUID, by: dict[UUID | None, UUID]) -> None:
    """Compares the meeting with what was approved. An approved draft is open again; of a published meeting the change
    waits to be told. ``by``: who wrote last in which text or paper, under None who did anything else.

    Called after every change of a text, a paper, or title, place and time. Doing it twice does nothing.
    """
    await work.hold(meeting_id)
    draft = await queries.draft(work.conn, meeting_id)
    approved: Content | None = draft["approved"]
    reopens = draft["state"] == "draft" and draft["approval"] == "approved"
    if approved is None or not (reopens or draft["state"] == "published"):
        return
    found = await _differences(work, meeting_id, approved)
    names = await queries.titles(work.conn, [subject for _, subject in found if subject is not None])
    for change in await queries.waiting(work.conn, meeting_id):
        if (change.what, change.subject_id) not in found:
            await queries.forget_change(work.conn, meeting_id, change.what, change.subject_id)
    for what, subject in sorted(found, key=str):
        who = by.get(subject) if subject is not None else by.get(None)
        if who is not None or not await _known(work, meeting_id, what, subject):
            title = names.get(subject, "") if subject is not None else ""
            await queries.note_change(work.conn, meeting_id, what, subject, title, who, work.now)
    if found and reopens:
        await queries.set_approval(work.conn, meeting_id, "drafting")
        await queries.log(work.conn, meeting_id, "reopened", None, work.now, content=[list(one) for one in found])
        await work.tell(meeting_id, MeetingApprovalChanged("drafting", None))
        people = {draft["approver_id"], *await queries.preparers(work.conn, meeting_id)} - {None}
        await notify(work, people, "meeting_returned", meeting_id, key=None)


async def _known(work: Work, meeting_id: UUID, what: str, subject: UUID | None) -> bool:
    return any((one.what, one.subject_id) == (what, subject) for one in await queries.waiting(work.conn, meeting_id))


async def tell_changes(work: Work, meeting_id: UUID, by: UUID | None) -> int:
    """One notice of everything that changed since the last; what is so now is what the next change is compared with."""
    await work.hold(meeting_id)
    draft = await queries.draft(work.conn, meeting_id)
    if draft["state"] != "published":
        raise WrongState
    changes = await queries.waiting(work.conn, meeting_id)
    if not changes:
        raise NothingChanged
    await queries.set_approved(work.conn, meeting_id, await content_of(work, meeting_id, draft["approved"]))
    await queries.mark_told(work.conn, meeting_id, work.now)
    await queries.log(
        work.conn, meeting_id, "changes-told", by, work.now, content=[msgspec.to_builtins(one) for one in changes]
    )
    await work.tell(meeting_id, MeetingChangesTold(len(changes), by))
    words = "\n".join(f"{one.what}|{one.title}" for one in changes)
    await notify(work, await queries.invited(work.conn, meeting_id), "meeting_changed", meeting_id, by=by, words=words)
    return len(changes)
