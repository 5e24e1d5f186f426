"""The way to one client and back, with no socket in sight: what a connection must be able to do, and a plain one.

A broadcast is one RFC 6455 frame made once (`framed`) and written to everybody; a `Sink` takes ready frames, never
blocks and never fails. It tells when it is `full`: who goes on writing then fills memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, Protocol

FULL_BYTES: Final = 64 * 1024
"""Waiting for one client; past it only answers it has asked for are written."""
SLOW_BYTES: Final = 32 * 1024
"""Waiting for one client; past it what is soon out of date, such as cursors, is not written."""
DRAINED_BYTES: Final = 16 * 1024

Hear = Callable[[bytes | str], None]
Receive = Callable[[], Awaitable[bytes | str | None]]
"""The next message; None when the other side has gone."""
Send = Callable[[bytes | str], Awaitable[None]]
"""Raises ConnectionError when the other side has gone."""

TEXT: Final = 0x81
BINARY: Final = 0x82


def framed(payload: bytes, *, text: bool = False) -> bytes:
    """One whole message as a server sends it."""
    size = len(payload)
    kind = TEXT if text else BINARY
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 65536:
        return bytes((kind, 126)) + size.to_bytes(2) + payload
    return bytes((kind, 127)) + size.to_bytes(8) + payload


def messages_in(frames: bytes) -> Iterator[bytes | str]:
    """What `framed` made, taken out again."""
    at = 0
    while at < len(frames):
        kind, size = frames[at], frames[at + 1]
        at += 2
        if size > 125:
            width = 2 if size == 126 else 8
            size = int.from_bytes(frames[at : at + width])
            at += width
        payload = frames[at : at + size]
        yield payload.decode() if kind == TEXT else payload
        at += size


class Sink(Protocol):
    """The way out. Nothing here waits, and nothing raises: a client that has gone takes everything in silence."""

    @property
    def slow(self) -> bool:
        """More than SLOW_BYTES wait, or a little less for a while after it. Who is not slow is not full."""
        ...

    @property
    def full(self) -> bool:
        """More than FULL_BYTES wait, and did not yet fall below DRAINED_BYTES again."""
        ...

    @property
    def write(self) -> Callable[[bytes], None]:
        """Takes one or more ready frames."""
        ...

    @property
    def waiting(self) -> Callable[[], int]:
        """Bytes that the client has not taken yet, as far as this process knows."""
        ...


class Connection(Sink, Protocol):
    """Both ways."""

    def open(self, hear: Hear, drained: Callable[[], None], gone: Callable[[], None]) -> None:
        """From now on each message goes to `hear`, in order, those that came before too. `drained` is called when the
        sink was full and is not any more, `gone` when the other side has left."""
        ...

    def hold(self) -> None:
        """Reads no more for now, which holds the sender back."""
        ...

    def go_on(self) -> None: ...

    async def release(self) -> None:
        """Nothing is heard or written any more; whoever closes the socket does so after this."""
        ...


class Outbox:
    """A sink that somebody empties by hand: tests, and the plain connection."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self.full = False

    def __len__(self) -> int:
        return len(self._frames)

    def write(self, frames: bytes) -> None:
        self._frames.append(frames)
        self._bytes += len(frames)
        if self._bytes > FULL_BYTES:
            self.full = True

    def waiting(self) -> int:
        return self._bytes

    @property
    def slow(self) -> bool:
        return self.full or self._bytes > SLOW_BYTES

    def take(self) -> list[bytes]:
        """Every message that waits; `full` it stays until `emptied` says so."""
        taken = list(self._frames)
        self.clear()
        return [m if isinstance(m, bytes) else m.encode() for frames in taken for m in messages_in(frames)]

    def take_one(self) -> bytes:
        frames = self._frames.popleft()
        self._bytes -= len(frames)
        return frames

    def clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
        self.full = False


class _Nowhere:
    slow = full = False

    def write(self, frames: bytes) -> None:
        """It has gone."""

    def waiting(self) -> int:
        return 0


NOWHERE: Final = _Nowhere()


class PlainConnection:
    """Over any pair of receive and send, such as ASGI's: a task for each way, and a queue between."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._outbox = Outbox()
        self._wake = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def slow(self) -> bool:
        return self._outbox.slow

    @property
    def full(self) -> bool:
        return self._outbox.full

    def waiting(self) -> int:
        return self._outbox.waiting()

    def write(self, frames: bytes) -> None:
        self._outbox.write(frames)
        self._wake.set()

    def open(self, hear: Hear, drained: Callable[[], None], gone: Callable[[], None]) -> None:
        self._tasks = [asyncio.create_task(self._read(hear, gone)), asyncio.create_task(self._write(drained, gone))]

    def hold(self) -> None:
        self._may_read.clear()

    def go_on(self) -> None:
        self._may_read.set()

    async def release(self) -> None:
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            # again and again: a time-out inside a library can swallow a cancellation in Python 3.11
            _, pending = await asyncio.wait(pending, timeout=0.2)
        self._outbox.clear()

    async def _read(self, hear: Hear, gone: Callable[[], None]) -> None:
        try:
            while (message := await self._receive()) is not None:
                hear(message)
                await self._may_read.wait()
        finally:
            gone()

    async def _write(self, drained: Callable[[], None], gone: Callable[[], None]) -> None:
        outbox = self._outbox
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while len(outbox):
                    for message in messages_in(outbox.take_one()):
                        await self._send(message)
                    if outbox.full and outbox.waiting() <= DRAINED_BYTES:
                        outbox.full = False
                        drained()
        except ConnectionError:
            gone()
