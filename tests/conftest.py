"""Shared fixtures: a real PostgreSQL for the session, a migrated database and a running hub for each test."""

import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from hub.children.postgres import EmbeddedPostgres
from hub.db.migrate import migrate
from hub.settings import Settings
from tests.support import Hub, HubClock, running_hub

_numbers = itertools.count(1)
TEMPLATE = "phien_template"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys come last: their browser keeps an event loop for the session, and in a thread that has one the tests
    that start a loop of their own cannot."""
    journeys = Path(__file__).parent / "flows"
    items.sort(key=lambda item: item.path.is_relative_to(journeys))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The conninfo of an embedded server without durability; databases are made in it from a migrated template."""
    # in memory where the system offers it: a copy of the template takes 20 ms instead of 500
    place = next(p for p in ("/dev/shm", "/tmp") if os.access(p, os.W_OK))
    with tempfile.TemporaryDirectory(prefix="phien-pg-", dir=place, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", Path(folder) / "run", throwaway=True)
        server.start()
        try:
            with psycopg.connect(server.conninfo, autocommit=True) as conn:
                conn.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(make_conninfo(server.conninfo, dbname=TEMPLATE))
            yield server.conninfo
        finally:
            server.stop()


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """The conninfo of a fresh, migrated database."""
    name = f"phien_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield make_conninfo(postgres, dbname=name)
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> HubClock:
    return HubClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
async def hub(database: str, settings: Settings, clock: HubClock) -> AsyncIterator[Hub]:
    """The app in this loop, with its own clock and database; ``hub.serve()`` gives it a port for WebSockets."""
    async with running_hub(settings, database, clock=clock) as running:
        yield running
