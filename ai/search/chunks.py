"""Cuts a text into passages: whole paragraphs where they fit, whole sentences where they do not.

A passage is what is embedded, found and shown. About 90 syllables: long enough to say one thing with its reason, short
enough that the vector means that thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

ABOUT = 90  # syllables; a passage is closed when it has so many
AT_MOST = 140  # a sentence longer than this is cut between words

_END = re.compile(r"(?<=[.!?…;:])\s+(?=\S)")


class Chunk(msgspec.Struct, frozen=True):
    """`first` is the place (paragraph or segment) where it begins, counted as the caller counts."""

    text: str
    first: int


def chunk(paragraphs: Iterable[tuple[int, str]]) -> list[Chunk]:
    """Passages of (place, text) paragraphs in order. Nothing is lost, nothing is repeated."""
    made: list[Chunk] = []
    held: list[str] = []
    first, size = 0, 0
    for place, text in paragraphs:
        for sentence in _sentences(text):
            length = len(sentence.split())
            if held and size + length > AT_MOST:
                made.append(Chunk(" ".join(held), first))
                held, size = [], 0
            if not held:
                first = place
            held.append(sentence)
            size += length
        if size >= ABOUT:
            made.append(Chunk(" ".join(held), first))
            held, size = [], 0
    if held:
        made.append(Chunk(" ".join(held), first))
    return made


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _END.split(" ".join(text.split())):
        words = sentence.split(" ")
        found.extend(" ".join(words[at : at + AT_MOST]) for at in range(0, len(words), AT_MOST))
    return [sentence for sentence in found if sentence]
