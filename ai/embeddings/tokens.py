"""Text to token ids: our own reader of the flat vocabulary, or the `tokenizers` library for a file the site names."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import Protocol

from ai.embeddings.vocabulary import Vocabulary

SPACE = "\u2581"  # the mark SentencePiece puts where a word begins
LONGEST_TEXT = 6_000  # characters; 512 tokens never need more, and a 10 kB query costs no more than this
LONGEST_WORD = 256  # Viterbi is linear in it, but nothing worth finding is longer than this


class Tokens(Protocol):
    pad: int

    def encode(self, text: str, limit: int) -> list[int]:
        """Ids with the begin and end marks, cut to `limit`; the end mark survives the cut."""
        ...


class UnigramTokens:
    """SentencePiece unigram as XLM-RoBERTa uses it: most likely pieces of each word, unknown runs as one token."""

    def __init__(self, path: Path) -> None:
        self._vocabulary = Vocabulary(path)
        self.pad = self._vocabulary.special.pad
        self._word = functools.lru_cache(maxsize=20_000)(self._best)

    def encode(self, text: str, limit: int) -> list[int]:
        special = self._vocabulary.special
        normal = unicodedata.normalize("NFC", text[:LONGEST_TEXT]).translate(self._vocabulary.normalise)
        ids = [special.begin]
        for word in normal.split():
            ids.extend(self._word(word[:LONGEST_WORD]))
            if len(ids) >= limit:
                break
        return [*ids[: limit - 1], special.end]

    def _best(self, word: str) -> tuple[int, ...]:
        vocabulary, unknown = self._vocabulary, self._vocabulary.special.unknown
        text = SPACE + word
        length = len(text)
        best: list[tuple[float, int, int]] = [(0.0, 0, unknown)] + [(-1e30, 0, unknown)] * length
        for start in range(length):
            reached = best[start][0]
            for stop in range(start + 1, min(length, start + vocabulary.longest) + 1):
                piece = vocabulary.find(text[start:stop].encode())
                if piece is not None:
                    score = reached + vocabulary.score(piece)
                elif stop == start + 1:
                    piece, score = unknown, reached + vocabulary.unknown_score
                else:
                    continue
                if score > best[stop][0]:
                    best[stop] = (score, start, piece)
        ids: list[int] = []
        at = length
        while at:
            _, start, piece = best[at]
            if piece != unknown or not ids or ids[-1] != unknown:
                ids.append(piece)
            at = start
        return tuple(reversed(ids))


class LibraryTokens:
    """Any tokenizer.json. Reading the multilingual one costs about 300 MB, which is why ours is not one."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._limit = 0
        marks = (self._tokenizer.token_to_id(mark) for mark in ("<pad>", "[PAD]"))
        self.pad = next((number for number in marks if number is not None), 0)

    def encode(self, text: str, limit: int) -> list[int]:
        if limit != self._limit:
            self._tokenizer.enable_truncation(limit)
            self._limit = limit
        return list(self._tokenizer.encode(unicodedata.normalize("NFC", text[:LONGEST_TEXT])).ids)
