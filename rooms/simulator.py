"""A meeting room made of MQTT devices, over a real broker: what `phien simulate-room` runs.

Five boxes, each with a connection and a last will of its own, as in a real room. Told on the topic
``<name>/sim/control`` (JSON), a box can lose power (its socket breaks, so the broker speaks its will) or lie: say
nothing, or report something else than it was told.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

import aiomqtt
import msgspec

from rooms.kit import Box, Climate, Lamps, Microphones, Reader, Sensors
from rooms.physics import World, step
from rooms.session import Address

TICK_SECONDS = 0.5
GOODBYE_SECONDS = 0.5
LIES = ("silent", "wrong")
SETTABLE = ("outside", "daylight", "temperature", "carbon_dioxide")

log = logging.getLogger("rooms.simulator")


class Simulator:
    """The five boxes around one `World`."""

    def __init__(self, address: Address, *, node: str, world: World | None = None, speed: float = 1.0) -> None:
        self.address = address
        self.node = node
        self.state = world or World()
        self.speed = speed
        self.levels = [80.0, 60.0]  # what each lamp goes to when it is only told ON
        self.mode = "off"
        self.reader = Reader("reader", node, self)
        self.boxes: dict[str, Box] = {
            "sensors": Sensors("sensors", node, self),
            "lamps": Lamps("lamps", node, self),
            "climate": Climate("climate", node, self),
            "microphones": Microphones("microphones", node, self),
            "reader": self.reader,
        }

    def change(self, **fields: Any) -> None:
        self.state = msgspec.structs.replace(self.state, **fields)

    async def run(self) -> None:
        """Runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for box in self.boxes.values():
                tasks.create_task(box.run())
            tasks.create_task(self._live())

    async def _live(self) -> None:
        quiet = 0.0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.state = step(self.state, TICK_SECONDS * self.speed)
            quiet += TICK_SECONDS
            everything = quiet >= 30  # a sensor repeats itself, so that silence means something
            quiet = 0.0 if everything else quiet
            for name in ("sensors", "climate"):
                with suppress(aiomqtt.MqttError):  # the box's own loop notices and comes back
                    await self.boxes[name].report(everything=everything)

    async def control(self, text: str) -> None:
        """``{"do": "lose-power"|"restore"|"lie"|"be-honest"|"set"|"scan", "box": …, …}``; nonsense is logged."""
        try:
            order = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            log.warning("control.unreadable")
            return
        boxes = [self.boxes[order["box"]]] if order.get("box") in self.boxes else list(self.boxes.values())
        match order.get("do"):
            case "lose-power":
                for box in boxes:
                    box.lose_power()
            case "restore":
                for box in boxes:
                    box.powered.set()
            case "lie" if order.get("how") in LIES:
                for box in boxes:
                    box.lie = order["how"]
            case "be-honest":
                for box in boxes:
                    box.lie = None
                    await box.report(everything=True)
            case "scan" if isinstance(order.get("code"), str):
                await self.reader.scan(order["code"])
            case "set":
                self._set(order)
            case unknown:
                log.warning("control.unknown", extra={"do": unknown})

    def _set(self, order: dict[str, Any]) -> None:
        numbers = {k: v for k, v in order.items() if isinstance(v, int | float) and not isinstance(v, bool)}
        fields: dict[str, Any] = {k: float(v) for k, v in numbers.items() if k in SETTABLE}
        if "people" in numbers:
            fields["people"] = max(0, min(500, int(numbers["people"])))
        self.change(**fields)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phien simulate-room",
        description="A meeting room of MQTT devices over a real broker: sensors, lamps, air, microphones, a reader.",
    )
    parser.add_argument(
        "--broker",
        default=os.environ.get("PHIEN_ROOM_BROKER"),
        help="mqtt://user:pass@host:port; default: $PHIEN_ROOM_BROKER, which keeps the password out of ps",
    )
    parser.add_argument("--name", default=None, help="first part of every topic; default: the broker's user name")
    parser.add_argument("--people", type=int, default=0, help="how many people sit in the room")
    parser.add_argument("--outside", type=float, default=31.0, help="degrees outside")
    parser.add_argument("--daylight", type=float, default=90.0, help="lux through the windows")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than life the room's air is")
    parser.add_argument("--lie", choices=LIES, default=None, help="start as a liar")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs the room until SIGINT or SIGTERM."""
    options = arguments().parse_args(argv)
    try:
        address = Address.parse(options.broker or "")
    except ValueError as error:
        print(f"--broker: {error}", file=sys.stderr)
        return 2
    world = World(people=options.people, outside=options.outside, daylight=options.daylight)

    async def run() -> None:
        node = options.name or address.username or "phong-mo-phong"
        room = Simulator(address, node=node, world=world, speed=options.speed)
        for box in room.boxes.values():
            box.lie = options.lie
        await until_stopped(room.run())

    asyncio.run(run())
    return 0


async def until_stopped(work: Awaitable[None]) -> None:
    """Awaits `work` until it ends or the process is asked to stop. A broker that is gone may not delay the goodbye."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        task.cancel()
        loop.call_later(GOODBYE_SECONDS, os._exit, 0)  # there is nothing to lose

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    raise SystemExit(main())
