"""The boxes of a simulated room: what each announces, reports, and does when told.

Together they use every discovery form the hub reads: short keys and ``~``, one topic per entity, one topic per device
with components, both light schemas, Tasmota's ``{"POWER": …}``, a tag scanner.
"""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from typing import Any, Protocol

import aiomqtt
import msgspec

from rooms.physics import World
from rooms.session import AT_ONCE, Address, connected

RETRY_SECONDS = 1.0

log = logging.getLogger("rooms.simulator")


class Surroundings(Protocol):
    """The room a box stands in."""

    address: Address
    state: World
    levels: list[float]
    mode: str

    def change(self, **fields: Any) -> None: ...

    async def control(self, text: str) -> None: ...


class Box:
    """One piece of kit: what it announces, what it reports, what it does when told."""

    def __init__(self, name: str, node: str, world: Surroundings) -> None:
        self.name = name
        self.base = f"{node}/{name}"
        self.node = node
        self.world = world
        self.powered = asyncio.Event()
        self.powered.set()
        self.lie: str | None = None
        self.client: aiomqtt.Client | None = None
        self._reported: dict[str, str] = {}

    def configs(self) -> dict[str, dict[str, Any]]:
        """Discovery topic -> announcement."""
        raise NotImplementedError

    def reports(self, world: World) -> dict[str, str]:
        """Topic -> what it says now."""
        return {}

    def told(self, topic: str, text: str) -> None:
        """An order arrived."""

    @property
    def also(self) -> list[tuple[str, int]]:
        """Topics besides its own commands."""
        return []

    @property
    def commands(self) -> str:
        return f"{self.base}/+/set"

    async def run(self) -> None:
        """Connects, announces, reports; comes back when the broker does, stays away while without power."""
        at = self.world.address
        while True:
            await self.powered.wait()
            try:
                client = aiomqtt.Client(
                    at.host,
                    at.port,
                    username=at.username,
                    password=at.password,
                    identifier=f"{self.node}-{self.name}-{os.getpid()}",
                    keepalive=15,
                    timeout=5,
                    socket_options=AT_ONCE,
                    max_queued_incoming_messages=200,
                    max_queued_outgoing_messages=200,
                    tls_params=aiomqtt.TLSParameters() if at.tls else None,
                    will=aiomqtt.Will(f"{self.base}/available", b"offline", 1, retain=True),
                )
                async with connected(client):
                    await self._serve(client)
            except aiomqtt.MqttError as error:
                log.info("box.away", extra={"box": self.name, "error": str(error)})
            finally:
                self.client = None
            await asyncio.sleep(RETRY_SECONDS)

    async def _serve(self, client: aiomqtt.Client) -> None:
        self._reported.clear()
        await client.subscribe([(self.commands, 1), ("homeassistant/status", 0), *self.also])
        await self._announce(client)
        self.client = client
        await self.report(everything=True)
        async for message in client.messages:
            topic, text = str(message.topic), bytes(message.payload or b"").decode("utf-8", "replace")
            if topic == "homeassistant/status":
                if text == "online":
                    await self._announce(client)
                    await self.report(everything=True)
            elif topic.endswith("/sim/control"):
                await self.world.control(text)
            else:
                if self.lie != "silent":
                    try:
                        self.told(topic, text)
                    except (ValueError, TypeError, msgspec.DecodeError) as error:  # real kit shrugs at nonsense too
                        log.warning("box.unreadable", extra={"box": self.name, "error": str(error)})
                await self.report(everything=True)

    async def _announce(self, client: aiomqtt.Client) -> None:
        for topic, config in self.configs().items():
            await client.publish(topic, msgspec.json.encode(config), 1, retain=True)
        await client.publish(f"{self.base}/available", b"online", 1, retain=True)

    async def report(self, *, everything: bool = False) -> None:
        """Publishes what changed, or all of it. A silent liar says nothing; a wrong one says the opposite."""
        client = self.client
        if client is None or self.lie == "silent":
            return
        for topic, text in self.reports(self.world.state).items():
            said = _opposite(text) if self.lie == "wrong" else text
            if everything or self._reported.get(topic) != said:
                self._reported[topic] = said
                await client.publish(topic, said, 0, retain=True)

    def lose_power(self) -> None:
        """Breaks the socket without a goodbye, so that the broker speaks the last will."""
        self.powered.clear()
        if self.client is not None:
            connection = self.client._client.socket()  # private: aiomqtt itself only knows a polite goodbye
            if isinstance(connection, socket.socket):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def about(self) -> dict[str, Any]:
        return {"ids": [f"{self.node}_{self.name}"], "name": "", "mf": "Phiên", "mdl": "phòng mô phỏng"}


class Sensors(Box):
    """Four sensors behind one JSON state topic, abbreviated and with ``~``."""

    def configs(self) -> dict[str, dict[str, Any]]:
        def sensor(key: str, name: str, kind: str, unit: str | None) -> dict[str, Any]:
            config = {
                "~": self.base, "name": name, "uniq_id": f"{self.node}_{key}", "dev_cla": kind, "stat_t": "~/state",
                "val_tpl": f"{{{{ value_json.{key} }}}}", "avty_t": "~/available", "exp_aft": 120, "dev": self.about(),
            }  # fmt: skip
            return config | ({"unit_of_meas": unit} if unit else {"pl_on": True, "pl_off": False})

        prefix = "homeassistant"
        return {
            f"{prefix}/sensor/{self.node}/temperature/config": sensor("temperature", "Nhiệt độ", "temperature", "°C"),
            f"{prefix}/sensor/{self.node}/illuminance/config": sensor("illuminance", "Độ sáng", "illuminance", "lx"),
            f"{prefix}/sensor/{self.node}/co2/config": sensor("co2", "Khí CO₂", "carbon_dioxide", "ppm"),
            f"{prefix}/binary_sensor/{self.node}/presence/config": sensor("presence", "Có người", "occupancy", None),
        }

    def reports(self, world: World) -> dict[str, str]:
        body = {
            "temperature": round(world.temperature, 1),
            "illuminance": round(world.illuminance),
            "co2": round(world.carbon_dioxide / 5) * 5,
            "presence": world.people > 0,
        }
        return {f"{self.base}/state": msgspec.json.encode(body).decode()}


class Lamps(Box):
    """Two lamps announced as one device with components: the hall in the JSON schema, the stage in the default one."""

    def configs(self) -> dict[str, dict[str, Any]]:
        return {
            f"homeassistant/device/{self.node}/config": {
                "dev": self.about(),
                "o": {"name": "phien simulate-room"},
                "~": self.base,
                "avty": [{"t": "~/available"}],
                "cmps": {
                    "hall": {
                        "p": "light", "schema": "json", "name": "Đèn hội trường", "uniq_id": f"{self.node}_hall",
                        "stat_t": "~/hall", "cmd_t": "~/hall/set", "brightness": True, "bri_scl": 254,
                        "sup_clrm": ["brightness"],
                    },
                    "stage": {
                        "p": "light", "name": "Đèn sân khấu", "uniq_id": f"{self.node}_stage", "stat_t": "~/stage",
                        "cmd_t": "~/stage/set", "bri_stat_t": "~/stage_level", "bri_cmd_t": "~/stage_level/set",
                        "bri_scl": 100,
                    },
                },
            }
        }  # fmt: skip

    def reports(self, world: World) -> dict[str, str]:
        hall, stage = world.lamp_targets
        remembered = self.world.levels
        return {
            f"{self.base}/hall": msgspec.json.encode(
                {"state": "ON" if hall else "OFF", "brightness": round(remembered[0] * 2.54)}
            ).decode(),
            f"{self.base}/stage": "ON" if stage else "OFF",
            f"{self.base}/stage_level": str(round(remembered[1])),
        }

    def told(self, topic: str, text: str) -> None:
        levels = self.world.levels
        index, on = 1, text == "ON"
        if topic.endswith("/hall/set"):
            body = msgspec.json.decode(text, type=dict[str, Any])
            index, on = 0, body.get("state") == "ON"
            levels[0] = float(body.get("brightness", levels[0] * 2.54)) / 2.54
        elif topic.endswith("/stage_level/set"):
            levels[1] = float(text)
            on = True
        targets = list(self.world.state.lamp_targets)
        targets[index] = levels[index] if on else 0.0
        self.world.change(lamp_targets=tuple(targets))


class Climate(Box):
    """One air conditioner."""

    modes = ("off", "cool", "heat", "fan_only")

    def configs(self) -> dict[str, dict[str, Any]]:
        return {
            f"homeassistant/climate/{self.node}/config": {
                "~": self.base, "name": "Điều hòa", "uniq_id": f"{self.node}_climate", "modes": list(self.modes),
                "mode_cmd_t": "~/mode/set", "mode_stat_t": "~/mode", "temp_cmd_t": "~/target/set",
                "temp_stat_t": "~/target", "curr_temp_t": "~/current", "min_temp": 18, "max_temp": 30,
                "avty_t": "~/available", "dev": self.about(),
            }
        }  # fmt: skip

    def reports(self, world: World) -> dict[str, str]:
        return {
            f"{self.base}/mode": self.world.mode,
            f"{self.base}/target": f"{world.target:g}",
            f"{self.base}/current": f"{world.temperature:.1f}",
        }

    def told(self, topic: str, text: str) -> None:
        if topic.endswith("/mode/set") and text in self.modes:
            self.world.mode = text
            self.world.change(cooling=text == "cool", heating=text == "heat")
        elif topic.endswith("/target/set"):
            self.world.change(target=min(30.0, max(18.0, float(text))))


class Microphones(Box):
    """The chair's and the delegates' microphone units, in Tasmota's manner: ``{"POWER":"ON"}``."""

    units = {"mic_chair": "Micro chủ tọa", "mic_hall": "Micro đại biểu"}  # noqa: RUF012  never changed

    def __init__(self, name: str, node: str, world: Surroundings) -> None:
        super().__init__(name, node, world)
        self.on = dict.fromkeys(self.units, False)

    def configs(self) -> dict[str, dict[str, Any]]:
        return {
            f"homeassistant/switch/{self.node}/{key}/config": {
                "~": self.base, "name": name, "uniq_id": f"{self.node}_{key}", "stat_t": f"~/{key}",
                "val_tpl": "{{value_json.POWER}}", "cmd_t": f"~/{key}/set", "ic": "mdi:microphone",
                "avty_t": "~/available", "pl_on": "ON", "pl_off": "OFF", "dev": self.about(),
            }
            for key, name in self.units.items()
        }  # fmt: skip

    def reports(self, world: World) -> dict[str, str]:
        return {f"{self.base}/{key}": f'{{"POWER":"{"ON" if on else "OFF"}"}}' for key, on in self.on.items()}

    def told(self, topic: str, text: str) -> None:
        key = topic.split("/")[-2]
        if key in self.on:
            self.on[key] = text == "ON"


class Reader(Box):
    """The check-in reader at the door: a tag scanner that forgets what it read."""

    def configs(self) -> dict[str, dict[str, Any]]:
        return {
            f"homeassistant/tag/{self.node}/config": {
                "topic": f"{self.base}/scan", "value_template": "{{ value_json.code }}", "name": "Đầu đọc điểm danh",
                "unique_id": f"{self.node}_reader", "availability_topic": f"{self.base}/available",
                "device": self.about(),
            }
        }  # fmt: skip

    @property
    def also(self) -> list[tuple[str, int]]:
        return [(f"{self.node}/sim/control", 1)]

    async def scan(self, code: str) -> None:
        if self.client is not None:
            await self.client.publish(f"{self.base}/scan", msgspec.json.encode({"code": code}), 1)


def _opposite(text: str) -> str:
    swaps = {"ON": "OFF", "OFF": "ON", "cool": "heat", "off": "fan_only"}
    if text in swaps:
        return swaps[text]
    for one, other in (('"ON"', '"OFF"'), ('"OFF"', '"ON"')):
        if one in text:
            return text.replace(one, other)
    return text
