"""Hub processes killed with SIGKILL while people write: everybody comes back, nothing that was called saved is lost."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import anyio
import psycopg
import pytest

from hub.children.postgres import EmbeddedPostgres
from hub.db.migrate import migrate
from hub.documents import queries, tokens
from hub.settings import Settings
from tests.interop.peers import WORDS, YjsPeer, until
from tests.realtime.peers import Client
from tests.realtime.valkey import running_valkey
from tests.support import Hub, HubClock, running_hub

ROOT = Path(__file__).parents[2]


class HubProcess:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.address = f"http://127.0.0.1:{port}"

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def hub_process(conninfo: str, bus: str, data: Path) -> AsyncIterator[HubProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.interop.hub_process",
        conninfo,
        bus,
        str(data),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    with anyio.fail_after(60):
        port = int(await process.stdout.readline())
    hub = HubProcess(process, port)
    try:
        yield hub
    finally:
        await hub.kill()


class World:
    """The minutes of a running meeting, prepared by a hub that is not the one to be killed."""

    def __init__(self, hub: Hub, document: UUID, writers: list[UUID]) -> None:
        self.hub, self.document, self.writers = hub, document, writers

    def token(self, writer: int) -> str:
        now = datetime.now(UTC)
        return tokens.issue(self.hub.installation, self.document, self.writers[writer], "write", now).token

    async def text(self) -> str:
        async with self.hub.db.pool.connection() as conn:
            return read_text(await queries.whole(conn, self.document))


def read_text(update: bytes | None) -> str:
    client = Client(0)
    if update is not None:
        client.doc.apply_update(update)
    return str(client.text)


@pytest.fixture
async def world(database: str, settings: Settings, clock: HubClock) -> AsyncIterator[World]:
    async with prepared(database, settings, clock) as made:
        yield made


async def write_until(
    peer: YjsPeer, chance: random.Random, marks: list[str], acknowledged: list[str], stop: anyio.Event
) -> None:
    """Numbered marks, never deleted, so that each can be looked for; those confirmed are noted."""
    while not stop.is_set():
        mark = f"⟨{len(marks)}·{chance.choice(WORDS).strip()}⟩"
        marks.append(mark)
        await peer.do("insert", at=0, words=mark)
        state = await peer.do("state")
        if state["synced"] and state["saved"] == state["sent"] > 0:
            acknowledged[:] = marks
        await anyio.sleep(chance.random() * 0.01)


@pytest.fixture
def lasting_postgres() -> Iterator[EmbeddedPostgres]:
    """A server with durability, as an installation runs it, to be killed."""
    with tempfile.TemporaryDirectory(prefix="phien-kill-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", Path(folder) / "run")
        server.start()
        try:
            migrate(server.conninfo)
            yield server
        finally:
            server.stop()


def kill(server: EmbeddedPostgres) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait(10)


@asynccontextmanager
async def prepared(conninfo: str, settings: Settings, clock: HubClock) -> AsyncIterator[World]:
    async with running_hub(settings, conninfo, clock=clock, background=False) as hub:
        chair, secretary = await hub.person(), await hub.person()
        meeting = await hub.meeting(chair, secretary=secretary)
        yield World(hub, await hub.document(meeting, "minutes"), [chair.id, secretary.id])


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_when_postgresql_is_killed_nor_when_both_are(
    lasting_postgres: EmbeddedPostgres, settings: Settings, clock: HubClock, tmp_path: Path
) -> None:
    server, conninfo = lasting_postgres, lasting_postgres.conninfo
    async with prepared(conninfo, settings, clock) as world:
        pass
    marks: list[str] = []
    acknowledged: list[str] = []

    async def text() -> str:
        async with await psycopg.AsyncConnection.connect(conninfo) as conn:
            return read_text(await queries.whole(conn, world.document))

    async def more(count: int) -> None:
        goal = len(marks) + count
        with anyio.fail_after(90):
            while len(acknowledged) < goal:
                await anyio.sleep(0.02)

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(hub_process(conninfo, "", tmp_path))
        peer = await stack.enter_async_context(
            YjsPeer.join(first.address, world.document, world.token(0), client_id=1, saved=True)
        )
        await until(peer.synced)
        stop = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write_until, peer, random.Random(1), marks, acknowledged, stop)
            await more(20)
            kill(server)
            promised, written = len(acknowledged), len(marks)
            while len(marks) < written + 20:  # the hub is away from its log, people go on writing
                await anyio.sleep(0.02)
            assert len(acknowledged) <= promised + 20  # what was on its way when it was killed
            assert len(acknowledged) < len(marks)
            server.start()
            await more(20)

            kill(server)
            await first.kill()
            promised_marks = list(acknowledged)
            server.start()
            left = await text()
            stop.set()

        assert [mark for mark in promised_marks if mark not in left] == []
        assert len(promised_marks) >= 40
        second = await stack.enter_async_context(hub_process(conninfo, "", tmp_path))
        await peer.do("address", to=second.address.replace("http", "ws", 1) + "/ws/documents", token=world.token(0))
        await until(peer.all_saved)
        assert await text() == await peer.text()
        shown = await peer.text()
        assert all(mark in shown for mark in marks)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
async def test_nothing_acknowledged_is_lost_when_the_hub_is_killed(
    world: World, database: str, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    marks: list[str] = []
    acknowledged: list[str] = []
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(hub_process(database, "", tmp_path))
        peer = await stack.enter_async_context(
            YjsPeer.join(first.address, world.document, world.token(0), client_id=seed, saved=True)
        )
        await until(peer.synced)
        stop = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write_until, peer, chance, marks, acknowledged, stop)
            with anyio.fail_after(30):
                while len(acknowledged) < 30:
                    await anyio.sleep(chance.random() * 0.02)
            await first.kill()
            promised = list(acknowledged)
            left = await world.text()
            stop.set()

        missing = [mark for mark in promised if mark not in left]
        assert not missing, f"seed {seed}: {len(missing)} of {len(promised)} lost"
        assert len(promised) >= 30

        second = await stack.enter_async_context(hub_process(database, "", tmp_path))
        await peer.do("address", to=second.address.replace("http", "ws", 1) + "/ws/documents", token=world.token(0))
        await until(peer.all_saved)
        now = await world.text()
        assert now == await peer.text()
        assert all(mark in now for mark in marks)


@pytest.mark.slow
async def test_two_hubs_one_killed_and_the_bus_lost_everybody_converges(
    world: World, database: str, tmp_path: Path
) -> None:
    seed = 7
    marks: list[list[str]] = [[], []]
    acknowledged: list[list[str]] = [[], []]
    with running_valkey() as valkey:
        async with AsyncExitStack() as stack:
            hubs = [await stack.enter_async_context(hub_process(database, valkey.url, tmp_path)) for _ in range(2)]
            peers = [
                await stack.enter_async_context(
                    YjsPeer.join(hub.address, world.document, world.token(n), client_id=n + 1, saved=True)
                )
                for n, hub in enumerate(hubs)
            ]
            for peer in peers:
                await until(peer.synced)
            stop = anyio.Event()

            async def written(count: int, *who: int) -> None:
                goal = [len(marks[n]) + count for n in who]
                with anyio.fail_after(60):
                    while any(len(acknowledged[n]) < wanted for n, wanted in zip(who, goal, strict=True)):
                        await anyio.sleep(0.02)

            async with anyio.create_task_group() as tasks:
                for n, peer in enumerate(peers):
                    tasks.start_soon(write_until, peer, random.Random(seed + n), marks[n], acknowledged[n], stop)
                await written(10, 0, 1)
                valkey.kill()
                await written(10, 0, 1)
                await hubs[1].kill()
                await written(10, 0)
                to = hubs[0].address.replace("http", "ws", 1) + "/ws/documents"
                await peers[1].do("address", to=to, token=world.token(1))
                await written(10, 0, 1)
                valkey.start()
                await written(10, 0, 1)
                stop.set()

            for peer in peers:
                await until(peer.all_saved)

            async def same() -> bool:
                return await peers[0].text() == await peers[1].text() == await world.text()

            await until(same)
            text = await world.text()
            assert all(mark in text for of_one in marks for mark in of_one), f"seed {seed}"
