"""The embedded broker: who comes in, what a device may say and read, and what its silence means."""

import asyncio
from contextlib import asynccontextmanager

import aiomqtt
import anyio
import pytest

from hub.broker import Account, EmbeddedBroker, accounts_of, password_hash, read_connect
from hub.ending import end
from rooms import Address, Message, Received, Session

ACCOUNTS = {
    "hall": Account("hall", password_hash("secret-hall"), ("hall",)),
    "stage": Account("stage", password_hash("secret-stage"), ("stage", "tele/stage")),
    "bridge": Account("bridge", password_hash("secret-bridge"), ("zigbee2mqtt",), any_discovery=True),
}


@pytest.fixture
async def broker():
    async with EmbeddedBroker(accounts_of(ACCOUNTS)) as broker:
        yield broker


def client(broker, name, **more):
    at = broker.device_address(name, more.pop("password", f"secret-{name}"))
    return aiomqtt.Client(at.host, at.port, username=at.username, password=at.password, timeout=3, **more)


@asynccontextmanager
async def listening(broker, *filters):
    """The hub's own line; yields a function that waits for the next message."""
    session = Session(broker.address, name="test")
    await session.watch(filters, qos=1)
    messages = session.messages()
    heard: asyncio.Queue[Received | None] = asyncio.Queue()

    async def pump():
        async for message in messages:
            heard.put_nowait(message)

    async def next_message():
        with anyio.fail_after(5):
            return await heard.get()

    task = asyncio.create_task(pump())
    with anyio.fail_after(5):
        await session.up.wait()
    session.next = next_message
    session.heard = heard
    try:
        yield session
    finally:
        await end(task)
        await messages.aclose()


async def test_a_device_says_and_the_hub_hears(broker):
    async with listening(broker, "hall/#") as hub, client(broker, "hall") as device:
        await device.publish("hall/state", "21", qos=1, retain=True)

        assert await hub.next() == Received("hall/state", b"21")


async def test_the_hub_orders_and_the_device_hears(broker):
    async with listening(broker) as hub, client(broker, "hall") as device:
        await device.subscribe("hall/+/set", qos=1)
        await hub.publish(Message("hall/lamp/set", b"OFF", 1))

        with anyio.fail_after(5):
            message = await anext(device.messages)
        assert (str(message.topic), message.payload) == ("hall/lamp/set", b"OFF")


@pytest.mark.parametrize(
    ("name", "password"), [("hall", "wrong"), ("nobody", "secret-hall"), (None, None), ("hall", "")]
)
async def test_a_wrong_password_or_a_stranger_is_refused(broker, name, password):
    at = broker.address
    with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
        async with aiomqtt.Client(at.host, at.port, username=name, password=password, timeout=3):
            pass


async def test_a_device_cannot_speak_for_another(broker):
    async with listening(broker, "#") as hub, client(broker, "hall") as device:
        for topic in ("stage/state", "hallway/state", "homeassistant/status", "homeassistant/light/stage/x/config"):
            await device.publish(topic, "1", qos=1, retain=True)
        await device.publish("homeassistant/light/hall/x/config", "2", qos=1)
        await device.publish("homeassistant/light/hall_x/config", "3", qos=1)

        online = await hub.next()
        assert online == Received("homeassistant/status", b"online", retained=online.retained)
        assert [(await hub.next()).payload for _ in range(2)] == [b"2", b"3"]


async def test_a_bridge_announces_under_its_devices_names(broker):
    async with listening(broker, "homeassistant/#") as hub, client(broker, "bridge") as device:
        await device.publish("homeassistant/light/0x01/light/config", "1", qos=1)

        assert (await hub.next()).topic == "homeassistant/status"
        assert (await hub.next()).topic == "homeassistant/light/0x01/light/config"


@pytest.mark.parametrize("topic", ["#", "+/state", "stage/#", "stage/lamp/set", "homeassistant/#", "$SYS/#"])
async def test_a_device_cannot_read_what_is_not_its_own(broker, topic):
    async with client(broker, "hall") as device:
        (granted,) = await device.subscribe(topic, qos=1)

        assert int(granted if isinstance(granted, int) else granted.value) == 128


async def test_a_will_on_a_strangers_topic_is_refused(broker):
    with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
        async with client(broker, "hall", will=aiomqtt.Will("stage/available", "offline", retain=True)):
            pass


async def test_a_device_that_falls_silent_is_given_up_and_its_will_spoken(broker):
    """A lost power supply sends no goodbye: only the missing keep-alive tells."""
    async with listening(broker, "hall/#") as hub:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.address.port)
        writer.write(raw_connect("hall", "secret-hall", keep_alive=1, will="hall/available"))
        with anyio.fail_after(3):
            assert await reader.readexactly(4) == b"\x20\x02\x00\x00"

        message = await hub.next()
        writer.close()

        assert (message.topic, message.payload) == ("hall/available", b"offline")


async def test_nobody_takes_over_anothers_session_by_its_client_id(broker):
    async with client(broker, "hall", identifier="one", clean_session=False) as victim:
        await victim.subscribe("hall/set", qos=1)
        with pytest.raises(aiomqtt.MqttError):
            async with client(broker, "stage", identifier="one", clean_session=True, password="guess"):
                pass
        async with client(broker, "stage", identifier="one", clean_session=True), listening(broker) as hub:
            await hub.publish(Message("hall/set", b"still mine", 1))

            with anyio.fail_after(5):
                assert (await anext(victim.messages)).payload == b"still mine"


async def test_a_returning_client_gets_only_what_it_may_read(broker):
    async with listening(broker, "#") as hub, client(broker, "stage") as stage:
        await stage.publish("stage/state", "private", qos=1, retain=True)
        await hub.next()
        async with client(broker, "hall", identifier="back", clean_session=False) as hall:
            await hall.subscribe("hall/#", qos=1)
        async with client(broker, "hall", identifier="back", clean_session=False) as hall:
            await hall.publish("hall/ping", "1", qos=1)

            with anyio.fail_after(5):
                assert (await anext(hall.messages)).payload == b"1"


async def test_topics_of_one_account_are_bounded(broker, monkeypatch):
    monkeypatch.setattr("hub.broker.door.MAX_TOPICS", 3)
    async with listening(broker, "hall/#") as hub, client(broker, "hall") as device:
        for number in (0, 1, 2, 3, 4, 0):
            await device.publish(f"hall/{number}", str(number), qos=1, retain=True)

        assert [(await hub.next()).payload for _ in range(4)] == [b"0", b"1", b"2", b"0"]


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\x7f", b"\x10\x04\x00\x04MQ", b"\x10\x02\x00\x09", b"\x30\x00", b""],
)
async def test_garbage_at_the_door_is_shown_out_and_the_broker_lives(broker, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.address.port)
    writer.write(data)
    if writer.can_write_eof():
        writer.write_eof()
    with anyio.fail_after(3):
        assert await reader.read() == b""
    writer.close()

    async with client(broker, "hall"):
        assert broker.up


async def test_a_packet_over_the_bound_ends_the_connection(broker):
    async with listening(broker, "hall/#") as hub:
        with pytest.raises(aiomqtt.MqttError):
            async with client(broker, "hall") as device:
                await device.publish("hall/state", b"x" * 100_000, qos=1)
                await anyio.sleep_forever()
        async with client(broker, "hall") as device:
            await device.publish("hall/state", "small", qos=1)

        assert (await hub.next()).payload == b"small"


async def test_a_dead_broker_is_restarted_on_its_port_and_the_line_returns(broker):
    port = broker.address.port
    async with listening(broker, "hall/#") as hub:
        broker._running._broker._broadcast_task.cancel()

        assert await hub.next() is None
        with anyio.fail_after(10):
            await hub.up.wait()
        assert broker.address.port == port
        async with client(broker, "hall") as device:
            await device.publish("hall/state", "again", qos=1)
        assert (await hub.next()).payload == b"again"


async def test_new_subscriptions_while_messages_flow_lose_none(broker):
    async with listening(broker, "hall/#") as hub, client(broker, "hall") as device, client(broker, "stage") as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(subscribe_many, other)
            for number in range(150):
                await device.publish("hall/n", str(number), qos=1)

        assert [(await hub.next()).payload for _ in range(150)] == [str(n).encode() for n in range(150)]


async def subscribe_many(client):
    for number in range(60):
        await client.subscribe(f"stage/{number}", qos=0)


def test_a_connect_is_read_and_written_again_under_another_name():
    packet = raw_connect("hall", "secret-hall", keep_alive=7, will="hall/available")
    connect = read_connect(packet[2:])

    assert (connect.level, connect.keep_alive, connect.client_id) == (4, 7, "box")
    assert (connect.username, connect.password, connect.will_topic) == ("hall", "secret-hall", "hall/available")
    assert connect.rewritten("box") == packet
    assert read_connect(connect.rewritten("hall/" + "b" * 200)[3:]).client_id == "hall/" + "b" * 200


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://a:b@host", Address("host", 1883, "a", "b")),
        ("mqtts://us%40er:p%3Aw@[::1]:99", Address("::1", 99, "us@er", "p:w", tls=True)),
        ("mqtt://host:1", Address("host", 1)),
    ],
)
def test_addresses_are_read_from_urls(url, address):
    assert Address.parse(url) == address


@pytest.mark.parametrize("url", ["", "http://a", "mqtt://", "mqtt://host:x"])
def test_a_wrong_url_is_refused(url):
    with pytest.raises(ValueError):
        Address.parse(url)


def raw_connect(username, password, *, keep_alive, will):
    def text(value):
        return len(value.encode()).to_bytes(2, "big") + value.encode()

    body = text("MQTT") + bytes([4, 0xC0 | 0x04 | 0x20 | 0x02]) + keep_alive.to_bytes(2, "big")
    body += text("box") + text(will) + text("offline") + text(username) + text(password)
    assert len(body) < 128
    return bytes([0x10, len(body)]) + body
