"""Enough physics for a meeting room to settle: warmth, light, air, people. One step is a pure function of the last."""

import math

import msgspec

LAMP_LUX = (320.0, 140.0)  # what each of the two lamps gives the tables at full power: the hall, the stage
PERSON_HEAT = 0.001  # °C a second for one person's 80 W: thirty warm a closed hall by two degrees a minute
PERSON_CO2 = 0.05  # ppm a second
LEAK = 1 / 900  # how fast the air follows the outside, per second
COOLING = 0.09  # °C a second at full power
VENT = 1 / 600


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The room between two steps. Light is 0–100 per cent; a lamp glides to what it was told."""

    temperature: float = 27.6
    carbon_dioxide: float = 480.0
    people: int = 0
    outside: float = 31.0
    daylight: float = 90.0  # lx through the windows
    lamps: tuple[float, ...] = (0.0, 0.0)
    lamp_targets: tuple[float, ...] = (0.0, 0.0)
    cooling: bool = False
    heating: bool = False
    target: float = 25.0

    @property
    def illuminance(self) -> float:
        return self.daylight + sum(full * lamp / 100 for full, lamp in zip(LAMP_LUX, self.lamps, strict=True))


def step(world: World, seconds: float) -> World:
    """The room some seconds later. Stable for any step: every pull is an exponential, never an overshoot."""
    balance = world.outside + world.people * PERSON_HEAT / LEAK
    temperature = world.temperature + (balance - world.temperature) * (1 - math.exp(-LEAK * seconds))
    if world.cooling and temperature > world.target:
        temperature = max(world.target, temperature - COOLING * seconds)
    if world.heating and temperature < world.target:
        temperature = min(world.target, temperature + COOLING * seconds)
    stale = 420.0 + world.people * PERSON_CO2 / VENT
    air = world.carbon_dioxide + (stale - world.carbon_dioxide) * (1 - math.exp(-VENT * seconds))
    glide = 1 - math.exp(-seconds / 0.3)
    lamps = tuple(
        target if abs(target - lamp) < 1 else lamp + (target - lamp) * glide
        for lamp, target in zip(world.lamps, world.lamp_targets, strict=True)
    )
    return msgspec.structs.replace(world, temperature=temperature, carbon_dioxide=min(air, 5000.0), lamps=lamps)
