"""The words of invitations."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.calendars import CalendarState
from hub.errors import BadRequest, Conflict
from hub.events import Event, event
from hub.invitations.mine import Answered, MyInvitation, SubstituteState
from hub.meetings.models import MeetingKind, MeetingRole, MeetingSummary, Place, Title
from hub.preparing.models import Confidence

Sent = Literal["not-sent", "sent", "delivered", "opened"]
"""How far an invitation got: written down, on a page of his, looked at."""
WorkingDays = Annotated[int, msgspec.Meta(ge=0, le=60)]

Reason = Annotated[str, msgspec.Meta(max_length=1000)]
WaivedReason = Annotated[str, msgspec.Meta(max_length=2000)]
Remarks = Annotated[str, msgspec.Meta(max_length=4000)]
Minutes = Annotated[int, msgspec.Meta(ge=5, le=20160)]


class LeadTime(msgspec.Struct, frozen=True, kw_only=True):
    """How early the body invites, and whether there is still time. ``required`` null: no rule for such meetings."""

    required: int | None
    left: int
    """Whole working days between now and the meeting."""
    latest: date | None
    """The last day on which it can be sent in time."""
    in_time: bool
    source: str
    calendar: CalendarState


class ChangedCallRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Null: as the rule file says. 0 days: nothing is asked. ``paper_remind``: working days before the last day."""

    lead_days: WorkingDays | None
    substitutes: bool | None
    paper_days: WorkingDays | None = None
    paper_remind: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=30)]], msgspec.Meta(max_length=6)] | None = None


class CallRule(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the meetings of a kind in a unit. Days are working days; null: nothing is asked."""

    kind: MeetingKind
    lead_days: int | None
    substitutes: bool
    substitutes_fixed: bool
    """The law's; nobody may say otherwise."""
    source: str
    confidence: Confidence
    paper_days: int | None
    paper_remind: list[int]
    paper_source: str
    paper_confidence: Confidence
    own: bool
    """The unit said so itself, or one above it: ``said_by``."""
    said_by: str | None
    said: ChangedCallRule | None
    """What this very unit said."""


class Invitee(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the secretary's table."""

    user_id: UUID
    name: str
    position: str
    unit_name: str
    role: MeetingRole
    stands_for: str | None
    sent: Sent
    sent_at: datetime | None
    opened_at: datetime | None
    email: Literal["none", "queued", "sent", "failed"]
    """Outside the page; ``none``: nothing was to be sent, or there is no address."""
    email_reason: str
    answer: Answered | None
    reason: str
    answered_at: datetime | None
    by_hand: bool
    """The answer was written down by the secretary."""
    outdated: bool
    reminded_at: datetime | None
    substitute_id: UUID | None
    substitute_name: str | None
    substitute_state: SubstituteState | None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The invitation of a meeting, for who prepares it."""

    number: str
    subject: str
    remarks: str
    remind_minutes: list[int]
    sent_at: datetime | None
    sequence: int
    changed_since: bool
    """Title, place or times changed after the last sending."""
    emergency: bool
    waived_reason: str
    lead: LeadTime
    substitutes: bool
    invitees: list[Invitee]


class ChangedCall(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    number: Annotated[str, msgspec.Meta(max_length=40)] | msgspec.UnsetType = msgspec.UNSET
    subject: Annotated[str, msgspec.Meta(max_length=1000)] | msgspec.UnsetType = msgspec.UNSET
    remarks: Remarks | msgspec.UnsetType = msgspec.UNSET
    remind_minutes: Annotated[list[Minutes], msgspec.Meta(max_length=6)] | msgspec.UnsetType = msgspec.UNSET


class Sending(msgspec.Struct, forbid_unknown_fields=True):
    """``again``: also to those who have it, because something changed."""

    again: bool = False


class SentTo(msgspec.Struct, frozen=True):
    people: int


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    answer: Answered
    reason: Reason = ""
    substitute_id: UUID | None = None


class AnswerByHand(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    answer: Answered
    reason: Reason = ""


class SubstituteDecision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    accept: bool
    reason: Reason = ""


class Reminder(msgspec.Struct, forbid_unknown_fields=True):
    """Empty: everybody who has not answered."""

    user_ids: Annotated[list[UUID], msgspec.Meta(max_length=500)] = []


class EmergencyMeeting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One form: the meeting is made, published and everybody called, in one transaction."""

    title: Title
    place: Place
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    starts_at: datetime
    minutes: Annotated[int, msgspec.Meta(ge=15, le=1440)] = 60
    unit_id: UUID
    chair_id: UUID
    secretary_ids: Annotated[list[UUID], msgspec.Meta(max_length=20)] = []
    user_ids: Annotated[list[UUID], msgspec.Meta(max_length=500)] = []
    kind: Literal["council", "committee", "briefing", "other"] = "committee"
    remarks: Remarks = ""


class Convened(msgspec.Struct, frozen=True):
    meeting_id: UUID


class InvitedTo(msgspec.Struct, frozen=True):
    meeting: MeetingSummary
    invitation: MyInvitation


@event("invitations.sent")
class InvitationsSent(Event, frozen=True):
    """``again``: something changed since the sending before."""

    people: int
    sequence: int
    again: bool
    by: UUID


@event("invitation.answered")
class InvitationAnswered(Event, frozen=True):
    user_id: UUID
    answer: Answered
    by: UUID


@event("invitation.substituted")
class InvitationSubstituted(Event, frozen=True):
    """``state`` null: the person comes himself after all."""

    user_id: UUID
    substitute_id: UUID
    state: SubstituteState | None
    by: UUID


@event("meeting.lead_time_waived")
class LeadTimeWaived(Event, frozen=True):
    """Why is the text."""

    required: int
    left: int
    emergency: bool
    by: UUID


class TooLateToPublish(Conflict):
    """Fewer working days before the meeting than the body's rule asks, and no reason was given."""

    code = "too-late-to-publish"


class NotYetPublished(Conflict):
    """Nobody is invited to a draft, nor to what is over."""

    code = "not-to-be-sent"


class NotInvited(Conflict):
    """There is no invitation of mine that waits for an answer."""

    code = "not-invited"


class ReasonNeeded(BadRequest):
    """Who does not come says why."""

    code = "absence-reason-needed"


class NoSubstitutes(Conflict):
    """The rule of this body allows none."""

    code = "no-substitutes"


class NotASubstitute(BadRequest):
    """Not of his unit, or on the list already."""

    code = "not-a-substitute"


class SubstituteStaysGuest(Conflict):
    """Who sits for a member speaks and has no vote: his role in the meeting does not change."""

    code = "substitute-stays-guest"
