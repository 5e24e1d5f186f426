"""What a meeting still lacks, in the order a secretary would see to it. It warns; nothing here forbids."""

from typing import Any
from uuid import UUID

from hub.db import Work
from hub.preparing import queries
from hub.preparing.models import Change, Content, InvitationCounts, ItemPapers, Lack, Lacking


async def lacks_of(
    work: Work,
    draft: dict[str, Any],
    meeting_id: UUID,
    content: Content,
    changes: list[Change],
    papers: list[ItemPapers],
    invitations: InvitationCounts,
) -> list[Lack]:
    if draft["state"] not in ("draft", "published"):
        return []
    items = await queries.items(work.conn, meeting_id)
    owed = {paper.item_id for paper in papers if paper.owed}
    found = [] if items else [Lack(code="agenda-empty")]
    for item in items:
        about = {"item_id": item["id"], "number": item["number"], "title": item["title"]}
        if not item["title"].strip():
            found.append(Lack(code="item-untitled", **about))
        if not item["presenter"].strip():
            found.append(Lack(code="item-without-presenter", **about))
        if item["minutes"] == 0:
            found.append(Lack(code="item-without-minutes", **about))
        if item["unit_id"] is None and not item["presenter"].strip():
            found.append(Lack(code="item-without-unit", **about))
        if item["kind"] in ("decision", "vote") and not item["has_text"]:
            found.append(Lack(code="item-without-text", **about))
        elif item["id"] in owed:
            found.append(Lack(code="item-without-paper", **about))
    numbers = {item["id"]: item["number"] for item in items}
    found += [
        Lack(
            code="draft-without-text",
            document_id=one["id"],
            item_id=one["agenda_item_id"],
            number=numbers[one["agenda_item_id"]],
            title=one["title"],
        )
        for one in await queries.drafts(work.conn, meeting_id)
        if one["agenda_item_id"] in numbers and content.texts.get(str(one["id"])) == "empty"
    ]
    planned = sum(item["minutes"] for item in items)
    return [*found, *await _around(work, draft, meeting_id, planned, changes, invitations)]


async def _around(
    work: Work,
    draft: dict[str, Any],
    meeting_id: UUID,
    planned: int,
    changes: list[Change],
    invitations: InvitationCounts,
) -> list[Lack]:
    """Beside the agenda: people, time, and how far it is."""
    found = []
    people = await queries.people(work.conn, meeting_id)
    if not people.get("delegate"):
        found.append(Lack(code="nobody-invited"))
    if not people.get("secretary"):
        found.append(Lack(code="no-secretary"))
    if draft["ends_at"] <= work.now:
        found.append(Lack(code="in-the-past"))
    over = planned - int((draft["ends_at"] - draft["starts_at"]).total_seconds() // 60)
    if over > 0:
        found.append(Lack(code="longer-than-planned", n=over))
    if questions := await queries.unanswered(work.conn, meeting_id):
        found.append(Lack(code="opinions-unanswered", n=questions))
    if draft["state"] == "published":
        counted: dict[Lacking, int] = {
            "changes-not-told": len(changes),
            "invitations-not-sent": invitations.people - invitations.sent,
            "answers-missing": invitations.silent,
            "substitutes-waiting": invitations.substitutes,
        }
        return found + [Lack(code=code, n=n) for code, n in counted.items() if n > 0]
    match draft["approval"]:
        case "approved":
            found.append(Lack(code="not-published"))
        case "submitted":
            found.append(Lack(code="not-approved"))
        case _:
            found.append(Lack(code="not-submitted"))
    return found
