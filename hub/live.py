"""The meeting's live line: every screen gets what it missed since ``after``, then what happens, once and in order.

A line watches the bus first and reads the log second; after that it trusts ``seq``, never the bus. The bus may lose,
double or be away: whatever the log has, screens get. Presence (who is online, partial captions, devices) is bus only,
latest value.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import msgspec
import psycopg
import structlog
from litestar import WebSocket
from litestar.di import NamedDependency
from litestar.handlers import websocket
from litestar.params import FromPath, FromQuery

from hub import auth
from hub.db import Database, told_bytes
from hub.doors import BEAT_SECONDS, NO_MEETING, TOO_SLOW, see_out, still_welcome, turned_away
from hub.ending import end
from hub.errors import NotFound
from hub.events import moment
from hub.installation import Installation
from hub.reception import Reception
from hub.settings import Settings
from hub.sockets import connection_of
from hub.users.models import Me
from realtime import GAP, Bus, Connection, Heard, framed

log = structlog.get_logger()

PRESENCE_STOPS_AT_BYTES: Final = 32 * 1024  # waiting for one screen; a later value replaces what is left out
PAGE: Final = 500  # facts read from the log at once
SEND_SECONDS: Final = 30.0
WATCH_SECONDS: Final = 5.0  # how often the log itself is looked at while the bus is up,
WATCH_SECONDS_WITHOUT_BUS: Final = 1.0  # and while it is away
PEOPLE_LIFE: Final = timedelta(seconds=25)  # another process's people are forgotten after this silence


def presence(bus: Bus, meeting_id: UUID, value: dict[str, Any]) -> None:
    """Tells every screen of the meeting a passing value. ``value["of"]`` names what it is a value of."""
    bus.publish(f"live:{meeting_id}", msgspec.json.encode({"type": "presence", **value}))


class Message(msgspec.Struct):
    """The little the line must know of a message to pass it on."""

    type: str
    seq: int = 0
    of: str = ""
    hub: str = ""
    online: list[UUID] = []


class Screen:
    """One connected screen. A message is one frame, made once for all screens; who does not take it reads the log."""

    def __init__(self, user_id: UUID, connection: Connection) -> None:
        self.user_id = user_id
        self.connection = connection
        self.seq = 0
        """Of the last fact written to it."""
        self.following = False
        """It has every fact so far and gets what happens; otherwise it reads the log first."""
        self.news = asyncio.Event()
        """It is behind, it may go on, its right may have changed, or it has left."""
        self.gone = False
        self.lost = False
        self.kicked = False

    def open(self) -> None:
        self.connection.open(lambda said: None, self.news.set, self._leave)  # screens only listen

    @property
    def calls(self) -> bool:
        """Whether there is anything to do for it but wait."""
        return self.gone or self.lost or self.kicked or not self.following

    def offer(self, seq: int, frames: bytes) -> None:
        """``seq`` 0 is presence."""
        if not self.following or 0 < seq <= self.seq:
            return
        if self.connection.full:
            if seq:
                self.following = False
                self.news.set()
        elif seq or self.connection.waiting() < PRESENCE_STOPS_AT_BYTES:
            self.connection.write(frames)
            self.seq = seq or self.seq

    def lose(self) -> None:
        """It is sent away to come back with what it has."""
        self.lost = True
        self.news.set()

    def kick(self, told: Heard) -> None:
        self.kicked = True
        self.news.set()

    def _leave(self) -> None:
        self.gone = True
        self.news.set()


class Line:
    """One meeting's line in this process, shared by its screens: one subscription, one reader of the log."""

    def __init__(self, hub: str, db: Database, bus: Bus, meeting_id: UUID) -> None:
        self.hub, self.db, self.bus, self.meeting_id = hub, db, bus, meeting_id
        self.screens: set[Screen] = set()
        self.seq = -1  # of the last fact given to the screens; -1 until the log was read
        self.people: dict[str, tuple[datetime, frozenset[UUID]]] = {}
        self.told_people: list[str] = []
        self.opened = asyncio.Event()
        self.failed: BaseException | None = None
        self.task = asyncio.create_task(self.follow(), name=f"line:{meeting_id}")

    async def follow(self) -> None:
        try:
            with self.bus.subscribe(f"live:{self.meeting_id}") as heard:
                self.seq = await self.last_seq()
                self.opened.set()
                messages = aiter(heard)
                waiting: asyncio.Future[Any] = asyncio.ensure_future(anext(messages))
                try:
                    while True:
                        seconds = WATCH_SECONDS if self.bus.up else WATCH_SECONDS_WITHOUT_BUS
                        done, _ = await asyncio.wait({waiting}, timeout=seconds)
                        if not done:
                            await self._read_log()
                            self._tell_people()
                            continue
                        try:
                            message = waiting.result()
                        except StopAsyncIteration:  # the bus is closed: the hub is going down
                            return
                        waiting = asyncio.ensure_future(anext(messages))
                        if message is GAP:
                            await self._read_log()
                        else:
                            await self._hear(message)
                finally:
                    waiting.cancel()
        except Exception as error:
            # A line that cannot be followed must not look like a quiet one: its screens are closed and come back.
            log.exception("live.line-failed", meeting=str(self.meeting_id))
            self.failed = error
            self.opened.set()
            for screen in self.screens:
                screen.lose()

    async def last_seq(self) -> int:
        async with self.db.pool.connection() as conn:
            cursor = await conn.execute("SELECT seq FROM meeting WHERE id = %s", (self.meeting_id,))
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def _hear(self, message: bytes) -> None:
        heard = msgspec.json.decode(message, type=Message)
        if heard.type != "told":
            if heard.of == "people":
                self.people[heard.hub] = (self.db.clock(), frozenset(heard.online))
                self._tell_people()
            else:
                self._offer(0, message)
        elif heard.seq == self.seq + 1:
            self.seq = heard.seq
            self._offer(heard.seq, message)
        elif heard.seq > self.seq + 1:
            await self._read_log()

    async def _read_log(self) -> None:
        try:
            while page := await read_log(self.db, self.meeting_id, self.seq):
                for seq, message in page:
                    self.seq = seq
                    self._offer(seq, message)
        except psycopg.OperationalError as error:  # the next look, at most WATCH_SECONDS later, reads it again
            log.warning("live.log-unreadable", error=repr(error))

    def _offer(self, seq: int, message: bytes) -> None:
        frames = framed(message, text=True)
        for screen in self.screens:
            screen.offer(seq, frames)

    def announce(self) -> None:
        """Tells the other processes whom this one sees."""
        online = sorted({str(screen.user_id) for screen in self.screens})
        presence(self.bus, self.meeting_id, {"of": "people", "hub": self.hub, "online": online})

    def online(self) -> list[str]:
        oldest = self.db.clock() - PEOPLE_LIFE
        self.people = {hub: (at, who) for hub, (at, who) in self.people.items() if at > oldest}
        others = {user for hub, (_, who) in self.people.items() if hub != self.hub for user in who}
        return sorted(str(user) for user in others | {screen.user_id for screen in self.screens})

    def people_message(self) -> bytes:
        return msgspec.json.encode({"type": "presence", "of": "people", "online": self.online()})

    def _tell_people(self) -> None:
        if (online := self.online()) != self.told_people:
            self.told_people = online
            self._offer(0, self.people_message())


async def read_log(db: Database, meeting_id: UUID, after: int) -> list[tuple[int, bytes]]:
    """The next facts after ``after``, as screens hear them; at most PAGE."""
    async with db.pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT e.seq, e.at, e.kind, e.body, t.text FROM event e"
            " LEFT JOIN event_text t ON t.meeting_id = e.meeting_id AND t.seq = e.seq"
            " WHERE e.meeting_id = %s AND e.seq > %s ORDER BY e.seq LIMIT %s",
            (meeting_id, after, PAGE),
        )
        rows = await cursor.fetchall()
    return [(seq, told_bytes(seq, at, kind, bytes(body), text)) for seq, at, kind, body, text in rows]


class LiveLines:
    """The lines followed in this process. A line without screens ends."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self.db, self.bus = db, bus
        self.name = secrets.token_hex(8)  # of this hub among those on the bus
        self.lines: dict[UUID, Line] = {}
        self._ticker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._ticker = asyncio.create_task(self._tick(), name="live:tick")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._ticker, *(line.task for line in self.lines.values()))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(10)
            for line in list(self.lines.values()):
                line.announce()

    async def join(self, meeting_id: UUID, screen: Screen) -> Line:
        """From here on the screen's queue gets every fact after ``line.seq``, gapless."""
        line = self.lines.get(meeting_id)
        if line is None or line.task.done():
            line = self.lines[meeting_id] = Line(self.name, self.db, self.bus, meeting_id)
        line.screens.add(screen)
        await line.opened.wait()
        if line.failed is not None:
            self.leave(line, screen)
            raise line.failed
        line.announce()
        return line

    def leave(self, line: Line, screen: Screen) -> None:
        line.screens.discard(screen)
        line.announce()
        if not line.screens:
            line.task.cancel()
            if self.lines.get(line.meeting_id) is line:
                del self.lines[line.meeting_id]


class TooSlow(Exception):
    """A screen took nothing for SEND_SECONDS."""


async def _room(screen: Screen) -> None:
    """Until the screen takes more, or has left."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            while screen.connection.full and not screen.gone:
                screen.news.clear()
                await screen.news.wait()
    except TimeoutError:
        raise TooSlow from None


async def _replay(db: Database, line: Line, screen: Screen) -> None:
    """Writes what it lacks of the log, page by page as the screen takes them, and lets it follow."""
    while not screen.gone:
        await _room(screen)
        page = await read_log(db, line.meeting_id, screen.seq)
        if page:
            screen.connection.write(b"".join(framed(message, text=True) for _, message in page))
            screen.seq = page[-1][0]
        if screen.seq >= line.seq or not page:
            screen.following = True
            return


@websocket("/ws/meetings/{meeting_id:uuid}")
async def live(
    socket: WebSocket[Any, Any, Any],
    meeting_id: FromPath[UUID],
    visitor: NamedDependency[Me | None],
    db: NamedDependency[Database],
    lines: NamedDependency[LiveLines],
    reception: NamedDependency[Reception],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
    after: FromQuery[int] = 0,
) -> None:
    """Close codes of ``hub/doors.py``; 4404 for a meeting one may not know of."""
    if await turned_away(socket, visitor, settings) or visitor is None:
        return
    hashed = auth.session_hash(socket, installation)

    async def may_listen(me: Me) -> int | None:
        try:
            await reception.meeting(me, meeting_id)
        except NotFound:
            return NO_MEETING
        return None

    welcome = partial(still_welcome, reception, hashed, may_listen)
    if code := await welcome():
        await socket.close(code, "not-found")
        return
    screen = Screen(visitor.id, connection_of(socket))
    line = await lines.join(meeting_id, screen)
    screen.open()
    try:
        with lines.bus.listen(f"session:{visitor.id}", screen.kick):
            code = await _serve(db, line, screen, max(after, 0), welcome)
    except (TooSlow, psycopg.OperationalError):
        code = TOO_SLOW  # "try again later": the screen comes back with what it has
    finally:
        lines.leave(line, screen)
        await screen.connection.release()
    await see_out(socket, code)


async def _serve(
    db: Database, line: Line, screen: Screen, after: int, welcome: Callable[[], Awaitable[int | None]]
) -> int | None:
    """Until the screen leaves (None) or must leave (the close code)."""

    def say(message: bytes) -> None:
        screen.connection.write(framed(message, text=True))

    # A screen that knows more than the log (a database set back to a backup) hears a lower ``ready`` and loads anew.
    screen.seq = min(after, await line.last_seq())
    await _replay(db, line, screen)
    say(msgspec.json.encode({"type": "ready", "seq": screen.seq, "at": moment(db.clock())}))
    say(line.people_message())
    clock = asyncio.get_running_loop().time
    beat = clock() + BEAT_SECONDS
    while not screen.gone:
        if not screen.calls:
            screen.news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, beat - clock())):
                    await screen.news.wait()
        if screen.lost:
            return TOO_SLOW
        if not screen.following:
            await _replay(db, line, screen)
        due = clock() >= beat
        if (due or screen.kicked) and not screen.gone:
            screen.kicked = False
            if code := await welcome():
                return code
        if due:
            beat = clock() + BEAT_SECONDS
            if not screen.connection.full:
                say(msgspec.json.encode({"type": "beat", "at": moment(db.clock())}))
    return None
