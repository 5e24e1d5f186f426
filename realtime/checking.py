"""What is looked at in an update before anybody has it: that it can be read whole, here and by every other client, and
that reading it is harmless.

pycrdt reads values inside values by recursion, and a stack that runs over ends the whole process: 60 KB are enough for
that. It also takes in what Yjs never writes and cannot read, and lists of JSON, which it writes so that nobody can read
them again: one such piece, and no newcomer could open the document. So an update is walked through first, by loops,
unless its beginning shows that it is a plain keystroke.
"""

from __future__ import annotations

import re
from typing import Final

import pycrdt

from realtime.wire import FrameError, read_var_uint

DEEPEST: Final = 100
"""An editor's values are two or three deep."""
MOST_PIECES: Final = 200_000
"""Looked at in one update; half a second's work."""

ARRAY, MAP = 117, 118
_SIZES: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}

GONE, DELETED, BINARY, STRING, EMBEDDED, FORMAT, TYPE, VALUES, DOCUMENT, SKIPPED = 0, 1, 3, 4, 5, 6, 7, 8, 9, 10
"""Kinds of pieces as Yjs numbers them. Not 2, JSON, which pycrdt misreads: Yjs has written values since 2019."""
_NAMED_TYPE, _LAST_TYPE, _HOOK = 3, 6, 5
"""Shared types as Yjs numbers them. A hook has no name in pycrdt: Yjs would misread what follows."""

_NUMBER = rb"[\x80-\xff]*[\x00-\x7f]"
_HARMLESS_INFO = bytes(info for info in range(256) if info & 31 in (GONE, DELETED, BINARY, STRING, EMBEDDED, FORMAT))
_PLAIN = re.compile(rb"\x00|\x01\x01" + _NUMBER * 2 + b"[" + re.escape(_HARMLESS_INFO) + b"]", re.DOTALL)
"""Deletions alone, or one piece that has neither values nor a type in it: most of what is written is that."""


def check_update(update: bytes) -> None:
    """Reads the whole update without applying it; about a microsecond for a keystroke."""
    try:
        if _PLAIN.match(update) is None:
            _walk(update)
        pycrdt.get_state(update)
    except (IndexError, ValueError):
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
    if kind in (GONE, SKIPPED):
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
    if kind == DELETED:
        return _number(data, at)
    if kind in (BINARY, STRING, EMBEDDED):
        return _blob(data, at)
    if kind == FORMAT:
        return _blob(data, _blob(data, at))
    if kind == TYPE:
        what, at = read_var_uint(data, at)
        if what > _LAST_TYPE or what == _HOOK:
            raise FrameError("broken-update")
        return _blob(data, at) if what == _NAMED_TYPE else at
    if kind == VALUES:
        count, at = read_var_uint(data, at)
        for _ in range(count):
            at = _value(data, at)
        return at
    if kind == DOCUMENT:
        return _value(data, _blob(data, at))
    raise FrameError("broken-update")  # of a kind that no client of ours writes


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
