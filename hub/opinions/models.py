"""The words of questions and opinions before the meeting."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict, TooMany
from hub.events import Event, event
from hub.meetings.models import MeetingRole
from hub.papers.models import VERSIONS, PageNumber

OpinionKind = Literal["question", "opinion"]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]
OPINIONS_OF_A_PERSON = 200  # in one meeting
ANSWERS_OF_AN_OPINION = 100


class OpinionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    by: UUID
    by_name: str
    text: str
    at: datetime


class GivenOpinion(msgspec.Struct, frozen=True, kw_only=True):
    """``private``: seen by who said it, the secretaries and the people of the unit that prepares the item.

    ``about``: the title of the text or paper it is of; ``page`` of its version ``paper_number``, where the passage was
    marked in the paper itself. A withdrawn one has no words any more.
    """

    id: UUID
    item_id: UUID
    kind: OpinionKind
    private: bool
    by: UUID
    by_name: str
    by_position: str
    by_unit: str
    role: MeetingRole | None
    document_id: UUID | None
    paper_id: UUID | None
    paper_number: int | None
    page: int | None
    about: str
    quote: str
    text: str
    at: datetime
    changed_at: datetime | None
    withdrawn: bool
    theme: str
    on_record: bool
    answers: list[OpinionAnswer]


class Opinions(msgspec.Struct, frozen=True, kw_only=True):
    """``until``: when the meeting takes no more of them; ``open``: it takes them now. ``i_may_say``: I may give one,
    ``i_may_ask``: I may ask the secretariat, ``i_sort``: I name themes, set the deadline, take the table."""

    until: datetime
    open: bool
    i_may_say: bool
    i_may_ask: bool
    i_may_answer: bool
    i_sort: bool
    opinions: list[GivenOpinion]


class NewOpinion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of the item, or of a text or a paper of the meeting; ``quote``: the passage, on ``page`` of the paper's version
    ``paper_number``."""

    item_id: UUID
    kind: OpinionKind
    text: Words
    private: bool = False
    document_id: UUID | None = None
    paper_id: UUID | None = None
    paper_number: Annotated[int, msgspec.Meta(ge=1, le=VERSIONS)] | None = None
    page: PageNumber | None = None
    quote: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class ChangedOpinion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``text``: its author's, before the deadline. ``theme`` and ``on_record``: the secretary's."""

    text: Words | msgspec.UnsetType = msgspec.UNSET
    theme: Annotated[str, msgspec.Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    on_record: bool | msgspec.UnsetType = msgspec.UNSET


class NewAnswer(msgspec.Struct, forbid_unknown_fields=True):
    text: Words


class Deadline(msgspec.Struct, forbid_unknown_fields=True):
    """Null: when the meeting begins."""

    until: datetime | None


OpinionChange = Literal["given", "changed", "withdrawn", "answered", "sorted"]


@event("opinions.changed")
class OpinionsChanged(Event, frozen=True):
    """Never of a private one: the line is everybody's."""

    item_id: UUID
    opinion_id: UUID
    change: OpinionChange
    by: UUID


class OpinionsClosed(Conflict):
    """The deadline has passed, or the meeting is not yet, or no more, one to say something before."""

    code = "opinions-closed"


class OpinionWithdrawn(Conflict):
    code = "opinion-withdrawn"


class UnknownSubject(BadRequest):
    """No text or paper of this item, or no such version of it."""

    code = "unknown-subject"


class TooManyOpinions(TooMany):
    code = "too-many-opinions"
