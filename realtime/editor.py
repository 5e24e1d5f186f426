"""One connection to one document, a reader's too: what it may do, what it was told, and how far behind it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Literal

from realtime import wire
from realtime.presence import Owner
from realtime.sink import NOWHERE, Outbox, Sink, framed

TOO_SLOW: Final = 1013
BROKEN: Final = 4400

TICKS_BEHIND: Final = 6
"""Of five seconds each."""
WRITING_TICKS: Final = 3
"""Who wrote so recently is told at once what the others write, whatever crowd reads."""
SLOWEST_BYTES_A_TICK: Final = 40 * 1024
"""A large first answer may take longer than that, at 8 KiB a second."""

Right = Literal["read", "comment", "write"]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Closing:
    code: int
    reason: str


def _nobody_waits() -> None:
    pass


class Editor:
    def __init__(self, user: Hashable, *, right: Right, wants_saved: bool = False) -> None:
        self.user = user
        self.right = right
        """May change while the line is open: whoever may no longer write goes on reading."""
        self.wants_saved = wants_saved
        self.sink: Sink = Outbox()
        """The shell puts a connection here."""
        self.closing: Closing | None = None
        self.owner = Owner(user, number=next(_numbers))
        self.steps_asked = 0
        """First steps of ours it has not answered yet."""
        self.introduced = False
        self.received = 0
        self.committed = 0
        self.told_saved = 0
        self.quiet_ticks = 0
        self.answered_bytes = 0
        """Of what it asked for."""
        self.behind: bytes | None = None
        """The state vector of all it was sent, while its sink is full; None: it is up to date."""
        self.asked: bytes | None = None
        """The state vector of a first step that came while its sink was full."""
        self.missed_presence: set[int] | None = None
        """Who left while it was behind, or while it asked who is here; the rest is shown anew."""
        self.ticks_left = 0
        self.writing_ticks = 0
        self.ended: Callable[[], None] = _nobody_waits
        """Called once, when the connection is to end; the shell puts its own here."""

    @property
    def outbox(self) -> Outbox:
        """For who moves the messages by hand."""
        assert isinstance(self.sink, Outbox)
        return self.sink

    @property
    def writes(self) -> bool:
        return self.writing_ticks > 0

    def close(self, code: int, reason: str) -> None:
        """The first reason stands; nothing is sent any more, it will sync again."""
        if self.closing is None:
            self.closing = Closing(code, reason)
            self.sink = NOWHERE
            self.ended()

    def send(self, message: bytes) -> None:
        """To it alone. Who asks and does not take the answers has himself closed."""
        if self.closing is None:
            if self.sink.full:
                self.close(TOO_SLOW, "too-slow")
                return
            self.sink.write(framed(message))
            self.quiet_ticks = 0

    def saved_frame(self) -> bytes:
        """Tells it how many of its updates are committed; empty if it knows, or does not want to."""
        if not self.wants_saved or self.committed <= self.told_saved:
            return b""
        self.told_saved = self.committed
        return framed(wire.saved(self.committed))

    def answer(self, frames: bytes) -> None:
        """What it asked for, ready to be written, of any size."""
        if self.closing is None:
            self.sink.write(frames)
            self.answered_bytes += len(frames)
            self.quiet_ticks = 0

    def fall_behind(self, has: bytes) -> None:
        """Nothing more is sent until its sink has drained; then what it lacks beyond this state vector, as one."""
        self.behind = has
        if self.missed_presence is None:
            self.missed_presence = set()
        self.ticks_left = max(TICKS_BEHIND, self.sink.waiting() // SLOWEST_BYTES_A_TICK) + 1

    def tick(self) -> None:
        """Five seconds went by."""
        self.quiet_ticks += 1
        self.writing_ticks = max(0, self.writing_ticks - 1)
        if self.behind is not None:
            self.ticks_left -= 1
            if self.ticks_left <= 0:
                self.close(TOO_SLOW, "stalled")
