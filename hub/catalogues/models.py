"""The words of catalogues. An entry without a unit is everybody's; one with a unit is seen by its commune alone."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.agenda.models import ItemKind
from hub.errors import BadRequest, Conflict
from hub.users.models import UnitName

EntryKind = Literal["position", "issuing_body"]
TypeKind = Literal["council", "committee", "briefing", "other"]
EntryName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Seat = Annotated[str, msgspec.Meta(max_length=20)]
MOST_ITEMS = 100
MOST_ENTRIES = 2000


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """``unit`` None: for everybody. ``sign``: as it stands in the numbers of a body's documents."""

    id: UUID
    kind: EntryKind
    name: str
    sign: str
    place: int
    unit: UnitName | None
    i_may: bool


class NewEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``shared``: for every commune; only a system administrator makes one."""

    kind: EntryKind
    name: EntryName
    sign: Annotated[str, msgspec.Meta(max_length=30)] = ""
    place: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    shared: bool = False


class ChangedEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: EntryName
    sign: Annotated[str, msgspec.Meta(max_length=30)] = ""
    place: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class TypeItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item every meeting of the type begins with. ``draft``: the title of the text that belongs to it; "": none."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    kind: ItemKind
    minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)]
    presenter: Annotated[str, msgspec.Meta(max_length=200)] = ""
    draft: Annotated[str, msgspec.Meta(max_length=500)] = ""


class MeetingType(msgspec.Struct, frozen=True, kw_only=True):
    """``participants_unit``: whose people are invited. ``rule_pack``: a rule of voting; "": the first that fits."""

    id: UUID
    name: str
    kind: TypeKind
    minutes: int
    rule_pack: str
    participants_unit: UnitName | None
    items: list[TypeItem]
    unit: UnitName | None
    i_may: bool


class NewMeetingType(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: EntryName
    kind: TypeKind
    minutes: Annotated[int, msgspec.Meta(ge=5, le=14_400)] = 180
    rule_pack: Annotated[str, msgspec.Meta(max_length=80)] = ""
    participants_unit_id: UUID | None = None
    items: Annotated[list[TypeItem], msgspec.Meta(max_length=MOST_ITEMS)] = []
    shared: bool = False


class TypePerson(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    position: str
    unit_id: UUID
    unit_name: str


class SeatPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Rows from the front, seats from the left; "" is a gap. Empty: nobody drew one."""

    rows: list[list[str]]
    i_may: bool


class NewSeatPlan(msgspec.Struct, forbid_unknown_fields=True):
    rows: Annotated[list[Annotated[list[Seat], msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=60)]


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    title: str
    body: str
    changed_at: datetime
    unit: UnitName | None
    i_may: bool


class NewGuide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: EntryName
    body: Annotated[str, msgspec.Meta(max_length=60_000)]
    shared: bool = False


class EntryExists(Conflict):
    code = "entry-exists"


class TooManyEntries(Conflict):
    code = "too-many-entries"


class UnknownRulePack(BadRequest):
    code = "unknown-rule-pack"


class SeatTwice(BadRequest):
    """Two seats of a plan have one name."""

    code = "seat-twice"


class RoomInUse(Conflict):
    """Meetings were or will be held there."""

    code = "room-in-use"
