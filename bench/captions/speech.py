"""The recogniser on Vietnamese clips: word error rate, and how long after it was spoken a word can be read."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ai.captions import RATE, Caption, Listener, Options
from tests.ai.captions_speech import Clip, clips, mistakes, silence, words_of

PIECE = RATE // 10


@dataclass
class Spoken:
    clip: Clip
    begins: float
    voice_ends: float
    """Seconds of the stream at which its last word had been spoken."""
    finals: list[tuple[float, Caption]] = field(default_factory=list)
    seen: list[tuple[float, Caption]] = field(default_factory=list)

    def text(self) -> str:
        return " ".join(caption.text for _, caption in self.finals)

    def final_delay(self) -> float:
        return max(at for at, _ in self.finals) - self.voice_ends

    def last_word_delay(self) -> float:
        """Until a caption, final or not, ended in the word in which the last final ends."""
        at, last = self.finals[-1]
        wanted = words_of(last.text)
        shown = [when for when, one in self.seen if one.number == last.number and words_of(one.text) == wanted]
        return min([at, *shown]) - self.voice_ends

    def first_text_delay(self) -> float:
        return min(at for at, _ in [*self.seen, *self.finals]) - self.begins


def voice_end(clip: Clip) -> float:
    sound = np.frombuffer(clip.samples, dtype="<i2").astype(np.float64)
    step = RATE // 50
    levels = np.sqrt(np.mean(sound[: len(sound) // step * step].reshape(-1, step) ** 2, axis=1))
    return (np.flatnonzero(levels > 0.04 * levels.max())[-1] + 1) * step / RATE


async def one_speaker(url: str, pause: float) -> list[Spoken]:
    spoken, sound = [], b""
    for clip in clips():
        begins = len(sound) / 2 / RATE
        spoken.append(Spoken(clip, begins, begins + voice_end(clip)))
        sound += clip.samples + silence(pause)
    async with Listener(url, Options()) as listener:
        began = time.monotonic()

        async def speak() -> None:
            for sample in range(0, len(sound) // 2, PIECE):
                # A tenth of a second can be sent when its last sample has been spoken.
                await asyncio.sleep(began + (sample + PIECE) / RATE - time.monotonic())
                listener.hear(sound[sample * 2 : (sample + PIECE) * 2])
            listener.end()

        speaking = asyncio.create_task(speak())
        async for news in listener:
            if isinstance(news, Caption):
                middle = (news.start + news.end) / 2
                of = max((one for one in spoken if one.begins <= middle + 0.3), key=lambda one: one.begins)
                (of.finals if news.final else of.seen).append((news.heard_at - began, news))
        await speaking
    return spoken


@contextlib.asynccontextmanager
async def our_service(streams: int) -> AsyncIterator[tuple[str, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ai.captions.service", "--preload", "--streams", str(streams),
        stdout=subprocess.PIPE, env={**os.environ, "PHIEN_CAPTIONS_PATH": "bench"},
    )  # fmt: skip
    assert process.stdout is not None
    port = json.loads(await process.stdout.readline())["port"]
    try:
        yield f"ws://127.0.0.1:{port}/bench", process.pid
    finally:
        process.terminate()
        await process.wait()


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(pid: int) -> float:
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:  # noqa: PTH123
        return sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


async def measure(url: str | None, streams: int, rounds: int) -> int:
    async with contextlib.AsyncExitStack() as stack:
        pid = None
        if url is None:
            url, pid = await stack.enter_async_context(our_service(streams))
        cpu, began = cpu_seconds(pid) if pid else 0.0, time.monotonic()
        heard: list[Spoken] = []
        for number in range(rounds):
            pause = 1.5 + 0.13 * number  # another phase against the recogniser's steps of 0.43 s
            for spoken in await asyncio.gather(*(one_speaker(url, pause) for _ in range(streams))):
                heard += spoken
        took = time.monotonic() - began
        report(heard, streams)
        if pid:
            used = (cpu_seconds(pid) - cpu) / took / streams
            print(f"service: {used:.2f} cores a stream, {memory_mib(pid):.0f} MiB (PSS)")
    return 0


def report(heard: list[Spoken], streams: int) -> None:
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {streams} stream(s), {len(heard)} clips\n")
    print(f"{'clip':<24}{'words':>6}{'wrong':>6}{'first':>8}{'last word':>11}{'final':>8}")
    for one in heard:
        wrong, words = mistakes(one.clip.words, one.text()), len(words_of(one.clip.words))
        delays = "     nothing heard"
        if one.finals:
            first, last, final = one.first_text_delay(), one.last_word_delay(), one.final_delay()
            delays = f"{first:>7.2f}s{last:>10.2f}s{final:>7.2f}s"
        print(f"{one.clip.name:<24}{words:>6}{wrong:>6}{delays}")
    answered = [one for one in heard if one.finals]
    words = sum(len(words_of(one.clip.words)) for one in heard)
    wrong = sum(mistakes(one.clip.words, one.text()) for one in heard)
    print(f"\nword error rate {100 * wrong / words:.1f} % ({wrong} of {words} words)")
    for name, delays in {
        "first text after the clip begins": [one.first_text_delay() for one in answered],
        "last word after it was spoken": [one.last_word_delay() for one in answered],
        "final after the last word was spoken": [one.final_delay() for one in answered],
    }.items():
        print(f"{name}: median {statistics.median(delays):.2f} s, worst {max(delays):.2f} s")
    print(f"words shown and taken back: {sum(taken_back(one) for one in answered)} in {len(answered)} clips")


def taken_back(one: Spoken) -> int:
    """Words that a reader had seen and that were other words a moment later."""
    count = 0
    captions = sorted([*one.seen, *one.finals], key=lambda pair: pair[0])
    for (_, before), (_, after) in pairwise(captions):
        if before.number == after.number:
            old, new = words_of(before.text), words_of(after.text)
            count += sum(a != b for a, b in zip(old, new, strict=False)) + max(0, len(old) - len(new))
    return count
