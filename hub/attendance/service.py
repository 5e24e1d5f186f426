"""The rules of checking in. Twice is once; a code is worth its day and its meeting; everything can be undone."""

from datetime import date, datetime, timedelta
from uuid import UUID

from hub.access import SeenMeeting, access_meeting
from hub.attendance import codes, queries
from hub.attendance.history import arrival
from hub.attendance.models import (
    CheckedIn,
    CheckInClosed,
    CodeExpired,
    CodeNotYet,
    CodeOfAnotherMeeting,
    CodeUnknown,
    MyCode,
    ParticipantCheckedIn,
    ParticipantCheckInUndone,
    TooManyCodes,
)
from hub.attendance.queries import OpenMeeting
from hub.attendance.states import How
from hub.attendance.telling import note_arrival, seat_for, settle
from hub.db import Database, Work
from hub.errors import Forbidden, NotFound
from hub.installation import Installation
from hub.qr import qr_svg
from hub.users.models import Me

OPEN = ("published", "running")
WRONG_CODES, WRONG_SECONDS = 15, 300
DAYS_BACK = 7  # a typed code of the last week is called expired; an older one unknown
OTHERS = 5000  # people of the day's other meetings looked at to say "of another meeting"


def signing_key(installation: Installation) -> bytes:
    return installation.key("check-in")


async def my_code(work: Work, me: Me, meeting: SeenMeeting, installation: Installation) -> MyCode:
    """A participant's own code, for today or for the meeting's first day."""
    if meeting.summary.my_role is None:
        raise Forbidden
    if meeting.state not in OPEN:
        raise CheckInClosed
    key = signing_key(installation)
    day = codes.code_day(meeting.summary.starts_at, work.now)
    code = codes.qr_code(key, meeting.id, me.id, day)
    return MyCode(
        code=code,
        text=codes.typed_code(key, meeting.id, me.id, day),
        svg=qr_svg(code),
        day=day.isoformat(),
    )


async def check_in_by_code(db: Database, me: Me, meeting_id: UUID, installation: Installation, code: str) -> CheckedIn:
    """Scanned or typed by whoever runs the check-in desk. Wrong codes are counted even though they change nothing."""
    wrong: CodeUnknown | CodeExpired | CodeNotYet | CodeOfAnotherMeeting
    async with db.work() as work:
        await access_meeting(work.conn, me, meeting_id, "manage")
        since = work.now - timedelta(seconds=WRONG_SECONDS)
        if await queries.wrong_codes(work.conn, str(me.id), since) >= WRONG_CODES:
            raise TooManyCodes
        meeting = await queries.meeting(work.conn, meeting_id)
        key = signing_key(installation)
        try:
            if code.strip().startswith(codes.PREFIX):
                _, user_id = _scanned(key, code.strip(), [meeting], work.now)
                return await _check_in(work, meeting, user_id, "qr", me.id)
            return await _check_in(work, meeting, await _typed(work, key, code, meeting), "code", me.id)
        except (CodeUnknown, CodeExpired, CodeNotYet, CodeOfAnotherMeeting) as refusal:
            wrong = refusal
            await queries.note_wrong_code(work.conn, str(me.id), work.now, work.now - timedelta(days=1))
    raise wrong


async def check_in_by_reader(work: Work, installation: Installation, room_id: UUID, code: str) -> CheckedIn:
    """A QR held before a reader of the room: good for a meeting running there, or published and held there today."""
    start = datetime.combine(codes.day_of(work.now), datetime.min.time(), codes.VIETNAM)
    end = max(start + timedelta(days=1), work.now + codes.DOORS)
    here = await queries.meetings_in_room(work.conn, room_id, start, end)
    meeting, user_id = _scanned(signing_key(installation), code.strip(), here, work.now)
    return await _check_in(work, meeting, user_id, "reader", None)


async def check_in_by_hand(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID) -> CheckedIn:
    found = await queries.meeting(work.conn, meeting.id)
    if await queries.participant(work.conn, meeting.id, user_id) is None:
        raise NotFound
    return await _check_in(work, found, user_id, "manual", me.id)


async def undo_check_in(work: Work, me: Me, meeting: SeenMeeting, user_id: UUID) -> None:
    """Takes his coming back, however it was told; the seat stays his. Nothing happens where he is not present."""
    await work.hold(meeting.id)
    row = await queries.participant(work.conn, meeting.id, user_id)
    if row is None:
        raise NotFound
    if meeting.state not in OPEN:
        raise CheckInClosed
    if row["checked_in_at"] is not None:
        seq = await work.tell(meeting.id, ParticipantCheckInUndone(user_id, me.id))
        told = await queries.changes_of(work.conn, meeting.id, user_id)
        for change in arrival(told):
            await queries.take_back(work.conn, meeting.id, change.seq, seq)
        await settle(work, meeting.id, user_id)


def _scanned(key: bytes, code: str, meetings: list[OpenMeeting], now: datetime) -> tuple[OpenMeeting, UUID]:
    scanned = codes.read_qr(key, code)
    if scanned is None:
        raise CodeUnknown
    meeting = next((meeting for meeting in meetings if meeting.id == scanned.meeting_id), None)
    if meeting is None:
        raise CodeOfAnotherMeeting
    _check_day(scanned.day, codes.desk_day(meeting.starts_at, now))
    return meeting, scanned.user_id


def _check_day(day: date, today: date) -> None:
    if day < today:
        raise CodeExpired
    if day > today:
        raise CodeNotYet


async def _typed(work: Work, key: bytes, code: str, meeting: OpenMeeting) -> UUID:
    people = await queries.people(work.conn, meeting.id)
    today, day = codes.day_of(work.now), codes.desk_day(meeting.starts_at, work.now)
    if (user_id := codes.whose(key, code, meeting.id, people, day)) is not None:
        return user_id
    for back in range(1, DAYS_BACK + 1):
        if codes.whose(key, code, meeting.id, people, day - timedelta(days=back)) is not None:
            raise CodeExpired
    first = codes.day_of(meeting.starts_at)
    if first > day and codes.whose(key, code, meeting.id, people, first) is not None:
        raise CodeNotYet
    start = datetime.combine(today, datetime.min.time(), codes.VIETNAM)
    others = await queries.people_of_other_meetings(work.conn, meeting.id, start, start + timedelta(days=1), OTHERS)
    for other_id, user_id in others:
        if codes.whose(key, code, other_id, [user_id], today) is not None:
            raise CodeOfAnotherMeeting
    raise CodeUnknown


async def _check_in(work: Work, meeting: OpenMeeting, user_id: UUID, how: How, by: UUID | None) -> CheckedIn:
    """Under the meeting's lock, so that two desks scanning one person at once count him once and seat him once."""
    if meeting.state not in OPEN:
        raise CheckInClosed
    await work.hold(meeting.id)
    row = await queries.participant(work.conn, meeting.id, user_id)
    if row is None:  # a true code of somebody who was taken off the list
        raise CodeUnknown
    if row["attendance"] == "room":
        return CheckedIn(**row, already=True)
    seat = await seat_for(work, meeting.id, user_id, row["seat"])
    seq = await work.tell(meeting.id, ParticipantCheckedIn(user_id, seat, how, by))
    await note_arrival(work, meeting.id, seq, user_id, how, by)
    return CheckedIn(**row | {"seat": seat, "checked_in_at": work.now, "attendance": "room"}, already=False)
