"""How wide a graph's vectors are, read without its weights: a model of 500 MB is asked in a millisecond.

An ONNX file is protocol buffers; only the few fields on the way to the first output are read, the rest is passed over.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ai.embeddings.manifest import WeightsBroken

# ModelProto.graph, GraphProto.output, ValueInfoProto.type, TypeProto.tensor_type, Tensor.shape, TensorShapeProto.dim
GRAPH, OUTPUT, TYPE, TENSOR, SHAPE, DIM, DIM_VALUE = 7, 12, 2, 1, 2, 1, 1
VARINT, EIGHT_BYTES, PACKED, FOUR_BYTES = 0, 1, 2, 5
LONGEST_VARINT: Final = 10
Span = tuple[int, int]


def dimensions(graph: Path) -> int:
    """Of one vector: the last dimension of the first output. Raises WeightsBroken where the file does not say."""
    try:
        with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            last = _last_dimension(data)
    except ValueError as error:  # an empty file is one that cannot be mapped
        raise WeightsBroken(f"{graph} is no ONNX model") from error
    if not last:
        raise WeightsBroken(f"{graph} does not say how many dimensions it gives")
    return last


def _last_dimension(data: mmap.mmap) -> int:
    span: Span = (0, len(data))
    for number in (GRAPH, OUTPUT, TYPE, TENSOR, SHAPE):
        found = next((value for field, value in _fields(data, span) if field == number), None)
        if not isinstance(found, tuple):
            return 0
        span = found
    wide = [value for field, value in _fields(data, span) if field == DIM]
    if not wide or not isinstance(wide[-1], tuple):
        return 0
    said = next((value for field, value in _fields(data, wide[-1]) if field == DIM_VALUE), 0)
    return said if isinstance(said, int) else 0


def _fields(data: mmap.mmap, span: Span) -> Iterator[tuple[int, int | Span]]:
    """(number, value) of a message's fields; of a nested one, where it lies."""
    at, end = span
    while at < end:
        tag, at = _varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(data, at, end)
            yield number, value
        elif wire == PACKED:
            size, at = _varint(data, at, end)
            if at + size > end:
                raise ValueError("a field ends outside its message")
            yield number, (at, at + size)
            at += size
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            at += 8 if wire == EIGHT_BYTES else 4
        else:
            raise ValueError(f"no such kind of field: {wire}")


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = 0
    for place in range(LONGEST_VARINT):
        if at >= end:
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 128:
            return value, at
    raise ValueError("a number does not end")
