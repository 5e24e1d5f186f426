"""A child that is a program with a log file: Valkey, the inference process, captions, the simulated room."""

import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.children.process import spawn

LOG_LIMIT_BYTES = 8 * 1024 * 1024
LAST_WORDS_BYTES = 400


@dataclass(frozen=True)
class Program:
    name: str
    command: Callable[[], Sequence[str | Path]]
    is_ready: Callable[[], Awaitable[bool]]
    log_path: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5.0

    def prepare(self) -> None:
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def launch(self) -> subprocess.Popen[bytes]:
        with self.log_path.open("ab") as log:
            return spawn(self.command(), output=log, environ=child_environ() | dict(self.environ))

    async def ready(self) -> bool:
        return await self.is_ready()

    def last_words(self) -> str:
        return tail(self.log_path)


def child_environ() -> dict[str, str]:
    """Ours without the settings (they hold passwords), and with memory habits that fit a small machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHIEN_")}
    # glibc keeps up to 8 arenas a core; two are enough for children that compute in one thread.
    return {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"} | kept


def tail(path: Path) -> str:
    try:
        with path.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - LAST_WORDS_BYTES))
            return log.read().decode(errors="replace").strip()
    except FileNotFoundError:
        return ""
