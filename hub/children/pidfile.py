"""``postmaster.pid``: who serves a data folder, and what to do with one left behind by a crash."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.children.process import CannotStart

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Postmaster:
    pid: int
    status: str


def read(data: Path) -> Postmaster | None:
    """None when there is no file, or it is half written (the server writes it line by line)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    return Postmaster(int(lines[0]), lines[7].strip() if len(lines) > 7 else "")


def clear_leftover(data: Path, tell: Callable[[str], None], patience_seconds: float) -> None:
    """After a crash: waits for a server still leaving, removes a file whose number now belongs to some other program.

    Only for the holder of the data folder's lock: nobody else may be starting a server here.
    """
    found = read(data)
    if found is None:
        return
    if _serves(found.pid, data):
        tell("waiting for the database of the previous run to leave")
        os.kill(found.pid, signal.SIGINT)
        deadline = time.monotonic() + patience_seconds
        while _serves(found.pid, data):
            if time.monotonic() > deadline:
                raise CannotStart(f"a PostgreSQL of an earlier run (process {found.pid}) does not leave {data}.")
            time.sleep(_POLL_SECONDS)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL server on this very folder (numbers are used again after a crash)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z" and words[0].endswith(b"postgres") and os.fsencode(data) in words
