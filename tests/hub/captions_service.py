"""A recogniser for the hub's tests that says what the test tells it to, over the real protocol and a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve


class Ear:
    """One connection of the hub: what it heard, and what the test lets it answer."""

    def __init__(self, ws: ServerConnection, hello: dict[str, Any]) -> None:
        self.ws, self.hello = ws, hello
        self.sound = b""
        self.ended = False
        self._moved = asyncio.Event()
        self.last_words: list[tuple[float, float, str]] = []

    async def says(self, start: float, end: float, text: str, *, final: bool) -> None:
        segment = {"start": f"{start:.3f}", "end": f"{end:.3f}", "text": f" {text}", "completed": final}
        await self.ws.send(json.dumps({"uid": self.hello["uid"], "segments": [segment]}))

    async def heard(self, seconds: float) -> None:
        async with asyncio.timeout(5):
            while len(self.sound) < seconds * 64_000:
                self._moved.clear()
                await self._moved.wait()

    async def listen(self) -> None:
        async for frame in self.ws:
            if frame == b"END_OF_AUDIO":
                self.ended = True
                for start, end, text in self.last_words:
                    await self.says(start, end, text, final=True)
                return
            assert isinstance(frame, bytes)
            self.sound += frame
            self._moved.set()


class Recogniser:
    def __init__(self) -> None:
        self.ears: asyncio.Queue[Ear] = asyncio.Queue()
        self.refuse = False
        self._server: Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/secret"

    async def ear(self) -> Ear:
        """The next connection of the hub."""
        async with asyncio.timeout(10):
            return await self.ears.get()

    async def _serve(self, ws: ServerConnection) -> None:
        hello = json.loads(await ws.recv())
        if self.refuse:
            await ws.send(json.dumps({"uid": hello["uid"], "status": "WAIT", "message": 0.01}))
            return
        ear = Ear(ws, hello)
        await ws.send(json.dumps({"uid": hello["uid"], "message": "SERVER_READY", "backend": "phien-test"}))
        self.ears.put_nowait(ear)
        await ear.listen()

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, close_timeout=0.1)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Recogniser]:
        await self.start()
        try:
            yield self
        finally:
            await self.stop()
