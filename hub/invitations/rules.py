"""How early a body invites and whether it takes substitutes: data with a source, and what the unit said itself."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal
from uuid import UUID

import msgspec

from hub.calendars import Calendar
from hub.db import Work
from hub.errors import NotFound
from hub.exports.letterhead import VIETNAM
from hub.invitations import queries
from hub.invitations.models import CallRule, LeadTime
from hub.meetings.models import MeetingSummary


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: str
    lead_days: int | None = None
    substitutes: bool
    substitutes_fixed: bool = False
    """The law's; no body may say otherwise."""
    document: str
    article: str
    confidence: Literal["read", "to-confirm", "own"]
    note: str = ""

    @property
    def source(self) -> str:
        return f"{self.document}. {self.article}"


@cache
def shipped() -> dict[str, Rule]:
    read = tomllib.loads((files("hub.invitations") / "rules.toml").read_text("utf-8"))
    return {rule.kind: rule for rule in msgspec.convert(read["rule"], list[Rule])}


async def rule_of(work: Work, meeting: MeetingSummary) -> CallRule:
    return await rule_for(work, meeting.unit.id, meeting.kind)


async def rule_for(work: Work, unit_id: UUID, kind: str) -> CallRule:
    rule = shipped().get(kind)
    if rule is None:
        raise NotFound
    own = await queries.own_rule(work.conn, unit_id, kind)
    lead = rule.lead_days if own is None or own[0] is None else own[0]
    takes = rule.substitutes if own is None or own[1] is None or rule.substitutes_fixed else own[1]
    return CallRule(lead_days=lead or None, substitutes=takes, source=rule.source, own=own is not None)


async def lead_time(work: Work, calendar: Calendar, meeting: MeetingSummary) -> LeadTime:
    """How things stand now. Days are Vietnam's."""
    rule = await rule_of(work, meeting)
    today, held = work.now.astimezone(VIETNAM).date(), meeting.starts_at.astimezone(VIETNAM).date()
    left = calendar.between(today, held)
    first, last = min(today, held), max(today, held)
    if calendar.confirmed(first, last):
        state: Literal["confirmed", "to-confirm", "missing"] = "confirmed"
    else:
        state = "to-confirm" if calendar.known(first, last) else "missing"
    return LeadTime(
        required=rule.lead_days,
        left=left,
        latest=calendar.latest(held, rule.lead_days) if rule.lead_days else None,
        in_time=rule.lead_days is None or left >= rule.lead_days,
        source=rule.source,
        calendar=state,
    )
