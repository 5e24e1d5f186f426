"""Screens that follow a meeting's line, and people who read its pages, all in one process beside the hub."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from urllib.parse import urlsplit


class Screen(asyncio.Protocol):
    """Notes when each event came, and reads with as little as can be: 500 of them must not cost more than the hub."""

    EVENT = re.compile(rb'"type":"told","seq":(\d+)')

    def __init__(self, host: str, path: str, headers: dict[str, str]) -> None:
        lines = [f"GET {path} HTTP/1.1", f"host: {host}", "upgrade: websocket", "connection: upgrade"]
        lines += ["sec-websocket-version: 13", f"sec-websocket-key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._hello = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._rest = b""
        self.ready = asyncio.Event()
        self.came: dict[int, float] = {}
        """When each event came here, by its number."""
        self.transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._rest += data
        if not self.ready.is_set() and b'"type":"ready"' in self._rest:
            self.ready.set()
        end = 0
        for event in self.EVENT.finditer(self._rest):
            end = event.end()
            self.came.setdefault(int(event[1]), now)
        self._rest = self._rest[end:][-4096:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def leave(self) -> None:
        if self.transport is not None:
            self.transport.abort()


async def follow(address: str, path: str, cookie: str) -> Screen:
    """A screen that has all there was up to now."""
    where = urlsplit(address)
    host, port = where.hostname or "", where.port or 80
    _, screen = await asyncio.get_running_loop().create_connection(
        lambda: Screen(f"{host}:{port}", path, {"cookie": cookie, "origin": address}), host, port
    )
    async with asyncio.timeout(60):
        await screen.ready.wait()
    return screen


class Reader:
    """One keep-alive connection that asks for pages, as a browser does."""

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        self._host, self._port = where.hostname or "", where.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, cookie: str) -> tuple[float, int, int]:
        """Seconds, status and bytes."""
        began = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"GET {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\ncookie: {cookie}\r\n\r\n"
        async with asyncio.timeout(60):
            writer.write(head.encode())
            await writer.drain()
            said = await reader.readuntil(b"\r\n\r\n")
            lines = said.decode("latin-1").lower().split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
            await reader.readexactly(length)
        return time.perf_counter() - began, int(said.split(b" ", 2)[1]), length

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
