"""A real ``phien serve`` in a process and data folder of its own, and what is left of it afterwards."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psycopg

from hub.folder import DataFolder, Running

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0  # eight programs share two cores
PHIEN = (sys.executable, "-P", "-m", "hub.cli")


def clean_environ(**more: str) -> dict[str, str]:
    """Ours without settings; code of this checkout wherever the child works."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHIEN_")}
    return kept | {"PYTHONPATH": str(ROOT)} | more


class Installation:
    """``start`` waits until it serves; ``said`` is all it printed so far."""

    def __init__(self, data: Path, *words: str, program: Sequence[str] = PHIEN, **environ: str) -> None:
        self.data, self.words, self.program = data, words or ("serve", "--empty"), program
        self.environ = {"PHIEN_PORT": "0", **environ}
        self.said = ""
        self._ready = threading.Event()
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> Self:
        self.launch()
        assert self.process is not None
        if not self._ready.wait(START_SECONDS) or "stops it." not in self.said:
            self.process.send_signal(signal.SIGABRT)  # it says where each of its threads stands
            self.process.wait(START_SECONDS)
            self._join()
            raise AssertionError(f"it did not start; it said:\n{self.said}")
        return self

    def launch(self) -> None:
        self.said, self._ready = "", threading.Event()
        self.process = subprocess.Popen(
            [*self.program, *self.words],
            env=clean_environ(PHIEN_DATA=str(self.data), PYTHONFAULTHANDLER="1", **self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
        )
        self._reader = threading.Thread(target=self._listen, args=(self.process, self._ready))
        self._reader.start()

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.said += line
                if "stops it." in line:
                    ready.set()
        ready.set()

    def refused(self) -> tuple[int, str]:
        """Exit code and words of a start that must not succeed."""
        self.launch()
        assert self.process is not None
        self._ready.wait(START_SECONDS)  # set by the end of its output, or by a start that succeeded
        started = self.process.poll() is None and "is ready" in self.said
        code = self.stop()
        assert not started, f"it started; it said:\n{self.said}"
        return code, self.said

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self._join()
        return self.process.returncode

    def kill(self) -> None:
        """As a power cut does to the hub: no handler runs."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._join()

    def _join(self) -> None:
        if self._reader is not None:
            self._reader.join(START_SECONDS)

    @property
    def running(self) -> Running:
        found = DataFolder(self.data).running()
        assert found is not None
        return found

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.running.url + path, timeout=20)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.running.database, autocommit=True) as conn:
            cursor = conn.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def children(self) -> list[int]:
        """Every process below the hub, however deep."""
        assert self.process is not None
        return below(self.process.pid)


def below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(stat.rpartition(") ")[2].split()[1]), []).append(int(entry.name))
    found, look = [], [pid]
    while look:
        for child in parents.get(look.pop(), []):
            found.append(child)
            look.append(child)
    return found


def wait_until_gone(pids: Sequence[int], within: float = 15.0) -> list[int]:
    """Those that still live after ``within`` seconds."""
    deadline = time.monotonic() + within
    left = [pid for pid in pids if lives(pid)]
    while left and time.monotonic() < deadline:
        os.sched_yield()
        left = [pid for pid in left if lives(pid)]
    return left


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def name_of(pid: int) -> str:
    """Empty for one that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
