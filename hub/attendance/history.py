"""One person's attendance from what was told of him: where he is now, and from when to when he was where.

A newcomer's trap: facts are told in the order of the line but hold from ``since``, maybe earlier: "left at 9:40",
told at 10:00, ends his presence at 9:40.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from hub.attendance.states import PRESENT, Change, State

MILLISECOND = timedelta(milliseconds=1)
Spans = list[tuple[datetime, datetime]]


class Stay(msgspec.Struct, frozen=True):
    """``state`` held from ``since`` to ``until``; None: it still does."""

    state: State
    since: datetime
    until: datetime | None


def holding(changes: Iterable[Change]) -> list[Change]:
    """Those not taken back, in the order in which they hold."""
    return sorted((c for c in changes if c.undone_seq is None), key=lambda c: (c.since, c.seq))


def stays(changes: Iterable[Change]) -> list[Stay]:
    """What was said twice is one stay."""
    found: list[Stay] = []
    for change in holding(changes):
        if found and found[-1].state == change.state:
            continue
        if found:
            found[-1] = msgspec.structs.replace(found[-1], until=change.since)
        found.append(Stay(change.state, change.since, None))
    return found


def current(changes: Iterable[Change]) -> Stay | None:
    """None: nobody said yet."""
    found = stays(changes)
    return found[-1] if found else None


def arrival(changes: Iterable[Change]) -> list[Change]:
    """What was told of the presence that lasts: taken back together, they leave him as he was before."""
    last: list[Change] = []
    for change in holding(changes):
        last = [*last, change] if change.state in PRESENT else []
    return last


def presence(changes: Iterable[Change], until: datetime) -> Spans:
    """From when to when he was there, in the room or online."""
    there = [(s.since, min(s.until or until, until)) for s in stays(changes) if s.state in PRESENT]
    return joined([span for span in there if span[0] < span[1]])


def joined(spans: Spans) -> Spans:
    """Without gaps of nothing: from the room to online without leaving is one presence."""
    found: Spans = []
    for began, ended in sorted(spans):
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def overlap(one: Sequence[tuple[datetime, datetime]], other: Sequence[tuple[datetime, datetime]]) -> int:
    """Milliseconds in both. Neither overlaps itself."""
    both = (min(a[1], b[1]) - max(a[0], b[0]) for a in one for b in other)
    return sum(common // MILLISECOND for common in both if common > timedelta(0))


def length(spans: Iterable[tuple[datetime, datetime]]) -> int:
    return sum((ended - began) // MILLISECOND for began, ended in spans)
