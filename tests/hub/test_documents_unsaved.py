"""A database that takes nothing: people go on writing, are told nothing false, and all is saved afterwards."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest

from hub.children.postgres import EmbeddedPostgres
from hub.db.migrate import migrate
from hub.documents.service import Documents
from hub.settings import Settings
from realtime import Registry
from tests.house.test_serve import small_disk
from tests.hub.document_peer import Peer, peer, until
from tests.hub.test_documents import stored_text
from tests.support import Hub, HubClock, Person, running_hub

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON document_update FOR EACH ROW EXECUTE FUNCTION refuse()
"""


def registry(hub: Hub) -> Registry:
    documents = hub.app.dependencies["documents"].dependency()  # type: ignore[union-attr, operator]
    assert isinstance(documents, Documents)
    return documents.registry


async def two_writers(hub: Hub) -> tuple[Person, Person, UUID]:
    await hub.serve()
    chair, secretary = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, secretary=secretary)
    return chair, secretary, await hub.document(meeting, "minutes")


async def test_r74_r77_a_refused_commit_is_not_called_saved_and_everything_is_saved_when_it_is_taken(hub: Hub) -> None:
    chair, secretary, minutes = await two_writers(hub)
    async with peer(chair, minutes, 1) as one, peer(secretary, minutes, 2) as two:
        await one.type("trước ")
        await one.saved()
        async with hub.db.pool.connection() as conn:
            await conn.execute(REFUSE)
        await one.type("trong lúc ")
        await two.type("vẫn viết ")
        await until(lambda: one.client.state == two.client.state)
        await until(lambda: not registry(hub).storing)
        assert one.client.saved < one.client.sent
        assert two.client.saved < two.client.sent
        assert one.code is None
        assert await stored_text(hub, minutes) == "trước "

        async with hub.db.pool.connection() as conn:
            await conn.execute("DROP TRIGGER refuse ON document_update")
        await one.saved()
        await two.saved()

        assert await stored_text(hub, minutes) == one.text
        await until(lambda: registry(hub).storing)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of its own, small."""
    with TemporaryDirectory(prefix="phien-full-") as folder:
        Path(folder).chmod(0o755)
        with small_disk(Path(folder), 160) as mounted:
            yield mounted


def fill(disk: Path) -> Path:
    """Takes all that is left."""
    room = os.statvfs(disk)
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, (room.f_bavail - 2) * room.f_frsize)
    return ballast


async def write_much(one: Peer) -> None:
    """Words that do not compress."""
    await one.type(random.Random(len(one.text)).randbytes(40_000).hex())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.slow
async def test_r74_r77_a_full_disk_saves_nothing_loses_nothing_and_all_is_saved_when_there_is_room(
    disk: Path, settings: Settings, clock: HubClock
) -> None:
    server = EmbeddedPostgres(disk / "postgres", disk / "run", throwaway=True)
    server.start()
    try:
        migrate(server.conninfo)
        async with running_hub(settings, server.conninfo, clock=clock) as hub:
            chair, secretary, minutes = await two_writers(hub)
            async with peer(chair, minutes, 1) as one, peer(secretary, minutes, 2) as two:
                await one.type("Có chỗ. ")
                await one.saved()
                ballast = fill(disk)
                while registry(hub).storing:
                    await write_much(one)
                    await until(lambda: one.client.saved == one.client.sent or not registry(hub).storing)
                await two.type("Hết chỗ, vẫn viết. ")
                await until(lambda: "vẫn viết" in one.text and one.client.state == two.client.state)
                assert two.client.saved < two.client.sent

                ballast.unlink()
                if server.process is not None and server.process.poll() is not None:
                    server.start()  # it gave up with a full disk; the hub's supervisor starts it again
                await one.saved(60)
                await two.saved(60)

                assert await stored_text(hub, minutes) == one.text == two.text
    finally:
        server.stop()
