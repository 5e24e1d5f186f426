"""A vote as all may see it, without what of its count is hidden; and as one person does, with his own ballot."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from hub.attendance.quorum import needed_of
from hub.db import Work
from hub.users.models import Me
from hub.votes import blind, queries
from hub.votes.counting import needed
from hub.votes.models import Result, RuleShown, Tallied, Vote
from hub.votes.queries import Mine, VoteRow
from hub.votes.rulebook import rules_of
from hub.votes.sentences import share

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
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


async def votes_alike(work: Work, meeting_id: UUID) -> list[Vote]:
    """As everybody who may see the meeting sees them: without anybody's own ballot."""
    return [alike(row) for row in await queries.votes(work.conn, meeting_id)]


async def with_mine(work: Work, me: Me, meeting_id: UUID, votes: list[Vote]) -> list[Vote]:
    """``votes`` of the meeting with one person's own ballots."""
    if all(vote.state == "prepared" for vote in votes):
        return votes
    return joined(votes, await queries.mine(work.conn, meeting_id, me.id))


async def vote_of(work: Work, me: Me, vote: VoteRow) -> Vote:
    [found] = await with_mine(work, me, vote.meeting_id, [alike(vote)])
    return found


def joined(votes: list[Vote], mine: Mine) -> list[Vote]:
    if not mine.ballots and not mine.issued:
        return votes
    return [
        msgspec.structs.replace(vote, my_ballot=mine.ballots.get(vote.id), i_was_issued=vote.id in mine.issued)
        for vote in votes
    ]


def alike(vote: VoteRow) -> Vote:
    rule = vote.rule
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
        tally=result.tally if result else _live_tally(vote),
        result=result,
        my_ballot=None,
        i_was_issued=False,
    )


OWN = {"result", "document_hash"}


def _live_tally(vote: VoteRow) -> Tallied | None:
    if not vote.live_count or vote.state not in ("open", "paused"):
        return None
    counted = vote.counted or {}
    if vote.kind == "election":
        by_option = [counted.get(str(number), 0) for number in range(1, len(vote.options) + 1)]
        return msgspec.structs.replace(NO_COUNTS, returned=vote.cast, counts=by_option)
    return msgspec.structs.replace(NO_COUNTS, returned=vote.cast, **counted)
