"""A room's promises, with time as a value: command, state and availability are three things."""

import json

import pytest

from rooms import (
    ANSWER_SECONDS,
    AlarmCleared,
    Alarmed,
    Answered,
    Changed,
    Order,
    Room,
    RoomRefusal,
    Scanned,
    Superseded,
    read_announcement,
)
from rooms.room import MAX_DEVICES

LAMP = {"name": "Đèn", "unique_id": "lamp", "command_topic": "p/lamp/set", "state_topic": "p/lamp", "schema": "json",
        "brightness": True, "brightness_scale": 254, "availability_topic": "p/live"}  # fmt: skip
STAGE = {"name": "Sân khấu", "unique_id": "stage", "cmd_t": "p/s/set", "stat_t": "p/s", "bri_cmd_t": "p/s/b/set",
         "bri_stat_t": "p/s/b", "avty_t": "p/live"}  # fmt: skip
CLIMATE = {"name": "Điều hòa", "unique_id": "air", "mode_cmd_t": "p/m/set", "mode_stat_t": "p/m",
           "modes": ["off", "cool"], "temp_cmd_t": "p/t/set", "temp_stat_t": "p/t", "temp_unit": "F",
           "min_temp": 60, "max_temp": 86}  # fmt: skip
SENSOR = {"name": "Nhiệt độ", "unique_id": "warmth", "dev_cla": "temperature", "stat_t": "p/warmth", "exp_aft": 60}
READER = {"topic": "p/scan", "unique_id": "door", "name": "Cửa"}


@pytest.fixture
def room():
    room = Room()
    for component, body in (
        ("light", LAMP),
        ("light", STAGE),
        ("climate", CLIMATE),
        ("sensor", SENSOR),
        ("tag", READER),
    ):
        for device in read_announcement(
            f"homeassistant/{component}/{body['unique_id']}/config", json.dumps(body).encode()
        ).devices:
            room.add(device)
    room.hear("p/live", b"online", 0.0)
    room.hear("p/lamp", b'{"state":"ON","brightness":254}', 0.0)
    room.hear("p/s", b"OFF", 0.0)
    room.hear("p/m", b"off", 0.0)
    return room


def order(value, device="lamp", name="1"):
    return Order(device=device, value=value, reason="by-hand", id=name)


def kinds(facts):
    return [type(fact) for fact in facts]


def test_an_order_is_not_a_state(room):
    messages, facts = room.order(order({"on": False}), 10.0)

    assert [(m.topic, json.loads(m.payload)) for m in messages] == [("p/lamp/set", {"state": "OFF"})]
    assert room.states["lamp"].value == {"on": True, "brightness": 100}
    assert room.states["lamp"].waiting is not None
    assert facts == [Changed("lamp")]


def test_the_devices_own_report_is_the_answer(room):
    room.order(order({"on": False}), 10.0)

    facts = room.hear("p/lamp", b'{"state":"OFF","brightness":254}', 10.4)

    assert kinds(facts) == [Changed, Answered, Changed]
    assert room.states["lamp"].value["on"] is False
    assert room.states["lamp"].waiting is None
    assert room.tick(100.0) == []


def test_silence_for_five_seconds_is_an_alarm(room):
    room.order(order({"on": False}), 10.0)

    assert room.tick(10.0 + ANSWER_SECONDS - 0.01) == []
    facts = room.tick(10.0 + ANSWER_SECONDS)

    assert facts[0] == Alarmed("lamp", order({"on": False}), "no-answer")
    assert room.states["lamp"].alarm == "no-answer"
    assert room.tick(99.0) == []


def test_another_state_than_ordered_is_an_alarm_of_its_own(room):
    room.order(order({"on": True, "brightness": 40}), 10.0)
    room.hear("p/lamp", b'{"state":"ON","brightness":254}', 10.2)

    (alarm, _) = room.tick(15.0)

    assert alarm.alarm == "wrong-state"


def test_an_alarm_of_before_a_restart_stands_until_the_device_answers(room):
    wanted = {"on": False, "brightness": None}
    room.states["lamp"].value = room.states["lamp"].value_at = None

    assert room.restore("lamp", {"on": True, "brightness": 100}, 5.0, "no-answer", wanted) == []
    assert room.hear("p/lamp", b'{"state":"ON","brightness":254}', 20.0, retained=True) == []
    assert room.states["lamp"].alarm == "no-answer"

    facts = room.hear("p/lamp", b'{"state":"OFF","brightness":254}', 21.0)
    assert AlarmCleared("lamp") in facts
    assert room.states["lamp"].alarm is None


def test_a_device_that_obeyed_while_nobody_listened_has_no_alarm_whoever_speaks_first(room):
    room.hear("p/lamp", b'{"state":"OFF","brightness":254}', 20.0, retained=True)

    facts = room.restore("lamp", {"on": True, "brightness": 100}, 5.0, "no-answer", {"on": False, "brightness": None})

    assert (facts, room.states["lamp"].alarm) == ([AlarmCleared("lamp")], None)


def test_an_alarm_because_a_device_was_away_is_over_when_it_is_there_again(room):
    there = room.restore("lamp", None, None, "unavailable", {"on": False, "brightness": None})
    room.hear("p/live", b"offline", 20.0)
    away = room.restore("stage", None, None, "unavailable", {"on": True, "brightness": None})

    assert (there, away) == ([AlarmCleared("lamp")], [])
    assert AlarmCleared("stage") in room.hear("p/live", b"online", 21.0)


def test_what_was_raised_since_is_not_overwritten_by_what_was_known(room):
    room.order(order({"on": False}), 10.0)
    room.tick(15.0)

    assert room.restore("lamp", None, None, "wrong-state", {"on": True, "brightness": None}) == []
    assert room.states["lamp"].alarm == "no-answer"


def test_a_person_who_has_seen_the_alarm_ends_it_and_nothing_else(room):
    room.order(order({"on": False}), 10.0)
    room.tick(15.0)

    assert room.acknowledge("lamp") == [Changed("lamp")]
    assert room.states["lamp"].alarm is None
    assert room.acknowledge("lamp") == room.acknowledge("nobody") == []
    assert room.hear("p/lamp", b'{"state":"OFF","brightness":254}', 20.0) == [Changed("lamp")]


def test_a_late_answer_clears_the_alarm(room):
    room.order(order({"on": False}), 10.0)
    room.tick(15.0)

    facts = room.hear("p/lamp", b'{"state":"OFF"}', 20.0)

    assert AlarmCleared("lamp") in facts
    assert room.states["lamp"].alarm is None


def test_a_device_that_was_so_already_needs_no_new_report(room):
    room.order(order({"on": True}), 10.0)

    assert kinds(room.tick(15.0)) == [Answered, Changed]


def test_a_retained_report_is_old_news_and_answers_nothing(room):
    room.order(order({"on": False}), 10.0)

    facts = room.hear("p/lamp", b'{"state":"OFF"}', 10.1, retained=True)

    assert kinds(facts) == [Changed]
    assert room.states["lamp"].waiting is not None


def test_a_last_will_makes_the_device_unavailable_and_its_order_an_alarm(room):
    room.order(order({"on": False}), 10.0)

    facts = room.hear("p/live", b"offline", 11.0)

    assert not room.states["lamp"].available
    assert Alarmed("lamp", order({"on": False}), "unavailable") in facts
    with pytest.raises(RoomRefusal) as refused:
        room.order(order({"on": True}), 12.0)
    assert refused.value.code == "device-unavailable"
    assert AlarmCleared("lamp") in room.hear("p/live", b"online", 13.0)


def test_a_lost_broker_leaves_nobodys_presence_known(room):
    assert Changed("lamp") in room.lost()
    assert not room.states["lamp"].available


def test_a_newer_order_takes_the_olders_place(room):
    room.order(order({"on": False}), 10.0)

    _, facts = room.order(order({"on": True, "brightness": 50}, name="2"), 11.0)

    assert facts[0] == Superseded("lamp", order({"on": False}))
    assert room.hear("p/lamp", b'{"state":"ON","brightness":127}', 11.2)[1].order.id == "2"


def test_brightness_of_a_plain_light_is_its_own_topic(room):
    messages, _ = room.order(order({"brightness": 40}, device="stage"), 10.0)

    assert [(m.topic, m.payload) for m in messages] == [("p/s/b/set", b"102"), ("p/s/set", b"ON")]
    assert kinds(room.hear("p/s/b", b"102", 10.1)) == [Changed]
    assert Answered in kinds(room.hear("p/s", b"ON", 10.2))


def test_a_climate_unit_in_fahrenheit_is_spoken_to_in_fahrenheit(room):
    messages, _ = room.order(order({"mode": "cool", "target": 25}, device="air"), 10.0)

    assert [(m.topic, m.payload) for m in messages] == [("p/m/set", b"cool"), ("p/t/set", b"77")]
    room.hear("p/m", b"cool", 10.1)
    assert Answered in kinds(room.hear("p/t", b"77.0", 10.2))
    assert room.states["air"].value == {"mode": "cool", "target": 25.0, "current": None}


@pytest.mark.parametrize(
    ("device", "value", "code"),
    [
        ("lamp", {"on": "yes"}, "order-value"),
        ("lamp", {"brightness": 101}, "order-value"),
        ("lamp", {"colour": "red"}, "order-value"),
        ("lamp", None, "order-value"),
        ("air", {"mode": "heat"}, "order-unsupported"),
        ("air", {"target": 99}, "order-value"),
        ("warmth", 21, "order-unsupported"),
        ("nobody", True, "no-such-device"),
    ],
)
def test_an_order_the_device_cannot_follow_is_refused(room, device, value, code):
    room.hear("p/warmth", b"21", 1.0)
    with pytest.raises(RoomRefusal) as refused:
        room.order(order(value, device=device), 10.0)

    assert refused.value.code == code
    assert all(state.waiting is None for state in room.states.values())


def test_a_sensor_that_is_silent_is_not_fresh(room):
    room.hear("p/warmth", b"26.5", 100.0)

    assert room.states["warmth"].fresh(160.0)
    assert not room.states["warmth"].fresh(160.1)


@pytest.mark.parametrize("payload", [b"", b"nan", b"unavailable", b"-500", b"\xff\xfe", b"{}"])
def test_an_unreadable_report_leaves_the_value_alone(room, payload):
    room.hear("p/warmth", b"26.5", 100.0)

    assert room.hear("p/warmth", payload, 101.0) == []
    assert room.states["warmth"].value == 26.5


def test_a_mode_is_a_word_of_the_fixed_list(room):
    room.hear("p/m", "Nguyễn Văn A đã bấm".encode(), 10.0)

    assert room.states["air"].value["mode"] == "off"


def test_a_scan_is_told_once_and_never_from_memory(room):
    assert room.hear("p/scan", b"PHIEN-1", 1.0) == [Scanned("door", "PHIEN-1")]
    assert room.hear("p/scan", b"PHIEN-1", 2.0, retained=True) == []
    assert room.hear("p/scan", b"x" * 400, 3.0) == []


def test_a_device_announced_again_keeps_what_it_reported(room):
    (device,) = read_announcement(
        "homeassistant/light/lamp/config", json.dumps(LAMP | {"name": "Đèn mới"}).encode()
    ).devices

    room.add(device)

    assert room.states["lamp"].device.name == "Đèn mới"
    assert room.states["lamp"].value == {"on": True, "brightness": 100}


def test_a_room_takes_no_more_than_its_share_of_devices(room):
    def add(number):
        body = READER | {"unique_id": f"door{number}"}
        room.add(read_announcement("homeassistant/tag/d/config", json.dumps(body).encode()).devices[0])

    for number in range(MAX_DEVICES - len(room.states)):
        add(number)
    with pytest.raises(RoomRefusal) as refused:
        add(999)

    assert refused.value.code == "too-many-devices"
