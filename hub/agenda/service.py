"""Moving through the agenda, resting, and marking an item secret.

Each act is one fact; what follows from it (the item before is done, its time stops) is not told but follows, for the
database here, for a screen in ``web/src/live`` and for whoever replays the line in ``hub/replay``.
"""

from datetime import timedelta
from uuid import UUID

from hub.access import SeenMeeting
from hub.agenda import queries
from hub.agenda.models import (
    AgendaItem,
    AgendaItemSecrecyChanged,
    AgendaItemSkipped,
    AgendaItemStarted,
    ItemRunning,
    MeetingPaused,
    MeetingResumed,
    Secrecy,
    SittingPaused,
)
from hub.agenda.queries import Place
from hub.db import Work
from hub.errors import NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.meetings.queries import state as meeting_state
from hub.search.index import forget_item
from hub.speeches.service import rest
from hub.users.models import Me
from hub.votes.queries import open_vote_of
from hub.votes.refusals import VoteStillOpen

MILLISECOND = timedelta(milliseconds=1)


async def start_item(work: Work, me: Me, meeting: SeenMeeting, item_id: UUID | None) -> None:
    """The meeting moves to the item, for the first time or once more, or to none. Not while it rests."""
    place = await _running(work, meeting)
    if place.paused_at is not None:
        raise SittingPaused
    if item_id is not None:
        await _known(work, meeting, item_id)
    await leave_item(work, place)
    await queries.set_current(work.conn, meeting.id, item_id)
    if item_id is not None:
        await queries.move(work.conn, item_id, "running", work.now)
    await work.tell(meeting.id, AgendaItemStarted(item_id, me.id))


async def skip_item(work: Work, me: Me, meeting: SeenMeeting, item_id: UUID, reason: str | None) -> None:
    """Twice is once. The item the meeting is at is left first."""
    place = await _running(work, meeting)
    item = await _known(work, meeting, item_id)
    if place.current_item_id == item_id:
        raise ItemRunning
    if item.state == "skipped":
        return
    await queries.move(work.conn, item_id, "skipped", None)
    await work.tell(meeting.id, AgendaItemSkipped(item_id, me.id), reason)


async def pause(work: Work, me: Me, meeting: SeenMeeting, reason: str | None) -> None:
    """Not over an open vote. Twice is once."""
    place = await _running(work, meeting)
    if place.paused_at is not None:
        return
    if await open_vote_of(work.conn, meeting.id) is not None:
        raise VoteStillOpen
    await _stop_time(work, place, "running")
    await rest(work, me, meeting.id)
    seq = await work.tell(meeting.id, MeetingPaused(me.id), reason)
    await queries.set_pause(work.conn, meeting.id, work.now, seq)


async def resume(work: Work, me: Me, meeting: SeenMeeting) -> None:
    place = await _running(work, meeting)
    if place.paused_at is None:
        return
    await queries.set_pause(work.conn, meeting.id, None, None)
    if place.current_item_id is not None:
        await queries.move(work.conn, place.current_item_id, "running", work.now)
    await work.tell(meeting.id, MeetingResumed(me.id))


async def leave_item(work: Work, place: Place) -> None:
    """The item the meeting is at is done."""
    await _stop_time(work, place, "done")


async def end_sitting(work: Work, me: Me, meeting_id: UUID) -> None:
    """At the end of the meeting: at no item any more, and not resting."""
    place = await queries.place(work.conn, meeting_id)
    await leave_item(work, place)
    await queries.set_current(work.conn, meeting_id, None)
    await queries.set_pause(work.conn, meeting_id, None, None)
    await work.tell(meeting_id, AgendaItemStarted(None, me.id))


async def _running(work: Work, meeting: SeenMeeting) -> Place:
    """Asked under the lock: a click that came while the meeting ended does not move it any more."""
    await work.hold(meeting.id)
    place = await queries.place(work.conn, meeting.id)
    if place.state != "running":
        raise WrongState
    return place


async def _known(work: Work, meeting: SeenMeeting, item_id: UUID) -> AgendaItem:
    for item in await items(work.conn, meeting.id):
        if item.id == item_id and not item.removed:
            return item
    raise NotFound


async def _stop_time(work: Work, place: Place, state: str) -> None:
    """Of the item the meeting is at."""
    if place.current_item_id is None:
        return
    since = await queries.running_since(work.conn, place.current_item_id)
    passed = (work.now - since) // MILLISECOND if since is not None else 0
    await queries.move(work.conn, place.current_item_id, state, None, passed)


async def mark_secrecy(work: Work, me: Me, item: AgendaItem, secrecy: Secrecy) -> None:
    """From now on a secret item refuses upload, captions, projector, search and export. Not in a closed record, whose
    bytes are hashed: it would only seem to be hidden."""
    await work.hold(item.meeting_id)
    if await meeting_state(work.conn, item.meeting_id) == "closed":
        raise WrongState
    await queries.set_secrecy(work.conn, item.id, secrecy)
    if secrecy != "none":
        await forget_item(work.conn, item.id)
    await work.tell(item.meeting_id, AgendaItemSecrecyChanged(item.id, secrecy, me.id))
