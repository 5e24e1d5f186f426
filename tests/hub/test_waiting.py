"""A cancellation that meets its result is not lost (Python 3.11 lost it)."""

import asyncio

import pytest

import hub  # noqa: F401  puts the mended wait_for in place on Python 3.11
from hub.waiting import wait_for


@pytest.mark.parametrize("wait", [asyncio.wait_for, wait_for], ids=["as every library calls it", "ours"])
async def test_a_cancellation_that_meets_the_result_is_not_swallowed(wait) -> None:
    result = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait(result, 60))
    await asyncio.sleep(0)

    result.set_result("there")
    waiting.cancel()  # the result is there, and the waiting task has not run yet

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_it_waits_no_longer_than_it_was_told_and_gives_what_came() -> None:
    loop = asyncio.get_running_loop()
    done, never = loop.create_future(), loop.create_future()
    done.set_result(1)

    assert await wait_for(done, 1) == await wait_for(done, 0) == await wait_for(done, None) == 1
    for seconds in (0.001, 0, -1):
        with pytest.raises(TimeoutError):
            await wait_for(loop.create_future() if seconds > 0 else asyncio.shield(never), seconds)
