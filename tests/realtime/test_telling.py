"""When a document tells its editors: at once while it is quiet, together while it is busy, later in a crowd."""

import asyncio
import random
from collections.abc import Callable

import pytest

from realtime import LiveDocument
from realtime.broadcast import CROWD, CROWD_BYTES
from realtime.editor import WRITING_TICKS
from realtime.sink import FULL_BYTES
from realtime.telling import EachByItself, Teller, wait_after
from tests.realtime.peers import Client, Line, join, settle

MOST = 0.008


@pytest.mark.parametrize(
    ("written", "least", "most"), [(0, 0.0, 0.0), (2, 0.0, 0.002), (32, MOST, MOST), (5000, MOST, MOST)]
)
def test_the_more_are_written_to_the_longer_the_next_telling_waits_and_never_long(
    written: int, least: float, most: float
) -> None:
    assert least <= wait_after(written, MOST) <= most


class Watched:
    """A document in which so many are written to at each telling, and then a crowd waits or does not."""

    def __init__(self, crowd: int = 0) -> None:
        self.on_waiting: Callable[[], object] = int
        self.told: list[tuple[int, bool]] = []
        self.waiting = 0
        self.crowd_waits = False
        self.twice = asyncio.Event()
        self._crowd = crowd

    def flush(self, *, only_hands: bool = False) -> int:
        self.told.append((self.waiting, only_hands))
        self.waiting = 0
        self.crowd_waits = only_hands and self._crowd > 0
        if len(self.told) == 2:
            self.twice.set()
        return 32 if only_hands else 32 + self._crowd

    def type(self) -> None:
        self.waiting += 1
        self.on_waiting()


async def test_the_first_keystroke_goes_at_once_and_those_that_follow_together() -> None:
    live = Watched()
    teller = Teller(live, MOST, EachByItself())  # type: ignore[arg-type]
    for _ in range(4):
        live.type()
    assert live.told == [(1, False)]
    async with asyncio.timeout(5):
        await live.twice.wait()
    teller.close()
    assert live.told == [(1, False), (3, False)]


async def test_a_crowd_is_told_the_first_keystroke_at_once_and_then_after_those_who_write() -> None:
    live = Watched(crowd=500)
    teller = Teller(live, MOST, EachByItself())  # type: ignore[arg-type]
    live.type()
    live.type()
    async with asyncio.timeout(5):
        await live.twice.wait()
        assert live.told == [(1, False), (1, True)]
        while live.crowd_waits:
            await asyncio.sleep(0)
    teller.close()
    assert live.told == [(1, False), (1, True), (0, False)]


async def test_a_hub_told_not_to_wait_does_not_for_a_crowd_either() -> None:
    live = Watched(crowd=500)
    teller = Teller(live, 0.0, EachByItself())  # type: ignore[arg-type]
    for _ in range(3):
        live.type()
    teller.close()
    assert live.told == [(1, False)] * 3


class InTurns:
    slack = 0.003

    def __init__(self) -> None:
        self.rests: list[float] = []

    def told(self, seconds: float) -> None:
        self.rests.append(seconds)


async def test_what_comes_in_one_turn_is_told_together_at_its_end_and_what_comes_too_soon_after_it_later() -> None:
    live, turns = Watched(), InTurns()
    teller = Teller(live, MOST, turns)  # type: ignore[arg-type]
    for _ in range(6):
        live.type()
    assert live.told == []
    await asyncio.sleep(0)
    assert live.told == [(6, False)]
    assert turns.rests == [MOST]

    live.type()
    await asyncio.sleep(0)
    assert live.told == [(6, False)]
    async with asyncio.timeout(5):
        await live.twice.wait()
    teller.close()
    assert live.told == [(6, False), (1, False)]


# --- the crowd of a real document ---


def crowded(readers: int = CROWD + 1) -> tuple[LiveDocument, Line, Line, list[Line]]:
    """Two who write and so many who read, all up to date; the writers have written something already."""
    live = LiveDocument()
    writers = [join(live, Client(n), user=f"w{n}") for n in range(2)]
    lines = [join(live, Client(10 + n), user=f"r{n}", right="read") for n in range(readers)]
    for writer in writers:
        writer.client.type("Điều 1. ")
    settle(*writers, *lines)
    live.on_waiting = int
    return live, *writers, lines


def up(line: Line) -> None:
    while line.up_one():
        pass


def down(*lines: Line) -> None:
    for line in lines:
        while line.down_one():
            pass


def test_r8_a_crowd_does_not_wait_for_much() -> None:
    live, one, _, readers = crowded()
    one.client.type("x")
    up(one)
    live.flush(only_hands=True)
    assert live.crowd_waits

    one.client.type("x" * CROWD_BYTES)
    up(one)
    live.flush(only_hands=True)

    assert not live.crowd_waits
    down(*readers)
    assert {line.client.state for line in readers} == {one.client.state}


def test_r8_who_writes_is_told_before_the_crowd_and_the_crowd_gets_all_of_it_as_one() -> None:
    live, one, other, readers = crowded()
    for words in ("một ", "hai ", "ba"):
        one.client.type(words)
        up(one)
        assert live.flush(only_hands=True) == 1
        down(other)
        assert other.client.state == one.client.state
    assert live.crowd_waits
    assert [line.editor.outbox.waiting() for line in readers] == [0] * len(readers)

    assert live.flush() == len(readers)

    assert {len(line.editor.outbox) for line in readers} == {1}
    down(*readers)
    assert {line.client.state for line in readers} == {one.client.state}
    assert not live.crowd_waits


def test_r8_a_hundred_readers_are_no_crowd() -> None:
    live, one, _, readers = crowded(CROWD)
    one.client.type("x")
    up(one)
    live.flush(only_hands=True)
    down(*readers)
    assert {line.client.state for line in readers} == {one.client.state}


def test_r8_who_has_not_written_for_a_while_reads_with_the_crowd_and_who_begins_leaves_it() -> None:
    live, one, other, readers = crowded()
    for _ in range(WRITING_TICKS):
        live.tick()
    live.flush()
    one.client.type("x")
    up(one)
    live.flush(only_hands=True)  # nobody writes yet
    live.flush()
    settle(one, other, *readers)

    one.client.type("y")
    up(one)
    assert live.flush(only_hands=True) == 0  # the only one who writes is its author
    live.flush()
    other.client.type("z")
    up(other)
    live.flush(only_hands=True)
    down(one)
    assert str(one.client.text).count("z") == 1


def test_r8_r60_who_of_the_crowd_takes_nothing_misses_nothing() -> None:
    live, one, other, readers = crowded()
    stalled = readers[0]
    one.client.type("x" * (FULL_BYTES + 1))
    up(one)
    live.flush()
    for words in ("một ", "hai "):
        other.client.type(words)
        up(other)
        live.flush(only_hands=True)
    live.flush()
    assert stalled.editor.behind is not None
    live.flush()
    down(stalled)
    live.drained(stalled.editor)
    down(stalled)

    down(one)
    assert stalled.client.state == one.client.state


def test_r8_r2_who_joins_while_the_crowd_waits_has_it_all_at_once() -> None:
    live, one, _, readers = crowded()
    one.client.type("vừa viết")
    up(one)
    live.flush(only_hands=True)
    late = join(live, Client(9), user="muộn", right="read")
    settle(late)
    assert late.client.state == one.client.state
    readers[0].drop()
    live.flush()
    down(*readers[1:], late)
    assert {line.client.state for line in [*readers[1:], late]} == {one.client.state}


@pytest.mark.parametrize("seed", range(5))
def test_r7_r8_a_crowd_in_which_anybody_writes_joins_and_leaves_ends_equal(seed: int) -> None:
    rng = random.Random(seed)
    live, one, other, readers = crowded(CROWD + 20)
    for line in readers:
        line.editor.right = rng.choice(("read", "write"))
    lines = [one, other, *readers]
    for step in range(400):
        line = rng.choice(lines)
        act = rng.random()
        if act < 0.5:
            if line.editor.right == "write":
                line.client.type_somewhere()
            up(line)
        elif act < 0.6 and line.editor.right == "write":
            line.client.show(b'{"user":"%d"}' % step)
            up(line)
        elif act < 0.85:
            live.flush(only_hands=True)
        elif act < 0.93:
            live.flush()
        elif act < 0.96:
            live.tick()
        else:
            line.drop()
            back = join(live, line.client, user=str(line.editor.user), right=line.editor.right)
            lines[lines.index(line)] = back
        down(rng.choice(lines))
    live.flush()
    settle(*lines)
    live.flush()
    settle(*lines)
    assert len({line.client.state for line in lines}) == 1
