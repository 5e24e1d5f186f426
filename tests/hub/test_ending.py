"""A task that swallows a cancellation is told again, and one that never ends holds nobody up for ever."""

import asyncio
import contextlib

import anyio
import pytest

from hub import ending


async def deaf(times: int) -> None:
    for _ in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_task_that_missed_the_word_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    task = asyncio.create_task(deaf(3))
    await asyncio.sleep(0)

    with anyio.fail_after(5):
        await ending.end(task, None)

    assert task.done()


async def test_who_ends_goes_on_without_a_task_that_never_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    task = asyncio.create_task(deaf(10_000))
    await asyncio.sleep(0)

    with anyio.fail_after(5):
        await ending.end(task)

    assert not task.done()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
