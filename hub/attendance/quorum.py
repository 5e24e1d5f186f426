"""Whether enough members are here, by the rule of the body. The meeting's meter and the opening of a vote ask here.

The rule of a vote may be another than the meeting's: an election of the same council has its own. The meter shows the
meeting's; a vote is opened under its own.
"""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.attendance.queries import Counted, SittingRow
from hub.attendance.states import PRESENT, Quorum
from hub.votes.counting import quorum_needed
from hub.votes.rulebook import Rule, rules_of

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OWN = "own-present"  # where no law is known for this kind of meeting: more than half, by the body's own regulation


def day_of(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def default_rule(kind: str, day: date) -> Rule:
    """The first rule in force for this kind of meeting that has a quorum and decides questions."""
    rules = rules_of(day)
    fit = (r for r in rules.values() if kind in r.meetings and r.quorum is not None and "question" in r.kinds)
    return next(fit, rules[OWN])


def rule_of_sitting(row: SittingRow, day: date) -> Rule:
    """As it was chosen for this meeting, or its type names it, or its kind has it."""
    rules = rules_of(day)
    return rules.get(row.quorum_rule or "") or rules.get(row.rule_pack) or default_rule(row.kind, day)


def needed_of(rule: Rule, members: int, *, presence_needed: bool = True) -> int | None:
    """How many must be here; None where the rule does not ask."""
    return quorum_needed(rule, members) if presence_needed else None


def quorum_of(row: SittingRow, counted: Iterable[Counted], now: datetime) -> Quorum:
    """``counted``: the members on the list, of whom those count whose roles have a vote."""
    rule = rule_of_sitting(row, day_of(now))
    online_counts = rule.voters.online == "counts"
    theirs = [one for one in counted if one.role in rule.voters.roles]
    here = PRESENT if online_counts else ("room",)
    invited, present = sum(one.people for one in theirs), sum(one.people for one in theirs if one.attendance in here)
    members = max(row.members or invited, invited)
    return Quorum(
        rule_id=rule.id,
        rule_version=rule.version,
        threshold=rule.quorum.threshold if rule.quorum else None,
        roles=list(rule.voters.roles),
        online_counts=online_counts,
        members=members,
        present=present,
        needed=needed_of(rule, members) if members else None,
    )
