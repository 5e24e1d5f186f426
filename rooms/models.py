"""The words of a room: devices, what they report, what they are told, and what became of it.

A command is not a state and neither is availability: `Device` says what can be told and heard, `Report` what was
heard, `Order` what was asked. Moments are seconds since the epoch, always handed in.
"""

from enum import StrEnum
from typing import Any

import msgspec

from rooms.templates import Template


class Kind(StrEnum):
    """What a delegate would call the thing."""

    TEMPERATURE = "temperature"
    ILLUMINANCE = "illuminance"
    CARBON_DIOXIDE = "carbon_dioxide"
    PRESENCE = "presence"
    LIGHT = "light"
    CLIMATE = "climate"
    MICROPHONE = "microphone"
    READER = "reader"


SENSORS = frozenset({Kind.TEMPERATURE, Kind.ILLUMINANCE, Kind.CARBON_DIOXIDE, Kind.PRESENCE})
COMMANDED = frozenset({Kind.LIGHT, Kind.CLIMATE, Kind.MICROPHONE})


class RoomRefusal(Exception):
    """An answer a person or a device's installer may read; `code` names the sentence, `detail` the place."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Source(msgspec.Struct, frozen=True):
    """One topic a device reports on and how to read it."""

    topic: str
    template: Template


class Availability(msgspec.Struct, frozen=True):
    """One topic that says whether the device is there; its last will writes the second payload."""

    source: Source
    here: str = "online"
    away: str = "offline"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What a device announced of itself, checked and with every abbreviation and ``~`` written out.

    `sources` and `commands` are keyed by the property: ``state`` for most, ``brightness``, ``mode``, ``target``,
    ``current`` for lights and climate.
    """

    key: str  # unique within the broker: the announced unique_id, or the topic it was announced on
    config_topic: str
    kind: Kind
    name: str
    unit: str = ""
    sources: dict[str, Source]
    commands: dict[str, str] = {}
    availability: tuple[Availability, ...] = ()
    availability_mode: str = "latest"
    on: str = "ON"
    off: str = "OFF"
    state_on: str = "ON"
    state_off: str = "OFF"
    json_light: bool = False
    brightness_scale: int = 255
    brightness_with_on: bool = False  # the brightness command itself switches on; no separate ON is sent
    modes: tuple[str, ...] = ()
    min_target: float = 16.0
    max_target: float = 30.0
    fahrenheit: bool = False
    expire_after: float | None = None
    retain: bool = False
    qos: int = 0

    @property
    def topics(self) -> frozenset[str]:
        """Every topic the hub must listen to for this device."""
        return frozenset(s.topic for s in self.sources.values()) | {a.source.topic for a in self.availability}

    @property
    def all_topics(self) -> frozenset[str]:
        return self.topics | frozenset(self.commands.values())


Value = Any  # JSON: a number, a boolean, {"on", "brightness"}, {"mode", "target", "current"}, or None


class Message(msgspec.Struct, frozen=True):
    """Something to publish."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One wish with its reason. `id` is the caller's name for it and comes back with the answer."""

    device: str
    value: Value
    reason: str
    id: str = ""


class Fact(msgspec.Struct, frozen=True, tag=True):
    """Something that became true in a room."""

    device: str


class Changed(Fact, frozen=True):
    """The device's value, availability or waiting mark is another than before."""


class Answered(Fact, frozen=True):
    """The device itself reported what was ordered."""

    order: Order
    value: Value


class Superseded(Fact, frozen=True):
    """A newer order for the same device took this one's place before it was answered."""

    order: Order


class Alarmed(Fact, frozen=True):
    """``no-answer``, ``wrong-state``, ``unavailable`` or ``not-sent``; `order` is None if none was waiting."""

    order: Order | None
    alarm: str


class AlarmCleared(Fact, frozen=True):
    """The device is as ordered after all, or a newer order was answered."""


class Scanned(Fact, frozen=True):
    """A check-in reader read a code. Not a state: it is told once and forgotten."""

    code: str
