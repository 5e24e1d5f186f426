"""Our own service: who may come, what it refuses, how it cuts and writes speech, and that it dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from ai.captions.recognisers import Engine, FasterWhisper, NotInstalled, VietAsr
from ai.captions.service import Service, listening
from ai.captions.stream import Stream
from ai.captions.utterance import LIMIT_SECONDS, Level, Stretch, Utterance
from ai.captions.wording import written

ROOT = Path(__file__).resolve().parents[2]
HELLO = {"uid": "u", "language": "vi", "task": "transcribe", "model": "base", "audio_format": "int16"}


class Parrot:
    """Says the word for every loud tenth of a second, so that end-pointing is seen without a model."""

    punctuates = False

    def recogniser(self) -> Parrot:
        self.words: list[str] = []
        return self

    def hear(self, sound: np.ndarray) -> str:
        if np.abs(sound).max(initial=0) > 1000:
            self.words.append("vâng")
        return " ".join(self.words)

    def finish(self) -> str:
        words, self.words = " ".join(self.words), []
        return words

    def close(self) -> None: ...


def loud(seconds: float) -> bytes:
    return np.tile(np.array([9000, -9000], dtype=np.int16), int(seconds * 8000)).tobytes()


@contextlib.asynccontextmanager
async def serving(engines: Mapping[str, Engine], streams: int = 4) -> AsyncIterator[str]:
    async with listening(Service(engines, streams=streams), host="127.0.0.1", port=0, path="/s") as port:
        yield f"ws://127.0.0.1:{port}/s"


async def said(ws: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(10):
        message = json.loads(await ws.recv())
    assert isinstance(message, dict)
    return message


async def test_only_who_knows_the_path_comes_in() -> None:
    async with listening(Service({"vi": Parrot()}), host="127.0.0.1", port=0, path="/secret") as port:
        for path in ("/", "/secre", "/secret/", "/captions"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://127.0.0.1:{port}{path}")
            assert refused.value.response.status_code == 404
        async with connect(f"ws://127.0.0.1:{port}/secret") as ws:
            await ws.send(json.dumps(HELLO))
            assert (await said(ws))["message"] == "SERVER_READY"


async def test_streams_are_bounded_and_a_place_given_back_is_free_at_once() -> None:
    async with serving({"vi": Parrot()}, streams=2) as url:
        async with connect(url) as first, connect(url) as second, connect(url) as third:
            for ws in (first, second, third):
                await ws.send(json.dumps(HELLO))
            assert (await said(first))["message"] == (await said(second))["message"] == "SERVER_READY"
            told = await said(third)
            assert told["status"] == "WAIT"
            assert isinstance(told["message"], float)
            await first.send(b"END_OF_AUDIO")
            await first.wait_closed()
        async with connect(url) as fourth:
            await fourth.send(json.dumps(HELLO))
            assert (await said(fourth))["message"] == "SERVER_READY"


@pytest.mark.parametrize(
    ("first_frame", "complaint"),
    [
        ("not json", "JSON handshake"),
        ("[]", "needs uid"),
        (json.dumps({"uid": "u", "language": "vi"}), "needs uid"),
        (json.dumps({**HELLO, "audio_format": "mp3"}), "audio_format"),
        (json.dumps({**HELLO, "task": "translate"}), "transcribe"),
        (json.dumps({**HELLO, "language": "fr"}), "'fr'"),
    ],
)
async def test_a_handshake_that_cannot_be_served_is_answered_in_words(first_frame: str, complaint: str) -> None:
    async with serving({"vi": Parrot()}) as url, connect(url) as ws:
        await ws.send(first_frame)
        told = await said(ws)
        await ws.wait_closed()

    assert told["status"] == "ERROR"
    assert complaint in str(told["message"])


async def test_english_without_its_extra_is_a_sentence_not_a_crash() -> None:
    engines = {"vi": Parrot(), "en": FasterWhisper("en", None)}
    async with serving(engines) as url, connect(url) as ws:
        await ws.send(json.dumps({**HELLO, "language": "en-GB"}))
        told = await said(ws)

    assert told["status"] == "ERROR"
    assert "faster-whisper" in str(told["message"])
    with pytest.raises(NotInstalled):
        FasterWhisper("en", None).recogniser()


@pytest.mark.parametrize("frame", ["text", b"\x00"])
async def test_a_frame_that_is_no_sound_ends_that_stream_only(frame: str | bytes) -> None:
    async with serving({"vi": Parrot()}) as url, connect(url) as good, connect(url) as bad:
        for ws in (good, bad):
            await ws.send(json.dumps(HELLO))
            await said(ws)
        await bad.send(frame)
        assert (await said(bad))["status"] == "ERROR"
        await bad.wait_closed()
        await good.send(loud(0.2))
        assert "segments" in await said(good)


async def test_a_sender_that_is_too_fast_is_held_back() -> None:
    """What waits in here is bounded by making the sender wait, so nothing is dropped."""
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Stuck(Parrot):
        def hear(self, sound: np.ndarray) -> str:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(20)
            return ""

    async with serving({"vi": Stuck()}) as url, connect(url, compression=None) as ws:
        await ws.send(json.dumps(HELLO))
        await said(ws)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 600:
                async with asyncio.timeout(1):
                    await ws.send(bytes(32_000))
                sent += 1
        release.set()

    assert sent < 300  # seconds of sound; without the bounds it would take all


def test_a_pause_ends_an_utterance_and_its_times_are_those_of_the_voice() -> None:
    stream = Stream(Parrot())

    told = stream.hear(np.frombuffer(bytes(32_000) + loud(1.0) + bytes(48_000), dtype=np.int16))

    assert [message[-1]["completed"] for message in told] == [False] * 10 + [True]
    assert told[-1] == [{"start": "1.000", "end": "2.000", "text": " Vâng" + " vâng" * 9 + ".", "completed": True}]


def test_frames_of_any_size_give_the_same_segments() -> None:
    sound = np.frombuffer(bytes(9_000) + loud(1.0) + bytes(40_000) + loud(0.7) + bytes(40_000), dtype=np.int16)

    def completed(frame: int) -> list[object]:
        stream, found = Stream(Parrot()), []
        for begin in range(0, len(sound), frame):
            found += [message[-1] for message in stream.hear(sound[begin : begin + frame]) if message[-1]["completed"]]
        return found

    assert len(completed(len(sound))) == 2
    assert completed(100) == completed(1601) == completed(len(sound))


def test_the_end_completes_what_was_being_said() -> None:
    stream = Stream(Parrot())
    stream.hear(np.frombuffer(loud(0.55), dtype=np.int16))

    told = stream.finish()

    assert len(told) == 1
    assert told[0][-1]["completed"]
    assert stream.finish() == []


def test_each_message_repeats_the_last_completed_ones_and_one_open() -> None:
    stream = Stream(Parrot(), last=2)
    for _ in range(4):
        stream.hear(np.frombuffer(loud(0.3) + bytes(40_000), dtype=np.int16))

    told = stream.hear(np.frombuffer(loud(0.1), dtype=np.int16))

    assert [segment["completed"] for segment in told[-1]] == [True, True, False]


def spoken(seconds: float, pause_after: dict[float, float] | None = None) -> list[Stretch]:
    """Somebody speaks a word each half second; the pauses are given by when they begin."""
    utterance, ended, now, words, quiet = Utterance(), [], 0.0, 0, 0.0
    while now < seconds:
        now = round(now + 0.1, 1)
        quiet = max(quiet - 0.1, (pause_after or {}).get(now, 0.0))
        if quiet <= 0.05 and round(now * 10) % 5 == 0:
            words += 1
        stretch = utterance.step(0.1, quiet <= 0.05, " ".join(["lời"] * words))
        if stretch is not None and stretch.over:
            finished = utterance.finish(stretch.words)
            assert finished is not None
            ended.append(finished)
            words = 0
    return ended


def test_nobody_speaks_longer_than_the_limit_without_a_final() -> None:
    ended = spoken(65)

    assert len(ended) == 3
    assert all(stretch.end - stretch.start <= LIMIT_SECONDS + 0.2 for stretch in ended)
    assert all(stretch.cut for stretch in ended)


def test_after_fifteen_seconds_a_breath_is_enough() -> None:
    assert spoken(12, {5.0: 0.4}) == []

    ended = spoken(18, {5.0: 0.4, 16.0: 0.5})

    assert [round(stretch.end) for stretch in ended] == [16]
    assert not ended[0].cut


def test_loud_noise_without_new_words_does_not_hold_a_final_back() -> None:
    utterance = Utterance()
    utterance.step(0.1, True, "xong")

    states = [utterance.step(0.1, True, "xong") for _ in range(20)]

    assert states[10] is not None
    assert not states[10].over
    assert states[-1] is not None
    assert states[-1].over


def test_the_floor_of_a_noisy_room_is_not_voice_and_a_speaker_above_it_is() -> None:
    level = Level()

    room = [level.is_voice(400) for _ in range(50)]

    assert not any(room[1:])
    assert level.is_voice(3000)
    assert not level.is_voice(410)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("kính thưa quốc hội", "Kính thưa Quốc hội."),
        ("đồng chí có ý kiến gì không", "Đồng chí có ý kiến gì không?"),
        ("tại sao chưa giải ngân", "Tại sao chưa giải ngân?"),
        ("tôi không", "Tôi không."),
        ("ủy ban nhân dân tỉnh đắk lắk họp ở hà nội", "Ủy ban nhân dân tỉnh Đắk Lắk họp ở Hà Nội."),
        ("hà nội", "Hà Nội."),
        ("cà mau chóng", "Cà Mau chóng."),
        ("", ""),
    ],
)
def test_capitals_and_the_final_mark_come_by_rule(words: str, text: str) -> None:
    assert written(words, over=True) == text


def test_a_partial_has_the_capitals_of_its_final_and_no_mark() -> None:
    assert written("hội đồng nhân dân họp", over=False) == "Hội đồng nhân dân họp"
    assert written("hội đồng họp", over=True, cut=True) == "Hội đồng họp"
    assert written("tiếp tục", over=True, continues=True) == "tiếp tục."


def test_silence_and_noise_give_no_words() -> None:
    engine, random = VietAsr(), np.random.default_rng(7)
    hum = 5000 * np.sin(np.arange(16_000 * 4) * 2 * np.pi * 50 / 16_000)
    for name, sound in {
        "silence": np.zeros(16_000 * 4),
        "hiss": random.normal(0, 800, 16_000 * 4),
        "loud hiss": random.normal(0, 6000, 16_000 * 4),
        "hum": hum,
        "clicks": (random.random(16_000 * 4) < 0.002) * 20_000.0,
    }.items():
        stream = Stream(engine)
        told = stream.hear(np.clip(sound, -32768, 32767).astype(np.int16)) + stream.finish()
        stream.close()
        assert told == [], name


def service(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ai.captions.service", *words],
        cwd=ROOT,
        env={**os.environ, "PHIEN_CAPTIONS_PATH": "a-secret", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_the_process_says_when_it_is_ready_and_ends_when_asked() -> None:
    with service() as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        async with connect(f"ws://127.0.0.1:{ready['port']}/a-secret") as ws:
            await ws.send(json.dumps({**HELLO, "language": "fr"}))
            assert (await said(ws))["status"] == "ERROR"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_process_dies_with_its_parent_even_by_sigkill() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "words = [sys.executable, '-m', 'ai.captions.service']\n"
            "child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)\n"
            "child.stdout.readline()\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        ended, _, _ = select.select([child], [], [], 5)
        os.close(child)
    assert ended


def test_check_says_what_is_known_and_what_is_not() -> None:
    with service("--check") as process:
        assert process.stdout is not None
        answer = json.loads(process.stdout.read())

    assert answer["works"] is True
    assert answer["models"][0]["name"] == "viet-asr"
    assert answer["models"][0]["version"]
    assert "origin" in answer["models"][0]["unknown"]
