"""Python 3.11's ``asyncio.wait_for`` swallows a cancellation that arrives together with its result: the task that was
told to end goes on, and whoever waits for its end waits for ever. psycopg_pool, aiomqtt and amqtt wait with it. Python
3.12 mended it by building on ``asyncio.timeout``; ``hub/__init__.py`` puts the same in place for 3.11.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def wait_for(fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109  the name and shape it stands in for
    """As ``asyncio.wait_for`` of Python 3.12: a result never hides a cancellation."""
    if timeout is None or timeout > 0:
        async with asyncio.timeout(timeout):
            return await fut
    task = asyncio.ensure_future(fut)
    if not task.done():
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            raise TimeoutError from None
    return task.result()
