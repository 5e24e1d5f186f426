"""One room this process speaks for: the pure `Room`, the database's names for its devices, and what is still owed.

Everything here is synchronous: it takes in what the broker said and notes what has to be written. ``speaker.py`` is the
actor that writes it.
"""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Set
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from hub.broker import Account
from hub.db import Work
from hub.equipment import ledger, service
from hub.equipment.phases import Phases
from hub.installation import Installation
from rooms import (
    SENSORS,
    AlarmCleared,
    Changed,
    Device,
    Fact,
    Kind,
    Received,
    Room,
    RoomRefusal,
    Seen,
    SeenRoom,
    read_announcement,
    seen_device,
)

log = structlog.get_logger()

MAX_OWED: Final = 2000
SENSOR_SECONDS: Final = 1.0  # a sensor's reading reaches screens at most this often

Owed = Callable[[Work], Awaitable[None]]


class Debts:
    """Writes that wait for the database, in order. Bounded: past it the oldest is lost, and that is logged."""

    def __init__(self) -> None:
        self.queue: deque[Owed] = deque()

    def add(self, write: Owed) -> None:
        if len(self.queue) >= MAX_OWED:
            log.error("rooms.overflow", limit=MAX_OWED)
            self.queue.popleft()
        self.queue.append(write)


class Spoken:
    """See the module. `ids` names only devices whose row exists."""

    def __init__(self, room_id: UUID, now: datetime, debts: Debts, installation: Installation) -> None:
        self.id = room_id
        self.room = Room()
        self.ids: dict[str, UUID] = {}
        self.keys: dict[UUID, str] = {}
        self.phases = Phases()
        self.dirty: set[str] = set()
        self.new_topics: set[str] = set()
        self._debts = debts
        self._installation = installation
        self._announced: dict[str, set[str]] = {}  # config topic -> keys of the devices it stands for
        self._taken_off: set[str] = set()  # keys
        self._shown_at: dict[str, float] = {}
        self._by_rule: dict[UUID, tuple[float, str]] = {}
        self._by_hand: dict[UUID, float] = {}
        self._occupied_at = now.timestamp()

    # What the broker said.

    def hear(self, message: Received, now: float) -> None:
        self.take_in(self.room.hear(message.topic, message.payload, now, retained=message.retained))

    def announced(self, topic: str, devices: Iterable[tuple[Account, Device]]) -> None:
        """This room's devices of one announcement; those the topic announced before and does not any more are gone."""
        kept = set()
        for account, device in devices:
            own = msgspec.structs.replace(device, key=f"{account.username}:{device.key}")
            if self._add(own):
                kept.add(own.key)
        for key in self._announced.pop(topic, set()) - kept:
            self._remove(key)
        if kept:
            self._announced[topic] = kept

    def _add(self, device: Device) -> bool:
        before = self.room.states.get(device.key)
        if before is not None and before.device == device:
            return True
        try:
            self.room.add(device)
        except RoomRefusal as refusal:
            log.warning("rooms.announcement-refused", key=device.key, code=refusal.code)
            return False
        self.new_topics |= device.topics

        async def write(work: Work) -> None:
            known = await ledger.write_device(work, self.id, device)
            self.ids[device.key], self.keys[known.id] = known.id, device.key
            at = known.value_at.timestamp() if known.value_at else None
            self.take_in(self.room.restore(device.key, known.value, at, known.alarm, known.alarmed_value))
            self.dirty.add(device.key)

        self._debts.add(write)
        return True

    def part_from_strangers(self, usernames: Set[str]) -> None:
        """Devices whose account was closed are gone, whatever they still say."""
        for key in [key for key in self.room.states if key.partition(":")[0] not in usernames]:
            self._remove(key)
            for keys in self._announced.values():
                keys.discard(key)

    def forget(self, device_id: UUID) -> str | None:
        """A person took the device off the list. Returns the topic of its announcement once all that was announced
        there is taken off: the broker keeps an announcement until it is emptied.
        """
        key = self.keys.get(device_id)
        if key is None or self.room.states[key].available:
            return None
        self._taken_off.add(key)
        topic = self.room.states[key].device.config_topic
        return topic if self._announced.get(topic, {key}) <= self._taken_off else None

    def _remove(self, key: str) -> None:
        self.room.remove(key)
        self.dirty.discard(key)
        self._taken_off.discard(key)
        device_id = self.ids.pop(key, None)
        if device_id is not None:
            self.keys.pop(device_id, None)
            self._debts.add(lambda work: ledger.write_gone(work, self.id, device_id))

    def take_in(self, facts: list[Fact]) -> None:
        """Notes what has to be shown and written."""
        for fact in facts:
            if isinstance(fact, Changed | AlarmCleared):
                self.dirty.add(fact.device)
            if not isinstance(fact, Changed):
                self._owe_fact(fact)

    def _owe_fact(self, fact: Fact) -> None:
        async def write(work: Work) -> None:
            await ledger.write_fact(work, self._installation, self.id, self.ids.get(fact.device), fact)

        self._debts.add(write)

    # What the rules see.

    def remember(self, device_id: UUID, reason: str, at: float) -> None:
        if reason in service.BY_PERSON:
            self._by_hand[device_id] = at
        else:
            self._by_rule[device_id] = (at, reason)

    def seen(self, now: float) -> SeenRoom:
        devices: list[Seen] = []
        for key, device_id in self.ids.items():
            rule_at, reason = self._by_rule.get(device_id, (None, ""))
            by_hand = self._by_hand.get(device_id)
            seen = seen_device(self.room, key, now, rule_at=rule_at, rule_reason=reason, manual_at=by_hand)
            devices.append(seen)
            if seen.kind is Kind.PRESENCE and seen.value is True:
                self._occupied_at = now
        return SeenRoom(
            now=now,
            phase=self.phases.phase,
            phase_since=self.phases.since,
            occupied_at=self._occupied_at,
            devices=tuple(devices),
        )

    # What screens see.

    def to_show(self) -> list[str]:
        """Keys whose state changed; a sensor's at most once a second, so a chattering one is no storm."""
        now = time.monotonic()
        keys = []
        for key in self.dirty:
            if key not in self.ids or key not in self.room:
                continue
            state = self.room.states[key]
            if state.available:
                self._taken_off.discard(key)
            quick = state.device.kind not in SENSORS or not state.available
            if quick or now >= self._shown_at.get(key, 0.0) + SENSOR_SECONDS:
                self._shown_at[key] = now
                keys.append(key)
        return keys

    def row(self, key: str) -> tuple[UUID, Any, datetime | None, bool, str | None]:
        state = self.room.states[key]
        return self.ids[key], state.value, _moment(state.value_at), state.available, state.alarm

    def picture(self, key: str, now: datetime) -> dict[str, Any]:
        """The device as screens show it; the same fields as `RoomDevice`."""
        state = self.room.states[key]
        device = state.device
        return {
            "id": self.ids[key],
            "kind": device.kind,
            "name": device.name,
            "unit": device.unit,
            "value": state.value,
            "value_at": _moment(state.value_at),
            "available": state.available,
            "waiting": state.waiting.value if state.waiting else None,
            "alarm": state.alarm,
            "by_hand_until": service.by_hand_until(_moment(self._by_hand.get(self.ids[key])), now),
            "abilities": service.abilities(device),
        }


def place(
    spoken: dict[UUID, Spoken], accounts: list[tuple[UUID, Account]], device: Device
) -> tuple[Spoken, Account] | None:
    """The room of the account below whose roots all of the device's topics lie: nobody announces another's topics.

    Where the roots of two accounts overlap, a device stays with the one it came by first.
    """
    places = [
        (spoken[room_id], account)
        for room_id, account in accounts
        if room_id in spoken and all(account.owns(topic) for topic in device.all_topics)
    ]
    known = (place for place in places if f"{place[1].username}:{device.key}" in place[0].room)
    return next(known, places[0] if places else None)


def hear_announcement(
    spoken: dict[UUID, Spoken], accounts: list[tuple[UUID, Account]], topic: str, payload: bytes
) -> None:
    """Takes one config message in; what cannot be taken is logged with its code and leaves the rest alone."""
    try:
        announcement = read_announcement(topic, payload)
    except RoomRefusal as refusal:
        log.warning("rooms.announcement-refused", topic=topic, code=refusal.code)
        return
    for key, code, detail in announcement.refused:
        log.warning("rooms.announcement-refused", topic=topic, key=key, code=code, detail=detail)
    found: dict[UUID, list[tuple[Account, Device]]] = {}
    for device in announcement.devices:
        if (where := place(spoken, accounts, device)) is None:
            log.warning("rooms.announcement-refused", topic=topic, key=device.key, code="no-account")
            continue
        found.setdefault(where[0].id, []).append((where[1], device))
    for room_id, room in spoken.items():
        room.announced(topic, found.get(room_id, []))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
