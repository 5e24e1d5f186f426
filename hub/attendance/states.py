"""Where a participant is, and the quorum that follows: words other slices read, so this file imports none of them."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

State = Literal["unknown", "room", "online", "excused", "absent", "left"]
"""Nobody said yet; present in the room or online; away with leave or without; gone home."""
Told = Literal["room", "online", "excused", "absent", "left"]
How = Literal["qr", "code", "reader", "manual", "self"]

PRESENT: Final = ("room", "online")


class Quorum(msgspec.Struct, frozen=True, kw_only=True):
    """``present`` of ``members`` are here, ``needed`` must be (None: no quorum). ``roles``: whose members count."""

    rule_id: str
    rule_version: int
    threshold: str | None
    roles: list[str]
    online_counts: bool
    members: int
    present: int
    needed: int | None

    @property
    def enough(self) -> bool:
        return self.needed is None or self.present >= self.needed


class Pause(msgspec.Struct, frozen=True):
    """The sitting rests."""

    since: datetime
    reason: str | None


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen knows of the sitting besides its people. ``members`` as it was set: None is who was invited.

    ``rule_pack``: the rule of voting its type named; "": none.
    """

    quorum: Quorum
    online_allowed: bool
    members: int | None
    rule_id: str | None
    rule_pack: str
    paused: Pause | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was once told of one person. ``undone_seq``: a later fact took it back."""

    seq: int
    user_id: UUID
    state: Told
    since: datetime
    told_at: datetime
    how: How
    by_id: UUID | None
    item_id: UUID | None
    undone_seq: int | None
