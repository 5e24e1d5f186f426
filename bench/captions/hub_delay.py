"""What the hub adds: from the recogniser's message on the hub's socket to each screen, database and chain included.

The recogniser is a server of the protocol whose words are the time at which it said them. The hub is the real program
in its own process; the screens are sockets in this one, which read with as little as can be.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.captions.speech import cpu_seconds
from hub import auth
from hub.folder import DataFolder
from hub.installation import read_installation

ROOT = Path(__file__).resolve().parents[2]
PARTIAL_SECONDS = 0.43  # as viet-asr gives them
FINAL_EVERY = 8
LIMIT_MS = 50.0


@dataclass
class Clockwork:
    """Says the time, as partial words and now and then as final ones."""

    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    finals: int = 0
    partials: int = 0

    async def serve(self, ws: ServerConnection) -> None:
        hello = json.loads(await ws.recv())
        await ws.send(json.dumps({"uid": hello["uid"], "message": "SERVER_READY", "backend": "phien-clock"}))
        hearing = asyncio.create_task(self._hear(ws))
        self.ready.set()
        said, words = 0, "partial"
        while not self.stop.is_set():
            final = said % FINAL_EVERY == FINAL_EVERY - 1
            start = said // FINAL_EVERY * 4.0
            # A partial grows, as speech does: a word that changed would rightly be held back by the hub.
            words = f"final {time.perf_counter_ns()}" if final else f"{words} {time.perf_counter_ns()}"
            segment = {"start": f"{start:.3f}", "end": f"{start + 3:.3f}", "text": words, "completed": final}
            await ws.send(json.dumps({"uid": hello["uid"], "segments": [segment]}))
            if final:
                self.finals, words = self.finals + 1, "partial"
            else:
                self.partials += 1
            said += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PARTIAL_SECONDS):
                    await self.stop.wait()
        await hearing  # until the hub has ended it: a break here would be one more thing to measure

    async def _hear(self, ws: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for _ in ws:
                pass


@contextlib.asynccontextmanager
async def a_hub(captions: str) -> AsyncIterator[tuple[str, str, int]]:
    """(address, conninfo, process) of a hub without the sample."""
    with tempfile.TemporaryDirectory(prefix="phien-bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101 (the database's own user passes through)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PHIEN_")}
        environ |= {"PHIEN_DATA": folder, "PHIEN_PORT": "0", "PHIEN_CAPTIONS": captions}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub.cli", "serve", "--empty", env=environ, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(120):
                async for line in process.stdout:
                    if b" is ready after " in line:
                        break
            running = DataFolder(Path(folder)).running()
            assert running is not None, "the hub did not start"
            yield running.local, running.database, process.pid
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.communicate()


def a_meeting(conninfo: str) -> tuple[UUID, str]:
    """A running meeting and the cookie of its chair."""
    token, now = auth.new_token(), datetime.now(UTC)
    with psycopg.connect(conninfo) as conn:
        unit = conn.execute("INSERT INTO unit (name, kind) VALUES ('Xã Đo', 'commune') RETURNING id").fetchone()
        assert unit is not None
        chair = conn.execute(
            "INSERT INTO app_user (unit_id, username, name) VALUES (%s, 'chu.toa', 'Chủ tọa') RETURNING id", unit
        ).fetchone()
        assert chair is not None
        meeting = conn.execute(
            "INSERT INTO meeting (unit_id, title, kind, place, starts_at, ends_at, state)"
            " VALUES (%s, 'Đo', 'council', 'Hội trường', %s, %s, 'running') RETURNING id",
            (unit[0], now, now + timedelta(hours=3)),
        ).fetchone()
        assert meeting is not None
        conn.execute(
            "INSERT INTO participant (meeting_id, user_id, role) VALUES (%s, %s, 'chair')", (meeting[0], chair[0])
        )
        conn.execute(
            "INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at) VALUES (%s, %s, %s, %s, %s)",
            (auth.token_hash(token), chair[0], now, now, now + timedelta(hours=3)),
        )
    return meeting[0], f"{auth.cookie_name(read_installation(conninfo))}={token}"


Delays = dict[int, list[float]]
"""By the moment at which the recogniser said it: milliseconds until each screen had it."""


class Screen(asyncio.Protocol):
    """Reads its socket with as little as can be: 200 of them must not cost more than the hub that is measured."""

    SAID = re.compile(rb'"text":"(partial|final)[^"]* (\d+)"')

    def __init__(self, path: str, host: str, headers: dict[str, str], delays: dict[bytes, Delays]) -> None:
        lines = [f"GET {path} HTTP/1.1", f"host: {host}", "upgrade: websocket", "connection: upgrade"]
        lines += ["sec-websocket-version: 13", f"sec-websocket-key: {base64.b64encode(os.urandom(16)).decode()}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._hello = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._delays, self._rest = delays, b""
        self.ready = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        self._rest += data
        if not self.ready.is_set() and b'"type":"ready"' in self._rest:
            self.ready.set()
        end = 0
        for said in self.SAID.finditer(self._rest):
            at, end = int(said[2]), said.end()
            self._delays[said[1]].setdefault(at, []).append((now - at) / 1e6)
        self._rest = self._rest[end:][-4096:]


async def measure(viewers: int, seconds: float) -> int:
    clock = Clockwork()
    partials: Delays = {}
    finals: Delays = {}
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(serve(clock.serve, "127.0.0.1", 0))
        port = next(iter(server.sockets)).getsockname()[1]
        address, conninfo, pid = await stack.enter_async_context(a_hub(f"ws://127.0.0.1:{port}"))
        meeting, cookie = a_meeting(conninfo)
        base = address.replace("http", "ws", 1) + f"/ws/meetings/{meeting}"
        headers = {"cookie": cookie, "origin": address}

        loop, host = asyncio.get_running_loop(), address.split("//")[1]
        path = f"/ws/meetings/{meeting}?after=0"
        screens: list[asyncio.Transport] = []
        for _ in range(viewers):
            transport, screen = await loop.create_connection(
                lambda: Screen(path, host, headers, {b"partial": partials, b"final": finals}), *host.split(":")
            )
            screens.append(transport)
            await screen.ready.wait()
        microphone = await stack.enter_async_context(
            connect(f"{base}/microphone", additional_headers=headers, compression=None)
        )
        cpu = cpu_seconds(pid)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await microphone.send(bytes(3200))
            await asyncio.sleep(0.1)
        cpu = cpu_seconds(pid) - cpu
        clock.stop.set()
        await asyncio.sleep(1)  # what is on its way arrives
        for transport in screens:  # before the microphone: its last words are nobody's measure
            transport.abort()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {viewers} screens, {seconds:.0f} s")
    sent = (clock.partials + clock.finals) * viewers
    print(f"hub: {cpu / seconds:.2f} cores, {cpu / sent * 1e6:.0f} µs of it a caption and screen")
    worst = 0.0
    for name, delays, told in (("partial", partials, clock.partials), ("final", finals, clock.finals)):
        found = sorted(delay for each in delays.values() for delay in each)
        share = len(found) / (told * viewers) * 100
        p50, p95 = found[len(found) // 2], found[int(len(found) * 0.95)]
        seen = f"{len(found):>7} seen ({share:.1f} %)"
        print(f"{name:<8} {seen}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, max {found[-1]:.1f} ms")
        first = statistics.median(min(each) for each in delays.values())
        last = statistics.median(max(each) for each in delays.values())
        print(f"{'':<8} the first screen has it after {first:.1f} ms, the last after {last:.1f} ms (medians)")
        worst = max(worst, p95)
    print(f"p95 {'under' if worst < LIMIT_MS else 'NOT under'} {LIMIT_MS:.0f} ms")
    return 0 if worst < LIMIT_MS else 1
