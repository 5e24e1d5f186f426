"""The rules of the list: it changes until the meeting ends, has one chair, and who is taken off is out at once."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import UnsetType

from hub.access import SeenMeeting
from hub.attendance.telling import settle
from hub.db import Work
from hub.errors import NotFound
from hub.invitations.withdrawing import refuse_substitute, withdraw
from hub.meetings.models import MeetingRole, TwoRoles, UnknownPeople, WrongState
from hub.meetings.queries import people_of_commune, state
from hub.participants import queries
from hub.participants.models import (
    ChairNeeded,
    ChangedParticipant,
    GuestHasNoVote,
    Invited,
    ParticipantsChanged,
    SeatTaken,
    TooManyParticipants,
)
from hub.speeches.asking import take_off as withdraw_all
from hub.speeches.service import end_of
from hub.transcripts import service as transcripts
from hub.transcripts.queries import open_session_of
from hub.users.models import Me

PARTICIPANTS = 1500
OPEN = ("draft", "published", "running")


async def invite(work: Work, me: Me, meeting: SeenMeeting, invited: Invited) -> None:
    """Who is on the list in this role already stays as he is: two secretaries may add the same person."""
    there = await _open_list(work, meeting)
    new = [user_id for user_id in dict.fromkeys(invited.user_ids) if there.get(user_id) != invited.role]
    if any(user_id in there for user_id in new):
        raise TwoRoles
    if set(new) - await people_of_commune(work.conn, meeting.summary.unit.id, new):
        raise UnknownPeople
    if len(there) + len(new) > PARTICIPANTS:
        raise TooManyParticipants
    if new:
        await queries.add(work.conn, meeting.id, new, invited.role)
        for user_id in new:  # of somebody who was on it before, what was told holds
            await settle(work, meeting.id, user_id)
        await work.tell(meeting.id, ParticipantsChanged("added", new, invited.role, me.id))


async def change(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, changed: ChangedParticipant) -> None:
    there = await _open_list(work, meeting)
    if user_id not in there:
        raise NotFound
    if not isinstance(changed.role, UnsetType) and changed.role != there[user_id]:
        await _change_role(work, me, meeting, there, user_id, changed.role)
    if not isinstance(changed.seat, UnsetType):
        seat = changed.seat.strip() or None if changed.seat is not None else None
        if seat is not None and await queries.who_sits(work.conn, meeting.id, seat) not in (None, user_id):
            raise SeatTaken
        if await queries.set_seat(work.conn, meeting.id, user_id, seat):
            await work.tell(meeting.id, ParticipantsChanged("seat", [user_id], None, me.id))
    if not isinstance(changed.votes, UnsetType):
        await _change_vote(work, me, meeting, user_id, changed.votes)


async def _change_vote(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, votes: bool) -> None:
    """From the next vote on: one that is open keeps the roll it was opened with."""
    if votes and (await queries.roles(work.conn, meeting.id))[user_id] == "guest":
        raise GuestHasNoVote
    if await queries.set_votes(work.conn, meeting.id, user_id, votes):
        await work.tell(meeting.id, ParticipantsChanged("votes", [user_id], None, me.id, votes))


async def _change_role(
    work: Work, me: Me, meeting: SeenMeeting, there: dict[UUID, str], user_id: UUID, role: MeetingRole
) -> None:
    if there[user_id] == "chair":
        raise ChairNeeded
    await refuse_substitute(work, meeting.id, user_id)
    moved: list[tuple[UUID, MeetingRole]] = [(user_id, role)]
    if role == "chair":  # the one before first: the database, too, knows only one
        moved = [*((one, "delegate") for one, his in there.items() if his == "chair"), *moved]
    for one, now in moved:
        await queries.set_role(work.conn, meeting.id, one, now)
        await work.tell(meeting.id, ParticipantsChanged("role", [one], now, me.id))
    _ask_again(work, (one for one, _ in moved))


async def take_off(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID) -> None:
    """His screens, his documents and his microphone end at once. What he did stays in the line."""
    there = await _open_list(work, meeting)
    if user_id not in there:
        raise NotFound
    if there[user_id] == "chair":
        raise ChairNeeded
    await end_of(work, meeting.id, user_id, me.id)
    await withdraw_all(work, meeting.id, user_id, me.id)
    await withdraw(work, meeting.id, user_id, me.id)
    await queries.remove(work.conn, meeting.id, user_id)
    if microphone := await open_session_of(work.conn, meeting.id, user_id):
        await transcripts.close(work, microphone[0], me.id, "no-right")
    await work.tell(meeting.id, ParticipantsChanged("removed", [user_id], None, me.id))
    _ask_again(work, [user_id])


async def _open_list(work: Work, meeting: SeenMeeting) -> dict[UUID, str]:
    """Who is on it, under the meeting's lock."""
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) not in OPEN:
        raise WrongState
    return await queries.roles(work.conn, meeting.id)


def _ask_again(work: Work, people: Iterable[UUID]) -> None:
    """Their open sockets, of screens and of documents, look at their right again."""
    for user_id in people:
        work.publish(f"session:{user_id}", b"rights")
