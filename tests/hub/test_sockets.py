"""One contract for a connection, held by the fast way and by plain ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import apply_mask

from hub import sockets, turns
from hub.sockets import EXTENSION, PLAIN, FastProtocol, fast_or_plain
from realtime import Connection, PlainConnection, framed
from realtime.sink import DRAINED_BYTES, FULL_BYTES, messages_in

pytestmark = pytest.mark.anyio

MAX_SIZE = 1 << 20


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Door:
    """A server whose only route gives each connection to the test."""

    def __init__(self) -> None:
        self.address = ""
        self.heard: list[bytes | str] = []
        self.connection: Connection | None = None
        self.accepted = asyncio.Event()
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.opened = asyncio.Event()
        self.drained = asyncio.Event()
        self.gone = asyncio.Event()
        self.close_with: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.left = asyncio.Event()
        self.fails_at: bytes | None = None

    def hear(self, message: bytes | str) -> None:
        if message == self.fails_at:
            raise RuntimeError("a fault of ours")
        self.heard.append(message)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        self.accepted.set()
        await self.may_open.wait()
        fast = scope["extensions"].get(EXTENSION)
        self.connection = fast["connection"] if fast else PlainConnection(_in(receive), _out(send))
        assert self.connection is not None
        self.connection.open(self.hear, self.drained.set, self.gone.set)
        self.opened.set()
        ended = asyncio.create_task(self.gone.wait())
        await asyncio.wait({ended, self.close_with}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        await self.connection.release()
        if self.close_with.done():
            with contextlib.suppress(OSError):
                async with asyncio.timeout(2):
                    await send({"type": "websocket.close", "code": self.close_with.result(), "reason": "đủ rồi"})
        self.left.set()

    async def heard_so_many(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count)


def _in(receive: Any) -> Any:
    async def next_message() -> bytes | str | None:
        message = await receive()
        if message["type"] != "websocket.receive":
            return None
        return message["bytes"] if message.get("bytes") is not None else str(message["text"])

    return next_message


def _out(send: Any) -> Any:
    async def send_message(message: bytes | str) -> None:
        kind = "text" if isinstance(message, str) else "bytes"
        try:
            await send({"type": "websocket.send", kind: message})
        except OSError as error:
            raise ConnectionError("gone") from error

    return send_message


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    with anyio.fail_after(seconds):
        while not true():
            await anyio.sleep(0.002)


@pytest.fixture(params=["fast", "in turns", "plain"])
async def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    opened = Door()
    if request.param == "in turns":  # from the first message on
        for name, value in {"LOOK_EVERY": 1, "BUSY": 0.0, "CALM": 0.0}.items():
            monkeypatch.setattr(turns, name, value)
    config = uvicorn.Config(
        opened, port=0, lifespan="off", log_config=None, ws=PLAIN if request.param == "plain" else FastProtocol,
        ws_per_message_deflate=False, ws_max_size=MAX_SIZE,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    opened.address = f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield opened
    server.should_exit = True
    with anyio.fail_after(10):
        await serving


@contextlib.asynccontextmanager
async def client(door: Door) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{door.address}/", compression=None, max_size=None, proxy=None) as socket:
        yield socket


class Raw:
    """A client of bytes: frames as the test makes them, cut where it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes, cuts: random.Random | None = None) -> None:
        at = 0
        while at < len(data):
            step = cuts.choice((1, 2, 3, 5, 7, 50, 4000)) if cuts else len(data)
            self.writer.write(data[at : at + step])
            await self.writer.drain()
            await asyncio.sleep(0)
            at += step


@contextlib.asynccontextmanager
async def raw(door: Door) -> AsyncIterator[Raw]:
    host, port = door.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET / HTTP/1.1\r\nhost: {door.address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer
    yield Raw(reader, writer)
    writer.transport.abort()


def masked(payload: bytes, first: int = 0x82) -> bytes:
    mask, size = os.urandom(4), len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0x80 | 126)) + struct.pack("!H", size)
    else:
        head = bytes((first, 0x80 | 127)) + struct.pack("!Q", size)
    return head + mask + apply_mask(payload, mask)


# --- the contract ---


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
async def test_a_message_of_any_size_goes_each_way(door: Door, size: int) -> None:
    message = os.urandom(size)
    async with client(door) as socket:
        await socket.send(message)
        await door.heard_so_many(1)
        assert door.connection is not None
        door.connection.write(framed(message))
        got = await socket.recv()

    assert door.heard == [message]
    assert got == message


async def test_text_is_text_each_way(door: Door) -> None:
    async with client(door) as socket:
        await socket.send("Nghị quyết 🎉")
        await door.heard_so_many(1)
        assert door.connection is not None
        door.connection.write(framed("đã thông qua".encode(), text=True))
        got = await socket.recv()

    assert door.heard == ["Nghị quyết 🎉"]
    assert got == "đã thông qua"


async def test_several_frames_in_one_write_are_several_messages(door: Door) -> None:
    async with client(door) as socket:
        await door.opened.wait()
        assert door.connection is not None
        door.connection.write(framed(b"a") + framed(b"b" * 200) + framed(b"c" * 70_000))
        got = [await socket.recv() for _ in range(3)]

    assert got == [b"a", b"b" * 200, b"c" * 70_000]


async def test_what_came_before_anybody_listened_is_heard_in_order(door: Door) -> None:
    door.may_open.clear()
    said = [bytes([n]) * (n * 100) for n in range(1, 30)]
    async with client(door) as socket:
        await door.accepted.wait()
        for message in said:
            await socket.send(message)
        door.may_open.set()
        await door.heard_so_many(len(said))

    assert door.heard == said


async def test_a_message_in_fragments_with_a_ping_between_is_one(door: Door) -> None:
    async with raw(door) as peer:
        await peer.say(masked(b"before"))
        await peer.say(masked(b"mot ", 0x02) + masked(b"ping", 0x89) + masked(b"hai ", 0x00) + masked(b"ba", 0x80))
        await peer.say(masked(b"after"))
        await door.heard_so_many(3)
        pong = await peer.reader.readexactly(6)

    assert door.heard == [b"before", b"mot hai ba", b"after"]
    assert pong == b"\x8a\x04ping"


@pytest.mark.parametrize("seed", range(6))
async def test_wherever_the_bytes_are_cut_the_same_is_heard(door: Door, seed: int) -> None:
    drawn = random.Random(seed)
    said: list[bytes | str] = []
    sent = b""
    for _ in range(120):
        payload = drawn.randbytes(drawn.choice((0, 3, 40, 125, 126, 700, 5000)))
        kind = drawn.random()
        if kind < 0.6:
            sent, said = sent + masked(payload), [*said, payload]
        elif kind < 0.75:
            words = "đại biểu " * drawn.randint(0, 30)
            sent, said = sent + masked(words.encode(), 0x81), [*said, words]
        elif kind < 0.9:
            sent += masked(payload[:100], drawn.choice((0x89, 0x8A)))
        elif seed % 2:  # a fragmented message; from then on the library reads this connection
            sent, said = sent + masked(payload, 0x02) + masked(b"", 0x00) + masked(b"!", 0x80), [*said, payload + b"!"]
    async with raw(door) as peer:
        await peer.say(sent, drawn)
        await door.heard_so_many(len(said))

    assert door.heard == said


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (framed(b"not masked"), 1002),
        (masked(b"reserved bit", 0xC2), 1002),
        (masked(b"unknown kind", 0x83), 1002),
        (masked(b"\xff\xfe not utf-8", 0x81), 1007),
        (b"\x82\xff" + struct.pack("!Q", MAX_SIZE + 1) + bytes(4), 1009),
        (masked(b"continues nothing", 0x80), 1002),
    ],
)
async def test_what_no_client_may_send_ends_the_connection_with_a_code(door: Door, frame: bytes, code: int) -> None:
    async with raw(door) as peer:
        await peer.say(masked(b"fine"))
        await door.heard_so_many(1)
        await peer.say(frame + masked(b"too late"))
        with anyio.fail_after(5):
            head = await peer.reader.readexactly(4)
            await door.gone.wait()

    assert head[0] == 0x88
    assert struct.unpack("!H", head[2:]) == (code,)
    assert door.heard == [b"fine"]


async def test_who_leaves_is_gone_politely_or_not(door: Door) -> None:
    async with client(door) as socket:
        await door.opened.wait()
        await socket.close(1000)
        with anyio.fail_after(5):
            await door.left.wait()


async def test_who_vanishes_is_gone_and_takes_what_is_written_in_silence(door: Door) -> None:
    async with raw(door):
        await door.opened.wait()
    with anyio.fail_after(5):
        await door.gone.wait()

    assert door.connection is not None
    door.connection.write(framed(b"nobody"))


async def test_who_reads_nothing_fills_the_sink_and_drains_it_when_he_reads(door: Door) -> None:
    async with raw(door) as peer:
        await door.opened.wait()
        assert door.connection is not None
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        written = 0
        with anyio.fail_after(10):
            while not door.connection.full:
                door.connection.write(framed(bytes(50_000)))
                written += len(framed(bytes(50_000)))
                await asyncio.sleep(0)
        assert door.connection.waiting() > FULL_BYTES // 2
        assert not door.drained.is_set()

        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        with anyio.fail_after(10):
            got = await peer.reader.readexactly(written)
            await door.drained.wait()
        assert not door.connection.full
        assert door.connection.waiting() <= DRAINED_BYTES

    assert all(message == bytes(50_000) for message in messages_in(got))


async def test_who_reads_nothing_is_sent_away_all_the_same(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0.05)
    async with raw(door) as peer:
        await door.opened.wait()
        assert door.connection is not None
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        with anyio.fail_after(10):
            while not door.connection.full:
                door.connection.write(framed(bytes(50_000)))
                await asyncio.sleep(0)
        door.close_with.set_result(1013)
        with anyio.fail_after(5):
            await door.left.wait()


async def test_the_code_of_a_close_arrives(door: Door) -> None:
    async with client(door) as socket:
        await door.opened.wait()
        door.close_with.set_result(4403)
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert (socket.close_code, socket.close_reason) == (4403, "đủ rồi")


async def test_who_is_held_is_not_heard_until_it_goes_on(door: Door) -> None:
    async with client(door) as socket:
        await socket.send(b"1")
        await door.heard_so_many(1)
        assert door.connection is not None
        door.connection.hold()
        for _ in range(20):
            await socket.send(b"2" * 1000)
        await socket.ping()
        heard = len(door.heard)
        door.connection.go_on()
        await door.heard_so_many(21)

    assert heard <= 2  # the plain way may have taken one more off the socket before it was held


# --- read in turns ---


async def crowd_typing(door: Door, peer: Raw, so_many: int) -> None:
    before = len(door.heard)
    for n in range(so_many):
        await peer.say(masked(b"%d" % n))
        await door.heard_so_many(before + n + 1)


@pytest.mark.parametrize("door", ["fast"], indirect=True)
async def test_a_busy_hub_reads_in_turns_and_a_quiet_one_as_it_comes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "BUSY", 5.0)
    monkeypatch.setattr(turns, "CALM", 1e9)  # never busy enough to go on with it
    monkeypatch.setattr(turns, "CALM_SECONDS", 0.05)
    ours = turns.turns()
    async with raw(door) as peer:
        await crowd_typing(door, peer, turns.LOOK_EVERY - 1)
        assert ours.slack == 0
        while not ours.slack:
            await crowd_typing(door, peer, 1)

        await crowd_typing(door, peer, 20)
        await until(lambda: ours.slack == 0)
        await crowd_typing(door, peer, 3)

    assert door.heard[-3:] == [b"0", b"1", b"2"]


@pytest.mark.parametrize("door", ["in turns"], indirect=True)
async def test_a_fault_met_in_a_turn_ends_its_own_connection_and_the_turns_go_on(door: Door) -> None:
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    async with raw(door) as peer:
        await peer.say(masked(b"fine"))
        await door.heard_so_many(1)
        door.fails_at = b"broken"
        await peer.say(masked(b"broken"))
        with contextlib.suppress(ConnectionError):  # cut off one way or the other
            assert await peer.reader.read() == b""
    door.gone = asyncio.Event()
    async with raw(door) as other:
        await other.say(masked(b"still here"))
        await door.heard_so_many(2)

    assert door.heard == [b"fine", b"still here"]
    assert [str(fault["exception"]) for fault in faults] == ["a fault of ours"]


# --- which of them ---


async def test_the_fast_way_is_taken_with_the_installed_uvicorn() -> None:
    assert await fast_or_plain() is FastProtocol


async def test_a_uvicorn_it_does_not_fit_gets_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FastProtocol, "_read", lambda self, data: None)
    monkeypatch.setattr(sockets, "TRIAL_SECONDS", 0.3)

    assert await fast_or_plain() == PLAIN
