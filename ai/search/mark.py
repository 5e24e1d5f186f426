"""What is shown of a passage: the window with the most of the query's words in it, its words marked.

Gives pieces of text, never markup: the page decides how a hit looks.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from ai.search.words import plain

SHOWN = 320  # characters
_WORD = re.compile(r"[^\W_]+")


class Piece(msgspec.Struct, frozen=True):
    text: str
    hit: bool


def mark(text: str, words: Collection[str], *, folded: bool, numbers: Collection[str] = ()) -> list[Piece]:
    """`words` are syllables of the query; folded, they and the text are compared without diacritics."""
    hits = _number_hits(text, numbers)
    for found in _WORD.finditer(text):
        word = plain(found.group()) if folded else found.group().lower()
        if word in words:
            hits.append(found.span())
    hits.sort()
    start, stop = _window(text, hits)
    return _pieces(text, hits, start, stop)


def _number_hits(text: str, numbers: Collection[str]) -> list[tuple[int, int]]:
    """Where a document number stands, found by its digits: its spelling there may differ from the key's."""
    hits: list[tuple[int, int]] = []
    for number in numbers:
        first = number.split("/")[0]
        for found in re.finditer(rf"(?<![\d/])0*{re.escape(first)}\s*/[\w/–-]+", text):
            hits.append(found.span())
    return hits


def _window(text: str, hits: list[tuple[int, int]]) -> tuple[int, int]:
    if len(text) <= SHOWN:
        return 0, len(text)
    best, most = 0, -1
    for start, _ in hits:
        inside = {text[a:b].lower() for a, b in hits if start <= a and b <= start + SHOWN}
        if len(inside) > most:
            best, most = start, len(inside)
    start = max(0, min(best - SHOWN // 6, len(text) - SHOWN))
    if start:
        start = text.find(" ", start) + 1
    stop = min(len(text), start + SHOWN)
    if stop < len(text):
        stop = max(text.rfind(" ", start, stop), start + 1)
    return start, stop


def _pieces(text: str, hits: list[tuple[int, int]], start: int, stop: int) -> list[Piece]:
    pieces: list[Piece] = []
    at = start

    def add(words: str, hit: bool) -> None:
        if not words:
            return
        if pieces and pieces[-1].hit == hit:
            pieces[-1] = Piece(pieces[-1].text + words, hit)
        else:
            pieces.append(Piece(words, hit))

    if start:
        add("… ", False)
    for first, last in hits:
        if last <= at or first >= stop:
            continue
        begin, end = max(first, at), min(last, stop)
        between = text[at:begin]
        joins = bool(pieces) and pieces[-1].hit and between == " "  # neighbours are one mark, not two
        add(between, joins)
        add(text[begin:end], True)
        at = end
    add(text[at:stop], False)
    if stop < len(text):
        add(" …", False)
    return pieces
