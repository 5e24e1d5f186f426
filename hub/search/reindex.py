"""What is behind in the index, and building all of it anew (``phien reindex``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from ai.inference import InferenceClient
from hub.db import Database, Work
from hub.search import archive
from hub.search.counting import forget_counts
from hub.search.index import forget_meeting, index_meeting

RUNNING_SECONDS: Final = 60  # a meeting that runs changes each second; it is read again this often
AT_ONCE: Final = 200


async def stale_meetings(work: Work, model_id: str | None, *, able: bool) -> list[UUID]:
    """Meetings that were never indexed, changed since, or (if ``able`` to embed) have vectors missing or of another
    model."""
    cursor = await work.conn.execute(
        "SELECT m.id FROM meeting m LEFT JOIN search_meeting s ON s.meeting_id = m.id"
        " LEFT JOIN LATERAL (" + archive.WRITTEN + ") w ON true"
        " WHERE m.state <> 'draft'"
        " AND (s.meeting_id IS NULL OR s.seq <> m.seq OR s.written <> w.written"
        "      OR (%(able)s AND (s.model_id IS NULL OR s.model_id <> %(model)s::text)))"
        " AND (s.indexed_at IS NULL OR m.state IN ('ended', 'closed') OR s.model_id IS NULL"
        "      OR s.indexed_at < %(before)s)"
        " ORDER BY (s.meeting_id IS NULL) DESC, m.starts_at DESC LIMIT %(limit)s",
        {
            "model": model_id,
            "able": able,
            "before": work.now - timedelta(seconds=RUNNING_SECONDS),
            "limit": AT_ONCE,
        },
    )
    return [row[0] for row in await cursor.fetchall()]


async def reindex(db: Database, inference: InferenceClient | None, progress: Callable[[int, int, str], None]) -> int:
    """Forgets the index and builds it from the archive; ``progress`` hears (done, all, title). Returns vectors made.

    People can search meanwhile and find what is done so far. InferenceUnavailable: the words are indexed up to there.
    """
    async with db.work() as work:
        listed = await work.conn.execute(
            "SELECT m.id, m.title, m.state <> 'draft' FROM meeting m ORDER BY m.starts_at DESC, m.id"
        )
        meetings = await listed.fetchall()
        await work.conn.execute("DELETE FROM passage")
        await work.conn.execute("DELETE FROM search_meeting")
        await forget_counts(work.conn)
    embedded = 0
    searched = [(meeting_id, title) for meeting_id, title, public in meetings if public]
    for done, (meeting_id, title) in enumerate(searched):
        progress(done, len(searched), title)
        embedded += await index_meeting(db, inference, meeting_id)
    progress(len(searched), len(searched), "")
    return embedded


__all__ = ["forget_meeting", "reindex", "stale_meetings"]
