"""One plain page over HTTP, beside ``serve --lan``: where a phone fetches the authority before it can trust HTTPS.

It serves the page and the certificate and nothing else, to whoever asks: both are public.
"""

import asyncio
import contextlib
import html
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from hub import lan

REQUEST_SECONDS: Final = 10.0
VISITORS: Final = 64  # at once
PAGE: Final = Path(__file__).with_name("authority.html")


class AuthorityPage:
    """An async context manager that gives the page's address. On the port after the hub's, or any free one."""

    def __init__(self, authority: Path, hub_url: str) -> None:
        self._certificate = lan.download(authority)
        self._hub = hub_url
        self._server: asyncio.Server | None = None
        self._visitors = asyncio.Semaphore(VISITORS)

    async def __aenter__(self) -> str:
        hub = urlsplit(self._hub)
        try:
            self._server = await asyncio.start_server(self._answer, "0.0.0.0", (hub.port or 8400) + 1)  # noqa: S104
        except OSError:
            self._server = await asyncio.start_server(self._answer, "0.0.0.0", 0)  # noqa: S104
        return f"http://{hub.hostname}:{self._server.sockets[0].getsockname()[1]}/"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with self._visitors, asyncio.timeout(REQUEST_SECONDS):
                try:
                    asked = await reader.readuntil(b"\r\n\r\n")
                except (asyncio.LimitOverrunError, ValueError):
                    return
                writer.write(self._response(asked.split(b" ", 2)[1] if asked.startswith(b"GET ") else b""))
                await writer.drain()

    def _response(self, path: bytes) -> bytes:
        if path == b"/phien.crt":
            return _http("200 OK", "application/x-x509-ca-cert", self._certificate)
        if path == b"/":
            page = PAGE.read_text("utf-8").replace("{hub}", html.escape(self._hub, quote=True))
            return _http("200 OK", "text/html; charset=utf-8", page.encode())
        return _http("404 Not Found", "text/plain; charset=utf-8", b"404\n")


def _http(status: str, media: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {len(body)}\r\n"
    return (head + "cache-control: no-store\r\nconnection: close\r\n\r\n").encode() + body
