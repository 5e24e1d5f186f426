"""What a count means under a rule. Whole numbers only: a vote is never decided by a rounded fraction.

A newcomer's trap: the base of most rules is the total number of members, those who are away included.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from hub.votes.rulebook import Rule, Threshold


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """``returned``: ballots that came, invalid ones included. ``deemed_agree``: silence that the rule counts."""

    members: int
    present: int
    returned: int
    agree: int = 0
    disagree: int = 0
    abstain: int = 0
    other: int = 0
    invalid: int = 0
    deemed_agree: int = 0

    @property
    def valid(self) -> int:
        return self.returned - self.invalid


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """``agree`` counts those deemed to agree too. ``by_chair``: a tie that the chair's own ballot decided."""

    passed: bool
    agree: int
    base: int
    needed: int
    tie: bool
    by_chair: bool


class Elected(msgspec.Struct, frozen=True, kw_only=True):
    """Options by number, from 1. ``undecided``: the majority, equal counts, and not enough places."""

    elected: list[int]
    undecided: list[int]
    base: int
    needed: int


class BadTally(ValueError):
    """Counts that cannot be of one vote: a bug, or an altered export."""


def needed(threshold: Threshold, of: int) -> int:
    """The smallest count that meets the threshold; never 0, an empty base decides nothing."""
    match threshold:
        case "more-than-half":
            least = of // 2 + 1
        case "at-least-two-thirds":
            least = -(-2 * of // 3)
        case "more-than-two-thirds":
            least = 2 * of // 3 + 1
    return max(least, 1)


def quorum_needed(rule: Rule, members: int) -> int | None:
    """None: the rule knows no quorum (opinions in writing)."""
    return needed(rule.quorum.threshold, members) if rule.quorum else None


def base_of(rule: Rule, tally: Tally) -> int:
    match rule.base:
        case "total":
            return tally.members
        case "present":
            return tally.present
        case "valid":
            return tally.valid + tally.deemed_agree


def tally_of(
    ballots: Iterable[Sequence[str]], rule: Rule, *, members: int, present: int, deemed_agree: int = 0
) -> Tally:
    """Counts the ballots of a question. A ballot that is not exactly one of the rule's choices is invalid."""
    counts: Counter[str] = Counter()
    for ballot in ballots:
        counts[ballot[0] if len(ballot) == 1 and ballot[0] in rule.choices else "invalid"] += 1
    return Tally(members=members, present=present, returned=counts.total(), deemed_agree=deemed_agree, **counts)


def decide(rule: Rule, tally: Tally, *, secret: bool = False, chair_chose: str | None = None) -> Outcome:
    """A tie is as many for as against, each exactly half of the base. A secret vote has no tie rule."""
    check(tally)
    agree, base = tally.agree + tally.deemed_agree, base_of(rule, tally)
    least = needed(rule.threshold, base)
    tie = base > 0 and agree == tally.disagree and 2 * agree == base and rule.threshold == "more-than-half"
    by_chair = tie and rule.tie == "as-chair" and not secret and chair_chose in ("agree", "disagree")
    passed = chair_chose == "agree" if by_chair else agree >= least
    return Outcome(passed=passed, agree=agree, base=base, needed=least, tie=tie, by_chair=by_chair)


def check(tally: Tally) -> None:
    counts = [getattr(tally, name) for name in tally.__struct_fields__]
    said = tally.agree + tally.disagree + tally.abstain + tally.other + tally.invalid
    if min(counts) < 0 or said != tally.returned or tally.returned + tally.deemed_agree > tally.members:
        raise BadTally(repr(tally))
    if tally.present > tally.members:
        raise BadTally(repr(tally))


def election_counts(ballots: Iterable[Sequence[str]], options: int, choose: int) -> tuple[list[int], int]:
    """(votes of each option, invalid ballots). Valid: one to ``choose`` different options that exist."""
    numbers = {str(number) for number in range(1, options + 1)}
    counts: Counter[str] = Counter()
    invalid = 0
    for ballot in ballots:
        chosen = set(ballot)
        if len(chosen) != len(ballot) or not 1 <= len(ballot) <= choose or chosen - numbers:
            invalid += 1
        else:
            counts.update(chosen)
    return [counts[str(number)] for number in range(1, options + 1)], invalid


def decide_election(rule: Rule, counts: Sequence[int], *, base: int, places: int) -> Elected:
    """The most votes first, each with the rule's majority. Equal counts for the last place elect nobody to it."""
    least = needed(rule.threshold, base)
    reached = sorted((number for number, count in enumerate(counts, 1) if count >= least), key=lambda n: -counts[n - 1])
    if len(reached) <= places:
        return Elected(elected=sorted(reached), undecided=[], base=base, needed=least)
    last = counts[reached[places - 1] - 1]
    if counts[reached[places] - 1] < last:
        return Elected(elected=sorted(reached[:places]), undecided=[], base=base, needed=least)
    above = [number for number in reached if counts[number - 1] > last]
    undecided = [number for number in reached if counts[number - 1] == last]
    return Elected(elected=sorted(above), undecided=sorted(undecided), base=base, needed=least)
