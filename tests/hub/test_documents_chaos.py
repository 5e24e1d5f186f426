"""Eight people on three hubs over the real log and the real bus, and deaths at random: they end equal, nothing is lost.

The hubs are registries of one process, killed without a word. `python -m bench.faults chaos` does it with processes.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.db import Database
from hub.documents.log import PostgresLog
from hub.ending import end
from realtime import Editor, InProcessBus, Pace, PlainConnection, RedisStreamBus, Registry, serve
from tests.hub.document_peer import until
from tests.hub.test_documents_log import make_documents
from tests.realtime.peers import Client
from tests.realtime.valkey import Valkey, running_valkey

HUBS, PEOPLE, STEPS = 3, 8, 350
SEEDS = range(int(os.environ.get("PHIEN_FUZZ_SEED", "1")), int(os.environ.get("PHIEN_FUZZ_SEED", "1")) + 3)
HURRIED = Pace(
    commit=0.001, presence=0.001, upkeep=0.02, tick=60, poll_with_bus=0.2, poll_without_bus=0.02, idle=0.1, sweep=0.2,
    lease=0.4, renew=0.05, compact_rows=60, compact_rows_on_unload=20,
)  # fmt: skip


class Talker(Client):
    """Says words, each once, and knows which were called saved."""

    def __init__(self, number: int, seed: int) -> None:
        super().__init__(seed * 100 + number)
        self.number = number
        self.words: list[str] = []
        self.promised: set[str] = set()
        self._covers: list[list[str]] = []

    def connect(self) -> None:
        self._covers = []
        super().connect()

    def say(self) -> None:
        self.words.append(f"⟨{self.number}·{len(self.words)}⟩")
        self.type(self.words[-1])

    def _send_update(self, frame: bytes) -> None:
        whole = frame[1] == 1  # a step 2 brings all there is, an update its own word
        self._covers.append(list(self.words) if whole else [self.words[-1]])
        super()._send_update(frame)

    def hear(self, frame: bytes) -> None:
        super().hear(frame)
        for words in self._covers[: self.saved]:
            self.promised.update(words)


class Hub:
    def __init__(self, store: PostgresLog, valkey: Valkey) -> None:
        self.bus = RedisStreamBus(valkey.url, beat_seconds=0.1)
        self.registry = Registry(store, self.bus, pace=HURRIED)
        self.lines: dict[Talker, asyncio.Task[None]] = {}

    async def begin(self) -> None:
        await self.bus.start()
        await self.registry.__aenter__()

    def join(self, talker: Talker, document: str) -> None:
        self.lines[talker] = asyncio.create_task(self._serve(talker, document))

    async def _serve(self, talker: Talker, document_id: str) -> None:
        async def send(frame: bytes) -> None:
            talker.hear(frame)

        async def receive() -> bytes:
            while not talker.to_send:
                await asyncio.sleep(0.001)
            return talker.to_send.popleft()

        async with self.registry.open(document_id) as document:
            talker.connect()
            editor = Editor(f"user{talker.number % 3}", right="write", wants_saved=True)
            await serve(self.registry, document, editor, PlainConnection(receive, send))

    async def hang_up(self, talker: Talker) -> None:
        await end(self.lines.pop(talker, None))
        talker.disconnect()

    async def kill(self) -> list[Talker]:
        """SIGKILL, as far as one process can: what was not committed is gone, and nobody is told."""
        await end(*self.registry._tasks, *self.bus._tasks)
        gone = list(self.lines)
        for talker in gone:
            await self.hang_up(talker)
        for document_id in list(self.registry._open):
            await self.registry._unload(document_id)
        return gone


class City:
    def __init__(self, store: PostgresLog, valkey: Valkey, document: str, seed: int) -> None:
        self.store, self.valkey, self.document = store, valkey, document
        self.chance = random.Random(seed)
        self.hubs = [Hub(store, valkey) for _ in range(HUBS)]
        self.people = [Talker(number, seed) for number in range(PEOPLE)]

    async def logged(self) -> str:
        stored = await self.store.read(self.document)
        assert stored is not None
        assert stored.damage is None
        reader = Client(0)
        for update in stored.updates:
            reader.doc.apply_update(update)
        return str(reader.text)

    def home(self, talker: Talker) -> Hub | None:
        return next((hub for hub in self.hubs if talker in hub.lines), None)

    async def step(self) -> None:
        talker = self.chance.choice(self.people)
        home = self.home(talker)
        match self.chance.choices(range(6), (60, 10, 5, 1.5, 1, 1))[0]:
            case 0:
                talker.say()
            case 1 if home is None:
                self.chance.choice(self.hubs).join(talker, self.document)
            case 2 if home is not None:
                await home.hang_up(talker)
            case 3:
                await self.kill(self.chance.randrange(HUBS))
            case 4:
                self.valkey.kill()
                self.valkey.start()
            case 5:
                self.valkey.freeze()
                talker.say()
                self.valkey.thaw()
        await asyncio.sleep(self.chance.choice((0, 0, 0.001, 0.005)))

    async def kill(self, number: int) -> None:
        gone = await self.hubs[number].kill()
        text = await self.logged()
        assert [word for talker in gone for word in talker.promised if word not in text] == []
        self.hubs[number] = Hub(self.store, self.valkey)
        await self.hubs[number].begin()

    async def calm(self) -> None:
        for talker in self.people:
            if self.home(talker) is None:
                self.chance.choice(self.hubs).join(talker, self.document)
        for talker in self.people:
            await until(lambda: talker.online and not talker.to_send and talker.saved == talker.sent > 0, 30)  # noqa: B023
        await until(lambda: len({talker.state for talker in self.people}) == 1, 30)


@asynccontextmanager
async def city(db: Database, seed: int) -> AsyncIterator[City]:
    [document] = await make_documents(db, 1)
    with running_valkey() as valkey:
        made = City(PostgresLog(db), valkey, document, seed)
        for hub in made.hubs:
            await hub.begin()
        try:
            yield made
        finally:
            for hub in made.hubs:
                await hub.kill()


@pytest.mark.parametrize("seed", SEEDS)
async def test_r7_r10_eight_people_on_three_hubs_that_die_at_random_end_equal(database: str, seed: int) -> None:
    print(f"seed {seed}")
    async with Database(database, InProcessBus(), pool_size=8) as db, city(db, seed) as people:
        for _ in range(STEPS):
            await people.step()
        await people.calm()

        text = await people.logged()
        assert text == str(people.people[0].text)
        assert [word for talker in people.people for word in talker.words if word not in text] == []
        assert sum(len(talker.words) for talker in people.people) > STEPS / 2
        stored = await people.store.read(people.document)
        assert stored is not None
        assert stored.snapshot_at > 0  # it was compacted meanwhile, by whoever held the lease


async def test_r82_without_a_bus_both_sides_go_on_and_have_the_same_afterwards(database: str) -> None:
    async with Database(database, InProcessBus(), pool_size=8) as db, city(db, 1) as people:
        one, two = people.people[:2]
        for talker, hub in zip((one, two), people.hubs, strict=False):
            hub.join(talker, people.document)
        await until(lambda: one.sent == one.saved > 0 and two.sent == two.saved > 0)
        for harm, mend in ((people.valkey.freeze, people.valkey.thaw), (people.valkey.kill, people.valkey.start)):
            harm()
            await until(lambda: not any(hub.bus.up for hub in people.hubs[:2]), 30)
            for _ in range(30):
                one.say()
                two.say()
                await asyncio.sleep(0.005)
            await until(lambda: one.saved == one.sent and two.saved == two.sent)
            await until(lambda: one.state == two.state)
            mend()
            await until(lambda: all(hub.bus.up for hub in people.hubs[:2]), 30)
            one.say()
            await until(lambda: one.state == two.state)
