"""What happens to a vote, as the meeting's line tells it. No answer, no name: ids, numbers and hashes."""

from typing import Literal
from uuid import UUID

from hub.events import Event, event
from hub.votes.models import AtZero
from hub.votes.rulebook import Secrecy, VoteKind


@event("vote.prepared")
class VotePrepared(Event, frozen=True):
    """The list of votes changed before the vote was opened. Candidates' names are read from the list."""

    vote_id: UUID
    change: Literal["added", "changed", "removed"]
    item_ids: list[UUID]
    by: UUID


@event("vote.opened")
class VoteOpened(Event, frozen=True):
    vote_id: UUID
    item_ids: list[UUID]
    vote_kind: VoteKind
    secrecy: Secrecy
    rule: str
    rule_version: int
    rehearsal: bool
    members: int
    present: int
    quorum: int | None
    needed: int | None
    document_id: UUID | None
    document_hash: str | None
    key_hash: str | None
    by: UUID
    seconds: int | None = None
    at_zero: AtZero = "closes"


@event("vote.quorum_waived")
class VoteQuorumWaived(Event, frozen=True):
    vote_id: UUID
    present: int
    quorum: int
    by: UUID


@event("vote.paused")
class VotePaused(Event, frozen=True):
    """``left_ms`` of its time, which stands still; None: it has no limit."""

    vote_id: UUID
    by: UUID
    left_ms: int | None = None


@event("vote.resumed")
class VoteResumed(Event, frozen=True):
    """``left_ms`` of its time, from this fact on."""

    vote_id: UUID
    by: UUID
    left_ms: int | None = None


@event("vote.closed")
class VoteClosed(Event, frozen=True):
    """``box_hash``: of the roll with its salt, or of the box of secret papers; whoever recounts compares.

    ``by`` None: its time had run out, and the hub closed it.
    """

    vote_id: UUID
    cast: int
    issued: int | None
    box_hash: str
    by: UUID | None


@event("vote.result")
class VoteResulted(Event, frozen=True):
    vote_id: UUID
    rehearsal: bool
    rule: str
    rule_version: int
    members: int
    present: int
    issued: int | None
    returned: int
    agree: int
    disagree: int
    abstain: int
    other: int
    invalid: int
    deemed_agree: int
    counts: list[int]
    passed: bool | None
    elected: list[int]
    undecided: list[int]
    base: int
    needed: int
    by_chair: bool


@event("vote.annulled")
class VoteAnnulled(Event, frozen=True):
    vote_id: UUID
    by: UUID
