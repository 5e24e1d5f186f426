"""What a line says of a meeting. Plain and comparable: two states of the same facts are equal."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hub.agenda.models import ItemState
from hub.attendance.history import Spans, Stay, current
from hub.attendance.states import Change
from hub.speeches.replay import Speeches

MILLISECOND = timedelta(milliseconds=1)


class Item(msgspec.Struct):
    """``turns``: from when to when it was held; None: still. A rest ends a turn."""

    state: ItemState = "waiting"
    turns: list[tuple[datetime, datetime | None]] = []

    @property
    def running_since(self) -> datetime | None:
        return self.turns[-1][0] if self.turns and self.turns[-1][1] is None else None

    @property
    def held_ms(self) -> int:
        return sum((ended - began) // MILLISECOND for began, ended in self.turns if ended is not None)


class Course(msgspec.Struct):
    """When the sitting ran, and where it was."""

    state: str = ""
    running: list[tuple[datetime, datetime | None]] = []
    paused_since: datetime | None = None
    current_item_id: UUID | None = None
    current_item_since: datetime | None = None
    item: dict[UUID, Item] = {}

    def sat(self, until: datetime) -> Spans:
        """Its rests left out; up to ``until`` where it still runs."""
        return _closed(self.running, until)

    def items(self, until: datetime) -> dict[UUID, Spans]:
        return {item_id: _closed(item.turns, until) for item_id, item in self.item.items() if item.turns}


class ReplayedVote(msgspec.Struct):
    """Until it is opened only its items are in the line; the numbers of its result are those that were told."""

    item_ids: list[UUID]
    state: str = "prepared"
    members: int | None = None
    present: int | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    ends_at: datetime | None = None
    left_ms: int | None = None
    rehearsal: bool = False
    rule: str | None = None
    result: dict[str, Any] | None = None


class State(msgspec.Struct):
    """``people``: on the list, with their roles. ``said_votes``: whether one votes, where that was said.

    ``order``: of the agenda as it was last told; None: never.
    """

    seq: int = 0
    course: Course = msgspec.field(default_factory=Course)
    people: dict[UUID, str] = {}
    said_votes: dict[UUID, bool] = {}
    told: list[Change] = []
    online_allowed: bool = True
    members: int | None = None
    quorum_rule: str | None = None
    order: list[UUID] | None = None
    secrecy: dict[UUID, str] = {}
    documents: dict[UUID, str] = {}
    locked: dict[UUID, int] = {}
    votes: dict[UUID, ReplayedVote] = {}
    microphones: dict[UUID, str] = {}
    speeches: Speeches = msgspec.field(default_factory=Speeches)

    def voters(self) -> set[UUID]:
        """Who votes: as his place has it, where nothing else was said of him; a guest never."""
        return {
            user
            for user, role in self.people.items()
            if role != "guest" and self.said_votes.get(user, role != "secretary")
        }

    def whereabouts(self) -> dict[UUID, Stay | None]:
        """Where everybody on the list is."""
        return {user: current(c for c in self.told if c.user_id == user) for user in self.people}


def _closed(turns: list[tuple[datetime, datetime | None]], until: datetime) -> Spans:
    return [(began, ended if ended is not None else until) for began, ended in turns]
