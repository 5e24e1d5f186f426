"""Abuse over real sockets: lines that died without a word, floods, and texts made to overrun the engine."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import anyio
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed

from hub.documents.service import Documents
from hub.sockets import FastProtocol
from realtime import wire
from realtime.wire import var_uint
from tests.hub.document_peer import Peer, peer, until
from tests.support import Hub, Person

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def impatient(hub: Hub) -> AsyncIterator[Hub]:
    """A hub that asks for a sign of life ten times a second."""
    config = uvicorn.Config(
        hub.app, port=0, lifespan="off", log_level="warning", ws=FastProtocol, ws_per_message_deflate=False,
        ws_max_size=5 * 1024 * 1024, access_log=False, ws_ping_interval=0.1, ws_ping_timeout=0.5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    hub.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield hub
    server.should_exit = True
    with anyio.fail_after(10):
        await task


async def two(hub: Hub) -> tuple[Person, Person, UUID]:
    chair, secretary = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, secretary=secretary)
    return chair, secretary, await hub.document(meeting, "minutes")


def editors(hub: Hub, document: UUID) -> int:
    documents = hub.app.dependencies["documents"].dependency()  # type: ignore[union-attr, operator]
    assert isinstance(documents, Documents)
    found = documents.registry.find(str(document))
    return len(found.live.editors) if found else 0


@asynccontextmanager
async def frozen(person: Person, document: UUID) -> AsyncIterator[Peer]:
    """Somebody whose machine stands still: nothing is closed, nothing is answered."""
    async with peer(person, document, 1) as still:
        still.client.show()
        await still.flush()
        await still.saved()
        still.socket.transport.pause_reading()
        yield still
        still.socket.transport.abort()


async def test_a_line_that_died_without_a_word_is_gone_and_its_cursor_too(impatient: Hub) -> None:
    chair, secretary, minutes = await two(impatient)
    async with frozen(chair, minutes) as still, peer(secretary, minutes, 2) as other:
        await until(lambda: other.client.present.get(still.client.id, b"?") is None)

        await until(lambda: editors(impatient, minutes) == 1)
        await other.type("vẫn viết")
        await other.saved()


async def test_so_is_one_for_whom_much_is_waiting(impatient: Hub) -> None:
    chair, secretary, minutes = await two(impatient)
    async with frozen(chair, minutes), peer(secretary, minutes, 2) as other:
        for _ in range(30):
            await other.type("x" * 300_000)
            await other.saved()

        await until(lambda: editors(impatient, minutes) == 1, 30)
        assert other.code is None


async def test_a_flood_of_tiny_frames_ends_its_line_and_nobody_elses(hub: Hub) -> None:
    await hub.serve()
    chair, secretary, minutes = await two(hub)
    async with peer(chair, minutes, 1) as flooding, peer(secretary, minutes, 2) as other:

        async def flood() -> None:
            try:
                for _ in range(20_000):
                    await flooding.socket.send(b"\x03")
            except ConnectionClosed:
                return

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(flood)
            for n in range(20):
                await other.type(f"{n} ")
                await other.saved()

        assert await flooding.closed() == 1013
        assert flooding.reason == "too-many-frames"
        assert other.code is None


def elements_inside_one_another(count: int) -> bytes:
    """Each is a child of the one before."""
    first = b"\x07\x01\x01t\x03\x01p"
    others = (b"\x07\x00\x07" + var_uint(n) + b"\x03\x01p" for n in range(count - 1))
    return b"\x01" + var_uint(count) + b"\x07\x00" + first + b"".join(others) + b"\x00"


DELETES_THE_OUTERMOST = b"\x00\x01\x07\x01\x00\x01"
PROGRAM = """
import sys, pycrdt
from hub.stack import deepen_stack
if sys.argv[1] == "deep":
    deepen_stack()
doc = pycrdt.Doc()
doc.get("t", type=pycrdt.XmlFragment)
doc.apply_update(sys.stdin.buffer.read())
doc.apply_update(bytes.fromhex(sys.argv[2]))
print("still here")
"""


@pytest.mark.parametrize(("stack", "lives"), [("deep", True), ("usual", False)])
def test_a_text_that_is_all_depth_does_not_end_the_hub_when_it_is_deleted(stack: str, lives: bool) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, stack, DELETES_THE_OUTERMOST.hex()],
        input=elements_inside_one_another(200_000),
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )

    assert (ran.stdout == b"still here\n") == lives
    assert len(wire.update_frame(elements_inside_one_another(200_000))) < wire.MAX_FRAME_BYTES
