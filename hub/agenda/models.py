"""The words of an agenda item."""

from typing import Literal
from uuid import UUID

import msgspec

from hub.events import Event, event

ItemKind = Literal["information", "discussion", "decision", "vote", "election"]
Secrecy = Literal["none", "mat", "toi_mat", "tuyet_mat"]


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` counts from 1 among those not removed; a removed item has 0."""

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


class CurrentItem(msgspec.Struct, forbid_unknown_fields=True):
    item_id: UUID | None


class NewSecrecy(msgspec.Struct, forbid_unknown_fields=True):
    secrecy: Secrecy


@event("agenda.changed")
class AgendaChanged(Event, frozen=True):
    """The agenda document was projected again; ``items`` are the ids in order, removed ones left out."""

    items: list[UUID]


@event("agenda_item.started")
class AgendaItemStarted(Event, frozen=True):
    """The meeting is at this item now; None: at none."""

    item_id: UUID | None
    by: UUID


@event("agenda_item.secrecy_changed")
class AgendaItemSecrecyChanged(Event, frozen=True):
    item_id: UUID
    secrecy: Secrecy
    by: UUID
