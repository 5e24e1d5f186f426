"""The truth of a document: an append-only log of updates, and the snapshot that replaced its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from realtime.replica import merge


class LogUnavailable(Exception):
    """The log cannot be reached now. What waits for it goes on waiting; a document cannot be opened."""


@dataclass(frozen=True)
class Stored:
    """What the log holds after a number; with a snapshot when the rows between are compacted away."""

    updates: list[bytes]
    head: int
    """The number of the newest row; numbers of a document have no gaps."""
    snapshot_at: int = 0
    """Up to this number the rows are gone; their content is the first of `updates` when `after` lies before it."""


@dataclass(frozen=True)
class Overdue:
    document_id: str
    rows: int
    size: int


@runtime_checkable
class Log(Protocol):
    """Every method raises LogUnavailable where the store cannot be reached."""

    async def read(self, document_id: str, after: int = 0) -> Stored | None:
        """None where there is no such document: deleted, or never made. An empty one has no updates and head 0."""
        ...

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        """Commits all at once, each document's in order; returns their numbers, None for a document that is gone."""
        ...

    async def heads(self, document_ids: Sequence[str]) -> dict[str, int]: ...

    async def take_lease(self, document_id: str, holder: str, seconds: float) -> bool:
        """Whether this holder may compact now. One lease per document for all hubs; it runs out by itself."""
        ...

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        """Puts the state in place of the rows up to a number and gives the lease back; False if the lease was lost."""
        ...

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        """Documents whose rows since the snapshot have grown so far, the largest first."""
        ...


@dataclass
class _Rows:
    snapshot: bytes | None = None
    snapshot_at: int = 0
    rows: list[bytes] = field(default_factory=list)
    lease: str | None = None

    @property
    def head(self) -> int:
        return self.snapshot_at + len(self.rows)


class MemoryLog:
    """For tests: as strict as the real one, and it can be told to be away."""

    def __init__(self, document_ids: Sequence[str] = ()) -> None:
        self._documents = {document_id: _Rows() for document_id in document_ids}
        self.available = True
        self.reads = 0
        self.commits = 0

    def add(self, document_id: str) -> None:
        self._documents[document_id] = _Rows()

    def remove(self, document_id: str) -> None:
        del self._documents[document_id]

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
        if after < rows.snapshot_at and rows.snapshot is not None:
            return Stored([rows.snapshot, *rows.rows], rows.head, rows.snapshot_at)
        return Stored(rows.rows[after - rows.snapshot_at :], rows.head, rows.snapshot_at)

    async def append(self, entries: Sequence[tuple[str, bytes]]) -> list[int | None]:
        self._check()
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

    async def take_lease(self, document_id: str, holder: str, seconds: float) -> bool:
        self._check()
        rows = self._documents[document_id]
        if rows.lease not in (None, holder):
            return False
        rows.lease = holder
        return True

    async def compact(self, document_id: str, holder: str, upto: int, state: bytes) -> bool:
        self._check()
        rows = self._documents[document_id]
        if rows.lease != holder:
            return False
        rows.rows = rows.rows[upto - rows.snapshot_at :]
        rows.snapshot, rows.snapshot_at, rows.lease = state, upto, None
        return True

    async def overdue(self, min_rows: int, min_bytes: int, limit: int) -> list[Overdue]:
        self._check()
        found = [Overdue(i, len(r.rows), sum(map(len, r.rows))) for i, r in self._documents.items()]
        found = [o for o in found if o.rows >= min_rows or o.size >= min_bytes]
        return sorted(found, key=lambda o: -o.size)[:limit]
