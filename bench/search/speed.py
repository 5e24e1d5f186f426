"""How fast a large archive answers: text with Vietnamese syllable frequencies, vectors around those of real passages.

The text is a walk over the sample's pairs of syllables with a fixed seed, so words are as common and as rare as they
are in minutes. Questions are the labelled ones, each asked once: none is answered from what was remembered.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt
import psycopg

from ai.inference import InferenceClient
from ai.search import document_numbers, lexemes, syllables
from bench.search.place import fresh_database, searching
from bench.search.quality import build, questions, who_sees_all
from hub.db import Database
from hub.search.finding import Narrowed
from hub.search.service import Search
from hub.users.models import Me, UnitName

SEED = 20_26
OF_A_MEETING = 25  # passages
SYLLABLES = (40, 120)
SPACE = UUID("7f9f2f0e-8f0a-4f43-9f86-1f2b6b7f3d11")
LITTLE = 0.01  # of the meetings, what the second reader may see
SPREAD = 0.6  # how far a synthetic vector lies from the real one it is made of


class Walk:
    """Syllables one after another, as often as they follow each other in the sample."""

    def __init__(self, texts: list[str], chance: random.Random) -> None:
        follow: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            follow[""].update(syllables(text)[:1])
            for first, second in itertools.pairwise(syllables(text)):
                follow[first][second] += 1
        self._next = {word: (list(found), list(itertools.accumulate(found.values()))) for word, found in follow.items()}
        self._chance = chance

    def text(self, length: int) -> str:
        words: list[str] = []
        at = ""
        for _ in range(length):
            known, upto = self._next.get(at) or self._next[""]
            at = known[bisect(upto, self._chance.random() * upto[-1])]
            words.append(at)
        return " ".join(words)


async def sample_texts(db: Database) -> tuple[list[str], npt.NDArray[np.float32]]:
    async with db.work() as work:
        rows = await (await work.conn.execute("SELECT text, embedding::text FROM passage ORDER BY id")).fetchall()
    vectors = np.array([json.loads(row[1]) for row in rows], np.float32)
    return [row[0] for row in rows], vectors


def passages(texts: list[str], vectors: npt.NDArray[np.float32], count: int) -> Iterator[tuple[str, str]]:
    """(text, vector as PostgreSQL reads it)."""
    chance, noise = random.Random(SEED), np.random.default_rng(SEED)
    walk = Walk(texts, chance)
    for number in range(count):
        text = walk.text(chance.randint(*SYLLABLES))
        if number % 7 == 0:
            text += f" theo Quyết định số {number % 900 + 1}/{2015 + number % 11}/QĐ-UBND"
        drift = noise.standard_normal(vectors.shape[1], np.float32)
        vector = vectors[number % len(vectors)] + SPREAD * drift / np.linalg.norm(drift)
        yield text, "[" + ",".join(f"{value:.4g}" for value in vector / np.linalg.norm(vector)) + "]"


def fill(conninfo: str, source: tuple[list[str], npt.NDArray[np.float32]], count: int, model_id: str) -> UUID:
    """The archive, loaded as a reindexing leaves it; returns the reader who sees 1 % of it."""
    ids = [uuid5(SPACE, f"m{number}") for number in range(-(-count // OF_A_MEETING))]
    units = [uuid5(SPACE, f"u{number}") for number in range(12)]
    reader, now = uuid5(SPACE, "reader"), datetime.now(UTC)
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    with psycopg.connect(conninfo) as conn:
        cursor = conn.cursor()
        with cursor.copy("COPY unit (id, name, kind) FROM STDIN") as copy:
            for number, unit in enumerate(units):
                copy.write_row((unit, f"Đơn vị {number}", "commune"))
        cursor.execute(
            "INSERT INTO app_user (id, unit_id, username, name) VALUES (%s, %s, 'reader', 'Người đọc')",
            (reader, uuid5(SPACE, "u0")),
        )
        with cursor.copy(
            "COPY meeting (id, unit_id, title, kind, place, starts_at, ends_at, state) FROM STDIN"
        ) as copy:
            for number, id_ in enumerate(ids):
                starts = now - timedelta(days=1 + number % 2_000)
                # the reader's own unit holds none of them: closed meetings of one's unit may be read
                unit = units[1 + number % 11]
                copy.write_row(
                    (
                        id_,
                        unit,
                        f"Phiên họp {number}",
                        "council",
                        "Hội trường",
                        starts,
                        starts + timedelta(hours=3),
                        "closed",
                    )
                )
        with cursor.copy("COPY participant (meeting_id, user_id, role) FROM STDIN") as copy:
            for id_ in ids[:: round(1 / LITTLE)]:
                copy.write_row((id_, reader, "delegate"))
        columns = "meeting_id, kind, ordinal, heading, text, hash, words, numbers, model_id, embedding"
        indexes = conn.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname IN ('passage_words', 'passage_meaning')"
        ).fetchall()
        conn.execute("DROP INDEX passage_words, passage_meaning")
        with cursor.copy(f"COPY passage ({columns}) FROM STDIN") as copy:
            for number, (text, vector) in enumerate(passages(*source, count)):
                found = syllables(text)
                words.update(set(found))
                pairs.update(set(itertools.pairwise(found)))
                said = " ".join(f"'{lexeme}'" for lexeme in lexemes(text))
                copy.write_row((
                    ids[number // OF_A_MEETING], "minutes", number % OF_A_MEETING, "", text, number.to_bytes(8, "big"),
                    said, document_numbers(text), model_id, vector,
                ))  # fmt: skip
        with cursor.copy("COPY search_word (word, passages) FROM STDIN") as copy:
            for word, found_in in words.items():
                copy.write_row((word, found_in))
        with cursor.copy("COPY search_pair (first, second, passages) FROM STDIN") as copy:
            for (first, second), found_in in pairs.items():
                copy.write_row((first, second, found_in))
        conn.execute(
            "INSERT INTO search_meeting (meeting_id, seq, written, passages, model_id, indexed_at)"
            " SELECT meeting_id, 0, '', count(*), min(model_id), now() FROM passage GROUP BY 1"
        )
        conn.execute("UPDATE search_state SET passages = %s, version = version + 1", (count,))
        for (definition,) in indexes:
            conn.execute(definition)
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")
    return reader


async def ask_all(search: Search, inference: InferenceClient, me: Me, salt: str) -> dict[str, float]:
    """Milliseconds of whole searches, the reading of the question by the model included and also shown alone."""
    whole: list[float] = []
    reading: list[float] = []
    late = 0
    for question in questions():
        began = time.perf_counter()
        await inference.embed_query(f"{question.query} {salt} riêng", within=10)
        reading.append(time.perf_counter() - began)
        began = time.perf_counter()
        answer = await search.search(me, f"{question.query} {salt}", Narrowed(), limit=20, offset=0)
        whole.append(time.perf_counter() - began)
        late += answer.model.state != "ready"
    return {
        "p50": _milliseconds(statistics.median(whole)),
        "p95": _milliseconds(statistics.quantiles(whole, n=20)[-1]),
        "of it the model, p50": _milliseconds(statistics.median(reading)),
        "p95 ": _milliseconds(statistics.quantiles(reading, n=20)[-1]),
        "by words alone": late,  # the model took longer than a search waits for it
    }


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1_000, 1)


async def measure(server: str, socket: Path, sizes: list[int]) -> dict[str, Any]:
    async with searching(fresh_database(server, "source"), socket) as (db, _, inference):
        await build(db, inference)
        source = await sample_texts(db)
        model_id = inference.model_id
    assert model_id is not None
    result: dict[str, Any] = {}
    for size in sizes:
        conninfo = fresh_database(server, f"speed_{size}")
        began = time.perf_counter()
        reader_id = fill(conninfo, source, size, model_id)
        filled = time.perf_counter() - began
        async with searching(conninfo, socket) as (_, search, inference):
            unit = UnitName(uuid5(SPACE, "u0"), "")
            little = Me(id=reader_id, username="reader", name="", position="", role="member", unit=unit)
            await ask_all(search, inference, who_sees_all(), "ấm")
            result[f"{size:,}"] = {
                "sees all": await ask_all(search, inference, who_sees_all(), "một"),
                "sees 1 %": await ask_all(search, inference, little, "hai"),
                "filled in s": round(filled),
                "load average": round(os.getloadavg()[0], 1),  # of the machine, meanwhile: others may work on it too
            }
        print(json.dumps({f"{size:,}": result[f"{size:,}"]}, ensure_ascii=False), flush=True)
    return result
