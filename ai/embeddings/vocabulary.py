"""The unigram vocabulary as one flat file that is mapped, not parsed.

The library's tokenizer.json of this model costs 300 MB and two seconds to read. The same pieces in a hash table on disk
cost what is touched: a few MB, at once.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ai.embeddings.manifest import WeightsBroken

MAGIC = b"PHIENVO1"
HEAD = struct.Struct(
    "<8s8I"
)  # magic, pieces, slots, longest piece (characters), begin, end, pad, unknown, rules (bytes)
SLOT = struct.Struct("<I")
SPAN = struct.Struct("<II")
SCORE = struct.Struct("<f")


class Special(msgspec.Struct, frozen=True):
    begin: int
    end: int
    pad: int
    unknown: int


def write_vocabulary(
    path: Path, pieces: Iterable[bytes], scores: Iterable[float], special: Special, normalise: dict[int, str]
) -> None:
    """Piece number = its place in `pieces`; control pieces are kept but can never be found by text."""
    listed = list(pieces)
    control = {special.begin, special.end, special.pad, special.unknown}
    slots = 1 << (2 * len(listed)).bit_length()
    table = [0] * slots
    longest = 1
    for number, piece in enumerate(listed):
        if number in control or not piece:
            continue
        longest = max(longest, len(piece.decode("utf-8", "replace")))
        at = zlib.crc32(piece) & (slots - 1)
        while table[at]:
            at = (at + 1) & (slots - 1)
        table[at] = number + 1
    rules = msgspec.msgpack.encode(normalise)
    offsets = [0]
    for piece in listed:
        offsets.append(offsets[-1] + len(piece))
    head = (len(listed), slots, longest, special.begin, special.end, special.pad, special.unknown, len(rules))
    with path.open("wb") as file:
        file.write(HEAD.pack(MAGIC, *head))
        file.write(struct.pack(f"<{slots}I", *table))
        file.write(struct.pack(f"<{len(offsets)}I", *offsets))
        file.write(struct.pack(f"<{len(listed)}f", *scores))
        file.write(rules)
        file.writelines(listed)


class Vocabulary:
    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            magic, count, slots, self.longest, *special, rules = HEAD.unpack_from(self._map, 0)
        except struct.error as error:
            raise WeightsBroken(f"{path}: {error}") from error
        if magic != MAGIC:
            raise WeightsBroken(f"{path} is not a vocabulary of this version")
        self.special = Special(*special)
        self._mask = slots - 1
        self._table = HEAD.size
        self._offsets = self._table + 4 * slots
        self._scores = self._offsets + 4 * (count + 1)
        start = self._scores + 4 * count
        self.normalise: dict[int, str] = msgspec.msgpack.decode(self._map[start : start + rules], type=dict[int, str])
        self._blob = start + rules
        scores = struct.unpack_from(f"<{count}f", self._map, self._scores)
        control = {self.special.begin, self.special.end, self.special.pad, self.special.unknown}
        self.unknown_score = min(score for number, score in enumerate(scores) if number not in control) - 10.0

    def find(self, piece: bytes) -> int | None:
        data, mask = self._map, self._mask
        at = zlib.crc32(piece) & mask
        while True:
            (number,) = SLOT.unpack_from(data, self._table + 4 * at)
            if not number:
                return None
            first, last = SPAN.unpack_from(data, self._offsets + 4 * (number - 1))
            if data[self._blob + first : self._blob + last] == piece:
                return int(number) - 1
            at = (at + 1) & mask

    def score(self, number: int) -> float:
        return float(SCORE.unpack_from(self._map, self._scores + 4 * number)[0])
