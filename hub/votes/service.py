"""The rules of putting a vote, opening it, closing it and saying what came out. Secret papers are in ``papers.py``."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from psycopg.errors import UniqueViolation

from hub.access import SeenMeeting, access_meeting, refuse_secret_item
from hub.agenda.models import SittingPaused
from hub.attendance.queries import sitting as sitting_row
from hub.attendance.quorum import needed_of
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.events import canonical
from hub.history.queries import locked_version
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.meetings.queries import state as meeting_state
from hub.users.models import Me
from hub.votes import blind, by_hand, papers, queries
from hub.votes.counting import (
    Tally,
    base_of,
    decide,
    decide_election,
    election_counts,
    needed,
    tally_of,
)
from hub.votes.models import (
    AnotherVoteOpen,
    AtZero,
    MembersTooFew,
    MyBallot,
    NewVote,
    NoQuorum,
    Opening,
    PaperShown,
    Result,
    RollLine,
    RuleDoesNotApply,
    RuleShown,
    SecretVote,
    SilenceNeeded,
    Tallied,
    TooManyVotes,
    UnknownRule,
    Vote,
    VoteAnnulled,
    VoteClosed,
    VoteNotOpen,
    VoteOpened,
    VotePaused,
    VotePrepared,
    VoteQuorumWaived,
    Voter,
    VoteResulted,
    VoteResumed,
)
from hub.votes.queries import VoteRow
from hub.votes.rulebook import Rule, Silence, rules_of, shipped
from hub.votes.sentences import election_sentence, outcome_sentence, share

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
VOTES = 300  # of one meeting
NO_COUNTS = Tallied(returned=0, agree=0, disagree=0, abstain=0, other=0, invalid=0, deemed_agree=0, counts=[])


def today(work: Work) -> date:
    return work.now.astimezone(VIETNAM).date()


def rules(work: Work) -> list[RuleShown]:
    return [
        RuleShown(
            id=rule.id,
            version=rule.version,
            name=rule.name,
            needs=share(rule),
            kinds=rule.kinds,
            secrecy=rule.secrecy,
            choices=rule.choices,
            meetings=rule.meetings,
            has_quorum=rule.quorum is not None,
            asks_silence=rule.silence == "body-decides",
            asks_seats=rule.seats_filled_below is not None,
            sources=rule.sources,
        )
        for rule in rules_of(today(work)).values()
    ]


def rule_of(vote: VoteRow) -> Rule:
    return shipped()[vote.rule_id, vote.rule_version]


async def access_vote(work: Work, me: Me, vote_id: UUID, needs: Any = "read") -> tuple[VoteRow, SeenMeeting]:
    vote = await queries.vote(work.conn, vote_id)
    if vote is None:
        raise NotFound
    return vote, await access_meeting(work.conn, me, vote.meeting_id, needs)


async def votes_of(work: Work, me: Me, meeting_id: UUID) -> list[Vote]:
    """As one person may see them. Access to the meeting was asked before."""
    rows = await queries.votes(work.conn, meeting_id)
    if not rows:
        return []
    mine = await queries.my_ballots(work.conn, meeting_id, me.id)
    issued = await queries.my_issues(work.conn, meeting_id, me.id)
    return [await show(work, row, mine.get(row.id), row.id in issued) for row in rows]


async def vote_of(work: Work, me: Me, vote: VoteRow) -> Vote:
    mine = await queries.my_ballots(work.conn, vote.meeting_id, me.id)
    issued = await queries.my_issues(work.conn, vote.meeting_id, me.id)
    return await show(work, vote, mine.get(vote.id), vote.id in issued)


async def show(work: Work, vote: VoteRow, mine: dict[str, Any] | None, issued: bool) -> Vote:
    rule = rule_of(vote)
    result = msgspec.convert(vote.result, Result) if vote.result is not None else None
    known = vote.members if rule.base == "total" else vote.present if rule.base == "present" else None
    return Vote(
        **{name: getattr(vote, name) for name in Vote.__struct_fields__ if hasattr(vote, name) and name not in OWN},
        rule_name=rule.name,
        choices=rule.choices,
        base=rule.base,
        threshold=rule.threshold,
        quorum=needed_of(rule, vote.members, presence_needed=vote.needs_presence) if vote.members else None,
        needed=result.needed if result else needed(rule.threshold, known) if known is not None else None,
        document_hash=vote.document_hash.hex() if vote.document_hash else None,
        key_hash=blind.key_hash(vote.public_key) if vote.public_key else None,
        tally=result.tally if result else await _live_tally(work, vote),
        result=result,
        my_ballot=_my_ballot(mine) if mine else None,
        i_was_issued=issued,
    )


OWN = {"result", "document_hash"}


async def _live_tally(work: Work, vote: VoteRow) -> Tallied | None:
    if not vote.live_count or vote.state not in ("open", "paused"):
        return None
    counted = await queries.counts(work.conn, vote.id)
    if vote.kind == "election":
        by_option = [counted.get(str(number), 0) for number in range(1, len(vote.options) + 1)]
        return msgspec.structs.replace(NO_COUNTS, returned=vote.cast, counts=by_option)
    return msgspec.structs.replace(NO_COUNTS, returned=vote.cast, **counted)


def _my_ballot(row: dict[str, Any]) -> MyBallot:
    return MyBallot(
        choice=row["choice"],
        remark=row["remark"],
        receipt=row["receipt"],
        cast_at=row["cast_at"],
        chain_head=bytes(row["head"]).hex() if row["head"] else "",
    )


async def prepare(work: Work, me: Me, meeting: SeenMeeting, new: NewVote) -> UUID:
    rule, silence = await _check(work, meeting, new)
    await work.hold(meeting.id)
    if await queries.count_votes(work.conn, meeting.id) >= VOTES:
        raise TooManyVotes
    vote_id = await queries.insert_vote(
        work.conn, meeting.id, new, rule, silence, await _locked_hash(work, new.document_id)
    )
    await work.tell(meeting.id, VotePrepared(vote_id, "added", new.item_ids, me.id))
    return vote_id


async def change(work: Work, me: Me, meeting: SeenMeeting, vote: VoteRow, new: NewVote) -> None:
    """Until it is opened."""
    rule, silence = await _check(work, meeting, new)
    await work.hold(meeting.id)
    named = await _locked_hash(work, new.document_id)
    if named is None and new.document_id == vote.document_id:
        named = vote.document_hash  # unlocked meanwhile: the vote still names what it was prepared on
    if not await queries.change_vote(work.conn, vote.id, new, rule, silence, named):
        raise WrongState
    await work.tell(meeting.id, VotePrepared(vote.id, "changed", new.item_ids, me.id))


async def remove(work: Work, me: Me, meeting: SeenMeeting, vote: VoteRow) -> None:
    await work.hold(meeting.id)
    if not await queries.remove_vote(work.conn, vote.id):
        raise WrongState
    await work.tell(meeting.id, VotePrepared(vote.id, "removed", vote.item_ids, me.id))


async def _check(work: Work, meeting: SeenMeeting, new: NewVote) -> tuple[Rule, Silence]:
    if meeting.state in ("ended", "closed"):
        raise WrongState
    rule = rules_of(today(work)).get(new.rule_id)
    if rule is None or new.kind not in rule.kinds or new.secrecy not in rule.secrecy:
        raise UnknownRule
    if new.kind == "election" and not 1 <= new.choose <= len(new.options):
        raise UnknownRule("options")
    if new.secrecy == "secret" and (new.may_change or new.live_count):
        raise UnknownRule("secrecy")
    if new.on_paper and new.secrecy != "secret":
        raise UnknownRule("on_paper")
    there = {item.id for item in await items(work.conn, meeting.id) if not item.removed}
    if not set(new.item_ids) <= there or len(set(new.item_ids)) != len(new.item_ids):
        raise NotFound
    for item_id in new.item_ids:
        await refuse_secret_item(work.conn, item_id)
    if new.document_id is not None and not await queries.is_document_of(work.conn, new.document_id, meeting.id):
        raise NotFound
    if rule.seats_filled_below is not None and not (new.seats and new.members and 3 * new.members < 2 * new.seats):
        raise RuleDoesNotApply
    return rule, _silence(rule, new.silence)


async def _locked_hash(work: Work, document_id: UUID | None) -> bytes | None:
    """Of the version the text is locked at, if it is."""
    locked = await locked_version(work.conn, document_id) if document_id is not None else None
    return bytes.fromhex(locked[1].hash) if locked is not None else None


def _silence(rule: Rule, said: Silence | None) -> Silence:
    if rule.silence != "body-decides":
        return rule.silence
    if said is None:
        raise SilenceNeeded
    return said


async def open_vote(work: Work, me: Me, meeting: SeenMeeting, vote_id: UUID, opening: Opening) -> None:
    """Who may answer, how many they are and the quorum are written down now; the rule is that of the preparation."""
    await work.hold(meeting.id)
    vote = await queries.vote(work.conn, vote_id)
    if vote is None:
        raise NotFound
    states = ("published", "running") if vote.rehearsal else ("running",)
    if await meeting_state(work.conn, meeting.id) not in states or vote.state != "prepared":
        raise WrongState
    for item_id in vote.item_ids:
        await refuse_secret_item(work.conn, item_id)
    rule = rule_of(vote)
    voters, present = await queries.snapshot_voters(work.conn, vote.id, meeting.id, rule.voters.roles)
    sitting = await sitting_row(work.conn, meeting.id)
    if sitting.paused_at is not None:
        raise SittingPaused
    members = vote.members or max(sitting.members or 0, voters)
    if members < max(voters, 1):
        raise MembersTooFew
    quorum = needed_of(rule, members, presence_needed=vote.needs_presence)
    if quorum is not None and present < quorum:
        if opening.without_quorum is None:
            raise NoQuorum(f"{present}/{quorum}")
        await work.tell(meeting.id, VoteQuorumWaived(vote.id, present, quorum, me.id), opening.without_quorum)
    text_hash = await _locked_hash(work, vote.document_id) or vote.document_hash
    at_zero: AtZero = "warns" if vote.on_paper else opening.at_zero  # two people count first
    try:
        await queries.set_open(
            work.conn,
            vote.id,
            members=members,
            present=present,
            document_hash=text_hash,
            seconds=opening.seconds,
            at_zero=at_zero,
            now=work.now,
        )
    except UniqueViolation:
        raise AnotherVoteOpen from None
    secret = vote.secrecy == "secret" and not vote.on_paper
    key_hash = await papers.make_key(work.conn, vote.id) if secret else None
    known = members if rule.base == "total" else present if rule.base == "present" else None
    seq = await work.tell(
        meeting.id,
        VoteOpened(
            vote_id=vote.id,
            item_ids=vote.item_ids,
            vote_kind=vote.kind,
            secrecy=vote.secrecy,
            rule=rule.id,
            rule_version=rule.version,
            rehearsal=vote.rehearsal,
            members=members,
            present=present,
            quorum=quorum,
            needed=needed(rule.threshold, known) if known is not None else None,
            document_id=vote.document_id,
            document_hash=text_hash.hex() if text_hash else None,
            key_hash=key_hash,
            by=me.id,
            seconds=opening.seconds,
            at_zero=at_zero,
        ),
        vote.question,
    )
    await queries.set_opened_seq(work.conn, vote.id, seq)


async def pause(work: Work, me: Me, meeting: SeenMeeting, vote: VoteRow, reason: str) -> None:
    left_ms = await _move(work, meeting.id, vote, ("open",), "paused")
    await work.tell(meeting.id, VotePaused(vote.id, me.id, left_ms), reason)


async def resume(work: Work, me: Me, meeting: SeenMeeting, vote: VoteRow) -> None:
    left_ms = await _move(work, meeting.id, vote, ("paused",), "open")
    await work.tell(meeting.id, VoteResumed(vote.id, me.id, left_ms))


async def annul(work: Work, me: Me, meeting: SeenMeeting, vote: VoteRow, reason: str) -> None:
    """An open vote, or one whose result must not stand. The record keeps that it was, and why it is not."""
    if meeting.state == "closed":
        raise WrongState
    await _move(work, meeting.id, vote, ("open", "paused", "closed"), "annulled")
    await papers.destroy_key(work.conn, vote.id)
    await work.tell(meeting.id, VoteAnnulled(vote.id, me.id), reason)


async def _move(work: Work, meeting_id: UUID, vote: VoteRow, before: Sequence[str], to: str) -> int | None:
    """What is left of its time."""
    await work.hold(meeting_id)
    moved = await queries.move(work.conn, vote.id, before, to, work.now)
    if moved is None:
        raise VoteNotOpen
    return moved.left_ms


async def close(work: Work, by: UUID | None, vote: VoteRow) -> Result:
    """After ``move`` no ballot comes any more; what is counted then is what there is. ``by`` None: its time is over."""
    await _move(work, vote.meeting_id, vote, ("open", "paused"), "closed")
    rule = rule_of(vote)
    cast, box_hash = await _count(work, vote)
    present = max(await queries.present_at_close(work.conn, vote.id), cast.returned)
    result = conclude(vote, rule, cast, present)
    await queries.set_result(work.conn, vote.id, present, result)
    if vote.rehearsal:
        await queries.forget_ballots(work.conn, vote.id)
    await papers.destroy_key(work.conn, vote.id)
    await work.tell(vote.meeting_id, VoteClosed(vote.id, result.tally.returned, result.issued, box_hash, by))
    await work.tell(vote.meeting_id, _resulted(vote, rule, result), result.sentence.vi)
    return result


def _resulted(vote: VoteRow, rule: Rule, result: Result) -> VoteResulted:
    told: dict[str, Any] = {"vote_id": vote.id, "rehearsal": vote.rehearsal, "rule": rule.id}
    told |= {"rule_version": rule.version} | msgspec.structs.asdict(result) | msgspec.structs.asdict(result.tally)
    return VoteResulted(**{name: told[name] for name in VoteResulted.__struct_fields__})


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, without persons: how often each answer was given, and how the chair voted where that is known."""

    returned: int
    invalid: int
    counts: dict[str, int]
    voters: int
    chair_chose: str | None = None
    issued: int | None = None


def cast_of(vote: VoteRow, rule: Rule, answers: Sequence[Sequence[str]], voters: int, **more: Any) -> Cast:
    if vote.kind == "election":
        by_option, invalid = election_counts(answers, len(vote.options), vote.choose)
        counts = {str(number): count for number, count in enumerate(by_option, 1)}
    else:
        tally = tally_of(answers, rule, members=len(answers) + voters, present=0)
        counts, invalid = {choice: getattr(tally, choice) for choice in rule.choices}, tally.invalid
    return Cast(returned=len(answers), invalid=invalid, counts=counts, voters=voters, **more)


async def _count(work: Work, vote: VoteRow) -> tuple[Cast, str]:
    rule, voters = rule_of(vote), await queries.count_voters(work.conn, vote.id)
    if vote.on_paper:
        count = await by_hand.agreed_count(work, vote)
        cast = Cast(
            returned=count.returned, invalid=count.invalid, counts=count.counts, voters=voters, issued=count.issued
        )
        return cast, hashlib.sha256(vote.salt + canonical(count)).hexdigest()
    if vote.secrecy == "secret":
        answers, issued, box_hash = await papers.open_box(work.conn, vote)
        return cast_of(vote, rule, answers, voters, issued=issued), box_hash
    rows = await queries.ballots(work.conn, vote.id)
    chair = next((row["choice"][0] for row in rows if row["chair"]), None)
    lines = [[str(row["user_id"]), row["choice"], row["receipt"]] for row in rows]
    cast = cast_of(vote, rule, [row["choice"] for row in rows], voters, chair_chose=chair)
    return cast, roll_hash(vote.salt, lines)


def roll_hash(salt: bytes, lines: list[list[Any]]) -> str:
    """Of ``[person, answers, receipt]`` in the order of persons; docs/votes.md has the bytes."""
    return hashlib.sha256(salt + canonical(lines)).hexdigest()


def conclude(vote: VoteRow, rule: Rule, cast: Cast, present: int) -> Result:
    silent = cast.voters - cast.returned if vote.silence == "agree" else 0
    tally = Tally(
        members=vote.members or 0,
        present=present,
        returned=cast.returned,
        invalid=cast.invalid,
        deemed_agree=silent,
        **(cast.counts if vote.kind == "question" else {"agree": cast.returned - cast.invalid}),
    )
    if vote.kind == "election":
        return _conclude_election(vote, rule, cast, tally)
    outcome = decide(rule, tally, secret=vote.secrecy == "secret", chair_chose=cast.chair_chose)
    return Result(
        passed=outcome.passed,
        members=tally.members,
        present=present,
        issued=cast.issued,
        tally=_tallied(tally, []),
        agree=outcome.agree,
        base=outcome.base,
        needed=outcome.needed,
        tie=outcome.tie,
        by_chair=outcome.by_chair,
        elected=[],
        undecided=[],
        sentence=outcome_sentence(rule, tally, outcome),
    )


def _conclude_election(vote: VoteRow, rule: Rule, cast: Cast, tally: Tally) -> Result:
    counts = [cast.counts.get(str(number), 0) for number in range(1, len(vote.options) + 1)]
    elected = decide_election(rule, counts, base=base_of(rule, tally), places=vote.choose)
    return Result(
        passed=None,
        members=tally.members,
        present=tally.present,
        issued=cast.issued,
        tally=msgspec.structs.replace(_tallied(tally, counts), agree=0),
        agree=0,
        base=elected.base,
        needed=elected.needed,
        tie=False,
        by_chair=False,
        elected=elected.elected,
        undecided=elected.undecided,
        sentence=election_sentence(rule, vote.options, counts, elected),
    )


def _tallied(tally: Tally, counts: list[int]) -> Tallied:
    names = set(Tallied.__struct_fields__) - {"counts"}
    return Tallied(**{name: getattr(tally, name) for name in names}, counts=counts)


async def roll(work: Work, vote: VoteRow, meeting: SeenMeeting) -> list[RollLine]:
    """Who answered what: for members of the body and who keeps its record, once the vote is closed."""
    if vote.secrecy == "secret":
        raise SecretVote
    if meeting.summary.my_role not in ("chair", "secretary", "delegate") and not meeting.i_may.manage:
        raise Forbidden
    if vote.state != "closed":
        raise WrongState
    return await queries.roll(work.conn, vote.id)


async def published_box(work: Work, vote: VoteRow) -> list[PaperShown]:
    """Every paper of a closed secret vote: each voter finds his own by its receipt, anybody counts again."""
    if vote.state != "closed" or vote.secrecy != "secret":
        raise WrongState
    return [
        PaperShown(papers.receipt_of(p.id), papers.read_paper(p.message, vote.id), p.message, p.signature)
        for p in await papers.box(work.conn, vote.id)
    ]


async def voters(work: Work, vote: VoteRow) -> list[Voter]:
    return await queries.voters(work.conn, vote.id)
