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
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import msgspec
import psycopg
import structlog
from litestar import WebSocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import websocket
from litestar.params import FromPath, FromQuery

from hub import access, auth
from hub.db import Database, told_bytes
from hub.ending import end
from hub.errors import NotFound
from hub.installation import Installation
from hub.settings import Settings
from hub.users.models import Me
from realtime import GAP, Bus

log = structlog.get_logger()

SCREEN_MESSAGES: Final = 512  # waiting for one slow screen; past it the screen is closed with 1013 and comes back
PRESENCE_MESSAGES: Final = 64  # past this many waiting, presence is left out: a later value replaces it anyway
PAGE: Final = 500  # facts read from the log at once
BEAT_SECONDS: Final = 20.0
SEND_SECONDS: Final = 30.0
WATCH_SECONDS: Final = 5.0  # how often the log itself is looked at while the bus is up,
WATCH_SECONDS_WITHOUT_BUS: Final = 1.0  # and while it is away
PEOPLE_LIFE: Final = timedelta(seconds=25)  # another process's people are forgotten after this silence

NO_SESSION, NO_RIGHT, NO_MEETING, TOO_SLOW = 4401, 4403, 4404, 1013

def presence(bus: Bus, meeting_id: UUID, value: dict[str, Any]) -> None:
    """Tells every screen of the meeting a passing value. ``value["of"]`` names what it is a value of."""
    bus.publish(f"live:{meeting_id}", msgspec.json.encode({"type": "presence", **value}))


class Heard(msgspec.Struct):
    """The little the line must know of a message to pass it on."""

    type: str
    seq: int = 0
    of: str = ""
    hub: str = ""
    online: list[UUID] = []


class Screen:
    """One connected screen: a bounded queue that its socket drains."""

    def __init__(self, user_id: UUID) -> None:
        self.user_id = user_id
        self.queue: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(SCREEN_MESSAGES)
        self.lost = asyncio.Event()

    def offer(self, seq: int, message: bytes) -> None:
        """``seq`` 0 is presence."""
        if seq == 0 and self.queue.qsize() >= PRESENCE_MESSAGES:
            return
        try:
            self.queue.put_nowait((seq, message))
        except asyncio.QueueFull:
            self.lost.set()


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
                screen.lost.set()

    async def last_seq(self) -> int:
        async with self.db.pool.connection() as conn:
            cursor = await conn.execute("SELECT seq FROM meeting WHERE id = %s", (self.meeting_id,))
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def _hear(self, message: bytes) -> None:
        heard = msgspec.json.decode(message, type=Heard)
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
        for screen in self.screens:
            screen.offer(seq, message)

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


async def _replay(db: Database, line: Line, after: int, send: Callable[[bytes], Awaitable[None]]) -> int:
    """Sends the log after ``after`` and returns the last seq sent.

    A screen that knows more than the log (a database set back to a backup) hears a lower ``ready`` and loads anew.
    """
    sent = min(after, await line.last_seq())
    while page := await read_log(db, line.meeting_id, sent):
        for seq, message in page:
            await send(message)
            sent = seq
        if sent >= line.seq:
            break
    await send(msgspec.json.encode({"type": "ready", "seq": sent}))
    await send(line.people_message())
    return sent


@websocket("/ws/meetings/{meeting_id:uuid}")
async def live(
    socket: WebSocket[Any, Any, Any],
    meeting_id: FromPath[UUID],
    visitor: NamedDependency[Me | None],
    db: NamedDependency[Database],
    lines: NamedDependency[LiveLines],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
    after: FromQuery[int] = 0,
) -> None:
    """Refusals come after accepting, as close codes: a browser is not told why a handshake failed."""
    await socket.accept()
    if not auth.same_origin(socket, settings):
        await socket.close(NO_RIGHT, "origin")
        return
    if visitor is None:
        await socket.close(NO_SESSION, "not-signed-in")
        return
    hashed = auth.session_hash(socket, installation)

    async def still_welcome() -> int | None:
        """The close code, None while the session and the right last."""
        try:
            now_me = await auth.who(db, hashed)
            if now_me is None:
                return NO_SESSION
            async with db.pool.connection() as conn:
                await access.access_meeting(conn, now_me, meeting_id)
        except NotFound:
            return NO_MEETING
        except psycopg.OperationalError as error:  # no database, no verdict: asked again at the next beat
            log.warning("live.right-unknown", error=repr(error))
        return None

    if code := await still_welcome():
        await socket.close(code, "not-found")
        return
    screen = Screen(visitor.id)
    line = await lines.join(meeting_id, screen)
    try:
        code = await _serve(socket, db, line, screen, max(after, 0), still_welcome, lines.bus)
    finally:
        lines.leave(line, screen)
    if code is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may have gone meanwhile
            await socket.close(code)


async def _serve(
    socket: WebSocket[Any, Any, Any],
    db: Database,
    line: Line,
    screen: Screen,
    after: int,
    still_welcome: Callable[[], Awaitable[int | None]],
    bus: Bus,
) -> int | None:
    """Until the screen leaves (None) or must leave (the close code)."""

    async def send(message: bytes) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.send_data(message.decode(), mode="text")

    async def write() -> int | None:
        sent = await _replay(db, line, after, send)
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    seq, message = await screen.queue.get()
            except TimeoutError:
                await send(b'{"type":"beat"}')
                continue
            if seq == 0 or seq > sent:
                await send(message)
                sent = max(sent, seq)

    async def read() -> int | None:
        """Screens only listen; reading tells when they leave."""
        while True:
            await socket.receive_data(mode="text")

    async def watch() -> int | None:
        """A sign-out elsewhere, or a right taken away, ends the line within seconds."""
        with bus.subscribe(f"session:{screen.user_id}") as kicks:
            messages = aiter(kicks)
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await anext(messages)
                if code := await still_welcome():
                    return code

    async def lost() -> int | None:
        await screen.lost.wait()
        return TOO_SLOW

    tasks = {asyncio.create_task(part()) for part in (write, read, watch, lost)}
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await end(*waiting)
    result: int | None = None
    for task in done:
        error = task.exception()
        if isinstance(error, (TimeoutError, psycopg.OperationalError)):
            result = TOO_SLOW  # 1013, "try again later": the screen comes back with what it has
        elif error is None:
            result = task.result()
        elif not isinstance(error, WebSocketDisconnect):
            raise error
    return result
