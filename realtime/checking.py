"""What is looked at in an update before anybody has it: that it can be read whole, and that reading it is harmless.

pycrdt reads values inside values by recursion, and a stack that runs over ends the whole process: 60 KB are enough for
that. An update that could hold so much is walked through first, by loops.
"""

from __future__ import annotations

from typing import Final

import pycrdt

from realtime.wire import FrameError, read_var_uint

DEEPEST: Final = 100
"""An editor's values are two or three deep."""
HARMLESS: Final = 4096
"""So many levels fit into any stack."""
MOST_PIECES: Final = 200_000
"""Looked at in one update that is under suspicion; half a second's work."""

ARRAY, MAP = 117, 118
_SIZES: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}


def check_update(update: bytes) -> None:
    """Reads the whole update without applying it; under a microsecond for a keystroke."""
    check_nesting(update)
    try:
        pycrdt.get_state(update)
    except ValueError:
        raise FrameError("broken-update") from None


def check_nesting(update: bytes) -> None:
    if len(update) > 2 * HARMLESS and update.count(b"u") + update.count(b"v") > HARMLESS:
        try:
            _walk(update)
        except IndexError:
            raise FrameError("broken-update") from None


def _walk(data: bytes) -> None:
    clients, at = read_var_uint(data, 0)
    seen = 0
    for _ in range(clients):
        pieces, at = read_var_uint(data, at)
        _, at = read_var_uint(data, at)
        _, at = read_var_uint(data, at)
        seen += pieces
        if seen > MOST_PIECES:
            raise FrameError("too-many-pieces")
        for _ in range(pieces):
            at = _piece(data, at)


def _piece(data: bytes, at: int) -> int:
    info = data[at]
    at += 1
    kind = info & 31
    if kind in (0, 10):  # collected, skipped
        return _number(data, at)
    for origin in (128, 64):
        if info & origin:
            at = _number(data, _number(data, at))
    if not info & 192:
        by_name, at = read_var_uint(data, at)
        at = _blob(data, at) if by_name else _number(data, _number(data, at))
        if info & 32:
            at = _blob(data, at)
    return _content(data, at, kind)


def _content(data: bytes, at: int, kind: int) -> int:
    match kind:
        case 1:  # deleted
            at = _number(data, at)
        case 3 | 4 | 5:  # binary, string, embedded
            at = _blob(data, at)
        case 6:  # format
            at = _blob(data, _blob(data, at))
        case 7:  # a shared type; elements and hooks have a name
            what, at = read_var_uint(data, at)
            at = _blob(data, at) if what in (3, 5) else at
        case 2 | 8:  # JSON, values
            count, at = read_var_uint(data, at)
            for _ in range(count):
                at = _blob(data, at) if kind == 2 else _value(data, at)
        case 9:  # a document
            at = _value(data, _blob(data, at))
        case _:  # of a kind that no client of ours writes, and too much of it to be let through
            raise FrameError("broken-update")
    return at


def _value(data: bytes, at: int) -> int:
    left: list[tuple[int, bool]] = []
    """Of each value we are in: how many it still has, and whether they have names."""
    while True:
        kind = data[at]
        at += 1
        if kind in (ARRAY, MAP):
            count, at = read_var_uint(data, at)
            if count:
                if len(left) >= DEEPEST:
                    raise FrameError("nested-too-deep")
                left.append((count, kind == MAP))
                at = _blob(data, at) if kind == MAP else at
                continue
        elif kind in (119, 116):
            at = _blob(data, at)
        elif kind == 125:
            at = _number(data, at)
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            raise FrameError("broken-update")
        while left and left[-1][0] == 1:
            left.pop()
        if not left:
            return at
        count, named = left[-1]
        left[-1] = (count - 1, named)
        if named:
            at = _blob(data, at)


def _number(data: bytes, at: int) -> int:
    """The place behind a number of any length."""
    while data[at] & 128:
        at += 1
    return at + 1


def _blob(data: bytes, at: int) -> int:
    length, at = read_var_uint(data, at)
    if at + length > len(data):
        raise FrameError("broken-update")
    return at + length
