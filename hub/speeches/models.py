"""The words of speaking: a ``request`` waits in the queue, a ``floor`` is one person's turn, with its clock."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict, Forbidden, TooMany
from hub.events import Event, event

SpeechKind = Literal["on_item", "question", "procedural"]
FloorKind = Literal["on_item", "question", "procedural", "answer", "follow_up"]
RequestState = Literal["waiting", "called", "done", "withdrawn", "removed"]
FloorState = Literal["called", "speaking", "paused", "ended"]

Topic = Annotated[str, msgspec.Meta(max_length=200)]
QuestionText = Annotated[str, msgspec.Meta(max_length=4000)]
Why = Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]
Seconds = Annotated[int, msgspec.Meta(ge=10, le=86_400)]
BudgetSeconds = Annotated[int, msgspec.Meta(ge=60, le=86_400)]

# What a turn of this kind has where the chair said nothing.
USUAL_SECONDS: dict[FloorKind, int] = {
    "on_item": 300,
    "question": 120,
    "procedural": 120,
    "answer": 300,
    "follow_up": 60,
}


class SpeechRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``question`` is the text of a question written beforehand. ``called``: has, or of a question had, the floor."""

    id: UUID
    item_id: UUID | None
    user_id: UUID
    name: str
    kind: SpeechKind
    addressee_id: UUID | None
    topic: str
    question: str
    state: RequestState
    requested_at: datetime
    called_at: datetime | None
    questioning_id: UUID | None


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """``used_ms`` until ``since``, from which the clock runs on; a clock that stands has no ``since``."""

    id: UUID
    item_id: UUID | None
    user_id: UUID
    name: str
    unit_id: UUID
    kind: FloorKind
    request_id: UUID | None
    questioning_id: UUID | None
    limit_seconds: int | None
    state: FloorState
    given_at: datetime
    started_at: datetime | None
    since: datetime | None
    used_ms: int
    ended_at: datetime | None


class Questioning(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    item_id: UUID
    answerer_id: UUID
    answerer_name: str
    opened_at: datetime
    closed_at: datetime | None


class SpeechSetting(msgspec.Struct, frozen=True, kw_only=True):
    """``item_id`` None: of the whole meeting."""

    item_id: UUID | None
    limit_seconds: int | None
    closed: bool


class SpeechBudget(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of a group on an item. It is shown and warned about; nobody is cut short by it."""

    item_id: UUID | None
    unit_id: UUID
    unit_name: str
    seconds: int


class Speaking(msgspec.Struct, frozen=True, kw_only=True):
    """``requests``: those waiting first, in order, then those called. ``floors``: in the order they were given.

    ``rehearsal``: what is done in the meeting counts in no statistics.
    """

    requests: list[SpeechRequest]
    floors: list[Floor]
    questionings: list[Questioning]
    settings: list[SpeechSetting]
    budgets: list[SpeechBudget]
    usual_seconds: dict[FloorKind, int]
    rehearsal: bool


class NewSpeechRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``user_id``: whom the chair or the secretary adds by hand."""

    item_id: UUID | None = None
    kind: SpeechKind = "on_item"
    topic: Topic = ""
    question: QuestionText = ""
    addressee_id: UUID | None = None
    user_id: UUID | None = None


class ChangedSpeechRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """All of what was asked. Another kind is another place in the queue."""

    kind: SpeechKind
    topic: Topic = ""
    question: QuestionText = ""
    addressee_id: UUID | None = None


class SpeechPlace(msgspec.Struct, frozen=True):
    """``place`` from 1 among those waiting for the same item and kind of queue."""

    id: UUID
    place: int


class MovedBefore(msgspec.Struct, forbid_unknown_fields=True):
    """None: behind all others."""

    before: UUID | None


class SpeechReason(msgspec.Struct, forbid_unknown_fields=True):
    reason: Why


class NewFloor(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """For a request, or for anybody of the meeting. ``kind`` answer and follow_up belong to a question that was called.

    ``start`` False: he is called and the clock waits. ``instead_of``: the floor that ends with this.
    """

    request_id: UUID | None = None
    user_id: UUID | None = None
    kind: FloorKind = "on_item"
    item_id: UUID | None = None
    limit_seconds: Seconds | None = None
    start: bool = True
    instead_of: UUID | None = None


class NewLimit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One of the two: a new limit (null: none), or so much more."""

    limit_seconds: Seconds | msgspec.UnsetType | None = msgspec.UNSET
    add_seconds: Annotated[int, msgspec.Meta(ge=-3600, le=3600)] | None = None


class NewSpeechSetting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    item_id: UUID | None = None
    limit_seconds: Seconds | None = None
    closed: bool = False


class NewSpeechBudget(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``seconds`` None: no budget any more."""

    item_id: UUID | None = None
    unit_id: UUID
    seconds: BudgetSeconds | None


class Rehearsal(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the meeting is one."""

    rehearsal: bool


class NewQuestioning(msgspec.Struct, forbid_unknown_fields=True):
    item_id: UUID
    answerer_id: UUID


class Made(msgspec.Struct, frozen=True):
    id: UUID


class SpeakerPast(msgspec.Struct, frozen=True, kw_only=True):
    """What the chair sees of one person: here, and in the unit's meetings of the last year."""

    user_id: UUID
    unit_id: UUID
    unit_name: str
    times_here: int
    seconds_here: int
    meetings_present: int
    meetings_spoken: int
    seconds_before: int


@event("speech.requested")
class SpeechRequested(Event, frozen=True):
    """``place``: before how many of the meeting's queue it was put in, from 0."""

    request_id: UUID
    user_id: UUID
    item_id: UUID | None
    speech_kind: SpeechKind
    addressee_id: UUID | None
    place: int
    by: UUID


@event("speech.changed")
class SpeechChanged(Event, frozen=True):
    """It was taken out of the queue and put in at ``place``."""

    request_id: UUID
    speech_kind: SpeechKind
    addressee_id: UUID | None
    place: int
    by: UUID


@event("speech.moved")
class SpeechMoved(Event, frozen=True):
    """It was taken out of the queue and put in at ``place``."""

    request_id: UUID
    place: int
    by: UUID


@event("speech.withdrawn")
class SpeechWithdrawn(Event, frozen=True):
    request_id: UUID
    by: UUID


@event("speech.removed")
class SpeechRemoved(Event, frozen=True):
    request_id: UUID
    by: UUID


@event("speech.restored")
class SpeechRestored(Event, frozen=True):
    request_id: UUID
    place: int
    by: UUID


@event("speech.set")
class SpeechSet(Event, frozen=True):
    item_id: UUID | None
    limit_seconds: int | None
    closed: bool
    by: UUID


@event("speech.budget_set")
class SpeechBudgetSet(Event, frozen=True):
    item_id: UUID | None
    unit_id: UUID
    seconds: int | None
    by: UUID


@event("floor.given")
class FloorGiven(Event, frozen=True):
    """A request it is given for leaves the queue."""

    floor_id: UUID
    user_id: UUID
    unit_id: UUID
    item_id: UUID | None
    speech_kind: FloorKind
    request_id: UUID | None
    questioning_id: UUID | None
    limit_seconds: int | None
    by: UUID


@event("floor.started")
class FloorStarted(Event, frozen=True):
    floor_id: UUID
    by: UUID


@event("floor.paused")
class FloorPaused(Event, frozen=True):
    floor_id: UUID
    used_ms: int
    by: UUID


@event("floor.resumed")
class FloorResumed(Event, frozen=True):
    floor_id: UUID
    by: UUID


@event("floor.limit_changed")
class FloorLimitChanged(Event, frozen=True):
    floor_id: UUID
    limit_seconds: int | None
    by: UUID


@event("floor.ended")
class FloorEnded(Event, frozen=True):
    """The request is done with it, unless it is a question in a questioning: then ``question.done`` says so."""

    floor_id: UUID
    used_ms: int
    by: UUID


@event("floor.end_undone")
class FloorEndUndone(Event, frozen=True):
    """The floor is again what it was: the time between does not count."""

    floor_id: UUID
    state: FloorState
    by: UUID


@event("floor.given_undone")
class FloorGivenUndone(Event, frozen=True):
    """It was never given. The request, if there was one, is in the queue again at ``place``."""

    floor_id: UUID
    place: int | None
    by: UUID


@event("questioning.opened")
class QuestioningOpened(Event, frozen=True):
    questioning_id: UUID
    item_id: UUID
    answerer_id: UUID
    by: UUID


@event("questioning.closed")
class QuestioningClosed(Event, frozen=True):
    questioning_id: UUID
    by: UUID


@event("question.done")
class QuestionDone(Event, frozen=True):
    """Asked, answered, and nothing more to it."""

    request_id: UUID
    by: UUID


class AlreadyRegistered(Conflict):
    """One open request a person and item; it can be changed or withdrawn."""

    code = "already-registered"


class QueueClosed(Conflict):
    """The chair takes no more requests here."""

    code = "queue-closed"


class RequestGone(Conflict):
    """It is not waiting any more: called, withdrawn or removed."""

    code = "request-gone"


class FloorTaken(Conflict):
    """Somebody has the floor."""

    code = "floor-taken"


class FloorOver(Conflict):
    """This turn to speak is over, or not in a state where this can be done."""

    code = "floor-over"


class TooLateToUndo(Conflict):
    """A step is taken back within ten seconds, while nothing followed it."""

    code = "too-late-to-undo"


class NotAParticipant(Forbidden):
    """Who takes part in the meeting may ask to speak, and be given the floor."""

    code = "not-a-participant"


class NoQuestioning(Conflict):
    """No questioning is open for this."""

    code = "no-questioning"


class AnotherQuestioning(Conflict):
    """One person is questioned at a time."""

    code = "another-questioning"


class UnitNotHere(BadRequest):
    """Nobody of this unit takes part in the meeting."""

    code = "unit-not-here"


class TooManySpeechRequests(TooMany):
    """As many requests as one person, or one meeting, may make."""

    code = "too-many-speech-requests"
