"""One open microphone: sound from a socket to the recogniser, its words to every screen and into the transcript.

Partials are presence, at most five a second, the latest only. Finals are facts: stored and told in one transaction,
with the agenda item the meeting was at when the words began.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ai.captions import RATE, Caption, Listener, Lost, Options, Paused, Up
from hub.db import Database
from hub.ending import end
from hub.errors import SecretItem
from hub.live import presence
from hub.transcripts import queries, service
from hub.transcripts.models import Reason, SessionState
from realtime import GAP, Bus

log = structlog.get_logger()

Socket = WebSocket[Any, Any, Any]
StillWelcome = Callable[[], Awaitable[bool]]

FRAME_BYTES: Final = 64 * 1024
QUIET_SECONDS: Final = 20.0  # a browser sends silence too: nothing at all means nobody is there
PARTIAL_SECONDS: Final = 0.2
LOOK_SECONDS: Final = 2.0  # how often the database is asked whether this may go on, whatever the bus said
BLINK_SECONDS: Final = 1.0  # a recogniser away for less is not told to a whole meeting
ENDING_SECONDS: Final = 30.0  # given to the recogniser when the speaker has ended,
LAST_WORDS_SECONDS: Final = 6.0  # and when it ends otherwise
AHEAD_SECONDS: Final = 5.0  # a file's sound waits for the recogniser from here on,
FILE_WAIT_SECONDS: Final = 10.0  # each frame at most so long; live sound never waits, it would only come later
STORE_SECONDS: Final = 30.0  # a final is tried again for so long while the database is away,
STORE_AGAIN_SECONDS: Final = 1.0  # each time after this pause
SAY_SECONDS: Final = 5.0

# Told events after which the circumstances are looked at; the database, not the message, says what they are.
LOOK_AT: Final = frozenset(
    (
        "agenda_item.started",
        "agenda_item.secrecy_changed",
        "meeting.state_changed",
        "captions.stopped",
        "participants.changed",
    )
)


class _Fact(msgspec.Struct, frozen=True):
    type: str = ""


class _Told(msgspec.Struct):
    type: str
    event: _Fact = _Fact()


class Microphone:
    """Runs from the opened session to its end; ``run`` returns why it ended."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        url: str,
        *,
        meeting_id: UUID,
        session_id: UUID,
        speaker_id: UUID | None,
        speaker_name: str | None,
        item_id: UUID | None,
        language: str,
        fast: bool,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._db, self._bus, self._url, self._language, self._fast = db, bus, url, language, fast
        self.meeting_id, self.session_id = meeting_id, session_id
        self._speaker_id, self._speaker_name = speaker_id, speaker_name
        self._quiet_seconds = quiet_seconds
        self._samples = 0
        self._item_from_ms: list[int] = [0]
        self._items: list[UUID | None] = [item_id]
        self._partial: Caption | None = None
        self._shown = ""
        self._partial_moved, self._turned = asyncio.Event(), asyncio.Event()
        self._up = True
        self._told_state: SessionState = "up"
        self._saying = asyncio.Lock()

    async def run(self, socket: Socket, still_welcome: StillWelcome) -> Reason:
        async with Listener(self._url, Options(language=self._language)) as listener:
            hearing = asyncio.create_task(self._hear(socket, listener))
            watching = asyncio.create_task(self._watch(still_welcome))
            telling = asyncio.create_task(self._tell_news(socket, listener))
            beside = [asyncio.create_task(self._show_partials()), asyncio.create_task(self._follow_state())]
            try:
                done, _ = await asyncio.wait({hearing, watching, telling, *beside}, return_when=asyncio.FIRST_COMPLETED)
                for part in (telling, *beside):
                    if part in done:
                        part.result()  # only a bug ends these first
                reason: Reason = (watching if watching in done else hearing).result()
                hearing.cancel()
                if reason not in ("ended", "left"):  # who is stopped knows it at once, not after the last words
                    await self.say(socket, {"type": "stopped", "reason": reason})
                if reason not in ("secret-item", "no-right"):
                    listener.end(self._patience(reason))
                    await telling
                return reason
            finally:
                await end(hearing, watching, telling, *beside)
                self._show("")

    def _patience(self, reason: Reason) -> float:
        """For the last words: a speaker or a file that ended wants all of them."""
        if not self._up and not self._fast:
            return BLINK_SECONDS
        return ENDING_SECONDS if reason == "ended" else LAST_WORDS_SECONDS

    # -- sound in

    async def _hear(self, socket: Socket, listener: Listener) -> Reason:
        acknowledged = 0
        while True:
            try:
                async with asyncio.timeout(self._quiet_seconds):
                    event: Any = await socket.receive()
            except TimeoutError:
                return "silent"
            except WebSocketDisconnect:
                return "left"
            if event["type"] == "websocket.disconnect":
                return "left"
            frame = event.get("bytes")
            if event.get("text") == "end":
                return "ended"
            if frame is None or len(frame) % 2 or len(frame) > FRAME_BYTES:
                return "broken-sound"
            if self._fast:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FILE_WAIT_SECONDS):
                        await listener.room(AHEAD_SECONDS)
            listener.hear(frame)
            self._samples += len(frame) // 2
            if self._samples - acknowledged >= RATE:
                acknowledged = self._samples
                await self.say(socket, {"type": "heard", "seconds": round(self._samples / RATE, 1)})

    async def say(self, socket: Socket, message: dict[str, Any]) -> None:
        """To the speaker; that he has gone is noticed where his sound is read."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with self._saying, asyncio.timeout(SAY_SECONDS):
                await socket.send_data(msgspec.json.encode(message).decode(), mode="text")

    # -- words out

    async def _tell_news(self, socket: Socket, listener: Listener) -> None:
        async for news in listener:
            match news:
                case Caption(final=True):
                    if self._partial is not None and self._partial.number <= news.number:
                        self._partial = None
                        self._shown = ""  # screens drop the partial when the final comes
                    if await self._keep(news):
                        said = {
                            "type": "final",
                            "text": news.text,
                            "start": round(news.start, 2),
                            "end": round(news.end, 2),
                        }
                        await self.say(socket, said)
                case Caption():
                    self._partial = news
                    self._partial_moved.set()
                case Up():
                    self._up = True
                    self._turned.set()
                    await self.say(socket, {"type": "state", "state": "up"})
                case Paused():
                    self._up = False
                    self._turned.set()
                    await self.say(socket, {"type": "state", "state": "paused", "reason": news.reason})
                case Lost():
                    await self._keep_gap(news)
                    await self.say(socket, {"type": "lost", "seconds": round(news.end - news.start, 1)})

    async def _keep(self, caption: Caption) -> bool:
        start_ms, end_ms = int(caption.start * 1000), int(caption.end * 1000)
        item_id = self._items[max(bisect_right(self._item_from_ms, start_ms) - 1, 0)]

        async def store() -> bool:
            async with self._db.work() as work:
                return await service.keep_final(
                    work, self.meeting_id, self.session_id, caption.number, self._speaker_id, item_id,
                    start_ms, max(end_ms, start_ms), caption.text[:10_000], live=not self._fast,
                )  # fmt: skip

        try:
            return await self._in_time(store)
        except SecretItem:  # the item they were said on was marked while they were being recognised
            return False

    async def _keep_gap(self, lost: Lost) -> None:
        log.warning("captions.sound-lost", session=str(self.session_id), seconds=round(lost.end - lost.start, 1))

        async def store() -> bool:
            async with self._db.work() as work:
                start_ms = int(lost.start * 1000)
                await queries.insert_gap(work.conn, self.session_id, start_ms, max(int(lost.end * 1000), start_ms + 1))
                return True

        await self._in_time(store)

    async def _in_time(self, store: Callable[[], Awaitable[bool]]) -> bool:
        """A database that restarts is waited for; the listener keeps what comes meanwhile."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + STORE_SECONDS
        while True:
            try:
                return await store()
            except psycopg.OperationalError as error:
                if loop.time() > give_up:
                    log.error("captions.words-lost", session=str(self.session_id), error=repr(error))
                    return False
                log.warning("captions.database-away", error=repr(error))
                await asyncio.sleep(STORE_AGAIN_SECONDS)

    async def _show_partials(self) -> None:
        while True:
            await self._partial_moved.wait()
            self._partial_moved.clear()
            if self._partial is not None:
                self._show(self._partial.text)
            await asyncio.sleep(PARTIAL_SECONDS)

    def _show(self, text: str) -> None:
        if text == self._shown:
            return
        self._shown = text
        value = {
            "of": "caption",
            "session_id": self.session_id,
            "speaker_id": self._speaker_id,
            "speaker_name": self._speaker_name,
            "text": text,
        }
        presence(self._bus, self.meeting_id, value)

    async def _follow_state(self) -> None:
        """Tells the meeting that its captions pause or go on, unless it was a blink."""
        while True:
            await self._turned.wait()
            self._turned.clear()
            if not self._up:
                await asyncio.sleep(BLINK_SECONDS)
            state: SessionState = "up" if self._up else "paused"
            if state == self._told_state:
                continue

            async def store(state: SessionState = state) -> bool:
                async with self._db.work() as work:
                    await work.hold(self.meeting_id)
                    await service.set_state(work, self.session_id, state)
                    return True

            if await self._in_time(store):
                self._told_state = state
                presence(self._bus, self.meeting_id, {"of": "captions", "state": state, "session_id": self.session_id})

    # -- whether it may go on

    async def _watch(self, still_welcome: StillWelcome) -> Reason:
        with self._bus.subscribe(f"live:{self.meeting_id}") as heard:
            messages = aiter(heard)
            noticed_ms = 0
            while True:
                try:
                    if reason := await self._look(noticed_ms):
                        return reason
                    if not await still_welcome():
                        return "no-right"
                except psycopg.OperationalError as error:  # no database, no verdict
                    log.warning("captions.right-unknown", error=repr(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        async for message in messages:
                            if message is GAP or _matters(message):
                                break
                noticed_ms = self._samples * 1000 // RATE  # now, not when the database has answered

    async def _look(self, noticed_ms: int) -> Reason | None:
        async with self._db.pool.connection() as conn:
            found = await queries.circumstances(conn, self.meeting_id, self.session_id)
        if found is not None and found["item_id"] != self._items[-1]:
            self._items.append(found["item_id"])
            self._item_from_ms.append(noticed_ms)
        return service.why_end(found)


def _matters(message: bytes) -> bool:
    told = msgspec.json.decode(message, type=_Told)
    return told.type == "told" and told.event.type in LOOK_AT
