"""Making one small state of a long log.

pycrdt holds the interpreter while it works, so a large log is read in a process of its own.
"""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Sequence
from typing import Final

import structlog

from realtime.replica import whole_state

SMALL_BYTES: Final = 64 * 1024
"""Up to here it takes a few milliseconds, less than starting a process."""
TIMEOUT_SECONDS: Final = 120.0


class CompactionFailed(Exception):
    """The log stays as it is; it is tried again later."""


async def compacted(updates: Sequence[bytes]) -> bytes:
    if sum(map(len, updates)) <= SMALL_BYTES:
        try:
            return whole_state(updates)
        except ValueError as error:
            raise CompactionFailed(str(error)) from error
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "realtime.compaction",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    # It reads until the end of its input, so it ends by itself when the hub is killed.
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            state, said = await process.communicate(_packed(updates))
    except TimeoutError:
        raise CompactionFailed(f"not done after {TIMEOUT_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not state:
        raise CompactionFailed(f"ended with {process.returncode}: {said[-500:].decode(errors='replace')}")
    return state


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
