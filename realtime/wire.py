"""The y-websocket wire, to the byte: what may come in, and the frames that go out.

One frame holds one message. Updates and state vectors stay opaque here but for a check that they can be read at all;
y-protocols writes every number as a varUint and every blob behind its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

SYNC: Final = 0
AWARENESS: Final = 1
AUTH: Final = 2
QUERY_AWARENESS: Final = 3
SAVED: Final = 100

STEP_1: Final = 0
STEP_2: Final = 1
UPDATE: Final = 2

MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
MAX_PRESENCE_BYTES: Final = 16 * 1024
MAX_VECTOR_BYTES: Final = 256 * 1024
"""Tens of thousands of client ids; read number by number, which takes time."""
MAX_CLIENT_ID: Final = (
    2**53 - 1
)  # what a JavaScript number holds; ids beyond 32 bits are read rightly by yjs and pycrdt, not by y-py
NOTHING: Final = b"\x00\x00"


_SHORT: Final = tuple(bytes((number,)) for number in range(128))


class FrameError(Exception):
    """A frame no client of the protocol would send; the connection is closed with 4400 and this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PresenceEntry(NamedTuple):
    """One client's cursor state, as raw JSON; None means it is gone."""

    client: int
    clock: int
    state: bytes | None


class Message(NamedTuple):
    kind: int
    """SYNC, AWARENESS or QUERY_AWARENESS."""
    step: int
    body: bytes


def var_uint(number: int) -> bytes:
    if number < 128:
        return _SHORT[number]
    if number < 16384:
        return bytes((number & 127 | 128, number >> 7))
    encoded = bytearray()
    while number > 127:
        encoded.append(128 | (number & 127))
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def read_var_uint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place behind it."""
    if at < len(data) and data[at] < 128:
        return data[at], at + 1
    number = shift = 0
    while True:
        if at >= len(data):
            raise FrameError("truncated")
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            if number > MAX_CLIENT_ID:
                raise FrameError("number-too-large")
            return number, at
        shift += 7
        if shift > 49:
            raise FrameError("number-too-large")


def read_blob(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = read_var_uint(data, at)
    end = at + length
    if end > len(data):
        raise FrameError("truncated")
    return data[at:end], end


def blob(data: bytes) -> bytes:
    return var_uint(len(data)) + data


def parse(frame: bytes) -> Message:
    """Reads a client's frame; whatever is wrong with it has a name."""
    if len(frame) > MAX_FRAME_BYTES:
        raise FrameError("frame-too-large")
    if not frame:
        raise FrameError("empty")
    if len(frame) > 3 and frame[0] == SYNC and frame[1] <= UPDATE and frame[2] == len(frame) - 3 < 128:
        return Message(SYNC, frame[1], frame[3:])  # a keystroke
    kind, at = read_var_uint(frame, 0)
    if kind == QUERY_AWARENESS:
        step, body = 0, b""
    elif kind == AWARENESS:
        step = 0
        body, at = read_blob(frame, at)
    elif kind == SYNC:
        step, at = read_var_uint(frame, at)
        if step > UPDATE:
            raise FrameError("unknown-step")
        body, at = read_blob(frame, at)
    elif kind in (AUTH, SAVED):
        raise FrameError("not-yours-to-send")
    else:
        raise FrameError("unknown-kind")
    if at != len(frame):
        raise FrameError("trailing-bytes")
    return Message(kind, step, body)


def step_1(state_vector: bytes) -> bytes:
    return b"\x00\x00" + blob(state_vector)


def step_2(update: bytes) -> bytes:
    return b"\x00\x01" + blob(update)


def update_frame(update: bytes) -> bytes:
    return b"\x00\x02" + blob(update)


def refusal(reason: str) -> bytes:
    """The y-protocols auth message `permission denied`."""
    return b"\x02\x00" + blob(reason.encode())


def saved(count: int) -> bytes:
    """The first `count` update frames of this connection are committed."""
    return b"\x64" + var_uint(count)


def presence_frame(entries: Iterable[PresenceEntry]) -> bytes:
    return presence_of([presence_entry(entry) for entry in entries])


def presence_entry(entry: PresenceEntry) -> bytes:
    client, clock, state = entry
    return var_uint(client) + var_uint(clock) + blob(b"null" if state is None else state)


def presence_of(entries: Sequence[bytes]) -> bytes:
    """A presence frame of entries that were encoded one by one."""
    return b"\x01" + blob(var_uint(len(entries)) + b"".join(entries))


def read_presence(body: bytes) -> list[PresenceEntry]:
    count, at = read_var_uint(body, 0)
    if count > 10_000:
        raise FrameError("too-many-client-ids")
    entries = []
    for _ in range(count):
        client, at = read_var_uint(body, at)
        clock, at = read_var_uint(body, at)
        raw, at = read_blob(body, at)
        if len(raw) > MAX_PRESENCE_BYTES:
            raise FrameError("presence-too-large")
        try:
            state = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # passed on, it would throw inside every other browser
            raise FrameError("presence-not-json") from None
        entries.append(PresenceEntry(client, clock, None if state is None else raw))
    if at != len(body):
        raise FrameError("trailing-bytes")
    return entries


def check_state_vector(vector: bytes) -> None:
    if len(vector) > MAX_VECTOR_BYTES:
        raise FrameError("broken-state-vector")
    count, at = read_var_uint(vector, 0)
    for _ in range(count):
        _, at = read_var_uint(vector, at)
        _, at = read_var_uint(vector, at)
    if at != len(vector):
        raise FrameError("broken-state-vector")


def read_state_vector(vector: bytes) -> dict[int, int]:
    """How many items of each client it stands for."""
    count, at = read_var_uint(vector, 0)
    clocks = {}
    for _ in range(count):
        client, at = read_var_uint(vector, at)
        clocks[client], at = read_var_uint(vector, at)
    return clocks


def only_writer(update: bytes) -> int | None:
    """The client id of an update by one client, as every keystroke is; None for deletions alone and merged updates."""
    count, at = read_var_uint(update, 0)
    if count != 1:
        return None
    _, at = read_var_uint(update, at)
    return read_var_uint(update, at)[0]


Ranges = dict[int, list[tuple[int, int]]]


def read_deletions(update_without_structs: bytes) -> Ranges:
    """The delete set of an update that carries nothing else, as sorted, merged [start, end) by client."""
    structs, at = read_var_uint(update_without_structs, 0)
    if structs:
        raise ValueError("the update carries structs")
    clients, at = read_var_uint(update_without_structs, at)
    ranges: Ranges = {}
    for _ in range(clients):
        client, at = read_var_uint(update_without_structs, at)
        count, at = read_var_uint(update_without_structs, at)
        found = []
        for _ in range(count):
            clock, at = read_var_uint(update_without_structs, at)
            length, at = read_var_uint(update_without_structs, at)
            found.append((clock, clock + length))
        ranges[client] = _merged(ranges.get(client, []) + found)
    return ranges


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def covers(known: Ranges, asked: Ranges) -> bool:
    """Whether every deletion asked about is known already."""
    for client, ranges in asked.items():
        of_client = iter(known.get(client, ()))
        start, end = next(of_client, (0, 0))
        for first, last in ranges:
            if first == last:
                continue
            while end < last:
                if (following := next(of_client, None)) is None:
                    return False
                start, end = following
            if start > first:
                return False
    return True
