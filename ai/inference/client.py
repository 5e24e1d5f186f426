"""The hub's side of the inference process: connects, reconnects, and remembers the vectors of recent queries.

No call waits for the process to come up: a search that cannot have meaning now is answered by words now.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import unicodedata
from array import array
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from ai.embeddings.store import DIMENSIONS
from ai.inference.messages import Embed, Failed, ModelState, Told, Vectors, frame, read_answer

QUERIES_REMEMBERED = 2_000
RECONNECT_SECONDS = (0.1, 3.0)
PENDING_AT_MOST = 256

log = logging.getLogger("phien.inference")


class InferenceUnavailable(Exception):
    """Codes: down (no process), busy, too-late, missing, failed, too-large."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class Embedded(msgspec.Struct, frozen=True):
    model_id: str
    vectors: list[list[float]]


class InferenceClient:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._pending: dict[int, asyncio.Future[Vectors]] = {}
        self._numbers = 0
        self._task: asyncio.Task[None] | None = None
        self._state: ModelState | None = None
        self._changed = asyncio.Event()
        self._remembered: OrderedDict[str, tuple[str, list[float]]] = OrderedDict()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    @property
    def state(self) -> ModelState | None:
        """What the process said last; None while there is no process."""
        return self._state

    @property
    def model_id(self) -> str | None:
        """Of the model that reads queries now, as far as is known before one was read."""
        return self._state.model.model_id if self._state is not None and self._state.model is not None else None

    async def until_known(self, seconds: float) -> ModelState | None:
        """Waits for the process to be reached, for those who can: jobs, the command line, tests."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._state is None:
                    self._changed.clear()
                    await self._changed.wait()
        return self._state

    async def embed_query(self, text: str, *, within: float = 2.0) -> tuple[str, list[float]]:
        """Model id and vector. The same words again cost nothing until another model answers."""
        key = " ".join(unicodedata.normalize("NFC", text).split())
        known = self._remembered.get(key)
        if known is not None and self.model_id in (None, known[0]):
            self._remembered.move_to_end(key)
            return known
        found = await self._ask("query", [key], within)
        self._remembered[key] = answer = (found.model_id, found.vectors[0])
        while len(self._remembered) > QUERIES_REMEMBERED:
            self._remembered.popitem(last=False)
        return answer

    async def embed_passages(self, texts: list[str], *, within: float = 120.0) -> Embedded:
        """`within` includes building and loading the model, and the passages others asked for before."""
        return await self._ask("passage", texts, within)

    async def _ask(self, kind: Literal["query", "passage"], texts: list[str], within: float) -> Embedded:
        if self._writer is None:
            raise InferenceUnavailable("down")
        if len(self._pending) >= PENDING_AT_MOST:
            raise InferenceUnavailable("busy")
        self._numbers += 1
        number = self._numbers
        answer: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        try:
            self._writer.write(frame(Embed(number, kind, texts, within)))
            async with asyncio.timeout(within):
                found = await answer
        except TimeoutError:
            raise InferenceUnavailable("too-late") from None
        finally:
            self._pending.pop(number, None)
        values = array("f", found.data)
        width = found.dimensions
        if width != DIMENSIONS:  # a process that somebody else started may have loaded anything
            raise InferenceUnavailable("failed", f"vectors of {width} dimensions, not {DIMENSIONS}")
        return Embedded(found.model_id, [values[at : at + width].tolist() for at in range(0, len(values), width)])

    async def _stay_connected(self) -> None:
        pause = RECONNECT_SECONDS[0]
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(str(self._path))
                pause = RECONNECT_SECONDS[0]
                await self._listen(reader)
            except (OSError, asyncio.IncompleteReadError):
                pass  # not there yet, or gone: said by `state`, and tried again
            except (ValueError, msgspec.MsgspecError):
                log.exception("inference.broken_answer")
            finally:
                self._hang_up()
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(pause * 2, RECONNECT_SECONDS[1])

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            answer = await read_answer(reader)
            if isinstance(answer, Told):
                self._state = answer.state
                self._changed.set()
                continue
            waiting = self._pending.get(answer.id)
            if waiting is None or waiting.done():
                continue  # it came after its asker stopped waiting
            if isinstance(answer, Failed):
                waiting.set_exception(InferenceUnavailable(answer.code, answer.detail))
            else:
                waiting.set_result(answer)

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._state = None, None
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(InferenceUnavailable("down", "the inference process ended"))
