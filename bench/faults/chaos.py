"""Several hubs on one document over one database and one bus, people on all of them, and things die at random.

A hub that is killed is looked up in the log before anybody who was on it may come back. In the end everybody has the
same, and the log too. Between the kills the bus is killed and frozen, once for as long as asked.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from bench.faults.kills import PATIENCE_SECONDS, until
from bench.faults.site import ALONE, Visit, logged_text, make_admin
from bench.faults.writer import Writer
from hub.children import valkey
from hub.children.postgres import EmbeddedPostgres
from realtime import Pace
from tests.house.installation import Installation

LEASE_LIFE_SECONDS: Final = Pace().lease + 0.5
PAUSE_SECONDS: Final = 0.2  # eight people and three hubs on two cores
EVENTS: Final = ("hub", "hub", "hub", "bus killed", "bus frozen", "line cut")


class Bus:
    """A Valkey that can be killed, frozen and thawed. It keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    async def start(self) -> None:
        words = [*map(str, valkey.command(self._socket))]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: ASYNC220  # it returns at once
        async with asyncio.timeout(20):
            while not await valkey.answers(self._socket):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()


@dataclass
class Outcome:
    seed: int
    events: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    lease_moved_seconds: list[float] = field(default_factory=list)
    """After each death of the hub that held it."""


class City:
    """Hubs side by side, and the people of one document."""

    def __init__(
        self, conninfo: str, bus: Bus, hubs: list[Installation], visit: Visit, document: UUID, seed: int
    ) -> None:
        self.conninfo, self.bus, self.hubs, self.visit, self.document = conninfo, bus, hubs, visit, document
        self.chance = random.Random(seed)
        self.alive = [True] * len(hubs)
        self.urls = [hub.running.url for hub in hubs]
        self.writers: list[Writer] = []
        self.on: dict[Writer, int] = {}

    def add_writer(self, home: int | None = None) -> Writer:
        """Somebody who goes to any hub that lives, or always to the same."""

        def door() -> tuple[str, dict[str, str]]:
            living = [n for n, lives in enumerate(self.alive) if lives]
            self.on[writer] = home if home is not None else self.chance.choice(living)
            return self.visit.door(self.urls[self.on[writer]], self.document)

        writer = Writer(f"w{len(self.writers)}", door, random.Random(self.chance.random()), pause=PAUSE_SECONDS)
        self.writers.append(writer)
        return writer

    async def progress(self, *who: Writer) -> None:
        """Each of them is told of something saved that he wrote from now on."""
        goals = [(writer, len(writer.edits) + 1) for writer in who or self.writers]
        await until(lambda: all(writer.acknowledged >= goal for writer, goal in goals))

    async def kill_hub(self, number: int) -> list[str]:
        """What was called saved on it and is not in the log."""
        there = [writer for writer in self.writers if self.on.get(writer) == number and writer.connected]
        for writer in there:
            writer.may_connect.clear()
        self.alive[number] = False
        self.hubs[number].kill()
        await until(lambda: not any(writer.connected for writer in there))
        text = await logged_text(self.conninfo, self.document)
        lost = [each for writer in there for each in writer.lost(text, writer.acknowledged)]
        for writer in there:
            writer.may_connect.set()
        return lost

    async def revive(self, number: int) -> None:
        await asyncio.to_thread(self.hubs[number].start)
        self.urls[number] = self.hubs[number].running.url
        self.alive[number] = True

    async def agree(self) -> None:
        """Nobody types any more: everything becomes saved and everybody and the log have the same."""
        for writer in self.writers:
            writer.may_type.clear()
        await until(lambda: all(writer.settled for writer in self.writers))
        logged = await logged_text(self.conninfo, self.document)
        await until(lambda: {str(writer.text) for writer in self.writers} == {logged})
        lost = [each for writer in self.writers for each in writer.lost(logged, len(writer.edits))]
        refused = [each for writer in self.writers for each in writer.refused]
        if lost or refused:
            raise AssertionError(f"lost in the end: {lost[:3]}, refused: {refused[:3]}")

    async def keeper(self) -> str | None:
        """The hub that holds the lease now."""
        async with await psycopg.AsyncConnection.connect(self.conninfo) as conn:
            cursor = await conn.execute("SELECT holder FROM document_keeper WHERE until > clock_timestamp()")
            row = await cursor.fetchone()
        return str(row[0]) if row else None


@asynccontextmanager
async def city(place: Path, *, hubs: int, clients: int, seed: int, homes: bool = False) -> AsyncIterator[City]:
    """``homes``: each client stays with one hub."""
    async with AsyncExitStack() as stack:
        database = EmbeddedPostgres(place / "postgres", place / "run")
        database.start()
        stack.callback(database.stop)
        bus = Bus(place)
        await bus.start()
        stack.callback(bus.stop)
        environ = ALONE | {"PHIEN_DATABASE": database.conninfo, "PHIEN_REDIS": bus.url}
        make_admin(place / "hub0", environ)
        houses = [Installation(place / f"hub{n}", **environ) for n in range(hubs)]
        for house in houses:
            await asyncio.to_thread(house.start)
            stack.push_async_callback(asyncio.to_thread, house.stop)
        visit = Visit(houses[0].running.url)
        document = visit.new_minutes(houses[0].running.url, "Họp nhiều máy chủ")
        made = City(database.conninfo, bus, houses, visit, document, seed)
        for number in range(clients):
            writer = made.add_writer(number % hubs if homes else None)
            writer.start()
            stack.push_async_callback(writer.stop)
        await made.progress()
        yield made


async def run(
    place: Path, *, hubs: int, clients: int, events: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> Outcome:
    outcome = Outcome(seed)
    chance = random.Random(seed)
    async with city(place, hubs=hubs, clients=clients, seed=seed) as people:
        for number in range(1, events + 1):
            await asyncio.sleep(chance.uniform(0.1, 1.0))  # the fault's own moment
            what = chance.choice(EVENTS)
            outcome.events[what] += 1
            lost: list[str] = []
            if what == "hub":
                victim = chance.randrange(hubs)
                watching = asyncio.create_task(_lease_moves(people))
                lost = await people.kill_hub(victim)
                if (moved := await watching) is not None:
                    outcome.lease_moved_seconds.append(moved)
                await people.progress()
                await people.revive(victim)
            elif what == "line cut":
                for writer in chance.sample(people.writers, clients // 2):
                    writer.hang_up()
            else:
                people.bus.kill() if what == "bus killed" else people.bus.freeze()
                await people.progress()
                await (people.bus.start() if what == "bus killed" else _thaw(people.bus))
            await people.progress()
            outcome.lost += lost
            tell(f"{number:>4} {what:<12}{sum(w.acknowledged for w in people.writers):>8} saved {len(lost):>3} lost")
        await people.agree()
        outcome.acknowledged = sum(writer.acknowledged for writer in people.writers)
    return outcome


async def _lease_moves(people: City) -> float | None:
    """Seconds from now, when a hub dies, until another holds the lease; None where its holder is alive."""
    before, began = await people.keeper(), time.monotonic()
    while (now := await people.keeper()) in (None, before):
        passed = time.monotonic() - began
        if now is not None and passed > LEASE_LIFE_SECONDS:
            return None
        if passed > PATIENCE_SECONDS:
            raise AssertionError("nobody holds the lease")
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def _thaw(bus: Bus) -> None:
    bus.thaw()


async def without_bus(
    place: Path, *, seconds: float, seed: int, frozen: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Two hubs on one document, people on both, and no bus for so long: both sides go on, and then have the same."""
    outcome = Outcome(seed)
    async with city(place, hubs=2, clients=4, seed=seed, homes=True) as people:
        people.bus.freeze() if frozen else people.bus.kill()
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            await people.progress()
        before = sum(writer.acknowledged for writer in people.writers)
        tell(f"{seconds:.0f} s without the bus: {before} edits saved on both sides")
        await (_thaw(people.bus) if frozen else people.bus.start())
        await people.progress()
        await people.agree()
        outcome.acknowledged = sum(writer.acknowledged for writer in people.writers)
        outcome.events["bus frozen" if frozen else "bus killed"] = 1
    return outcome
