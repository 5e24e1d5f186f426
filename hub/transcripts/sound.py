"""WAV files as the recogniser wants them: mono int16 at 16 kHz, a piece at a time."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai.captions import RATE

Floats = NDArray[np.float64]

PIECE_SECONDS = 0.5
TAPS = 127


class NotSound(Exception):
    """One sentence for the person who named the file."""


def samples(path: Path) -> Iterator[bytes]:
    """About half a second at a time, however long the file."""
    try:
        with wave.open(str(path)) as wav:
            rate, channels, width = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
            change = Resampler(rate)
            while frames := wav.readframes(int(rate * PIECE_SECONDS)):
                piece = change.feed(mono(frames, channels, width))
                if len(piece):
                    yield as_int16(piece)
            yield as_int16(change.finish())
    except (wave.Error, EOFError) as error:
        raise NotSound(
            f"{path.name} is not a plain PCM WAV file ({error or 'it ends too early'}); convert it first, for example:"
            f" ffmpeg -i {path.name} -ac 1 -ar 16000 sound.wav"
        ) from None
    except OSError as error:
        raise NotSound(f"{path.name} cannot be read: {error.strerror}") from None


def mono(frames: bytes, channels: int, width: int) -> Floats:
    """Between -1 and 1, the mean of the channels."""
    if width == 1:
        sound = (np.frombuffer(frames, dtype=np.uint8).astype(np.float64) - 128) / 128
    elif width == 3:
        raw = np.frombuffer(frames, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
        whole = raw[:, 0] << 8 | raw[:, 1] << 16 | raw[:, 2] << 24
        sound = whole.astype(np.float64) / 2**31
    else:
        sound = np.frombuffer(frames, dtype=f"<i{width}").astype(np.float64) / 2 ** (8 * width - 1)
    whole_frames = len(sound) // channels * channels
    mixed: Floats = sound[:whole_frames].reshape(-1, channels).mean(axis=1)
    return mixed


def as_int16(sound: Floats) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


class Resampler:
    """To 16 kHz in pieces: what is above half of the lower rate is filtered out, then interpolated."""

    def __init__(self, rate: int) -> None:
        self._step = rate / RATE
        self._next = 0.0  # where the next output sample lies, counted in samples of `_rest`
        self._rest = np.zeros(0)
        cutoff = 0.46 * min(1.0, RATE / rate)
        around = np.arange(TAPS) - TAPS // 2
        taps = 2 * cutoff * np.sinc(2 * cutoff * around) * np.hamming(TAPS)
        self._taps: Floats | None = None if rate <= RATE else taps / taps.sum()
        self._before = np.zeros(TAPS - 1)

    def feed(self, sound: Floats) -> Floats:
        if self._taps is not None:
            sound = np.concatenate([self._before, sound])
            self._before = sound[-(TAPS - 1) :]
            sound = np.convolve(sound, self._taps, mode="valid")
        self._rest = np.concatenate([self._rest, sound])
        positions = np.arange(self._next, len(self._rest) - 1, self._step)
        if not len(positions):
            return np.zeros(0)
        made: Floats = np.interp(positions, np.arange(len(self._rest)), self._rest)
        self._next = float(positions[-1] + self._step)
        gone = min(int(self._next), len(self._rest) - 1)
        self._rest, self._next = self._rest[gone:], self._next - gone
        return made

    def finish(self) -> Floats:
        """What the filter still holds back."""
        return self.feed(np.zeros(TAPS // 2 + 2 if self._taps is not None else 2))
