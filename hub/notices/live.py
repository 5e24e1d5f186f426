"""A person's own line, ``/ws/notices``: says that there is something new, never what. The page reads it then.

It carries a hint and can be away: a page that has no line asks now and then instead.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import WebSocket
from litestar.di import NamedDependency
from litestar.handlers import websocket

from hub import auth
from hub.doors import BEAT_SECONDS, TOO_SLOW, see_out, still_welcome, turned_away
from hub.installation import Installation
from hub.reception import Reception
from hub.settings import Settings
from hub.sockets import connection_of
from hub.users.models import Me
from realtime import Bus, Connection, Heard, framed

NEWS: Final = framed(b'{"type":"news"}', text=True)
READY: Final = framed(b'{"type":"ready"}', text=True)
BEAT: Final = framed(b'{"type":"beat"}', text=True)
LINES_OF_ONE: Final = 12  # of one person in one process: tabs and devices; the next is told to come back later


class NoticeLines:
    """How many lines each person has in this process."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    @contextlib.contextmanager
    def one(self, user_id: UUID) -> Iterator[bool]:
        """False where he has too many already."""
        if self._open[user_id] >= LINES_OF_ONE:
            yield False
            return
        self._open[user_id] += 1
        try:
            yield True
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]


class _Bell:
    """What is to be said on one line. News that nobody took yet is one piece of news."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.call = asyncio.Event()
        self.news = self.look = self.gone = False

    def tell(self, heard: Heard) -> None:
        self.news = True
        self.call.set()

    def kick(self, heard: Heard) -> None:
        self.look = True
        self.call.set()

    def leave(self) -> None:
        self.gone = True
        self.call.set()


@websocket("/ws/notices")
async def notices_line(
    socket: WebSocket[Any, Any, Any],
    visitor: NamedDependency[Me | None],
    reception: NamedDependency[Reception],
    bus: NamedDependency[Bus],
    notice_lines: NamedDependency[NoticeLines],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
) -> None:
    """``{"type":"ready"}``, then ``news`` for each burst, ``beat`` every 20 s. Close codes as on a meeting's line."""
    if await turned_away(socket, visitor, settings) or visitor is None:
        return
    hashed = auth.session_hash(socket, installation)
    with notice_lines.one(visitor.id) as admitted:
        if not admitted:
            await socket.close(TOO_SLOW, "too-many")
            return
        bell = _Bell(connection_of(socket))
        bell.connection.open(lambda said: None, bell.call.set, bell.leave)
        try:
            with (
                bus.listen(f"notices:{visitor.id}", bell.tell),
                bus.listen(f"session:{visitor.id}", bell.kick),
            ):
                code = await _ring(bell, partial(still_welcome, reception, hashed))
        finally:
            await bell.connection.release()
    await see_out(socket, code)


async def _ring(bell: _Bell, still_here: Callable[[], Awaitable[int | None]]) -> int | None:
    """Until the page leaves (None) or must leave (the close code)."""
    clock = asyncio.get_running_loop().time
    bell.connection.write(READY)
    beat = clock() + BEAT_SECONDS
    while not bell.gone:
        if not (bell.look or (bell.news and not bell.connection.full)):
            bell.call.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, beat - clock())):
                    await bell.call.wait()
        due = clock() >= beat
        if bell.gone:
            return None
        if bell.look or due:
            bell.look = False
            if code := await still_here():
                return code
        if bell.connection.full:
            if due:
                return TOO_SLOW
            continue
        if bell.news:
            bell.news = False
            bell.connection.write(NEWS)
        if due:
            bell.connection.write(BEAT)
            beat = clock() + BEAT_SECONDS
    return None
