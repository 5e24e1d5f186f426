"""The door before amqtt: one life of the broker, its listening sockets, and who may do what on its topics."""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from hub.broker.accounts import Account
from hub.broker.connect import BAD_VERSION, NOT_AUTHORIZED, Connect, Unreadable, first_packet, read_connect, refuse
from hub.broker.streams import MAX_PACKET_BYTES, Reader, Writer
from hub.ending import end

log = structlog.get_logger()

MAX_CONNECTIONS = 300
MAX_TOPICS = 512  # distinct topics one account may publish on, so retained messages are bounded too
MAX_OFFLINE = 100  # messages kept for a client that is away
CONNECT_SECONDS = 10.0
STOP_SECONDS = 5.0


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


@dataclass(frozen=True)
class _Connected:
    writer: asyncio.StreamWriter
    asked_at: float
    """When its account was looked up, by the loop's clock."""


class Running:
    """One life of the broker with its listening sockets."""

    def __init__(self, account: Callable[[str, str], Awaitable[Account | None]]) -> None:
        self._account = account
        self.accounts: dict[str, Account] = {}  # client id -> who it is
        self._connected: dict[str, _Connected] = {}
        self._topics: dict[str, set[str]] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._broker = _Broker(
            BrokerConfig(
                listeners={"default": ListenerConfig(type=ListenerType.EXTERNAL, bind="door")},
                plugins={"hub.broker.door.Door": {"life": self}, "hub.broker.door.TopicRights": {"life": self}},
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

    async def start(
        self, own: tuple[str, int], outside: tuple[str, int] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """``own`` is this machine's alone; ``tls`` is for ``outside``."""
        await self._broker.start()
        try:
            for place, context in ((own, None), (outside, tls)):
                if place is None:
                    continue
                patience = CONNECT_SECONDS if context else None  # for the handshake
                server = await asyncio.start_server(
                    self._came, *place, limit=MAX_PACKET_BYTES, ssl=context, ssl_handshake_timeout=patience
                )
                self._servers.append(server)
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
        except (OSError, EOFError, AMQTTError, MQTTError, NoDataError, TimeoutError, Unreadable) as error:
            log.info("broker.connection-refused", error=repr(error))
        finally:
            writer.close()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            connect = read_connect(await first_packet(reader))
            if connect.level != 4:
                await refuse(writer, BAD_VERSION)
                return
            asked_at = asyncio.get_running_loop().time()
            account = await self._account(connect.username, connect.password)
            will_allowed = connect.will_topic is None or (account is not None and self._may_will(account, connect))
            if account is None or not will_allowed:
                log.warning("broker.refused", username=connect.username[:60], why="will" if account else "password")
                await refuse(writer, NOT_AUTHORIZED)
                return
        # Sessions are kept apart by account: nobody takes over another's by knowing its client id.
        client_id = f"{account.username}/{connect.client_id or secrets.token_hex(8)}"
        self.accounts[client_id] = account
        self._connected[client_id] = _Connected(writer, asked_at)
        watched = Reader(reader, connect.rewritten(client_id), connect.keep_alive, limited=bool(account.roots))
        try:
            await self._broker.external_connected(watched, Writer(writer), "default")
        finally:
            connected = self._connected.get(client_id)
            if connected is not None and connected.writer is writer:
                del self._connected[client_id]
            session = self._broker.sessions.get(client_id)
            if session is None or session[0].clean_session:
                self.accounts.pop(client_id, None)

    def keep_only(self, accounts: Mapping[str, Account], read_at: float) -> None:
        """Puts out who came in by an account that was closed or changed; its last will says truly that it is away.

        ``accounts`` are those of ``read_at``, by the loop's clock: of who was let in since, they know nothing.
        """
        for client_id, came in list(self.accounts.items()):
            now = accounts.get(came.username)
            connected = self._connected.get(client_id)
            if not came.roots or now == came or (connected is not None and connected.asked_at >= read_at):
                continue
            if now is None:
                del self.accounts[client_id]
            if connected is not None:
                log.info("broker.let-go", username=came.username, why="closed" if now is None else "changed")
                connected.writer.transport.abort()

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
        self._life: Running = self.config.life

    async def authenticate(self, *, session: Session) -> bool:
        return (session.client_id or "") in self._life.accounts


class TopicRights(BaseTopicPlugin):  # type: ignore[misc]
    """A device publishes below its own roots and its own discovery topics, and reads below its roots only."""

    Config = _Config

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._life: Running = self.config.life

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        return (
            session is not None and topic is not None and action is not None and self._life.may(session, topic, action)
        )
