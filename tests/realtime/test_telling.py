"""When a document tells its editors: at once while it is quiet, together while it is busy, later in a crowd."""

import asyncio
from collections.abc import Callable

import pytest

from realtime.telling import Teller, wait_after

MOST = 0.008


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [(0, 0.0, 0.0), (2, 0.0, 0.001), (32, 0.008, 0.008), (100, 0.008, 0.008), (500, 0.07, 0.08), (5000, 0.07, 0.08)],
)
def test_the_more_are_written_to_the_longer_the_next_telling_waits_and_never_long(
    written: int, least: float, most: float
) -> None:
    assert least <= wait_after(written, MOST) <= most


def test_more_people_never_wait_less() -> None:
    waits = [wait_after(written, MOST) for written in range(1000)]
    assert waits == sorted(waits)


def test_a_hub_told_not_to_wait_does_not_for_a_crowd_either() -> None:
    assert wait_after(500, 0.0) == 0.0


class Crowded:
    """A document in which five hundred read."""

    def __init__(self) -> None:
        self.on_waiting: Callable[[], object] = int
        self.told: list[int] = []
        self.waiting = 0
        self.twice = asyncio.Event()

    def flush(self) -> int:
        self.told.append(self.waiting)
        self.waiting = 0
        if len(self.told) == 2:
            self.twice.set()
        return 500

    def type(self) -> None:
        self.waiting += 1
        self.on_waiting()


async def test_the_first_keystroke_goes_at_once_and_those_that_follow_together() -> None:
    live = Crowded()
    teller = Teller(live, MOST)  # type: ignore[arg-type]
    for _ in range(4):
        live.type()
    assert live.told == [1]
    async with asyncio.timeout(5):
        await live.twice.wait()
    teller.close()
    assert live.told == [1, 3]
