"""Recomputes the hash chain of meetings' lines and names the first fact that was altered, lost or put in."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from hub.events import chain_hash, text_hash


class Verdict(msgspec.Struct, frozen=True):
    """``broken_at`` is the seq of the first fact that does not fit, None when all do."""

    meeting_id: UUID
    title: str
    facts: int
    head: str
    broken_at: int | None
    why: str = ""


def verify_meeting(conn: psycopg.Connection[Any], meeting_id: UUID, title: str, seq: int, head: bytes) -> Verdict:
    prev, expected = b"", 1
    rows = conn.execute(
        "SELECT e.seq, e.at, e.kind, e.body, e.prev_hash, e.hash, t.salt, t.text FROM event e"
        " LEFT JOIN event_text t ON t.meeting_id = e.meeting_id AND t.seq = e.seq"
        " WHERE e.meeting_id = %s ORDER BY e.seq",
        (meeting_id,),
    )

    def broken(at: int, why: str) -> Verdict:
        return Verdict(meeting_id, title, expected - 1, prev.hex(), at, why)

    for number, at, kind, body, prev_hash, digest, salt, text in rows:
        if number != expected:
            return broken(expected, "missing")
        if bytes(prev_hash) != prev or bytes(digest) != chain_hash(prev, meeting_id, number, at, kind, bytes(body)):
            return broken(number, "altered")
        if text is not None and msgspec.json.decode(bytes(body)).get("text_hash") != text_hash(bytes(salt), text):
            return broken(number, "text altered")
        prev, expected = bytes(digest), number + 1
    if expected - 1 != seq or prev != head:
        return broken(expected, "end missing")
    return Verdict(meeting_id, title, seq, prev.hex(), None)


def verify_all(conninfo: str) -> Iterator[Verdict]:
    """One verdict a meeting, as of one moment."""
    with psycopg.connect(conninfo) as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        meetings = conn.execute("SELECT id, title, seq, head FROM meeting ORDER BY starts_at, id").fetchall()
        for meeting_id, title, seq, head in meetings:
            yield verify_meeting(conn, meeting_id, title, seq, bytes(head))
