"""Home Assistant MQTT discovery: what a device says of itself, turned into `Device` values or a named refusal.

Both forms are read: one entity per ``homeassistant/<component>/[<node>/]<object>/config`` topic, and one whole device
with its components on ``homeassistant/device/…/config``. An announcement is a stranger's text: every size is bounded
and a form this hub does not understand is refused by code, never guessed.
"""

import re
from typing import Any

import msgspec

from rooms.models import COMMANDED, Availability, Device, Kind, RoomRefusal, Source
from rooms.templates import PLAIN, Template, TemplateRefused, parse_template, rendered

PREFIX = "homeassistant"
MAX_ANNOUNCEMENT = 16 * 1024  # bytes; a Zigbee lamp with every effect stays under 6 kB
MAX_COMPONENTS = 32
MAX_TOPIC = 250
MAX_NAME = 120

_CONFIG_TOPIC = re.compile(r"(?P<component>[a-z_]+)/(?:(?P<node>[A-Za-z0-9_-]+)/)?(?P<object>[A-Za-z0-9_-]+)/config")
_MIC = re.compile(r"(?<![a-z])mic(?:ro(?:phone)?)?(?![a-z])", re.IGNORECASE)

# Short key -> long key, for the keys this hub reads.
SHORT = {
    "avty": "availability", "avty_mode": "availability_mode", "avty_t": "availability_topic",
    "avty_tpl": "availability_template", "bri_cmd_t": "brightness_command_topic",
    "bri_cmd_tpl": "brightness_command_template", "bri_scl": "brightness_scale",
    "bri_stat_t": "brightness_state_topic", "bri_val_tpl": "brightness_value_template", "cmd_t": "command_topic",
    "cmd_tpl": "command_template", "cmps": "components", "curr_temp_t": "current_temperature_topic",
    "curr_temp_tpl": "current_temperature_template", "dev": "device", "dev_cla": "device_class",
    "evt_typ": "event_types", "exp_aft": "expire_after", "ic": "icon", "max_temp": "max_temp", "min_temp": "min_temp",
    "mode_cmd_t": "mode_command_topic", "mode_cmd_tpl": "mode_command_template", "mode_stat_t": "mode_state_topic",
    "mode_stat_tpl": "mode_state_template", "obj_id": "object_id", "on_cmd_type": "on_command_type",
    "opt": "optimistic", "o": "origin", "p": "platform", "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available", "pl_off": "payload_off", "pl_on": "payload_on", "ret": "retain",
    "stat_off": "state_off", "stat_on": "state_on", "stat_t": "state_topic", "stat_val_tpl": "state_value_template",
    "sup_clrm": "supported_color_modes", "t": "topic", "temp_cmd_t": "temperature_command_topic",
    "temp_cmd_tpl": "temperature_command_template", "temp_stat_t": "temperature_state_topic",
    "temp_stat_tpl": "temperature_state_template", "temp_unit": "temperature_unit", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
}  # fmt: skip
MODES = ("off", "auto", "cool", "heat", "heat_cool", "dry", "fan_only")  # other words are no mode we can name
SHARED = ("availability", "availability_mode", "availability_topic", "availability_template", "payload_available",
          "payload_not_available", "state_topic", "command_topic", "qos", "device", "~")  # fmt: skip
CLASSES = {
    ("sensor", "temperature"): (Kind.TEMPERATURE, "°C"),
    ("sensor", "illuminance"): (Kind.ILLUMINANCE, "lx"),
    ("sensor", "carbon_dioxide"): (Kind.CARBON_DIOXIDE, "ppm"),
    ("binary_sensor", "occupancy"): (Kind.PRESENCE, ""),
    ("binary_sensor", "presence"): (Kind.PRESENCE, ""),
    ("binary_sensor", "motion"): (Kind.PRESENCE, ""),
}


class Announcement(msgspec.Struct, frozen=True):
    """All that one config topic now stands for. Devices it stood for before and no longer does are gone.

    `refused` holds what could not be taken up: (key, code, detail). The rest of the announcement still counts.
    """

    topic: str
    devices: tuple[Device, ...] = ()
    refused: tuple[tuple[str, str, str], ...] = ()


def is_config_topic(topic: str, prefix: str = PREFIX) -> bool:
    return topic.startswith(f"{prefix}/") and _CONFIG_TOPIC.fullmatch(topic[len(prefix) + 1 :]) is not None


def read_announcement(topic: str, payload: bytes, *, prefix: str = PREFIX) -> Announcement:
    """Reads one config message; an empty one takes the topic's devices away. Raises RoomRefusal if it is no config."""
    match = _CONFIG_TOPIC.fullmatch(topic.removeprefix(f"{prefix}/"))
    if match is None:
        raise RoomRefusal("announcement-topic", topic[:MAX_TOPIC])
    if not payload:
        return Announcement(topic)
    if len(payload) > MAX_ANNOUNCEMENT:
        raise RoomRefusal("announcement-too-big", topic)
    try:
        body = msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise RoomRefusal("announcement-not-json", topic) from error
    body = _long(body)
    default_key = "_".join(part for part in (match["node"], match["object"]) if part)
    if match["component"] == "device":
        parts = _components(body, default_key)
    else:
        parts = [(default_key, match["component"], body)]
    devices: list[Device] = []
    refused: list[tuple[str, str, str]] = []
    for key, component, part in parts:
        try:
            devices.append(_device(topic, key, component, part))
        except RoomRefusal as refusal:
            refused.append((key, refusal.code, refusal.detail))
    return Announcement(topic, tuple(devices), tuple(refused))


def _components(body: dict[str, Any], default_key: str) -> list[tuple[str, str, dict[str, Any]]]:
    found = body.get("components")
    if not isinstance(found, dict):
        raise RoomRefusal("announcement-not-json", "components")
    if len(found) > MAX_COMPONENTS:
        raise RoomRefusal("announcement-too-big", "components")
    shared = {key: body[key] for key in SHARED if key in body}
    parts = []
    for key, part in found.items():
        if not isinstance(part, dict):
            raise RoomRefusal("announcement-not-json", f"components.{key[:40]}")
        own = _long(part)
        if own.keys() - {"platform"}:  # a component with only its platform is a removed one
            parts.append((f"{default_key}_{key}"[:MAX_TOPIC], str(own.get("platform", "")), shared | own))
    return parts


def _long(body: dict[str, Any]) -> dict[str, Any]:
    return {SHORT.get(key, key): value for key, value in body.items()}


class _Config:
    """One entity's keys, read with types and with ``~`` written out."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        base = body.get("~", "")
        self.base = base if isinstance(base, str) else ""

    def text(self, key: str, default: str = "", limit: int = MAX_TOPIC) -> str:
        value = self.body.get(key)
        if value is None:
            return default
        if isinstance(value, dict | list):
            raise RoomRefusal("announcement-value", key)
        return rendered(value)[:limit]

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self.body.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise RoomRefusal("announcement-value", key)
        return float(value)

    def truth(self, key: str) -> bool:
        return self.body.get(key) is True

    def words(self, key: str) -> tuple[str, ...]:
        value = self.body.get(key, [])
        if not isinstance(value, list) or len(value) > 32 or not all(isinstance(word, str) for word in value):
            raise RoomRefusal("announcement-value", key)
        return tuple(word[:40] for word in value)

    def topic(self, key: str, body: dict[str, Any] | None = None) -> str | None:
        value = (self.body if body is None else body).get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise RoomRefusal("announcement-value", key)
        if value.startswith("~"):
            value = self.base + value[1:]
        elif value.endswith("~"):
            value = value[:-1] + self.base
        if not 0 < len(value) <= MAX_TOPIC or set(value) & {"+", "#", "\0"} or value.startswith("$"):
            raise RoomRefusal("announcement-value", key)
        return value

    def template(self, key: str, body: dict[str, Any] | None = None) -> Template:
        value = (self.body if body is None else body).get(key)
        if value is None or value == "":
            return PLAIN
        if not isinstance(value, str):
            raise RoomRefusal("announcement-value", key)
        try:
            return parse_template(value)
        except TemplateRefused as error:
            raise RoomRefusal("template-unknown", f"{key}: {error}") from error

    def source(self, topic_key: str, template_key: str) -> Source | None:
        topic = self.topic(topic_key)
        return None if topic is None else Source(topic, self.template(template_key))


def _device(topic: str, key: str, component: str, body: dict[str, Any]) -> Device:
    config = _Config(body)
    common: dict[str, Any] = {
        "key": config.text("unique_id", key) or key,
        "config_topic": topic,
        "name": _name(config) or key,
        "availability": _availability(config),
        "availability_mode": config.text("availability_mode", "latest"),
        "retain": config.truth("retain"),
        "qos": int(config.number("qos", 0, 0, 2)),
    }
    if common["availability_mode"] not in {"all", "any", "latest"}:
        raise RoomRefusal("announcement-value", "availability_mode")
    builders = {
        "sensor": _sensor, "binary_sensor": _sensor, "light": _light, "climate": _climate, "switch": _microphone,
        "tag": _reader, "event": _reader,
    }  # fmt: skip
    builder = builders.get(component)
    if builder is None:
        raise RoomRefusal("kind-unknown", component[:40])
    parts = builder(config, component, key)
    device = Device(**(common | parts))
    if device.kind in COMMANDED and not device.sources:
        # An optimistic device never answers, so the room could only pretend to know what it does.
        raise RoomRefusal("no-state-topic", device.name)
    return device


def _name(config: _Config) -> str:
    own = config.text("name", limit=MAX_NAME)
    body = config.body.get("device")
    whole = body.get("name") if isinstance(body, dict) else None
    whole = whole[:MAX_NAME] if isinstance(whole, str) else ""
    return own if not whole or whole.lower() in own.lower() else f"{whole} {own}".strip()[:MAX_NAME]


def _availability(config: _Config) -> tuple[Availability, ...]:
    found = config.body.get("availability")
    if found is None:
        topic = config.topic("availability_topic")
        template = config.body.get("availability_template")
        entries = [] if topic is None else [config.body | {"topic": topic, "value_template": template}]
    else:
        entries = found if isinstance(found, list) else [found]
    if len(entries) > 8 or not all(isinstance(entry, dict) for entry in entries):
        raise RoomRefusal("announcement-value", "availability")
    made = []
    for entry in map(_long, entries):
        topic = config.topic("topic", entry)
        if topic is None:
            raise RoomRefusal("announcement-value", "availability")
        words = _Config(entry)
        made.append(
            Availability(
                Source(topic, config.template("value_template", entry)),
                words.text("payload_available", "online"),
                words.text("payload_not_available", "offline"),
            )
        )
    return tuple(made)


def _needed(source: Source | None, key: str) -> Source:
    if source is None:
        raise RoomRefusal("no-state-topic", key)
    return source


def _sensor(config: _Config, component: str, key: str) -> dict[str, Any]:
    kind, unit = CLASSES.get((component, config.text("device_class")), (None, ""))
    if kind is None:
        raise RoomRefusal("kind-unknown", f"{component} {config.text('device_class')}".strip()[:60])
    expire = config.body.get("expire_after")
    return {
        "kind": kind,
        "unit": unit,
        "fahrenheit": config.text("unit_of_measurement") == "°F",
        "sources": {"state": _needed(config.source("state_topic", "value_template"), key)},
        "expire_after": None if not expire else config.number("expire_after", 0, 1, 7 * 86400),
        "state_on": config.text("payload_on", "ON"),
        "state_off": config.text("payload_off", "OFF"),
    }


def _light(config: _Config, component: str, key: str) -> dict[str, Any]:
    schema = config.text("schema", "basic")
    if schema not in {"basic", "default", "json"}:
        raise RoomRefusal("schema-unknown", schema[:40])
    command = config.topic("command_topic")
    if command is None:
        raise RoomRefusal("no-command-topic", key)
    _refuse_command_templates(config, "command_template", "brightness_command_template")
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    parts: dict[str, Any] = {
        "kind": Kind.LIGHT, "unit": "%", "on": on, "off": off, "state_on": on, "state_off": off,
        "brightness_scale": int(config.number("brightness_scale", 255, 1, 65535)),
    }  # fmt: skip
    state = config.source("state_topic", "value_template" if schema == "json" else "state_value_template")
    if schema == "json":
        dims = config.truth("brightness") or bool(set(config.words("supported_color_modes")) - {"onoff"})
        commands = {"state": command} | ({"brightness": command} if dims else {})
        return parts | {"json_light": True, "sources": {"state": _needed(state, key)}, "commands": commands}
    sources = {"state": _needed(state, key)}
    commands = {"state": command}
    brightness = config.topic("brightness_command_topic")
    level = config.source("brightness_state_topic", "brightness_value_template")
    if brightness is not None and level is not None:
        commands["brightness"] = brightness
        sources["brightness"] = level
    kind = config.text("on_command_type", "last")
    return parts | {"sources": sources, "commands": commands, "brightness_with_on": kind == "brightness"}


def _climate(config: _Config, component: str, key: str) -> dict[str, Any]:
    _refuse_command_templates(config, "mode_command_template", "temperature_command_template")
    sources: dict[str, Source] = {}
    commands: dict[str, str] = {}
    for name, word in (("mode", "mode"), ("target", "temperature")):
        if source := config.source(f"{word}_state_topic", f"{word}_state_template"):
            sources[name] = source
            if command := config.topic(f"{word}_command_topic"):
                commands[name] = command
    if not commands:
        raise RoomRefusal("no-command-topic", key)
    if current := config.source("current_temperature_topic", "current_temperature_template"):
        sources["current"] = current
    fahrenheit = config.text("temperature_unit") == "F"
    low, high = (45.0, 95.0) if fahrenheit else (7.0, 35.0)
    return {
        "kind": Kind.CLIMATE,
        "unit": "°C",
        "sources": sources,
        "commands": commands,
        "modes": tuple(word for word in config.words("modes") if word in MODES) or MODES,
        "min_target": _celsius(config.number("min_temp", low, -50, 150), fahrenheit),
        "max_target": _celsius(config.number("max_temp", high, -50, 150), fahrenheit),
        "fahrenheit": fahrenheit,
    }


def _microphone(config: _Config, component: str, key: str) -> dict[str, Any]:
    words = [config.text(name) for name in ("icon", "unique_id", "object_id", "name")]
    if not _MIC.search(" ".join([key, *words])):
        raise RoomRefusal("kind-unknown", "switch")  # any other switch may be a pump or a door: not ours to press
    command = config.topic("command_topic")
    if command is None:
        raise RoomRefusal("no-command-topic", key)
    _refuse_command_templates(config, "command_template")
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    return {
        "kind": Kind.MICROPHONE,
        "sources": {"state": _needed(config.source("state_topic", "value_template"), key)},
        "commands": {"state": command},
        "on": on,
        "off": off,
        "state_on": config.text("state_on", on),
        "state_off": config.text("state_off", off),
    }


def _reader(config: _Config, component: str, key: str) -> dict[str, Any]:
    """A ``tag`` scanner, or an ``event`` entity one of whose types is a scan."""
    if component == "event":
        if not set(config.words("event_types")) & {"scan", "tag", "check_in"}:
            raise RoomRefusal("kind-unknown", "event")
        topic = config.topic("state_topic")
        source = None if topic is None else Source(topic, Template(json=True, path=("code",)))
        return {"kind": Kind.READER, "sources": {"state": _needed(source, key)}}
    return {"kind": Kind.READER, "sources": {"state": _needed(config.source("topic", "value_template"), key)}}


def _refuse_command_templates(config: _Config, *keys: str) -> None:
    for key in keys:
        if "".join(config.text(key, limit=80).split()) not in {"", "{{value}}"}:
            raise RoomRefusal("template-unknown", key)


def _celsius(value: float, fahrenheit: bool) -> float:
    return round((value - 32) / 1.8, 2) if fahrenheit else value
