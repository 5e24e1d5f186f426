"""The words of a meeting."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.agenda.models import AgendaItem
from hub.attendance.states import Sitting
from hub.attendance.states import State as Attendance
from hub.errors import BadRequest, Conflict
from hub.events import Event, event
from hub.history.models import DocumentLock
from hub.invitations.mine import MyInvitation
from hub.minutes.models import Conclusion
from hub.papers.models import Paper
from hub.preparing.models import Preparing
from hub.speeches.models import Speaking
from hub.transcripts.models import CaptionSession
from hub.users.models import UnitName
from hub.votes.models import Vote

State = Literal["draft", "published", "running", "ended", "closed"]
MeetingKind = Literal["council", "committee", "briefing", "other"]
MeetingRole = Literal["chair", "secretary", "delegate", "guest"]
Right = Literal["read", "comment", "write"]
DocumentKind = Literal["agenda", "draft_resolution", "minutes", "comments"]

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
People = Annotated[list[UUID], msgspec.Meta(max_length=500)]

# Which state follows which. An ended meeting may be taken up again; a closed one is frozen.
NEXT: dict[State, tuple[State, ...]] = {
    "draft": ("published",),
    "published": ("running",),
    "running": ("ended",),
    "ended": ("running", "closed"),
    "closed": (),
}


class MeetingSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    title: str
    kind: MeetingKind
    place: str
    room_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    state: State
    unit: UnitName
    my_role: MeetingRole | None


class Home(msgspec.Struct, frozen=True):
    """``current`` is the meeting that runs now or begins next."""

    current: MeetingSummary | None
    coming: list[MeetingSummary]
    past: list[MeetingSummary]
    i_may_convene: bool


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    user_id: UUID
    name: str
    position: str
    role: MeetingRole
    seat: str | None
    checked_in_at: datetime | None
    """Present since, in the room or online."""
    attendance: Attendance
    since: datetime | None
    """From when he is where he is; None: nobody said yet."""
    substitute_for: UUID | None = None
    """Whom he sits for: he speaks, and has no vote."""
    votes: bool
    """Is a member of the body, so he votes and counts for the quorum; a secretary may be, a guest never."""


class MeetingText(msgspec.Struct, frozen=True, kw_only=True):
    """A text of a meeting, without what one person may do with it."""

    id: UUID
    kind: DocumentKind
    agenda_item_id: UUID | None
    title: str
    comments_id: UUID | None


class MeetingDocument(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: DocumentKind
    agenda_item_id: UUID | None
    title: str
    my_right: Right
    i_own: bool = False
    """May give others a role in it."""
    comments_id: UUID | None = None
    """The shared document of its comments, for who may discuss it."""
    locked: DocumentLock | None = None  # for a vote: nobody writes, whatever his role


class MeetingAddress(msgspec.Struct, frozen=True):
    """Null where only this machine could open it."""

    url: str | None
    svg: str | None  # the address as a QR


class IMay(msgspec.Struct, frozen=True):
    manage: bool  # prepare and change the meeting
    run: bool  # start, move on, end: chair or secretary
    speak: bool  # chair, secretary or delegate: has a microphone


class Meeting(MeetingSummary, frozen=True, kw_only=True):
    """All a screen needs before it follows the meeting's line from ``seq``."""

    current_item_id: UUID | None
    current_item_since: datetime | None  # None where the meeting is at no item
    seq: int
    participants: list[Participant]
    items: list[AgendaItem]
    documents: list[MeetingDocument]
    i_may: IMay
    my_invitation: MyInvitation | None = None
    preparing: Preparing | None  # for who prepares or approves it
    captions: list[CaptionSession]  # open microphones
    papers: list[Paper]  # the newest version of each, for who takes part or prepares
    votes: list[Vote]  # in the order the meeting goes through them
    speaking: Speaking
    sitting: Sitting
    conclusions: list[Conclusion]


class NewMeeting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: Title
    kind: MeetingKind
    place: Place
    room_id: UUID | None = None
    starts_at: datetime
    ends_at: datetime
    unit_id: UUID
    chair_id: UUID
    secretary_ids: People = []
    delegate_ids: People = []
    guest_ids: People = []
    voting_ids: People = []
    """Those of the secretaries who are members of the body, and vote."""
    type_id: UUID | None = None
    copy_of: UUID | None = None
    """Its items and the titles of its drafts; with a type but no copy, the type's."""


class CopiedPerson(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    position: str
    unit_id: UUID
    unit_name: str
    role: MeetingRole
    votes: bool


class CopiedMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """What a new meeting would begin with. ``minutes``: how long it was planned. ``items``, ``drafts``: how many."""

    id: UUID
    title: str
    kind: MeetingKind
    place: str
    room_id: UUID | None
    unit_id: UUID
    minutes: int
    items: int
    drafts: int
    people: list[CopiedPerson]


class ChangedMeeting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    place: Place | msgspec.UnsetType = msgspec.UNSET
    room_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    starts_at: datetime | msgspec.UnsetType = msgspec.UNSET
    ends_at: datetime | msgspec.UnsetType = msgspec.UNSET


class NewState(msgspec.Struct, forbid_unknown_fields=True):
    """``reason``: of closing the record although something that should be done is not, and of publishing too late."""

    to: State
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)] | None = None


class NewDocument(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    agenda_item_id: UUID


@event("meeting.created")
class MeetingCreated(Event, frozen=True):
    by: UUID


@event("meeting.changed")
class MeetingChanged(Event, frozen=True):
    by: UUID


@event("meeting.state_changed")
class MeetingStateChanged(Event, frozen=True):
    state: State
    by: UUID


@event("document.created")
class DocumentCreated(Event, frozen=True):
    document_id: UUID
    document_kind: DocumentKind
    item_id: UUID | None
    by: UUID


class WrongState(Conflict):
    """The meeting is not in a state where this can be done."""

    code = "wrong-state"


class TimesReversed(BadRequest):
    code = "times-reversed"


class UnknownPeople(BadRequest):
    """Somebody named does not exist or is of another commune."""

    code = "unknown-people"


class TwoRoles(BadRequest):
    """One person, one role in a meeting."""

    code = "two-roles"
