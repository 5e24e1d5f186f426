"""One connection to one document: messages into the core, bounded in number, and a code that says why it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from realtime.editor import BROKEN, TOO_SLOW, Closing, Editor
from realtime.open_document import OpenDocument
from realtime.registry import Registry
from realtime.replica import is_engine_failure
from realtime.sink import NOWHERE, Connection
from realtime.wire import FrameError

MESSAGES_A_SECOND: Final = 500
BURST_MESSAGES: Final = 2000
MESSAGE_BYTES: Final = 16 * 1024
"""A large message counts as so many of this size."""
ANSWERS_A_SECOND: Final = 1024 * 1024
BURST_ANSWERS: Final = 8 * 1024 * 1024
"""Bytes of what one asks for again and again, beyond the first answer, which may be of any size."""


@asynccontextmanager
async def joined(
    registry: Registry, document: OpenDocument, editor: Editor, connection: Connection
) -> AsyncGenerator[Session]:
    """An editor of the document for as long as the context lasts; it should not outlast the session's end.

    `editor.closing` is what to close the socket with then, None if the other side closed it.
    """
    session = Session(registry, document, editor, connection)
    editor.ended = session.end
    editor.sink = connection
    document.live.join(editor)
    connection.open(session.hear, session.drained, session.end)
    try:
        yield session
    finally:
        session.end()
        await connection.release()
    if session.failure is not None:
        raise session.failure


async def serve(registry: Registry, document: OpenDocument, editor: Editor, connection: Connection) -> Closing | None:
    """Runs until one side ends it. Returns the code to close the socket with, or None if the other side closed it."""
    async with joined(registry, document, editor, connection) as session:
        await session.ended.wait()
    return editor.closing


class Session:
    def __init__(self, registry: Registry, document: OpenDocument, editor: Editor, connection: Connection) -> None:
        self._registry, self._document, self._editor, self._connection = registry, document, editor, connection
        loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()
        self.on_end: Callable[[], None] | None = None
        self.failure: BaseException | None = None
        """A bug of ours, met while a message was taken."""
        self._clock = loop.time
        self._allowance, self._at = float(BURST_MESSAGES), loop.time()
        self._answers, self._answered, self._answers_at = float(BURST_ANSWERS), 0, loop.time()
        self._waiting: asyncio.Task[None] | None = None

    def hear(self, message: bytes | str) -> None:
        """Called by the connection, where an error would be nobody's: it ends the session instead."""
        if self._editor.closing is not None or self.ended.is_set():
            return
        try:
            self._take(message)
        except FrameError as error:
            self._editor.close(BROKEN, error.reason)
        except BaseException as error:
            if not is_engine_failure(error):
                raise
            self.failure = error  # told to who serves the connection, which fails with it
            self.end()
        self._registry.touched(self._document)
        if not self._registry.has_room and self._waiting is None:
            self._connection.hold()  # what is not read holds its sender back
            self._waiting = asyncio.create_task(self._wait_for_room())

    def drained(self) -> None:
        self._document.live.drained(self._editor)

    def end(self) -> None:
        """One side has ended it; the others see at once that he left."""
        if not self.ended.is_set():
            self.ended.set()
            self._editor.sink = NOWHERE
            self._document.live.leave(self._editor)
            self._registry.touched(self._document)
            if self._waiting is not None:
                self._waiting.cancel()
            if self.on_end is not None:
                self.on_end()

    def _take(self, message: bytes | str) -> None:
        now = self._clock()
        allowed = self._allowance + (now - self._at) * MESSAGES_A_SECOND
        self._allowance = (allowed if allowed < BURST_MESSAGES else BURST_MESSAGES) - 1 - len(message) // MESSAGE_BYTES
        self._at = now
        if self._editor.answered_bytes != self._answered:
            self._count_answers(now)
        if self._allowance < 0:
            self._editor.close(TOO_SLOW, "too-many-frames")
        elif self._answers < 0:
            self._editor.close(TOO_SLOW, "asks-too-much")
        elif isinstance(message, str):
            raise FrameError("not-binary")
        else:
            self._document.live.receive(self._editor, message)

    def _count_answers(self, now: float) -> None:
        first = self._answered == 0
        passed, self._answers_at = now - self._answers_at, now
        self._answers = min(BURST_ANSWERS, self._answers + passed * ANSWERS_A_SECOND)
        if not first:
            self._answers -= self._editor.answered_bytes - self._answered
        self._answered = self._editor.answered_bytes

    async def _wait_for_room(self) -> None:
        await self._registry.room()
        self._waiting = None
        self._connection.go_on()
