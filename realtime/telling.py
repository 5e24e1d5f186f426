"""When a document tells its editors what waits for them: at once while it is quiet, together while it is busy.

Writing to a client costs the hub about ten microseconds whatever is written, so the more often many are written to,
the longer the next telling waits: a quarter of a millisecond for each who was written to, eight at most. Three people
in a document notice nothing of it; a hundred at work get everything four milliseconds later and cost a tenth.

A crowd waits longer, for one who types fast to five hundred readers would take an eighth of a processor: past a
hundred, a sixth of a millisecond more for each, so that two of three keystrokes reach five hundred together.
"""

from __future__ import annotations

import asyncio
from typing import Final

from realtime.document import LiveDocument

SECONDS_A_WRITE: Final = 0.00025
CROWD: Final = 100
SECONDS_A_HEAD: Final = 0.00017
MOST_FOR_A_CROWD: Final = 0.068


def wait_after(written: int, most: float) -> float:
    """Seconds before the next telling after one to so many; `most` is of a document without a crowd, 0: never wait."""
    if not most:
        return 0.0
    return min(most, written * SECONDS_A_WRITE) + min(MOST_FOR_A_CROWD, max(0, written - CROWD) * SECONDS_A_HEAD)


class Teller:
    def __init__(self, live: LiveDocument, most_seconds: float) -> None:
        self._live = live
        self._most = most_seconds
        self._clock = asyncio.get_running_loop()
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None
        live.on_waiting = self.touch

    def touch(self) -> None:
        """Something waits."""
        if self._timer is None:
            if self._clock.time() >= self._next:
                self._tell()
            else:
                self._timer = self._clock.call_at(self._next, self._late)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        self._tell()

    def _tell(self) -> None:
        written = self._live.flush()
        self._next = self._clock.time() + wait_after(written, self._most)
