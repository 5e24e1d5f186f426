"""The words of conclusions and of the blocks of facts in the minutes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict
from hub.events import Event, event

ConclusionState = Literal["written", "confirmed", "returned"]
ConclusionText = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
Remark = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """``written`` names the wording: it is what the chair confirms. ``remark``: why he returned it."""

    item_id: UUID
    text: str
    state: ConclusionState
    written: int
    written_by: UUID
    written_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    remark: str


class NewConclusion(msgspec.Struct, forbid_unknown_fields=True):
    text: ConclusionText


class Confirming(msgspec.Struct, forbid_unknown_fields=True):
    """The wording the chair has read."""

    written: int


class Returning(msgspec.Struct, forbid_unknown_fields=True):
    written: int
    remark: Remark


class FactShown(msgspec.Struct, frozen=True, kw_only=True):
    """A block as the minutes show it now: nodes as the page's editor has them. ``label``: what the menu calls it."""

    kind: str
    ref: str
    label: str
    nodes: list[dict[str, Any]]


class MinutesFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All blocks there are, in the order of the meeting. ``framed``: the hub keeps the minutes filled."""

    seq: int
    document_id: UUID
    framed: bool
    facts: list[FactShown]


@event("conclusion.written")
class ConclusionWritten(Event, frozen=True):
    """The words are told beside it, as text."""

    item_id: UUID
    by: UUID


@event("conclusion.confirmed")
class ConclusionConfirmed(Event, frozen=True):
    """``written`` is the seq of the wording that stands from now on."""

    item_id: UUID
    written: int
    by: UUID


@event("conclusion.returned")
class ConclusionReturned(Event, frozen=True):
    """What should be changed is told beside it, as text."""

    item_id: UUID
    written: int
    by: UUID


@event("conclusion.removed")
class ConclusionRemoved(Event, frozen=True):
    item_id: UUID
    by: UUID


class ConclusionChanged(Conflict):
    """Somebody wrote another wording meanwhile: what is confirmed is what was read."""

    code = "conclusion-changed"
