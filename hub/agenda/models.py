"""The words of an agenda item."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict
from hub.events import Event, event

ItemState = Literal["waiting", "running", "done", "skipped"]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
ItemKind = Literal["information", "discussion", "decision", "vote", "election"]
Secrecy = Literal["none", "mat", "toi_mat", "tuyet_mat"]


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` counts from 1 among those not removed; a removed item has 0.

    How long it took is ``held_ms`` and, while it runs, the time since ``running_since``, which is None in a rest.
    """

    id: UUID
    meeting_id: UUID
    position: str
    number: int
    title: str
    presenter: str
    minutes: int
    kind: ItemKind
    secrecy: Secrecy
    conclusion: str
    removed: bool
    unit_id: UUID | None = None  # the unit that prepares it, a fact of the hub as secrecy is
    unit_name: str | None = None
    state: ItemState
    running_since: datetime | None
    held_ms: int


class CurrentItem(msgspec.Struct, forbid_unknown_fields=True):
    item_id: UUID | None


class NewSecrecy(msgspec.Struct, forbid_unknown_fields=True):
    secrecy: Secrecy


class Skipping(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason | None = None


class Pausing(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason | None = None


@event("agenda.changed")
class AgendaChanged(Event, frozen=True):
    """The agenda document was projected again; ``items`` are the ids in order, removed ones left out."""

    items: list[UUID]


@event("agenda_item.started")
class AgendaItemStarted(Event, frozen=True):
    """The meeting is at this item now; None: at none. The item it was at is done; this one may have been before."""

    item_id: UUID | None
    by: UUID


@event("agenda_item.secrecy_changed")
class AgendaItemSecrecyChanged(Event, frozen=True):
    item_id: UUID
    secrecy: Secrecy
    by: UUID


@event("agenda_item.skipped")
class AgendaItemSkipped(Event, frozen=True):
    """The meeting leaves it out; it may come back to it. Why is the text."""

    item_id: UUID
    by: UUID


@event("meeting.paused")
class MeetingPaused(Event, frozen=True):
    """The sitting rests (tạm nghỉ): no item's time runs. Why is the text."""

    by: UUID


@event("meeting.resumed")
class MeetingResumed(Event, frozen=True):
    by: UUID


class SittingPaused(Conflict):
    """The sitting rests: it goes on first."""

    code = "sitting-paused"


class ItemRunning(Conflict):
    """The meeting is at this item: it is left first."""

    code = "item-running"
