"""Two hubs on one database: a fact told through one is on both hubs' screens, whatever happens to their Valkey."""

import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import anyio
import pytest

from hub.meetings.models import MeetingChanged
from hub.settings import Settings
from realtime import RedisStreamBus
from tests.realtime.valkey import Valkey, running_valkey
from tests.support import Hub, HubClock, running_hub

Pair = tuple[Hub, Hub, Valkey]


@pytest.fixture
async def pair(database: str, settings: Settings, clock: HubClock) -> AsyncIterator[Pair]:
    with running_valkey() as valkey:
        async with contextlib.AsyncExitStack() as stack:
            hubs = [
                await stack.enter_async_context(
                    running_hub(settings, database, clock=clock, bus=RedisStreamBus(valkey.url, stream="test"))
                )
                for _ in range(2)
            ]
            for hub in hubs:
                await hub.serve()
            yield hubs[0], hubs[1], valkey


async def tell(hub: Hub, meeting: UUID, count: int = 1) -> None:
    for _ in range(count):
        async with hub.db.work() as work:
            await work.tell(meeting, MeetingChanged(hub.unit_id))


async def test_facts_of_either_hub_reach_the_screens_of_both(pair: Pair) -> None:
    one, two, _ = pair
    chair = await one.person()
    meeting = await one.meeting(chair)
    same = await two.sign_in(chair.id)

    async with chair.line(meeting) as here, same.line(meeting) as there:
        await here.next("ready")
        ready = await there.next("ready")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell, one, meeting, 20)
            tasks.start_soon(tell, two, meeting, 20)
        last = ready["seq"] + 40
        for line in (here, there):
            while line.told[-1]["seq"] < last:
                await line.next(seconds=15)

    for line in (here, there):
        assert [m["seq"] for m in line.told] == list(range(1, last + 1))


async def test_a_killed_valkey_delays_and_loses_nothing(pair: Pair) -> None:
    one, two, valkey = pair
    chair = await one.person()
    meeting = await one.meeting(chair)
    same = await two.sign_in(chair.id)

    async with chair.line(meeting) as here, same.line(meeting) as there:
        await here.next("ready")
        ready = await there.next("ready")
        valkey.kill()
        await tell(one, meeting, 5)
        await tell(two, meeting, 5)
        last = ready["seq"] + 10
        for line in (here, there):
            while line.told[-1]["seq"] < last:
                await line.next(seconds=20)
        valkey.start()
        await tell(one, meeting)
        for line in (here, there):
            while line.told[-1]["seq"] < last + 1:
                await line.next(seconds=20)

    for line in (here, there):
        assert [m["seq"] for m in line.told] == list(range(1, last + 2))


async def test_people_on_either_hub_see_each_other(pair: Pair) -> None:
    one, two, _ = pair
    chair, delegate = await one.person(), await one.person()
    meeting = await one.meeting(chair, delegates=[delegate])
    far = await two.sign_in(delegate.id)

    async with chair.line(meeting) as here, far.line(meeting) as there:
        everyone = sorted([str(chair.id), str(delegate.id)])
        for line in (here, there):
            seen = await line.next("presence", of="people", seconds=15)
            while seen["online"] != everyone:
                seen = await line.next("presence", of="people", seconds=15)

    assert seen["online"] == everyone
