"""Vietnamese speech of natural voices, with what they say: the clips of the ``vieneu`` wheel, never imported."""

from __future__ import annotations

import importlib.util
import re
import unicodedata
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai.captions import RATE


@dataclass(frozen=True)
class Clip:
    name: str
    words: str
    samples: bytes
    """mono int16 at 16 kHz"""

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / RATE


def clips() -> list[Clip]:
    spec = importlib.util.find_spec("vieneu")
    assert spec is not None, "the vieneu wheel is part of the test environment"
    assert spec.submodule_search_locations
    found = [
        Clip(wav.stem, wav.with_suffix(".txt").read_text(encoding="utf-8").strip(), read_wav(wav))
        for wav in sorted(Path(spec.submodule_search_locations[0]).rglob("*.wav"))
        if wav.with_suffix(".txt").exists()
    ]
    assert len(found) >= 6, "the vieneu wheel has lost its clips"
    return found


def clip(part_of_name: str) -> Clip:
    wanted = unicodedata.normalize("NFC", part_of_name)
    return next(c for c in clips() if wanted in unicodedata.normalize("NFC", c.name))


def read_wav(path: Path) -> bytes:
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (1, 2)
        sound = np.frombuffer(wav.readframes(wav.getnframes()), dtype=np.int16)
        return resampled(sound, wav.getframerate(), RATE).tobytes()


def resampled(sound: np.ndarray, old: int, new: int) -> np.ndarray:
    """By the spectrum: exact for clips of seconds."""
    if old == new:
        return sound
    count = len(sound) * new // old
    spectrum = np.fft.rfft(sound.astype(np.float64))
    kept = np.zeros(count // 2 + 1, dtype=np.complex128)
    kept[: min(len(kept), len(spectrum))] = spectrum[: len(kept)]
    return np.clip(np.fft.irfft(kept, count) * count / len(sound), -32768, 32767).astype(np.int16)


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


def words_of(text: str) -> list[str]:
    bare = re.sub(r"[^\w\s]", " ", unicodedata.normalize("NFC", text).lower())
    return bare.replace("19", "mười chín").split()


def mistakes(said: str, heard: str) -> int:
    """Words to change, add or drop to come from one to the other."""
    one, other = words_of(said), words_of(heard)
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, rival in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != rival))
    return row[-1]


def word_error_rate(pairs: list[tuple[str, str]]) -> float:
    return sum(mistakes(said, heard) for said, heard in pairs) / sum(len(words_of(said)) for said, _ in pairs)
