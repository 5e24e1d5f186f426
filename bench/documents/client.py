"""One connection of the load generator: raw frames in, and when each edit that it carries was sent."""

from __future__ import annotations

import array
import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.documents import yjs

now = time.perf_counter
EDIT, CURSOR = 0, 1
CACHED_FRAMES = 3000

Seen = list[tuple[int, int, float]]
"""What a message brings: (EDIT or CURSOR, client, when it was sent)."""


@dataclass
class Target:
    """A server, as the generator finds it: `documents` are paths, `people` the headers of each signed-in person."""

    url: str
    hocuspocus: bool
    documents: list[str]
    people: list[dict[str, str]]


@dataclass
class Run:
    """What all connections of one measurement share."""

    target: Target
    sent: dict[tuple[int, int, int, int], float] = field(default_factory=dict)
    """(document, EDIT or CURSOR, client, clock): when."""
    seen: dict[int, dict[bytes, Seen]] = field(default_factory=dict)
    """By document: frames read once for all who get them."""
    edits: array.array[float] = field(default_factory=lambda: array.array("d"))
    cursors: array.array[float] = field(default_factory=lambda: array.array("d"))
    measuring: bool = False
    stride: int = 1
    """Clocks of one edit: the first stands for it."""

    async def connect(self, document: int, person: int = 0, writer: int = 0, patience: float = 60.0) -> Connection:
        made: list[Connection] = []

        def make() -> Connection:
            made.append(Connection(self, document, writer))
            return made[0]

        async with asyncio.timeout(patience):
            headers = self.target.people[person % len(self.target.people)] if self.target.people else {}
            path = self.target.documents[document]
            await ws_connect(
                make, f"{self.target.url}/{path}", extra_headers=headers, max_frame_size=64 << 20,
                websocket_handshake_timeout=patience,
            )  # fmt: skip
        return made[0]

    async def join(self, places: list[tuple[int, int, int]], at_once: int = 50) -> list[Connection]:
        """(document, person, writer) each, connected and synced."""
        room = asyncio.Semaphore(at_once)

        async def one(place: tuple[int, int, int]) -> Connection:
            async with room:
                connection = await self.connect(*place)
                async with asyncio.timeout(60.0):
                    await connection.joined
                return connection

        return list(await asyncio.gather(*map(one, places)))


class Connection(WSListener):  # type: ignore[misc]
    def __init__(self, run: Run, document: int, writer: int) -> None:
        self.run, self.document, self.writer = run, document, writer
        name = run.target.documents[document].partition("?")[0]
        self.prefix = yjs.blob(name.encode()) if run.target.hocuspocus else b""
        self.cache = run.seen.setdefault(document, {})
        self.began = now()
        self.joined: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.state = b""
        self.edits = self.cursors = self.frames = self.size = self.saved = 0
        self.kept: list[bytes] | None = None
        """Updates as they came, of the few whose document is put together at the end."""
        self.closed = False
        self.transport: WSTransport = None
        self._parts: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if self.run.target.hocuspocus:
            self.say(b"\x02\x00" + yjs.blob(b"token"))
        self.say(yjs.STEP_1)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed = True
        if not self.joined.done():
            self.joined.set_exception(ConnectionError("closed before the first sync"))

    def say(self, message: bytes) -> None:
        self.transport.send(WSMsgType.BINARY, self.prefix + message)

    def leave(self) -> None:
        if not self.closed:
            self.transport.disconnect()

    def stall(self) -> None:
        """Reads nothing any more."""
        self.transport.underlying_transport.pause_reading()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind not in (WSMsgType.BINARY, WSMsgType.CONTINUATION):
            if kind == WSMsgType.CLOSE:
                transport.disconnect()
            return
        data = frame.get_payload_as_bytes()
        self.frames += 1
        self.size += len(data)
        if self._parts or not frame.fin:
            self._parts.append(data)
            if not frame.fin:
                return
            data = b"".join(self._parts)
            self._parts = []
        known = self.cache.get(data)
        if known is None:
            known = self._read(data)
            if known is None:
                return
            if len(self.cache) > CACHED_FRAMES:
                self.cache.clear()
            self.cache[data] = known
        at, me, run = now(), self.writer, self.run
        if self.kept is not None and data[len(self.prefix)] != 1:
            self.kept.append(_update_in(data, len(self.prefix)))
        for what, client, sent in known:
            if client == me:
                continue
            if what == EDIT:
                self.edits += 1
                if run.measuring:
                    run.edits.append(at - sent)
            else:
                self.cursors += 1
                if run.measuring:
                    run.cursors.append(at - sent)

    def _read(self, data: bytes) -> Seen | None:
        at = len(self.prefix)
        kind = data[at]
        if kind in (0, 4):
            step = data[at + 1]
            if step == 0:
                self.say(yjs.NOTHING_TO_TELL)
                return None
            update = _update_in(data, at)
            if step == 1 and not self.joined.done():
                self.state = update
                self.joined.set_result(now())
                return None
            if step == 1 and len(update) <= 2:
                return None
            step = self.run.stride
            return self._sent(
                EDIT, ((c, k) for c, a, b in yjs.structs(update) for k in range(-(-a // step) * step, b, step))
            )
        if kind == 1:
            _, at = yjs.read_number(data, at + 1)
            return self._sent(CURSOR, yjs.cursor_entries(data[at:]))
        if kind in (8, 100):  # Hocuspocus' and our word for "I have it"; ours says it after the commit
            self.saved += 1
        return None

    def _sent(self, what: int, clocks: Any) -> Seen:
        sent, document = self.run.sent, self.document
        return [
            (what, client, at)
            for client, clock in clocks
            if (at := sent.get((document, what, client, clock))) is not None
        ]


def _update_in(data: bytes, at: int) -> bytes:
    size, at = yjs.read_number(data, at + 2)
    return data[at : at + size]
