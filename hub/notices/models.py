"""The words of notices. A new kind is a word here, its topic below, and a sentence in the page's ``notices`` words."""

from datetime import datetime
from typing import Annotated, Final, Literal, get_args
from uuid import UUID

import msgspec

NoticeKind = Literal[
    "mention",
    "reply",
    "invited",
    "invitation_changed",
    "uninvited",
    "emergency",
    "invitation_accepted",
    "invitation_declined",
    "substitute_named",
    "substitute_accepted",
    "substitute_refused",
    "remind_attend",
    "remind_answer",
    "remind_papers",
    "papers_missing",
    "meeting_submitted",
    "meeting_returned",
    "meeting_approved",
    "meeting_published",
    "meeting_changed",
    "meeting_ended",
    "conclusion_to_confirm",
    "minutes_ready",
    "papers_asked",
    "paper_submitted",
    "paper_returned",
    "paper_approved",
    "paper_added",
    "paper_changed",
    "opinion_asked",
    "opinion_given",
    "opinion_answered",
    "speech_called",
]
Topic = Literal["urgent", "invitations", "reminders", "meetings", "papers", "opinions", "answers"]
Way = Literal["email", "phone"]
DeliveryState = Literal["queued", "sent", "failed"]

KINDS: Final[tuple[NoticeKind, ...]] = get_args(NoticeKind)
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)

_OF_TOPIC: Final[dict[Topic, tuple[NoticeKind, ...]]] = {
    "urgent": ("emergency",),
    "invitations": (
        "invited",
        "invitation_changed",
        "uninvited",
        "substitute_named",
        "substitute_accepted",
        "substitute_refused",
    ),
    "reminders": ("remind_attend", "remind_answer", "remind_papers", "papers_missing", "papers_asked"),
    "meetings": (
        "meeting_submitted",
        "meeting_returned",
        "meeting_approved",
        "meeting_published",
        "meeting_changed",
        "meeting_ended",
        "conclusion_to_confirm",
        "minutes_ready",
        "speech_called",
    ),
    "papers": ("paper_submitted", "paper_returned", "paper_approved", "paper_added", "paper_changed"),
    "opinions": ("mention", "reply", "opinion_asked", "opinion_given", "opinion_answered"),
    "answers": ("invitation_accepted", "invitation_declined"),
}
TOPIC: Final[dict[NoticeKind, Topic]] = {kind: topic for topic, kinds in _OF_TOPIC.items() for kind in kinds}
OUTSIDE_BY_DEFAULT: Final[frozenset[Topic]] = frozenset({"urgent", "invitations", "reminders"})
BY_PHONE: Final[frozenset[Topic]] = OUTSIDE_BY_DEFAULT
"""A text message costs: only these."""
ALWAYS_OUTSIDE: Final[frozenset[Topic]] = frozenset({"urgent"})
"""What nobody can turn off."""

Email = Annotated[
    str, msgspec.Meta(max_length=254, pattern=r"^$|^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]
Phone = Annotated[str, msgspec.Meta(max_length=16, pattern=r"^$|^\+?[0-9]{6,15}$")]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: NoticeKind
    meeting_id: UUID | None
    meeting_title: str | None
    starts_at: datetime | None
    item_id: UUID | None
    document_id: UUID | None
    document_title: str | None
    document_kind: str | None
    thread_id: str | None
    thing_id: UUID | None
    by_name: str | None
    """Null where the hub itself reminds."""
    words: str
    times: int
    at: datetime
    read: bool


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One sending outside the page, with what its letter says."""

    id: UUID
    way: Way
    attempts: int
    user_id: UUID
    user_name: str
    address: str | None
    kind: NoticeKind
    words: str
    by_name: str | None
    meeting_id: UUID | None
    meeting_title: str | None
    place: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class Notices(msgspec.Struct, frozen=True):
    unread: int
    newest: list[Notice]


class SeenNotices(msgspec.Struct, forbid_unknown_fields=True):
    """Empty: all."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=500)] = []


class NoticeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the hub reaches me when no page of mine is open."""

    email: str
    phone: str
    outside: list[Topic]
    """The topics that reach me outside the page."""
    always: list[Topic]
    ways: list[Way]
    """What this hub is set up to use; empty: the page only."""


class ChangedNoticeSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    email: Email
    phone: Phone
    outside: Annotated[list[Topic], msgspec.Meta(max_length=len(TOPICS))]
