"""Our caption service: ``python -m ai.captions.service``. It speaks the whisper-live protocol, on loopback, under a
secret path.

What it does better than the real one: it flushes at the end, holds back a sender that is too fast (its queue and its
socket's buffer are small, so nothing is dropped in here; the sender, who has the sound, announces what it must drop),
and ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import hmac
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ai.captions.recognisers import Engine, FasterWhisper, NotInstalled, Sound, VietAsr, models
from ai.captions.stream import Segment, Stream

BACKEND = "phien-captions"
END_OF_AUDIO = b"END_OF_AUDIO"
HELLO_SECONDS, QUIET_SECONDS, SEND_SECONDS = 10.0, 60.0, 10.0
FRAME_BYTES = 1 << 20
FRAMES_WAITING = 16
RECEIVE_BUFFER_BYTES = 128 * 1024
FORMATS: dict[str, np.dtype[Any]] = {"float32": np.dtype("<f4"), "int16": np.dtype("<i2")}
Result = TypeVar("Result")
NEEDED = ("uid", "language", "task", "model")


class Refused(Exception):
    """Said to the client as ERROR before the socket closes."""


class Service:
    """Bounded streams: the next one is told to WAIT."""

    def __init__(self, engines: Mapping[str, Engine], *, streams: int = 4, limit_seconds: float | None = None) -> None:
        self._engines, self._streams, self._limit_seconds = engines, streams, limit_seconds
        self._busy: set[float] = set()
        self._threads = ThreadPoolExecutor(max_workers=streams, thread_name_prefix="recogniser")

    async def preload(self, language: str) -> None:
        """Loads the weights before the first speaker comes."""
        (await self._in_thread(self._engines[language].recogniser)).close()

    async def converse(self, ws: ServerConnection) -> None:
        uid: object = None
        try:
            hello = await self._hello(ws)
            uid = hello["uid"]
            if len(self._busy) >= self._streams:
                waited = time.monotonic() - min(self._busy)
                minutes = max((self._limit_seconds or 60.0) - waited, 5.0) / 60
                await say(ws, {"uid": uid, "status": "WAIT", "message": minutes})
                return
            began = time.monotonic()
            self._busy.add(began)
            try:
                await self._caption(ws, hello, began)
            finally:
                self._busy.discard(began)
        except Refused as refused:
            await say(ws, {"uid": uid, "status": "ERROR", "message": str(refused)})
        except (ConnectionClosed, TimeoutError):
            return  # the speaker left, or does not read what we say

    async def _hello(self, ws: ServerConnection) -> dict[str, Any]:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                hello = json.loads(await ws.recv())
        except (ValueError, TimeoutError):
            raise Refused("the first frame must be the JSON handshake") from None
        if not isinstance(hello, dict) or any(name not in hello for name in NEEDED):
            raise Refused(f"the handshake needs {', '.join(NEEDED)}")
        if hello.get("audio_format", "float32") not in FORMATS:
            raise Refused(f"audio_format is one of {', '.join(FORMATS)}")
        if hello["task"] != "transcribe":
            raise Refused("only task transcribe")
        return hello

    async def _caption(self, ws: ServerConnection, hello: dict[str, Any], began: float) -> None:
        uid, language = hello["uid"], str(hello["language"] or "vi").split("-")[0].lower()
        engine = self._engines.get(language)
        if engine is None:
            raise Refused(f"no recogniser for language {language!r}")
        last = hello.get("send_last_n_segments")
        try:
            stream = await self._in_thread(Stream, engine, last if isinstance(last, int) else 10)
        except NotInstalled as missing:
            raise Refused(str(missing)) from None
        try:
            await say(ws, {"uid": uid, "message": "SERVER_READY", "backend": BACKEND})
            dtype = FORMATS[hello.get("audio_format", "float32")]
            while True:
                async with asyncio.timeout(QUIET_SECONDS):
                    frame = await ws.recv()
                if frame == END_OF_AUDIO:
                    break
                if not isinstance(frame, bytes) or len(frame) % dtype.itemsize:
                    raise Refused("sound comes as binary frames of whole samples")
                await self._say_segments(ws, uid, await self._in_thread(stream.hear, samples(frame, dtype)))
                if self._limit_seconds is not None and time.monotonic() - began > self._limit_seconds:
                    await say(ws, {"uid": uid, "message": "DISCONNECT"})
                    return
            await self._say_segments(ws, uid, await self._in_thread(stream.finish))
        finally:
            self._threads.submit(stream.close)  # in a thread: it waits for a step that a cancelled task left running

    async def _say_segments(self, ws: ServerConnection, uid: object, lists: list[list[Segment]]) -> None:
        for segments in lists:
            await say(ws, {"uid": uid, "segments": segments})

    async def _in_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments))


def samples(frame: bytes, dtype: np.dtype[Any]) -> Sound:
    sound: NDArray[Any] = np.frombuffer(frame, dtype=dtype)
    if dtype.kind == "f":
        sound = np.clip(np.nan_to_num(sound), -1.0, 1.0) * 32767
    whole: Sound = sound.astype(np.int16, copy=False)
    return whole


async def say(ws: ServerConnection, message: Mapping[str, object]) -> None:
    """A listener that does not read is left after a while: its socket must not hold a recogniser."""
    async with asyncio.timeout(SEND_SECONDS):
        await ws.send(json.dumps(message, ensure_ascii=False))


def at_path(path: str) -> Callable[[ServerConnection, Request], Response | None]:
    """Loopback is open to every program of the machine; the path is what only the hub knows."""

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if hmac.compare_digest(request.path.split("?")[0].encode(), path.encode()):
            return None
        return connection.respond(HTTPStatus.NOT_FOUND, "\n")

    return check


@asynccontextmanager
async def listening(service: Service, *, host: str, port: int, path: str) -> AsyncGenerator[int]:
    """Serves until left; gives the port."""
    with socket.create_server((host, port)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        async with serve(
            service.converse,
            sock=listener,
            process_request=at_path(path),
            compression=None,
            max_size=FRAME_BYTES,
            max_queue=FRAMES_WAITING,
            ping_interval=20,
            ping_timeout=20,
            close_timeout=2,
        ):
            yield listener.getsockname()[1]


async def run(options: argparse.Namespace) -> None:
    engines: dict[str, Engine] = {"vi": VietAsr(), "en": FasterWhisper("en", options.english)}
    service = Service(engines, streams=options.streams)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if options.preload:
        await service.preload("vi")
    async with listening(service, host=options.host, port=options.port, path=options.path) as port:
        print(json.dumps({"ready": True, "port": port}), flush=True)
        orphaned = asyncio.create_task(parent_gone(os.getppid()))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({orphaned, stopped}, return_when=asyncio.FIRST_COMPLETED)
        orphaned.cancel()
        stopped.cancel()


async def parent_gone(parent: int) -> None:
    """Where the kernel sends no death signal, looking is what is left."""
    while os.getppid() == parent:  # noqa: ASYNC110 (nothing announces it)
        await asyncio.sleep(1.0)


def die_with_parent() -> None:
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            sys.exit(1)


def check() -> int:
    """`--check`: loads the Vietnamese model, hears a second of silence, and says what each model is."""
    from ai.captions.recognisers import LEAD_SECONDS

    try:
        began = time.monotonic()
        recogniser = VietAsr().recogniser()
        words = recogniser.hear(np.zeros(int(LEAD_SECONDS * 16_000), dtype=np.int16))
        recogniser.close()
        state: dict[str, object] = {"works": words == "", "loaded_seconds": round(time.monotonic() - began, 2)}
    except NotInstalled as missing:
        state = {"works": False, "why": str(missing)}
    print(json.dumps({**state, "models": [asdict(model) for model in models()]}, ensure_ascii=False))
    return 0 if state["works"] else 1


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ai.captions.service", description="captions over the whisper-live protocol"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one; the ready line names it")
    parser.add_argument(
        "--path", default=os.environ.get("PHIEN_CAPTIONS_PATH", "/"), help="secret path; better by $PHIEN_CAPTIONS_PATH"
    )
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--english", type=Path, help="folder of a faster-whisper model for English")
    parser.add_argument("--preload", action="store_true", help="load the Vietnamese model before listening")
    parser.add_argument("--check", action="store_true", help="say what the models are and whether they load")
    options = parser.parse_args(argv)
    if options.check:
        return check()
    if not options.path.startswith("/"):
        options.path = "/" + options.path
    # A supervisor that knocks to see whether we listen is no fault to write down.
    logging.getLogger("websockets.server").addFilter(lambda record: record.getMessage() != "opening handshake failed")
    die_with_parent()
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
