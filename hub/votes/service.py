"""The rules of putting a vote, opening it and closing it. What came out is counted in ``results.py``; secret papers are
in ``papers.py``."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from hub.access import SeenMeeting, access_meeting, refuse_secret_item
from hub.agenda.models import SittingPaused
from hub.attendance.queries import sitting as sitting_row
from hub.attendance.quorum import needed_of
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.history.queries import locked_version
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.meetings.queries import state as meeting_state
from hub.users.models import Me
from hub.votes import papers, queries, showing
from hub.votes.counting import (
    needed,
)
from hub.votes.events import (
    VoteAnnulled,
    VoteClosed,
    VoteOpened,
    VotePaused,
    VotePrepared,
    VoteQuorumWaived,
    VoteResumed,
)
from hub.votes.models import AtZero, NewVote, Opening, PaperShown, Result, RollLine, Voter
from hub.votes.queries import VoteRow
from hub.votes.refusals import (
    AnotherVoteOpen,
    MembersTooFew,
    NoQuorum,
    RuleDoesNotApply,
    SecretVote,
    SilenceNeeded,
    TooManyVotes,
    UnknownRule,
    VoteNotOpen,
)
from hub.votes.results import conclude, count, resulted
from hub.votes.rulebook import Rule, Silence, rules_of

VOTES = 300  # of one meeting


async def access_vote(work: Work, me: Me, vote_id: UUID, needs: Any = "read") -> tuple[VoteRow, SeenMeeting]:
    vote = await queries.vote(work.conn, vote_id)
    if vote is None:
        raise NotFound
    return vote, await access_meeting(work.conn, me, vote.meeting_id, needs)


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
    rule = rules_of(showing.today(work)).get(new.rule_id)
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
    rule = vote.rule
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
    rule = vote.rule
    cast, box_hash = await count(work, vote)
    present = max(await queries.present_at_close(work.conn, vote.id), cast.returned)
    result = conclude(vote, rule, cast, present)
    await queries.set_result(work.conn, vote.id, present, result)
    if vote.rehearsal:
        await queries.forget_ballots(work.conn, vote.id)
    await papers.destroy_key(work.conn, vote.id)
    await work.tell(vote.meeting_id, VoteClosed(vote.id, result.tally.returned, result.issued, box_hash, by))
    await work.tell(vote.meeting_id, resulted(vote, rule, result), result.sentence.vi)
    return result


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
