"""What happens in a meeting, as facts. Bodies hold ids, numbers, words of a fixed list and hashes: no personal text.

The chain: ``hash = sha256(prev_hash ‖ meeting_id ‖ seq ‖ at ‖ kind ‖ body)``, see ``docs/wire.md``.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True):
    """A fact in a meeting's line. Subclasses are declared with ``@event("meeting.state_changed")``."""

    kind: ClassVar[str] = ""


E = TypeVar("E", bound=Event)
REGISTRY: dict[str, type[Event]] = {}


def event(kind: str) -> Callable[[type[E]], type[E]]:
    """Names an event on the wire. A name is used once, for ever."""

    def register(cls: type[E]) -> type[E]:
        if kind in REGISTRY:
            raise ValueError(f"event {kind} is declared twice")
        cls.kind = kind
        REGISTRY[kind] = cls
        return cls

    return register


def canonical(value: Any) -> bytes:
    """One value, one sequence of bytes: JSON, sorted keys, no spaces, UTF-8."""
    return msgspec.json.encode(value, order="sorted")


def moment(at: datetime) -> str:
    """A moment as it is hashed and told: UTC, microseconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_hash(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()


def chain_hash(prev_hash: bytes, meeting_id: UUID, seq: int, at: datetime, kind: str, body: bytes) -> bytes:
    """Each part is preceded by its length, so no two lines of facts share their bytes."""
    digest = hashlib.sha256()
    for part in (prev_hash, meeting_id.bytes, str(seq).encode(), moment(at).encode(), kind.encode(), body):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()
