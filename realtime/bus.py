"""The bus: who is told of what, in this process and in the others.

The bus carries hints, never truth. Whoever must not miss anything keeps it in the database, watches first, reads
second, and reads again when a subscription yields `GAP`.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Final, Literal, Protocol, Self, runtime_checkable

MAX_QUEUED_MESSAGES: Final = 4096
MAX_QUEUED_BYTES: Final = 8 * 1024 * 1024
MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
"""Larger than the largest frame a document accepts (4 MiB); a larger one is not carried, its channel gets `GAP`."""


class Gap(enum.Enum):
    """What a subscription yields where messages may be missing."""

    GAP = "gap"


GAP: Final = Gap.GAP
Heard = bytes | Literal[Gap.GAP]


class Subscription:
    """The messages of one channel from the moment of subscribing, for one consumer.

    A consumer too slow for the queue loses what is queued and is told so: one `GAP` takes its place.
    """

    def __init__(
        self, board: Board, channel: str, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES
    ) -> None:
        self.channel = channel
        self._board = board
        self._queue: deque[Heard] = deque()
        self._bytes = 0
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._wake = asyncio.Event()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the iteration, for a consumer that is waiting too."""
        self._closed = True
        self._queue.clear()
        self._board.remove(self)
        self._wake.set()

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self

    async def __anext__(self) -> Heard:
        while not self._queue:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        heard = self._queue.popleft()
        if heard is not GAP:
            self._bytes -= len(heard)
        return heard

    def drain(self) -> list[Heard]:
        """All that is queued now, without waiting."""
        heard = list(self._queue)
        self._queue.clear()
        self._bytes = 0
        return heard

    def offer(self, message: bytes) -> None:
        """For the bus only."""
        if len(self._queue) >= self._max_messages or self._bytes + len(message) > self._max_bytes:
            self.gap()
            return
        self._queue.append(message)
        self._bytes += len(message)
        self._wake.set()

    def gap(self) -> None:
        """For the bus only: whatever was queued is covered by reading again, so it goes."""
        self._queue.clear()
        self._bytes = 0
        self._queue.append(GAP)
        self._wake.set()


class Listener:
    """Hears each message of a channel, and `GAP`, in the moment of its delivery: no queue, no task.

    What it does must be short and must not fail.
    """

    def __init__(self, board: Board, channel: str, hear: Callable[[Heard], None]) -> None:
        self.channel = channel
        self._board = board
        self.offer: Callable[[bytes], None] = hear
        """For the bus only."""
        self._hear = hear

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def gap(self) -> None:
        """For the bus only."""
        self._hear(GAP)

    def close(self) -> None:
        self._board.remove(self)


class Board:
    """Who listens in this process, by channel. Each bus implementation has one."""

    def __init__(self) -> None:
        self._by_channel: dict[str, dict[Subscription | Listener, None]] = {}

    def add(self, channel: str) -> Subscription:
        subscription = Subscription(self, channel)
        self._by_channel.setdefault(channel, {})[subscription] = None
        return subscription

    def listen(self, channel: str, hear: Callable[[Heard], None]) -> Listener:
        listener = Listener(self, channel, hear)
        self._by_channel.setdefault(channel, {})[listener] = None
        return listener

    def remove(self, subscription: Subscription | Listener) -> None:
        of_channel = self._by_channel.get(subscription.channel)
        if of_channel is not None:
            of_channel.pop(subscription, None)
            if not of_channel:
                del self._by_channel[subscription.channel]

    def deliver(self, channel: str, message: bytes) -> None:
        for subscription in tuple(self._by_channel.get(channel, ())):
            subscription.offer(message)

    def gap(self, channel: str | None = None) -> None:
        """Tells the subscribers of a channel, or of all channels, that they may have missed something."""
        channels = [channel] if channel is not None else list(self._by_channel)
        for name in channels:
            for subscription in tuple(self._by_channel.get(name, ())):
                subscription.gap()

    def close(self) -> None:
        for of_channel in list(self._by_channel.values()):
            for subscription in list(of_channel):
                subscription.close()


@runtime_checkable
class Bus(Protocol):
    """Every subscriber in every process, the publisher's included, gets each message or a `GAP`.

    Use it from the event loop's thread only.
    """

    @property
    def up(self) -> bool:
        """Whether other processes hear us now. Within the process a bus is always up."""
        ...

    @property
    def alone(self) -> bool:
        """Whether there is no other process to hear us, as far as we know."""
        ...

    def publish(self, channel: str, message: bytes) -> None:
        """Never blocks and never fails: what cannot be carried becomes a `GAP` for those who miss it."""
        ...

    def tell(self, channel: str, make: Callable[[], bytes]) -> None:
        """For the other processes only, which is all that one registry has to say to the others'. `make` is not called
        while nobody hears it; who comes later learns that he missed something."""
        ...

    def subscribe(self, channel: str) -> Subscription:
        """Listens from now on; use it as a context manager, so that it is given back."""
        ...

    def listen(self, channel: str, hear: Callable[[Heard], None]) -> Listener:
        """As `subscribe`, for a word that only wakes somebody up; a context manager too."""
        ...

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class InProcessBus:
    """The bus of a hub that is alone, and of most tests."""

    def __init__(self) -> None:
        self._board = Board()

    @property
    def up(self) -> bool:
        return True

    @property
    def alone(self) -> bool:
        """In tests several hubs share it."""
        return False

    def publish(self, channel: str, message: bytes) -> None:
        if len(message) > MAX_MESSAGE_BYTES:
            self._board.gap(channel)
        else:
            self._board.deliver(channel, message)

    def tell(self, channel: str, make: Callable[[], bytes]) -> None:
        self.publish(channel, make())

    def subscribe(self, channel: str) -> Subscription:
        return self._board.add(channel)

    def listen(self, channel: str, hear: Callable[[Heard], None]) -> Listener:
        return self._board.listen(channel, hear)

    async def start(self) -> None:
        pass

    async def aclose(self) -> None:
        self._board.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
