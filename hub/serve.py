"""``phien serve``: the house, the database brought up to date, the app, and uvicorn around it until a signal comes."""

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator
from ipaddress import IPv4Address
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
import msgspec
import structlog
import uvicorn
import uvloop

from hub import lan
from hub.children.supervisor import State, Supervisor
from hub.folder import DataFolder, Running
from hub.house import House
from hub.settings import Settings
from hub.site import check_site, open_door
from hub.stack import deepen_stack
from realtime.pace import until_beat

log = structlog.get_logger()

if TYPE_CHECKING:
    from hub.opening import Opened

Say = Callable[[str], None]
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104  # it is what --lan means
FRAME_BYTES: Final = (
    4 * 1024 * 1024 + 64 * 1024
)  # a little over what documents allow: they refuse with a code of theirs
GOODBYE_SECONDS: Final = 8  # for requests under way when a signal comes; sockets are told 1012 at once
BACKLOG: Final = 2048
TICK_SECONDS: Final = 1.0
PING_SECONDS: Final = 20.0  # between pings, and for an answer: a line that died in silence is gone after twice that


class Server(uvicorn.Server):
    """Signals are ours: uvicorn would raise them again before the children are stopped in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._open = asyncio.Event()
        self._leaving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._open.set()

    async def opened(self, serving: asyncio.Task[None]) -> bool:
        """Waits until it listens; False when the app refused to start (what it said is in the log)."""
        opening = asyncio.create_task(self._open.wait())
        await asyncio.wait({serving, opening}, return_when=asyncio.FIRST_COMPLETED)
        opening.cancel()
        return self.started

    def leave(self) -> None:
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """uvicorn's own looks ten times a second whether it is to leave; the date it writes changes once a second."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until_beat(TICK_SECONDS)):
                    await self._leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def serve(settings: Settings, *, empty: bool, phones: str | None, say: Say, tell: Say) -> int:
    """Blocks until the hub is told to stop. ``phones``: the address of ``--lan``, "" to find it, None without."""
    began = time.monotonic()
    deepen_stack()
    folder = DataFolder(settings.data)
    folder.prepare()
    with folder.held():
        host = EVERYWHERE if phones is not None else settings.host
        with open_door(host, settings.port) as door:
            check_site(settings, tell)
            reachable = msgspec.structs.replace(settings, host=host, port=door.getsockname()[1])
            if phones is not None:
                reachable = _for_phones(reachable, folder, phones)
            return uvloop.run(
                _serve(reachable, folder, door, empty=empty, phones=phones, say=say, tell=tell, began=began)
            )


def _for_phones(settings: Settings, folder: DataFolder, wanted: str) -> Settings:
    """HTTPS on every address, for the one phones will open."""
    address = lan.choose(wanted or None)
    reachable = msgspec.structs.replace(settings, url=settings.url or f"https://{address}:{settings.port}")
    if settings.tls_cert is not None:  # the site has a certificate of its own
        return reachable
    names: list[IPv4Address | str] = [address, *lan.addresses(), IPv4Address("127.0.0.1"), "localhost"]
    made = lan.certificates(folder.authority, [*dict.fromkeys(names), f"{socket.gethostname().split('.')[0]}.local"])
    return msgspec.structs.replace(reachable, tls_cert=made.leaf, tls_key=made.key)


async def _serve(
    settings: Settings,
    folder: DataFolder,
    door: socket.socket,
    *,
    empty: bool,
    phones: str | None,
    say: Say,
    tell: Say,
    began: float,
) -> int:
    leaving = _Leaving()
    try:
        async with contextlib.AsyncExitStack() as open_things:
            supervisor = await open_things.enter_async_context(Supervisor(_StatesTold()))
            house = House(settings, folder, supervisor, tell)
            house.start()
            # Reading our own code takes longer than starting the database: side by side.
            app_code = await anyio.to_thread.run_sync(_read_code, "hub.app")
            await house.database_up()
            opening = importlib.import_module("hub.opening")
            opened: Opened = await opening.open_database(
                house.settings, house.conninfo, sample=house.wants_sample(empty)
            )
            fast_or_plain = importlib.import_module("hub.sockets").fast_or_plain
            contents = app_code.Contents(
                house.settings, conninfo=opened.conninfo, installation=opened.installation, bus=opened.bus
            )
            app = app_code.create_app(contents)
            server = Server(_config(app, settings, await fast_or_plain()))
            leaving.server = server
            serving = asyncio.create_task(server.serve(sockets=[door]))
            if await server.opened(serving):
                _settle_collector()
                house.start_helpers()
                folder.tell_running(_running(house.settings))
                await _say_where(settings, folder, opened.links, phones, say, time.monotonic() - began, open_things)
            await serving
            return 0 if server.started else 1
    except asyncio.CancelledError:
        if not leaving.asked:
            raise
        return 0  # a signal during the start
    finally:
        leaving.close()


class _Leaving:
    """SIGINT and SIGTERM: the first leaves in order, the second stops waiting for requests under way."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.asked = False
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        # Under nohup a closed terminal must not stop it, and in the background of a script Ctrl-C must not.
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._heard = [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]
        for number in self._heard:
            self._loop.add_signal_handler(number, self._ask)

    def _ask(self) -> None:
        if self.server is not None:
            self.server.force_exit = self.asked
            self.server.leave()
        elif self._task is not None and not self.asked:
            self._task.cancel()
        self.asked = True

    def close(self) -> None:
        for number in self._heard:
            self._loop.remove_signal_handler(number)


def _config(app: Any, settings: Settings, ws: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses may hold tokens
        server_header=False,
        ws=ws,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,  # 100 MiB of memory for 1000 sockets, and slower
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        timeout_keep_alive=75,  # longer than nginx keeps its side, so it never meets a closed connection
        backlog=BACKLOG,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=str(settings.tls_key) if settings.tls_key else None,
        lifespan="on",
    )


def _read_code(name: str) -> ModuleType:
    """Modules and classes stay for ever: the collector need not look at them while they are made, nor ever again."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()
        gc.freeze()


def _settle_collector() -> None:
    """What the start made stays. From here on garbage is what goes in circles, which is little: it is looked for every
    ten thousand objects. Looking every seven hundred took a tenth of the time while a crowd joined."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


class _StatesTold:
    """A quiet start and a quiet end; what lies between, a child that went and came back, is told."""

    def __init__(self) -> None:
        self._gone: set[str] = set()

    def __call__(self, name: str, state: State) -> None:
        if state == "down":
            self._gone.add(name)
            log.warning("child.down", child=name)
        elif state == "up" and name in self._gone:
            self._gone.discard(name)
            log.info("child.up_again", child=name)


def _local(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # compared, not bound
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"


def _running(settings: Settings) -> Running:
    assert settings.database is not None, "the house names the embedded one"
    inference = str(settings.inference) if settings.inference else None
    return Running(os.getpid(), settings.database, settings.redis, inference, settings.public_url, _local(settings))


async def _say_where(
    settings: Settings,
    folder: DataFolder,
    links: list[tuple[str, str]],
    phones: str | None,
    say: Say,
    seconds: float,
    open_things: contextlib.AsyncExitStack,
) -> None:
    lines = [f"Phiên is ready after {seconds:.1f} s: open {settings.public_url}"]
    local = _local(settings)
    if links:
        lines.append("To look around, each link lets one person of the sample in, once, within 24 hours:")
        lines += [f"  {who}: {local}/vao/{token}" for who, token in links]
    if phones is not None and settings.tls_cert == folder.authority / "hub.pem":
        from hub.authority_page import AuthorityPage

        page = AuthorityPage(folder.authority / "authority.pem", settings.public_url)
        where = await open_things.enter_async_context(page)
        lines.append(f"Phones first install this installation's authority, once: {where}")
        lines.append(lan.terminal_qr(where))
    lines.append("Ctrl-C stops it." if sys.stdin.isatty() else f"SIGTERM to process {os.getpid()} stops it.")
    say("\n".join(lines))
