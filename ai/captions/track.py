"""The sans-I/O half of the client: sound that waits, the times of reconnects, and segments that become captions.

No socket, no clock, no task in here. The one thing a newcomer gets wrong: a server's seconds start at zero on every
connection, ours never do.
"""

from __future__ import annotations

import math
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping

import numpy as np

from ai.captions.messages import RATE, Caption

REMEMBERED_SEGMENTS = 1024
TENTH = RATE // 10
SPEECH_RMS = 500.0


class SoundRing:
    """The newest seconds of sound, by absolute sample position. Older sound falls out whether it was sent or not."""

    def __init__(self, seconds: float) -> None:
        self._chunks: deque[bytes] = deque()
        self._limit = int(seconds * RATE) * 2
        self._bytes = 0
        self.head = 0
        """Position after the newest sample."""

    @property
    def tail(self) -> int:
        return self.head - self._bytes // 2

    def append(self, samples: bytes) -> None:
        if len(samples) % 2:
            raise ValueError("sound is int16: an even number of bytes")
        if len(samples) > self._limit:
            self.head += (len(samples) - self._limit) // 2
            samples = samples[-self._limit :]
        self._chunks.append(samples)
        self._bytes += len(samples)
        self.head += len(samples) // 2
        while self._bytes > self._limit:
            oldest = self._chunks.popleft()
            over = self._bytes - self._limit
            self._bytes -= len(oldest)
            if over < len(oldest):
                self._chunks.appendleft(oldest[over:])
                self._bytes += len(oldest) - over

    def read(self, position: int, samples: int) -> bytes:
        """At most ``samples`` from ``position`` on; the position must not be older than ``tail``."""
        skip = (position - self.tail) * 2
        if skip < 0:
            raise ValueError("this sound has fallen out of the ring")
        out = bytearray()
        for chunk in self._chunks:
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            out += chunk[skip : skip + samples * 2 - len(out)]
            skip = 0
            if len(out) >= samples * 2:
                break
        return bytes(out)

    def loud_after(self, position: int) -> bool:
        """Whether the kept sound from there on may hold a word: a tenth of a second as loud as speech."""
        sound = np.frombuffer(self.read(max(position, self.tail), self.head), dtype="<i2").astype(np.float64)
        tenths = sound[: len(sound) // TENTH * TENTH].reshape(-1, TENTH)
        return bool((np.sqrt(np.mean(tenths**2, axis=1)) > SPEECH_RMS).sum() >= 2)


class TimeMap:
    """From a server's seconds on this connection to seconds of heard sound. A stretch that was lost on the way moves
    what follows.
    """

    def __init__(self) -> None:
        self._sent = 0
        self._jumps: deque[tuple[float, float]] = deque(maxlen=256)

    def sending(self, position: int, samples: int) -> None:
        offset = (position - self._sent) / RATE
        if not self._jumps or not math.isclose(self._jumps[-1][1], offset, abs_tol=1e-6):
            self._jumps.append((self._sent / RATE, offset))
        self._sent += samples

    def heard(self, server_seconds: float) -> float:
        offset = self._jumps[0][1] if self._jumps else 0.0
        for begin, jump in self._jumps:
            if begin > server_seconds + 1e-6:
                break
            offset = jump
        return max(0.0, server_seconds + offset)


class SteadyText:
    """Partials that do not flicker: words once shown stay until two hypotheses in a row agree that they were wrong."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._before: list[str] = []

    def show(self, hypothesis: str) -> str:
        words = hypothesis.split()
        same = agreed(self._shown, words)
        grows = same == len(self._shown) or (
            same == len(self._shown) - 1 and same < len(words) and _grew(self._shown[same], words[same])
        )
        contradicted_twice = agreed(self._before, words) > same or (len(words) == same and len(self._before) == same)
        if grows or contradicted_twice:
            self._shown = words
        else:
            # The agreed part may still gain capitals and commas without a word moving.
            self._shown = words[:same] + self._shown[same:]
        self._before = words
        return " ".join(self._shown)


def agreed(one: list[str], other: list[str]) -> int:
    """How many words from the start are the same, capitals and punctuation aside."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if bare(a) != bare(b):
            break
        count += 1
    return count


def bare(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFC", word).casefold() if letter.isalnum())


def _grew(old: str, new: str) -> bool:
    return bare(new).startswith(bare(old))


class SegmentTracker:
    """Turns the server's repeated segment lists into numbered captions: completed once, the open one replaced, the
    last one promoted.
    """

    def __init__(self) -> None:
        self._number = 0
        self._completed: OrderedDict[str, None] = OrderedDict()
        self._open: Caption | None = None
        self._newest = ""
        self._steady = SteadyText()
        self._times = TimeMap()

    @property
    def open(self) -> Caption | None:
        return self._open

    def connected(self, times: TimeMap) -> None:
        """A new connection counts its seconds, and so its ``start`` keys, from zero. An open caption keeps its number
        for what comes now.
        """
        self._times = times
        self._completed.clear()

    def take(self, segments: Iterable[Mapping[str, object]], at: float = 0.0) -> list[Caption]:
        captions: list[Caption] = []
        still_open: Mapping[str, object] | None = None
        closed_any = False
        for segment in segments:
            if segment.get("completed"):
                key = str(segment["start"])
                if key in self._completed:
                    continue
                self._completed[key] = None
                while len(self._completed) > REMEMBERED_SEGMENTS:
                    self._completed.popitem(last=False)
                text = tidy(segment.get("text"))
                if text:
                    captions.append(self._caption(segment, text, final=True, at=at))
                    self._next()
                    closed_any = True
            else:
                still_open = segment
        if still_open is not None and (text := tidy(still_open.get("text"))):
            self._newest = text
            caption = self._caption(still_open, self._steady.show(text), final=False, at=at)
            if self._open is None or caption.text != self._open.text or caption.end != self._open.end:
                captions.append(caption)
            self._open = caption
        elif closed_any:
            self._open = None
        return captions

    def promote(self, at: float = 0.0) -> list[Caption]:
        """The open caption becomes final, in the newest words rather than the steady ones: nobody will finish it."""
        if self._open is None:
            return []
        was, words = self._open, self._newest
        self._next()
        return [Caption(was.number, was.start, was.end, words, final=True, heard_at=at)]

    def _next(self) -> None:
        self._number += 1
        self._open = None
        self._steady = SteadyText()

    def _caption(self, segment: Mapping[str, object], text: str, *, final: bool, at: float) -> Caption:
        start = self._times.heard(seconds(segment["start"]))
        end = max(start, self._times.heard(seconds(segment["end"])))
        return Caption(self._number, start, end, text, final, at)


def seconds(value: object) -> float:
    """Times come as strings ("3.100"). Anything that is no time raises ValueError: a server we cannot follow."""
    found = float(value) if isinstance(value, (str, int, float)) else math.nan
    if not math.isfinite(found) or found < 0:
        raise ValueError(f"no time: {value!r}")
    return found


def tidy(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()) if isinstance(text, str) else ""


def to_float32(samples: bytes) -> bytes:
    return (np.frombuffer(samples, dtype="<i2").astype("<f4") / 32768.0).tobytes()
