"""The order of the queue, without a database: procedural first, then by time; what the chair moved stays moved."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from hub.speeches.models import SpeechKind

T = TypeVar("T")


class Asked(Protocol):
    """What decides a place."""

    @property
    def item_id(self) -> UUID | None: ...
    @property
    def kind(self) -> SpeechKind: ...


def same_queue(one: Asked, other: Asked) -> bool:
    """Whether they wait for the same thing: what is asked on the whole meeting waits at every item; questions apart."""
    if (one.kind == "question") != (other.kind == "question"):
        return False
    return one.item_id is None or other.item_id is None or one.item_id == other.item_id


def place_of(queue: Sequence[Asked], new: Asked) -> int:
    """A procedural one comes before the first that is not, all others come last."""
    if new.kind == "procedural":
        for place, waiting in enumerate(queue):
            if waiting.kind != "procedural" and same_queue(waiting, new):
                return place
    return len(queue)


def put(queue: Sequence[T], one: T, place: int) -> list[T]:
    return [*queue[:place], one, *queue[place:]]


def without(queue: Sequence[T], one: T) -> list[T]:
    return [each for each in queue if each != one]
