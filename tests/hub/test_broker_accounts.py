"""Accounts that are closed or changed while devices are connected, and TLS on the room's address."""

import asyncio
import ssl
from ipaddress import IPv4Address

import aiomqtt
import anyio
import msgspec
import pytest

from hub import lan
from hub.broker import EmbeddedBroker, accounts_of, password_hash
from hub.children.services import free_port
from hub.tls import tls_context
from rooms import Received
from tests.hub.test_broker import ACCOUNTS, client, listening


@pytest.fixture
async def book():
    return dict(ACCOUNTS)


@pytest.fixture
async def broker(book):
    async with EmbeddedBroker(accounts_of(book)) as broker:
        yield broker


def now():
    return asyncio.get_running_loop().time()


async def put_out(device):
    with pytest.raises(aiomqtt.MqttError), anyio.fail_after(5):
        await anext(device.messages)


async def test_a_closed_account_is_put_out_at_once_and_does_not_return(broker, book):
    will = aiomqtt.Will("hall/available", "offline", qos=1)
    async with listening(broker, "hall/#", "stage/#") as hub, client(broker, "stage") as other:
        with pytest.raises(aiomqtt.MqttError):
            async with client(broker, "hall", will=will) as device:
                del book["hall"]
                broker.keep_only(book.values(), now())
                await put_out(device)
                await device.publish("hall/state", "21")

        with pytest.raises(aiomqtt.MqttError):
            async with client(broker, "hall"):
                pass
        assert await hub.next() == Received("hall/available", b"offline")
        await other.publish("stage/state", "on", qos=1)
        assert await hub.next() == Received("stage/state", b"on"), "the other stayed, the closed one said nothing more"


async def test_a_new_password_lets_go_of_the_old_one_and_the_device_is_known_to_be_away(broker, book):
    will = aiomqtt.Will("hall/available", "offline", qos=1)
    async with listening(broker, "hall/#") as hub:
        with pytest.raises(aiomqtt.MqttError):
            async with client(broker, "hall", will=will) as device:
                book["hall"] = msgspec.structs.replace(book["hall"], password_hash=password_hash("another"))
                broker.keep_only(book.values(), now())
                await put_out(device)
                await device.publish("hall/state", "21")

        assert await hub.next() == Received("hall/available", b"offline")
        async with client(broker, "hall", password="another") as device:
            await device.publish("hall/state", "22", qos=1)
        assert await hub.next() == Received("hall/state", b"22")


async def test_accounts_that_did_not_change_are_left_in_peace(broker, book):
    async with listening(broker, "hall/#") as hub, client(broker, "hall") as device:
        broker.keep_only(book.values(), now())
        await device.publish("hall/state", "21", qos=1)

        assert await hub.next() == Received("hall/state", b"21")


async def test_who_came_after_the_accounts_were_read_is_not_put_out_by_them(broker, book):
    async with listening(broker, "hall/#") as hub:
        read_at = now()
        async with client(broker, "hall") as device:
            broker.keep_only([account for account in book.values() if account.username != "hall"], read_at)
            await device.publish("hall/state", "21", qos=1)

            assert await hub.next() == Received("hall/state", b"21")


async def test_the_rooms_address_speaks_tls_when_it_has_a_certificate_and_nothing_else(book, tmp_path):
    made = lan.certificates(tmp_path, [IPv4Address("127.0.0.1"), "localhost"])
    port = free_port()
    trusting = ssl.create_default_context(cafile=made.authority)

    async with EmbeddedBroker(accounts_of(book), f"127.0.0.1:{port}", tls_context(made.leaf, made.key)) as broker:
        async with listening(broker, "hall/#") as hub:
            async with aiomqtt.Client(
                "127.0.0.1", port, username="hall", password="secret-hall", tls_context=trusting, timeout=5
            ) as device:
                await device.publish("hall/state", "21", qos=1)
            assert await hub.next() == Received("hall/state", b"21")

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
        with anyio.fail_after(5):
            assert b"\x20\x02" not in await reader.read(), "no answer of MQTT outside TLS"
        writer.close()
        await writer.wait_closed()
