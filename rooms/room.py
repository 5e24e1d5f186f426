"""One room as the hub believes it to be. Bytes and moments go in, facts and messages come out.

No socket, no clock, no task: the session hands in what arrived and when, and asks `tick` what became overdue.
"""

from collections.abc import Iterable

import msgspec

from rooms.models import (
    COMMANDED,
    AlarmCleared,
    Alarmed,
    Answered,
    Changed,
    Device,
    Fact,
    Kind,
    Message,
    Order,
    RoomRefusal,
    Scanned,
    Superseded,
    Value,
)
from rooms.templates import Unreadable
from rooms.wire import checked_order, fulfils, read_availability, read_report, write_order

ANSWER_SECONDS = 5.0  # a device that has not reported by then is an alarm
MAX_DEVICES = 128
SILENT_SECONDS = 900.0  # a sensor that says nothing this long moves nothing (when it named no time of its own)


class Waiting(msgspec.Struct):
    order: Order
    value: Value  # the order in its full form
    since: float
    heard: bool = False  # the device said something since, even if not this


class State(msgspec.Struct):
    """What is known of one device. `value` is the device's own last word, never what it was told."""

    device: Device
    value: Value = None
    value_at: float | None = None
    said: dict[int, bool] = {}  # availability entry -> its last word
    latest: int = 0
    waiting: Waiting | None = None
    alarm: str | None = None
    alarmed_value: Value = None

    @property
    def available(self) -> bool:
        """What its last will and birth messages say; a device without them is there once it has reported."""
        if not self.device.availability:
            return self.value_at is not None or self.device.kind is Kind.READER
        if self.device.availability_mode == "all":
            return len(self.said) == len(self.device.availability) and all(self.said.values())
        if self.device.availability_mode == "any":
            return any(self.said.values())
        return self.said.get(self.latest, False)

    def fresh(self, now: float) -> bool:
        """Whether a sensor's value may still be acted on."""
        limit = self.device.expire_after or SILENT_SECONDS
        return self.available and self.value_at is not None and now - self.value_at <= limit


class Room:
    """The devices of one room, the orders they owe an answer to, and the alarms that stand."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self._by_topic: dict[str, list[str]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.states

    @property
    def topics(self) -> frozenset[str]:
        """Everything this room listens to."""
        return frozenset(self._by_topic)

    def add(self, device: Device) -> None:
        """Takes a device up, or its new announcement; what it reported before stays if its topics do."""
        before = self.states.get(device.key)
        if before is None and len(self.states) >= MAX_DEVICES:
            raise RoomRefusal("too-many-devices", device.name)
        if before is not None and before.device == device:
            return
        if before is not None and before.device.kind is device.kind and before.device.topics == device.topics:
            before.device = device
        else:
            self.states[device.key] = State(device)
        self._index()

    def remove(self, key: str) -> None:
        if self.states.pop(key, None) is not None:
            self._index()

    def restore(
        self, key: str, value: Value, value_at: float | None, alarm: str | None = None, alarmed_value: Value = None
    ) -> list[Fact]:
        """What was known before a restart or take-over; its availability is not: the device must say so itself.

        An alarm stands on, unless the device has answered it in what it said since.
        """
        if (state := self.states.get(key)) is None:
            return []
        heard = state.value_at is not None
        if not heard:
            state.value, state.value_at = value, value_at
        if alarm is None or state.alarm is not None:
            return []
        state.alarm, state.alarmed_value = alarm, alarmed_value
        obeyed = heard and alarmed_value is not None and fulfils(state.device, state.value, alarmed_value)
        return self._clear(state) if obeyed or (alarm == "unavailable" and state.available) else []

    def fail(self, key: str, alarm: str, value: Value) -> list[Fact]:
        """An order that never left is an alarm of its device as well; the caller has written it down."""
        if (state := self.states.get(key)) is None:
            return []
        state.alarm, state.alarmed_value = alarm, value
        return [Changed(key)]

    def acknowledge(self, key: str) -> list[Fact]:
        """A person has seen the alarm: it stands no more."""
        if (state := self.states.get(key)) is None or state.alarm is None:
            return []
        state.alarm = state.alarmed_value = None
        return [Changed(key)]

    def hear(self, topic: str, payload: bytes, now: float, *, retained: bool = False) -> list[Fact]:
        """Takes in one message. A retained one is old news: it tells the state but answers no order."""
        facts: list[Fact] = []
        for key in self._by_topic.get(topic, ()):
            state = self.states[key]
            facts += self._hear_availability(state, topic, payload)
            if any(source.topic == topic for source in state.device.sources.values()):
                facts += self._hear_report(state, topic, payload, now, retained)
        return facts

    def order(self, order: Order, now: float) -> tuple[list[Message], list[Fact]]:
        """What to publish for an order, which now waits for the device's report. Raises RoomRefusal."""
        state = self.states.get(order.device)
        if state is None:
            raise RoomRefusal("no-such-device", order.device)
        if state.device.kind not in COMMANDED:
            raise RoomRefusal("order-unsupported", state.device.kind)
        if not state.available:
            raise RoomRefusal("device-unavailable", state.device.name)
        value = checked_order(state.device, order.value)
        facts: list[Fact] = []
        if state.waiting is not None:
            facts.append(Superseded(order.device, state.waiting.order))
        state.waiting = Waiting(order, value, now)
        facts.append(Changed(order.device))
        return write_order(state.device, value), facts

    def not_sent(self, order: Order) -> list[Fact]:
        """The broker did not take the order's messages: nobody will answer it."""
        state = self.states.get(order.device)
        if state is None or state.waiting is None or state.waiting.order.id != order.id:
            return []
        return self._alarm(state, "not-sent")

    def tick(self, now: float) -> list[Fact]:
        """Orders whose five seconds are over."""
        facts: list[Fact] = []
        for state in self.states.values():
            waiting = state.waiting
            if waiting is None or now - waiting.since < ANSWER_SECONDS:
                continue
            if fulfils(state.device, state.value, waiting.value):
                facts += self._answered(state)  # it was so already, and such devices often do not repeat themselves
            else:
                facts += self._alarm(state, "wrong-state" if waiting.heard else "no-answer")
        return facts

    def next_deadline(self) -> float | None:
        return min((s.waiting.since + ANSWER_SECONDS for s in self.states.values() if s.waiting), default=None)

    def lost(self) -> list[Fact]:
        """The hub itself has lost the broker: nobody's availability is known until they say so again."""
        facts: list[Fact] = []
        for key, state in self.states.items():
            if state.said:
                state.said.clear()
                facts.append(Changed(key))
        return facts

    def of_kind(self, *kinds: Kind) -> Iterable[State]:
        return (state for state in self.states.values() if state.device.kind in kinds)

    def _index(self) -> None:
        self._by_topic = {}
        for key, state in self.states.items():
            for topic in state.device.topics:
                self._by_topic.setdefault(topic, []).append(key)

    def _hear_availability(self, state: State, topic: str, payload: bytes) -> list[Fact]:
        try:
            said = read_availability(state.device, topic, payload)
        except Unreadable:
            return []
        if not said:
            return []
        before = state.available
        state.said.update(said)
        state.latest = max(said)
        if state.available == before:
            return []
        facts: list[Fact] = [Changed(state.device.key)]
        if not state.available and state.waiting is not None:
            facts += self._alarm(state, "unavailable")
        elif state.available and state.alarm == "unavailable":
            facts += self._clear(state)
        return facts

    def _hear_report(self, state: State, topic: str, payload: bytes, now: float, retained: bool) -> list[Fact]:
        device = state.device
        try:
            value = read_report(device, topic, payload, state.value)
        except Unreadable:
            return []
        if device.kind is Kind.READER:
            return [] if retained else [Scanned(device.key, value)]
        was_available = state.available
        changed = value != state.value
        state.value, state.value_at = value, now
        facts: list[Fact] = [Changed(device.key)] if changed or was_available != state.available else []
        waiting = state.waiting
        if waiting is not None and not retained:
            waiting.heard = True
            if fulfils(device, value, waiting.value):
                facts += self._answered(state)
        elif state.alarm is not None and changed and fulfils(device, value, state.alarmed_value):
            facts += self._clear(state)
        return facts

    def _answered(self, state: State) -> list[Fact]:
        waiting = state.waiting
        assert waiting is not None
        state.waiting = None
        cleared = self._clear(state)
        return [Answered(state.device.key, waiting.order, state.value), *cleared, Changed(state.device.key)]

    def _alarm(self, state: State, alarm: str) -> list[Fact]:
        waiting, state.waiting = state.waiting, None
        state.alarm = alarm
        state.alarmed_value = waiting.value if waiting else None
        key = state.device.key
        return [Alarmed(key, waiting.order if waiting else None, alarm), Changed(key)]

    def _clear(self, state: State) -> list[Fact]:
        if state.alarm is None:
            return []
        state.alarm = state.alarmed_value = None
        return [AlarmCleared(state.device.key)]
