"""My own invitation, as a meeting shows it. Apart from the other words, because a meeting carries it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Answered = Literal["accepted", "declined"]
SubstituteState = Literal["named", "accepted", "refused"]


class MyInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """Mine to this meeting."""

    user_id: UUID
    """Me."""
    sent_at: datetime
    answer: Answered | None
    reason: str
    answered_at: datetime | None
    outdated: bool
    """Answered before the invitation changed."""
    cancelled: bool
    emergency: bool
    may_answer: bool
    may_name: bool
    """The body allows a substitute."""
    substitute_id: UUID | None
    substitute_name: str | None
    substitute_state: SubstituteState | None
    substitute_reason: str
    stands_for: str | None
    """Whom I sit for, where I am the substitute."""
