"""Between a device's own words on its topics and the room's values: reading reports, writing orders. All pure."""

from typing import Any

import msgspec

from rooms.discovery import MODES
from rooms.models import Device, Kind, Message, RoomRefusal, Value
from rooms.templates import Unreadable, number, rendered

PLAUSIBLE = {
    Kind.TEMPERATURE: (-40.0, 85.0),
    Kind.ILLUMINANCE: (0.0, 200_000.0),
    Kind.CARBON_DIOXIDE: (0.0, 40_000.0),
}
BRIGHTNESS_SLACK = 1.5  # per cent; a scale of 255 cannot say every per cent
TARGET_SLACK = 0.5  # °C; many units know whole degrees only
MAX_CODE = 300


def read_report(device: Device, topic: str, payload: bytes, before: Value) -> Value:
    """The device's value after this message. Raises Unreadable if the message says nothing we can use.

    A message on a topic shared by several properties may carry only some of them: the rest stay as they were.
    """
    if device.kind in PLAUSIBLE:
        return _measured(device, payload)
    if device.kind is Kind.LIGHT:
        return _light(device, topic, payload, before)
    if device.kind is Kind.CLIMATE:
        return _climate(device, topic, payload, before)
    if device.kind is Kind.READER:
        code = rendered(device.sources["state"].template.read(payload)).strip()
        if not code or len(code) > MAX_CODE:
            raise Unreadable("no code")
        return code
    return _switched(device, rendered(device.sources["state"].template.read(payload)))


def read_availability(device: Device, topic: str, payload: bytes) -> dict[int, bool]:
    """Which of the device's availability entries this message settles, by index."""
    found: dict[int, bool] = {}
    for index, entry in enumerate(device.availability):
        if entry.source.topic != topic:
            continue
        word = rendered(entry.source.template.read(payload))
        if word == entry.here:
            found[index] = True
        elif word == entry.away:
            found[index] = False
    return found


def checked_order(device: Device, value: Value) -> Value:
    """The order in its full, plain form; RoomRefusal if this device cannot be told that."""
    if device.kind is Kind.MICROPHONE:
        if isinstance(value, bool):
            return value
        if isinstance(value, dict) and value.keys() == {"on"} and isinstance(value["on"], bool):
            return value["on"]
    elif device.kind is Kind.LIGHT and isinstance(value, dict) and value and value.keys() <= {"on", "brightness"}:
        return _checked_light(device, value)
    elif device.kind is Kind.CLIMATE and isinstance(value, dict) and value and value.keys() <= {"mode", "target"}:
        return _checked_climate(device, value)
    raise RoomRefusal("order-value", device.kind)


def write_order(device: Device, value: Value) -> list[Message]:
    """What to publish for an order that `checked_order` let through."""
    if device.kind is Kind.MICROPHONE:
        return [_message(device, "state", device.on if value else device.off)]
    if device.kind is Kind.CLIMATE:
        messages = [_message(device, "mode", value["mode"])] if "mode" in value else []
        if "target" in value:
            target = value["target"] * 1.8 + 32 if device.fahrenheit else value["target"]
            messages.append(_message(device, "target", rendered(round(target, 1))))
        return messages
    level = None
    if value["on"] and "brightness" in value:
        level = max(1, round(value["brightness"] * device.brightness_scale / 100))
    if device.json_light:
        body: dict[str, Any] = {"state": "ON" if value["on"] else "OFF"}
        if level is not None:
            body["brightness"] = level
        return [_message(device, "state", msgspec.json.encode(body).decode())]
    if level is None:
        return [_message(device, "state", device.on if value["on"] else device.off)]
    dim = _message(device, "brightness", str(level))
    return [dim] if device.brightness_with_on else [dim, _message(device, "state", device.on)]


def fulfils(device: Device, reported: Value, ordered: Value) -> bool:
    """Whether the device's own report is what it was told to be."""
    if device.kind is Kind.LIGHT:
        if not isinstance(reported, dict) or reported.get("on") is not ordered["on"]:
            return False
        wanted, got = ordered.get("brightness"), reported.get("brightness")
        return not ordered["on"] or wanted is None or (got is not None and abs(got - wanted) <= BRIGHTNESS_SLACK)
    if device.kind is Kind.CLIMATE:
        if not isinstance(reported, dict) or ("mode" in ordered and reported.get("mode") != ordered["mode"]):
            return False
        wanted, got = ordered.get("target"), reported.get("target")
        return wanted is None or (got is not None and abs(got - wanted) <= TARGET_SLACK)
    return bool(reported is ordered)


def _message(device: Device, name: str, text: str) -> Message:
    return Message(device.commands[name], text.encode(), device.qos, device.retain)


def _measured(device: Device, payload: bytes) -> float:
    value = number(device.sources["state"].template.read(payload))
    if device.fahrenheit and device.kind is Kind.TEMPERATURE:
        value = (value - 32) / 1.8
    low, high = PLAUSIBLE[device.kind]
    if not low <= value <= high:
        raise Unreadable("implausible")
    return round(value, 1)


def _switched(device: Device, word: str) -> bool:
    if word == device.state_on:
        return True
    if word == device.state_off:
        return False
    raise Unreadable("neither on nor off")


def _light(device: Device, topic: str, payload: bytes, before: Value) -> Value:
    value: dict[str, Any] = dict(before) if isinstance(before, dict) else {"on": None, "brightness": None}
    if device.json_light:
        body = _json_object(device.sources["state"].template.read(payload))
        if "state" in body:
            value["on"] = {"ON": True, "OFF": False}.get(str(body["state"]), value["on"])
        if "brightness" in body and "brightness" in device.commands and body["brightness"] is not None:
            value["brightness"] = _percent(device, body["brightness"])
    else:
        heard = False
        for name in ("state", "brightness"):
            source = device.sources.get(name)
            if source is None or source.topic != topic:
                continue
            try:
                read = source.template.read(payload)
                value["on" if name == "state" else name] = (
                    _switched(device, rendered(read)) if name == "state" else _percent(device, read)
                )
                heard = True
            except Unreadable:
                continue
        if not heard:
            raise Unreadable("neither state nor brightness")
    if value["on"] is None:
        raise Unreadable("not known to be on or off")
    return value


def _climate(device: Device, topic: str, payload: bytes, before: Value) -> Value:
    value: dict[str, Any] = {"mode": None, "target": None, "current": None}
    if isinstance(before, dict):
        value |= before
    heard = False
    for name, source in device.sources.items():
        if source.topic != topic:
            continue
        try:
            read = source.template.read(payload)
            value[name] = _mode(read) if name == "mode" else _degrees(device, read)
            heard = True
        except Unreadable:
            continue
    if not heard:
        raise Unreadable("no property of the climate unit")
    return value


def _mode(read: Any) -> str:
    """A word of the fixed list: what a device says here is told to everyone and kept for ever."""
    word = rendered(read)
    if word not in MODES:
        raise Unreadable("no mode")
    return word


def _degrees(device: Device, read: Any) -> float:
    value = number(read)
    value = round((value - 32) / 1.8 if device.fahrenheit else value, 1)
    low, high = PLAUSIBLE[Kind.TEMPERATURE]
    if not low <= value <= high:
        raise Unreadable("implausible")
    return value


def _percent(device: Device, read: Any) -> int:
    return round(min(100.0, max(0.0, number(read) * 100 / device.brightness_scale)))


def _json_object(read: Any) -> dict[str, Any]:
    """The JSON light's state; its template may already have taken the object out of a bigger message."""
    if isinstance(read, str):
        try:
            read = msgspec.json.decode(read)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unreadable("not JSON") from error
    if not isinstance(read, dict):
        raise Unreadable("not an object")
    return read


def _checked_light(device: Device, value: dict[str, Any]) -> Value:
    on = value.get("on", True)
    brightness = value.get("brightness")
    if not isinstance(on, bool):
        raise RoomRefusal("order-value", "on")
    if brightness is None or not on:
        return {"on": on}
    if isinstance(brightness, bool) or not isinstance(brightness, int | float) or not 0 <= brightness <= 100:
        raise RoomRefusal("order-value", "brightness")
    if "brightness" not in device.commands:
        raise RoomRefusal("order-unsupported", "brightness")
    return {"on": True, "brightness": round(brightness)} if brightness > 0 else {"on": False}


def _checked_climate(device: Device, value: dict[str, Any]) -> Value:
    checked: dict[str, Any] = {}
    if (mode := value.get("mode")) is not None:
        if "mode" not in device.commands or mode not in device.modes:
            raise RoomRefusal("order-unsupported", "mode")
        checked["mode"] = mode
    if (target := value.get("target")) is not None:
        if isinstance(target, bool) or not isinstance(target, int | float):
            raise RoomRefusal("order-value", "target")
        if "target" not in device.commands:
            raise RoomRefusal("order-unsupported", "target")
        if not device.min_target <= target <= device.max_target:
            raise RoomRefusal("order-value", "target")
        checked["target"] = round(float(target), 1)
    if not checked:
        raise RoomRefusal("order-value", device.kind)
    return checked
