"""The words of preparing a meeting. The state is draft until it is published; ``approval`` says how far it is."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.calendars import CalendarState
from hub.errors import BadRequest, Conflict
from hub.events import Event, event
from hub.papers.models import Paper

Approval = Literal["drafting", "submitted", "returned", "approved"]
Step = Literal["submit", "withdraw", "return", "approve"]
LoggedStep = Literal[
    "submitted",
    "withdrawn",
    "returned",
    "approved",
    "reopened",
    "published",
    "approver-named",
    "changes-told",
    "paper-returned",
]
What = Literal["details", "agenda", "document", "paper"]
Lacking = Literal[
    "agenda-empty",
    "item-untitled",
    "item-without-presenter",
    "item-without-minutes",
    "item-without-unit",
    "item-without-text",
    "item-without-paper",
    "draft-without-text",
    "nobody-invited",
    "no-secretary",
    "in-the-past",
    "longer-than-planned",
    "not-submitted",
    "not-approved",
    "not-published",
    "changes-not-told",
    "opinions-unanswered",
    "invitations-not-sent",
    "answers-missing",
    "substitutes-waiting",
]
Confidence = Literal["read", "to-confirm", "own"]
"""Of a rule: read in a public text, yet to be confirmed, or the body's own to set."""
PaperState = Literal["no-rule", "waived", "open", "overdue", "late", "kept"]


class Preparing(msgspec.Struct, frozen=True, kw_only=True):
    """What who prepares sees of it. ``approver_id``: the person named, else the chair."""

    approval: Approval
    approver_id: UUID | None
    i_approve: bool


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What lay before the approver: marks that differ as soon as what they stand for does. ``heads``: how far the log
    of each text was, so that a text nobody wrote in need not be read again."""

    details: str
    texts: dict[str, str]
    heads: dict[str, int]
    papers: dict[str, str] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """``title`` of the text or paper. ``by_name`` None: nobody can say who."""

    what: What
    subject_id: UUID | None
    title: str
    by_name: str | None
    at: datetime


class LoggedBy(msgspec.Struct, frozen=True, kw_only=True):
    """One line of "who did what to the draft". ``by_name`` None: the hub by itself."""

    step: LoggedStep
    by_name: str | None
    at: datetime
    reason: str


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """Something a secretary would still see to. ``number`` of the item; ``n`` where something is counted."""

    code: Lacking
    item_id: UUID | None = None
    number: int = 0
    document_id: UUID | None = None
    title: str = ""
    n: int = 0


class ItemPapers(msgspec.Struct, frozen=True, kw_only=True):
    """What of an item is there. ``owed``: nothing is, and something ought to be; ``people``: who are reminded of it."""

    item_id: UUID
    number: int
    title: str
    presenter: str
    unit_id: UUID | None
    unit_name: str | None
    papers: int
    owed: bool
    late: bool
    people: int


class PaperTime(msgspec.Struct, frozen=True, kw_only=True):
    """How early the body sends papers out, and whether it does. ``required`` null: it has said nothing.

    ``open``: there is time until ``due``; ``overdue``: it has passed, and something lacks or nobody has it yet;
    ``late``: all is there, and something came too late; ``waived``: why is ``reason``."""

    required: int | None
    due: date | None
    left: int
    """Working days from tomorrow to the last day."""
    state: PaperState
    reason: str
    emergency: bool
    source: str
    confidence: Confidence
    calendar: CalendarState
    asked_at: datetime | None
    """Since when those who owe papers were asked by hand."""


class OwedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """What I, or my unit, still have to hand in. ``known``: I may open the meeting; ``handed_in``: my unit may hand
    it in by itself."""

    meeting_id: UUID
    meeting_title: str
    starts_at: datetime
    item_id: UUID
    number: int
    title: str
    due: date
    overdue: bool
    known: bool
    handed_in: bool


class PreparedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """``ours``: my unit handed it in, and may put a new version in its place; ``may_take_back``: it may also take it
    away, which ends when the draft is submitted for approval."""

    paper: Paper
    ours: bool
    may_take_back: bool


class PreparedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item my unit prepares: all that its people learn of a meeting they are not invited to."""

    meeting_id: UUID
    meeting_title: str
    starts_at: datetime
    item_id: UUID
    number: int
    title: str
    due: date
    overdue: bool
    papers: list[PreparedPaper]


class InvitationCounts(msgspec.Struct, frozen=True, kw_only=True):
    """``substitutes``: named and not yet decided on."""

    people: int
    sent: int
    accepted: int
    declined: int
    silent: int
    substitutes: int


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    approval: Approval
    approver_id: UUID | None
    approver_name: str
    named: bool
    """False: the approver is the chair, because nobody was named."""
    i_prepare: bool
    i_approve: bool
    reason: str
    """Why it was returned, as long as it is."""
    changes: list[Change]
    """Since it was approved, or since people were told of the last ones."""
    lacks: list[Lack]
    items: list[ItemPapers]
    paper_time: PaperTime
    invitations: InvitationCounts
    log: list[LoggedBy]


class NewStep(msgspec.Struct, forbid_unknown_fields=True):
    """``reason``: why it is returned."""

    step: Step
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class NamedApprover(msgspec.Struct, forbid_unknown_fields=True):
    """Null: the chair."""

    user_id: UUID | None


class PreparingUnit(msgspec.Struct, forbid_unknown_fields=True):
    unit_id: UUID | None


@event("agenda_item.unit_changed")
class AgendaItemUnitChanged(Event, frozen=True):
    """Another unit prepares it; null: none."""

    item_id: UUID
    unit_id: UUID | None
    by: UUID


@event("meeting.approval_changed")
class MeetingApprovalChanged(Event, frozen=True):
    """Null ``by``: something that had been approved was changed."""

    approval: Approval
    by: UUID | None


@event("meeting.approver_named")
class MeetingApproverNamed(Event, frozen=True):
    user_id: UUID | None
    by: UUID


@event("meeting.changes_told")
class MeetingChangesTold(Event, frozen=True):
    """Null ``by``: the hub by itself, after a quiet time."""

    changes: int
    by: UUID | None


class UnknownUnit(BadRequest):
    """No open unit of the same commune."""

    code = "unknown-unit"


class NotApproved(Conflict):
    """Published is what the named approver approved, as it was then."""

    code = "not-approved"


class ReturnReasonNeeded(BadRequest):
    code = "return-reason-needed"


class ApproverIsPreparer(Conflict):
    """Who prepares a meeting does not name himself; a chair who prepares it approves it anyway."""

    code = "approver-is-preparer"


class NothingChanged(Conflict):
    """There is no change people were not told of."""

    code = "nothing-changed"
