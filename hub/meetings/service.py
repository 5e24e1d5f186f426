"""The rules of preparing and running a meeting."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.access import SeenMeeting
from hub.agenda.service import end_sitting
from hub.db import Work
from hub.equipment.models import UnknownRoom
from hub.equipment.queries import is_room_of_commune
from hub.errors import Forbidden, NotFound
from hub.meetings import queries
from hub.meetings.models import (
    NEXT,
    ChangedMeeting,
    DocumentCreated,
    Home,
    MeetingChanged,
    MeetingCreated,
    MeetingRole,
    MeetingStateChanged,
    MeetingSummary,
    NewDocument,
    NewMeeting,
    State,
    TimesReversed,
    TwoRoles,
    UnknownPeople,
    WrongState,
)
from hub.meetings.planning import plan_of, seed
from hub.participants.models import ParticipantsChanged, first_list
from hub.participants.queries import set_votes
from hub.preparing.service import before_publishing, note_changes
from hub.speeches.service import end_all
from hub.users.models import Me
from hub.votes.queries import open_vote_of
from hub.votes.refusals import VoteStillOpen

HOME_ROWS = 30


async def homes(work: Work, people: Sequence[Me]) -> list[Home]:
    """The first page of each of these people."""
    found = await queries.meetings_of_each(work.conn, people, HOME_ROWS)
    return [
        _home(coming, past, bool(await queries.convenable_units(work.conn, me)))
        for me, (coming, past) in zip(people, found, strict=True)
    ]


def _home(coming: list[MeetingSummary], past: list[MeetingSummary], may_convene: bool) -> Home:
    mine = [meeting for meeting in coming if meeting.my_role is not None]
    running = [meeting for meeting in mine if meeting.state == "running"]
    current = next(iter(running or mine), None)
    return Home(current, [m for m in coming if m is not current], past, may_convene)


async def create_meeting(work: Work, me: Me, new: NewMeeting) -> UUID:
    """A draft. Its maker must administer the unit, or may convene in it; everyone named is of the same commune."""
    if new.unit_id not in await queries.convenable_units(work.conn, me):
        raise Forbidden
    _check_times(new.starts_at, new.ends_at)
    people: list[tuple[UUID, MeetingRole]] = [(new.chair_id, "chair")]
    people += [(user, "secretary") for user in new.secretary_ids]
    people += [(user, "delegate") for user in new.delegate_ids]
    people += [(user, "guest") for user in new.guest_ids]
    everyone = [user for user, _ in people]
    if len(set(everyone)) != len(everyone):
        raise TwoRoles
    if set(everyone) - await queries.people_of_commune(work.conn, new.unit_id, everyone):
        raise UnknownPeople
    await _check_room(work, new.room_id, new.unit_id)
    plan = await plan_of(work, me, new)
    meeting_id = await queries.insert_meeting(work.conn, new, me.id)
    await queries.insert_participants(work.conn, meeting_id, people)
    await work.tell(meeting_id, MeetingCreated(me.id))
    for fact in first_list(people, me.id):
        await work.tell(meeting_id, fact)
    for user_id in [user for user in new.secretary_ids if user in new.voting_ids]:
        await set_votes(work.conn, meeting_id, user_id, True)
        await work.tell(meeting_id, ParticipantsChanged("votes", [user_id], None, me.id, True))
    for kind in ("agenda", "minutes"):
        document_id = await queries.insert_document(work.conn, meeting_id, kind, "", None, work.now)
        await work.tell(meeting_id, DocumentCreated(document_id, kind, None, me.id))
        if kind == "agenda":
            await seed(work, me, meeting_id, document_id, plan)
    return meeting_id


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if starts_at.tzinfo is None or ends_at.tzinfo is None or ends_at <= starts_at:
        raise TimesReversed


async def _check_room(work: Work, room_id: UUID | None, unit_id: UUID) -> None:
    if room_id is not None and not await is_room_of_commune(work.conn, room_id, unit_id):
        raise UnknownRoom


async def change_meeting(work: Work, me: Me, meeting: SeenMeeting, changed: ChangedMeeting) -> None:
    """Title, place and times may change until the meeting begins."""
    if meeting.state not in ("draft", "published"):
        raise WrongState
    starts = changed.starts_at if isinstance(changed.starts_at, datetime) else meeting.summary.starts_at
    ends = changed.ends_at if isinstance(changed.ends_at, datetime) else meeting.summary.ends_at
    _check_times(starts, ends)
    room_id = changed.room_id if isinstance(changed.room_id, UUID) else None
    await _check_room(work, room_id, meeting.summary.unit.id)
    await queries.update_meeting(work.conn, meeting.id, changed)
    await work.tell(meeting.id, MeetingChanged(me.id))
    await note_changes(work, meeting.id, {None: me.id})


async def change_state(work: Work, me: Me, meeting: SeenMeeting, to: State) -> None:
    """Publishing is preparation (manage); starting and ending are the chair's or the secretary's. Closing is of
    ``hub/yearbook``: it freezes the record."""
    if to != "published" and not meeting.i_may.run:
        raise Forbidden
    await work.hold(meeting.id)
    now_state = await queries.state(work.conn, meeting.id)
    if to not in NEXT[now_state] or to == "closed":
        raise WrongState
    if to == "ended" and await open_vote_of(work.conn, meeting.id) is not None:
        raise VoteStillOpen
    if to == "published":
        await before_publishing(work, me, meeting.id, meeting)
    await queries.set_state(work.conn, meeting.id, to)
    if to == "ended":
        await end_all(work, meeting.id, me.id)
        await end_sitting(work, me, meeting.id)
    await work.tell(meeting.id, MeetingStateChanged(to, me.id))
    for document_id in await queries.document_ids(work.conn, meeting.id):
        work.publish(f"doc-rights:{document_id}", b"changed")
    work.publish("history", f"{meeting.id} {to}".encode())  # what was written until now becomes a version


async def create_draft_resolution(work: Work, me: Me, meeting: SeenMeeting, new: NewDocument) -> UUID:
    if meeting.state == "closed":
        raise WrongState
    items = await queries.items(work.conn, meeting.id)
    if not any(item.id == new.agenda_item_id and not item.removed for item in items):
        raise NotFound
    document_id = await queries.insert_document(
        work.conn, meeting.id, "draft_resolution", new.title, new.agenda_item_id, work.now
    )
    await work.tell(meeting.id, DocumentCreated(document_id, "draft_resolution", new.agenda_item_id, me.id))
    await note_changes(work, meeting.id, {None: me.id, document_id: me.id})
    return document_id
