"""`phien caption FILE`: a WAV of any rate and width goes through the hub's public socket and comes back as words."""

from __future__ import annotations

import asyncio
import math
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from ai.captions import RATE
from hub.children.process import CannotStart
from hub.settings import Settings
from hub.transcripts import tokens
from hub.transcripts.cli import Door, caption_file, play, speaker
from hub.transcripts.sound import NotSound, samples
from tests.hub.captions_service import Recogniser
from tests.support import Hub


@pytest.fixture
async def recogniser() -> AsyncIterator[Recogniser]:
    async with Recogniser().running() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, recogniser: Recogniser) -> Settings:
    return Settings(data=tmp_path, captions=recogniser.url)


def wav(
    path: Path, seconds: float, *, rate: int = 48_000, channels: int = 1, width: int = 2, pitch: float = 440
) -> Path:
    tone = 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    both = np.repeat(tone, channels)
    if width == 1:
        frames = (both * 127 + 128).astype(np.uint8).tobytes()
    elif width == 3:
        frames = (both * (2**31 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    else:
        frames = (both * (2 ** (8 * width - 1) - 1)).astype(f"<i{width}").tobytes()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(frames)
    return path


def heard(path: Path) -> np.ndarray:
    return np.frombuffer(b"".join(samples(path)), dtype="<i2").astype(np.float64)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_tone_stays_the_tone_it_was_at_any_rate(tmp_path: Path, rate: int) -> None:
    sound = heard(wav(tmp_path / "a.wav", 2, rate=rate))

    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert len(sound) == pytest.approx(2 * RATE, abs=100)
    assert np.argmax(spectrum) * RATE / len(sound) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(sound[2000:-2000] ** 2)) == pytest.approx(32767 * 0.5 / math.sqrt(2), rel=0.03)


def test_what_is_too_high_for_16_khz_does_not_come_back_as_something_else(tmp_path: Path) -> None:
    sound = heard(wav(tmp_path / "a.wav", 1, rate=48_000, pitch=13_000))

    assert np.sqrt(np.mean(sound[1000:-1000] ** 2)) < 100


@pytest.mark.parametrize(("channels", "width"), [(1, 1), (1, 3), (1, 4), (2, 2), (6, 2)])
def test_widths_and_channels_do_not_matter(tmp_path: Path, channels: int, width: int) -> None:
    plain = heard(wav(tmp_path / "plain.wav", 0.7))
    other = heard(wav(tmp_path / "other.wav", 0.7, channels=channels, width=width))

    assert len(other) == len(plain)
    assert np.abs(other - plain).max() < 400  # 8 bits are steps of 256


@pytest.mark.parametrize("content", [b"", b"ID3\x03 not a wav", b"RIFF\x24\x00\x00\x00WAVE", b"OggS" * 40])
def test_another_format_is_one_sentence_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)

    with pytest.raises(NotSound, match=r"a\.mp3 is not a plain PCM WAV file .* ffmpeg -i a\.mp3"):
        list(samples(path))
    with pytest.raises(NotSound, match="cannot be read"):
        list(samples(tmp_path / "none.wav"))


async def test_a_file_becomes_captions_of_the_meeting(hub: Hub, recogniser: Recogniser, tmp_path: Path) -> None:
    address = await hub.serve()
    chair, secretary = await hub.person(), await hub.person("Thư ký Mai")
    meeting = await hub.meeting(chair, secretary=secretary)
    path = wav(tmp_path / "a.wav", 30)
    said: list[str] = []
    user_id, name = speaker(hub.db.conninfo, meeting, None)
    door = Door(address, name, tokens.issue(hub.installation, meeting, user_id, hub.clock()).token)

    async def answer() -> None:
        ear = await recogniser.ear()
        ear.last_words = [(0, 2, "Mở đầu."), (62.0, 63.5, "Kết thúc.")]

    answering = asyncio.create_task(answer())
    async with asyncio.timeout(20):
        code = await play(door, meeting, [], samples(path), language="vi", fast=True, say=said.append, tell=said.append)
    await answering

    assert (code, said) == (0, ["[00:00] Mở đầu.", "[01:02] Kết thúc."])
    first, _ = (await chair.get(f"/api/meetings/{meeting}/transcript")).json()
    assert (first["speaker_name"], first["text"]) == ("Thư ký Mai", "Mở đầu.")


async def test_all_of_a_file_reaches_the_recogniser_however_fast_it_is_sent(
    hub: Hub, recogniser: Recogniser, tmp_path: Path
) -> None:
    address = await hub.serve()
    chair = await hub.person()
    meeting = await hub.meeting(chair)
    path = wav(tmp_path / "a.wav", 90, rate=16_000)
    door = Door(address, "", tokens.issue(hub.installation, meeting, chair.id, hub.clock()).token)
    said: list[str] = []

    playing = asyncio.create_task(
        play(door, meeting, [], samples(path), language="vi", fast=True, say=said.append, tell=said.append)
    )
    ear = await recogniser.ear()
    async with asyncio.timeout(30):
        assert await playing == 0

    assert len(ear.sound) == pytest.approx(90 * RATE * 4, abs=4000)
    assert said == []


async def test_refusals_are_sentences(hub: Hub, recogniser: Recogniser, tmp_path: Path) -> None:
    address = await hub.serve()
    chair = await hub.person("Chủ tọa An")
    meeting = await hub.meeting(chair, state="published")
    door = Door(address, chair.name, tokens.issue(hub.installation, meeting, chair.id, hub.clock()).token)
    sound = [bytes(3200)]

    with pytest.raises(CannotStart, match="the meeting is not running"):
        await play(door, meeting, sound, iter([]), language="vi", fast=True, say=print, tell=print)
    with pytest.raises(CannotStart, match="nobody is named 'x'"):
        speaker(hub.db.conninfo, meeting, "x")
    with pytest.raises(CannotStart, match="there is no meeting"):
        speaker(hub.db.conninfo, uuid4(), None)
    for words, complaint in ((("a.wav", "abc"), "is not the id"), (("none.wav", str(meeting)), "cannot be read")):
        with pytest.raises(CannotStart, match=complaint):
            caption_file(
                hub.settings, tmp_path / words[0], words[1],
                username=None, language="vi", fast=True, say=print, tell=print,
            )  # fmt: skip
