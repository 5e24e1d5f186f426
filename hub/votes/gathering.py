"""Many small writes become one: what comes within milliseconds is written by one call and answered when it is done."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

import psycopg
import structlog

from hub.ending import end
from hub.votes.refusals import BallotsCrowded, BallotUnsure

log = structlog.get_logger()

BATCH: Final = 500  # in one commit
WAITING: Final = 20_000  # held by this hub at most; past it the answer is ballots-crowded
ANSWER_SECONDS: Final = 10.0

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class Gathering(Generic[Ask, Answer]):
    """``write`` answers each ask, in order, with an answer or the refusal to raise.

    Two asks of one ``key`` never share a batch: the second is written, and answered, after the first.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[Ask]], Awaitable[Sequence[Answer | Exception]]],
        key: Callable[[Ask], Hashable],
        seconds: float,
    ) -> None:
        self._name, self._write, self._key, self._seconds = name, write, key, seconds
        self._waiting: deque[tuple[Ask, asyncio.Future[Answer]]] = deque()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(), name=f"votes:{self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)
        for _, waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(BallotUnsure())
        self._waiting.clear()

    async def put(self, ask: Ask) -> Answer:
        """The answer, once it is on disk. Raises BallotUnsure where nobody knows whether it is."""
        if len(self._waiting) >= WAITING:
            raise BallotsCrowded
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer))
        self._came.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise BallotUnsure from None

    async def _work(self) -> None:
        while True:
            await self._came.wait()
            await asyncio.sleep(self._seconds)
            batch = self._take()
            if not self._waiting:
                self._came.clear()
            if batch:
                await self._write_batch(batch)

    def _take(self) -> list[tuple[Ask, asyncio.Future[Answer]]]:
        batch: list[tuple[Ask, asyncio.Future[Answer]]] = []
        later: list[tuple[Ask, asyncio.Future[Answer]]] = []
        seen: set[Hashable] = set()
        while self._waiting and len(batch) < BATCH:
            ask, answer = self._waiting.popleft()
            if answer.done():  # gave up waiting
                continue
            key = self._key(ask)
            (later if key in seen else batch).append((ask, answer))
            seen.add(key)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _write_batch(self, batch: Sequence[tuple[Ask, asyncio.Future[Answer]]]) -> None:
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._write([ask for ask, _ in batch])
        except (psycopg.Error, OSError) as error:  # nobody knows whether the commit went through
            log.error("votes.batch-failed", of=self._name, waiting=len(batch), error=type(error).__name__)
            answers = [BallotUnsure()] * len(batch)
        except asyncio.CancelledError:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(BallotUnsure())
            raise
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
