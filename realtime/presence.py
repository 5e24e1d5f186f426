"""Who is here and where their cursor is: the latest state of each client id, and whose id it is.

Clients echo the states of others back to the server, so an entry for somebody else's id is normal and means nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final

from realtime.wire import PresenceEntry

SILENT_TICKS: Final = 7
"""Ticks come every five seconds and clients renew every fifteen: gone after thirty seconds of silence."""
MAX_IDS_OF_A_CONNECTION: Final = 16
MAX_REMEMBERED: Final = 4096


@dataclass(eq=False)
class Owner:
    """A connection here, or the place of a connection on another hub."""

    user: Hashable
    hub: str | None = None
    """None: here."""
    number: int = 0
    """Connections are numbered as they come, so that the newest is known."""
    ids: set[int] = field(default_factory=set)
    spoke: bool = False


@dataclass(eq=False)
class Client:
    clock: int
    state: bytes | None
    owner: Owner | None
    silent: int = 0


class Presence:
    def __init__(self) -> None:
        self._clients: dict[int, Client] = {}

    def states(self) -> list[PresenceEntry]:
        return [PresenceEntry(i, c.clock, c.state) for i, c in self._clients.items() if c.state is not None]

    def departed(self, clients: Iterable[int]) -> list[PresenceEntry]:
        """Of these, the ones who are gone."""
        known = ((client, self._clients.get(client)) for client in clients)
        return [PresenceEntry(i, c.clock, None) for i, c in known if c is not None and c.state is None]

    def states_here(self) -> list[tuple[PresenceEntry, Owner]]:
        return [
            (PresenceEntry(i, c.clock, c.state), c.owner)
            for i, c in self._clients.items()
            if c.state is not None and c.owner is not None and c.owner.hub is None
        ]

    def owner(self, client: int) -> Owner | None:
        known = self._clients.get(client)
        return known.owner if known else None

    def hear(self, speaker: Owner, entries: Iterable[PresenceEntry]) -> tuple[list[PresenceEntry], list[PresenceEntry]]:
        """What is news to the others; and what the speaker must be asked to say again.

        A client that reconnects comes back with the clock it left with, which the others take for old news. Told of
        its own removal it raises its clock and speaks again.
        """
        news: list[PresenceEntry] = []
        again: list[PresenceEntry] = []
        first = not speaker.spoke
        speaker.spoke = True
        for entry in entries:
            known = self._clients.get(entry.client)
            if known is None:
                if entry.state is not None and len(speaker.ids) < MAX_IDS_OF_A_CONNECTION:
                    self._clients[entry.client] = Client(entry.clock, entry.state, self._take(speaker, entry.client))
                    news.append(entry)
            elif known.owner is None:
                if entry.state is None or len(speaker.ids) >= MAX_IDS_OF_A_CONNECTION:
                    continue
                if entry.clock > known.clock or (first and entry.clock == known.clock):
                    if entry.clock == known.clock:
                        again.append(PresenceEntry(entry.client, entry.clock, None))
                    self._set(known, entry, self._take(speaker, entry.client))
                    news.append(entry)
            elif known.owner is speaker:
                if self._newer(known, entry):
                    self._set(known, entry, speaker)
                    news.append(entry)
            elif known.owner.user == speaker.user and self._may_take_over(known, entry, first):
                if entry.clock == known.clock:
                    again.append(PresenceEntry(entry.client, entry.clock, None))
                known.owner.ids.discard(entry.client)
                self._set(known, entry, self._take(speaker, entry.client))
                news.append(entry)
        self._forget_old()
        return news, again

    def leave(self, owner: Owner) -> list[PresenceEntry]:
        """The removal of all that was this connection's."""
        gone = []
        for client in sorted(owner.ids):
            known = self._clients[client]
            if known.state is not None:
                gone.append(PresenceEntry(client, known.clock, None))
            known.owner, known.state = None, None
        owner.ids.clear()
        return gone

    def tick(self) -> list[PresenceEntry]:
        """Whoever was silent for too long is gone."""
        gone = []
        for client, known in self._clients.items():
            known.silent += 1
            if known.silent >= SILENT_TICKS and known.state is not None:
                gone.append(PresenceEntry(client, known.clock, None))
                known.state = None
                if known.owner is not None and known.owner.hub is not None:
                    known.owner.ids.discard(client)
                    known.owner = None
        return gone

    @staticmethod
    def _newer(known: Client, entry: PresenceEntry) -> bool:
        return entry.clock > known.clock or (
            entry.clock == known.clock and (entry.state is None) > (known.state is None)
        )

    @staticmethod
    def _may_take_over(known: Client, entry: PresenceEntry, first: bool) -> bool:
        """The first words of a connection are its own; later ones may be an echo, which never has a newer clock."""
        return entry.state is not None and (entry.clock > known.clock or (first and entry.clock == known.clock))

    @staticmethod
    def _set(known: Client, entry: PresenceEntry, owner: Owner) -> None:
        known.clock, known.state, known.owner, known.silent = entry.clock, entry.state, owner, 0

    @staticmethod
    def _take(owner: Owner, client: int) -> Owner:
        owner.ids.add(client)
        return owner

    def _forget_old(self) -> None:
        """Clocks of the departed are kept, or an echo would bring them back; but not without end."""
        if len(self._clients) > MAX_REMEMBERED:
            departed = [client for client, known in self._clients.items() if known.owner is None]
            for client in departed[: len(self._clients) - MAX_REMEMBERED // 2]:
                del self._clients[client]
