"""A running installation and the people who open it in a browser."""

import asyncio
import os
import shutil
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import anyio
import httpx
import psycopg
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from hub.folder import DataFolder

PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 820, "height": 1180}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
START_SECONDS = 90


def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("chromium is needed for the browser journeys: apt-get install chromium")


class Site:
    """``phien serve`` in its own process and data folder, with the sample."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder, self.environ = folder, environ
        self.address = ""
        self.process: asyncio.subprocess.Process | None = None
        self.output: list[str] = []
        self._reader: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("PHIEN_")}
        environ |= {"PHIEN_DATA": str(self.folder), "PHIEN_PORT": str(port), **self.environ}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub.cli", "serve", env=environ, cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        ready = asyncio.Event()
        self._reader = asyncio.create_task(self._read(ready))
        try:
            with anyio.fail_after(START_SECONDS):
                await ready.wait()
        except TimeoutError:
            raise RuntimeError("the hub did not start:\n" + "\n".join(self.output[-40:])) from None
        if not self.address:
            raise RuntimeError("the hub ended while starting:\n" + "\n".join(self.output[-40:]))

    async def _read(self, ready: asyncio.Event) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip()
            self.output.append(text)
            if " is ready after " in text:
                self.address = text.rsplit(" ", 1)[1]
            if "SIGTERM to process" in text or "Ctrl-C stops it" in text:
                ready.set()
        ready.set()

    async def kill(self) -> None:
        """SIGKILL, as a power cut does to the hub."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            with anyio.move_on_after(20):
                await self.process.wait()
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
        if self._reader is not None:
            await self._reader

    async def restart(self) -> None:
        """On the same port, so that open pages find it again."""
        port = int(self.address.rsplit(":", 1)[1])
        await self.start(port)

    @property
    def conninfo(self) -> str:
        running = DataFolder(self.folder).running()
        assert running is not None
        return running.database

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo) as conn:
            return conn.execute(query.encode(), parameters).fetchall()

    def write(self, statement: str, *parameters: Any) -> None:
        """What a test needs to happen behind the hub's back: a session that ends, a password for somebody."""
        with psycopg.connect(self.conninfo) as conn:
            conn.execute(statement.encode(), parameters)

    def username(self, who: str) -> str:
        """``who``: a username, or chair, secretary, delegate of the meeting that is about to begin."""
        if who in ("chair", "secretary", "delegate"):
            found = self.rows(
                "SELECT u.username FROM participant p JOIN app_user u ON u.id = p.user_id"
                " WHERE p.meeting_id = %s AND p.role = %s ORDER BY p.position LIMIT 1",
                self.meeting_id, who,
            )  # fmt: skip
            return str(found[0][0])
        return who

    @property
    def meeting_id(self) -> UUID:
        """The sample's meeting that is about to begin (or runs)."""
        found = self.rows(
            "SELECT id FROM meeting WHERE state IN ('published', 'running') ORDER BY starts_at, id LIMIT 1"
        )
        return UUID(str(found[0][0]))

    def session(self, who: str) -> tuple[str, str]:
        """(cookie name, value) of a new session."""
        from datetime import UTC, datetime, timedelta

        from hub import auth
        from hub.installation import read_installation

        token, now = auth.new_token(), datetime.now(UTC)
        with psycopg.connect(self.conninfo) as conn:
            conn.execute(
                "INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at)"
                " SELECT %s, id, %s, %s, %s FROM app_user WHERE username = %s",
                (auth.token_hash(token), now, now, now + timedelta(hours=12), self.username(who)),
            )
        return auth.cookie_name(read_installation(self.conninfo)), token

    def http(self, who: str) -> httpx.AsyncClient:
        """An API client of somebody; ask /api/csrf first where something is changed."""
        name, token = self.session(who)
        return httpx.AsyncClient(base_url=self.address, cookies={name: token}, timeout=20)

    async def call(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        async with self.http(who) as http:
            csrf = (await http.get("/api/csrf")).json()["token"]
            return await http.request(method, path, json=body, headers={"x-csrf-token": csrf})


class People:
    """Opens pages as somebody; closes them all at the end and fails on an error in a page's console."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        self.errors: list[str] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if error is None:
            assert self.errors == []

    async def context(self, who: str | None, viewport: ViewportSize = DESKTOP, **more: Any) -> BrowserContext:
        context = await self.browser.new_context(
            viewport=viewport, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **more
        )
        self._stack.push_async_callback(context.close)
        context.set_default_timeout(15_000)
        if who is not None:
            name, token = self.site.session(who)
            await context.add_cookies([{"name": name, "value": token, "url": self.site.address, "httpOnly": True}])
        return context

    async def page(self, who: str | None, path: str = "/", viewport: ViewportSize = DESKTOP, **more: Any) -> Page:
        context = await self.context(who, viewport, **more)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{who}: {error}"))
        await page.goto(self.site.address + path)
        return page
