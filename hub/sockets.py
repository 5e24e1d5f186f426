"""WebSockets that cost little: uvicorn's own protocol with a short way in and out.

A frame from a client goes straight to who listens, and a ready frame straight to the transport. The handshake, control
frames and everything unusual stay with uvicorn and the websockets library. `fast_or_plain` tries it on the installed
uvicorn before the hub opens; if it does not hold there, connections go over plain ASGI and only cost more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import structlog
import uvicorn
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.turns import turns
from realtime import Connection, PlainConnection
from realtime.sink import BINARY, DRAINED_BYTES, FULL_BYTES, NOWHERE, SLOW_BYTES, TEXT, Hear

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

log = structlog.get_logger()

PLAIN: Final = "websockets-sansio"
EXTENSION: Final = "phien.connection"
FAREWELL_SECONDS: Final = 5.0
"""Who reads nothing is given so long to read why he is sent away."""
TRIAL_SECONDS: Final = 5.0


def connection_of(socket: WebSocket[Any, Any, Any]) -> Connection:
    """Both ways of an accepted socket, the fast ones where the server has them."""
    extensions: Any = socket.scope.get("extensions") or {}
    fast = extensions.get(EXTENSION)
    return fast["connection"] if fast else PlainConnection(_receive(socket), _send(socket))


def _receive(socket: WebSocket[Any, Any, Any]) -> Any:
    async def receive() -> bytes | str | None:
        message: Any = await socket.receive()
        if message["type"] != "websocket.receive":
            return None
        data = message.get("bytes")
        return data if data is not None else str(message.get("text") or "")

    return receive


def _send(socket: WebSocket[Any, Any, Any]) -> Any:
    async def send(message: bytes | str) -> None:
        try:
            await socket.send_data(message, mode="text" if isinstance(message, str) else "binary")
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            raise ConnectionError("gone") from error

    return send


class FastProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol for one socket, and the `Connection` of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slow = False
        self._full = False
        self.write: Callable[[bytes], None] = NOWHERE.write
        self.waiting: Callable[[], int] = NOWHERE.waiting
        self._quick = False
        """Whole messages in one frame are read here; False before the handshake and after anything unusual."""
        self._turns = turns()
        self._rest = bytearray()
        self._wanted = 0
        self._hear: Hear | None = None
        self._drained: Callable[[], None] | None = None
        self._gone: Callable[[], None] | None = None

    # --- as a Connection ---

    @property
    def full(self) -> bool:
        if self.slow and not self._full:
            self._full = self.waiting() > FULL_BYTES
        return self._full

    def open(self, hear: Hear, drained: Callable[[], None], gone: Callable[[], None]) -> None:
        self._drained, self._gone = drained, gone
        while not self.queue.empty():
            message: Any = self.queue.get_nowait()
            if message["type"] == "websocket.disconnect":
                gone()
            else:
                data = message.get("bytes")
                hear(data if data is not None else message["text"])
        self._hear = hear
        if self.disconnected:
            gone()
        elif self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def hold(self) -> None:
        self._turns.leave(self)
        if not self.disconnected:
            self.transport.pause_reading()

    def go_on(self) -> None:
        if not self.disconnected:
            self.transport.resume_reading()

    async def release(self) -> None:
        self._hear = self._drained = self._gone = None
        self.write, self.waiting = NOWHERE.write, NOWHERE.waiting

    # --- read in turns ---

    @property
    def readable(self) -> bool:
        return self._quick and self._hear is not None and not self.close_sent

    def take(self, data: bytes) -> None:
        held = len(data)
        if held > 6 and data[0] == BINARY and not self._rest and self._hear and not self.close_sent:
            if 0x80 < data[1] < 0xFE and held == data[1] - 0x7A:
                self._hear(apply_mask(data[6:], data[2:6]))  # a keystroke
                return
            if data[1] == 0xFE and held > 8 and held == (data[2] << 8 | data[3]) + 8:
                self._hear(apply_mask(data[8:], data[4:8]))  # a cursor; these two are nearly all that ever comes
                return
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return
            data = bytes(self._rest)
            self._rest.clear()
        self._read(data)

    # --- as uvicorn's protocol ---

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=SLOW_BYTES, low=DRAINED_BYTES)
        self.write, self.waiting = transport.write, transport.get_write_buffer_size

    async def run_asgi(self) -> None:
        extensions: Any = self.scope["extensions"]
        extensions[EXTENSION] = {"connection": self}
        self._app, self.app = self.app, self._run
        await super().run_asgi()

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
        """Cut off when the hub goes down is no error: hundreds of them written out as such held up the going down."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._app(scope, receive, send)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close" and self.full and not self.disconnected:
            self.writable.set()  # who reads nothing keeps neither the farewell waiting nor the connection open
            self.loop.call_later(FAREWELL_SECONDS, self.transport.abort)
        await super().send(message)
        if message["type"] == "websocket.accept":
            self._quick = self.handshake_complete

    def pause_writing(self) -> None:
        super().pause_writing()
        self.slow = True

    def resume_writing(self) -> None:
        super().resume_writing()
        was_full, self.slow, self._full = self._full, False, False
        if was_full and self._drained is not None:
            self._drained()

    def keepalive_timeout(self) -> None:
        """Who answers no ping is gone, whatever waits for him: TCP alone would keep him for a quarter of an hour."""
        super().keepalive_timeout()
        self.loop.call_later(FAREWELL_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._turns.leave(self)
        super().connection_lost(exc)
        self._leave()

    def handle_close(self, event: Any) -> None:
        super().handle_close(event)
        self._leave()

    def shutdown(self) -> None:
        super().shutdown()
        self._leave()

    def data_received(self, data: bytes) -> None:
        if self._quick:
            self._turns.heard(self)
            self.take(data)
        else:
            super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        if self._hear is None or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        if self.curr_msg_data_type == "text":
            try:
                text = data.decode()
            except UnicodeDecodeError:
                super().send_receive_event_to_app()  # refuses it with 1007
                return
            self.frames = []
            self._hear(text)
        else:
            self.frames = []
            self._hear(data)

    def _read(self, data: bytes) -> None:
        """Frames of whole messages, unmasked; the first that is something else goes to the library, and all after it,
        but for pings and the like, which go there alone."""
        at, end = 0, len(data)
        while at < end:
            head, size = 6, 0
            if end - at >= 2:
                size = data[at + 1] & 0x7F
                if size > 125:
                    width = 2 if size == 126 else 8
                    head += width
                    size = int.from_bytes(data[at + 2 : at + 2 + width])
            kind = data[at]
            whole = kind in (BINARY, TEXT) and size <= (self.config.ws_max_size or size)
            if self.close_sent or not (whole or kind in CONTROL) or (end - at >= 2 and data[at + 1] < 0x80):
                self._quick = False
                super().data_received(data[at:])
                return
            if end - at < head or end - at < head + size:
                self._rest += data[at:]
                self._wanted = head + size if end - at >= head else head
                return
            body = at + head
            if whole:
                self.curr_msg_data_type = "bytes" if kind == BINARY else "text"
                self.frames = [apply_mask(data[body : body + size], data[body - 4 : body])]
                self.send_receive_event_to_app()
            else:
                super().data_received(data[at : body + size])
            at = body + size

    def _leave(self) -> None:
        self.write, self.waiting = NOWHERE.write, NOWHERE.waiting
        if self._gone is not None:
            self._gone()


CONTROL: Final = (0x89, 0x8A)
"""Ping and pong. A close is the last there is, so it may as well go to the library with all behind it."""


async def fast_or_plain() -> Any:
    """What to give uvicorn as `ws`."""
    try:
        async with asyncio.timeout(TRIAL_SECONDS):
            await _try_out()
    except Exception as error:  # noqa: BLE001  whatever is wrong with it, the plain way works
        log.warning("sockets.plain", uvicorn=uvicorn.__version__, error=repr(error))
        return PLAIN
    return FastProtocol


async def _try_out() -> None:
    """One client, one message each way, over a real socket."""
    from websockets.asyncio.client import connect

    from realtime import framed

    heard: asyncio.Future[bytes | str] = asyncio.get_running_loop().create_future()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        connection = scope["extensions"][EXTENSION]["connection"]
        gone = asyncio.Event()
        connection.open(heard.set_result, lambda: None, gone.set)
        connection.write(framed("xin chào".encode()))
        await gone.wait()

    from uvicorn.server import ServerState

    config = uvicorn.Config(app, ws=FastProtocol, log_config=None, lifespan="off", ws_per_message_deflate=False)
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    server = await loop.create_server(lambda: FastProtocol(config, state, {}), "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None) as client:
            await client.send(b"\x00" * 200)
            said = await client.recv()
            got = await heard
    finally:
        server.close()
        await server.wait_closed()
    if said != "xin chào".encode() or got != b"\x00" * 200:
        raise RuntimeError("not what was sent")
