"""A version out of a log: what it adds to the versions before it, and the hash of its text.

An addition is a Yjs update: the pieces that are new since the version before, and the deletions that are. A merged run
of additions is the whole text, with everything in it that stood there when a version was made, though the live document
has long collected it. Where a log lost something (a damaged one was accepted without it), the run begins anew. Bytes
in, bytes out; large logs are read in a process of their own, because pycrdt holds the interpreter.
"""

import asyncio
import struct
import sys
import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from pycrdt import Doc

from hub.history.agendas import agenda_content, agenda_towards, letters_of_agenda
from hub.history.canonical import TooDeep, content, letters_in, text_hash
from hub.history.restoring import edit_towards
from realtime.replica import apply_all, merge, new_doc
from realtime.wire import Ranges, blob, covers, read_blob, read_deletions, read_state_vector, read_var_uint, var_uint

SMALL_BYTES: Final = 256 * 1024
"""Up to here it takes a few milliseconds, less than starting a process."""
TIMEOUT_SECONDS: Final = 30.0
EMPTY_VECTOR: Final = b"\x00"


class CannotRead(Exception):
    """The text could not be read in time, or at all; nothing was changed."""


class Cut(msgspec.Struct, frozen=True):
    addition: bytes
    held: bytes
    clients: list[int]
    letters: int
    hash: bytes


def cut(updates: Sequence[bytes], held: bytes, *, agenda: bool = False) -> Cut:
    """``held``: of the version before, empty for the first. What only a hostile client could write is left out."""
    doc = _doc_of(updates)
    vector_before, deleted_before = _unpacked_held(held)
    vector = bytes(doc.get_state())
    deletions = bytes(doc.get_update(vector))
    deleted = read_deletions(deletions)
    nodes = agenda_content(doc) if agenda else content(doc)
    before, clocks = read_state_vector(vector_before), read_state_vector(vector)
    anew = any(clocks.get(client, 0) < clock for client, clock in before.items()) or not covers(deleted, deleted_before)
    if anew:
        vector_before, deleted_before = EMPTY_VECTOR, {}
    addition = _without_known(bytes(doc.get_update(vector_before)), deletions, deleted, deleted_before)
    return Cut(
        addition=packed(addition, anew=anew),
        held=packed(blob(vector) + deletions),
        clients=sorted(client for client, clock in clocks.items() if clock > before.get(client, 0)),
        letters=letters_of_agenda(nodes) if agenda else letters_in(nodes),
        hash=text_hash(nodes),
    )


def _doc_of(updates: Sequence[bytes]) -> "Doc[Any]":
    doc = new_doc()
    apply_all(doc, updates)
    return doc


def _without_known(update: bytes, deletions: bytes, deleted: Ranges, before: Ranges) -> bytes:
    """pycrdt writes all deletions into every update; those that a version before has are left out."""
    pieces = update[: len(update) - len(deletions) + 1]
    if read_deletions(b"\x00" + update[len(pieces) :]) != deleted:
        return update
    return pieces + _written(_minus(deleted, before))


def _minus(ranges: Ranges, known: Ranges) -> Ranges:
    """Both sorted and merged, so one walk along them."""
    left: Ranges = {}
    for client, all_of_client in ranges.items():
        known_of_client = known.get(client, [])
        found: list[tuple[int, int]] = []
        place = 0
        for first, end in all_of_client:
            at = first
            while place < len(known_of_client) and known_of_client[place][1] <= at:
                place += 1
            each = place
            while each < len(known_of_client) and known_of_client[each][0] < end:
                if known_of_client[each][0] > at:
                    found.append((at, known_of_client[each][0]))
                at = max(at, known_of_client[each][1])
                each += 1
            if at < end:
                found.append((at, end))
        if found:
            left[client] = found
    return left


def _written(deletions: Ranges) -> bytes:
    parts = [var_uint(len(deletions))]
    for client, ranges in sorted(deletions.items(), reverse=True):  # as yjs orders them
        parts.append(var_uint(client) + var_uint(len(ranges)))
        parts += [var_uint(start) + var_uint(end - start) for start, end in ranges]
    return b"".join(parts)


def _unpacked_held(held: bytes) -> tuple[bytes, Ranges]:
    if not held:
        return EMPTY_VECTOR, {}
    vector, at = read_blob(unpacked(held), 0)
    return vector, read_deletions(unpacked(held)[at:])


# --- additions as they are kept ---


COMPRESSED: Final = 1
ANEW: Final = 2
"""Bits of the first byte. A run that begins anew needs nothing of what stands before it."""


def packed(content: bytes, *, anew: bool = False) -> bytes:
    """Compressed where that is shorter."""
    small = zlib.compress(content, 9)
    head = ANEW if anew else 0
    return bytes([head | COMPRESSED]) + small if len(small) < len(content) else bytes([head]) + content


def unpacked(kept: bytes) -> bytes:
    return zlib.decompress(kept[1:]) if kept[0] & COMPRESSED else kept[1:]


def whole(additions: Sequence[bytes]) -> bytes:
    """The update that makes the text of the last of these versions, all from the first on being given."""
    begin = max((place for place, each in enumerate(additions) if each[0] & ANEW), default=0)
    return merge([unpacked(each) for each in additions[begin:]])


def joined(one: bytes, following: bytes) -> bytes:
    """The addition that takes the place of two: the version between them is let go."""
    if following[0] & ANEW:
        return following
    return packed(merge([unpacked(one), unpacked(following)]), anew=bool(one[0] & ANEW))


# --- in a process of its own where it is much ---


async def cut_apart(updates: Sequence[bytes], held: bytes, *, agenda: bool = False) -> Cut:
    if sum(map(len, updates)) <= SMALL_BYTES:
        try:
            return cut(updates, held, agenda=agenda)
        except TooDeep:
            raise CannotRead("too deep") from None
    return msgspec.msgpack.decode(await _ask([b"cut", _kind(agenda), held, *updates]), type=Cut)


async def edit_apart(now: bytes, wanted: bytes, *, agenda: bool = False) -> tuple[int, bytes]:
    """The client id and the update of the edit that makes the text of ``now`` the text of ``wanted``."""
    if len(now) + len(wanted) <= SMALL_BYTES:
        try:
            return _towards(agenda, now, wanted)
        except TooDeep:
            raise CannotRead("too deep") from None
    answer = await _ask([b"edit", _kind(agenda), now, wanted])
    client, at = read_var_uint(answer, 0)
    return client, answer[at:]


def _towards(agenda: bool, now: bytes, wanted: bytes) -> tuple[int, bytes]:
    return agenda_towards(now, wanted) if agenda else edit_towards(now, wanted)


def _kind(agenda: bool) -> bytes:
    return b"agenda" if agenda else b"text"


async def _ask(parts: Sequence[bytes]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.history.cutting",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    # It reads until the end of its input, so it ends by itself when the hub is killed.
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer, said = await process.communicate(b"".join(struct.pack("!I", len(p)) + p for p in parts))
    except TimeoutError:
        raise CannotRead(f"not done after {TIMEOUT_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise CannotRead(f"ended with {process.returncode}: {said[-500:].decode(errors='replace')}")
    return answer


def _answer(request: bytes) -> bytes:
    parts, at = [], 0
    while at < len(request):
        (length,) = struct.unpack_from("!I", request, at)
        parts.append(request[at + 4 : at + 4 + length])
        at += 4 + length
    what, kind, *rest = parts
    agenda = kind == _kind(agenda=True)
    if what == b"cut":
        return msgspec.msgpack.encode(cut(rest[1:], rest[0], agenda=agenda))
    client, update = _towards(agenda, rest[0], rest[1])
    return var_uint(client) + update


if __name__ == "__main__":
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read()))
