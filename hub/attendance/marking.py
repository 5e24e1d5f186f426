"""The rules of saying where somebody is: the desk says it of anybody, with a time; he, that he is online or goes."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting
from hub.attendance import queries
from hub.attendance.history import current, holding
from hub.attendance.models import (
    AttendanceChanged,
    AttendanceRules,
    AttendanceRulesChanged,
    AttendanceSet,
    AttendanceUndone,
    CheckInClosed,
    MyAttendance,
    NewAttendance,
    NothingToUndo,
    OnlineNotAllowed,
    TimeImpossible,
)
from hub.attendance.queries import Counted, SittingRow
from hub.attendance.quorum import day_of, quorum_of
from hub.attendance.states import Change, How, Pause, Sitting, State, Told
from hub.attendance.telling import seat_for, settle
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.events import moment, text_hash
from hub.meetings.models import WrongState
from hub.users.models import Me
from hub.votes.refusals import UnknownRule
from hub.votes.rulebook import rules_of

OPEN: Final = ("published", "running")
CORRECTED: Final = (*OPEN, "ended")  # the record is set right until it is closed
BACK: Final = timedelta(hours=24)


def sitting_of(row: SittingRow, counted: Iterable[Counted], now: datetime) -> Sitting:
    return Sitting(
        quorum=quorum_of(row, counted, now),
        online_allowed=row.online_allowed,
        members=row.members,
        rule_id=row.quorum_rule,
        rule_pack=row.rule_pack,
        paused=Pause(row.paused_at, row.pause_reason) if row.paused_at is not None else None,
    )


async def set_rules(work: Work, me: Me, meeting: SeenMeeting, rules: AttendanceRules) -> None:
    """Until the meeting has ended. A vote keeps the numbers it was opened with."""
    await work.hold(meeting.id)
    row = await queries.sitting(work.conn, meeting.id)
    if row.state not in ("draft", *OPEN):
        raise WrongState
    if rules.rule_id is not None:
        rule = rules_of(day_of(work.now)).get(rules.rule_id)
        if rule is None or rule.quorum is None:
            raise UnknownRule
    if (row.online_allowed, row.members, row.quorum_rule) == (rules.online_allowed, rules.members, rules.rule_id):
        return
    await queries.set_rules(work.conn, meeting.id, rules.online_allowed, rules.members, rules.rule_id)
    await work.tell(meeting.id, AttendanceRulesChanged(rules.online_allowed, rules.members, rules.rule_id, me.id))


async def mark(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, new: NewAttendance) -> AttendanceSet:
    """By the desk. Saying again what holds changes nothing; a correction takes the mistake back and says what was."""
    row, told = await _of(work, meeting, user_id)
    if row.state not in CORRECTED:
        raise CheckInClosed
    since = _since(work, row, new.since)
    if new.state == "online" and not row.online_allowed:
        raise OnlineNotAllowed
    if new.instead_of is not None:
        told = await _take_back(work, me, meeting.id, user_id, told, new.instead_of)
    stay = current(told)
    if new.instead_of is None and new.since is None and new.reason is None and stay and stay.state == new.state:
        return AttendanceSet(None, stay.state, stay.since)
    return await _tell(work, me, row, told, user_id, new.state, since, "manual", new.reason)


async def mark_myself(work: Work, me: Me, meeting: SeenMeeting, mine: MyAttendance) -> AttendanceSet:
    """While the meeting runs. Who comes into the room is checked in there: nobody says that of himself."""
    row, told = await _of(work, meeting, me.id)
    if row.state != "running":
        raise CheckInClosed
    if mine.state == "online" and not row.online_allowed:
        raise OnlineNotAllowed
    stay = current(told)
    if stay is not None and stay.state == mine.state:
        return AttendanceSet(None, stay.state, stay.since)
    return await _tell(work, me, row, told, me.id, mine.state, work.now, "self", mine.reason)


async def undo(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID, seq: int, *, by_desk: bool) -> None:
    """The desk takes back anything; a participant what he said of himself, while it is the last said of him."""
    row, told = await _of(work, meeting, user_id)
    if row.state not in CORRECTED:
        raise CheckInClosed
    if not by_desk:
        last = max((c.seq for c in told if c.undone_seq is None), default=None)
        if user_id != me.id or not any(c.seq == seq and c.how == "self" for c in told):
            raise Forbidden
        if last != seq:
            raise NothingToUndo
    await _take_back(work, me, meeting.id, user_id, told, seq)
    await settle(work, meeting.id, user_id)


async def _of(work: Work, meeting: SeenMeeting, user_id: UUID) -> tuple[SittingRow, list[Change]]:
    """Under the meeting's lock: two desks at once say one thing after the other."""
    await work.hold(meeting.id)
    if await queries.participant(work.conn, meeting.id, user_id) is None:
        raise NotFound
    return await queries.sitting(work.conn, meeting.id), await queries.changes_of(work.conn, meeting.id, user_id)


def _since(work: Work, row: SittingRow, said: datetime | None) -> datetime:
    if said is None:
        if row.state == "ended":  # what is corrected after the end has a time before it
            raise TimeImpossible
        return work.now
    if said.tzinfo is None or not work.now - BACK <= said <= work.now:
        raise TimeImpossible
    return said


async def _take_back(work: Work, me: Me, meeting_id: UUID, user_id: UUID, told: list[Change], seq: int) -> list[Change]:
    if not any(change.seq == seq for change in holding(told)):
        raise NothingToUndo
    left = [change for change in told if change.seq != seq]
    undone = await work.tell(meeting_id, AttendanceUndone(user_id, seq, *_now(left), me.id))
    await queries.take_back(work.conn, meeting_id, seq, undone)
    return left


def _now(told: list[Change]) -> tuple[State, str | None]:
    stay = current(told)
    return (stay.state, moment(stay.since)) if stay is not None else ("unknown", None)


async def _tell(
    work: Work,
    me: Me,
    row: SittingRow,
    told: list[Change],
    user_id: UUID,
    state: Told,
    since: datetime,
    how: How,
    reason: str | None,
) -> AttendanceSet:
    person = await queries.participant(work.conn, row.id, user_id)
    assert person is not None
    seat = await seat_for(work, row.id, user_id, person["seat"]) if state == "room" else None
    salt = secrets.token_bytes(16) if reason is not None else None
    change = Change(
        seq=max((one.seq for one in told), default=0) + 1,  # for the order among them; the line numbers it below
        user_id=user_id,
        state=state,
        since=since,
        told_at=work.now,
        how=how,
        by_id=me.id,
        item_id=row.current_item_id,
        undone_seq=None,
    )
    now, now_since = _now([*told, change])
    fact = AttendanceChanged(
        user_id=user_id,
        state=state,
        since=moment(since),
        how=how,
        item_id=row.current_item_id,
        seat=seat,
        reason_hash=text_hash(salt, reason) if salt is not None and reason is not None else None,
        now=now,
        now_since=now_since,
        by=me.id,
    )
    change = msgspec.structs.replace(change, seq=await work.tell(row.id, fact))
    await queries.insert_change(work.conn, row.id, change, reason, salt)
    stay = await settle(work, row.id, user_id)
    assert stay is not None
    return AttendanceSet(change.seq, stay.state, stay.since)
