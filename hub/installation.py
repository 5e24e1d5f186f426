"""What all hubs of one installation share: its id and the secret that keys every HMAC."""

import hmac
from uuid import UUID

import msgspec
import psycopg


class Installation(msgspec.Struct, frozen=True):
    id: UUID
    secret: bytes

    def key(self, purpose: str) -> bytes:
        """A key of its own for each purpose, so that one leaked use opens no other."""
        return hmac.digest(self.secret, purpose.encode(), "sha256")

    @property
    def cookie_suffix(self) -> str:
        """Cookies know no ports: two installations on one host must not sign each other out."""
        return self.id.hex[:8]

    def __repr__(self) -> str:
        return f"Installation(id={self.id})"  # never the secret, not even in a traceback


def read_installation(conninfo: str) -> Installation:
    with psycopg.connect(conninfo) as conn:
        row = conn.execute("SELECT id, secret FROM installation").fetchone()
    assert row is not None, "the base migration makes this row"
    return Installation(row[0], bytes(row[1]))
