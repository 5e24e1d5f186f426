"""Logs that are damaged, and logs that refuse (R77, R100–R103)."""

from __future__ import annotations

import pytest

from realtime import Closing, DocumentDamaged, InProcessBus, MemoryLog, Pace, Registry
from tests.realtime.peers import Client
from tests.realtime.test_registry import HURRIED, joined, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def written(store: MemoryLog, *words: str, document_id: str = "doc") -> Client:
    """Somebody who wrote this, each word a row of the log."""
    client = Client(1)
    updates: list[bytes] = []
    observer = client.doc.observe(lambda event: updates.append(event.update))
    for each in words:
        client.type(each)
    client.doc.unobserve(observer)
    await store.append([(document_id, update) for update in updates])
    return client


def damaged(client: Client) -> bool:
    return bool(client.refusals) and all(each.startswith("damaged 2") for each in client.refusals)


async def test_r100_a_damaged_document_shows_what_is_whole_and_is_only_read() -> None:
    store = MemoryLog(["doc", "other"])
    await written(store, "một ", "hai ", "ba ")
    store.spoil("doc", 3)
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        reader, neighbour = Client(2), Client(3)
        async with joined(hub, reader) as reading, joined(hub, neighbour, document_id="other") as writing:
            assert str(reader.text) == "một hai "
            assert damaged(reader)
            told = len(reader.refusals)
            reading.type("muốn viết")
            await until(lambda: len(reader.refusals) > told)
            assert damaged(reader)
            assert reading.editor.closing is None

            writing.type("không sao")
            await writing.saved()
            assert neighbour.refusals == []
            assert hub.damaged_documents == 1
    assert store.row_count("doc") == 3


async def test_r100_what_follows_the_damage_is_shown_as_far_as_it_stands_by_itself() -> None:
    store = MemoryLog(["doc"])
    first = await written(store, "của An ")
    second = Client(9)
    second.type("của Bình ")
    await store.append([("doc", second.doc.get_update())])
    store.spoil("doc", 1)
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        reader = Client(2)
        async with joined(hub, reader):
            assert str(reader.text) == "của Bình "
    assert str(first.text) not in str(reader.text)


async def test_r101_damage_noticed_while_people_write_stops_them_and_keeps_what_was_accepted() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        writer = Client(1)
        async with joined(hub, writer) as writing:
            writing.type("đã nhận ")
            await writing.saved()
            store.spoil("doc", 1)
            stranger = Client(7)
            stranger.type("từ máy chủ khác")
            await store.append([("doc", stranger.doc.get_update())])
            await hub.poll()

            await until(lambda: damaged(writer))
            writing.type("muộn")
            await until(lambda: len(writer.refusals) >= 2)
            assert damaged(writer)
            assert "từ máy chủ khác" in str(writer.text)
    assert store.row_count("doc") == 2


async def test_r102_a_damaged_log_is_left_as_it_is() -> None:
    store = MemoryLog(["doc"])
    author = await written(store, *["a"] * (HURRIED.compact_rows + 5))
    store.spoil("doc", 4)
    async with Registry(store, InProcessBus(), pace=Pace(upkeep=60, sweep=60)) as hub:
        await hub.keeper.compact("doc")
        with pytest.raises(DocumentDamaged):
            await hub.append("doc", author.doc.get_update())

    assert store.row_count("doc") == HURRIED.compact_rows + 5


async def test_r103_once_mended_people_come_back_to_write_with_what_they_still_have() -> None:
    store = MemoryLog(["doc"])
    author = await written(store, "một ", "hai ", "ba ")
    store.spoil("doc", 2)
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, author) as socket:  # his browser still holds all of it
            await until(lambda: damaged(author))
            store.mend("doc")
            await hub.poll()
            await until(socket.ended.is_set)
            assert socket.closed == Closing(1012, "mended")

        reader = Client(2)
        async with joined(hub, author) as again, joined(hub, reader, user="binh"):
            again.type("bốn")
            await again.saved()
            await until(lambda: str(reader.text) == "một hai ba bốn")
    assert hub.damaged_documents == 0


async def test_r77_a_document_that_the_log_refuses_does_not_keep_the_others_from_being_saved() -> None:
    names = [f"doc{n}" for n in range(4)]
    store = MemoryLog(names)
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        bad, good = Client(1), Client(2)
        async with joined(hub, bad, document_id="doc0") as refused, joined(hub, good, document_id="doc1") as taken:
            store.refuses.add("doc0")
            for n in range(20):
                refused.type(f"{n} ")
                taken.type(f"{n} ")
            await taken.saved()
            await until(lambda: not hub.storing)
            assert bad.saved == 1  # its step 2, which brought nothing
            assert store.row_count("doc0") == 0

            store.refuses.clear()
            await refused.saved()
            await until(lambda: hub.storing)
        assert hub.backlog_bytes == 0
    reader = Client(3)
    reader.doc.apply_update(store.whole("doc0"))
    assert reader.state == bad.state


async def test_r77_when_everything_is_refused_everything_waits_and_nothing_is_lost() -> None:
    names = [f"doc{n}" for n in range(12)]
    store = MemoryLog(names)
    client = Client(1)
    client.type("không còn chỗ")
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        store.refuses |= set(names)
        for name in names:
            document = await hub._get(name)
            document.live.edit(client.doc.get_update())
            hub.touched(document)
        await until(lambda: not hub.storing)

        store.refuses.clear()
        await until(lambda: all(store.row_count(name) == 1 for name in names))
        await until(lambda: hub.storing)
        assert hub.backlog_bytes == 0


async def test_r91_the_lease_moves_when_its_holder_dies_and_what_it_left_undone_is_done() -> None:
    store = MemoryLog(["doc"])
    await written(store, *["a"] * HURRIED.compact_rows)
    assert await store.take_lease("a hub that died", 0.1)
    quick = Pace(upkeep=60, sweep=60, lease=0.2, renew=0.02, compact_rows=HURRIED.compact_rows)
    async with Registry(store, InProcessBus(), pace=quick) as hub:
        assert not hub.keeper.keeping
        await until(lambda: store.row_count("doc") == 0)
        assert hub.keeper.keeping
        assert not await store.take_lease("another", 60)

    assert await store.take_lease("another", 60)  # given back in order
