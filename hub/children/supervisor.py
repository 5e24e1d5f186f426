"""Keeps the hub's children running: starts them side by side, restarts the dead with back-off, stops them in order.

Runs in the event loop of the main thread, because a child's leash is tied to the thread that started it. A child that
is up is waited for by its pidfd, which no signal and no other loop's child watcher can get in the way of.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Literal, Protocol, Self

import anyio.to_thread
import structlog

from hub.children.process import CannotStart

log = structlog.get_logger()

State = Literal["starting", "up", "down", "stopped"]
LOOK_SECONDS: Final = 0.25  # where the kernel has no pidfd
LOOK_SECONDS_AT_START: Final = 0.02
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0  # a child that lived this long starts again with the first pause


class Child(Protocol):
    """What the supervisor must know of a program."""

    @property
    def name(self) -> str: ...

    @property
    def stop_signal(self) -> signal.Signals: ...

    @property
    def stop_seconds(self) -> float: ...

    def prepare(self) -> None:
        """Before each start, in a worker thread. CannotStart says why it cannot be."""

    def launch(self) -> subprocess.Popen[bytes]: ...

    async def ready(self) -> bool:
        """Asked until it says True. CannotStart: it never will."""

    def last_words(self) -> str:
        """The end of its log, for ours."""


class Kept:
    """One child in the supervisor's care."""

    def __init__(self, child: Child, told: Callable[[str, State], None]) -> None:
        self.child = child
        self.state: State = "stopped"
        self.starts = 0
        self._told = told
        self._process: subprocess.Popen[bytes] | None = None
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(), name=f"child:{child.name}")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def until_up(self) -> None:
        """Waits for its first readiness, however long recovery takes; CannotStart when it gave up before."""
        await asyncio.shield(self._first)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                await self._run_once()
            except CannotStart as error:
                if not self._first.done():
                    self._first.set_exception(error)
                    self._first.exception()  # whoever waits is told; nobody waiting is no fault
                log.error("child.cannot_start", child=self.child.name, reason=str(error))
            except OSError as error:
                log.error("child.cannot_start", child=self.child.name, reason=repr(error))
            self._turn("down")
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run_once(self) -> None:
        self._turn("starting")
        await anyio.to_thread.run_sync(self.child.prepare)
        process = self._process = self.child.launch()
        self.starts += 1
        while process.poll() is None:
            if self.state == "starting" and await self.child.ready():
                self._turn("up")
                if not self._first.done():
                    self._first.set_result(None)
            if self.state == "up":
                await _ended(process)
            else:
                await asyncio.sleep(LOOK_SECONDS_AT_START)
        if self.state == "starting":
            await self.child.ready()  # it knows best why it ended, and raises that
        log.warning(
            "child.ended", child=self.child.name, code=process.returncode, last_words=self.child.last_words() or None
        )

    def _turn(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._told(self.child.name, state)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(self.child.stop_signal)
            if not await _gone(process, self.child.stop_seconds):
                log.warning("child.killed", child=self.child.name, after_seconds=self.child.stop_seconds)
                process.kill()
                await _gone(process, self.child.stop_seconds)
        self._turn("stopped")


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Returns when it may have ended."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # another system or an old kernel, or it ended this moment
        await asyncio.sleep(LOOK_SECONDS)
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _gone(process: subprocess.Popen[bytes], within: float) -> bool:
    deadline = time.monotonic() + within
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS_AT_START)
    return True


class Supervisor:
    """All children of one hub. Leaving the context stops them, the last started first."""

    def __init__(self, told: Callable[[str, State], None] = lambda _name, _state: None) -> None:
        self._told = told
        self._kept: dict[str, Kept] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for kept in reversed(self._kept.values()):
            await kept.stop()
        self._kept.clear()

    def start(self, child: Child) -> Kept:
        if child.name in self._kept:
            raise ValueError(f"{child.name} is already kept")
        self._kept[child.name] = kept = Kept(child, self._told)
        return kept

    def states(self) -> dict[str, State]:
        return {name: kept.state for name, kept in self._kept.items()}

    def state(self, name: str) -> State | None:
        """None: this hub has no such child (an outside server, or a part that is not there)."""
        kept = self._kept.get(name)
        return kept.state if kept is not None else None
