"""What a person typed, read: cleaned, bounded, its diacritics restored if it has none, its document numbers found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import msgspec

from ai.search.numbers import query_numbers
from ai.search.vocabulary import Vocabulary
from ai.search.words import FOLDED, FUNCTION_WORDS, has_diacritics, plain, syllables

LONGEST = 600  # characters that are read; the rest of a pasted page changes nothing
TERMS = 24  # rarest words that count in the score of words
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\ufeff]+")


class Term(msgspec.Struct, frozen=True):
    lexeme: str
    weight: float


class Question(msgspec.Struct, frozen=True):
    """`text` is what is embedded. `folded`: words are compared without diacritics. `restored`: shown to the person."""

    text: str
    restored: str | None
    folded: bool
    words: Sequence[str]
    numbers: Sequence[str]
    terms: Sequence[Term]
    choosing: Sequence[Term]

    @property
    def empty(self) -> bool:
        return not self.text


def clean(typed: str) -> str:
    return " ".join(_NOT_TEXT.sub(" ", unicodedata.normalize("NFC", typed[: 4 * LONGEST])).split())[:LONGEST].strip()


def read_question(typed: str, vocabulary: Vocabulary, *, restore: bool = True, budget: int = 3_000) -> Question:
    """`budget`: passages the choosing words may touch together; it bounds what a search of words costs."""
    text = clean(typed)
    folded = bool(text) and not has_diacritics(text)
    restored = vocabulary.restore(text) if folded and restore else text
    said = list(dict.fromkeys(syllables(restored)))
    content = [word for word in said if word not in FUNCTION_WORDS] or said
    words = list(dict.fromkeys(map(plain, content))) if folded else content
    ordered = sorted(words, key=lambda word: vocabulary.found_in(word, folded=folded))[:TERMS]

    def term(word: str) -> Term:
        return Term(FOLDED + word if folded else word, vocabulary.rarity(word, folded=folded))

    return Question(
        text=restored,
        restored=restored if restored.casefold() != text.casefold() else None,
        folded=folded,
        words=words,
        numbers=query_numbers(text),
        terms=[term(word) for word in ordered],
        choosing=[term(word) for word in vocabulary.choosing(ordered, folded=folded, budget=budget)],
    )
