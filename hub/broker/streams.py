"""What goes through the door once a client is in: bounded, slowed when it floods, ended when it is silent or deaf."""

import asyncio
import time

from amqtt.adapters import ReaderAdapter, StreamWriterAdapter

MAX_PACKET_BYTES = 64 * 1024
MAX_UNSENT_BYTES = 1024 * 1024  # a client that does not read is let go
BYTES_PER_SECOND, BURST_BYTES = 64 * 1024, 512 * 1024  # of one device; past it TCP itself slows it down


class Reader(ReaderAdapter):  # type: ignore[misc]  # amqtt is not typed
    """What a client sends: keep-alive enforced, packets bounded, a flood slowed to what one device may say."""

    def __init__(self, stream: asyncio.StreamReader, first: bytes, keep_alive: int, *, limited: bool) -> None:
        self._stream = stream
        self._first = first
        self._silence = keep_alive * 1.5 if keep_alive else None
        self._heard_at = time.monotonic()
        self._limited = limited
        self._budget = float(BURST_BYTES)
        self._budget_at = self._heard_at

    async def read(self, n: int = -1) -> bytes:
        if self._first:
            data, self._first = self._first[:n], self._first[n:]
            return data
        if n < 0 or n > MAX_PACKET_BYTES:
            raise ConnectionResetError("packet too big")
        if n == 0:
            return b""
        if self._limited:
            await self._slow_down(n)
        left = None if self._silence is None else self._heard_at + self._silence - time.monotonic()
        try:
            async with asyncio.timeout(left):
                data = await self._stream.readexactly(n)
        except TimeoutError:
            raise ConnectionResetError("silent for longer than its keep-alive") from None
        self._heard_at = time.monotonic()
        return data

    async def _slow_down(self, n: int) -> None:
        now = time.monotonic()
        self._budget = min(BURST_BYTES, self._budget + (now - self._budget_at) * BYTES_PER_SECOND) - n
        self._budget_at = now
        if self._budget < 0:
            await asyncio.sleep(-self._budget / BYTES_PER_SECOND)

    def feed_eof(self) -> None:
        self._stream.feed_eof()


class Writer(StreamWriterAdapter):  # type: ignore[misc]
    """What a client is sent; one that does not read is let go before it costs memory."""

    def write(self, data: bytes) -> None:
        transport = self._writer.transport
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()
        super().write(data)
