"""Who may come to the broker: an account is a row of the hub, and says below which topics its devices speak."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from rooms import PREFIX


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


def accounts_of(rows: Mapping[str, Account]) -> Accounts:
    """A fixed table, for tests and tools."""

    async def find(username: str) -> Account | None:
        return rows.get(username)

    return find
