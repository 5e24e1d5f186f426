"""Simulated rooms: for each room marked so, ``rooms.simulator`` runs as a child, over the real broker.

It comes in like any kit: with an account of its own, whose password is new at each start and handed over in the
environment, never on the command line.
"""

import sys
from collections.abc import Set
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from hub.broker import EmbeddedBroker
from hub.children.program import Program
from hub.children.supervisor import Supervisor
from hub.db import Database
from hub.equipment import service
from hub.settings import Settings


def account_name(room_id: UUID) -> str:
    return f"sim-{room_id.hex[:12]}"


class SimulatedRooms:
    """The simulators of the rooms this process speaks for."""

    def __init__(self, settings: Settings, broker: EmbeddedBroker | None) -> None:
        self._settings = settings
        self._broker = broker
        self._children: dict[UUID, Supervisor] = {}

    async def aclose(self) -> None:
        for room_id in list(self._children):
            await self._stop(room_id)

    async def keep(self, db: Database, rooms: Set[UUID]) -> None:
        """Starts and stops until exactly these rooms are simulated."""
        for room_id in self._children.keys() - rooms:
            await self._stop(room_id)
        for room_id in rooms - self._children.keys():
            await self._start(db, room_id)

    async def _start(self, db: Database, room_id: UUID) -> None:
        name = account_name(room_id)
        async with db.work() as work:
            password = await service.create_account(work, room_id, name, [name])
        if self._broker is not None:
            address = self._broker.device_address(name, password)
            url = f"mqtt://{quote(name)}:{quote(password)}@{address.host}:{address.port}"
        else:  # an outside broker has accounts of its own; the site gives ours room to play
            url = self._settings.mqtt or ""
        logs = Path(self._settings.data) / "logs"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)

        async def ready() -> bool:
            return True  # its devices announce themselves when they are

        words = [sys.executable, "-m", "rooms.simulator", "--name", name, "--people", "12"]
        supervisor = self._children[room_id] = Supervisor()
        supervisor.start(Program(name, lambda: words, ready, logs / f"{name}.log", environ={"PHIEN_ROOM_BROKER": url}))

    async def _stop(self, room_id: UUID) -> None:
        await self._children.pop(room_id).__aexit__(None, None, None)
