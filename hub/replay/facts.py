"""Reading a meeting's line, from the database or from an exported record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from hub.events import REGISTRY, Event

# Enough to know when the sitting ran and rested, and when it was at which item.
COURSE: Final = (
    "meeting.state_changed",
    "meeting.paused",
    "meeting.resumed",
    "agenda_item.started",
    "agenda_item.skipped",
)


class Fact(msgspec.Struct, frozen=True):
    """``event`` None: a kind this release does not know; it counts in the line and says nothing."""

    seq: int
    at: datetime
    event: Event | None


def fact(seq: int, at: datetime, kind: str, body: bytes) -> Fact:
    cls = REGISTRY.get(kind)
    return Fact(seq, at, msgspec.json.decode(body, type=cls) if cls is not None else None)


LINE: LiteralString = """
    SELECT seq, at, kind, convert_from(body, 'UTF8')::json AS body FROM event
     WHERE meeting_id = %(meeting)s AND kind = ANY(%(kinds)s) ORDER BY seq
"""


class LineRow(msgspec.Struct, frozen=True):
    """A fact where it is asked for together with other things."""

    seq: int
    at: datetime
    kind: str
    body: msgspec.Raw

    def fact(self) -> Fact:
        return fact(self.seq, self.at, self.kind, bytes(self.body))


async def facts(
    conn: AsyncConnection[Any], meeting_id: UUID, kinds: Iterable[str] | None = None, *, before: int | None = None
) -> list[Fact]:
    """In order. ``kinds`` None: all; ``before``: only those with a smaller seq."""
    cursor = await conn.execute(
        "SELECT seq, at, kind, body FROM event WHERE meeting_id = %(meeting)s"
        " AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))"
        " AND (%(before)s::bigint IS NULL OR seq < %(before)s) ORDER BY seq",
        {"meeting": meeting_id, "kinds": list(kinds) if kinds is not None else None, "before": before},
    )
    return [fact(seq, at, kind, bytes(body)) for seq, at, kind, body in await cursor.fetchall()]


def facts_of_record(chain: Iterable[dict[str, Any]]) -> list[Fact]:
    """The ``chain`` of an exported record (``phien-record/1``)."""
    return [fact(one["seq"], msgspec.convert(one["at"], datetime), one["kind"], one["body"].encode()) for one in chain]
