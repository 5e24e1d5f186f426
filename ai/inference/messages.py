"""What goes over the socket: a length (4 bytes, big end first) and a msgpack body. Vectors travel as raw float32."""

from __future__ import annotations

import asyncio
import struct
from typing import Literal

import msgspec

from ai.embeddings.manifest import Manifest

LONGEST_FRAME = 8 << 20
TEXTS_AT_MOST = 256  # of one request
LENGTH = struct.Struct(">I")

Standing = Literal["idle", "building", "loading", "ready", "missing", "failed"]


class ModelState(msgspec.Struct, frozen=True):
    """`idle`: files are there, or can be rebuilt, and nothing asked for them yet. `progress` is of building."""

    standing: Standing
    progress: float = 0.0
    detail: str = ""
    model: Manifest | None = None


class Embed(msgspec.Struct, frozen=True, tag="embed"):
    id: int
    kind: Literal["query", "passage"]
    texts: list[str]
    within: float  # seconds; work that cannot be begun by then is refused, not done late


class Told(msgspec.Struct, frozen=True, tag="state"):
    """Sent to a client when it connects and at each change."""

    state: ModelState


class Vectors(msgspec.Struct, frozen=True, tag="vectors"):
    id: int
    model_id: str
    dimensions: int
    data: bytes


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Codes: busy, too-late, missing, failed, too-large."""

    id: int
    code: str
    detail: str = ""


Answer = Told | Vectors | Failed

_encoder = msgspec.msgpack.Encoder()
_request = msgspec.msgpack.Decoder(Embed)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Told | Vectors | Failed)


def frame(message: Embed | Answer) -> bytes:
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


async def read_body(reader: asyncio.StreamReader) -> bytes:
    """IncompleteReadError at the end of the stream, ValueError when the other side sends what no side of ours sends."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    if length > LONGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    return await reader.readexactly(length)


async def read_request(reader: asyncio.StreamReader) -> Embed:
    return _request.decode(await read_body(reader))


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    return _answer.decode(await read_body(reader))
