"""What happened in a past meeting of the sample, moment by moment, as the meeting's line would have told it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hub.agenda.models import AgendaItemSecrecyChanged, AgendaItemStarted
from hub.attendance.models import ParticipantCheckedIn
from hub.events import Event
from hub.meetings.models import (
    DocumentCreated,
    DocumentKind,
    MeetingCreated,
    MeetingRole,
    MeetingStateChanged,
    State,
)
from hub.participants.models import first_list
from hub.sample.texts import Item
from hub.speeches.models import USUAL_SECONDS, FloorEnded, FloorGiven, FloorStarted
from hub.transcripts.models import CaptionFinal, CaptionsStarted, CaptionsStopped

SYLLABLE_MS = 330  # of unhurried speech
INVITED = timedelta(days=6)
PREPARED = timedelta(days=9)
CLOSED = timedelta(days=2)


class Fact(msgspec.Struct, frozen=True):
    at: datetime
    event: Event
    text: str | None = None


class Document(msgspec.Struct, frozen=True):
    id: UUID
    kind: DocumentKind
    item_id: UUID | None
    title: str
    update: bytes


class Present(msgspec.Struct, frozen=True):
    """Somebody at a meeting; ``at`` is None for one who did not come, or not yet."""

    user_id: UUID
    role: MeetingRole
    seat: str | None
    at: datetime | None


class Utterance(msgspec.Struct, frozen=True):
    """A stored final caption, and where the meeting was."""

    id: UUID
    session_id: UUID
    speaker_id: UUID
    item_id: UUID
    number: int  # in its session
    at: datetime
    start_ms: int
    end_ms: int
    text: str


class Microphone(msgspec.Struct, frozen=True):
    id: UUID
    speaker_id: UUID
    started_at: datetime
    stopped_at: datetime


class Turn(msgspec.Struct, frozen=True):
    """Somebody had the floor for what he said."""

    id: UUID
    user_id: UUID
    unit_id: UUID
    item_id: UUID
    began: datetime
    ended: datetime

    @property
    def used_ms(self) -> int:
        return round((self.ended - self.began) / timedelta(milliseconds=1))


def prepared(
    documents: list[Document],
    people: list[Present],
    items: list[tuple[UUID, str, Item]],
    starts: datetime,
    by: UUID,
    state: State,
) -> Iterator[Fact]:
    """From the making of the meeting to its invitation, if it went out. Of one to come, ``starts`` is today."""
    yield Fact(starts - PREPARED, MeetingCreated(by))
    for fact in first_list([(each.user_id, each.role) for each in people], by):
        yield Fact(starts - PREPARED, fact)
    for document in documents:
        yield Fact(starts - PREPARED, DocumentCreated(document.id, document.kind, document.item_id, by))
    for item_id, _, item in items:
        if item.secrecy != "none":
            yield Fact(starts - PREPARED, AgendaItemSecrecyChanged(item_id, item.secrecy, by))
    if state != "draft":
        yield Fact(starts - INVITED, MeetingStateChanged("published", by))


def held(
    people: list[Present], items: list[tuple[UUID, datetime]], starts: datetime, ends: datetime, chair: UUID, desk: UUID
) -> Iterator[Fact]:
    """``items`` with the moment each began; ``desk`` checked people in and closed the record."""
    for person in people:
        if person.at is not None:
            yield Fact(person.at, ParticipantCheckedIn(person.user_id, person.seat, "qr", desk))
    yield Fact(starts, MeetingStateChanged("running", chair))
    for item_id, began in items:
        yield Fact(began, AgendaItemStarted(item_id, chair))
    yield Fact(ends, AgendaItemStarted(None, chair))
    yield Fact(ends, MeetingStateChanged("ended", chair))
    yield Fact(ends + CLOSED, MeetingStateChanged("closed", desk))


def captioned(microphones: list[Microphone], said: list[Utterance]) -> Iterator[Fact]:
    for microphone in microphones:
        opened = CaptionsStarted(microphone.id, microphone.speaker_id, microphone.speaker_id, "vi")
        yield Fact(microphone.started_at, opened)
        yield Fact(microphone.stopped_at, CaptionsStopped(microphone.id, microphone.speaker_id, "ended"))
    for each in said:
        final = CaptionFinal(
            each.id, each.session_id, each.number, each.speaker_id, each.item_id, each.start_ms, each.end_ms
        )
        yield Fact(each.at + timedelta(milliseconds=each.end_ms - each.start_ms), final, each.text)


def turned(turns: list[Turn], chair: UUID) -> Iterator[Fact]:
    """The chair gave the floor, and it was given back."""
    for turn in turns:
        given = FloorGiven(
            floor_id=turn.id,
            user_id=turn.user_id,
            unit_id=turn.unit_id,
            item_id=turn.item_id,
            speech_kind="on_item",
            request_id=None,
            questioning_id=None,
            limit_seconds=USUAL_SECONDS["on_item"],
            by=chair,
        )
        yield Fact(turn.began, given)
        yield Fact(turn.began, FloorStarted(turn.id, chair))
        yield Fact(turn.ended, FloorEnded(turn.id, turn.used_ms, chair))


def spoken_ms(text: str) -> int:
    return SYLLABLE_MS * len(text.split())
