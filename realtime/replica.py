"""The server's own copy of a document: brought up to date in batches, when somebody asks what it holds.

`receive` paths never touch it. It keeps what cannot be integrated yet (a piece whose forerunner is missing), which
pycrdt leaves out of its state, so that a newcomer gets that too.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import pycrdt
import structlog

from realtime.sink import framed
from realtime.wire import NOTHING, Ranges, covers, read_deletions, read_state_vector, step_2

log = structlog.get_logger()

MERGE_AT_MOST: Final = 100  # merge_updates is superlinear past 200
EMPTY_VECTOR: Final = b"\x00"
REMEMBERED_STEPS: Final = 32
REMEMBERED_BYTES: Final = 64 * 1024
REMEMBERED_PIECES: Final = 5000


def new_doc() -> pycrdt.Doc:  # type: ignore[type-arg]
    """32-bit client ids only: y-py cuts wider ones off without an error."""
    return pycrdt.Doc(client_id=random.getrandbits(32))


def is_engine_failure(error: BaseException) -> bool:
    """A Rust panic arrives as a BaseException of its own, which cannot be imported."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def merge(updates: Sequence[bytes]) -> bytes:
    """One update that says the same; nothing is lost, pieces with missing forerunners neither."""
    pieces = list(updates)
    while len(pieces) > 1:
        pieces = [pycrdt.merge_updates(*pieces[i : i + MERGE_AT_MOST]) for i in range(0, len(pieces), MERGE_AT_MOST)]
    return pieces[0] if pieces else NOTHING


def check_readable(updates: Sequence[bytes]) -> None:
    """Raises ValueError for bytes that are no update."""
    for update in updates:
        pycrdt.get_state(update)


def apply_all(
    doc: pycrdt.Doc,  # type: ignore[type-arg]
    updates: Sequence[bytes],
    merged: bytes | None = None,
) -> list[bytes]:
    """Applies what can be applied; returns the readable but impossible rest, as only a hostile client writes it.

    For a copy that is thrown away: what the engine fails at may leave it in pieces.
    """
    if not updates:
        return []
    try:
        doc.apply_update(merge(updates) if merged is None else merged)
    except BaseException as error:
        if not is_engine_failure(error):
            raise
    else:
        return []
    refused = []
    for update in updates:
        try:
            doc.apply_update(update)
        except BaseException as error:
            if not is_engine_failure(error):
                raise
            log.error("document.impossible_update", error=str(error), size=len(update))
            refused.append(update)
    return refused


class Impossible(ValueError):
    """Some of a log cannot be applied. It is kept as it is: merged into one, it would take the rest with it."""


def whole_state(updates: Sequence[bytes]) -> bytes:
    """The smallest update with everything in it: deleted text collected, pieces with missing forerunners kept."""
    doc = made_of(updates)
    if doc is None:
        raise Impossible("the log holds an update that cannot be applied")
    waiting = pycrdt.get_update(merge(updates), doc.get_state())
    return merge([doc.get_update(), waiting])


def made_of(updates: Sequence[bytes]) -> pycrdt.Doc | None:  # type: ignore[type-arg]
    """None where the engine fails at one of them, in taking it in or in giving the whole out again afterwards."""
    doc = new_doc()
    try:
        if updates:
            doc.apply_update(merge(updates))
        doc.get_update()
    except BaseException as error:
        if not is_engine_failure(error):
            raise
        return None
    return doc


def without_the_impossible(known: list[bytes], updates: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Those that can be had together with what is known to be good, and the rest. Found by halves: the bad are few."""
    good, bad, groups = list(known), [], [list(updates)]
    while groups:
        group = groups.pop()
        if made_of([*good, *group]) is not None:
            good += group
        elif len(group) > 1:
            half = len(group) // 2
            groups += [group[half:], group[:half]]
        else:
            log.error("document.impossible_update", size=len(group[0]))
            bad += group
    return good[len(known) :], bad


class Replica:
    def __init__(self, updates: Sequence[bytes] = ()) -> None:
        self._doc = new_doc()
        self._queue: list[bytes] = list(updates)
        self._queued_bytes = sum(map(len, updates))
        self._waiting = NOTHING
        self._known: list[bytes] = []
        """What the copy is made of, to make it anew: what the engine cannot take in may leave it in pieces."""
        self._known_bytes = self._base_bytes = 0
        self.refused: frozenset[bytes] = frozenset()
        """Of what it took in last, the updates that can be read but not applied."""
        self._vector: bytes | None = None
        self._full: bytes | None = None
        self._framed_full: bytes | None = None
        self._deleted: Ranges | None = None
        self._known_steps: OrderedDict[bytes, None] = OrderedDict()

    @property
    def lag(self) -> tuple[int, int]:
        """How many updates and bytes it has not taken in yet."""
        return len(self._queue), self._queued_bytes

    def add(self, update: bytes) -> None:
        self._queue.append(update)
        self._queued_bytes += len(update)

    def catch_up(self) -> bytes | None:
        """Returns what it took in, merged into one; None where that cannot be had."""
        if not self._queue:
            return None
        queue, self._queue, self._queued_bytes = self._queue, [], 0
        self._vector = self._full = self._framed_full = self._deleted = None
        waits = [] if self._waiting == NOTHING else [self._waiting]
        self.refused = frozenset()
        try:
            merged = merge([*queue, *waits])
            self._doc.apply_update(merged)
        except BaseException as error:
            if not is_engine_failure(error):
                raise
            queue = self._make_anew(queue)
            merged = merge([*queue, *waits])
        waiting = pycrdt.get_update(merged, self._doc.get_state())
        self._waiting = waiting if waiting[0] else NOTHING
        self._remember(queue)
        return None if waits or self.refused else merged

    def _make_anew(self, updates: list[bytes]) -> list[bytes]:
        """The copy without what the engine fails at; returns the others of these updates."""
        good, bad = without_the_impossible(self._known, updates)
        self._doc = made_of([*self._known, *good]) or new_doc()
        self.refused = frozenset(bad)
        return good

    def _remember(self, updates: list[bytes]) -> None:
        """A whole in the place of its pieces when they have become twice as much."""
        self._known += updates
        self._known_bytes += sum(map(len, updates))
        if self._known_bytes > 2 * self._base_bytes + REMEMBERED_BYTES or len(self._known) > REMEMBERED_PIECES:
            self._known = [self._given_out(lambda doc: doc.get_update())]
            if self._waiting != NOTHING:
                self._known.append(self._waiting)
            self._known_bytes = self._base_bytes = sum(map(len, self._known))

    def _given_out(self, what: Callable[[pycrdt.Doc], bytes]) -> bytes:  # type: ignore[type-arg]
        """Where the engine took something in and fails only now, the copy is made anew without it."""
        try:
            return what(self._doc)
        except BaseException as error:
            if not is_engine_failure(error):
                raise
        suspects, self._known = self._known, []
        self._known = self._make_anew(suspects)
        self._waiting = pycrdt.get_update(merge(self._known), self._doc.get_state())
        self._vector = None
        return what(self._doc)

    def state_vector(self) -> bytes:
        self.catch_up()
        if self._vector is None:
            self._vector = bytes(self._doc.get_state())
        return self._vector

    def missing(self, state_vector: bytes) -> bytes:
        """What somebody with this state vector lacks. The whole is kept ready for a crowd that joins."""
        self.catch_up()
        if state_vector != EMPTY_VECTOR:
            return self._with_waiting(self._given_out(lambda doc: doc.get_update(state_vector)))
        if self._full is None:
            self._full = self._with_waiting(self._given_out(lambda doc: doc.get_update()))
        return self._full

    def framed_whole(self) -> bytes:
        """The answer to a newcomer who has nothing, ready to be written, the same bytes for all of them."""
        self.catch_up()
        if self._framed_full is None:
            self._framed_full = framed(step_2(self.missing(EMPTY_VECTOR)))
        return self._framed_full

    def holds(self, update: bytes) -> bool:
        """Whether an update brings nothing new. Deletions move no state vector, so they are compared one by one."""
        if update == NOTHING:
            return True
        if update in self._known_steps:  # what was held once is held for ever
            self._known_steps.move_to_end(update)
            return True
        self.catch_up()
        vector = self._doc.get_state()
        fresh = pycrdt.get_update(update, vector)
        if fresh[0]:
            return False
        if self._deleted is None:
            self._deleted = read_deletions(self._given_out(lambda doc: doc.get_update(vector)))
        held = covers(self._deleted, read_deletions(fresh))
        if held and len(update) < 64 * 1024:
            self._known_steps[update] = None
            if len(self._known_steps) > REMEMBERED_STEPS:
                self._known_steps.popitem(last=False)
        return held

    def tried(self, update: bytes) -> pycrdt.Doc | None:  # type: ignore[type-arg]
        """A copy of the document with this update in it; None where any of it, a deletion too, would have to wait."""
        self.catch_up()
        copy = made_of([self._given_out(lambda doc: doc.get_update()), update])
        if copy is None:
            return None
        vector = copy.get_state()
        left = pycrdt.get_update(update, vector)
        if left[0]:
            return None
        clocks = read_state_vector(vector)
        for client, ranges in read_deletions(left).items():
            if ranges and ranges[-1][1] > clocks.get(client, 0):
                return None
        return copy

    def doc(self) -> pycrdt.Doc:  # type: ignore[type-arg]
        """The document up to date, to read from; whoever edits it does so on a copy."""
        self.catch_up()
        return self._doc

    def _with_waiting(self, update: bytes) -> bytes:
        return update if self._waiting == NOTHING else pycrdt.merge_updates(update, self._waiting)
