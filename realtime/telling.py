"""When a document tells its editors what waits for them: at once while it is quiet, together while it is busy.

Writing to a client costs the hub about ten microseconds whatever is written, so the more often many are written to,
the longer the next telling waits: three quarters of a millisecond for each who was written to, twenty-two at most.
Three people in a document notice nothing of it; thirty get everything ten milliseconds later and cost half.

A crowd that only reads waits longer, for one who types fast to five hundred readers would take an eighth of a
processor: what comes within an eighth of a second of its last telling is told it together. Who writes, or wrote a
moment ago, does not wait for the crowd.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from realtime.broadcast import CROWD
from realtime.document import LiveDocument

SECONDS_A_WRITE: Final = 0.00075
CROWD_SECONDS: Final = 0.125


def wait_after(written: int, most: float) -> float:
    """Seconds before the next telling after one to so many; 0 for `most`: never wait."""
    return min(most, written * SECONDS_A_WRITE)


class Turns(Protocol):
    """How messages come: `slack` is 0 while each comes by itself. Else many come at once, now and then, and what is due
    within so many seconds of such a turn is done at its end."""

    slack: float

    def told(self, seconds: float) -> None:
        """A document has been told something, and will not be again for so long."""


class EachByItself:
    slack = 0.0

    def told(self, seconds: float) -> None:
        pass


class Teller:
    def __init__(self, live: LiveDocument, most_seconds: float, turns: Turns) -> None:
        self._live = live
        self._most = most_seconds
        self._turns = turns
        self._clock = asyncio.get_running_loop()
        self._next = 0.0
        self._timer: asyncio.Handle | None = None
        self._at_the_end = False
        """The timer is the end of this turn."""
        self._crowd_next = 0.0
        self._crowd_timer: asyncio.TimerHandle | None = None
        live.on_waiting = self.touch

    def touch(self) -> None:
        """Something waits."""
        if self._turns.slack:
            self._touch_in_turn(self._turns.slack)
        elif self._timer is None:
            if self._clock.time() >= self._next:
                self._tell()
            else:
                self._timer = self._clock.call_at(self._next, self._late)

    def _touch_in_turn(self, slack: float) -> None:
        """The others of this turn are told with it."""
        if self._at_the_end:
            return
        if self._clock.time() + slack >= self._next:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._at_the_end = self._clock.call_soon(self._late), True
        elif self._timer is None:
            self._timer = self._clock.call_at(self._next + slack, self._late)

    def close(self) -> None:
        for timer in (self._timer, self._crowd_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._crowd_timer = None

    def _late(self) -> None:
        self._timer, self._at_the_end = None, False
        self._tell()

    def _tell(self) -> None:
        began = self._clock.time()
        written = self._live.flush(only_hands=began < self._crowd_next)
        now = self._clock.time()
        wait = wait_after(written, self._most)
        # turns come at even times, whatever the telling took
        self._next = (began if self._turns.slack else now) + wait
        self._turns.told(wait)
        if self._live.crowd_waits:
            if self._crowd_timer is None:
                self._crowd_timer = self._clock.call_at(self._crowd_next, self._tell_crowd)
        elif written > CROWD and self._most:
            self._crowd_next = now + CROWD_SECONDS

    def _tell_crowd(self) -> None:
        self._crowd_timer, self._crowd_next = None, 0.0
        self._tell()
