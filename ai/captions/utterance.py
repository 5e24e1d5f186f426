"""Cuts a running stream of speech into utterances: sans-I/O, fed with a level and the recogniser's words for each step
of sound.

viet-asr never says that a sentence is over. A pause is one: no voice and no new words for a while, a shorter while the
longer it has gone on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

PAUSE_SECONDS = ((10.0, 0.7), (15.0, 0.45), (20.0, 0.25))
"""Up to so long an utterance, so long a pause ends it."""
LIMIT_SECONDS = 20.0
SETTLED_SECONDS = 0.25
"""Words come in steps of 0.43 s of sound: a pause counts only when they stopped moving."""
STUCK_SECONDS = 2.0
"""No new words for so long ends it even when something is loud: music, a fan, another room."""
ONSET_SECONDS = 1.2
"""Words are told at most so long after the voice began."""
QUIETEST, LOUDEST = 100.0, 1500.0
"""Bounds of the level (RMS of int16) above which sound counts as voice."""


@dataclass(frozen=True, slots=True)
class Stretch:
    start: float
    end: float
    words: str
    over: bool
    cut: bool = False
    """Ended by the limit in the middle of speech: no full stop after it."""


class Level:
    """Voice or not, against a floor that follows the room: three times the quiet tenth of the last five seconds."""

    def __init__(self, step_seconds: float = 0.1) -> None:
        self._recent: deque[float] = deque(maxlen=int(5 / step_seconds))

    def is_voice(self, rms: float) -> bool:
        self._recent.append(rms)
        floor = sorted(self._recent)[len(self._recent) // 10]
        return rms > min(max(3 * floor, QUIETEST), LOUDEST)


class Utterance:
    """The stretch being spoken. ``step`` answers with its state, or None while nobody said a word."""

    def __init__(self) -> None:
        self._now = 0.0
        self._begin_again(0.0)

    def _begin_again(self, earliest: float) -> None:
        self._earliest = earliest
        self._words = ""
        self._start = self._changed = self._last_voice = earliest
        self._onsets: deque[float] = deque(maxlen=int(ONSET_SECONDS / 0.1))

    @property
    def speaking(self) -> bool:
        return bool(self._words)

    def step(self, seconds: float, voice: bool, words: str) -> Stretch | None:
        before, self._now = self._now, self._now + seconds
        if voice:
            self._last_voice = self._now
            if not self._words:
                self._onsets.append(before)
        if words != self._words and words:
            if not self._words:
                recent = [onset for onset in self._onsets if onset >= self._now - ONSET_SECONDS]
                self._start = max(self._earliest, recent[0] if recent else self._now - 0.6)
            self._words, self._changed = words, self._now
        if not self._words:
            return None
        return Stretch(self._start, self._end(), self._words, over=self._over())

    def finish(self, words: str = "") -> Stretch | None:
        """Ends it now; ``words`` is the recogniser's last word on it."""
        if not (words or self._words):
            self._begin_again(self._earliest)
            return None
        if not self._words:
            self._start, self._changed = max(self._earliest, self._now - 0.6), self._now
        cut = (
            self._words != ""
            and self._now - self._start >= LIMIT_SECONDS
            and self._now - self._last_voice < PAUSE_SECONDS[-1][1]
        )
        stretch = Stretch(self._start, self._end(), words or self._words, over=True, cut=cut)
        self._begin_again(stretch.end)
        return stretch

    def _end(self) -> float:
        return min(self._now, max(self._last_voice, self._start + 0.1))

    def _over(self) -> bool:
        length, still = self._now - self._start, self._now - self._changed
        if length >= LIMIT_SECONDS or still >= STUCK_SECONDS:
            return True
        pause = next(pause for limit, pause in PAUSE_SECONDS if length < limit)
        return self._now - self._last_voice >= pause and still >= SETTLED_SECONDS
