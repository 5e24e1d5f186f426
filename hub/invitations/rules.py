"""How early a body invites and sends papers, whether it takes substitutes: data with a source, and what the unit said
itself. Days are Vietnam's working days."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec

from hub.calendars import Calendar
from hub.db import Work
from hub.errors import NotFound
from hub.exports.letterhead import VIETNAM
from hub.invitations import queries
from hub.invitations.models import CallRule, ChangedCallRule, LeadTime
from hub.meetings.models import MeetingKind, MeetingSummary
from hub.preparing.models import Confidence
from hub.users.models import Me


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: MeetingKind
    lead_days: int | None = None
    substitutes: bool
    substitutes_fixed: bool = False
    """The law's; no body may say otherwise."""
    document: str
    article: str
    confidence: Confidence
    note: str = ""
    paper_days: int | None = None
    paper_remind: tuple[int, ...] = (2, 0)
    paper_document: str = "Quy chế làm việc của cơ quan"
    paper_article: str = "Cơ quan đặt thời hạn nếu quy chế có"
    paper_confidence: Confidence = "own"

    @property
    def source(self) -> str:
        return f"{self.document}. {self.article}"

    @property
    def paper_source(self) -> str:
        return f"{self.paper_document}. {self.paper_article}"


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
    return in_force(rule, unit_id, await queries.own_rule(work.conn, unit_id, kind))


def in_force(rule: Rule, unit_id: UUID, own: dict[str, Any] | None) -> CallRule:
    """What the unit said, or the nearest above it; where it said nothing, the rule file. 0 days: nothing is asked."""
    said = {name: value for name, value in (own or {}).items() if value is not None}
    if rule.substitutes_fixed:
        said.pop("substitutes", None)
    fields = ChangedCallRule.__struct_fields__
    its = ChangedCallRule(**{name: own[name] for name in fields}) if own and own["unit_id"] == unit_id else None
    return CallRule(
        kind=rule.kind,
        lead_days=said.get("lead_days", rule.lead_days) or None,
        substitutes=said.get("substitutes", rule.substitutes),
        substitutes_fixed=rule.substitutes_fixed,
        source=rule.source,
        confidence=rule.confidence,
        paper_days=said.get("paper_days", rule.paper_days) or None,
        paper_remind=list(said.get("paper_remind", rule.paper_remind)),
        paper_source=rule.paper_source,
        paper_confidence=rule.paper_confidence,
        own=own is not None,
        said_by=own["unit_name"] if own is not None else None,
        said=its,
    )


async def set_rule(work: Work, me: Me, unit_id: UUID, kind: str, changed: ChangedCallRule) -> CallRule:
    """Nothing said any more: what holds above it, and the rule file, hold again."""
    await rule_for(work, unit_id, kind)
    fields = {name: getattr(changed, name) for name in changed.__struct_fields__}
    if fields["paper_remind"] is not None:
        fields["paper_remind"] = sorted(set(fields["paper_remind"]), reverse=True)
    if all(value is None for value in fields.values()):
        await queries.drop_rule(work.conn, unit_id, kind)
    else:
        await queries.set_rule(work.conn, unit_id, kind, fields, me.id, work.now)
    return await rule_for(work, unit_id, kind)


async def lead_time(work: Work, calendar: Calendar, meeting: MeetingSummary) -> LeadTime:
    """How things stand now. Days are Vietnam's."""
    rule = await rule_of(work, meeting)
    today, held = work.now.astimezone(VIETNAM).date(), meeting.starts_at.astimezone(VIETNAM).date()
    left = calendar.between(today, held)
    return LeadTime(
        required=rule.lead_days,
        left=left,
        latest=calendar.latest(held, rule.lead_days) if rule.lead_days else None,
        in_time=rule.lead_days is None or left >= rule.lead_days,
        source=rule.source,
        calendar=calendar.state(min(today, held), max(today, held)),
    )
