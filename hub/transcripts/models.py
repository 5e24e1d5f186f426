"""The words of live captions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict, Forbidden, TooMany
from hub.events import Event, event

SessionState = Literal["up", "paused"]
Reason = Literal[
    "ended",  # the speaker ended it
    "left",  # the speaker's connection is gone
    "silent",  # no sound came any more, not even silence
    "stopped",  # by somebody: ``by`` says who
    "replaced",  # the same speaker opened another microphone
    "secret-item",
    "meeting-over",
    "no-right",  # signed out, or the right was taken away
    "broken-sound",
    "hub-lost",  # the hub that held the microphone is gone
]


class CaptionSession(msgspec.Struct, frozen=True, kw_only=True):
    """An open microphone. Who started it is shown on every screen."""

    session_id: UUID
    started_by: UUID
    speaker_id: UUID | None
    speaker_name: str | None
    language: str
    started_at: datetime
    state: SessionState


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Words that will not change. ``start`` and ``end`` are seconds of the session's sound."""

    id: UUID
    number: int
    session_id: UUID
    speaker_id: UUID | None
    speaker_name: str | None
    item_id: UUID | None
    started_at: datetime
    start: float
    end: float
    text: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Sound that nobody recognised."""

    speaker_name: str | None
    started_at: datetime
    seconds: float


class MicrophoneToken(msgspec.Struct, frozen=True):
    """Opens one meeting's microphone for one person, without a browser."""

    token: str
    expires_at: datetime


@event("captions.started")
class CaptionsStarted(Event, frozen=True):
    session_id: UUID
    by: UUID
    speaker_id: UUID | None
    language: str


@event("captions.paused")
class CaptionsPaused(Event, frozen=True):
    """Nobody recognises now; the last seconds of sound wait."""

    session_id: UUID


@event("captions.resumed")
class CaptionsResumed(Event, frozen=True):
    session_id: UUID


@event("captions.stopped")
class CaptionsStopped(Event, frozen=True):
    session_id: UUID
    by: UUID | None
    reason: Reason


@event("caption.final")
class CaptionFinal(Event, frozen=True):
    """The words themselves are told beside it, as text."""

    segment_id: UUID
    session_id: UUID
    number: int
    speaker_id: UUID | None
    item_id: UUID | None
    start_ms: int
    end_ms: int


class MeetingNotRunning(Conflict):
    """Captions are for a running meeting."""

    code = "meeting-not-running"


class SpeakerHasMicrophone(Conflict):
    """Somebody else already captions this speaker."""

    code = "speaker-has-microphone"


class NotForOthers(Forbidden):
    """Only chair and secretary may caption somebody else's words."""

    code = "not-for-others"


class UnknownSpeaker(BadRequest):
    """The speaker takes no part in the meeting."""

    code = "unknown-speaker"


class UnknownLanguage(BadRequest):
    code = "unknown-language"


class TooManyMicrophones(TooMany):
    code = "too-many-microphones"


class CaptionsAway(Conflict):
    """This hub knows no caption service."""

    code = "captions-away"
