"""How often a busy hub reads its sockets, on a clock that goes by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.turns import LONGEST_TURN_SECONDS, LOOK_EVERY, TURN_SECONDS, Turns


class ByHand:
    """What `Turns` needs of an event loop."""

    def __init__(self) -> None:
        self.now = 100.0
        self.soon: list[Callable[[], None]] = []
        self.later: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, what: Callable[[], None]) -> None:
        self.soon.append(what)

    def call_at(self, when: float, what: Callable[[], None]) -> None:
        self.later.append((when, what))

    def turn(self, turns: Turns, *rests: float, late: float = 0.0) -> float:
        """The next turn, at whose end documents are told that then wait so long; how long after it the one after it
        comes."""
        ((when, what),) = self.later
        self.later.clear()
        self.now = when + late
        what()
        for rest in rests:
            turns.told(rest)
        for each in self.soon:
            each()
        self.soon.clear()
        return self.later[0][0] - self.now


class Deaf:
    """A socket of which nothing is ever read here."""

    transport: Any = None
    readable = False

    def take(self, data: bytes) -> None:
        raise AssertionError


@pytest.fixture
def busy() -> tuple[ByHand, Turns]:
    loop = ByHand()
    turns = Turns(loop)  # type: ignore[arg-type]
    loop.now += 0.001
    for _ in range(2 * LOOK_EVERY):  # the first count reaches back to the beginning of time
        turns.heard(Deaf())
    assert turns.slack > 0
    return loop, turns


def test_a_turn_comes_when_the_first_of_the_documents_told_can_be_told_again(busy: tuple[ByHand, Turns]) -> None:
    loop, turns = busy
    assert loop.turn(turns, 0.02, 0.023) == pytest.approx(0.02)
    assert loop.turn(turns, 0.02, 0.002) == pytest.approx(TURN_SECONDS)
    assert loop.turn(turns, 5.0) == pytest.approx(LONGEST_TURN_SECONDS)


def test_what_was_told_in_one_turn_counts_for_that_one_alone(busy: tuple[ByHand, Turns]) -> None:
    loop, turns = busy
    assert loop.turn(turns, 0.0) == pytest.approx(TURN_SECONDS)
    assert loop.turn(turns, 0.02) == pytest.approx(0.02)
    assert loop.turn(turns) == pytest.approx(TURN_SECONDS)


def test_a_turn_that_comes_late_is_not_made_up_for(busy: tuple[ByHand, Turns]) -> None:
    loop, turns = busy
    assert loop.turn(turns, late=0.004) == pytest.approx(TURN_SECONDS - 0.004)
    assert loop.turn(turns, late=0.5) == 0.0
    assert loop.turn(turns) == pytest.approx(TURN_SECONDS)
