"""The words of closing, of the yearbook and of whole meetings as files."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict
from hub.events import Event, event
from hub.meetings.models import State
from hub.users.models import UnitName

Why = Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]

Undone = Literal[
    "vote-open",
    "conclusion-unconfirmed",
    "minutes-empty",
    "vote-prepared",
    "conclusion-missing",
]
Weight = Literal["must", "should", "may"]
WEIGHTS: dict[Undone, Weight] = {
    "vote-open": "must",
    "conclusion-unconfirmed": "should",
    "minutes-empty": "should",
    "vote-prepared": "may",
    "conclusion-missing": "may",
}
"""``must``: no reason helps. ``should``: closed all the same with a reason, which the record keeps. ``may``: a hint."""

EntryState = Literal["kept", "signed", "issued"]
ExportState = Literal["waiting", "making", "made", "failed"]


class ToDo(msgspec.Struct, frozen=True, kw_only=True):
    """One thing before the record is closed. ``of``: the item, vote or document it is about."""

    what: Undone
    weight: Weight
    of: UUID | None = None
    count: int = 1


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The frozen record: its hash is told in ``record.closed``."""

    state: EntryState
    hash: str
    bytes: int
    closed_by: str
    closed_at: datetime


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as a file on its way. ``manifest_hash``: what the list of all its files hashes to."""

    id: UUID
    state: ExportState
    done: int
    total: int
    bytes: int
    manifest_hash: str
    begun_at: datetime


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What is to do before the record can be closed, and what has become of it."""

    state: State
    to_do: list[ToDo]
    entry: Entry | None
    export: Export | None  # my latest


class Closing(msgspec.Struct, forbid_unknown_fields=True):
    """``reason``: why it is closed although something that should be done is not."""

    reason: Why | None = None


class YearbookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A closed meeting in the book of its year. ``entry`` is None where it was closed before records were frozen."""

    id: UUID
    title: str
    unit: UnitName
    starts_at: datetime
    ends_at: datetime
    items: int
    votes: int
    conclusions: int
    i_may_export: bool
    entry: Entry | None


class Yearbook(msgspec.Struct, frozen=True, kw_only=True):
    """``years``: those with closed meetings, the latest first."""

    year: int
    years: list[int]
    units: list[UnitName]
    meetings: list[YearbookRow]


@event("record.closed")
class RecordClosed(Event, frozen=True):
    """``hash`` is of the frozen record; ``upto`` the last fact in it. Why something was left undone is told as text."""

    hash: str
    upto: int
    undone: list[str]
    by: UUID


class NotReadyToClose(Conflict):
    """Something is to be done first, or a reason given; ``detail`` names what."""

    code = "not-ready-to-close"


class ExportNotMade(Conflict):
    """The file is not ready, or was not finished: begin it again."""

    code = "export-not-made"
