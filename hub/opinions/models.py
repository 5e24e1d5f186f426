"""The words of questions and opinions before the meeting, and of the exchange of views while it sits."""

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


HideReason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class OpinionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    by: UUID
    by_name: str
    text: str
    at: datetime
    withdrawn: bool = False
    hidden: bool = False
    hidden_reason: str = ""


class GivenOpinion(msgspec.Struct, frozen=True, kw_only=True):
    """``private``: seen by who said it, the secretaries and the people of the unit that prepares the item.

    ``about``: the title of the text or paper it is of; ``page`` of its version ``paper_number``, where the passage was
    marked in the paper itself. A withdrawn one has no words any more; a ``hidden`` one has them for its author and for
    who runs the meeting. ``in_sitting``: said in the exchange of views.
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
    in_sitting: bool = False
    hidden: bool = False
    hidden_reason: str = ""


class Opinions(msgspec.Struct, frozen=True, kw_only=True):
    """``until``: when the meeting takes no more of them; ``open``: it takes them now. ``i_may_say``: I may give one,
    ``i_may_ask``: I may ask the secretariat, ``i_sort``: I name themes, set the deadline, take the table. ``exchange``:
    views are exchanged on the item now, ``i_may_exchange``: I take part, ``i_moderate``: I open and close it, and hide
    what does not belong there."""

    until: datetime
    open: bool
    i_may_say: bool
    i_may_ask: bool
    i_may_answer: bool
    i_sort: bool
    exchange: bool
    i_may_exchange: bool
    i_moderate: bool
    opinions: list[GivenOpinion]


class NewOpinion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of the item, or of a text or a paper of the meeting; ``quote``: the passage, on ``page`` of the paper's version
    ``paper_number``. ``in_sitting``: in the exchange of views, ``on_record`` false: off the record, as its author marks
    it; who keeps the record may mark it otherwise."""

    item_id: UUID
    kind: OpinionKind
    text: Words
    private: bool = False
    in_sitting: bool = False
    on_record: bool = True
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


class NewExchange(msgspec.Struct, forbid_unknown_fields=True):
    open: bool


class Hiding(msgspec.Struct, forbid_unknown_fields=True):
    """Why it does not belong there; everybody reads that."""

    reason: HideReason


class Deadline(msgspec.Struct, forbid_unknown_fields=True):
    """Null: when the meeting begins."""

    until: datetime | None


OpinionChange = Literal["given", "changed", "withdrawn", "answered", "sorted", "hidden", "shown"]


@event("opinions.changed")
class OpinionsChanged(Event, frozen=True):
    """Never of a private one: the line is everybody's. Why something was hidden is told beside it, as text."""

    item_id: UUID
    opinion_id: UUID
    change: OpinionChange
    by: UUID


@event("exchange.changed")
class ExchangeChanged(Event, frozen=True):
    """Views are exchanged on the item from now on, or no more."""

    item_id: UUID
    open: bool
    by: UUID


class ExchangeClosed(Conflict):
    """Who runs the meeting has not opened the exchange of views on this item, or the sitting is over."""

    code = "exchange-closed"


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
