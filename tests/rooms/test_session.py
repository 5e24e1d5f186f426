"""The hub's line to a broker: it says when it lost something, and it comes back by itself."""

import asyncio
from contextlib import aclosing, asynccontextmanager

import anyio
import pytest

from hub.broker import Account, EmbeddedBroker, accounts_of, password_hash
from hub.ending import end
from rooms import Away, Message, Received, Session
from rooms import session as session_module

ACCOUNTS = {"hall": Account("hall", password_hash("x"), ("hall",))}


@asynccontextmanager
async def heard(session):
    """A queue of what the session yields."""
    queue: asyncio.Queue[Received | None] = asyncio.Queue()

    async def pump():
        async with aclosing(session.messages()) as messages:
            async for message in messages:
                queue.put_nowait(message)

    task = asyncio.create_task(pump())
    with anyio.fail_after(5):
        await session.up.wait()
    try:
        yield queue
    finally:
        await end(task)


async def take(queue):
    with anyio.fail_after(10):
        return await queue.get()


async def test_it_greets_devices_when_it_comes_up_and_its_will_speaks_when_it_goes():
    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        watcher = Session(broker.address, name="watcher", announce=False)
        await watcher.watch(["homeassistant/status"], qos=1)
        async with heard(watcher) as queue:
            session = Session(broker.address, name="hub")
            async with heard(session):
                assert (await take(queue)).payload == b"online"
                session._client._client.socket().shutdown(2)
                assert (await take(queue)).payload == b"offline"
                assert (await take(queue)).payload == b"online"


async def test_without_a_broker_nothing_is_published_and_that_is_said():
    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        session = Session(broker.address, name="hub")
        with pytest.raises(Away):
            await session.publish(Message("hall/set", b"1"))


async def test_what_is_watched_is_watched_again_after_a_break():
    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        session = Session(broker.address, name="hub")
        await session.watch(["hall/#"], qos=1)
        async with heard(session) as queue:
            session._client._client.socket().shutdown(2)
            assert await take(queue) is None
            with anyio.fail_after(5):
                await session.up.wait()
            await session.publish(Message("hall/state", b"back", 1))

            assert (await take(queue)).payload == b"back"
            await session.unwatch(["hall/#"])
            await session.publish(Message("hall/state", b"unheard", 1))
            await session.watch(["hall/other"], qos=1)
            await session.publish(Message("hall/other", b"heard", 1))
            assert (await take(queue)).payload == b"heard"


async def test_an_overflow_is_told_and_what_is_retained_comes_again(monkeypatch):
    """Nobody takes the messages for a while: the oldest go, the loss is named, the last states heal."""
    monkeypatch.setattr(session_module, "QUEUE", 20)
    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        session = Session(broker.address, name="hub")
        await session.watch(["hall/#"], qos=1)
        async with aclosing(session.messages()) as messages:
            first = asyncio.ensure_future(anext(messages))
            with anyio.fail_after(5):
                await session.up.wait()
            await session.publish(Message("hall/lamp", b"0", 1, retain=True))
            assert (await first).payload == b"0"
            other = Session(broker.address, name="other", announce=False)
            async with heard(other):
                await other.publish(Message("hall/lamp", b"last", 1, retain=True))
                for number in range(60):
                    await other.publish(Message("hall/noise", str(number).encode(), 1))
                inbox = session._client._queue
                with anyio.fail_after(5):
                    while not inbox.overflowed:
                        await anyio.sleep(0.01)

                seen = []
                with anyio.fail_after(10):
                    while Received("hall/lamp", b"last", retained=True) not in seen:
                        seen.append(await anext(messages))

    assert Received("") in seen
    assert Received("hall/lamp", b"last") not in seen


async def test_who_is_told_to_stop_stops_even_when_the_goodbye_fails(monkeypatch):
    """aiomqtt's failed goodbye once swallowed the cancellation, and the line came back for ever."""

    async def failing_goodbye(self, kind, error, trace):
        raise session_module.aiomqtt.MqttError("no answer")

    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        session = Session(broker.address, name="hub")
        async with heard(session):
            goodbye = session_module.aiomqtt.Client.__aexit__
            monkeypatch.setattr(session_module.aiomqtt.Client, "__aexit__", failing_goodbye)
            client = session._client
        with anyio.fail_after(1):
            assert session._client is None
        monkeypatch.undo()
        await goodbye(client, None, None, None)
