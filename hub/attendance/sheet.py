"""The attendance of a whole meeting, for its record: who was there when, for which item and for how long.

Nothing is stored for it: it follows from the meeting's line and from what was told of each person.
"""

from typing import NamedTuple
from uuid import UUID

import msgspec

from hub.access import SeenMeeting
from hub.attendance import queries
from hub.attendance.history import current, length, overlap, presence
from hub.attendance.models import AttendanceSheet, ChangeShown, ItemPresence, ItemSheet, PersonSheet
from hub.attendance.states import Change
from hub.db import Work
from hub.meetings.models import Participant
from hub.replay import course_of
from hub.users.models import Me


class WholeSheet(NamedTuple):
    """``shown``: what all of the meeting may see. ``reasons``: why, by the seq of what was told."""

    shown: AttendanceSheet
    reasons: dict[int, str]


async def sheet_of(work: Work, meeting_id: UUID) -> WholeSheet:
    stored = await queries.sheet_rows(work.conn, meeting_id)
    course = course_of(one.fact() for one in stored.line)
    told: dict[UUID, list[Change]] = {}
    for change in stored.changes:
        told.setdefault(change.user_id, []).append(change)
    sat, held = course.sat(work.now), course.items(work.now)
    people: list[PersonSheet] = []
    during: dict[UUID, dict[UUID, int]] = {}
    for one in stored.people:
        his = told.get(one.user_id, [])
        there = presence(his, work.now)
        during[one.user_id] = {item_id: overlap(there, spans) for item_id, spans in held.items()}
        people.append(_person(one, his, overlap(there, sat), during[one.user_id]))
    items = [_item(item_id, length(spans), during) for item_id, spans in held.items()]
    return WholeSheet(AttendanceSheet(length(sat), people, items), stored.reasons)


def sheet_for(me: Me, meeting: SeenMeeting, sheet: WholeSheet) -> AttendanceSheet:
    """All of the meeting may see who was there; why somebody was away is for who keeps the record, and himself."""
    if not sheet.reasons:
        return sheet.shown
    people = [
        _with_reasons(one, sheet.reasons) if meeting.i_may.manage or one.user_id == me.id else one
        for one in sheet.shown.people
    ]
    return msgspec.structs.replace(sheet.shown, people=people)


def _with_reasons(one: PersonSheet, reasons: dict[int, str]) -> PersonSheet:
    changes = [msgspec.structs.replace(change, reason=reasons.get(change.seq)) for change in one.changes]
    return msgspec.structs.replace(one, changes=changes)


def _person(one: Participant, told: list[Change], present_ms: int, during: dict[UUID, int]) -> PersonSheet:
    stay = current(told)
    return PersonSheet(
        user_id=one.user_id,
        name=one.name,
        role=one.role,
        state=stay.state if stay else "unknown",
        since=stay.since if stay else None,
        present_ms=present_ms,
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
                reason=None,
            )
            for c in told
        ],
    )


def _item(item_id: UUID, held_ms: int, during: dict[UUID, dict[UUID, int]]) -> ItemSheet:
    there = {user_id: ms[item_id] for user_id, ms in during.items()}
    return ItemSheet(
        item_id=item_id,
        held_ms=held_ms,
        present=[user_id for user_id, ms in there.items() if ms == held_ms and held_ms > 0],
        partly=[user_id for user_id, ms in there.items() if 0 < ms < held_ms],
        away=[user_id for user_id, ms in there.items() if ms == 0],
    )
