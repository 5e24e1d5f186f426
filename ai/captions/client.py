"""A client of the whisper-live protocol that a meeting can rely on: it reconnects, keeps the last sound meanwhile, and
says what was lost.

Whoever speaks the protocol can caption. The real whisper-live never finishes its last segment, so the end of the sound
is followed by silence and what is still open is promoted here. Sound goes in with ``hear`` (never blocks), news come
out by iterating.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidURI

from ai.captions.messages import RATE, Caption, Lost, News, Paused, Up
from ai.captions.track import SegmentTracker, SoundRing, TimeMap, to_float32

log = structlog.get_logger(__name__)

END_OF_AUDIO = b"END_OF_AUDIO"
OUR_BACKEND = "phien"
"""Our service names itself so. It flushes at the end and holds back a sender that is too fast; the real one does
neither.
"""
CHUNK = RATE // 4
SEND_BUFFER_BYTES = 128 * 1024
"""About 2 s of float32 sound: what the kernel holds for us is sound whose loss nobody would announce."""
NEWS_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Options:
    """What to ask of the recogniser and how patient to be. Every wait has its bound here."""

    language: str | None = "vi"
    """None lets the server find out."""
    audio_format: str = "float32"
    """float32 | int16. Every whisper-live reads float32; int16 is half the bytes where it is known to be read."""
    model: str = "base"
    initial_prompt: str | None = None
    hotwords: str | None = None
    same_output_threshold: int = 3
    kept_seconds: float = 10.0
    connect_seconds: float = 5.0
    ready_seconds: float = 60.0
    retry_seconds: float = 0.5
    retry_limit_seconds: float = 15.0
    ahead_seconds: float = 10.0
    """How far before real time a server that does not hold us back may be fed: past 45 s the real one silently drops
    30.
    """
    silence_seconds: float = 3.0
    """After the end of the sound, at least; a real whisper-live with words still open gets up to closing_seconds."""
    closing_seconds: float = 15.0


class Away(Exception):
    """This connection is over; the sentence is not."""

    def __init__(self, reason: str, detail: str = "", retry_seconds: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.retry_seconds = reason, detail, retry_seconds


class Listener:
    """One stream of speech. ``async with`` it, ``hear`` samples (mono int16, 16 kHz), iterate over the news, ``end``
    when the speaker has.
    """

    def __init__(self, url: str, options: Options = Options(), *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._options, self._clock = url, options, clock
        self._ring = SoundRing(options.kept_seconds)
        self._tracker = SegmentTracker()
        self._sent = 0
        self._last_final_end = 0
        self._news: deque[News] = deque()
        self._arrived, self._taken, self._sound, self._moved = (asyncio.Event() for _ in range(4))
        self._ended = asyncio.Event()
        self._closing_seconds = options.closing_seconds
        self._complete = False
        """The server closed after the end of the sound: it has said all it will."""
        self._done = False
        self._told_away: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def hear(self, samples: bytes) -> None:
        """Takes the sound at once. What no server has taken when it is older than ``kept_seconds`` is told as
        ``Lost``.
        """
        if self._ended.is_set():
            raise RuntimeError("the sound has ended")
        self._ring.append(samples)
        self._sound.set()

    async def room(self, seconds: float) -> None:
        """Waits until at most so much sound is unsent: for sound that can wait, such as a file."""
        while self._ring.head - self._sent > seconds * RATE and not self._done:
            self._moved.clear()
            await self._moved.wait()

    def end(self, within_seconds: float | None = None) -> None:
        """No more sound comes. The iteration goes on until the last words are final, at most so long; what is not
        recognised by then is told as ``Lost``."""
        if within_seconds is not None:
            self._closing_seconds = within_seconds
        self._ended.set()
        self._sound.set()

    async def __aiter__(self) -> AsyncIterator[News]:
        while True:
            while self._news:
                yield self._news.popleft()
                self._taken.set()
            if self._done:
                assert self._task is not None
                await self._task
                return
            self._arrived.clear()
            await self._arrived.wait()

    # -- the life of connections

    async def _run(self) -> None:
        staying = asyncio.create_task(self._stay())
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait({staying, ended}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({staying}, timeout=self._closing_seconds)
            if staying.done():
                staying.result()
        finally:
            for task in (staying, ended):
                task.cancel()
            await asyncio.gather(staying, ended, return_exceptions=True)
            self._finish()

    async def _stay(self) -> None:
        """Connected, or trying to be, until all was said."""
        failures = 0
        while True:
            connected_at = self._clock()
            try:
                await self._connect()
            except Away as away:
                failures = 0 if self._clock() - connected_at > 30 else failures + 1
                await self._pause(away, failures)
            else:
                return

    async def _pause(self, away: Away, failures: int) -> None:
        delay = away.retry_seconds
        if delay is None:
            delay = min(
                self._options.retry_seconds * 2 ** (failures - 1 if failures else 0), self._options.retry_limit_seconds
            )
            delay *= random.uniform(0.8, 1.2)  # many hubs must not come back in step
        if self._told_away != away.reason:
            self._told_away = away.reason
            self._tell(Paused(away.reason, delay, away.detail))
            log.warning("captions.away", reason=away.reason, detail=away.detail, retry_seconds=round(delay, 2))
        await asyncio.sleep(delay)

    async def _connect(self) -> None:
        """Returns when all was said; raises Away when the connection ends before that."""
        try:
            async with asyncio.timeout(self._options.connect_seconds):
                ws = await connect(
                    self._url,
                    compression=None,
                    max_size=1 << 20,
                    proxy=None,
                    open_timeout=None,
                    close_timeout=2,
                    ping_interval=20,
                    ping_timeout=20,
                )
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
            raise Away("unreachable", repr(error)) from None
        except InvalidURI as error:
            raise Away("unreachable", f"not a websocket address: {error}", self._options.retry_limit_seconds) from None
        async with ws:
            raw = ws.transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            try:
                await self._converse(ws)
            except ConnectionClosed as closed:
                raise Away("closed", repr(closed)) from None
            except (ValueError, KeyError, TypeError) as error:
                raise Away(
                    "refused", f"not the whisper-live protocol: {error!r}", self._options.retry_limit_seconds
                ) from None

    async def _converse(self, ws: ClientConnection) -> None:
        await ws.send(json.dumps(self._hello()))
        backend = await self._ready(ws)
        times = TimeMap()
        self._rewind()
        self._tracker.connected(times)
        self._told_away = None
        self._tell(Up(backend))
        ours = backend.startswith(OUR_BACKEND)
        sending = asyncio.create_task(self._send(ws, times, ours))
        reading = asyncio.create_task(self._read(ws))
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not sending.cancelled():
                sending.result()
                with contextlib.suppress(ConnectionClosed):
                    await reading
                self._complete = True
            else:
                await reading
                raise Away("closed", "in the middle of the sound")
        finally:
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)

    def _hello(self) -> dict[str, object]:
        options = self._options
        return {
            "uid": str(uuid.uuid4()),
            "language": options.language,
            "task": "transcribe",
            "model": options.model,
            "use_vad": True,  # false makes the real one invent words in silence, and it counts for all its clients
            "audio_format": options.audio_format,
            "initial_prompt": options.initial_prompt,
            "hotwords": options.hotwords,
            "send_last_n_segments": 10,
            "no_speech_thresh": 0.45,
            "same_output_threshold": options.same_output_threshold,
            "word_timestamps": False,
        }

    async def _ready(self, ws: ClientConnection) -> str:
        try:
            async with asyncio.timeout(self._options.ready_seconds):
                while True:
                    said = message_of(await ws.recv())
                    self._obey(said)
                    if said.get("message") == "SERVER_READY":
                        return str(said.get("backend") or "whisper-live")
        except TimeoutError:
            raise Away("silent-server", f"no SERVER_READY in {self._options.ready_seconds:g} s") from None

    def _obey(self, said: Mapping[str, object]) -> None:
        match said.get("status"):
            case "WAIT":
                # Minutes until some client's time is up; a place may be free much sooner.
                minutes = said.get("message")
                wait = float(minutes) * 60 if isinstance(minutes, (int, float)) else 5.0
                raise Away("full", f"{wait:.0f} s", min(max(wait, 2.0), self._options.retry_limit_seconds))
            case "ERROR":
                raise Away("refused", str(said.get("message")), self._options.retry_limit_seconds)
            case "WARNING":
                log.warning("captions.server_warning", said=str(said.get("message")))
        if said.get("message") == "DISCONNECT":
            raise Away("time-limit", retry_seconds=0.0)

    def _rewind(self) -> None:
        """Where the new connection begins: at what no caption is final for, as far as it is still kept."""
        still_open = self._tracker.open
        if still_open is not None and still_open.start * RATE < self._ring.tail:
            self._last_final_end = max(self._last_final_end, int(still_open.end * RATE))
            self._tell_captions(self._tracker.promote(self._clock()))
        self._sent = min(self._sent, max(self._last_final_end, self._ring.tail))
        self._skip_lost()

    def _skip_lost(self) -> None:
        tail = self._ring.tail
        if self._sent < tail:
            self._tell(Lost(self._sent / RATE, tail / RATE))
            self._sent = tail

    # -- one connection

    async def _send(self, ws: ClientConnection, times: TimeMap, ours: bool) -> None:
        began, sent_here = self._clock(), 0
        while True:
            self._skip_lost()
            chunk = self._ring.read(self._sent, CHUNK)
            if chunk:
                if not ours:
                    early = sent_here / RATE - self._options.ahead_seconds - 1.2 * (self._clock() - began)
                    if early > 0:
                        await asyncio.sleep(early)
                        continue
                times.sending(self._sent, len(chunk) // 2)
                self._sent += len(chunk) // 2
                sent_here += len(chunk) // 2
                await ws.send(self._coded(chunk))
                self._moved.set()
            elif self._ended.is_set():
                break
            else:
                self._sound.clear()
                await self._sound.wait()
        if not ours:
            await self._send_silence(ws)
        await ws.send(END_OF_AUDIO)

    async def _send_silence(self, ws: ClientConnection) -> None:
        """The real one decodes and completes only while sound comes, at the pace of time, and seconds late on a busy
        machine: so silence comes until what was said is complete, or until it is plain that it never will be."""
        silence, began = self._coded(bytes(CHUNK * 2)), self._clock()
        while (waited := self._clock() - began) < self._closing_seconds - 1:
            said_all = self._tracker.open is None and not self._ring.loud_after(self._last_final_end)
            if said_all and waited >= self._options.silence_seconds:
                return
            await ws.send(silence)
            await asyncio.sleep(CHUNK / RATE)

    def _coded(self, chunk: bytes) -> bytes:
        return to_float32(chunk) if self._options.audio_format == "float32" else chunk

    async def _read(self, ws: ClientConnection) -> None:
        async for message in ws:
            said = message_of(message)
            self._obey(said)
            segments = said.get("segments")
            if isinstance(segments, list):
                self._tell_captions(self._tracker.take(segments, self._clock()))
            while len(self._news) > NEWS_LIMIT:
                self._taken.clear()
                await self._taken.wait()
        if not self._ended.is_set():
            raise Away("closed", f"code {ws.close_code}")

    # -- telling

    def _tell_captions(self, captions: list[Caption]) -> None:
        for caption in captions:
            if caption.final:
                self._last_final_end = max(self._last_final_end, min(int(caption.end * RATE), self._sent))
            self._tell(caption)

    def _tell(self, news: News) -> None:
        last = self._news[-1] if self._news else None
        if isinstance(news, Caption) and isinstance(last, Caption) and last.number == news.number and not last.final:
            self._news[-1] = news
        elif isinstance(news, Lost) and isinstance(last, Lost) and last.end == news.start:
            self._news[-1] = Lost(last.start, news.end)
        else:
            self._news.append(news)
        self._arrived.set()

    def _finish(self) -> None:
        self._tell_captions(self._tracker.promote(self._clock()))
        unsaid = max(self._last_final_end, self._ring.tail)
        if self._sent < self._ring.head:
            self._tell(Lost(self._sent / RATE, self._ring.head / RATE))
            self._sent = self._ring.head
        elif not self._complete and self._ring.loud_after(unsaid):
            self._tell(Lost(unsaid / RATE, self._ring.head / RATE))
        self._done = True
        self._moved.set()
        self._arrived.set()


def message_of(frame: str | bytes) -> dict[str, object]:
    said = json.loads(frame)
    if not isinstance(said, dict):
        raise TypeError("a message that is no object")
    return said
