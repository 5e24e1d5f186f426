"""The rules as a table: what was seen, what to do. A hand wins, nothing swings, a silent sensor moves nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms import OVERRIDE_SECONDS, Kind, Order, Phase, Seen, SeenRoom, decide
from rooms.physics import World, step
from rooms.rules import BY_RULE, COOLDOWN_SECONDS, EMPTY_SECONDS

NOW = 10_000.0


def lamp(on=False, brightness=100, **more):
    return Seen(key="lamp", kind=Kind.LIGHT, value={"on": on, "brightness": brightness}, dims=True, **more)


def air(mode="off", **more):
    value = {"mode": mode, "target": 25.0, "current": None}
    return Seen(key="air", kind=Kind.CLIMATE, value=value, modes=("off", "cool"), targets=(18.0, 30.0), **more)


def mic(on=True, **more):
    return Seen(key="mic", kind=Kind.MICROPHONE, value=on, **more)


def warmth(value):
    return Seen(key="warmth", kind=Kind.TEMPERATURE, value=value)


def lux(value):
    return Seen(key="lux", kind=Kind.ILLUMINANCE, value=value)


def people(value):
    return Seen(key="people", kind=Kind.PRESENCE, value=value)


def seen(phase, *devices, since=NOW - 600, **more):
    return SeenRoom(now=NOW, phase=phase, phase_since=since, devices=devices, **more)


def done(*devices, at=NOW - 500, reason="meeting-starts"):
    """The devices after their phase's scene was put."""
    return [
        Seen(**{f: getattr(d, f) for f in d.__struct_fields__} | {"rule_at": at, "rule_reason": reason})
        for d in devices
    ]


def orders(room):
    return [(o.device, o.value, o.reason) for o in decide(room)]


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (seen(Phase.RUNNING, lamp()), [("lamp", {"on": True, "brightness": 100}, "meeting-starts")]),
        (seen(Phase.RUNNING, lamp(on=True)), []),
        (seen(Phase.PRESENTING, lamp(on=True)), [("lamp", {"on": True, "brightness": 35}, "item-presents")]),
        (
            seen(Phase.RUNNING, lamp(True, 35, rule_at=NOW - 700, rule_reason="item-presents")),
            [("lamp", {"on": True, "brightness": 100}, "item-discusses")],
        ),
        (seen(Phase.ENDED, mic(), lamp(True), air("cool")), [("mic", False, "meeting-ends")]),
        (
            seen(Phase.ENDED, lamp(True), air("cool"), people(False), occupied_at=NOW - EMPTY_SECONDS),
            [("lamp", {"on": False}, "meeting-ends"), ("air", {"mode": "off"}, "meeting-ends")],
        ),
        (seen(Phase.ENDED, lamp(True), people(False), occupied_at=NOW - EMPTY_SECONDS + 1), []),
        (seen(Phase.ENDED, lamp(True), people(True)), []),
        (seen(Phase.RUNNING, air(), warmth(27.5)), [("air", {"mode": "cool", "target": 25.0}, "too-warm")]),
        (seen(Phase.RUNNING, air("cool"), warmth(27.5)), []),
        (seen(Phase.RUNNING, air(), warmth(27.0)), []),
        (seen(Phase.NONE, air(), warmth(35.0), lamp()), []),
        (
            seen(Phase.RUNNING, *done(air("cool"), reason="too-warm"), warmth(22.5)),
            [("air", {"mode": "off"}, "cool-enough")],
        ),
        (seen(Phase.RUNNING, *done(air("cool")), warmth(22.5)), []),
        (
            seen(Phase.RUNNING, *done(lamp(True, 60)), lux(180.0)),
            [("lamp", {"on": True, "brightness": 100}, "too-dark")],
        ),
        (seen(Phase.PRESENTING, *done(lamp(True, 35)), lux(40.0)), []),
        (seen(Phase.RUNNING, *done(lamp(True, 60)), lux(250.0)), []),
    ],
)
def test_the_table(room, expected):
    assert orders(room) == expected


@pytest.mark.parametrize(
    "room",
    [
        seen(Phase.RUNNING, air(), warmth(None)),
        seen(Phase.RUNNING, *done(lamp(True, 60)), lux(None)),
        seen(Phase.ENDED, lamp(True), air("cool"), people(None), occupied_at=NOW - 9999),
        seen(Phase.RUNNING, Seen(key="lamp", kind=Kind.LIGHT, value=None, dims=True)),
    ],
)
def test_a_silent_sensor_or_an_absent_device_moves_nothing(room):
    assert decide(room) == []


def test_a_persons_order_wins_for_half_an_hour_and_the_scene_is_not_put_after_it():
    by_hand = NOW - OVERRIDE_SECONDS + 1

    assert decide(seen(Phase.RUNNING, lamp(manual_at=by_hand), lux(50.0))) == []
    assert decide(seen(Phase.RUNNING, lamp(manual_at=by_hand - 1), since=by_hand - 100)) == []
    assert orders(seen(Phase.RUNNING, lamp(manual_at=by_hand - 1), lux(50.0), since=by_hand - 100)) == [
        ("lamp", {"on": True, "brightness": 100}, "too-dark")
    ]


def test_a_rule_leaves_a_device_in_peace_after_its_order():
    for ago, expected in ((COOLDOWN_SECONDS - 1, 0), (COOLDOWN_SECONDS, 1)):
        devices = done(lamp(True, 60), at=NOW - ago)
        assert len(decide(seen(Phase.RUNNING, *devices, lux(100.0)))) == expected


def test_a_device_that_still_owes_an_answer_gets_no_second_order():
    assert decide(seen(Phase.RUNNING, lamp(waiting=True))) == []


VALUES = st.sampled_from([None, 10.0, 22.9, 23.0, 25.0, 27.0, 27.1, 40.0])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(Phase)), VALUES, VALUES, st.sampled_from([None, True, False]), st.booleans(), st.booleans())
def test_every_order_has_a_known_reason_and_a_device_gets_one_at_most(phase, warm, light, present, on, cooling):
    room = seen(phase, lamp(on), air("cool" if cooling else "off"), mic(on), warmth(warm), lux(light), people(present))

    found = decide(room)

    assert all(isinstance(o, Order) and o.reason in BY_RULE for o in found)
    assert len({o.device for o in found}) == len(found)


def test_a_hot_day_in_the_simulated_room_settles_without_swinging():
    world, mode, rule_at, reason, switches = World(people=30, outside=36.0), "off", None, "", 0
    temperatures = []
    for second in range(4 * 3600):
        world = step(world, 1.0)
        device = air(mode, rule_at=rule_at, rule_reason=reason)
        room = SeenRoom(
            now=float(second), phase=Phase.RUNNING, phase_since=0.0, devices=(device, warmth(world.temperature))
        )
        for order in decide(room):
            mode, rule_at, reason = order.value["mode"], float(second), order.reason
            world = World(**{f: getattr(world, f) for f in world.__struct_fields__} | {"cooling": mode == "cool"})
            switches += 1
        temperatures.append(world.temperature)

    assert switches == 1
    assert all(24.0 < t < 27.5 for t in temperatures[1800:])
