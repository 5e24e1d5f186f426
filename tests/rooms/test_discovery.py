"""Home Assistant discovery: real kit's announcements are understood, strange ones refused by code."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms import Kind, RoomRefusal, is_config_topic, read_announcement

ZIGBEE2MQTT_LAMP = {
    "availability": [
        {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
        {"topic": "zigbee2mqtt/den_1/availability", "value_template": "{{ value_json.state }}"},
    ],
    "availability_mode": "all",
    "brightness": True,
    "brightness_scale": 254,
    "command_topic": "zigbee2mqtt/den_1/set",
    "device": {"identifiers": ["zigbee2mqtt_0x01"], "manufacturer": "IKEA", "name": "Đèn 1"},
    "name": None,
    "schema": "json",
    "state_topic": "zigbee2mqtt/den_1",
    "supported_color_modes": ["color_temp"],
    "unique_id": "0x01_light_zigbee2mqtt",
}
TASMOTA_SENSOR = {
    "name": "SHT3X Temperature", "stat_t": "~SENSOR", "avty_t": "~LWT", "pl_avail": "Online",
    "pl_not_avail": "Offline", "uniq_id": "3C71_SHT3X_Temperature", "dev": {"ids": ["3C71"]}, "unit_of_meas": "°F",
    "dev_cla": "temperature", "frc_upd": True, "val_tpl": "{{value_json['SHT3X'].Temperature}}", "~": "tasmota/tele/",
}  # fmt: skip
ESPHOME_CLIMATE = {
    "name": "Điều hòa", "~": "esp/climate/dh", "mode_cmd_t": "~/mode/command", "mode_stat_t": "~/mode/state",
    "modes": ["off", "cool"], "temp_cmd_t": "~/target_temperature/command", "temp_stat_t": "~/target_temperature/state",
    "curr_temp_t": "~/current_temperature/state", "min_temp": 16, "max_temp": 30, "avty_t": "esp/status",
    "uniq_id": "ESPclimate1",
}  # fmt: skip


def one(component, body, node="phong", prefix="homeassistant"):
    announcement = read_announcement(f"{prefix}/{component}/{node}/x/config", json.dumps(body).encode(), prefix=prefix)
    assert announcement.refused == ()
    (device,) = announcement.devices
    return device


def refusal(component, body):
    announcement = read_announcement(f"homeassistant/{component}/phong/x/config", json.dumps(body).encode())
    ((_, code, _),) = announcement.refused
    return code


def test_a_zigbee2mqtt_lamp():
    lamp = one("light", ZIGBEE2MQTT_LAMP)

    assert (lamp.kind, lamp.name, lamp.json_light, lamp.brightness_scale) == (Kind.LIGHT, "Đèn 1", True, 254)
    assert lamp.commands == {"state": "zigbee2mqtt/den_1/set", "brightness": "zigbee2mqtt/den_1/set"}
    assert lamp.topics == {"zigbee2mqtt/den_1", "zigbee2mqtt/bridge/state", "zigbee2mqtt/den_1/availability"}
    assert lamp.availability_mode == "all"


def test_a_tasmota_sensor_with_short_keys_and_a_base():
    sensor = one("sensor", TASMOTA_SENSOR)

    assert (sensor.kind, sensor.unit, sensor.fahrenheit) == (Kind.TEMPERATURE, "°C", True)
    assert sensor.sources["state"].topic == "tasmota/tele/SENSOR"
    assert sensor.availability[0].source.topic == "tasmota/tele/LWT"
    assert (sensor.availability[0].here, sensor.availability[0].away) == ("Online", "Offline")


def test_an_esphome_climate_unit():
    climate = one("climate", ESPHOME_CLIMATE)

    assert climate.commands == {
        "mode": "esp/climate/dh/mode/command",
        "target": "esp/climate/dh/target_temperature/command",
    }
    assert (climate.min_target, climate.max_target, climate.modes) == (16.0, 30.0, ("off", "cool"))


def test_a_presence_sensor_with_json_booleans():
    sensor = one("binary_sensor", {
        "device_class": "occupancy", "payload_on": True, "payload_off": False, "state_topic": "z/p",
        "value_template": "{{ value_json.occupancy }}",
    })  # fmt: skip

    assert (sensor.kind, sensor.state_on, sensor.state_off) == (Kind.PRESENCE, "True", "False")


def test_a_switch_is_a_microphone_only_if_it_says_so():
    body = {"command_topic": "a/set", "state_topic": "a"}

    assert one("switch", body | {"icon": "mdi:microphone"}).kind is Kind.MICROPHONE
    assert one("switch", body | {"name": "Micro chủ tọa"}).kind is Kind.MICROPHONE
    assert refusal("switch", body | {"name": "Microwave"}) == "kind-unknown"


@pytest.mark.parametrize(
    ("component", "body"),
    [
        ("tag", {"topic": "door/scan", "value_template": "{{ value_json.code }}"}),
        ("event", {"state_topic": "door/event", "event_types": ["scan"]}),
    ],
)
def test_a_check_in_reader(component, body):
    assert one(component, body).kind is Kind.READER


def test_one_message_announces_a_whole_device_and_a_later_one_takes_a_part_away():
    body = {
        "dev": {"ids": ["a"], "name": "Hộp"}, "o": {"name": "test"}, "~": "hop", "avty_t": "~/live",
        "cmps": {
            "t": {"p": "sensor", "dev_cla": "temperature", "stat_t": "~/t", "uniq_id": "hop_t"},
            "l": {"p": "light", "cmd_t": "~/l/set", "stat_t": "~/l", "uniq_id": "hop_l"},
            "odd": {"p": "vacuum", "stat_t": "~/v"},
        },
    }  # fmt: skip
    topic = "homeassistant/device/hop/config"

    announcement = read_announcement(topic, json.dumps(body).encode())
    body["cmps"] = {"t": body["cmps"]["t"], "l": {"p": "light"}}
    later = read_announcement(topic, json.dumps(body).encode())

    assert {d.key: d.kind for d in announcement.devices} == {"hop_t": Kind.TEMPERATURE, "hop_l": Kind.LIGHT}
    assert all(d.availability[0].source.topic == "hop/live" for d in announcement.devices)
    assert [(key, code) for key, code, _ in announcement.refused] == [("hop_odd", "kind-unknown")]
    assert [d.key for d in later.devices] == ["hop_t"]


def test_an_empty_message_takes_the_device_away():
    assert read_announcement("homeassistant/light/a/config", b"").devices == ()


@pytest.mark.parametrize(
    ("component", "body", "code"),
    [
        ("light", {"command_topic": "a/set"}, "no-state-topic"),
        ("light", {"state_topic": "a"}, "no-command-topic"),
        ("light", {"schema": "template", "command_topic": "a", "state_topic": "b"}, "schema-unknown"),
        ("sensor", {"device_class": "temperature", "state_topic": "a/#"}, "announcement-value"),
        ("sensor", {"device_class": "temperature", "state_topic": "$SYS/a"}, "announcement-value"),
        ("sensor", {"device_class": "temperature", "state_topic": "a" * 300}, "announcement-value"),
        ("sensor", {"device_class": "pressure", "state_topic": "a"}, "kind-unknown"),
        (
            "sensor",
            {"device_class": "temperature", "state_topic": "a", "value_template": "{% x %}"},
            "template-unknown",
        ),
        ("climate", {"mode_state_topic": "a"}, "no-command-topic"),
        ("climate", ESPHOME_CLIMATE | {"mode_cmd_tpl": "{{ value | upper }}"}, "template-unknown"),
        ("lock", {"command_topic": "a", "state_topic": "b"}, "kind-unknown"),
    ],
)
def test_what_is_not_understood_is_refused_by_code(component, body, code):
    assert refusal(component, body) == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "announcement-not-json"),
        (b"[" * 9000, "announcement-not-json"),
        (b'{"name": "' + b"a" * 20_000 + b'"}', "announcement-too-big"),
        (json.dumps({"cmps": {str(i): {"p": "tag", "t": "a"} for i in range(40)}}).encode(), "announcement-too-big"),
    ],
)
def test_a_broken_or_huge_announcement_is_refused_whole(payload, code):
    topic = "homeassistant/device/a/config"
    with pytest.raises(RoomRefusal) as refused:
        read_announcement(topic, payload)

    assert refused.value.code == code


def test_only_config_topics_are_announcements():
    assert is_config_topic("homeassistant/light/a/config")
    assert is_config_topic("homeassistant/light/node/a/config")
    assert not is_config_topic("homeassistant/status")
    assert not is_config_topic("homeassistant/light/a b/config")
    assert not is_config_topic("other/light/a/config")


WORDS = st.sampled_from(["", "~", "~/a", "a", "a/+", "\0", "\ud7ff", "{{ value }}", "{% x", "json", "Đèn", "ON"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([0.5, -1e300, 1e300]) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([
    "~", "state_topic", "stat_t", "command_topic", "availability", "device", "name", "unique_id", "schema", "modes",
    "brightness", "brightness_scale", "supported_color_modes", "min_temp", "expire_after", "event_types", "topic",
    "mode_state_topic", "temp_cmd_t", "temp_stat_t", "val_tpl", "qos", "cmps", "availability_mode", "payload_on",
])  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["sensor", "light", "climate", "switch", "tag", "event", "device"]), st.dictionaries(KEYS, JSON))
def test_no_announcement_breaks_the_parser(component, body):
    with suppress(RoomRefusal):
        read_announcement(f"homeassistant/{component}/x/config", json.dumps(body).encode())
