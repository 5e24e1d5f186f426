"""What a listener tells: captions as they firm up, and whether somebody is listening at all."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 16_000
"""Samples a second; the protocol knows no other."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Words of one stretch of speech. A later caption with the same ``number`` replaces the earlier; a ``final`` one
    never changes.
    """

    number: int
    start: float
    """Seconds of heard sound since the listener began, whatever reconnects lay between."""
    end: float
    text: str
    final: bool
    heard_at: float = 0.0
    """The listener's monotonic clock when the words came off the wire."""


@dataclass(frozen=True, slots=True)
class Up:
    """A recogniser listens from now on."""

    recogniser: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Nobody listens now; the listener keeps trying and keeps the last seconds of sound."""

    reason: str
    """unreachable | full | time-limit | refused | closed | silent-server"""
    retry_seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """This much sound was never recognised: the away time was longer than what is kept, or the recogniser cannot keep
    up.
    """

    start: float
    end: float


News = Caption | Up | Paused | Lost
