"""Which children a hub has, and how each is started. A setting that names an outside server leaves its child out."""

import asyncio
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

from hub.children import valkey
from hub.children.postgres import EmbeddedPostgres
from hub.children.program import Program, tail


class PostgresChild:
    """The embedded database as the supervisor sees it."""

    name = "database"
    stop_signal = signal.SIGINT  # "fast": disconnect everyone, checkpoint, leave
    stop_seconds = 60.0

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    def prepare(self) -> None:
        self.server.prepare()

    def launch(self) -> subprocess.Popen[bytes]:
        return self.server.launch()

    async def ready(self) -> bool:
        return self.server.ready()

    def last_words(self) -> str:
        return tail(self.server.log_path)


def valkey_child(path: Path, logs: Path) -> Program:
    return Program("bus", lambda: valkey.command(path), lambda: valkey.answers(path), logs / "valkey.log")


def inference_child(path: Path, models: Path, named: Path | None, logs: Path) -> Program:
    """Small until the first text comes: it loads no model before."""
    from ai.inference import command

    async def ready() -> bool:
        return await _accepts_unix(path)

    return Program("inference", lambda: command(path, models, named=named), ready, logs / "inference.log")


def captions_child(port: int, secret: str, streams: int, logs: Path) -> Program:
    """Our whisper-live service on a free loopback port, under a path nobody else knows."""

    def command() -> list[str]:
        words = [sys.executable, "-m", "ai.captions.service", "--host", "127.0.0.1", "--port", str(port)]
        return [*words, "--streams", str(streams)]

    async def ready() -> bool:
        return await _accepts_tcp(port)

    # the secret path goes by the environment: anybody on the machine reads a command line
    return Program("captions", command, ready, logs / "captions.log", environ={"PHIEN_CAPTIONS_PATH": secret})


def secret_path() -> str:
    return "/" + secrets.token_urlsafe(24)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def _accepts_unix(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    writer.close()
    return True


async def _accepts_tcp(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
