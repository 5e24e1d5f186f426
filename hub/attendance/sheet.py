"""The attendance of a whole meeting, for its record: who was there when, for which item and for how long.

Nothing is stored for it: it follows from the meeting's line and from what was told of each person.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.access import SeenMeeting
from hub.attendance import queries
from hub.attendance.history import Spans, current, length, overlap, presence
from hub.attendance.models import AttendanceSheet, ChangeShown, ItemPresence, ItemSheet, PersonSheet
from hub.attendance.states import Change
from hub.db import Work
from hub.meetings.models import Participant
from hub.meetings.queries import participants
from hub.replay import COURSE, Course, course_of, facts
from hub.users.models import Me


async def sheet_of(work: Work, me: Me, meeting: SeenMeeting) -> AttendanceSheet:
    """All of the meeting may see who was there; why somebody was away is for who keeps the record, and himself."""
    course = course_of(await facts(work.conn, meeting.id, COURSE))
    told: dict[UUID, list[Change]] = {}
    for change in await queries.changes(work.conn, meeting.id):
        told.setdefault(change.user_id, []).append(change)
    reasons = await queries.reasons(work.conn, meeting.id)
    shown = [
        _person(one, told.get(one.user_id, []), course, work.now, reasons if _may_know(me, meeting, one) else {})
        for one in await participants(work.conn, meeting.id)
    ]
    was_there = {one.user_id: presence(told.get(one.user_id, []), work.now) for one in shown}
    sat = course.sat(work.now)
    items = [_item(item_id, spans, was_there) for item_id, spans in course.items(work.now).items()]
    return AttendanceSheet(length(sat), shown, items)


def _may_know(me: Me, meeting: SeenMeeting, one: Participant) -> bool:
    return meeting.i_may.manage or one.user_id == me.id


def _person(
    one: Participant, told: Sequence[Change], course: Course, now: datetime, reasons: dict[int, str]
) -> PersonSheet:
    there, stay = presence(told, now), current(told)
    during = {item_id: overlap(there, spans) for item_id, spans in course.items(now).items()}
    return PersonSheet(
        user_id=one.user_id,
        name=one.name,
        role=one.role,
        state=stay.state if stay else "unknown",
        since=stay.since if stay else None,
        present_ms=overlap(there, course.sat(now)),
        items=[ItemPresence(item_id, ms) for item_id, ms in during.items() if ms > 0],
        changes=[
            ChangeShown(
                seq=c.seq,
                state=c.state,
                since=c.since,
                told_at=c.told_at,
                how=c.how,
                by_id=c.by_id,
                item_id=c.item_id,
                undone=c.undone_seq is not None,
                reason=reasons.get(c.seq),
            )
            for c in told
        ],
    )


def _item(item_id: UUID, spans: Spans, was_there: dict[UUID, Spans]) -> ItemSheet:
    held = length(spans)
    during = {user_id: overlap(there, spans) for user_id, there in was_there.items()}
    return ItemSheet(
        item_id=item_id,
        held_ms=held,
        present=[user_id for user_id, ms in during.items() if ms == held and held > 0],
        partly=[user_id for user_id, ms in during.items() if 0 < ms < held],
        away=[user_id for user_id, ms in during.items() if ms == 0],
    )
