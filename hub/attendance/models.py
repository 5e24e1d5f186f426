"""The words of attendance."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.attendance.states import How, State, Told
from hub.errors import BadRequest, Conflict, TooMany
from hub.events import Event, event
from hub.meetings.models import MeetingRole

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who is here. ``already``: he was before; nothing changed and nothing was told."""

    user_id: UUID
    name: str
    position: str
    role: MeetingRole
    seat: str | None
    checked_in_at: datetime
    attendance: State
    already: bool


class MyCode(msgspec.Struct, frozen=True, kw_only=True):
    """One person's code for one day of a meeting: ``code`` is what the QR says, ``text`` what can be typed."""

    code: str
    text: str
    svg: str
    day: str


class TypedOrScanned(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class NewAttendance(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``since`` None: now. ``instead_of``: the seq of what was told by mistake and is taken back."""

    state: Told
    since: datetime | None = None
    reason: Reason | None = None
    instead_of: int | None = None


class MyAttendance(msgspec.Struct, forbid_unknown_fields=True):
    """What a participant may say of himself: he follows online, or he goes."""

    state: Literal["online", "left"]
    reason: Reason | None = None


class AttendanceSet(msgspec.Struct, frozen=True):
    """``seq``: of the fact; what takes it back names it. None: nothing changed."""

    seq: int | None
    state: State
    since: datetime | None


class AttendanceRules(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``members``: of the body, None: who was invited with a vote. ``rule_id`` None: as the kind of meeting has it."""

    online_allowed: bool
    members: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    rule_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """``reason`` is for who keeps the record, and for himself."""

    seq: int
    state: Told
    since: datetime
    told_at: datetime
    how: How
    by_id: UUID | None
    item_id: UUID | None
    undone: bool
    reason: str | None


class ItemPresence(msgspec.Struct, frozen=True):
    """``ms`` of the time the item was held."""

    item_id: UUID
    ms: int


class PersonSheet(msgspec.Struct, frozen=True, kw_only=True):
    """``present_ms`` while the sitting ran and did not rest; ``items``: those he was there for, wholly or in part."""

    user_id: UUID
    name: str
    role: MeetingRole
    state: State
    since: datetime | None
    present_ms: int
    items: list[ItemPresence]
    changes: list[ChangeShown]


class ItemSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Who was there from its first minute to its last, who for a part of it, and who not at all."""

    item_id: UUID
    held_ms: int
    present: list[UUID]
    partly: list[UUID]
    away: list[UUID]


class AttendanceSheet(msgspec.Struct, frozen=True):
    """``sat_ms``: how long the sitting ran, its rests left out."""

    sat_ms: int
    people: list[PersonSheet]
    items: list[ItemSheet]


@event("participant.checked_in")
class ParticipantCheckedIn(Event, frozen=True):
    """``by`` is None when a reader at the door did it."""

    user_id: UUID
    seat: str | None
    how: How
    by: UUID | None


@event("participant.check_in_undone")
class ParticipantCheckInUndone(Event, frozen=True):
    user_id: UUID
    by: UUID


@event("attendance.changed")
class AttendanceChanged(Event, frozen=True):
    """``since``: from when it holds, not after it is told. The reason is personal: only its hash is here.

    ``now``: where he is now by all that was told, which is another state where something later holds already.
    """

    user_id: UUID
    state: Told
    since: str
    how: How
    item_id: UUID | None
    seat: str | None
    reason_hash: str | None
    now: State
    now_since: str | None
    by: UUID


@event("attendance.undone")
class AttendanceUndone(Event, frozen=True):
    """``change``: the seq of what was told of him by mistake. ``now``: where he is without it."""

    user_id: UUID
    change: int
    now: State
    now_since: str | None
    by: UUID


@event("attendance.rules_changed")
class AttendanceRulesChanged(Event, frozen=True):
    """Whom the quorum is counted from and by which rule, and whether following online is being present."""

    online_allowed: bool
    members: int | None
    rule: str | None
    by: UUID


class OnlineNotAllowed(Conflict):
    """This meeting is held in its room only."""

    code = "online-not-allowed"


class TimeImpossible(BadRequest):
    """Attendance is told of what has been: not of a time to come, nor of days ago."""

    code = "time-impossible"


class NothingToUndo(Conflict):
    """It was taken back already, or somebody else has said something since."""

    code = "nothing-to-undo"


class CodeUnknown(Conflict):
    """Nobody's code: mistyped, forged, or of somebody not invited."""

    code = "code-unknown"


class CodeExpired(Conflict):
    """A true code, of an earlier day."""

    code = "code-expired"


class CodeNotYet(Conflict):
    """A true code, of a day to come."""

    code = "code-not-yet"


class CodeOfAnotherMeeting(Conflict):
    code = "code-of-another-meeting"


class CheckInClosed(Conflict):
    """Check-in is open from the invitation (published) to the end of the meeting."""

    code = "check-in-closed"


class TooManyCodes(TooMany):
    """Too many wrong codes in a short time."""

    code = "too-many-codes"
