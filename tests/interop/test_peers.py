"""Real peers in one document through a real hub: concurrent edits with Vietnamese and emoji, one text at the end."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import anyio
import pytest

from hub.documents import queries
from tests.interop.peers import Peer, PycrdtPeer, YjsPeer, YpyPeer, decoded, until
from tests.realtime.peers import Client
from tests.support import Hub, Person

SEEDS = (1, 2, 3)
YPY = pytest.mark.skipif(sys.version_info >= (3, 13), reason="y-py 0.6.2 has no wheel for Python 3.13")


class Minutes:
    """The minutes of a running meeting, and tokens to open them."""

    def __init__(self, hub: Hub, writer: Person, reader: Person, document: UUID) -> None:
        self.hub, self.writer, self.reader, self.document = hub, writer, reader, document

    async def token(self, right: str = "write") -> str:
        person = self.writer if right == "write" else self.reader
        answer = await person.post(f"/api/documents/{self.document}/token", {"right": right})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def stored(self) -> Client:
        """A reader of the log alone."""
        async with self.hub.db.pool.connection() as conn:
            update = await queries.whole(conn, self.document)
        client = Client(0)
        assert update is not None
        client.doc.apply_update(update)
        return client

    async def holds(self, text: str) -> bool:
        """Others see an edit a few milliseconds before it is committed."""
        return str((await self.stored()).text) == text


@pytest.fixture
async def minutes(hub: Hub) -> Minutes:
    await hub.serve()
    chair, delegate = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, delegates=[delegate])
    return Minutes(hub, chair, delegate, await hub.document(meeting, "minutes"))


async def agree(peers: Sequence[Peer]) -> bool:
    texts = {await peer.text() for peer in peers}
    vectors = {str(await peer.vector()) for peer in peers}
    return len(texts) == len(vectors) == 1


async def write_together(peers: Sequence[Peer], seed: int, edits: int = 40) -> None:
    async def write(peer: Peer, number: int) -> None:
        chance = random.Random(seed * 100 + number)
        for _ in range(edits):
            await peer.edit(chance)
            await anyio.sleep(chance.random() * 0.01)

    async with anyio.create_task_group() as tasks:
        for number, peer in enumerate(peers):
            tasks.start_soon(write, peer, number)


async def synced(peers: Sequence[Peer]) -> None:
    for peer in peers:
        await until(peer.synced)


@pytest.mark.parametrize("seed", SEEDS)
async def test_yjs_and_pycrdt_write_one_text(minutes: Minutes, seed: int) -> None:
    address, document = minutes.hub.address, minutes.document
    async with AsyncExitStack() as stack:
        peers: list[Peer] = []
        for number in range(2):
            join = YjsPeer.join(address, document, await minutes.token(), client_id=seed * 1000 + number)
            peers.append(await stack.enter_async_context(join))
        for number in range(2):
            other = PycrdtPeer.join(address, document, await minutes.token(), client_id=2**31 + seed * 1000 + number)
            peers.append(await stack.enter_async_context(other))
        await synced(peers)

        await write_together(peers, seed)
        await until(lambda: agree(peers))

        text = await peers[0].text()
        assert len(text) > 50
        late = await stack.enter_async_context(YjsPeer.join(address, document, await minutes.token(), client_id=77))
        await until(lambda: agree([*peers, late]))
        await until(lambda: minutes.holds(text))
        assert decoded((await minutes.stored()).doc.get_state()) == await peers[0].vector(), f"seed {seed}"


@YPY
@pytest.mark.parametrize("seed", SEEDS)
async def test_yjs_pycrdt_and_y_py_write_one_text(minutes: Minutes, seed: int) -> None:
    address, document = minutes.hub.address, minutes.document
    async with (
        YjsPeer.join(address, document, await minutes.token(), client_id=2**32 - seed) as yjs,
        PycrdtPeer.join(address, document, await minutes.token(), client_id=seed) as pycrdt,
        YpyPeer.join(address, document, await minutes.token(), client_id=2**31 + seed) as ypy,
    ):
        peers: list[Peer] = [yjs, pycrdt, ypy]
        await synced(peers)

        await write_together(peers, seed)
        await until(lambda: agree(peers))

        text = await ypy.text()
        await until(lambda: minutes.holds(text))


async def test_a_yjs_client_that_was_offline_merges_and_is_told_what_is_saved(minutes: Minutes) -> None:
    address, document = minutes.hub.address, minutes.document
    async with (
        YjsPeer.join(address, document, await minutes.token(), client_id=1, saved=True) as away,
        PycrdtPeer.join(address, document, await minutes.token(), client_id=2) as here,
    ):
        await synced([away, here])
        await away.do("insert", at=0, words="Trước. ")
        await until(away.all_saved)
        assert str((await minutes.stored()).text) == "Trước. "

        await away.do("disconnect")
        await away.do("insert", at=7, words="Viết lúc mất mạng 🎉. ")
        await here.edit(random.Random(1))
        assert (await away.do("state"))["sent"] == 2  # nothing was sent since: nothing new is called saved
        await away.do("connect")
        await until(lambda: agree([away, here]))
        await until(away.all_saved)

        assert "Viết lúc mất mạng 🎉. " in str((await minutes.stored()).text)


async def test_a_yjs_reader_is_refused_in_the_words_of_the_protocol_and_goes_on_reading(minutes: Minutes) -> None:
    address, document = minutes.hub.address, minutes.document
    async with (
        YjsPeer.join(address, document, await minutes.token("read"), client_id=1) as reader,
        PycrdtPeer.join(address, document, await minutes.token(), client_id=2) as writer,
    ):
        await synced([reader, writer])
        await reader.do("insert", at=0, words="không được ")

        async def refused() -> bool:
            return bool((await reader.do("state"))["refusals"] == ["read-only"])

        await until(refused)
        await writer.edit(random.Random(3))
        await until(lambda: heard(reader, await_text=writer))
        assert (await reader.do("state"))["closes"] == []
        assert "không được" not in await writer.text()


async def heard(reader: YjsPeer, *, await_text: PycrdtPeer) -> bool:
    return await await_text.text() in await reader.text() or len(await reader.text()) > len("không được ")


async def test_yjs_clients_see_each_other_and_who_leaves_is_gone(minutes: Minutes) -> None:
    address, document = minutes.hub.address, minutes.document
    async with YjsPeer.join(address, document, await minutes.token(), client_id=1) as stays:
        async with YjsPeer.join(address, document, await minutes.token("read"), client_id=2) as leaves:
            await synced([stays, leaves])
            await stays.do("show", state={"user": {"name": "Chủ tọa"}})
            await leaves.do("show", state={"user": {"name": "Đại biểu 🎉"}})

            async def both(peer: YjsPeer) -> bool:
                names = {person.get("user", {}).get("name") for person in (await peer.do("state"))["people"]}
                return names == {"Chủ tọa", "Đại biểu 🎉"}

            await until(lambda: both(stays))
            await until(lambda: both(leaves))

        async def alone() -> bool:
            return len((await stays.do("state"))["people"]) == 1

        await until(alone)


async def test_a_yjs_client_that_may_not_come_in_does_not_come_back(minutes: Minutes) -> None:
    async with YjsPeer.join(minutes.hub.address, minutes.document, "kein-token", client_id=1) as peer:

        async def turned_away() -> bool:
            return bool((await peer.do("state"))["closes"])

        await until(turned_away)
        await anyio.sleep(1)  # longer than y-websocket would wait before it came again

        assert (await peer.do("state"))["closes"] == [[4401, "token-invalid"]]


async def test_what_the_page_writes_as_paragraphs_yjs_reads(minutes: Minutes) -> None:
    from hub.documents.service import begin_documents
    from hub.documents.writing import Block, seed_text

    async with minutes.hub.db.work() as work:
        await begin_documents(work, [(minutes.document, seed_text([Block("BIÊN BẢN", 1), "Thời gian 🕗"]))])
    async with YjsPeer.join(minutes.hub.address, minutes.document, await minutes.token(), client_id=1) as peer:
        await until(peer.synced)

        shown = (await peer.do("paragraphs"))["paragraphs"]

    assert shown == '<heading level="1">BIÊN BẢN</heading><paragraph>Thời gian 🕗</paragraph>'
