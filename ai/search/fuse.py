"""Puts meaning and words together, as measured: each scaled to 0–1 over the candidates of this query, then weighed.

Cosines of this model lie close together (.81–.87), so they rank and are never cut off by a value.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, Literal, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)
Why = Literal["meaning", "word", "number"]
CLOSE = 0.5  # of the best candidate's meaning, from which meaning is named as a reason
SHARED = 0.34  # of the best candidate's words: one common word that is also there is no reason


class Candidate(msgspec.Struct, Generic[Key], frozen=True):
    """`meaning` None: this passage has no vector of the model that read the query. `group`: of one meeting."""

    key: Key
    group: Hashable
    meaning: float | None
    words: float
    number: bool


class Fused(msgspec.Struct, Generic[Key], frozen=True):
    key: Key
    score: float
    why: list[Why]


def fuse(candidates: Sequence[Candidate[Key]], weight: float, *, of_a_group: int = 3) -> list[Fused[Key]]:
    """Best first; those with the number that was asked for before all others. At most `of_a_group` of one group."""
    if not candidates:
        return []
    meanings = [each.meaning for each in candidates if each.meaning is not None]
    least, most = (min(meanings), max(meanings)) if meanings else (0.0, 0.0)
    most_words = max(each.words for each in candidates)
    weight = weight if meanings else 0.0
    ranked: list[tuple[bool, float, Fused[Key], Hashable]] = []
    for each in candidates:
        meaning = _scaled(each.meaning, least, most)
        words = each.words / most_words if most_words > 0 else 0.0
        score = weight * meaning + (1 - weight) * words
        ranked.append((each.number, score, Fused(each.key, score, _why(each, meaning, words)), each.group))
    ranked.sort(key=lambda entry: (-entry[0], -entry[1], str(entry[2].key)))
    kept: list[Fused[Key]] = []
    seen: dict[Hashable, int] = {}
    for _, _, found, group in ranked:
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= of_a_group:
            kept.append(found)
    return kept


def _scaled(value: float | None, least: float, most: float) -> float:
    if value is None:
        return 0.0
    return (value - least) / (most - least) if most > least else 1.0


def _why(each: Candidate[Key], meaning: float, words: float) -> list[Why]:
    why: list[Why] = []
    if each.number:
        why.append("number")
    if words >= SHARED:
        why.append("word")
    if each.meaning is not None and (meaning >= CLOSE or (not why and meaning >= words)):
        why.append("meaning")
    return why or ["word"]
