"""The suggestions in a text, in its order, with their places. The page finds the same (``suggestions-found.ts``)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from pycrdt import Doc

from hub.documents.numbering import Counter
from hub.suggestions.tree import (
    DELETION,
    INSERTION,
    PROPOSED,
    Block,
    Run,
    Said,
    read,
    said_in_attribute,
    said_in_mark,
)

LONGEST_WORDS = 20_000
"""Of one suggestion in the table; the text holds all of it."""


class Found(msgspec.Struct):
    said: Said
    place: str
    removed: str = ""
    added: str = ""
    _removed_in: int = -1
    _added_in: int = -1

    def take(self, run: Run, block: int, *, added: bool) -> None:
        """Between paragraphs stands a line break."""
        if added:
            self.added += ("\n" if self.added and self._added_in != block else "") + run.words
            self._added_in = block
        else:
            self.removed += ("\n" if self.removed and self._removed_in != block else "") + run.words
            self._removed_in = block


def suggestions_in(doc: Doc[Any]) -> list[Found]:
    """Raises tree.NoText where the document is no text."""
    found: dict[tuple[str, str], Found] = {}
    place = _Place()

    def note(said: Said) -> Found:
        return found.setdefault((said.by, said.id), Found(said, place.words))

    for number, top in enumerate(read(doc)):
        place.pass_(top)
        for block in _blocks(top):
            proposed = said_in_attribute(block.attributes.get(PROPOSED))
            if proposed is not None:
                note(proposed)
            for run in block.children:
                if not isinstance(run, Run):
                    continue
                for key in (DELETION, INSERTION):
                    said = said_in_mark(run.marks.get(key))
                    if said is not None:
                        note(said).take(run, number, added=key == INSERTION)
    for one in found.values():
        one.removed, one.added = _kept(one.removed), _kept(one.added)
    return list(found.values())


def _kept(words: str) -> str:
    return words[:LONGEST_WORDS].replace("\0", "")  # which PostgreSQL refuses


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for child in block.children:
        if isinstance(child, Block):
            yield from _blocks(child)


def moment(at: str) -> datetime:
    """What the author's device wrote; what is no moment is long ago."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class _Place:
    def __init__(self) -> None:
        self._counter = Counter()
        self._labels: dict[str, str] = {}

    def pass_(self, block: Block) -> None:
        level = block.attributes.get("level")
        if block.tag == "heading":
            self._labels = {}
            self._counter.next(1 if level == 1 else 2)
        part = block.attributes.get("part")
        if block.tag != "paragraph" or part not in ("article", "clause", "point") or block.attributes.get(PROPOSED):
            return
        label = (self._counter.next(part) or "").rstrip(".)")
        kept = {"article": (), "clause": ("article",), "point": ("article", "clause")}[part]
        self._labels = {key: words for key, words in self._labels.items() if key in kept} | {part: label}

    @property
    def words(self) -> str:
        """As the law says it."""
        said = [f"điểm {self._labels['point']}"] if "point" in self._labels else []
        said += [f"khoản {self._labels['clause']}"] if "clause" in self._labels else []
        return ", ".join([*said, *([self._labels["article"]] if "article" in self._labels else [])])
