"""Making one small state of a long log.

pycrdt holds the interpreter while it works, so a large log is put together in a process of its own; it gets the log a
piece at a time, and the hub never holds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from realtime.log import Stored
from realtime.replica import whole_state

SMALL_BYTES: Final = 64 * 1024
"""Up to here it takes a few milliseconds, less than starting a process."""
TIMEOUT_SECONDS: Final = 120.0


class CompactionFailed(Exception):
    """The log stays as it is; it is tried again later."""


@dataclass(frozen=True)
class Compacted:
    state: bytes
    upto: int
    """The number of the last row that is in it."""
    rows: int


async def compacted(pieces: AsyncIterator[Stored]) -> Compacted | None:
    """None where there is nothing to make smaller. Only what is small is ever held here; the rest goes through."""
    gathered: list[bytes] = []
    upto = rows = 0
    async for piece in pieces:
        if piece.damage is not None:
            raise CompactionFailed("its log is damaged")
        upto, rows = piece.head, rows + len(piece.updates)
        gathered += piece.updates
        if sum(map(len, gathered)) > SMALL_BYTES:
            return await _apart(gathered, upto, pieces)
    if not gathered:
        return None
    try:
        return Compacted(whole_state(gathered), upto, rows)
    except ValueError as error:
        raise CompactionFailed(str(error)) from error


async def _apart(first: list[bytes], upto: int, rest: AsyncIterator[Stored]) -> Compacted:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "realtime.compaction",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    # It reads until the end of its input, so it ends by itself when the hub is killed.
    assert process.stdin is not None
    rows = len(first)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its own words say why
                process.stdin.write(_packed(first))
                first.clear()
                await process.stdin.drain()
                async for piece in rest:
                    if piece.damage is not None:
                        raise CompactionFailed("its log is damaged")
                    upto, rows = piece.head, rows + len(piece.updates)
                    process.stdin.write(_packed(piece.updates))
                    await process.stdin.drain()
            process.stdin.close()
            state, said = await process.communicate()
    except TimeoutError:
        raise CompactionFailed(f"not done after {TIMEOUT_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not state:
        raise CompactionFailed(f"ended with {process.returncode}: {said[-500:].decode(errors='replace')}")
    return Compacted(state, upto, rows)


def _packed(updates: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack("!I", len(update)) + update for update in updates)


def _unpacked(packed: bytes) -> list[bytes]:
    updates = []
    at = 0
    while at < len(packed):
        (length,) = struct.unpack_from("!I", packed, at)
        updates.append(packed[at + 4 : at + 4 + length])
        at += 4 + length
    return updates


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # the answer goes to stdout
    sys.stdout.buffer.write(whole_state(_unpacked(sys.stdin.buffer.read())))
