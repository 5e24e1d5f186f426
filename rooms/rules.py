"""What a room does by itself: a pure function from what was seen to what to do. MQTT is somewhere else.

Three promises, each with a test: a person's order wins for `OVERRIDE_SECONDS`; no rule undoes another within its band
(too warm starts cooling above 27 °C, cool enough ends it below 23 °C); what a silent sensor last said moves nothing.
A scene (a meeting starts, presents, ends) is put to each device once, so it never wrestles with a hand.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from rooms.models import Kind, Order, Value
from rooms.room import Room

OVERRIDE_SECONDS = 1800.0
COOLDOWN_SECONDS = 300.0  # a rule leaves a device in peace this long after its last order to it
EMPTY_SECONDS = 300.0  # a room is empty when nobody was seen for this long

TOO_WARM, COOL_TO, COOL_ENOUGH = 27.0, 25.0, 23.0  # °C
TOO_DARK = 250.0  # lx on the tables
FULL, DIMMED = 100, 35  # per cent of light while people read, while they watch the screen

BY_RULE = ("too-warm", "cool-enough", "too-dark", "meeting-starts", "item-presents", "item-discusses", "meeting-ends")


class Phase(StrEnum):
    """Where the room's meeting is. Presenting: the current item is a report that people watch."""

    NONE = "none"
    RUNNING = "running"
    PRESENTING = "presenting"
    ENDED = "ended"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One device as the rules see it. `value` is None when it is silent or away."""

    key: str
    kind: Kind
    value: Value = None
    dims: bool = False
    modes: tuple[str, ...] = ()
    targets: tuple[float, float] | None = None
    waiting: bool = False
    rule_at: float | None = None  # when a rule last ordered something here, and why
    rule_reason: str = ""
    manual_at: float | None = None  # when a person last did


class SeenRoom(msgspec.Struct, frozen=True, kw_only=True):
    now: float
    phase: Phase = Phase.NONE
    phase_since: float = 0.0
    occupied_at: float | None = None  # when somebody was last seen; None if no presence sensor ever spoke
    devices: tuple[Seen, ...] = ()


def decide(seen: SeenRoom) -> list[Order]:
    """The orders a room gives itself now. At most one for a device; the scene of the phase comes before comfort."""
    orders: dict[str, Order] = {}
    for order in (*_scene(seen), *_climate(seen), *_light(seen)):
        orders.setdefault(order.device, order)
    return list(orders.values())


def overridden_until(device: Seen, now: float) -> float | None:
    """Until when a person's order keeps the rules away from this device."""
    if device.manual_at is None or now - device.manual_at >= OVERRIDE_SECONDS:
        return None
    return device.manual_at + OVERRIDE_SECONDS


def seen_device(room: Room, key: str, now: float, **orders: Any) -> Seen:
    """One device of a room as the rules may see it: what is stale or away has no value."""
    state = room.states[key]
    device = state.device
    is_measure = device.kind in {Kind.TEMPERATURE, Kind.ILLUMINANCE, Kind.CARBON_DIOXIDE, Kind.PRESENCE}
    known = state.fresh(now) if is_measure else state.available
    return Seen(
        key=key,
        kind=device.kind,
        value=state.value if known else None,
        dims="brightness" in device.commands,
        modes=device.modes if "mode" in device.commands else (),
        targets=(device.min_target, device.max_target) if "target" in device.commands else None,
        waiting=state.waiting is not None,
        **orders,
    )


def _free(seen: SeenRoom, *kinds: Kind) -> Iterator[Seen]:
    """Devices a rule may order about: there, waiting for nothing, and not in a person's hands."""
    for device in seen.devices:
        ready = device.kind in kinds and device.value is not None and not device.waiting
        if ready and overridden_until(device, seen.now) is None:
            yield device


def _rested(seen: SeenRoom, device: Seen) -> bool:
    return device.rule_at is None or seen.now - device.rule_at >= COOLDOWN_SECONDS


def _began(device: Seen, reason: str) -> bool:
    """Only what a rule began may it end: a person's 20 °C is a person's business."""
    return device.rule_at is not None and device.rule_reason == reason and (device.manual_at or 0.0) < device.rule_at


def _fresh_to_phase(seen: SeenRoom, device: Seen) -> bool:
    """Whether nothing was ordered here since the phase began: a scene is put once."""
    last = max((at for at in (device.rule_at, device.manual_at) if at is not None), default=None)
    return last is None or last < seen.phase_since


def _empty(seen: SeenRoom) -> bool:
    """Nobody is there, by a presence sensor that speaks. Without one nobody can say so."""
    speaking = [d.value for d in seen.devices if d.kind is Kind.PRESENCE and d.value is not None]
    if not speaking or any(speaking):
        return False
    return seen.occupied_at is None or seen.now - seen.occupied_at >= EMPTY_SECONDS


def _scene(seen: SeenRoom) -> Iterator[Order]:
    if seen.phase is Phase.NONE:
        return
    for device in _free(seen, Kind.LIGHT, Kind.MICROPHONE, Kind.CLIMATE):
        if not _fresh_to_phase(seen, device):
            continue
        if device.kind is Kind.LIGHT and seen.phase is Phase.PRESENTING and device.dims:
            yield from _light_to(device, DIMMED, "item-presents")
        elif device.kind is Kind.LIGHT and seen.phase in {Phase.RUNNING, Phase.PRESENTING}:
            reason = "item-discusses" if device.rule_reason == "item-presents" else "meeting-starts"
            yield from _light_to(device, FULL, reason)
        elif seen.phase is Phase.ENDED:
            yield from _closing(seen, device)


def _closing(seen: SeenRoom, device: Seen) -> Iterator[Order]:
    """Microphones close with the meeting, at once; light and air only when the room is seen to be empty."""
    if device.kind is Kind.MICROPHONE:
        if device.value is True:
            yield Order(device=device.key, value=False, reason="meeting-ends")
    elif _empty(seen):
        if device.kind is Kind.LIGHT and device.value["on"]:
            yield Order(device=device.key, value={"on": False}, reason="meeting-ends")
        elif device.kind is Kind.CLIMATE and "off" in device.modes and device.value.get("mode") not in {None, "off"}:
            yield Order(device=device.key, value={"mode": "off"}, reason="meeting-ends")


def _light_to(device: Seen, level: int, reason: str) -> Iterator[Order]:
    if not device.value["on"] or (device.dims and device.value.get("brightness") != level):
        value = {"on": True, "brightness": level} if device.dims else {"on": True}
        yield Order(device=device.key, value=value, reason=reason)


def _climate(seen: SeenRoom) -> Iterator[Order]:
    temperatures = [d.value for d in seen.devices if d.kind is Kind.TEMPERATURE and d.value is not None]
    if not temperatures:
        return
    temperature = sum(temperatures) / len(temperatures)
    in_use = seen.phase in {Phase.RUNNING, Phase.PRESENTING}
    for device in _free(seen, Kind.CLIMATE):
        if not _rested(seen, device):
            continue
        mode = device.value.get("mode")
        if temperature > TOO_WARM and in_use and "cool" in device.modes and mode != "cool":
            value: dict[str, Any] = {"mode": "cool"}
            if device.targets is not None:
                value["target"] = min(max(COOL_TO, device.targets[0]), device.targets[1])
            yield Order(device=device.key, value=value, reason="too-warm")
        elif temperature < COOL_ENOUGH and mode == "cool" and "off" in device.modes and _began(device, "too-warm"):
            yield Order(device=device.key, value={"mode": "off"}, reason="cool-enough")


def _light(seen: SeenRoom) -> Iterator[Order]:
    levels = [d.value for d in seen.devices if d.kind is Kind.ILLUMINANCE and d.value is not None]
    if not levels or seen.phase is not Phase.RUNNING or max(levels) >= TOO_DARK:
        return
    for device in _free(seen, Kind.LIGHT):
        if _rested(seen, device):
            yield from _light_to(device, FULL, "too-dark")  # there is no rule the other way: light feeds the sensor
