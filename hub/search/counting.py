"""What the index knows of its own words, kept up with each change of it, and read into memory when it changed.

Counts are in passages. They are changed under one lock, so indexing several meetings at once cannot dead-lock.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from psycopg import AsyncConnection

from ai.search import Vocabulary, syllables

Conn = AsyncConnection[Any]
COUNTING_LOCK: Final = 0x53454152
PAIRS_KEPT: Final = 200_000  # the most frequent, in memory: about 30 MB; rarer ones restore nothing
LOOK_SECONDS: Final = 10.0  # a change of the index is noticed within this by the words of a search


def counted(texts: Iterable[str]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in texts:
        found = syllables(text)
        words.update(set(found))
        pairs.update(set(pairwise(found)))
    return words, pairs


async def count(conn: Conn, gone: Sequence[str], new: Sequence[str]) -> None:
    """Passages with these texts went and came. Call it last in a transaction: it holds the lock of all counting."""
    if not gone and not new:
        return
    words, pairs = counted(new)
    gone_words, gone_pairs = counted(gone)
    words.subtract(gone_words)
    pairs.subtract(gone_pairs)
    await conn.execute("SELECT pg_advisory_xact_lock(%s)", (COUNTING_LOCK,))
    changed = [(word, by) for word, by in words.items() if by]
    await conn.execute(
        "INSERT INTO search_word AS w (word, passages) SELECT * FROM unnest(%s::text[], %s::int[])"
        " ON CONFLICT (word) DO UPDATE SET passages = w.passages + excluded.passages",
        ([word for word, _ in changed], [by for _, by in changed]),
    )
    both = [(pair, by) for pair, by in pairs.items() if by]
    await conn.execute(
        "INSERT INTO search_pair AS p (first, second, passages) SELECT * FROM unnest(%s::text[], %s::text[], %s::int[])"
        " ON CONFLICT (first, second) DO UPDATE SET passages = p.passages + excluded.passages",
        ([pair[0] for pair, _ in both], [pair[1] for pair, _ in both], [by for _, by in both]),
    )
    if gone:
        await conn.execute("DELETE FROM search_word WHERE passages <= 0")
        await conn.execute("DELETE FROM search_pair WHERE passages <= 0")
    await conn.execute(
        "UPDATE search_state SET version = version + 1, passages = passages + %s", (len(new) - len(gone),)
    )


async def forget_counts(conn: Conn) -> None:
    """Before everything is counted anew."""
    await conn.execute("SELECT pg_advisory_xact_lock(%s)", (COUNTING_LOCK,))
    await conn.execute("TRUNCATE search_word, search_pair")
    await conn.execute("UPDATE search_state SET version = version + 1, passages = 0")


class Words:
    """The vocabulary in memory, read again when the index changed, at most every ``LOOK_SECONDS``."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._version = -1
        self._looked = -LOOK_SECONDS

    def known(self) -> Vocabulary | None:
        """None where it is to be looked at again."""
        fresh = time.monotonic() - self._looked < LOOK_SECONDS
        return self._vocabulary if fresh and len(self._vocabulary) else None

    async def now(self, conn: Conn) -> Vocabulary:
        if known := self.known():
            return known
        cursor = await conn.execute("SELECT version, passages FROM search_state")
        row = await cursor.fetchone()
        assert row is not None
        version, passages = row
        if version != self._version:
            words = await (await conn.execute("SELECT word, passages, passages FROM search_word")).fetchall()
            pairs = await conn.execute(
                "SELECT first, second, passages FROM search_pair WHERE passages > 1 OR %s"
                " ORDER BY passages DESC LIMIT %s",
                (passages < 5_000, PAIRS_KEPT),
            )
            # a large index has 200,000 pairs: made beside the loop
            self._vocabulary = await asyncio.to_thread(Vocabulary, words, await pairs.fetchall(), passages)
            self._version = version
        self._looked = time.monotonic()
        return self._vocabulary
