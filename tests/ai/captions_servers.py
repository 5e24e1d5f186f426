"""Servers to test the client against: a scripted one for what goes wrong, and a wire that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from ai.captions import Caption, Listener, News

Part = Callable[["Conversation"], Awaitable[None]]


class Conversation:
    """One connection of the client, from the server's side."""

    def __init__(self, ws: ServerConnection, hello: dict[str, Any]) -> None:
        self.ws, self.hello = ws, hello
        self.sound = b""
        self.ended = False

    async def say(self, **message: object) -> None:
        await self.ws.send(json.dumps({"uid": self.hello["uid"], **message}))

    async def ready(self, backend: str = "scripted") -> None:
        await self.say(message="SERVER_READY", backend=backend)

    async def segments(self, *segments: tuple[float, float, str, bool]) -> None:
        await self.say(
            segments=[
                {"start": f"{a:.3f}", "end": f"{b:.3f}", "text": f" {t}", "completed": c} for a, b, t, c in segments
            ]
        )

    async def hear(self, seconds: float) -> None:
        """Until so much sound of this connection has come."""
        width = 4 if self.hello["audio_format"] == "float32" else 2
        while len(self.sound) < seconds * 16_000 * width:
            await self._frame()

    async def hear_end(self) -> None:
        while not self.ended:
            await self._frame()

    async def _frame(self) -> None:
        frame = await self.ws.recv()
        assert isinstance(frame, bytes)
        if frame == b"END_OF_AUDIO":
            self.ended = True
        else:
            self.sound += frame


class Scripted:
    """Plays one part for each connection, in order; a failed part fails the test."""

    def __init__(self, *parts: Part) -> None:
        self.parts = list(parts)
        self.conversations: list[Conversation] = []
        self.failures: list[BaseException] = []
        self.url = ""

    async def _play(self, ws: ServerConnection) -> None:
        conversation = Conversation(ws, json.loads(await ws.recv()))
        self.conversations.append(conversation)
        try:
            await self.parts.pop(0)(conversation)
        except (AssertionError, IndexError) as failure:
            self.failures.append(failure)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Scripted]:
        async with serve(self._play, "127.0.0.1", 0, compression=None, close_timeout=0.1) as server:
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/captions?key=1"
            yield self
        assert not self.failures, self.failures


class CuttableWire:
    """A relay in front of a server whose connections a test can cut, and which it can hold down."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._open: set[asyncio.StreamWriter] = set()
        self.down = False
        self.port = 0

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        self._open |= {writer, there_writer}

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while block := await source.read(65536):
                    target.write(block)
                    await target.drain()
            target.close()

        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
        self._open -= {writer, there_writer}

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[CuttableWire]:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()


async def all_news(listener: Listener, seconds: float = 20) -> list[News]:
    async with asyncio.timeout(seconds):
        return [news async for news in listener]


async def until(listener: Listener, wanted: Callable[[News], bool], seconds: float = 20) -> list[News]:
    """The news up to the wanted one."""
    heard: list[News] = []
    async with asyncio.timeout(seconds):
        async for news in listener:
            heard.append(news)
            if wanted(news):
                return heard
    raise AssertionError(f"never told; heard {heard}")


def finals(news: list[News]) -> list[Caption]:
    return [one for one in news if isinstance(one, Caption) and one.final]


def partials(news: list[News]) -> list[Caption]:
    return [one for one in news if isinstance(one, Caption) and not one.final]
