"""The words of attendance."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict, TooMany
from hub.events import Event, event
from hub.meetings.models import MeetingRole

How = Literal["qr", "code", "reader", "manual"]


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A participant who is here. ``already``: he was before; nothing changed and nothing was told."""

    user_id: UUID
    name: str
    position: str
    role: MeetingRole
    seat: str | None
    checked_in_at: datetime
    already: bool


class MyCode(msgspec.Struct, frozen=True, kw_only=True):
    """One person's code for one day of a meeting: ``code`` is what the QR says, ``text`` what can be typed."""

    code: str
    text: str
    svg: str
    day: str


class TypedOrScanned(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


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
