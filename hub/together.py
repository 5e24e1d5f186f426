"""Questions asked together. Whoever asks while one is under way is in the next, with all others who do: a crowd that
opens the same page costs little more than one of them, and nobody gets an answer that is older than his question.

This is no cache: nothing is kept once it was answered, so nothing can be out of date.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import psycopg

from hub.ending import end

TOGETHER: Final = 64  # asked in one question
ANSWER_SECONDS: Final = 30.0

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)


class UnderWay:
    """The tasks that look for answers. An asker who goes away takes nobody else's answer with him."""

    def __init__(self, seconds: float = ANSWER_SECONDS) -> None:
        """``seconds`` for an answer, once its turn has come; an asker waits no longer than that, turn included."""
        self._seconds = seconds
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)

    def _begin(self, looking: Coroutine[Any, Any, Answer]) -> "asyncio.Task[Answer]":
        task = asyncio.create_task(looking)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # raised to who asked, if he still waits

    async def _wait(self, answer: "asyncio.Task[Answer]") -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(answer)
        except TimeoutError:
            raise psycopg.OperationalError("no answer in time") from None


class _Question(Generic[Ask, Answer]):
    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.answers: asyncio.Task[Sequence[Answer | Exception]]


class Together(UnderWay, Generic[Ask, Answer]):
    """``answer`` answers each ask, in order, with an answer or what is to be raised. ``turns``: questions at once."""

    def __init__(
        self,
        answer: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer | Exception]]],
        *,
        turns: int = 1,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        super().__init__(seconds)
        self._answer, self._turn = answer, asyncio.Semaphore(turns)
        self._next: _Question[Ask, Answer] | None = None

    async def ask(self, ask: Ask) -> Answer:
        question = self._next
        if question is None or len(question.asks) >= TOGETHER:
            question = self._next = _Question()
            question.answers = self._begin(self._look(question))
        number = len(question.asks)
        question.asks.append(ask)
        answer = (await self._wait(question.answers))[number]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _look(self, question: _Question[Ask, Answer]) -> Sequence[Answer | Exception]:
        async with self._turn:
            if self._next is question:
                self._next = None
            async with asyncio.timeout(self._seconds):  # or a database that hangs would keep the turn for ever
                return await self._answer(question.asks)


class Alike(UnderWay, Generic[Key, Answer]):
    """What is the same for all who ask for ``key``. Each key is looked for apart from the others."""

    def __init__(self) -> None:
        super().__init__()
        self._looking: dict[Key, asyncio.Task[Answer]] = {}
        self._next: dict[Key, asyncio.Task[Answer]] = {}

    async def ask(self, key: Key, look: Callable[[], Awaitable[Answer]]) -> Answer:
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = self._begin(self._look(key, look, self._looking.get(key)))
        return await self._wait(task)

    async def _look(
        self, key: Key, look: Callable[[], Awaitable[Answer]], before: "asyncio.Task[Answer] | None"
    ) -> Answer:
        if before is not None:
            await asyncio.wait({before})
        this = self._looking[key] = self._next.pop(key)
        try:
            async with asyncio.timeout(self._seconds):
                return await look()
        finally:
            if self._looking.get(key) is this:
                del self._looking[key]
