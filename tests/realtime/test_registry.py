"""The shell: loads, commits, unloads, compacts, and follows the other hubs (R70–R94)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import msgspec
import pytest

from realtime import (
    Closing,
    Damage,
    DocumentUnavailable,
    Editor,
    InProcessBus,
    LogUnavailable,
    MemoryLog,
    NoSuchDocument,
    Pace,
    PlainConnection,
    RedisStreamBus,
    Registry,
    Right,
    Stored,
    committer,
    compaction,
    messages,
    serve,
    wire,
)
from realtime.compaction import CompactionFailed, compacted
from tests.realtime.peers import Client
from tests.realtime.valkey import running_valkey

pytestmark = pytest.mark.anyio

HURRIED = Pace(
    commit=0.001, presence=0.001, upkeep=0.01, tick=60, poll_with_bus=60, poll_without_bus=0.02, idle=0.03, sweep=0.05,
    compact_rows=60, compact_rows_on_unload=20,
)  # fmt: skip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    with anyio.fail_after(seconds):
        while not true():
            await anyio.sleep(0.002)


class Socket:
    """A client served by a registry over two queues in the place of a socket."""

    def __init__(self, client: Client, editor: Editor) -> None:
        self.client, self.editor = client, editor
        self.to_hub: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.closed: Closing | None = None
        self.ended = asyncio.Event()
        self.synced = asyncio.Event()

    def flush(self) -> None:
        while self.client.to_send:
            self.to_hub.put_nowait(self.client.to_send.popleft())

    async def receive(self) -> bytes | str | None:
        return await self.to_hub.get()

    async def send(self, frame: bytes) -> None:
        await self.reads.wait()
        self.client.hear(frame)
        if frame[:2] == b"\x00\x01":
            self.synced.set()
        self.flush()

    def type(self, words: str) -> None:
        self.client.type(words)
        self.flush()

    async def saved(self) -> None:
        await until(lambda: self.client.saved == self.client.sent > 0)


@asynccontextmanager
async def joined(
    hub: Registry, client: Client, *, user: str = "an", right: Right = "write", document_id: str = "doc"
) -> AsyncIterator[Socket]:
    socket = Socket(client, Editor(user, right=right, wants_saved=True))

    async def run() -> None:
        async with hub.open(document_id) as document:
            client.connect()
            socket.flush()
            socket.closed = await serve(hub, document, socket.editor, PlainConnection(socket.receive, socket.send))
        client.disconnect()
        socket.ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        with anyio.fail_after(10):
            await socket.synced.wait()
        yield socket
        socket.to_hub.put_nowait(None)


# --- opening ---


class SlowLog(MemoryLog):
    def __init__(self) -> None:
        super().__init__(["doc"])
        self.may_answer = asyncio.Event()

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        await self.may_answer.wait()
        return await super().read(document_id, after)


async def test_r70_one_load_is_shared_by_all_who_join_and_survives_one_who_gives_up() -> None:
    store = SlowLog()
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        first = asyncio.create_task(hub._get("doc"))
        others = [asyncio.create_task(hub._get("doc")) for _ in range(50)]
        await anyio.sleep(0)
        first.cancel()
        store.may_answer.set()
        documents = set(await asyncio.gather(*others))

    assert store.reads == 1
    assert len(documents) == 1


async def test_r71_a_load_that_fails_refuses_the_join_and_the_next_one_tries_again() -> None:
    store = MemoryLog(["doc"])
    store.available = False
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        with pytest.raises(DocumentUnavailable):
            async with hub.open("doc"):
                pass
        store.available = True

        async with hub.open("doc") as document:
            assert document.id == "doc"


async def test_r71_a_document_that_does_not_exist_is_not_an_empty_one() -> None:
    async with Registry(MemoryLog(), InProcessBus(), pace=HURRIED) as hub:
        with pytest.raises(NoSuchDocument):
            async with hub.open("doc"):
                pass


# --- saving ---


async def test_r73_the_edits_of_all_documents_are_committed_together() -> None:
    names = [f"doc{n}" for n in range(20)]
    store = MemoryLog(names)
    slow = Pace(commit=0.2, upkeep=60, sweep=60)
    async with Registry(store, InProcessBus(), pace=slow) as hub, anyio.create_task_group() as tasks:
        client = Client(1)
        client.type("một lần")
        for name in names:
            tasks.start_soon(hub.append, name, client.doc.get_update())
        await until(lambda: all(store.row_count(name) for name in names))

    assert store.commits <= 2


class InTurns:
    """As the sockets of a busy hub are read."""

    slack = 0.003

    def told(self, seconds: float) -> None:
        pass


async def test_r10_in_a_busy_hub_what_is_saved_is_told_soon_though_no_news_come() -> None:
    async with Registry(MemoryLog(["doc"]), InProcessBus(), pace=HURRIED) as hub:
        hub.turns = InTurns()
        async with joined(hub, Client(1)) as alone:
            alone.type("một mình")
            await alone.saved()


async def test_r74_while_the_log_is_away_nothing_is_called_saved_and_then_everything_is() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        writer, reader = Client(1), Client(2)
        async with joined(hub, writer) as writing, joined(hub, reader, user="binh"):
            await writing.saved()
            store.available = False
            writing.type("viết khi kho vắng")
            await until(lambda: not hub.storing)
            assert str(reader.text) == "viết khi kho vắng"
            assert writer.saved == 1

            store.available = True
            await writing.saved()

        assert hub.storing
    check = Client(3)
    check.doc.apply_update(store.whole("doc"))
    assert check.state == writer.state


async def test_r72_nothing_is_unloaded_while_the_log_lacks_any_of_it() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        client = Client(1)
        async with joined(hub, client) as socket:
            await socket.saved()
            store.available = False
            socket.type("chưa lưu")
            await until(lambda: not hub.storing)
        await anyio.sleep(10 * HURRIED.idle)
        assert hub.find("doc") is not None

        store.available = True
        await until(lambda: hub.find("doc") is None)

    assert store.row_count("doc") == 1


async def test_r72_a_document_nobody_has_open_is_unloaded_and_comes_back_whole() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        first, second = Client(1), Client(2)
        async with joined(hub, first) as socket:
            socket.type("còn đây")
            await socket.saved()
        await until(lambda: hub.find("doc") is None)

        async with joined(hub, second):
            assert second.state == first.state


async def test_r75_a_document_that_is_deleted_closes_its_editors() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, Client(1)) as socket:
            await socket.saved()
            store.remove("doc")
            socket.type("x")
            await until(socket.ended.is_set)

            with pytest.raises(NoSuchDocument):
                async with hub.open("doc"):
                    pass

        assert socket.closed == Closing(4404, "document-gone")
        assert hub.backlog_bytes == 0


async def test_r76_when_too_much_waits_for_the_log_editors_are_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "BACKLOG_BYTES", 100_000)
    store = MemoryLog(["doc"])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, Client(1)) as socket:
            await socket.saved()
            store.available = False
            for _ in range(40):
                socket.type("x" * 10_000)
            await until(lambda: hub.backlog_bytes > 100_000)
            await anyio.sleep(0.05)
            assert hub.backlog_bytes < 120_000
            assert socket.to_hub.qsize() > 20

            store.available = True
            await socket.saved()
        assert hub.backlog_bytes == 0


async def test_the_hub_that_goes_down_commits_what_it_has_and_tells_its_editors() -> None:
    store = MemoryLog(["doc"])
    client = Client(1)
    async with anyio.create_task_group() as tasks, Registry(store, InProcessBus(), pace=Pace(commit=30)) as hub:
        socket = Socket(client, Editor("an", right="write"))

        async def run() -> None:
            async with hub.open("doc") as document:
                client.connect()
                socket.flush()
                socket.closed = await serve(hub, document, socket.editor, PlainConnection(socket.receive, socket.send))

        tasks.start_soon(run)
        await until(socket.synced.is_set)
        socket.type("phút cuối")
        await until(socket.to_hub.empty)

    assert socket.closed == Closing(1012, "restart")
    assert store.row_count("doc") == 1


# --- the connection ---


async def test_r31_a_broken_frame_closes_the_connection_with_its_name() -> None:
    async with Registry(MemoryLog(["doc"]), InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, Client(1)) as socket, joined(hub, Client(2), user="binh") as other:
            socket.to_hub.put_nowait(b"\x00\x02\x03\x01\x01")
            await until(socket.ended.is_set)
            other.type("vẫn chạy")
            await other.saved()

        assert socket.closed == Closing(4400, "truncated")


async def test_r31_a_text_message_is_not_a_frame() -> None:
    async with Registry(MemoryLog(["doc"]), InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, Client(1)) as socket:
            socket.to_hub.put_nowait("hello")
            await until(socket.ended.is_set)

        assert socket.closed == Closing(4400, "not-binary")


async def test_r63_a_flood_of_frames_is_cut_off() -> None:
    async with Registry(MemoryLog(["doc"]), InProcessBus(), pace=HURRIED) as hub:
        async with joined(hub, Client(1)) as socket:
            for _ in range(5000):
                socket.to_hub.put_nowait(b"\x03")
            await until(socket.ended.is_set)

        assert socket.closed == Closing(1013, "too-many-frames")


async def test_r60_r62_who_reads_slowly_is_left_behind_and_catches_up_and_the_others_do_not_notice() -> None:
    slow, reader = Client(2), Client(3)
    async with (
        Registry(MemoryLog(["doc"]), InProcessBus(), pace=HURRIED) as hub,
        joined(hub, Client(1)) as writing,
        joined(hub, slow, user="binh") as reading_slowly,
        joined(hub, reader, user="chi") as reading,
    ):
        reading_slowly.reads.clear()
        for _ in range(30):
            writing.type("x" * 50_000)
            await writing.saved()
        await until(lambda: reader.state == writing.client.state)
        assert reading_slowly.editor.behind is not None
        assert reading_slowly.editor.sink.waiting() < 200_000

        reading_slowly.reads.set()

        await until(lambda: slow.state == writing.client.state)
        assert reading.editor.closing is reading_slowly.editor.closing is None


async def test_r60_who_takes_nothing_for_long_is_closed() -> None:
    async with Registry(MemoryLog(["doc"]), InProcessBus(), pace=dataclasses.replace(HURRIED, tick=0.01)) as hub:
        async with joined(hub, Client(1)) as writing, joined(hub, Client(2), user="binh") as stalled:
            stalled.reads.clear()
            for _ in range(4):
                writing.type("x" * 50_000)
                await writing.saved()
            await until(stalled.ended.is_set)

        assert stalled.closed == Closing(1013, "stalled")


# --- several hubs ---


async def test_r80_r83_two_hubs_share_a_document_and_its_people() -> None:
    store, bus = MemoryLog(["doc"]), InProcessBus()
    async with Registry(store, bus, pace=HURRIED) as here, Registry(store, bus, pace=HURRIED) as there:
        one, two = Client(1), Client(2)
        async with joined(here, one) as near:
            one.show(b'"An"')
            near.flush()
            near.type("ở đây ")
            await near.saved()
            async with joined(there, two, user="binh") as far:
                far.type("và ở kia 🎉")
                await until(lambda: one.state == two.state and "kia" in str(one.text))
                await until(lambda: two.present.get(one.id) == b'"An"')
                two.show(b'"Binh"')
                far.flush()
                await until(lambda: one.present.get(two.id) == b'"Binh"')
            await until(lambda: one.present.get(two.id, b"") is None)


async def test_r83_who_opens_a_document_on_another_hub_sees_at_once_who_is_here() -> None:
    store, bus = MemoryLog(["doc"]), InProcessBus()
    quiet = Pace(upkeep=60, sweep=60)
    async with Registry(store, bus, pace=quiet) as here, Registry(store, bus, pace=quiet) as there:
        one, two = Client(1), Client(2)
        async with joined(here, one) as near:
            one.show(b'"An"')
            near.flush()
            await until(lambda: here.find("doc") and here._open["doc"].live.presence.states())
            async with joined(there, two, user="binh"):
                await until(lambda: two.present.get(one.id) == b'"An"')


async def test_r81_what_a_hub_wrote_itself_is_not_sent_to_its_editors_again() -> None:
    store, bus = MemoryLog(["doc"]), InProcessBus()
    async with (
        Registry(store, bus, pace=HURRIED) as here,
        joined(here, Client(1)) as near,
        joined(here, Client(2), user="binh") as other,
    ):
        await near.saved()
        await other.saved()
        frames: list[bytes] = []
        hear = other.client.hear

        def note(frame: bytes) -> None:
            frames.append(frame)
            hear(frame)

        other.client.hear = note  # type: ignore[method-assign]
        for _ in range(20):
            near.type("x")
            await near.saved()
        await here.poll()

        assert len([frame for frame in frames if frame[:2] == b"\x00\x02"]) == 20


async def test_r84_a_message_in_words_of_a_newer_hub_is_passed_over() -> None:
    store, bus = MemoryLog(["doc"]), InProcessBus()
    async with Registry(store, bus, pace=HURRIED) as hub, joined(hub, Client(1)) as near:
        for message in (b"", b"\xc1", msgspec.msgpack.encode(["z", "newer", 1]), msgspec.msgpack.encode({"a": 1})):
            bus.publish("doc:doc", message)
        near.type("vẫn nghe")
        await near.saved()

        assert near.editor.closing is None
        client = Client(2)
        client.type("từ hub khác")
        await store.append([("doc", client.doc.get_update())])
        bus.publish("doc:doc", messages.committed("another", 2, [client.doc.get_update()]))
        await until(lambda: "từ hub khác" in str(near.client.text))


class DeafBus(InProcessBus):
    """Within the process it works; the others never hear."""

    @property
    def up(self) -> bool:
        return False


async def test_r82_without_a_bus_hubs_find_each_others_edits_in_the_log() -> None:
    store = MemoryLog(["doc"])
    async with Registry(store, DeafBus(), pace=HURRIED) as here, Registry(store, DeafBus(), pace=HURRIED) as there:
        one, two = Client(1), Client(2)
        async with joined(here, one) as near, joined(there, two, user="binh") as far:
            for words in ("một ", "hai ", "ba "):
                near.type(words)
                far.type(words.upper())
            await until(lambda: one.state == two.state and "BA" in str(one.text) and "ba" in str(two.text))


async def test_r80_over_a_real_bus_that_dies_hubs_converge_and_lose_nothing() -> None:
    store = MemoryLog(["doc"])
    with running_valkey() as valkey:
        async with (
            RedisStreamBus(valkey.url, beat_seconds=0.2) as bus_here,
            RedisStreamBus(valkey.url, beat_seconds=0.2) as bus_there,
            Registry(store, bus_here, pace=HURRIED) as here,
            Registry(store, bus_there, pace=HURRIED) as there,
        ):
            one, two = Client(1), Client(2)
            async with joined(here, one) as near, joined(there, two, user="binh") as far:
                near.type("trước ")
                await until(lambda: "trước" in str(two.text))
                valkey.kill()
                near.type("trong ")
                far.type("lúc ")
                await near.saved()
                await far.saved()
                await until(lambda: one.state == two.state and "lúc" in str(one.text))
                valkey.start()
                await until(lambda: bus_here.up and bus_there.up)
                near.type("sau")
                await until(lambda: one.state == two.state and "sau" in str(two.text))


# --- compaction ---


async def test_r91_r92_only_the_leaseholder_compacts_and_later_rows_stay() -> None:
    store = MemoryLog(["doc"])
    client = Client(1)
    client.type("một")
    await store.append([("doc", client.doc.get_update())] * 3)
    assert await store.take_lease("another hub", 60)
    quiet = Pace(upkeep=60, sweep=60)
    async with Registry(store, InProcessBus(), pace=quiet) as hub:
        await hub.keeper.compact("doc")
        assert store.row_count("doc") == 3

    assert await store.compact("doc", "another hub", 2, client.doc.get_update())
    assert store.row_count("doc") == 1


async def test_r93_a_long_log_is_compacted_while_nobody_has_it_open() -> None:
    store = MemoryLog(["doc", "short"])
    client = Client(1)
    updates: list[bytes] = []
    client.doc.observe(lambda event: updates.append(event.update))
    for _ in range(HURRIED.compact_rows):
        client.type("a")
    await store.append([("doc", update) for update in updates])
    await store.append([("short", updates[0])])
    async with Registry(store, InProcessBus(), pace=HURRIED) as hub:
        await until(lambda: store.row_count("doc") == 0)
        assert hub.open_documents == 0

    reader = Client(2)
    reader.doc.apply_update(store.whole("doc"))
    assert reader.state == client.state
    assert store.row_count("short") == 1


async def test_r93_a_document_being_edited_is_compacted_too_and_a_hub_behind_still_catches_up() -> None:
    store = MemoryLog(["doc"])
    one, two = Client(1), Client(2)
    async with (
        Registry(store, InProcessBus(), pace=HURRIED) as here,
        Registry(store, DeafBus(), pace=Pace(upkeep=60, sweep=60)) as there,
        joined(here, one) as near,
        joined(there, two, user="binh"),
    ):
        for _ in range(HURRIED.compact_rows):
            near.type("a")
        await near.saved()
        await until(lambda: store.row_count("doc") == 0)
        near.type("b")
        await near.saved()

        await there.poll()
        await until(lambda: one.state == two.state)


async def test_r94_a_big_log_is_compacted_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_here(updates: object) -> bytes:
        raise AssertionError("on the event loop")

    client = Client(1)
    client.type("dài " * 30_000)
    monkeypatch.setattr(compaction, "whole_state", not_here)

    async def pieces() -> AsyncIterator[Stored]:
        yield Stored([client.doc.get_update()], head=1)
        client.type("rồi thêm")
        yield Stored([client.doc.get_update(), wire.NOTHING], head=3)

    made = await compacted(pieces())

    assert made is not None
    assert (made.upto, made.rows) == (3, 3)
    assert made.state == client.doc.get_update()


async def test_r94_damage_found_on_the_way_leaves_the_log_alone() -> None:
    client = Client(1)
    client.type("dài " * 30_000)

    async def pieces() -> AsyncIterator[Stored]:
        yield Stored([client.doc.get_update()], head=1)
        yield Stored([], head=2, damage=Damage((2,), datetime.now(UTC)))

    with pytest.raises(CompactionFailed):
        await compacted(pieces())


async def test_r94_a_compaction_that_fails_leaves_the_log_alone() -> None:
    store = MemoryLog(["doc", "big"])
    await store.append([("doc", b"no update"), ("doc", b"at all"), ("big", b"\xff" * 100_000), ("big", b"\xff")])
    async with Registry(store, InProcessBus(), pace=Pace(upkeep=60, sweep=60)) as hub:
        await hub.keeper.compact("doc")
        await hub.keeper.compact("big")

        with pytest.raises(DocumentUnavailable):
            async with hub.open("doc"):
                pass

    assert store.row_count("doc") == store.row_count("big") == 2


async def test_r95_an_edit_by_the_server_is_answered_when_it_is_committed() -> None:
    store = MemoryLog(["doc"])
    client, reader = Client(1), Client(2)
    client.type("máy chủ viết")
    stored: list[tuple[str, int]] = []
    async with Registry(
        store,
        InProcessBus(),
        pace=HURRIED,
        on_stored=lambda document_id, entries: stored.append((document_id, len(entries))),
    ) as hub:
        async with joined(hub, reader, user="binh"):
            await hub.append("doc", client.doc.get_update())
            assert store.row_count("doc") == 1
            assert stored == [("doc", 1)]
            await until(lambda: reader.state == client.state)
        with pytest.raises(NoSuchDocument):
            await hub.append("nowhere", client.doc.get_update())


def test_the_log_that_is_away_says_so() -> None:
    store = MemoryLog(["doc"])
    store.available = False
    with pytest.raises(LogUnavailable):
        asyncio.run(store.heads(["doc"]))
