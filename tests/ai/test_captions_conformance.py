"""One suite, two servers: our own service and the real whisper-live must be the same thing to the client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ai.captions import RATE, Caption, Listener, Lost, News, Options, Paused, Up
from ai.captions.recognisers import VietAsr
from ai.captions.service import Service, listening
from tests.ai.captions_servers import CuttableWire, all_news, finals, partials, until
from tests.ai.captions_speech import Clip, clip, silence, word_error_rate

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("PHIEN_WHISPER_LIVE", ROOT / ".venv-whisper-live"))


@dataclass(frozen=True)
class Server:
    """How to start one, and how well it must hear."""

    name: str
    start: Callable[[int, float | None], AbstractAsyncContextManager[int]]
    """With so many streams and this time limit; gives the port."""
    path: str
    worst_error_rate: float
    break_costs: float
    """How much worse a break in the middle of a sentence may make it: the base model guesses at halves of words."""
    limit_seconds: float
    """A time limit that still lets a sentence be finished."""
    options: Options
    """Whisper base on two busy cores is many seconds late: it gets the time it needs."""

    def url(self, port: int) -> str:
        return f"ws://127.0.0.1:{port}{self.path}"


@cache
def viet_asr() -> VietAsr:
    return VietAsr()


@contextlib.asynccontextmanager
async def our_service(streams: int, limit_seconds: float | None) -> AsyncIterator[int]:
    service = Service({"vi": viet_asr()}, streams=streams, limit_seconds=limit_seconds)
    async with listening(service, host="127.0.0.1", port=0, path="/secret") as port:
        yield port


@contextlib.asynccontextmanager
async def real_whisper_live(streams: int, limit_seconds: float | None) -> AsyncIterator[int]:
    python = REAL / "bin" / "python"
    if not python.exists():
        pytest.fail(f"no whisper-live in {REAL}: run {sys.executable} tests/ai/whisper_live_setup.py")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    words = [str(port), str(REAL / "model"), str(streams), str(int(limit_seconds or 86_400))]
    process = await asyncio.create_subprocess_exec(
        str(python),
        str(Path(__file__).with_name("captions_whisper_live.py")),
        *words,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": ""},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(150):
            assert json.loads(await process.stdout.readline())["ready"]
        yield port
    finally:
        process.kill()
        await process.communicate()


SLOW = Options(kept_seconds=30, closing_seconds=60)
OURS = Server(
    "ours", our_service, "/secret", worst_error_rate=0.15, break_costs=0.15, limit_seconds=8, options=Options()
)
THEIRS = Server(
    "whisper-live", real_whisper_live, "/", worst_error_rate=0.5, break_costs=0.3, limit_seconds=25, options=SLOW
)


@pytest.fixture(params=[pytest.param(OURS, id="ours"), pytest.param(THEIRS, id="real", marks=pytest.mark.whisper_live)])
def server(request: pytest.FixtureRequest) -> Server:
    found = request.param
    assert isinstance(found, Server)
    return found


async def play(listener: Listener, sound: bytes) -> None:
    """At the pace of speech."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for begin in range(0, len(sound), 3200):
        await asyncio.sleep(began + begin / 2 / RATE - loop.time())
        listener.hear(sound[begin : begin + 3200])


async def captioned(url: str, sound: bytes, options: Options) -> list[News]:
    async with Listener(url, options) as listener:
        playing = asyncio.create_task(play(listener, sound))
        playing.add_done_callback(lambda _: listener.end())
        news = await all_news(listener, 150)
        await playing
        return news


def told_once(news: list[News]) -> None:
    """What must hold of any captions: each number final once and never after, in order, at times that were heard."""
    over: dict[int, Caption] = {}
    for one in news:
        if isinstance(one, Caption):
            assert one.number not in over, "told again after its final"
            if one.final:
                over[one.number] = one
    assert list(over) == sorted(over)
    starts = [caption.start for caption in over.values()]
    assert starts == sorted(starts)
    left_open = {caption.number for caption in partials(news)} - set(over)
    assert not left_open, "a partial that nobody finished"


async def test_vietnamese_speech_becomes_words_at_its_times(server: Server) -> None:
    first, second = clip("Ly"), clip("Đoan")
    sound = first.samples + silence(1.5) + second.samples + silence(0.5)

    async with server.start(2, None) as port:
        news = await captioned(server.url(port), sound, server.options)

    told_once(news)
    text = " ".join(caption.text for caption in finals(news))
    assert word_error_rate([(f"{first.words} {second.words}", text)]) <= server.worst_error_rate
    assert partials(news), "words are shown while they are spoken"
    assert finals(news)[0].start < 1.0
    assert finals(news)[-1].end <= len(sound) / 2 / RATE + 0.5
    assert not [one for one in news if isinstance(one, (Paused, Lost))]


async def test_the_last_word_is_not_lost_when_the_sound_ends_with_it(server: Server) -> None:
    last = clip("Ly")

    async with server.start(2, None) as port:
        news = await captioned(server.url(port), last.samples, server.options)

    told_once(news)
    assert word_error_rate([(last.words, " ".join(c.text for c in finals(news)))]) <= server.worst_error_rate


async def test_silence_and_a_humming_room_say_nothing(server: Server) -> None:
    hiss = np.random.default_rng(3).normal(0, 60, 3 * RATE)
    hum = 400 * np.sin(np.arange(3 * RATE) * 2 * np.pi * 50 / RATE)
    sound = silence(3) + (hiss + hum).astype(np.int16).tobytes()

    async with server.start(2, None) as port:
        news = await captioned(server.url(port), sound, server.options)

    assert not [one for one in news if isinstance(one, Caption)]


async def test_int16_is_heard_as_well_as_float32(server: Server) -> None:
    one = clip("Ly")

    async with server.start(2, None) as port:
        news = await captioned(
            server.url(port), one.samples + silence(1), replace(server.options, audio_format="int16")
        )

    assert word_error_rate([(one.words, " ".join(c.text for c in finals(news)))]) <= server.worst_error_rate


async def test_a_full_server_is_waited_for_and_then_listens(server: Server) -> None:
    quick = Options(retry_seconds=0.1, retry_limit_seconds=0.3)
    async with server.start(1, None) as port:
        url = server.url(port)
        async with Listener(url, quick) as first:
            await until(first, lambda one: isinstance(one, Up))
            async with Listener(url, quick) as second:
                pause = (await until(second, lambda one: isinstance(one, Paused)))[-1]
                assert isinstance(pause, Paused)
                assert pause.reason == "full"
                first.end()
                await all_news(first)
                await until(second, lambda one: isinstance(one, Up))


async def test_a_cut_wire_loses_no_words_and_doubles_none(server: Server) -> None:
    spoken: list[Clip] = [clip("Ly"), clip("Đoan")]
    sound = spoken[0].samples + silence(2) + spoken[1].samples + silence(0.5)
    cut_at = spoken[0].seconds + 2 + spoken[1].seconds / 2

    async with server.start(4, None) as port, CuttableWire(port).listening() as wire:
        asyncio.get_running_loop().call_later(cut_at, wire.cut)
        news = await captioned(server.url(wire.port), sound, replace(server.options, retry_seconds=0.3))

    told_once(news)
    assert [one.reason for one in news if isinstance(one, Paused)] == ["closed"]
    assert not [one for one in news if isinstance(one, Lost)]
    words = " ".join(caption.text for caption in finals(news))
    # A break in the middle of a sentence costs some words their recognition, never the sentence.
    assert word_error_rate([(" ".join(c.words for c in spoken), words)]) <= server.worst_error_rate + server.break_costs


async def test_the_time_limit_of_the_server_is_survived(server: Server) -> None:
    spoken: list[Clip] = [clip("Ly"), clip("Đoan")]
    # The limit falls two seconds into the second sentence.
    quiet = server.limit_seconds - 2 - spoken[0].seconds - 2
    sound = silence(quiet) + spoken[0].samples + silence(2) + spoken[1].samples + silence(0.5)

    async with server.start(2, server.limit_seconds) as port:
        news = await captioned(server.url(port), sound, replace(server.options, retry_seconds=0.3))

    told_once(news)
    assert "time-limit" in [one.reason for one in news if isinstance(one, Paused)]
    words = " ".join(caption.text for caption in finals(news))
    assert word_error_rate([(" ".join(c.words for c in spoken), words)]) <= server.worst_error_rate + server.break_costs
    assert finals(news)[-1].end > server.limit_seconds + 2


@pytest.mark.whisper_live
async def test_our_service_hears_with_faster_whisper_where_the_site_installed_it() -> None:
    """The engine behind English, tried with the weights at hand, which know Vietnamese."""
    spoken = clip("Đoan")
    script = (
        "import json, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from ai.captions.recognisers import FasterWhisper\n"
        "from ai.captions.stream import Stream\n"
        "stream = Stream(FasterWhisper('vi', Path(sys.argv[1])))\n"
        "told = stream.hear(np.frombuffer(sys.stdin.buffer.read(), dtype=np.int16)) + stream.finish()\n"
        "stream.close()\n"
        "print(json.dumps([message[-1] for message in told]))\n"
    )
    process = await asyncio.create_subprocess_exec(
        str(REAL / "bin" / "python"),
        "-c",
        script,
        str(REAL / "model"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)},
    )
    async with asyncio.timeout(120):
        said, _ = await process.communicate(spoken.samples + silence(1.2))

    told = json.loads(said)
    words = " ".join(segment["text"] for segment in told if segment["completed"])
    assert word_error_rate([(spoken.words, words)]) <= THEIRS.worst_error_rate
    assert [segment for segment in told if not segment["completed"]], "words are shown while they are spoken"
    assert process.returncode == 0
