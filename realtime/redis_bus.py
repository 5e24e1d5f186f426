"""The bus between hub processes: one shared Redis or Valkey stream per installation.

Each process numbers its batches. A reader that sees a number jump missed something (an outage, a trimmed stream, a
neighbour whose outbox ran over) and tells every subscriber `GAP`; one that sees a number again had it already. So
nothing here needs to be delivered twice or kept for long, and a restarted or emptied server is only a gap.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.bus import MAX_MESSAGE_BYTES, Board, Heard, Listener, Subscription

log = structlog.get_logger()

FIELD: Final = b"b"
BATCH_BYTES: Final = 1024 * 1024
READ_BLOCK_MS: Final = 2000
IO_TIMEOUT_SECONDS: Final = 5.0  # longer than READ_BLOCK_MS, or every quiet read would look like an outage
MAX_BACKOFF_SECONDS: Final = 2.0
ASKING_SECONDS: Final = 2.0
"""Others answer a newcomer at once. Who answers later is company from then on, and what he missed a gap to him."""


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """What one process has to say at one tick."""

    origin: bytes
    number: int
    messages: list[tuple[str, bytes]]
    leaving: bool = False


class RedisStreamBus:
    """Survives outages, restarts and emptied servers; `up` tells whether the others hear us at this moment.

    While no other process is heard, nothing is sent but a beat: numbers go on counting, so a newcomer still learns
    that it missed something.
    """

    def __init__(
        self,
        url: str,
        *,
        stream: str = "phien:bus",
        max_length: int = 4096,
        tick_seconds: float = 0.005,
        beat_seconds: float = 5.0,
        outbox_messages: int = 16_384,
        outbox_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        self._url = url
        self._stream = stream
        self._max_length = max_length
        self._tick_seconds = tick_seconds
        self._beat_seconds = beat_seconds
        self._outbox_messages = outbox_messages
        self._outbox_bytes = outbox_bytes

        self._board = Board()
        self._origin = secrets.token_bytes(8)
        self._outbox: deque[tuple[str, bytes]] = deque()
        self._queued_bytes = 0
        self._number = 0
        self._unsent: bytes | None = None
        self._heard: dict[bytes, tuple[int, float]] = {}
        self._company_until = 0.0
        self._wake = asyncio.Event()
        self._answer = False
        self._listening = asyncio.Event()
        self._speaking = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def up(self) -> bool:
        return self._speaking.is_set() and self._listening.is_set()

    @property
    def alone(self) -> bool:
        return time.monotonic() > self._company_until and not self._outbox

    def publish(self, channel: str, message: bytes) -> None:
        if len(message) > MAX_MESSAGE_BYTES:
            self._board.gap(channel)
            self._lose_outbox()
            return
        self._board.deliver(channel, message)
        self.tell(channel, lambda: message)

    def tell(self, channel: str, make: Callable[[], bytes]) -> None:
        if self.alone:
            self._number += 1  # whoever comes sees a jump
        elif len(message := make()) > MAX_MESSAGE_BYTES:
            self._lose_outbox()
        else:
            self._send(channel, message)

    def _send(self, channel: str, message: bytes) -> None:
        if len(self._outbox) >= self._outbox_messages or self._queued_bytes + len(message) > self._outbox_bytes:
            log.warning("bus.outbox_overflow", messages=len(self._outbox), bytes=self._queued_bytes)
            self._lose_outbox()
            return
        self._outbox.append((channel, message))
        self._queued_bytes += len(message)
        self._wake.set()

    def subscribe(self, channel: str) -> Subscription:
        return self._board.add(channel)

    def listen(self, channel: str, hear: Callable[[Heard], None]) -> Listener:
        return self._board.listen(channel, hear)

    async def start(self) -> None:
        """Returns as soon as the bus is up, or after two seconds without a server: the hub starts without its bus."""
        self._closing = False
        self._tasks = [
            asyncio.create_task(self._supervise("reader", self._read), name="bus-reader"),
            asyncio.create_task(self._supervise("writer", self._write), name="bus-writer"),
        ]
        try:
            async with asyncio.timeout(2.0):
                await self._listening.wait()
                await self._speaking.wait()
        except TimeoutError:
            log.warning("bus.starts_without_server")

    async def aclose(self) -> None:
        was_up = self.up
        self._closing = True
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            # again and again: redis-py was seen to swallow a cancellation that met its own time-out
            _, pending = await asyncio.wait(pending, timeout=0.2)
        self._tasks = []
        if was_up:
            await self._say_goodbye()
        self._speaking.clear()
        self._listening.clear()
        self._board.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # --- the two tasks ---

    async def _supervise(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """The one place that catches everything: a bus that ended for good would be noticed by nobody."""
        attempt = 0
        while not self._closing:
            began = time.monotonic()
            try:
                await work()
            except Exception as error:  # noqa: BLE001
                if time.monotonic() - began > MAX_BACKOFF_SECONDS:
                    attempt = 0
                level = log.warning if attempt == 0 else log.debug
                level("bus.reconnecting", task=name, error=repr(error))
            attempt += 1
            await asyncio.sleep(min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** min(attempt, 10)) * random.uniform(0.7, 1.0))

    async def _read(self) -> None:
        try:
            async with self._connect() as redis:
                newest: Any = await redis.xrevrange(self._stream, count=1)
                position: Any = newest[0][0] if newest else b"0-0"
                # Whatever was said before this position is covered by the gap; whatever is said after it will be read.
                self._heard.clear()
                self._company_until = time.monotonic() + min(ASKING_SECONDS, 3 * self._beat_seconds)
                self._listening.set()
                self._board.gap()
                self._say_something()
                while not self._closing:
                    answer: Any = await redis.xread({self._stream: position}, count=256, block=READ_BLOCK_MS)
                    for _, entries in answer or ():
                        for entry_id, fields in entries:
                            position = entry_id
                            self._hear(fields)
        finally:
            self._listening.clear()
            self._board.gap()

    async def _write(self) -> None:
        try:
            async with self._connect() as redis:
                await self._listening.wait()  # or an answer to our first words could pass before we listen
                while not self._closing:
                    sent = self._take()
                    if sent is not None:
                        await redis.xadd(self._stream, {FIELD: sent}, maxlen=self._max_length, approximate=True)
                        self._unsent = None
                        self._speaking.set()
                    await self._pause()
        finally:
            self._speaking.clear()

    async def _pause(self) -> None:
        """Until there is something to say or a beat is due; a tick longer, so that what is said together travels so."""
        if self._queued_bytes >= BATCH_BYTES:
            return
        try:
            async with asyncio.timeout(self._beat_seconds):
                await self._wake.wait()
        except TimeoutError:
            self._answer = True
            return
        await asyncio.sleep(self._tick_seconds)

    def _take(self) -> bytes | None:
        """The next batch, encoded; a batch whose fate is unknown after an error comes again under its old number."""
        if self._unsent is not None:
            return self._unsent
        if self._outbox and time.monotonic() > self._company_until:
            self._lose_outbox()
        if not self._outbox and not self._answer:
            self._wake.clear()
            return None
        messages: list[tuple[str, bytes]] = []
        size = 0
        while self._outbox and size < BATCH_BYTES:
            channel, message = self._outbox.popleft()
            size += len(message)
            messages.append((channel, message))
        self._queued_bytes -= size
        self._answer = False
        if not self._outbox:
            self._wake.clear()
        self._unsent = msgspec.msgpack.encode(Batch(self._origin, self._number, messages))
        self._number += 1
        return self._unsent

    def _hear(self, fields: dict[bytes, bytes]) -> None:
        try:
            batch = msgspec.msgpack.decode(fields.get(FIELD, b""), type=Batch)
        except (msgspec.DecodeError, UnicodeDecodeError):  # a stranger's entry, or a newer hub's
            log.warning("bus.unreadable_entry")
            self._board.gap()
            return
        if batch.origin == self._origin:
            return
        now = time.monotonic()
        stranger = batch.origin not in self._heard
        expected = self._heard.get(batch.origin, (0, now))[0]
        if batch.number < expected:
            return
        if batch.leaving:
            self._heard.pop(batch.origin, None)
        else:
            self._heard[batch.origin] = (batch.number + 1, now)
        if batch.number > expected:
            self._board.gap()
        for channel, message in batch.messages:
            self._board.deliver(channel, message)
        self._forget_silent(now)
        self._company_until = now + 3 * self._beat_seconds if self._heard else now
        if stranger and not batch.leaving:
            # the newcomer learns our number: had we said something before it was heard, it sees a jump
            self._say_something()

    def _forget_silent(self, now: float) -> None:
        for origin, (_, at) in list(self._heard.items()):
            if now - at > 10 * self._beat_seconds:
                del self._heard[origin]

    def _say_something(self) -> None:
        self._answer = True
        self._wake.set()

    def _lose_outbox(self) -> None:
        """What is lost is announced: the skipped number makes every other process tell its subscribers."""
        self._outbox.clear()
        self._queued_bytes = 0
        self._number += 1

    async def _say_goodbye(self) -> None:
        last = Batch(self._origin, self._number, list(self._outbox), leaving=True)
        try:
            async with asyncio.timeout(1.0), self._connect() as redis:
                if self._unsent is not None:
                    await redis.xadd(self._stream, {FIELD: self._unsent}, maxlen=self._max_length, approximate=True)
                await redis.xadd(
                    self._stream, {FIELD: msgspec.msgpack.encode(last)}, maxlen=self._max_length, approximate=True
                )
        except (RedisError, OSError) as error:  # leaving without a word is allowed: the others stop hearing our beat
            log.debug("bus.left_without_goodbye", error=repr(error))

    def _connect(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_timeout=IO_TIMEOUT_SECONDS,
            socket_connect_timeout=IO_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the supervisor retries, with our numbers
            max_connections=1,
        )
