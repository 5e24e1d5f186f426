"""The meeting's line: what was missed, then what happens, once and in order, whatever the bus does."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
import websockets.exceptions

from hub import live
from hub.events import canonical, chain_hash, text_hash
from hub.meetings.models import MeetingChanged
from hub.settings import Settings
from realtime import InProcessBus
from realtime.sink import Outbox
from tests.hub.document_peer import until
from tests.support import Hub, HubClock, running_hub


class ForgetfulBus(InProcessBus):
    """A bus that can be away: what is published meanwhile is lost, silently even."""

    away = False

    @property
    def up(self) -> bool:
        return not self.away

    def publish(self, channel: str, message: bytes) -> None:
        if not self.away:
            super().publish(channel, message)


async def tell(hub: Hub, meeting: UUID, count: int, text: str | None = None) -> None:
    for _ in range(count):
        async with hub.db.work() as work:
            await work.tell(meeting, MeetingChanged(hub.unit_id), text)


def seqs(told: list[dict[str, Any]]) -> list[int]:
    return [message["seq"] for message in told]


async def test_a_screen_gets_what_it_missed_then_what_happens(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    await tell(hub, meeting, 3)

    async with chair.line(meeting, after=2) as line:
        ready = await line.next("ready")
        await tell(hub, meeting, 2)
        while len(line.told) < ready["seq"] - 2 + 2:
            await line.next()

    assert seqs(line.told) == list(range(3, ready["seq"] + 3))


async def test_two_thousand_facts_later_a_late_screen_is_right(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    async with hub.db.work() as work:
        for _ in range(2000):
            await work.tell(meeting, MeetingChanged(chair.id))

    async with chair.line(meeting) as line:
        ready = await line.next("ready", seconds=20)

    assert seqs(line.told) == list(range(1, ready["seq"] + 1))
    assert ready["seq"] > 2000


async def test_facts_told_while_the_screen_joins_are_neither_lost_nor_doubled(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    lines = []

    async def follow() -> None:
        async with chair.line(meeting) as line:
            lines.append(line)
            while not line.told or line.told[-1]["seq"] < last:
                await line.next(seconds=20)

    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT seq FROM meeting WHERE id = %s", (meeting,))
        row = await cursor.fetchone()
    assert row is not None
    last = row[0] + 60
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(follow)
        tasks.start_soon(tell, hub, meeting, 60)

    for line in lines:
        assert seqs(line.told) == list(range(1, last + 1))


async def test_facts_told_while_the_bus_is_away_arrive_all_the_same(
    database: str, settings: Settings, clock: HubClock
) -> None:
    bus = ForgetfulBus()
    async with running_hub(settings, database, clock=clock, bus=bus) as hub:
        await hub.serve()
        chair = await hub.person()
        meeting = await hub.meeting(chair)
        async with chair.line(meeting) as line:
            ready = await line.next("ready")
            bus.away = True
            await tell(hub, meeting, 5)
            while line.told[-1]["seq"] < ready["seq"] + 5:
                await line.next(seconds=10)
            bus.away = False
            await tell(hub, meeting, 2)
            while line.told[-1]["seq"] < ready["seq"] + 7:
                await line.next(seconds=10)

    assert seqs(line.told) == list(range(1, ready["seq"] + 8))


async def test_concurrent_facts_have_gapless_numbers(hub: Hub) -> None:
    chair = await hub.person()
    meeting = await hub.meeting(chair)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(tell, hub, meeting, 10)

    async with hub.db.pool.connection() as conn:
        cursor = await conn.execute("SELECT seq FROM event WHERE meeting_id = %s ORDER BY seq", (meeting,))
        found = [row[0] for row in await cursor.fetchall()]
    assert found == list(range(1, len(found) + 1))
    assert len(found) > 80


async def test_the_chain_can_be_recomputed_and_holds_no_words(hub: Hub) -> None:
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    await tell(hub, meeting, 1, text="Đề nghị làm rõ phần vốn đối ứng")

    async with hub.db.pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT seq, at, kind, body, prev_hash, hash FROM event WHERE meeting_id = %s ORDER BY seq", (meeting,)
        )
        rows = await cursor.fetchall()
        cursor = await conn.execute("SELECT salt, text FROM event_text WHERE meeting_id = %s", (meeting,))
        salted = await cursor.fetchone()

    head = b""
    for seq, at, kind, body, prev_hash, digest in rows:
        assert bytes(prev_hash) == head
        assert bytes(body) == canonical(json.loads(bytes(body)))
        head = chain_hash(head, meeting, seq, at, kind, bytes(body))
        assert bytes(digest) == head
    assert salted is not None
    last = json.loads(bytes(rows[-1][3]))
    assert last["text_hash"] == text_hash(bytes(salted[0]), salted[1])
    assert last["text_hash"] == hashlib.sha256(bytes(salted[0]) + salted[1].encode()).hexdigest()
    assert "vốn đối ứng".encode() not in b"".join(bytes(row[3]) for row in rows)


async def test_an_erased_text_is_told_as_none(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    await tell(hub, meeting, 1, text="lời nói")
    async with chair.line(meeting) as line:
        await line.next("ready")
    async with hub.db.work() as work:
        await work.conn.execute("DELETE FROM event_text")
    async with chair.line(meeting) as later:
        await later.next("ready")

    assert line.told[-1]["text"] == "lời nói"
    assert later.told[-1]["text"] is None
    assert later.told[-1]["event"] == line.told[-1]["event"]


@pytest.mark.parametrize(("case", "code"), [("nobody", 4401), ("stranger", 4404), ("evil", 4403), ("no-origin", 4403)])
async def test_who_may_not_listen_is_told_why(hub: Hub, case: str, code: int) -> None:
    await hub.serve()
    chair = await hub.person()
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    meeting = await hub.meeting(chair)
    who = stranger if case == "stranger" else chair
    if case == "nobody":
        who.cookie = "a=b"
    origin = {"evil": "https://evil.example", "no-origin": ""}.get(case, hub.address)

    async with who.socket(f"/ws/meetings/{meeting}", origin=origin) as socket:
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed, anyio.fail_after(5):
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_signing_out_elsewhere_ends_the_line(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)

    async with chair.line(meeting) as line:
        await line.next("ready")
        await chair.post("/api/sign-out")
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed, anyio.fail_after(5):
            while True:
                await line.next()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_who_is_there_is_seen_by_the_others_and_gone_when_gone(hub: Hub) -> None:
    await hub.serve()
    chair, delegate = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, delegates=[delegate])

    async with chair.line(meeting) as line:
        await line.next("ready")
        async with delegate.line(meeting) as other:
            await other.next("ready")
            both = await line.next("presence", of="people")
            while len(both["online"]) < 2:
                both = await line.next("presence", of="people")
        alone = await line.next("presence", of="people")
        while len(alone["online"]) > 1:
            alone = await line.next("presence", of="people")

    assert both["online"] == sorted([str(chair.id), str(delegate.id)])
    assert alone["online"] == [str(chair.id)]


async def test_a_rolled_back_fact_is_never_told(hub: Hub) -> None:
    await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)

    async with chair.line(meeting) as line:
        ready = await line.next("ready")
        with pytest.raises(ZeroDivisionError):
            async with hub.db.work() as work:
                await work.tell(meeting, MeetingChanged(chair.id))
                raise ZeroDivisionError
        await tell(hub, meeting, 1)
        await line.next()

    assert line.told[-1]["seq"] == ready["seq"] + 1


class HandMoved(Outbox):
    """A screen's connection whose other side reads when the test says so."""

    def open(self, hear: Any, drained: Any, gone: Any) -> None:
        self.drained, self.gone = drained, gone

    def hold(self) -> None: ...

    def go_on(self) -> None: ...

    async def release(self) -> None: ...

    def read(self) -> list[int]:
        """The facts that came, by number."""
        read = [json.loads(message) for message in self.take()]
        self.drained()
        return [message["seq"] for message in read if message["type"] == "told"]


@asynccontextmanager
async def hand_moved_screen(hub: Hub, meeting: UUID) -> AsyncIterator[tuple[live.Screen, HandMoved]]:
    async def welcome() -> int | None:
        return None

    connection = HandMoved()
    screen = live.Screen(uuid4(), connection)
    async with live.LiveLines(hub.db, hub.db.bus) as lines:
        line = await lines.join(meeting, screen)
        screen.open()
        serving = asyncio.create_task(live._serve(hub.db, line, screen, 0, welcome))
        await until(lambda: screen.following)
        yield screen, connection
        connection.gone()
        with anyio.fail_after(5):
            await serving
        lines.leave(line, screen)


async def test_a_screen_that_takes_nothing_is_left_behind_and_reads_the_log_when_it_does(hub: Hub) -> None:
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    async with hand_moved_screen(hub, meeting) as (screen, connection):
        connection.read()
        first = screen.seq
        await tell(hub, meeting, 3)
        await until(lambda: screen.seq == first + 3)
        connection.full = True
        waiting = connection.waiting()
        await tell(hub, meeting, 40, "không đọc")
        await until(lambda: not screen.following)
        assert connection.waiting() == waiting

        seen = connection.read()
        await until(lambda: screen.following and screen.seq == first + 43)
        seen += connection.read()

    assert seen == list(range(first + 1, first + 44))


async def test_a_screen_that_takes_nothing_for_long_is_sent_away(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.05)
    chair = await hub.person()
    meeting = await hub.meeting(chair)

    async def welcome() -> int | None:
        return None

    connection = HandMoved()
    connection.full = True
    screen = live.Screen(chair.id, connection)
    async with live.LiveLines(hub.db, hub.db.bus) as lines:
        line = await lines.join(meeting, screen)
        screen.open()

        with pytest.raises(live.TooSlow):
            await live._serve(hub.db, line, screen, 0, welcome)

        lines.leave(line, screen)
