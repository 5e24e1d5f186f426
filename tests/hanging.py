"""A test that hangs fails, and says where every task waits: one hang must not eat the time of all the others."""

import asyncio
import signal
import sys
from collections.abc import Generator, Iterator
from types import FrameType
from typing import Any

import pytest

LIMIT_SECONDS = 240.0
AGAIN_SECONDS = 30.0  # what hung once may hang again while it is being closed


class Hangs(Exception):
    pass


def _interrupt(number: int, frame: FrameType | None) -> None:
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:  # not in a loop: the traceback of the exception says it all
        tasks = set()
    for task in tasks:
        print(f"\n{task.get_name()} waits at", *_places(task.get_coro()), sep="\n  ", file=sys.stderr)
    raise Hangs(f"not done after {LIMIT_SECONDS:.0f} s; where its {len(tasks)} tasks wait is printed above")


def _places(coroutine: Any) -> Iterator[str]:
    """From the outermost await to the innermost; a task's own stack shows only one of them."""
    while coroutine is not None:
        kind = next((kind for kind in ("cr", "ag", "gi") if hasattr(coroutine, f"{kind}_frame")), None)
        frame = getattr(coroutine, f"{kind}_frame", None)
        if frame is None:
            return
        yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"
        coroutine = getattr(coroutine, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    signal.signal(signal.SIGALRM, _interrupt)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS, AGAIN_SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
