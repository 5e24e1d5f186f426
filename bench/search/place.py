"""A place to measure in: an embedded server set up as an installation has it, and an inference process of its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from ai.inference import InferenceClient, command
from hub.children.postgres import EmbeddedPostgres
from hub.db import Database
from hub.db.migrate import migrate
from hub.search.service import Search
from hub.settings import Settings
from realtime import InProcessBus


@contextmanager
def a_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="phien-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "data", Path(folder) / "run") as server:
            yield server.conninfo


@contextmanager
def an_inference(models: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="phien-bench-") as folder:
        socket = Path(folder) / "socket"
        child = subprocess.Popen(command(socket, models))
        try:
            yield socket
        finally:
            child.terminate()
            child.wait(10)


def fresh_database(conninfo: str, name: str) -> str:
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}".encode())
    there = make_conninfo(conninfo, dbname=name)
    migrate(there)
    return there


@asynccontextmanager
async def searching(conninfo: str, socket: Path) -> AsyncIterator[tuple[Database, Search, InferenceClient]]:
    """What a hub has for searching, without the hub around it."""
    bus = InProcessBus()
    async with bus, Database(conninfo, bus) as db, Search(db, Settings(inference=socket)) as search:
        assert search.inference is not None
        if await search.inference.until_known(30) is None:
            raise SystemExit("the inference process does not come up")
        await search.inference.embed_query("làm nóng", within=120)
        yield db, search, search.inference
