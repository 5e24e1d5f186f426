"""What hubs tell each other about one document, on the bus channel `doc:{id}`. Hints only: the log is the truth."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

import msgspec

from realtime.wire import PresenceEntry

CARRIED_BYTES: Final = 256 * 1024
"""Larger updates are announced by number only; the others read them from the log."""


class Committed(msgspec.Struct, array_like=True, tag="c", frozen=True):
    """Rows of the log, numbered from `first`. `updates` None: read them there."""

    hub: str
    first: int
    count: int
    updates: list[bytes] | None


class Present(msgspec.Struct, array_like=True, tag="p", frozen=True):
    """Presence of one hub's editors: (user, client, clock, state)."""

    hub: str
    entries: list[tuple[str, int, int, bytes | None]]


class WhoIsThere(msgspec.Struct, array_like=True, tag="w", frozen=True):
    """A hub that just opened the document, or missed something, asks the others for their presence."""

    hub: str


HubMessage = Committed | Present | WhoIsThere

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[HubMessage] = msgspec.msgpack.Decoder(HubMessage)


def encode(message: HubMessage) -> bytes:
    return _encoder.encode(message)


def decode(data: bytes) -> HubMessage | None:
    """None for what a newer hub says in words we do not know."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def committed(hub: str, first: int, updates: list[bytes]) -> bytes:
    carried = updates if sum(map(len, updates)) <= CARRIED_BYTES else None
    return encode(Committed(hub, first, len(updates), carried))


def present(hub: str, news: Iterable[tuple[PresenceEntry, Hashable]]) -> bytes:
    return encode(Present(hub, [(str(user), e.client, e.clock, e.state) for e, user in news]))


def entries_by_user(message: Present) -> dict[str, list[PresenceEntry]]:
    found: dict[str, list[PresenceEntry]] = {}
    for user, client, clock, state in message.entries:
        found.setdefault(user, []).append(PresenceEntry(client, clock, state))
    return found
