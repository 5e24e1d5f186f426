"""The hub's line to a broker: one aiomqtt client that comes back by itself. aiomqtt appears in this file only.

Bounded both ways. When more arrives than is taken, the oldest goes and the loss is told as a `Received` with no topic;
the session then asks the broker for everything retained again, so states heal and only momentary messages are lost.
"""

import asyncio
import logging
import random
import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
import msgspec

from rooms.discovery import PREFIX
from rooms.models import Message

QUEUE = 2000  # messages not yet taken; 128 devices at 2 a second are a tenth of it
TIMEOUT_SECONDS = 5.0
RETRY_SECONDS = (0.2, 5.0)
KEEPALIVE_SECONDS = 20
MAX_PAYLOAD = 64 * 1024

AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)  # paho would hold an order back for 40 ms

log = logging.getLogger("rooms.session")


class Away(Exception):
    """The broker is not there; nothing was published."""


class Address(msgspec.Struct, frozen=True):
    """Where a broker is and who we are to it."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads ``mqtt://user:pass@host:port`` (or ``mqtts://``). Raises ValueError with the reason."""
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise ValueError("expected mqtt://user:pass@host:port")
        tls = parts.scheme == "mqtts"
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, parts.port or (8883 if tls else 1883), username, password, tls)


class Received(msgspec.Struct, frozen=True):
    """A message from the broker. ``topic=""`` says that some were lost before this point."""

    topic: str
    payload: bytes = b""
    retained: bool = False


LOST = Received("")


@asynccontextmanager
async def connected(client: aiomqtt.Client) -> AsyncGenerator[aiomqtt.Client]:
    """The client, connected. aiomqtt may fail to say goodbye, and would then replace what ended the connection, a
    cancellation too, by its own error: whoever was told to stop would reconnect for ever."""
    await client.__aenter__()
    try:
        yield client
    finally:
        with suppress(aiomqtt.MqttError):
            await client.__aexit__(None, None, None)


class _Bounded(asyncio.Queue[Any]):
    """aiomqtt's inbox with a named overflow: the oldest makes room and `overflowed` is raised."""

    overflowed = False

    def put_nowait(self, item: Any) -> None:
        if self.full():
            self.get_nowait()
            self.overflowed = True
        super().put_nowait(item)


class Session:
    """A line that reconnects. `async with` it, `watch` topics, iterate `messages()`, `publish`.

    `messages()` yields None whenever the line went down, so that the room can forget what it no longer knows.
    """

    def __init__(
        self, address: Address, *, name: str, announce: bool = True, prefix: str = PREFIX, will: Message | None = None
    ) -> None:
        self.address = address
        self.up = asyncio.Event()
        self._name = name
        self._prefix = prefix
        self._announce = announce
        self._will = will or (Message(f"{prefix}/status", b"offline", 1, retain=True) if announce else None)
        self._watched: dict[str, int] = {}
        self._client: aiomqtt.Client | None = None
        self._changed = asyncio.Event()

    async def watch(self, filters: Iterable[str], qos: int = 0) -> None:
        """Listens to more topics, now if the line is up and after every return."""
        new = [topic for topic in filters if topic not in self._watched]
        self._watched.update(dict.fromkeys(new, qos))
        if new:
            await self.ask_again(new)

    async def unwatch(self, filters: Iterable[str]) -> None:
        gone = [topic for topic in filters if self._watched.pop(topic, None) is not None]
        if gone and self._client is not None:
            with suppress(aiomqtt.MqttError):  # the line is down: the next connection does not ask for them
                await self._client.unsubscribe(gone, timeout=TIMEOUT_SECONDS)

    async def ask_again(self, filters: Iterable[str]) -> None:
        """Has the broker send again what it retains for these, for who can take in now what he could not then."""
        if self._client is not None:
            with suppress(aiomqtt.MqttError):  # the line is down: its return asks for everything anyway
                await self._subscribe(self._client, filters)

    async def publish(self, message: Message) -> None:
        """Hands one message to the broker. Raises Away when it could not be taken."""
        if self._client is None:
            raise Away
        try:
            await self._client.publish(
                message.topic, message.payload, message.qos, message.retain, timeout=TIMEOUT_SECONDS
            )
        except aiomqtt.MqttError as error:
            raise Away from error

    async def messages(self) -> AsyncGenerator[Received | None]:
        """Everything that arrives, for ever. None: the line is down; it is being brought back."""
        low, high = RETRY_SECONDS
        wait = low
        while True:
            try:
                async with connected(self._connect()) as client:
                    await self._greet(client)
                    self._client, wait = client, low
                    self.up.set()
                    log.info("mqtt.up", extra={"host": self.address.host, "port": self.address.port})
                    async for message in self._arriving(client):
                        yield message
            except aiomqtt.MqttError as error:
                log.warning("mqtt.reconnecting", extra={"error": repr(error), "seconds": wait})
            finally:
                was_up, self._client = self._client is not None, None
                self.up.clear()
            if was_up:
                yield None
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(high, wait * 2)

    def _connect(self) -> aiomqtt.Client:
        at = self.address
        will = self._will
        return aiomqtt.Client(
            at.host,
            at.port,
            username=at.username,
            password=at.password,
            identifier=f"{self._name}-{random.getrandbits(64):016x}",
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            queue_type=_Bounded,
            max_queued_incoming_messages=QUEUE,
            max_queued_outgoing_messages=QUEUE,
            max_inflight_messages=100,
            timeout=TIMEOUT_SECONDS,
            socket_options=AT_ONCE,
            keepalive=KEEPALIVE_SECONDS,
            tls_params=aiomqtt.TLSParameters() if at.tls else None,
            will=aiomqtt.Will(will.topic, will.payload, will.qos, will.retain) if will else None,
        )

    async def _greet(self, client: aiomqtt.Client) -> None:
        if self._watched:
            await self._subscribe(client, self._watched)
        if self._announce:  # kit that lost us re-announces itself and its states when it reads this
            await client.publish(f"{self._prefix}/status", b"online", 1, retain=True, timeout=TIMEOUT_SECONDS)

    async def _subscribe(self, client: aiomqtt.Client, filters: Iterable[str]) -> None:
        asked = [(topic, self._watched[topic]) for topic in filters]
        for start in range(0, len(asked), 64):
            await client.subscribe(asked[start : start + 64], timeout=TIMEOUT_SECONDS)

    async def _arriving(self, client: aiomqtt.Client) -> AsyncGenerator[Received]:
        inbox = client._queue  # private: aiomqtt has no word of its own for "I had to drop some"
        assert isinstance(inbox, _Bounded)
        async for message in client.messages:
            if inbox.overflowed:
                inbox.overflowed = False
                log.warning("mqtt.overflow", extra={"limit": QUEUE})
                yield LOST
                await self._subscribe(client, self._watched)  # the broker sends what is retained again
            payload = message.payload
            if isinstance(payload, bytes | bytearray) and len(payload) <= MAX_PAYLOAD:
                yield Received(str(message.topic), bytes(payload), bool(message.retain))
