"""The words of suggestions and of the table of opinions (tiếp thu, giải trình)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict, Refusal
from hub.events import Event, event

Decision = Literal["accepted", "rejected"]
MOST_DECIDED = 500


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: what somebody proposed, and what became of it."""

    author_id: UUID
    author_name: str
    suggestion_id: str
    place: str
    """"khoản 2, Điều 3"; empty before the first article."""
    removed: str
    added: str
    proposed_at: datetime
    """By the author's own clock."""
    decision: Decision | None
    reason: str
    decided_by: str | None
    decided_at: datetime | None
    in_text: bool
    """Still a suggestion in the text. Decided and in the text: the second half of deciding was lost on the way."""


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    author_id: UUID
    suggestion_id: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class NewDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    suggestions: Annotated[list[Which], msgspec.Meta(min_length=1, max_length=MOST_DECIDED)]
    decision: Decision
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@event("suggestions.decided")
class SuggestionsDecided(Event, frozen=True):
    document_id: UUID
    decision: Decision
    count: int
    by: UUID


class SuggestionGone(Conflict):
    """Neither in the text nor decided: its author took it back, or somebody edited it away."""

    code = "suggestion-gone"


class ReasonNeeded(Conflict):
    """What is not taken over is explained (giải trình)."""

    code = "reason-needed"


class TextUnavailable(Refusal):
    """The log could not be read; the page tries again."""

    status, code = 503, "text-unavailable"
