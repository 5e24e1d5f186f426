"""The words of a vote. A ``vote`` is the question put to the meeting, a ``ballot`` is one delegate's answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.votes.rulebook import Base, Choice, Secrecy, Silence, Source, Threshold, VoteKind, Words

VoteState = Literal["prepared", "open", "paused", "closed", "annulled"]
AtZero = Literal["closes", "warns"]

Question = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]
Option = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Chosen = Annotated[list[Annotated[str, msgspec.Meta(max_length=20)]], msgspec.Meta(min_length=1, max_length=100)]
People = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Seconds = Annotated[int, msgspec.Meta(ge=10, le=7200)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the chair chooses it. ``meetings``: kinds of meeting it is offered for first."""

    id: str
    version: int
    name: Words
    needs: Words
    kinds: list[VoteKind]
    secrecy: list[Secrecy]
    choices: list[Choice]
    meetings: list[str]
    has_quorum: bool
    asks_silence: bool
    asks_seats: bool
    sources: list[Source]


class Tallied(msgspec.Struct, frozen=True, kw_only=True):
    """``counts``: of an election, by option; empty otherwise."""

    returned: int
    agree: int
    disagree: int
    abstain: int
    other: int
    invalid: int
    deemed_agree: int
    counts: list[int]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """``passed`` is None for an election, where ``elected`` and ``undecided`` are options by number from 1."""

    passed: bool | None
    members: int
    present: int
    issued: int | None
    tally: Tallied
    agree: int
    base: int
    needed: int
    tie: bool
    by_chair: bool
    elected: list[int]
    undecided: list[int]
    sentence: Words


class MyBallot(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt. ``chain_head`` is the hash of the fact that opened the vote: it names the record this belongs to."""

    choice: list[str]
    remark: str | None
    receipt: str
    cast_at: datetime
    chain_head: str


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """``tally`` while it is open only where the count is live; ``needed`` only where the base is known by then.

    ``document_hash``: of the version that was locked when it was prepared, then of the one it was opened on;
    ``text_changed`` (of a prepared one): the live text is not that version any more. ``seconds``: its time limit;
    ``ends_at`` while that time runs, ``left_ms`` while it is paused.
    """

    id: UUID
    item_ids: list[UUID]
    position: int
    kind: VoteKind
    question: str
    options: list[str]
    choose: int
    secrecy: Secrecy
    on_paper: bool
    rule_id: str
    rule_version: int
    rule_name: Words
    choices: list[Choice]
    base: Base
    threshold: Threshold
    silence: Silence
    may_change: bool
    live_count: bool
    rehearsal: bool
    needs_presence: bool
    document_id: UUID | None
    document_hash: str | None
    text_changed: bool
    suggestion_id: str | None
    members: int | None
    seats: int | None
    state: VoteState
    present: int | None
    quorum: int | None
    needed: int | None
    opened_at: datetime | None
    closed_at: datetime | None
    seconds: int | None
    at_zero: AtZero
    ends_at: datetime | None
    left_ms: int | None
    cast: int
    issued: int
    tally: Tallied | None
    result: Result | None
    public_key: str | None
    key_hash: str | None
    my_ballot: MyBallot | None
    i_was_issued: bool


class NewVote(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    item_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=50)]
    question: Question
    rule_id: str
    kind: VoteKind = "question"
    options: Annotated[list[Option], msgspec.Meta(max_length=100)] = []
    choose: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    secrecy: Secrecy = "open"
    on_paper: bool = False
    silence: Silence | None = None
    may_change: bool = False
    live_count: bool = False
    rehearsal: bool = False
    members: People | None = None
    seats: People | None = None
    document_id: UUID | None = None
    suggestion_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class Blinded(msgspec.Struct, forbid_unknown_fields=True):
    """Base64. What the hub signs without being able to read it."""

    blinded: Annotated[bytes, msgspec.Meta(max_length=1024)]


class Signed(msgspec.Struct, frozen=True):
    signature: bytes


class NewPaper(msgspec.Struct, forbid_unknown_fields=True):
    """Base64. ``message`` is 32 random bytes and the JSON of vote, choice and nonce; see docs/votes.md."""

    message: Annotated[bytes, msgspec.Meta(max_length=8192)]
    signature: Annotated[bytes, msgspec.Meta(max_length=1024)]


class PaperReceipt(msgspec.Struct, frozen=True):
    receipt: str


class PaperShown(msgspec.Struct, frozen=True):
    """One paper of the published box."""

    receipt: str
    choice: list[str]
    message: bytes
    signature: bytes


class PaperBallot(msgspec.Struct, forbid_unknown_fields=True):
    """A ballot somebody gave on paper in an open vote, as one person reads it."""

    user_id: UUID
    choice: Chosen


class PaperBallotEntered(msgspec.Struct, frozen=True):
    """``counted``: a second person read the same; else the entry waits for him."""

    counted: bool


class PaperCount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret vote on paper as one person counted it. ``counts``: by answer, or by option number of an election."""

    issued: Count
    returned: Count
    invalid: Count
    counts: dict[str, Count]


class PaperCountEntered(msgspec.Struct, frozen=True):
    """``agree`` is None until two people have entered their counts."""

    entered: int
    agree: bool | None


class Opening(msgspec.Struct, forbid_unknown_fields=True):
    """``without_quorum``: why the meeting votes although too few are here. ``seconds`` None: closed by hand.

    ``at_zero``: the hub closes it, or only says that the time is over; a vote on paper is always closed by hand.
    """

    without_quorum: Reason | None = None
    seconds: Seconds | None = None
    at_zero: AtZero = "closes"


class Why(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


class NewBallot(msgspec.Struct, forbid_unknown_fields=True):
    choice: Chosen
    remark: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None


class RollLine(msgspec.Struct, frozen=True, kw_only=True):
    """One voter. ``choice`` None: he did not answer. ``on_paper``: entered from paper by two people."""

    user_id: UUID
    name: str
    position: str
    seat: str | None
    present: bool
    choice: list[str] | None
    remark: str | None
    receipt: str | None
    on_paper: bool


class Voter(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the readiness list. ``answered`` says that, never what."""

    user_id: UUID
    may_vote: bool
    seen: bool
    answered: bool
