"""Sockets of a busy hub are read in turns.

To wake the hub up for each single message costs time of its own: the kernel, the event loop, code gone cold. While more
than so many come a second, the sockets they come on are taken out of the event loop's sight and looked at together a
hundred times a second, in one go: what thirty people typed since then is taken in while the code is warm. Where nothing
of what was heard would be told so soon, because their documents are full, the next turn comes when it would. Nothing
else in the hub waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from math import inf
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

import structlog

log = structlog.get_logger()

BUSY: Final = 200.0
CALM: Final = 120.0
"""Messages a second at which reading in turns begins, and ends."""
TURN_SECONDS: Final = 0.01
LONGEST_TURN_SECONDS: Final = 0.025
"""Where everything that was heard waits anyway."""
SLACK_SECONDS: Final = 0.003
"""What is due so soon after a turn is done at its end."""
CALM_SECONDS: Final = 1.0
LOOK_EVERY: Final = 32
"""Messages, between two looks at the clock."""
PIECE_BYTES: Final = 16 * 1024
MOST_PIECES: Final = 64
"""Read from one socket in one turn; what is left over waits for the next."""


class Spoken(Protocol):
    """A socket that can be read by others than the event loop."""

    transport: Any

    @property
    def readable(self) -> bool:
        """Whether what comes may be read just now."""

    def take(self, data: bytes) -> None: ...


class Turns:
    """Of one event loop. `slack` is 0 while every message is read as it comes."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.slack = 0.0
        self._loop = loop
        self._epoll: select.epoll | None = None
        self._watched: dict[int, Spoken] = {}
        self._places: dict[Spoken, int] = {}
        self._count = 0
        self._counted_at = 0.0
        self._next = 0.0
        self._rest = inf
        """Of the documents told at the end of this turn, how soon the first can be told again."""

    def told(self, seconds: float) -> None:
        """A document has been told something, and will not be again for so long."""
        self._rest = min(self._rest, seconds)

    def heard(self, socket: Spoken) -> None:
        """The event loop has read from it."""
        self._count += 1
        if self.slack:
            self._watch(socket)
        elif self._count >= LOOK_EVERY and self._rate() >= BUSY and hasattr(select, "epoll"):
            self.slack, self._epoll = SLACK_SECONDS, select.epoll()
            self._next = self._loop.time()
            self._turn_again()

    def leave(self, socket: Spoken) -> None:
        """It is not read any more, by nobody, until it says so itself."""
        place = self._places.pop(socket, None)
        if place is not None and self._watched.get(place) is socket:
            del self._watched[place]
            if self._epoll is not None:
                with contextlib.suppress(OSError):  # closed: the kernel has forgotten it
                    self._epoll.unregister(place)

    def _rate(self) -> float:
        """Messages a second since the last count, which begins anew."""
        now = self._loop.time()
        passed, self._counted_at = now - self._counted_at, now
        count, self._count = self._count, 0
        return count / max(passed, 0.001)

    def _watch(self, socket: Spoken) -> None:
        place = _place(socket)
        if place is None or not socket.readable or socket in self._places or self._epoll is None:
            return
        try:
            self._epoll.register(place, select.EPOLLIN)
        except OSError as error:  # the kernel watches so many and no more: the event loop goes on reading it
            log.warning("sockets.not_in_turn", error=str(error))
            return
        socket.transport.pause_reading()
        self._watched[place], self._places[socket] = socket, place

    def _turn(self) -> None:
        assert self._epoll is not None
        self._rest = inf
        try:
            for place, _ in self._epoll.poll(0):
                if (socket := self._watched.get(place)) is not None:
                    self._read(socket, place)
        finally:  # whatever happens in one turn, the next comes: nobody else reads these sockets
            if self._loop.time() - self._counted_at < CALM_SECONDS or self._rate() >= CALM:
                self._loop.call_soon(self._turn_again)  # after what this one brought is told
            else:
                self._stop()

    def _stop(self) -> None:
        for socket in list(self._places):
            self._give_back(socket)
        if self._epoll is not None:
            self._epoll.close()
        self.slack, self._epoll = 0.0, None

    def _turn_again(self) -> None:
        """At even times whatever the turns take; one that comes late is not made up for."""
        rest = TURN_SECONDS if self._rest == inf else max(TURN_SECONDS, self._rest)
        self._next = max(self._next + min(rest, LONGEST_TURN_SECONDS), self._loop.time())
        self._loop.call_at(self._next, self._turn)

    def _read(self, socket: Spoken, place: int) -> None:
        for _ in range(MOST_PIECES):
            data = self._piece(place) if socket.readable else b""
            if data is None:
                return
            if not data:  # the event loop sees for itself that it has ended, and says so
                self._give_back(socket)
                return
            self._count += 1
            try:
                socket.take(data)
            except Exception as error:  # noqa: BLE001  as the event loop has it: the fault is this connection's alone
                self._loop.call_exception_handler({"message": "a message could not be taken", "exception": error})
                socket.transport.abort()
            if len(data) < PIECE_BYTES or self._watched.get(place) is not socket:
                return

    @staticmethod
    def _piece(place: int) -> bytes | None:
        """None: there is nothing now. Empty: it has ended."""
        try:
            return os.read(place, PIECE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _give_back(self, socket: Spoken) -> None:
        self.leave(socket)
        if not socket.transport.is_closing():
            socket.transport.resume_reading()


def _place(socket: Spoken) -> int | None:
    """Its number with the kernel; None where bytes of the socket are not those of the messages (TLS)."""
    if socket.transport.is_closing() or socket.transport.get_extra_info("sslcontext") is not None:
        return None
    place: int = socket.transport.get_extra_info("socket").fileno()
    return place if place >= 0 else None


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """Of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns[loop] = Turns(loop)
    return _turns[loop]
