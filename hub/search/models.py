"""The words of search."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ai.search import Piece

PassageKind = Literal["title", "agenda", "minutes", "conclusion", "resolution", "transcript", "paper"]
Why = Literal["meaning", "word", "number"]


class SearchModel(msgspec.Struct, frozen=True):
    """Whether meaning takes part in the search now. ``progress``, 0 to 1, while the model is being made ready."""

    state: Literal["ready", "loading", "missing"]
    progress: float = 1.0


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """``link`` opens the meeting at the passage."""

    id: UUID
    meeting_id: UUID
    meeting_title: str
    meeting_date: datetime
    unit_name: str
    kind: PassageKind
    heading: str
    passage: list[Piece]
    why: list[Why]
    link: str


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``restored``: the words that were searched instead, when the query came without diacritics; null if as typed."""

    query: str
    restored: str | None
    results: list[SearchResult]
    total_shown: int
    model: SearchModel


class SearchUnit(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class SearchFilters(msgspec.Struct, frozen=True):
    """What the reader can narrow a search to: of the meetings he may find, nothing else."""

    years: list[int]
    units: list[SearchUnit]
    kinds: list[PassageKind]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One passage with what stands before and after it. ``block``: which block of its document, or page of its paper,
    it begins at."""

    id: UUID
    meeting_id: UUID
    kind: PassageKind
    document_id: UUID | None
    item_id: UUID | None
    segment_id: UUID | None
    paper_id: UUID | None
    block: int
    heading: str
    before: str
    text: str
    after: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A passage as it is read from its source, before it has an id. ``number``: of a paper, the version read."""

    kind: PassageKind
    text: str
    heading: str = ""
    document_id: UUID | None = None
    item_id: UUID | None = None
    segment_id: UUID | None = None
    paper_id: UUID | None = None
    number: int = 0
    block: int = 0
