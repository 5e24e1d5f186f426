"""The truth of a document: an append-only log of updates, and the snapshot that replaced its beginning."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from realtime.replica import merge


class LogUnavailable(Exception):
    """The log cannot be reached now. What waits for it goes on waiting; a document cannot be opened."""


class LogRefused(LogUnavailable):
    """The log was reached and took nothing: a full disk, a damaged page. One document of several may be the reason."""


@dataclass(frozen=True)
class Damage:
    """Rows that are not what was written, or are gone. Their document is read only until somebody accepts the loss."""

    rows: tuple[int, ...]
    """Numbers; 0 is the snapshot."""
    noticed_at: datetime


@dataclass(frozen=True)
class Stored:
    """What the log holds after a number; with a snapshot when the rows between are compacted away."""

    updates: list[bytes]
    """Those that are whole."""
    head: int
    """The number of the newest row; numbers of a document have no gaps."""
    snapshot_at: int = 0
    """Up to this number the rows are gone; their content is the first of `updates` when `after` lies before it."""
    damage: Damage | None = None


@dataclass(frozen=True)
class Overdue:
    document_id: str
    rows: int
    size: int


@runtime_checkable
class Log(Protocol):
    """Every method raises LogUnavailable where the store cannot be reached, LogRefused where it will not."""

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        """None where there is no such document: deleted, or never made. An empty one has no updates and head 0."""
        ...

    def pieces(self, document_id: str) -> AsyncIterator[Stored]:
        """The whole in order, a little at a time, so that a long log is never in memory; nothing where there is
        nothing since the snapshot. `head` of a piece is the number of its last row."""
        ...

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        """Commits all at once, each document's in order; returns their numbers, None for a document that is gone."""
        ...

    async def heads(self, document_ids: Sequence[str]) -> dict[str, int]: ...

    async def take_lease(self, holder: str, seconds: float) -> bool:
        """Whether this hub is the one that compacts, for so long from now. It runs out by itself: ask again in time."""
        ...

    async def give_back_lease(self, holder: str) -> None: ...

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        """Puts the state in place of the rows up to a number; False if the lease was lost or the log is damaged."""
        ...

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        """Documents whose rows since the snapshot have grown so far, the largest first; the damaged are left out."""
        ...


@dataclass
class _Rows:
    snapshot: bytes | None = None
    snapshot_at: int = 0
    rows: list[bytes] = field(default_factory=list)
    damage: Damage | None = None

    @property
    def head(self) -> int:
        return self.snapshot_at + len(self.rows)


class MemoryLog:
    """For tests: as strict as the real one, and it can be told to be away."""

    def __init__(self, document_ids: Sequence[str] = ()) -> None:
        self._documents = {document_id: _Rows() for document_id in document_ids}
        self.available = True
        self.refuses: set[str] = set()
        """Documents whose edits it will not take."""
        self.lease: tuple[str, float] | None = None
        self.reads = 0
        self.commits = 0

    def add(self, document_id: str) -> None:
        self._documents[document_id] = _Rows()

    def remove(self, document_id: str) -> None:
        del self._documents[document_id]

    def spoil(self, document_id: str, *numbers: int) -> None:
        """These rows cannot be read any more."""
        self._documents[document_id].damage = Damage(numbers, datetime.now(UTC))

    def mend(self, document_id: str) -> None:
        """What is left is taken for the whole, as when the loss was accepted."""
        rows = self._documents[document_id]
        left, rows.damage = self._sound(rows, 0), None
        rows.snapshot, rows.snapshot_at, rows.rows = merge(left), rows.head + 1, []

    def whole(self, document_id: str) -> bytes:
        rows = self._documents[document_id]
        return merge([*([rows.snapshot] if rows.snapshot else []), *rows.rows])

    def row_count(self, document_id: str) -> int:
        return len(self._documents[document_id].rows)

    def _check(self) -> None:
        if not self.available:
            raise LogUnavailable("away")

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        self.reads += 1
        self._check()
        rows = self._documents.get(document_id)
        if rows is None:
            return None
        return Stored(self._sound(rows, after), rows.head, rows.snapshot_at, rows.damage)

    async def pieces(self, document_id: str) -> AsyncIterator[Stored]:
        stored = await self.read(document_id)
        if stored is not None and stored.head > stored.snapshot_at:
            yield stored

    @staticmethod
    def _sound(rows: _Rows, after: int) -> list[bytes]:
        lost = set(rows.damage.rows if rows.damage else ())
        numbered = [(number, row) for number, row in enumerate(rows.rows, rows.snapshot_at + 1) if number > after]
        if after < rows.snapshot_at and rows.snapshot is not None:
            numbered.insert(0, (0, rows.snapshot))
        return [row for number, row in numbered if number not in lost]

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        self._check()
        if self.refuses & {document_id for document_id, _ in entries}:
            raise LogRefused("no room")
        self.commits += 1
        numbers: list[int | None] = []
        for document_id, update in entries:
            if (rows := self._documents.get(document_id)) is None:
                numbers.append(None)
                continue
            rows.rows.append(update)
            numbers.append(rows.head)
        return numbers

    async def heads(self, document_ids: Sequence[str]) -> dict[str, int]:
        self._check()
        return {i: self._documents[i].head for i in document_ids if i in self._documents}

    async def take_lease(self, holder: str, seconds: float) -> bool:
        self._check()
        now = time.monotonic()
        if self.lease is not None and self.lease[0] != holder and self.lease[1] > now:
            return False
        self.lease = (holder, now + seconds)
        return True

    async def give_back_lease(self, holder: str) -> None:
        self._check()
        if self.lease is not None and self.lease[0] == holder:
            self.lease = None

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        self._check()
        rows = self._documents[document_id]
        if self.lease is None or self.lease[0] != holder or self.lease[1] <= time.monotonic() or rows.damage:
            return False
        rows.rows = rows.rows[upto - rows.snapshot_at :]
        rows.snapshot, rows.snapshot_at = state, upto
        return True

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        self._check()
        sound = {i: r for i, r in self._documents.items() if not r.damage}
        found = [Overdue(i, len(r.rows), sum(map(len, r.rows))) for i, r in sound.items()]
        found = [o for o in found if o.rows >= min_rows or o.size >= min_bytes]
        return sorted(found, key=lambda o: -o.size)[:limit]
