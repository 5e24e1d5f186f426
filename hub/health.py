"""Is it alive, is it ready, and how is it doing: for supervisors, nginx and Prometheus."""

from collections.abc import Awaitable, Callable
from typing import Literal

import anyio
import msgspec
import psycopg
from litestar import Response, get
from litestar.di import NamedDependency

from hub.db import Database
from realtime import Bus

PartState = Literal["up", "down", "loading", "missing"]
Probe = Callable[[], Awaitable[PartState]]
PROBE_SECONDS = 2.0


class Health(msgspec.Struct):
    status: Literal["alive"] = "alive"


class Parts:
    """What the hub leans on, by name. Each part's owner adds a probe; without database or bus the hub is not ready."""

    needed = ("database",)

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db, self._bus = db, bus
        self._probes: dict[str, Probe] = {"database": self._database, "bus": self._bus_state}

    def add(self, name: str, probe: Probe) -> None:
        self._probes[name] = probe

    async def _database(self) -> PartState:
        try:
            async with self._db.pool.connection(timeout=PROBE_SECONDS) as conn:
                await conn.execute("SELECT 1")
        except psycopg.OperationalError:
            return "down"
        return "up"

    async def _bus_state(self) -> PartState:
        return "up" if self._bus.up else "down"

    async def states(self) -> dict[str, PartState]:
        """Asked side by side; one that does not answer in time is down."""
        found: dict[str, PartState] = dict.fromkeys(self._probes, "down")

        async def ask(name: str, probe: Probe) -> None:
            with anyio.move_on_after(PROBE_SECONDS):
                found[name] = await probe()

        async with anyio.create_task_group() as tasks:
            for name, probe in self._probes.items():
                tasks.start_soon(ask, name, probe)
        return found


@get("/healthz", tags=["Operation"], sync_to_thread=False)
def healthz() -> Health:
    """The process answers."""
    return Health()


@get("/readyz", tags=["Operation"])
async def readyz(parts: NamedDependency[Parts]) -> Response[dict[str, PartState]]:
    """200 while people can work (the database is there), else 503. Parts that are away are named, and worked around."""
    states = await parts.states()
    ready = all(states[name] == "up" for name in Parts.needed)
    return Response(states, status_code=200 if ready else 503)


handlers = [healthz, readyz]
