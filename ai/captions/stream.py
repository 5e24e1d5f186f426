"""One stream of our service: sound in, the protocol's segment lists out. Blocking, so it runs in worker threads."""

from __future__ import annotations

import threading
from typing import TypedDict

import numpy as np

from ai.captions.messages import RATE
from ai.captions.recognisers import Engine, Sound
from ai.captions.utterance import Level, Stretch, Utterance
from ai.captions.wording import written

STEP = RATE // 10
KEPT_SEGMENTS = 100


class Segment(TypedDict):
    start: str
    end: str
    text: str
    completed: bool


class Stream:
    """Never gives the same list twice, and never a completed segment different from what it was."""

    def __init__(self, engine: Engine, last: int = 10) -> None:
        self._recogniser = engine.recogniser()
        self._one_at_a_time = threading.Lock()
        self._punctuates = engine.punctuates
        self._last = min(max(last, 1), KEPT_SEGMENTS)
        self._utterance, self._level = Utterance(), Level(STEP / RATE)
        self._completed: list[Segment] = []
        self._rest = np.zeros(0, dtype=np.int16)
        self._told: list[Segment] = []
        self._continues = False

    def hear(self, sound: Sound) -> list[list[Segment]]:
        """The segment lists this sound gave rise to, in order; the steps are ours whatever the sender's frames are."""
        with self._one_at_a_time:
            return self._hear(np.concatenate([self._rest, sound]))

    def _hear(self, sound: Sound) -> list[list[Segment]]:
        whole = len(sound) // STEP * STEP
        self._rest = sound[whole:]
        told: list[list[Segment]] = []
        for begin in range(0, whole, STEP):
            step = sound[begin : begin + STEP]
            words = self._recogniser.hear(step)
            rms = float(np.sqrt(np.mean(np.square(step, dtype=np.float64))))
            stretch = self._utterance.step(STEP / RATE, self._level.is_voice(rms), words)
            if stretch is not None and stretch.over:
                stretch = self._utterance.finish(self._recogniser.finish())
            if stretch is not None:
                told += self._tell(stretch)
        return told

    def finish(self) -> list[list[Segment]]:
        """What was still being said is completed. Unlike the real whisper-live, nothing dangles."""
        with self._one_at_a_time:
            if len(self._rest):
                self._recogniser.hear(np.concatenate([self._rest, np.zeros(STEP - len(self._rest), dtype=np.int16)]))
                self._rest = self._rest[:0]
            stretch = self._utterance.finish(self._recogniser.finish())
            return self._tell(stretch) if stretch is not None else []

    def close(self) -> None:
        with self._one_at_a_time:
            self._recogniser.close()

    def _tell(self, stretch: Stretch) -> list[list[Segment]]:
        words = stretch.words
        if not self._punctuates:
            words = written(words, over=stretch.over, cut=stretch.cut, continues=self._continues)
        segment: Segment = {
            "start": f"{stretch.start:.3f}",
            "end": f"{stretch.end:.3f}",
            "text": f" {words}",
            "completed": stretch.over,
        }
        if stretch.over:
            self._continues = stretch.cut
            self._completed = [*self._completed, segment][-KEPT_SEGMENTS:]
            told = self._completed[-self._last :]
        else:
            told = [*self._completed[-self._last :], segment]
        before = self._told[-1] if self._told else None
        if before is not None and not segment["completed"] and before["text"] == segment["text"]:
            return []  # only its end moved
        self._told = told
        return [told]
