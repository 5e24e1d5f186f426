"""The record of a meeting: what was planned, who was there, what was said, decided and written, with hashes.

Canonical JSON, so that it has one hash; the hash is told in ``record.closed`` and thereby stands in the chain. Items
marked Mật or above are named by their number alone, and the record says so.
"""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.rows import dict_row
from pycrdt import XmlFragment

from hub.access import SeenMeeting
from hub.db import Work
from hub.documents import queries as logs
from hub.documents.fragments import read_blocks
from hub.documents.reading import FRAGMENT, document_of
from hub.documents.structure import Block
from hub.events import canonical, moment
from hub.history.canonical import content, text_hash
from hub.minutes import facts
from hub.minutes.facts import MeetingFacts, Rendered
from hub.opinions.queries import on_record
from hub.papers.queries import papers
from hub.transcripts.queries import transcript
from hub.votes.queries import VoteRow

FORMAT: Final = "phien-yearbook/1"
NOBODY: Final = UUID(int=0)  # papers as they are, whoever has read them


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text of the meeting as the log has it. ``hash``: of its canonical form, as its versions have it."""

    id: UUID
    kind: str
    title: str
    item_id: UUID | None
    hash: str
    blocks: list[Block]


async def texts_of(work: Work, meeting_id: UUID, shown: set[UUID]) -> list[Text]:
    """Minutes and draft resolutions; ``shown``: the items that are not secret."""
    cursor = await work.conn.cursor(row_factory=dict_row).execute(
        "SELECT id, kind, title, agenda_item_id FROM document WHERE meeting_id = %s"
        " AND kind IN ('draft_resolution', 'minutes') ORDER BY kind DESC, created_at, id",
        (meeting_id,),
    )
    found = []
    for row in await cursor.fetchall():
        if row["agenda_item_id"] is not None and row["agenda_item_id"] not in shown:
            continue
        update = await logs.whole(work.conn, row["id"])
        doc = document_of(update) if update else None
        blocks = read_blocks(doc.get(FRAGMENT, type=XmlFragment)) if doc else []
        found.append(
            Text(
                id=row["id"],
                kind=row["kind"],
                title=row["title"],
                item_id=row["agenda_item_id"],
                hash=text_hash(content(doc) if doc else []).hex(),
                blocks=blocks,
            )
        )
    return found


async def record_of(work: Work, meeting: SeenMeeting) -> tuple[dict[str, Any], list[Rendered]]:
    """As of this transaction; the caller holds the meeting."""
    known = await facts.gather(work.conn, meeting.id)
    rendered = facts.render(known)
    by_place = {(one.kind, one.ref): one.blocks for one in rendered}
    shown = {item.id for item in known.items if item.secrecy == "none"}
    texts = await texts_of(work, meeting.id, shown)
    said = await transcript(work.conn, meeting.id)
    return {
        "format": FORMAT,
        "meeting": _meeting(meeting, known),
        "chain": {"seq": known.seq, "head": known.head},
        "people": [_person(known, one) for one in known.people],
        "agenda": [_item(known, item) for item in known.items],
        "votes": [_vote(vote) for vote in known.votes if set(vote.item_ids) <= shown],
        "documents": [
            {
                "id": text.id,
                "kind": text.kind,
                "title": text.title,
                "item_id": text.item_id,
                "text_hash": text.hash,
                "text": facts.expand(text.blocks, by_place),
            }
            for text in texts
        ],
        "speeches": [
            {
                "user_id": one.user_id,
                "item_id": one.item_id,
                "kind": one.kind,
                "started_at": _at(one.started_at),
                "ended_at": _at(one.ended_at),
                "used_ms": one.used_ms,
            }
            for one in known.floors
            if one.item_id is None or one.item_id in shown
        ],
        "opinions": [
            {
                "item_id": one.item_id,
                "in_sitting": one.in_sitting,
                "kind": one.kind,
                "by_id": one.by_id,
                "by": one.by,
                "text": one.text,
                "at": moment(one.at),
                "answers": [{**said, "at": moment(datetime.fromisoformat(said["at"]))} for said in one.answers],
            }
            for one in await on_record(work.conn, meeting.id)
            if one.item_id in shown
        ],
        "papers": [
            {
                "id": one.id,
                "title": one.title,
                "kind": one.kind,
                "item_id": one.item_id,
                "version": one.number,
                "name": one.name,
                "sha256": one.content.sha256,
                "bytes": one.content.size,
                "of_conclusion": one.of_conclusion,
            }
            for one in await papers(work.conn, meeting.id, NOBODY)
        ],
        "transcript": [
            {
                "at": moment(one.started_at),
                "speaker_id": one.speaker_id,
                "speaker": one.speaker_name,
                "item_id": one.item_id,
                "text": one.text,
            }
            for one in said
        ],
        "left_out": [{"item": item.number, "secrecy": item.secrecy} for item in known.items if item.id not in shown],
    }, rendered


def packed(record: dict[str, Any]) -> tuple[bytes, str]:
    content_ = canonical(record)
    return content_, hashlib.sha256(content_).hexdigest()


def _at(when: datetime | None) -> str | None:
    return moment(when) if when else None


def _meeting(meeting: SeenMeeting, known: MeetingFacts) -> dict[str, Any]:
    summary = meeting.summary
    return {
        "id": meeting.id,
        "title": summary.title,
        "kind": summary.kind,
        "place": summary.place,
        "unit": {"id": summary.unit.id, "name": summary.unit.name},
        "planned": [moment(summary.starts_at), moment(summary.ends_at)],
        "began": _at(known.began),
        "ended": _at(known.ended),
    }


def _person(known: MeetingFacts, one: Any) -> dict[str, Any]:
    return {
        "user_id": one.user_id,
        "name": one.name,
        "position": one.position,
        "role": one.role,
        "votes": one.votes,
        "seat": one.seat,
        "attendance": [
            {"state": stay.state, "since": moment(stay.since), "until": _at(stay.until)}
            for stay in known.stays.get(one.user_id, [])
        ],
    }


def _item(known: MeetingFacts, item: Any) -> dict[str, Any]:
    if item.secrecy != "none":
        return {"id": item.id, "number": item.number, "secrecy": item.secrecy}
    written = known.conclusions.get(item.id)
    conclusion = None
    if written is not None or item.conclusion:
        conclusion = {
            "text": item.conclusion,
            "confirmed_by": written.decided_by if written and written.state == "confirmed" else None,
            "confirmed_at": _at(written.decided_at) if written and written.state == "confirmed" else None,
            "unconfirmed": written.text if written and written.state != "confirmed" else None,
        }
    return {
        "id": item.id,
        "number": item.number,
        "title": item.title,
        "presenter": item.presenter,
        "minutes": item.minutes,
        "kind": item.kind,
        "conclusion": conclusion,
    }


def _vote(vote: VoteRow) -> dict[str, Any]:
    same = ("id", "item_ids", "position", "kind", "question", "options", "choose", "secrecy", "on_paper")
    return {
        **{name: getattr(vote, name) for name in same},
        "rule": {"id": vote.rule_id, "version": vote.rule_version},
        "opened_at": _at(vote.opened_at),
        "closed_at": _at(vote.closed_at),
        "document_hash": vote.document_hash.hex() if vote.document_hash else None,
        "result": vote.result,
    }
