"""Papers in time: until when they are due, which lack, who owes them, who is asked for them and when he is reminded.

Days are Vietnam's working days. Nobody is reminded twice of one moment, nor of what is there: a notice's key is its
memory, and what lacks is looked for anew each time.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting
from hub.calendars import Calendar
from hub.db import Work
from hub.exports.letterhead import VIETNAM
from hub.invitations.models import CallRule, SentTo
from hub.invitations.rules import rule_for, rule_of
from hub.meetings.models import MeetingSummary, WrongState
from hub.notices.models import NoticeKind
from hub.notices.service import notify
from hub.papers import queries as papers
from hub.preparing import owing_queries as rows
from hub.preparing import queries
from hub.preparing.models import ItemPapers, OwedPaper, PaperState, PaperTime, PreparedItem, PreparedPaper
from hub.users.models import Me

AHEAD: Final = timedelta(days=60)
MEETINGS: Final = 500  # in one look; the nearest first
MINE: Final = 50
MORNING: Final = time(7)
"""Nobody is woken: a day's reminders are told from then on."""


def due_of(calendar: Calendar, rule: CallRule, starts_at: datetime) -> date:
    """The last day on which papers are in time; without a rule the day before the meeting."""
    return calendar.latest(starts_at.astimezone(VIETNAM).date(), rule.paper_days or 0)


def moment_of(calendar: Calendar, rule: CallRule, due: date, now: datetime) -> int | None:
    """How many working days before the last day the latest reminder is that has come; None: none has."""
    passed = [
        days
        for days in rule.paper_remind
        if datetime.combine(calendar.worked(due, days), MORNING, VIETNAM) <= now.astimezone(VIETNAM)
    ]
    return min(passed, default=None)


class _Reminding(msgspec.Struct, frozen=True):
    """One moment of one meeting: what lacks, by whom, and who is told that it lacks."""

    meeting: MeetingSummary
    due: date
    days: int
    items: list[dict[str, Any]]

    def owed(self) -> dict[UUID, list[dict[str, Any]]]:
        return _by_person(self.items)

    def key(self, of: str) -> str:
        return f"{of}:{self.meeting.id}:{self.due}:{self.days}"


def _by_person(items: list[dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        for user_id in item["owners"]:
            found[user_id].append(item)
    return found


def _lacks(item: dict[str, Any]) -> bool:
    return bool(item["expected"]) and item["first_at"] is None


async def remindings(work: Work, calendar: Calendar) -> list[_Reminding]:
    """The moments that have come, whether or not they were told."""
    meetings = await rows.lacking(work.conn, work.now, AHEAD, MEETINGS)
    rules: dict[tuple[UUID, str], CallRule] = {}
    found: dict[UUID, _Reminding] = {}
    for meeting in meetings:
        about = (meeting.unit.id, meeting.kind)
        if about not in rules:
            rules[about] = await rule_for(work, *about)
        due = due_of(calendar, rules[about], meeting.starts_at)
        if (days := moment_of(calendar, rules[about], due, work.now)) is not None:
            found[meeting.id] = _Reminding(meeting, due, days, [])
    for item in await rows.items(work.conn, list(found)) if found else []:
        if _lacks(item):
            found[item["meeting_id"]].items.append(item)
    return [one for one in found.values() if one.items]


async def untold(work: Work, one: _Reminding) -> tuple[dict[UUID, list[dict[str, Any]]], set[UUID]]:
    """(who still is to be reminded, and of what; who prepares it and still is to hear of what lacks)."""
    preparers = await queries.preparers(work.conn, one.meeting.id)
    told = await rows.told(work.conn, one.meeting.id, one.key("papers"))
    owed = {who: items for who, items in one.owed().items() if who not in told and who not in preparers}
    return owed, preparers - await rows.told(work.conn, one.meeting.id, one.key("missing"))


async def remind(work: Work, one: _Reminding) -> int:
    owed, preparers = await untold(work, one)
    count = 0
    for who, items in owed.items():
        count += await _tell(work, [who], "remind_papers", items, one.due, key=one.key("papers"))
    return count + await _tell(work, preparers, "papers_missing", one.items, one.due, key=one.key("missing"))


async def _tell(
    work: Work, people: Iterable[UUID], kind: NoticeKind, items: list[dict[str, Any]], due: date, **more: Any
) -> int:
    """One item by its name, several by their numbers: what a notice says of an item that is marked Mật later is hidden
    by the item it is about, and there is one."""
    if len(items) == 1:
        item = items[0]
        words, item_id = f"{item['number']}. {' '.join(item['title'].split())[:400]}", item["item_id"]
    else:
        words, item_id = ", ".join(str(item["number"]) for item in items), None
    said = f"{words} ({due:%d/%m/%Y})"
    return len(await notify(work, people, kind, items[0]["meeting_id"], item_id=item_id, words=said, **more))


async def ask(work: Work, me: Me, calendar: Calendar, meeting: SeenMeeting) -> SentTo:
    """By hand, now: everybody who owes something. From the first time on the units of a draft may know of it."""
    await work.hold(meeting.id)
    if meeting.state not in ("draft", "published"):
        raise WrongState
    first = await rows.ask(work.conn, meeting.id, work.now)
    due = due_of(calendar, await rule_of(work, meeting.summary), meeting.summary.starts_at)
    kind: NoticeKind = "papers_asked" if first else "remind_papers"
    lacking = [item for item in await rows.items(work.conn, [meeting.id]) if _lacks(item)]
    told = 0
    for who, items in _by_person(lacking).items():
        told += await _tell(work, [who], kind, items, due, by=me.id, merge=True)
    return SentTo(told)


async def paper_time(work: Work, calendar: Calendar, meeting: SeenMeeting) -> tuple[PaperTime, list[ItemPapers]]:
    """Whether the body's time is kept, and what of each item is there."""
    rule = await rule_of(work, meeting.summary)
    about = await rows.around(work.conn, meeting.id)
    today, held = (at.astimezone(VIETNAM).date() for at in (work.now, meeting.summary.starts_at))
    due = due_of(calendar, rule, meeting.summary.starts_at)

    def late(item: dict[str, Any]) -> bool:
        """A paper is with people when it is there and the meeting is published."""
        if rule.paper_days is None or not item["expected"] or item["first_at"] is None:
            return False
        with_people = max(item["first_at"], about["published_at"] or item["first_at"])
        return bool(with_people.astimezone(VIETNAM).date() > due)

    shown = ("item_id", "number", "title", "presenter", "unit_id", "unit_name", "papers")
    items = [
        ItemPapers(
            **{name: item[name] for name in shown},
            owed=_lacks(item),
            late=late(item),
            people=len(item["owners"]),
        )
        for item in await rows.items(work.conn, [meeting.id])
    ]
    owed = any(item.owed for item in items)
    state: PaperState
    if rule.paper_days is None:
        state = "no-rule"
    elif about["reason"]:
        state = "waived"
    elif meeting.state == "draft" or owed:
        state = "open" if today <= due else "overdue"
    else:
        state = "late" if any(item.late for item in items) else "kept"
    time_ = PaperTime(
        required=rule.paper_days,
        due=due if rule.paper_days is not None else None,
        left=calendar.between(today, due) + calendar.is_working(due) if today < due else 0,
        state=state,
        reason=about["reason"],
        emergency=about["emergency"],
        source=rule.paper_source,
        confidence=rule.paper_confidence,
        calendar=calendar.state(min(today, held), max(today, held)),
        asked_at=about["papers_asked_at"],
    )
    return time_, items


async def owed_by_me(work: Work, me: Me, calendar: Calendar) -> list[OwedPaper]:
    """Of a draft nothing else is said than what its secretary asked of my unit."""
    meetings = await rows.mine(work.conn, me, work.now, MINE)
    by_id = {meeting.id: (meeting, known) for meeting, known in meetings}
    taking = {meeting.id for meeting in await rows.preparing(work.conn, me, work.now, MINE)}
    found = []
    for item in await rows.items(work.conn, list(by_id)) if by_id else []:
        if not _lacks(item) or me.id not in item["owners"]:
            continue
        meeting, known = by_id[item["meeting_id"]]
        rule = await rule_of(work, meeting)
        due = due_of(calendar, rule, meeting.starts_at)
        found.append(
            OwedPaper(
                meeting_id=meeting.id,
                meeting_title=meeting.title,
                starts_at=meeting.starts_at,
                item_id=item["item_id"],
                number=item["number"],
                title=item["title"],
                due=due,
                overdue=work.now.astimezone(VIETNAM).date() > due,
                known=known,
                handed_in=item["unit_id"] == me.unit_id and meeting.id in taking,
            )
        )
    return sorted(found, key=lambda one: (one.due, one.starts_at, one.number))


async def prepared_by_my_unit(work: Work, me: Me, calendar: Calendar) -> list[PreparedItem]:
    """Also what is there already; it can be replaced until the meeting begins. Nothing else of the meeting is told."""
    meetings = {one.id: one for one in await rows.preparing(work.conn, me, work.now, MINE)}
    items = [
        item
        for item in (await rows.items(work.conn, list(meetings)) if meetings else [])
        if item["unit_id"] == me.unit_id and item["expected"]  # the unit is named, so all that is not secret
    ]
    there = await papers.papers_of_items(work.conn, [item["item_id"] for item in items], me.id) if items else []
    ours = await rows.prepared_papers(work.conn, me, [paper.id for paper in there])
    found = []
    for item in items:
        meeting = meetings[item["meeting_id"]]
        due = due_of(calendar, await rule_of(work, meeting), meeting.starts_at)
        found.append(
            PreparedItem(
                meeting_id=meeting.id,
                meeting_title=meeting.title,
                starts_at=meeting.starts_at,
                item_id=item["item_id"],
                number=item["number"],
                title=item["title"],
                due=due,
                overdue=work.now.astimezone(VIETNAM).date() > due,
                papers=[
                    PreparedPaper(paper=paper, ours=ours[paper.id].hand_in, may_take_back=ours[paper.id].take_back)
                    for paper in there
                    if paper.item_id == item["item_id"] and paper.id in ours
                ],
            )
        )
    return sorted(found, key=lambda one: (one.due, one.starts_at, one.number))
