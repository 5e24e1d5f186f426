"""From a damaged row to people writing again: the notice, `phien check`, the loss accepted, what comes back."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import anyio.to_thread
import msgspec
import pytest

from hub.check import findings
from hub.documents import repair
from hub.documents.service import Documents
from hub.settings import Settings
from realtime import Pace
from tests.hub.document_peer import peer, until
from tests.realtime.peers import Client
from tests.support import Hub, HubClock, Person, running_hub


class World:
    def __init__(self, hub: Hub, secretary: Person, minutes: UUID, agenda: UUID, author: Client) -> None:
        self.hub, self.secretary, self.minutes, self.agenda, self.author = hub, secretary, minutes, agenda, author

    async def repair(self, *, accept: bool, document: UUID | None = None) -> tuple[int, str]:
        said: list[str] = []
        code = await repair._repair(self.hub.db.conninfo, document or self.minutes, accept=accept, say=said.append)
        return code, "\n".join(said)

    async def checked(self, settings: Settings, *, chain: bool = False) -> list[str]:
        named = msgspec.structs.replace(settings, database=self.hub.db.conninfo)
        lines = await anyio.to_thread.run_sync(lambda: list(findings(named, chain=chain)))
        return [
            f"{line.mark} {line.text}"
            for line in lines
            if "document" in line.text.split()[0] or "repair-document" in line.text
        ]


@pytest.fixture
async def world(database: str, settings: Settings, clock: HubClock) -> AsyncIterator[World]:
    """Minutes in three rows, of which the second is damaged on the disk after the hub that took them has gone."""
    author = Client(1)
    async with running_hub(settings, database, clock=clock) as first:
        await first.serve()
        chair, secretary = await first.person(), await first.person()
        meeting = await first.meeting(chair, secretary=secretary)
        minutes, agenda = await first.document(meeting, "minutes"), await first.document(meeting, "agenda")
        async with peer(secretary, minutes, client=author) as writing:
            for words in ("Một. ", "Hai. ", "Ba. "):
                await writing.type(words)
                await writing.saved()
        async with first.db.pool.connection() as conn:
            cursor = await conn.execute(
                "UPDATE document_update SET update = set_byte(update, 20, 255) WHERE document_id = %s AND seq = 2",
                (minutes,),
            )
            assert cursor.rowcount == 1
    async with running_hub(settings, database, clock=clock) as hub:
        await hub.serve()
        again = await hub.sign_in(secretary.id)
        documents = hub.app.dependencies["documents"].dependency()  # type: ignore[union-attr, operator]
        assert isinstance(documents, Documents)
        documents.registry.pace = Pace(poll_with_bus=0.05)
        yield World(hub, again, minutes, agenda, author)


async def test_a_damaged_document_is_read_only_with_a_notice_until_the_loss_is_accepted(world: World) -> None:
    reader = Client(2)
    async with (
        peer(world.secretary, world.minutes, client=reader) as reading,
        peer(world.secretary, world.agenda) as other,
    ):
        assert str(reader.text) == "Một. "
        assert reader.refusals[0].startswith("damaged 2")
        await reading.type("không được")
        await until(lambda: len(reader.refusals) == 2)
        await other.type("chương trình")
        await other.saved()

        code, said = await world.repair(accept=False)
        assert code == 0
        assert "damaged or missing: 2; 2 pieces are whole" in said
        assert (await world.repair(accept=True))[0] == 0
        assert await reading.closed() == 1012
        assert reading.reason == "mended"

    async with peer(world.secretary, world.minutes, client=world.author) as author:
        await author.type("Bốn.")
        await author.saved()
        assert author.text == "Một. Hai. Ba. Bốn."  # his browser had what was lost
        assert author.client.refusals == []
    async with world.hub.db.pool.connection() as conn:
        kept = await (await conn.execute("SELECT seq, content IS NULL FROM document_damaged_row")).fetchall()
    assert kept == [(2, False)]
    assert (await world.repair(accept=True))[1].endswith("nothing to repair")


async def test_check_names_a_damaged_document_and_how_to_repair_it(world: World, settings: Settings) -> None:
    assert await world.checked(settings) == []  # nobody has read it yet

    found = await world.checked(settings, chain=True)

    assert found[0].startswith("BAD documents: the log of minutes of “Kỳ họp thử”")
    assert f"phien repair-document {world.minutes}" in found[1]
    assert await world.checked(settings) == found
    await world.repair(accept=True)
    assert await world.checked(settings, chain=True) == ["ok documents: every row of every log is what was written"]


async def test_a_document_that_is_not_there_is_said(world: World) -> None:
    assert (await world.repair(accept=True, document=uuid4()))[0] == 1
