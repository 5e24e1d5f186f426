"""The embedded MQTT broker: amqtt in the hub's own loop, behind a door of ours.

The door reads CONNECT itself, because amqtt trusts it too early: before it has asked for the password it lets a new
connection end or inherit another client's session, it never checks the topic of a last will, and it does not enforce
keep-alive, so a device that loses power without a goodbye would stay "online". Device accounts are rows of the hub.
"""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog
from amqtt.adapters import ReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from hub.ending import end
from rooms import PREFIX, Address

log = structlog.get_logger()

for _noisy in ("amqtt", "transitions"):
    logging.getLogger(_noisy).setLevel(logging.CRITICAL)

MAX_CONNECTIONS = 300
MAX_CONNECT_BYTES = 4 * 1024
MAX_PACKET_BYTES = 64 * 1024
MAX_UNSENT_BYTES = 1024 * 1024  # a client that does not read is let go
MAX_TOPICS = 512  # distinct topics one account may publish on, so retained messages are bounded too
MAX_OFFLINE = 100  # messages kept for a client that is away
BYTES_PER_SECOND, BURST_BYTES = 64 * 1024, 512 * 1024  # of one device; past it TCP itself slows it down
CONNECT_SECONDS = 10.0
CHECK_SECONDS = 0.5
STOP_SECONDS = 5.0
RESTART_SECONDS = 1.0

BAD_VERSION, NOT_AUTHORIZED = 1, 5


class Account(msgspec.Struct, frozen=True):
    """Who a device is to the broker, and where its topics are."""

    username: str
    password_hash: bytes
    roots: tuple[str, ...]
    any_discovery: bool = False

    def owns(self, topic: str) -> bool:
        """Whether a topic, or a whole filter, lies below this account's roots."""
        return any(topic == root or topic.startswith(f"{root}/") for root in self.roots)

    def may_publish(self, topic: str) -> bool:
        return self.owns(topic) or self.may_announce(topic)

    def may_announce(self, topic: str) -> bool:
        """Its own discovery topics: the node, or an object id that begins with the account's name."""
        parts = topic.split("/")
        if parts[0] != PREFIX or parts[-1] != "config" or len(parts) not in {4, 5}:
            return False
        return self.any_discovery or parts[2] == self.username or parts[2].startswith(f"{self.username}_")

    def may_read(self, topic: str) -> bool:
        return self.owns(topic) or topic == f"{PREFIX}/status"


Accounts = Callable[[str], Awaitable[Account | None]]


def password_hash(password: str) -> bytes:
    """For passwords the hub made: they are long and random, so nothing slower is needed."""
    return hashlib.sha256(password.encode()).digest()


def new_password() -> str:
    return secrets.token_urlsafe(16)


class EmbeddedBroker:
    """Opened for the life of the hub; restarted on the same ports when it dies."""

    def __init__(self, accounts: Accounts, bind: str | None = None) -> None:
        self._accounts = accounts
        self._bind = bind
        self._hub = Account(f"hub-{secrets.token_hex(8)}", b"", ())
        self._password = new_password()
        self._port = 0
        self._guard: asyncio.Task[None] | None = None
        self._running: _Running | None = None

    @property
    def address(self) -> Address:
        """Where the hub itself connects, with an account nobody else has."""
        return Address("127.0.0.1", self._port, self._hub.username, self._password)

    @property
    def up(self) -> bool:
        return self._running is not None and self._running.alive

    def device_address(self, username: str, password: str) -> Address:
        """Where a device of this machine connects."""
        return Address("127.0.0.1", self._port, username, password)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except OSError as error:
            log.error("broker.cannot-listen", bind=self._bind, reason=error.strerror)
            raise
        self._guard = asyncio.create_task(self._keep(), name="broker")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._guard)
        await self._stop()

    async def _start(self) -> None:
        running = _Running(self._account)
        await running.start([("127.0.0.1", self._port), *([_host_port(self._bind)] if self._bind else [])])
        self._port = running.port
        self._running = running

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.stop()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self.up:
                continue
            log.error("broker.died")
            await self._stop()
            try:
                await self._start()
            except (OSError, AMQTTError) as error:
                log.error("broker.cannot-start", error=repr(error))
                await asyncio.sleep(RESTART_SECONDS)

    async def _account(self, username: str, password: str) -> Account | None:
        if username == self._hub.username:
            return self._hub if hmac.compare_digest(password.encode(), self._password.encode()) else None
        account = await self._accounts(username)
        if account is None or not hmac.compare_digest(password_hash(password), account.password_hash):
            return None
        return account


class _Snapshots(dict[Any, Any]):
    """amqtt walks its subscriptions over awaits while others change them, and then drops the message it carried."""

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.keys()))

    def items(self) -> Any:
        return [(key, list(value)) for key, value in super().items()]


class _Broker(Broker):  # type: ignore[misc]  # amqtt is not typed
    """amqtt, with the two places mended where it would hand messages to the wrong client or lose them."""

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._subscriptions = _Snapshots()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """amqtt offers a returning client what is retained for everybody's subscriptions: only its own are right."""
        asked = self._subscriptions.get(subscription[0], ())
        if any(other.client_id == session.client_id for other, _ in asked):
            await super()._publish_retained_messages_for_subscription(subscription, session)


class _Running:
    """One life of the broker with its listening sockets."""

    def __init__(self, account: Callable[[str, str], Awaitable[Account | None]]) -> None:
        self._account = account
        self.accounts: dict[str, Account] = {}  # client id -> who it is
        self._topics: dict[str, set[str]] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._broker = _Broker(
            BrokerConfig(
                listeners={"default": ListenerConfig(type=ListenerType.EXTERNAL, bind="door")},
                plugins={"hub.broker.Door": {"life": self}, "hub.broker.TopicRights": {"life": self}},
                session_expiry_interval=3600,
            )
        )

    @property
    def port(self) -> int:
        port: int = self._servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def alive(self) -> bool:
        carrier = self._broker._broadcast_task  # private: there is no other sign that it stopped carrying messages
        return carrier is not None and not carrier.done() and all(server.is_serving() for server in self._servers)

    async def start(self, places: list[tuple[str, int]]) -> None:
        await self._broker.start()
        try:
            for host, port in places:
                self._servers.append(await asyncio.start_server(self._came, host, port, limit=MAX_PACKET_BYTES))
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        await end(*self._connections)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._broker.shutdown()
                for server in self._servers:
                    await server.wait_closed()
        except TimeoutError:
            log.error("broker.will-not-end")

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._attend(reader, writer), name="broker:connection")
        self._connections.add(task)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[None]) -> None:
        """One connection's fault is logged and stays its own."""
        self._connections.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("broker.connection-failed", exc_info=error)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._connections) <= MAX_CONNECTIONS:
                await self._let_in(reader, writer)
        except (OSError, EOFError, AMQTTError, MQTTError, NoDataError, TimeoutError, _Unreadable) as error:
            log.info("broker.connection-refused", error=repr(error))
        finally:
            writer.close()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            connect = read_connect(await _packet(reader))
            if connect.level != 4:
                await _refuse(writer, BAD_VERSION)
                return
            account = await self._account(connect.username, connect.password)
            will_allowed = connect.will_topic is None or (account is not None and self._may_will(account, connect))
            if account is None or not will_allowed:
                log.warning("broker.refused", username=connect.username[:60], why="will" if account else "password")
                await _refuse(writer, NOT_AUTHORIZED)
                return
        # Sessions are kept apart by account: nobody takes over another's by knowing its client id.
        client_id = f"{account.username}/{connect.client_id or secrets.token_hex(8)}"
        self.accounts[client_id] = account
        watched = _Reader(reader, connect.rewritten(client_id), connect.keep_alive, limited=bool(account.roots))
        try:
            await self._broker.external_connected(watched, _Writer(writer), "default")
        finally:
            session = self._broker.sessions.get(client_id)
            if session is None or session[0].clean_session:
                self.accounts.pop(client_id, None)

    @staticmethod
    def _may_will(account: Account, connect: "Connect") -> bool:
        return not account.roots or account.may_publish(connect.will_topic or "")

    def may(self, session: Session, topic: str, action: Action) -> bool:
        account = self.accounts.get(session.client_id or "")
        if account is None:
            return False
        if not account.roots:
            return True  # the hub itself
        if action == Action.SUBSCRIBE:
            return account.may_read(topic)
        if action == Action.RECEIVE:
            return account.may_read(topic) and session.retained_messages.qsize() < MAX_OFFLINE
        allowed = account.may_publish(topic)
        if allowed:
            topics = self._topics.setdefault(account.username, set())
            allowed = topic in topics or len(topics) < MAX_TOPICS
            if allowed:
                topics.add(topic)
        if not allowed:
            log.warning("broker.publish-refused", username=account.username, topic=topic[:200])
        return allowed


@dataclass
class _Config:
    life: Any = None


class Door(BaseAuthPlugin):  # type: ignore[misc]
    """amqtt's own question, answered by what the door found out before amqtt heard of the connection."""

    Config = _Config

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._life: _Running = self.config.life

    async def authenticate(self, *, session: Session) -> bool:
        return (session.client_id or "") in self._life.accounts


class TopicRights(BaseTopicPlugin):  # type: ignore[misc]
    """A device publishes below its own roots and its own discovery topics, and reads below its roots only."""

    Config = _Config

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._life: _Running = self.config.life

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        return (
            session is not None and topic is not None and action is not None and self._life.may(session, topic, action)
        )


class _Unreadable(Exception):
    """Not an MQTT CONNECT, or too big for one."""


class Connect(msgspec.Struct, frozen=True):
    """The parts of a CONNECT packet the door decides on."""

    level: int
    keep_alive: int
    client_id: str
    will_topic: str | None
    username: str
    password: str
    before_id: bytes  # variable header
    after_id: bytes  # the rest of the payload

    def rewritten(self, client_id: str) -> bytes:
        """The same packet under another client id."""
        encoded = client_id.encode()
        body = self.before_id + len(encoded).to_bytes(2, "big") + encoded + self.after_id
        length, head = len(body), bytearray([0x10])
        while True:
            length, byte = divmod(length, 128)
            head.append(byte | (128 if length else 0))
            if not length:
                return bytes(head) + body


def read_connect(body: bytes) -> Connect:
    """Reads a CONNECT's body (MQTT 3.1.1 §3.1). Raises _Unreadable."""
    fields = _Fields(body)
    if fields.data() != b"MQTT":
        raise _Unreadable("protocol")
    level, flags, keep_alive = fields.number(1), fields.number(1), fields.number(2)
    before_id = body[: fields.at]
    client_id = fields.text()
    after_id = body[fields.at :]
    will_topic = None
    if flags & 0x04:
        will_topic = fields.text()
        fields.data()
    username = fields.text() if flags & 0x80 else ""
    password = fields.text() if flags & 0x40 else ""
    return Connect(level, keep_alive, client_id, will_topic, username, password, before_id, after_id)


class _Fields:
    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def number(self, size: int) -> int:
        if self.at + size > len(self.body):
            raise _Unreadable("short")
        self.at += size
        return int.from_bytes(self.body[self.at - size : self.at], "big")

    def data(self) -> bytes:
        size = self.number(2)
        if self.at + size > len(self.body):
            raise _Unreadable("short")
        self.at += size
        return self.body[self.at - size : self.at]

    def text(self) -> str:
        try:
            return self.data().decode()
        except UnicodeDecodeError as error:
            raise _Unreadable("not UTF-8") from error


async def _packet(reader: asyncio.StreamReader) -> bytes:
    """The body of the first packet, which must be a CONNECT of a decent size."""
    if await reader.readexactly(1) != b"\x10":
        raise _Unreadable("not a CONNECT")
    length = 0
    for place in range(2):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    else:
        raise _Unreadable("too big")
    if length > MAX_CONNECT_BYTES:
        raise _Unreadable("too big")
    return await reader.readexactly(length)


async def _refuse(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(bytes([0x20, 2, 0, code]))
    with contextlib.suppress(OSError):
        await writer.drain()


class _Reader(ReaderAdapter):  # type: ignore[misc]
    """What a client sends: keep-alive enforced, packets bounded, a flood slowed to what one device may say."""

    def __init__(self, stream: asyncio.StreamReader, first: bytes, keep_alive: int, *, limited: bool) -> None:
        self._stream = stream
        self._first = first
        self._silence = keep_alive * 1.5 if keep_alive else None
        self._heard_at = time.monotonic()
        self._limited = limited
        self._budget = float(BURST_BYTES)
        self._budget_at = self._heard_at

    async def read(self, n: int = -1) -> bytes:
        if self._first:
            data, self._first = self._first[:n], self._first[n:]
            return data
        if n < 0 or n > MAX_PACKET_BYTES:
            raise ConnectionResetError("packet too big")
        if n == 0:
            return b""
        if self._limited:
            await self._slow_down(n)
        left = None if self._silence is None else self._heard_at + self._silence - time.monotonic()
        try:
            async with asyncio.timeout(left):
                data = await self._stream.readexactly(n)
        except TimeoutError:
            raise ConnectionResetError("silent for longer than its keep-alive") from None
        self._heard_at = time.monotonic()
        return data

    async def _slow_down(self, n: int) -> None:
        now = time.monotonic()
        self._budget = min(BURST_BYTES, self._budget + (now - self._budget_at) * BYTES_PER_SECOND) - n
        self._budget_at = now
        if self._budget < 0:
            await asyncio.sleep(-self._budget / BYTES_PER_SECOND)

    def feed_eof(self) -> None:
        self._stream.feed_eof()


class _Writer(StreamWriterAdapter):  # type: ignore[misc]
    """What a client is sent; one that does not read is let go before it costs memory."""

    def write(self, data: bytes) -> None:
        transport = self._writer.transport
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            transport.abort()
        super().write(data)


def _host_port(bind: str) -> tuple[str, int]:
    """``host:port``, ``[::]:port``. Raises ValueError, which the start turns into a sentence."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  the site asked for the room's network


def accounts_of(rows: Mapping[str, Account]) -> Accounts:
    """A fixed table, for tests and tools."""

    async def find(username: str) -> Account | None:
        return rows.get(username)

    return find
