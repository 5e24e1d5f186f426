"""What came out of a vote: ballots, papers or two people's counts become figures, an outcome and a sentence."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from hub.db import Work
from hub.events import canonical
from hub.votes import by_hand, papers, queries
from hub.votes.counting import Tally, base_of, decide, decide_election, election_counts, tally_of
from hub.votes.events import VoteResulted
from hub.votes.models import Result, Tallied
from hub.votes.queries import VoteRow
from hub.votes.rulebook import Rule
from hub.votes.sentences import election_sentence, outcome_sentence


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


async def count(work: Work, vote: VoteRow) -> tuple[Cast, str]:
    rule, voters = vote.rule, await queries.count_voters(work.conn, vote.id)
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


def resulted(vote: VoteRow, rule: Rule, result: Result) -> VoteResulted:
    told: dict[str, Any] = {"vote_id": vote.id, "rehearsal": vote.rehearsal, "rule": rule.id}
    told |= {"rule_version": rule.version} | msgspec.structs.asdict(result) | msgspec.structs.asdict(result.tally)
    return VoteResulted(**{name: told[name] for name in VoteResulted.__struct_fields__})
