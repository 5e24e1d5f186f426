"""One connection to one document: messages into the core, bounded in number, and a code that says why it ended."""

from __future__ import annotations

import asyncio
from typing import Final

from realtime.editor import BROKEN, TOO_SLOW, Closing, Editor
from realtime.open_document import OpenDocument
from realtime.registry import Registry
from realtime.sink import NOWHERE, Connection
from realtime.wire import FrameError

MESSAGES_A_SECOND: Final = 500
BURST_MESSAGES: Final = 2000


async def serve(registry: Registry, document: OpenDocument, editor: Editor, connection: Connection) -> Closing | None:
    """Runs until one side ends it. Returns the code to close the socket with, or None if the other side closed it."""
    session = _Session(registry, document, editor, connection)
    editor.ended = session.end
    editor.sink = connection
    document.live.join(editor)
    connection.open(session.hear, session.drained, session.end)
    try:
        await session.ended
    finally:
        editor.sink = NOWHERE
        document.live.leave(editor)
        registry.touched(document)
        session.stop_waiting()
        await connection.release()
    return editor.closing


class _Session:
    def __init__(self, registry: Registry, document: OpenDocument, editor: Editor, connection: Connection) -> None:
        self._registry, self._document, self._editor, self._connection = registry, document, editor, connection
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._clock = loop.time
        self._allowance, self._at = float(BURST_MESSAGES), loop.time()
        self._waiting: asyncio.Task[None] | None = None

    def hear(self, message: bytes | str) -> None:
        """Called by the connection, where an error would be nobody's: it ends the session instead."""
        if self._editor.closing is not None or self.ended.done():
            return
        try:
            self._take(message)
        except FrameError as error:
            self._editor.close(BROKEN, error.reason)
        except Exception as error:  # noqa: BLE001  told to who serves the connection, which fails with it
            self.ended.set_exception(error)
        self._registry.touched(self._document)
        if not self._registry.has_room and self._waiting is None:
            self._connection.hold()  # what is not read holds its sender back
            self._waiting = asyncio.create_task(self._wait_for_room())

    def drained(self) -> None:
        self._document.live.drained(self._editor)

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    def _take(self, message: bytes | str) -> None:
        now = self._clock()
        self._allowance = min(BURST_MESSAGES, self._allowance + (now - self._at) * MESSAGES_A_SECOND) - 1
        self._at = now
        if self._allowance < 0:
            self._editor.close(TOO_SLOW, "too-many-frames")
        elif isinstance(message, str):
            raise FrameError("not-binary")
        else:
            self._document.live.receive(self._editor, message)

    async def _wait_for_room(self) -> None:
        await self._registry.room()
        self._waiting = None
        self._connection.go_on()
