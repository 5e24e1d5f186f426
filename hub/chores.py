"""Chores: work of the hub's own that may be due at any look, done as a job by one process at a time."""

from typing import ClassVar, Protocol


class Chore(Protocol):
    """``due`` is asked every few seconds and must be cheap; ``do`` may be repeated without harm."""

    name: ClassVar[str]

    async def due(self) -> bool: ...

    async def do(self) -> None: ...
