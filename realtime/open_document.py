"""A document that is open in this hub: its core, its place in the log, and what the bus tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final

import structlog

from realtime import messages
from realtime.bus import GAP, Bus, Subscription
from realtime.document import LiveDocument, MayPropose
from realtime.log import Damage, Log, LogUnavailable, Stored
from realtime.presence import Owner
from realtime.telling import Teller
from realtime.wire import PresenceEntry

log = structlog.get_logger()

GONE: Final = 4404
RESTART: Final = 1012


class NoSuchDocument(Exception):
    """It was deleted, or never was."""


class OpenDocument:
    """`seen` is the number of the log up to which everything is in the core; `ahead` has own numbers beyond it."""

    def __init__(
        self,
        document_id: str,
        hub: str,
        store: Log,
        bus: Bus,
        stored: Stored,
        touched: Callable[[OpenDocument], None],
        may_propose: MayPropose | None = None,
    ) -> None:
        self.id = document_id
        self.live = LiveDocument(stored.updates, may_propose=may_propose)
        self.teller: Teller | None = None
        self.seen = stored.head
        self.users = 0
        """Joiners and readers holding it open; it is not unloaded while there are any."""
        self.idle_since: float | None = None
        self.in_flight = 0
        """Updates the committer has taken and the log has not answered for."""
        self.refusals = 0
        self.not_before = 0.0
        """So often in a row the log refused its edits, and when they are tried again."""
        self.rows = stored.head - stored.snapshot_at
        self.bytes = sum(map(len, stored.updates)) - (len(stored.updates[0]) if stored.snapshot_at else 0)
        """Of the log since its snapshot, as far as this hub knows."""
        self.counted_bytes = 0
        self.gone = False
        self._hub = hub
        self._store = store
        self._bus = bus
        self._touched = touched
        self._ahead: set[int] = set()
        self._others: dict[tuple[str, str], Owner] = {}
        self._reading = asyncio.Lock()
        self.damage: Damage | None = None
        self._learn(stored.damage)

    @property
    def channel(self) -> str:
        return f"doc:{self.id}"

    @property
    def stored(self) -> bool:
        return not self.live.unlogged and not self.in_flight

    # --- own updates, once committed ---

    def logged(self, numbers: Sequence[int], updates: Sequence[bytes]) -> None:
        self._count(updates)
        self._ahead.update(numbers)
        self._advance()

    @property
    def behind(self) -> bool:
        """Own rows lie beyond rows of others that we have not seen."""
        return bool(self._ahead)

    # --- the others' ---

    async def follow(self, subscription: Subscription) -> None:
        """Takes in what the other hubs tell until the subscription is closed. A gap, and the log is read."""
        async for heard in subscription:
            try:
                if heard is GAP:
                    self._bus.tell(self.channel, partial(messages.encode, messages.WhoIsThere(self._hub)))
                    self.tell_presence()
                    await self.catch_up()
                else:
                    await self._hear(messages.decode(heard))
            except LogUnavailable as error:
                log.warning("document.cannot_catch_up", document=self.id, error=str(error))  # the upkeep tries again

    async def catch_up(self) -> None:
        """Reads what the log has after the last number seen."""
        async with self._reading:
            after = self.seen if self.damage is None else 0  # the whole, to see whether it was mended
            stored = await self._store.read(self.id, after)
            if stored is None:
                self.close_all()
                return
            fresh = stored.updates
            if len(fresh) == stored.head - after:
                fresh = [
                    u for number, u in enumerate(fresh, after + 1) if number > self.seen and number not in self._ahead
                ]
            self.live.absorb(fresh)
            self._count(fresh)
            self.seen = max(self.seen, stored.head)
            self._advance()
            self._learn(stored.damage)

    def _learn(self, damage: Damage | None) -> None:
        """Everybody reads while the log is damaged, and comes back to write when it is mended."""
        if damage is not None and self.damage is None:
            self.live.declare_damaged(f"damaged {damage.noticed_at:%Y-%m-%dT%H:%M:%SZ}")
        elif damage is None and self.damage is not None:
            self.live.damaged = None
            for editor in self.live.editors:
                editor.close(RESTART, "mended")
        self.damage = damage

    def close_all(self) -> None:
        self.gone = True
        for editor in self.live.editors:
            editor.close(GONE, "document-gone")

    def tell_presence(self) -> None:
        """Everyone who is here, to the other hubs."""
        for entry, owner in self.live.presence.states_here():
            self.live.presence_news.setdefault(entry.client, (entry, owner.user))
        self._touched(self)

    def take_presence_news(self) -> list[tuple[PresenceEntry, Hashable]]:
        news, self.live.presence_news = self.live.presence_news, {}
        return list(news.values())

    async def _hear(self, message: messages.HubMessage | None) -> None:
        if message is None or message.hub == self._hub:
            return
        if isinstance(message, messages.Committed):
            await self._hear_committed(message)
        elif isinstance(message, messages.Present):
            for user, entries in messages.entries_by_user(message).items():
                self.live.absorb_presence(self._other(message.hub, user), entries)
        else:
            self.tell_presence()

    async def _hear_committed(self, message: messages.Committed) -> None:
        last = message.first + message.count - 1
        if last <= self.seen:
            return
        if message.updates is None or message.first > self.seen + 1 or self._reading.locked():
            await self.catch_up()
            return
        fresh = message.updates[self.seen + 1 - message.first :]
        self.live.absorb(fresh)
        self._count(fresh)
        self.seen = last
        self._advance()

    def _other(self, hub: str, user: str) -> Owner:
        owner = self._others.get((hub, user))
        if owner is None:
            if len(self._others) > 1000:
                self._others = {key: o for key, o in self._others.items() if o.ids}
            owner = self._others[hub, user] = Owner(user, hub, spoke=True)
        return owner

    def _advance(self) -> None:
        while self.seen + 1 in self._ahead:
            self._ahead.discard(self.seen + 1)
            self.seen += 1
        self._ahead = {number for number in self._ahead if number > self.seen}

    def _count(self, updates: Sequence[bytes]) -> None:
        self.rows += len(updates)
        self.bytes += sum(map(len, updates))
