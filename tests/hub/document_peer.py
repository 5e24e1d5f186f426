"""A Yjs peer on a document's socket, for tests of the hub."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import anyio
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.realtime.peers import Client
from tests.support import Person


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    with anyio.fail_after(seconds):
        while not true():
            await anyio.sleep(0.005)


class Peer:
    def __init__(self, client: Client, socket: ClientConnection) -> None:
        self.client, self.socket = client, socket
        self.synced = asyncio.Event()
        self.code: int | None = None
        self.reason = ""

    async def read(self) -> None:
        try:
            async for frame in self.socket:
                assert isinstance(frame, bytes)
                self.client.hear(frame)
                if frame[:2] == b"\x00\x01":
                    self.synced.set()
                await self.flush()
        except ConnectionClosed:
            pass
        self.code, self.reason = self.socket.close_code, self.socket.close_reason or ""
        self.client.disconnect()

    async def flush(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader tells with which code
            while self.client.to_send:
                await self.socket.send(self.client.to_send.popleft())

    async def type(self, words: str) -> None:
        self.client.type(words)
        await self.flush()

    async def saved(self, seconds: float = 10) -> None:
        await until(lambda: self.client.saved == self.client.sent > 0, seconds)

    async def closed(self) -> int | None:
        await until(lambda: self.code is not None)
        return self.code

    @property
    def text(self) -> str:
        return str(self.client.text)


@asynccontextmanager
async def peer(
    person: Person, document_id: UUID, seed: int = 1, *, client: Client | None = None
) -> AsyncIterator[Peer]:
    """Somebody's browser with the document open."""
    async with (
        person.socket(f"/ws/documents/{document_id}?saved=1") as socket,
        following(socket, seed, client) as joined,
    ):
        with anyio.fail_after(10):
            await joined.synced.wait()
        yield joined


@asynccontextmanager
async def following(socket: ClientConnection, seed: int = 1, client: Client | None = None) -> AsyncIterator[Peer]:
    joined = Peer(client or Client(seed), socket)
    joined.client.connect()
    reading = asyncio.create_task(joined.read())
    try:
        await joined.flush()
        yield joined
    finally:
        await socket.close()
        await reading
