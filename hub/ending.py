"""Ending tasks for sure. Told once is not enough: in Python 3.11 a library's time-out can swallow a cancellation."""

import asyncio
from typing import Any, Final

import structlog

log = structlog.get_logger()

AGAIN_SECONDS: Final = 0.5
PATIENCE: Final = 20  # times; then the task is named in the log and left behind, and whoever ends goes on


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancels until they have ended. Their errors are not raised: what ends has nobody left to tell."""
    pending = {task for task in tasks if task is not None and not task.done()}
    for _ in range(PATIENCE):
        if not pending:
            return
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
    for task in pending:
        log.error("task.will-not-end", task=task.get_name())
