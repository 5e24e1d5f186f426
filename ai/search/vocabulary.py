"""What the index knows of its own words: how rare each is, and which diacritics a hurried typist meant.

Restoring is a Viterbi walk over the words and pairs of words of the indexed texts themselves: no outside word list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from ai.search.words import LONGEST, plain

_TOKENS = re.compile(r"[^\W_]+|[\W_]+")
PAIR_WEIGHT = 0.75  # of the pair against the single word, in the chance of a word after another
LONGEST_QUERY = 60  # words that are restored; nobody types more in a search field
CANDIDATES = 30  # spellings of one typed syllable that are tried, the most used first


class Vocabulary:
    """Words are (word, uses, passages); pairs are (first, second, uses)."""

    def __init__(
        self, words: Iterable[tuple[str, int, int]] = (), pairs: Iterable[tuple[str, str, int]] = (), passages: int = 0
    ) -> None:
        self.passages = passages
        self._uses: dict[str, int] = {}
        self._in: dict[str, int] = {}
        self._plain_in: dict[str, int] = {}
        self._spellings: dict[str, list[str]] = {}
        for word, uses, found_in in words:
            self._uses[word] = uses
            self._in[word] = found_in
            folded = plain(word)
            self._plain_in[folded] = self._plain_in.get(folded, 0) + found_in
            self._spellings.setdefault(folded, []).append(word)
        for spellings in self._spellings.values():
            spellings.sort(key=lambda word: -self._uses[word])
            del spellings[CANDIDATES:]
        self._pairs = {(first, second): uses for first, second, uses in pairs}
        self._total = sum(self._uses.values()) or 1

    def __len__(self) -> int:
        return len(self._uses)

    def found_in(self, word: str, *, folded: bool) -> int:
        """In how many passages the word is; folded, an upper bound over its spellings."""
        return min((self._plain_in if folded else self._in).get(word, 0), max(self.passages, 1))

    def rarity(self, word: str, *, folded: bool) -> float:
        """BM25's weight of a word: 0 when nearly every passage has it."""
        found = self.found_in(word, folded=folded)
        return math.log(1 + (self.passages - found + 0.5) / (found + 0.5)) if self.passages else 1.0

    def restore(self, query: str) -> str:
        """The query with the diacritics it most likely lost. Words the index does not know stay as typed."""
        tokens = _TOKENS.findall(query.lower())
        at = [number for number, token in enumerate(tokens) if token[0].isalpha()][:LONGEST_QUERY]
        if not at or not self._uses:
            return query
        for number, word in zip(at, self._most_likely([tokens[number] for number in at]), strict=True):
            tokens[number] = word
        return "".join(tokens)

    def _most_likely(self, typed: Sequence[str]) -> list[str]:
        ways: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
        for token in typed:
            known = self._spellings.get(token[:LONGEST]) if plain(token) == token else None
            ways = {word: self._best_way(ways, word) for word in known or [token]}
        return max(ways.values(), key=lambda way: way[0])[1]

    def _best_way(self, ways: dict[str, tuple[float, list[str]]], word: str) -> tuple[float, list[str]]:
        alone = (self._uses.get(word, 0) + 0.1) / self._total
        scored = [(score + math.log(self._after(before, word, alone)), path) for before, (score, path) in ways.items()]
        score, path = max(scored, key=lambda way: way[0])
        return score, [*path, word]

    def _after(self, before: str, word: str, alone: float) -> float:
        if not before:
            return alone
        pair = self._pairs.get((before, word), 0) / (self._uses.get(before, 0) + 1)
        return PAIR_WEIGHT * pair + (1 - PAIR_WEIGHT) * alone

    def choosing(self, words: Sequence[str], *, folded: bool, budget: int) -> list[str]:
        """The rarest words of a query, as many as together touch at most `budget` passages; at least one if any is
        known. They choose the candidates; every word then counts in the score."""
        known = {word: self.found_in(word, folded=folded) for word in words}
        taken: list[str] = []
        for word in sorted((word for word, found in known.items() if found), key=lambda word: (known[word], word)):
            if taken and known[word] > budget:
                break
            taken.append(word)
            budget -= known[word]
        return taken
