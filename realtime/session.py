"""One connection to one document: frames into the core, its outbox to the socket, and a code that says why it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from realtime.document import BROKEN, TOO_SLOW, Closing, Editor
from realtime.open_document import OpenDocument
from realtime.registry import Registry
from realtime.wire import FrameError

STALLED_SECONDS: Final = 30.0
FRAMES_A_SECOND: Final = 500
BURST_FRAMES: Final = 2000

Receive = Callable[[], Awaitable[bytes | str | None]]
"""The next message; None when the other side has gone."""
Send = Callable[[bytes], Awaitable[None]]
"""Raises ConnectionError when the other side has gone."""


async def serve(
    registry: Registry, document: OpenDocument, editor: Editor, receive: Receive, send: Send
) -> Closing | None:
    """Runs until one side ends it. Returns the code to close the socket with, or None if the other side closed it."""
    wake = asyncio.Event()
    editor.wake = wake.set
    document.live.join(editor)
    wake.set()
    reading = asyncio.create_task(_read(registry, document, editor, receive))
    writing = asyncio.create_task(_write(editor, wake, send))
    try:
        done, _ = await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        if reading in done and reading.exception() is None and editor.closing is None:
            return None
        for task in done:
            task.result()
        return editor.closing
    finally:
        document.live.leave(editor)
        registry.touched(document)
        for task in (reading, writing):
            task.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)


async def _read(registry: Registry, document: OpenDocument, editor: Editor, receive: Receive) -> None:
    clock = asyncio.get_running_loop().time
    allowance, at = float(BURST_FRAMES), clock()
    while (frame := await receive()) is not None:
        now = clock()
        allowance = min(BURST_FRAMES, allowance + (now - at) * FRAMES_A_SECOND) - 1
        at = now
        if allowance < 0:
            editor.close(TOO_SLOW, "too-many-frames")
            return
        try:
            if isinstance(frame, str):
                raise FrameError("not-binary")
            document.live.receive(editor, frame)
        except FrameError as error:
            editor.close(BROKEN, error.reason)
            return
        finally:
            registry.touched(document)
        await registry.room()


async def _write(editor: Editor, wake: asyncio.Event, send: Send) -> None:
    while editor.closing is None:
        await wake.wait()
        wake.clear()
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                for frame in editor.outbox.take():
                    await send(frame)
        except ConnectionError:
            return
        except TimeoutError:
            editor.close(TOO_SLOW, "stalled")
