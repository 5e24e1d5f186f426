"""How the child is started, and how it makes sure it never outlives who started it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
from pathlib import Path

PARENT_CHECK_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
LOW_PRIORITY = 5  # a third of the core when others want all of it; at 10 a busy machine never finishes an archive


def command(
    socket: Path, models: Path, *, named: Path | None = None, threads: int = 1, unload_after_seconds: float = 600
) -> list[str]:
    """The command line; start it from the main thread, its parent-death signal fires when the starting thread ends."""
    words = [sys.executable, "-m", "ai.inference", "--socket", str(socket), "--models", str(models)]
    words += ["--parent", str(os.getpid()), "--threads", str(threads), "--unload-after", str(unload_after_seconds)]
    return [*words, "--named", str(named)] if named else words


def die_with_parent() -> None:
    """Linux tells at once; elsewhere `watch_parent` finds out within a second."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def watch_parent(parent: int) -> None:
    """Returns when the parent is gone (it may have died before the signal was asked for)."""
    while os.getppid() == parent:  # noqa: ASYNC110  nothing tells of it where there is no parent-death signal
        await asyncio.sleep(PARENT_CHECK_SECONDS)


def yield_to_others() -> None:
    """This thread runs when nobody else wants the core. On Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
