"""The contract of the bus: one suite for both implementations, then what only the shared stream can suffer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import pytest
import redis

from realtime import GAP, Bus, InProcessBus, RedisStreamBus, Subscription
from tests.realtime.valkey import Valkey, running_valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def shared_valkey() -> Iterator[Valkey]:
    with running_valkey() as valkey:
        yield valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """One of its own, for a test that harms it."""
    with running_valkey() as valkey:
        yield valkey


def stream_bus(
    valkey: Valkey, *, stream: str = "bus", max_length: int = 4096, beat_seconds: float = 0.2
) -> RedisStreamBus:
    return RedisStreamBus(valkey.url, stream=stream, max_length=max_length, beat_seconds=beat_seconds)


@pytest.fixture(params=["in-process", "redis-stream"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    made: Bus
    if request.param == "in-process":
        made = InProcessBus()
    else:
        made = stream_bus(request.getfixturevalue("shared_valkey"), stream=request.node.name)
    async with made:
        yield made


async def heard(subscription: Subscription, count: int) -> list[bytes]:
    """The next messages, gaps left out."""
    messages: list[bytes] = []
    with anyio.fail_after(10):
        async for message in subscription:
            if message is not GAP:
                messages.append(message)
            if len(messages) == count:
                break
    return messages


async def hears_gap(subscription: Subscription) -> None:
    with anyio.fail_after(15):
        async for message in subscription:
            if message is GAP:
                return


# --- the contract ---


async def test_it_is_a_bus(bus: Bus) -> None:
    assert isinstance(bus, Bus)
    assert bus.up


async def test_every_subscriber_of_the_channel_hears_every_message_in_order(bus: Bus) -> None:
    with bus.subscribe("a") as one, bus.subscribe("a") as two, bus.subscribe("b") as other:
        for number in range(200):
            bus.publish("a", b"%d" % number)
        bus.publish("b", b"\x00\xff")

        assert await heard(one, 200) == [b"%d" % n for n in range(200)]
        assert await heard(two, 200) == [b"%d" % n for n in range(200)]
        assert await heard(other, 1) == [b"\x00\xff"]


async def test_names_that_differ_by_case_are_different_channels(bus: Bus) -> None:
    with bus.subscribe("doc:A") as upper, bus.subscribe("doc:a") as lower:
        bus.publish("doc:A", b"upper")
        bus.publish("doc:a", b"lower")

        assert await heard(lower, 1) == [b"lower"]
        assert await heard(upper, 1) == [b"upper"]


async def test_a_late_subscriber_gets_no_history(bus: Bus) -> None:
    bus.publish("a", b"before")
    with bus.subscribe("a") as late:
        bus.publish("a", b"after")

        assert await heard(late, 1) == [b"after"]


async def test_a_consumer_too_slow_for_its_queue_is_told_and_hears_what_follows(bus: Bus) -> None:
    with bus.subscribe("a") as slow:
        for number in range(5000):
            bus.publish("a", b"%d" % number)

        queued = slow.drain()
        assert queued[0] is GAP
        assert queued[-1] == b"4999"
        assert len(queued) <= 4096


async def test_a_message_too_large_to_carry_is_a_gap(bus: Bus) -> None:
    with bus.subscribe("a") as subscription:
        subscription.drain()
        bus.publish("a", bytes(8 * 1024 * 1024 + 1))

        assert subscription.drain() == [GAP]


async def test_closing_the_bus_ends_a_waiting_iteration(bus: Bus) -> None:
    ended = anyio.Event()
    subscription = bus.subscribe("a")

    async def listen() -> None:
        async for _ in subscription:
            pass
        ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await bus.aclose()
        with anyio.fail_after(5):
            await ended.wait()


# --- the shared stream ---


@asynccontextmanager
async def two_hubs(valkey: Valkey, **how: float) -> AsyncIterator[tuple[RedisStreamBus, RedisStreamBus]]:
    """Two processes on one stream that have heard of each other."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(stream_bus(valkey, **how))  # type: ignore[arg-type]
        there = await stack.enter_async_context(stream_bus(valkey, **how))  # type: ignore[arg-type]
        await hear_each_other(here, there)
        yield here, there


async def hear_each_other(here: RedisStreamBus, there: RedisStreamBus) -> None:
    for speaker, listener in ((here, there), (there, here)):
        with listener.subscribe("probe") as subscription, anyio.fail_after(10):
            while b"probe" not in subscription.drain():
                speaker.publish("probe", b"probe")
                await anyio.sleep(0.01)


async def test_another_process_hears_everything_once_and_in_order(valkey: Valkey) -> None:
    async with two_hubs(valkey) as (here, there):
        with here.subscribe("a") as near, there.subscribe("a") as far:
            for number in range(500):
                here.publish("a", b"%d" % number)
            there.publish("a", b"back")

            assert await heard(far, 501) == [b"back", *(b"%d" % n for n in range(500))]
            assert await heard(near, 501) == [*(b"%d" % n for n in range(500)), b"back"]


async def test_what_is_said_together_travels_in_few_entries(valkey: Valkey) -> None:
    async with two_hubs(valkey, beat_seconds=60) as (here, there):
        with there.subscribe("a") as far, redis.Redis.from_url(valkey.url) as client:
            before = client.xlen("bus")
            for number in range(1000):
                here.publish("a", b"%d" % number)
            await heard(far, 1000)

            assert client.xlen("bus") - before <= 5


async def test_alone_it_sends_only_its_beat(valkey: Valkey) -> None:
    async with stream_bus(valkey, beat_seconds=0.05) as alone:
        with redis.Redis.from_url(valkey.url) as client:
            with anyio.fail_after(5):
                while client.xlen("bus") < 6:  # three beats of company are assumed at the start
                    await anyio.sleep(0.02)
            for number in range(1000):
                alone.publish("a", b"alone")
                if number % 50 == 0:
                    await anyio.sleep(0.01)

            assert not any(b"alone" in fields[b"b"] for _, fields in client.xrange("bus"))


async def test_who_was_alone_and_silent_makes_the_newcomer_read_again(valkey: Valkey) -> None:
    async with stream_bus(valkey, beat_seconds=0.05) as old:
        with redis.Redis.from_url(valkey.url) as client, anyio.fail_after(5):
            while client.xlen("bus") < 6:
                await anyio.sleep(0.02)
        old.publish("a", b"said to nobody")
        async with stream_bus(valkey, beat_seconds=0.05) as young:
            with young.subscribe("a") as subscription:
                await hears_gap(subscription)
                old.publish("a", b"said to you")

                with anyio.fail_after(10):
                    async for message in subscription:
                        if message == b"said to you":
                            break
                        old.publish("a", b"said to you")  # it still thought it was alone: the loss was announced


async def test_a_killed_server_is_a_gap_and_then_the_bus_works_again(valkey: Valkey) -> None:
    async with two_hubs(valkey) as (here, there):
        with there.subscribe("a") as far:
            here.publish("a", b"before")
            assert await heard(far, 1) == [b"before"]

            valkey.kill()
            with anyio.fail_after(10):
                while here.up or there.up:
                    here.publish("a", b"during")
                    await anyio.sleep(0.01)
            valkey.start()
            await hears_gap(far)
            with anyio.fail_after(10):
                while not (here.up and there.up):
                    await anyio.sleep(0.01)
            here.publish("a", b"after")

            with anyio.fail_after(10):
                while (await heard(far, 1)) != [b"after"]:
                    pass


async def test_an_emptied_and_trimmed_stream_is_a_gap(valkey: Valkey) -> None:
    async with two_hubs(valkey, max_length=10, beat_seconds=0.1) as (here, there):
        with there.subscribe("a") as far:
            here.publish("a", b"1")
            await heard(far, 1)
            with redis.Redis.from_url(valkey.url) as client:
                pipeline = client.pipeline(
                    transaction=True
                )  # as a trim would: what we say next is gone before it is read
                here.publish("a", b"lost")
                pipeline.xtrim("bus", maxlen=0)
                here._number += 1  # the batch that the trim took
                pipeline.execute()

            await hears_gap(far)


async def test_a_frozen_server_is_noticed_and_overflow_is_announced(valkey: Valkey) -> None:
    async with two_hubs(valkey) as (here, there):
        with there.subscribe("a") as far:
            valkey.freeze()
            for _ in range(20_000):
                here.publish("a", b"x" * 100)
            with anyio.fail_after(15):
                while here.up:
                    await anyio.sleep(0.05)
            valkey.thaw()

            await hears_gap(far)
            with anyio.fail_after(10):
                while not (here.up and there.up):
                    await anyio.sleep(0.01)
            here.publish("a", b"after")
            with anyio.fail_after(20):
                async for message in far:
                    if message == b"after":
                        break
                    here.publish("a", b"after")  # it may have thought it was alone: the loss was announced


async def test_a_strangers_entry_is_a_gap_not_an_end(valkey: Valkey) -> None:
    async with two_hubs(valkey) as (here, there):
        with there.subscribe("a") as far:
            far.drain()
            with redis.Redis.from_url(valkey.url) as client:
                client.xadd("bus", {"b": b"\xc1garbage"})
            await hears_gap(far)
            here.publish("a", b"still here")

            assert await heard(far, 1) == [b"still here"]


async def test_it_starts_without_a_server_and_finds_it_later(valkey: Valkey) -> None:
    valkey.kill()
    async with stream_bus(valkey) as bus:
        assert not bus.up
        with bus.subscribe("a") as subscription:
            bus.publish("a", b"within the process")
            assert await heard(subscription, 1) == [b"within the process"]

            valkey.start()
            with anyio.fail_after(10):
                while not bus.up:
                    await anyio.sleep(0.01)
