"""Starts a child on a leash: it dies with the hub, hears no Ctrl-C meant for the hub, and may run as another user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LEASH = Path(__file__).with_name("leash.py")


class CannotStart(Exception):
    """One sentence for the person at the terminal; the hub prints it and leaves with a non-zero code."""


@dataclass(frozen=True)
class SystemUser:
    name: str
    uid: int
    gid: int


def on_leash(
    program: Sequence[str | Path],
    *,
    death: signal.Signals,
    user: SystemUser | None = None,
) -> list[str]:
    """The command line that starts ``program`` so that it gets ``death`` when the calling thread ends."""
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    words = [death, os.getpid(), uid, gid]
    return [
        sys.executable,
        "-I",
        "-S",
        str(_LEASH),
        *(str(int(word)) for word in words),
        "--",
        *map(str, program),
    ]


def spawn(
    program: Sequence[str | Path],
    *,
    death: signal.Signals = signal.SIGTERM,
    user: SystemUser | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
    environ: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A leashed child in a session of its own. Call from the main thread: the leash is tied to the calling thread."""
    return subprocess.Popen(
        on_leash(program, death=death, user=user),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=None if environ is None else dict(environ),
        cwd="/",
        start_new_session=True,
    )
