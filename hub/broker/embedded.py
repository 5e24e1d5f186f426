"""The broker for the life of the hub: started, watched, and started again on the same ports when it dies."""

import asyncio
import hmac
import secrets
import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import structlog
from amqtt.errors import AMQTTError

from hub.broker.accounts import Account, Accounts, new_password, password_hash
from hub.broker.door import Running
from hub.ending import end
from hub.settings import host_port
from rooms import Address

log = structlog.get_logger()

CHECK_SECONDS = 0.5
RESTART_SECONDS = 1.0


class EmbeddedBroker:
    """Opened for the life of the hub; restarted on the same ports when it dies."""

    def __init__(self, accounts: Accounts, bind: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        """``bind`` is a second address, for the room's network; ``tls`` is for that one."""
        self._accounts = accounts
        self._bind, self._tls = bind, tls
        self._hub = Account(f"hub-{secrets.token_hex(8)}", b"", ())
        self._password = new_password()
        self._port = 0
        self._guard: asyncio.Task[None] | None = None
        self._running: Running | None = None

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

    def keep_only(self, accounts: Iterable[Account], read_at: float) -> None:
        """Lets go of whoever came in, before ``read_at``, by an account that was closed or changed by then."""
        if self._running is not None:
            self._running.keep_only({account.username: account for account in accounts}, read_at)

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
        running = Running(self._account)
        await running.start(("127.0.0.1", self._port), host_port(self._bind) if self._bind else None, self._tls)
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
