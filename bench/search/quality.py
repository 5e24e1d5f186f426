"""How well the sample's meetings are found: recall@1, recall@5 and MRR@10 on the labelled questions.

A question is answered at the place, in the list a person sees, of the first result from a meeting its label names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from ai.inference import InferenceClient
from bench.search.place import fresh_database, searching
from hub import sample
from hub.db import Database
from hub.sample.holding import meeting_id
from hub.search.finding import Narrowed
from hub.search.index import index_meeting
from hub.search.service import Search
from hub.users.models import Me, UnitName

QUESTIONS = Path(__file__).with_name("queries.json")
ANYBODY = UUID(int=1)
MISSED = 10**6


class Question(msgspec.Struct, frozen=True):
    query: str
    accented: bool
    meetings: list[str]
    note: str = ""
    kinds: list[str] = []


def questions() -> list[Question]:
    return msgspec.json.decode(QUESTIONS.read_bytes(), type=list[Question])


def who_sees_all() -> Me:
    unit = UnitName(ANYBODY, "")
    return Me(id=ANYBODY, username="bench", name="", position="", role="system_admin", unit=unit)


async def build(db: Database, inference: InferenceClient) -> int:
    await sample.make_sample(db, datetime.now(UTC))
    async with db.work() as work:
        found = await work.conn.execute("SELECT id FROM meeting WHERE state <> 'draft' ORDER BY starts_at")
        ids = [row[0] for row in await found.fetchall()]
    for id_ in ids:
        await index_meeting(db, inference, id_)
    async with db.work() as work:
        row = await (await work.conn.execute("SELECT count(*) FROM passage")).fetchone()
    assert row is not None
    return int(row[0])


async def rank(search: Search, question: Question) -> tuple[int, str]:
    """Place of the first right result, and what stood first instead."""
    wanted = {meeting_id(slug) for slug in question.meetings}
    answer = await search.search(who_sees_all(), question.query, Narrowed(), limit=20, offset=0)
    if answer.model.state != "ready":
        raise SystemExit("the model does not answer in time: these figures would be of words alone")
    places = (place for place, result in enumerate(answer.results, 1) if result.meeting_id in wanted)
    first = answer.results[0] if answer.results else None
    shown = f"{answer.restored or ''} → {first.meeting_title}" if first else "nothing"
    return next(places, MISSED), shown


def figures(ranks: Sequence[int]) -> dict[str, float]:
    count = len(ranks)
    return {
        "questions": count,
        "recall@1": round(sum(rank == 1 for rank in ranks) / count, 3),
        "recall@5": round(sum(rank <= 5 for rank in ranks) / count, 3),
        "mrr@10": round(sum(1 / rank for rank in ranks if rank <= 10) / count, 3),
    }


async def measure(server: str, socket: Path, *, show_missed: bool) -> dict[str, Any]:
    async with searching(fresh_database(server, "quality"), socket) as (db, search, inference):
        passages = await build(db, inference)
        ranked = [(question, *await rank(search, question)) for question in questions()]
    if show_missed:
        for question, place, shown in sorted(ranked, key=lambda each: -each[1]):
            if place > 1:
                print(f"  {place if place < MISSED else 'not found':>9}  {question.query}  [{question.note}]  {shown}")
    kinds = sorted({question.note.split(":")[0] for question in questions()})
    result: dict[str, Any] = {"passages": passages}
    for name, wanted in (("with diacritics", True), ("without", False)):
        result[name] = figures([place for question, place, _ in ranked if question.accented is wanted])
    for kind in kinds:
        result[f"by {kind}"] = figures([place for question, place, _ in ranked if question.note.split(":")[0] == kind])
    print(json.dumps(result, ensure_ascii=False, indent=2))
    return result
