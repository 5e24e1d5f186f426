"""The simulated room: physics that settles, and the command that runs it over a real broker."""

import asyncio
import os
import signal
import sys

import aiomqtt
import anyio
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.broker import Account, EmbeddedBroker, accounts_of, password_hash
from rooms import Room, is_config_topic, read_announcement
from rooms.kit import Box
from rooms.physics import World, step
from rooms.session import Address
from rooms.simulator import Simulator, main


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 200),
    st.sampled_from([0.0, 20.0, 36.0]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.5, 5, 600]),
)
def test_the_room_settles_within_reason_whatever_its_people_and_weather(people, outside, cooling, heating, seconds):
    world = World(people=people, outside=outside, cooling=cooling, heating=heating, lamp_targets=(100.0, 30.0))
    for _ in range(50):
        world = step(world, seconds)

    assert min(outside, 18.0) <= world.temperature <= max(World().temperature, outside + people * 0.9) + 0.1
    assert 400 <= world.carbon_dioxide <= 5000
    assert world.lamps == (100.0, 30.0)


def test_every_announcement_of_the_simulator_is_understood():
    simulator = Simulator(Address("localhost"), node="hall")
    room, refused = Room(), []
    for box in simulator.boxes.values():
        for topic, config in box.configs().items():
            assert is_config_topic(topic)
            announcement = read_announcement(topic, msgspec.json.encode(config))
            refused += announcement.refused
            for device in announcement.devices:
                room.add(device)

    assert refused == []
    assert len(room.states) == 10
    assert {state.device.kind.value for state in room.states.values()} == {
        "temperature", "illuminance", "carbon_dioxide", "presence", "light", "climate", "microphone", "reader",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "text"),
    [("hall/lamps/hall/set", "{"), ("hall/lamps/stage_level/set", "bright"), ("hall/climate/target/set", "warm")],
)
def test_nonsense_told_to_a_box_is_an_error_it_can_name(topic, text):
    simulator = Simulator(Address("localhost"), node="hall")
    box: Box = simulator.boxes[topic.split("/")[1]]
    before = simulator.state

    with pytest.raises((ValueError, msgspec.DecodeError)):
        box.told(topic, text)
    assert simulator.state == before


def test_without_a_broker_address_it_says_what_it_wants(capsys, monkeypatch):
    monkeypatch.delenv("PHIEN_ROOM_BROKER", raising=False)

    assert main([]) == 2
    assert "mqtt://user:pass@host:port" in capsys.readouterr().err


async def test_the_command_is_a_room_on_a_real_broker_and_leaves_with_its_last_wills():
    accounts = {"hall": Account("hall", password_hash("x"), ("hall",))}
    async with EmbeddedBroker(accounts_of(accounts)) as broker:
        at = broker.device_address("hall", "x")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rooms.simulator", "--people", "3",
            env=os.environ | {"PHIEN_ROOM_BROKER": f"mqtt://hall:x@127.0.0.1:{at.port}"},
        )  # fmt: skip
        try:
            async with aiomqtt.Client(at.host, at.port, username="hall", password="x") as client:
                await client.subscribe("hall/#", qos=1)
                seen: dict[str, bytes] = {}
                with anyio.fail_after(20):
                    async for message in client.messages:
                        seen[str(message.topic)] = bytes(message.payload)
                        if {"hall/sensors/state", "hall/reader/available", "hall/climate/mode"} <= seen.keys():
                            break
                assert msgspec.json.decode(seen["hall/sensors/state"])["presence"] is True

                process.send_signal(signal.SIGKILL)
                gone = set()
                with anyio.fail_after(10):
                    async for message in client.messages:
                        if message.payload == b"offline":
                            gone.add(str(message.topic))
                        if len(gone) == 5:
                            break
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
