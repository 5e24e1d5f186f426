"""The numbers of Điều, khoản and điểm, and how a reference to one reads. Counted from the order, never written.

The page counts the same way (``editor/numbering.ts``); both are held to the cases in ``editor/numbering.cases.json``.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hub.documents.structure import Block, Fact, Heading, Level, Paragraph, Part

LETTERS: Final = "abcdđeghiklmnopqrstuvxy"
"""The law's alphabet for điểm: "đ" follows "d", and there is no f, j, w, z."""
GONE: Final = "(điều đã bỏ)"


class Place(msgspec.Struct, frozen=True):
    """Where a block stands: in which text of the document, in which article, clause and point (0: in none)."""

    text: int = 0
    article: int = 0
    clause: int = 0
    point: int = 0


def letter_of(number: int) -> str:
    rest, at = divmod(number - 1, len(LETTERS))
    return (letter_of(rest) if rest else "") + LETTERS[at]


class Counter:
    """Articles are counted through the whole text, clauses within their article, points within their clause."""

    def __init__(self) -> None:
        self._text = self._article = self._clause = self._point = 0
        self._inside = False  # of an article: a heading ends it

    def next(self, block: Part | Level | None) -> str | None:
        """The label a block has here, or None for one that has none."""
        match block:
            case "article":
                self._article, self._clause, self._point, self._inside = self._article + 1, 0, 0, True
                return f"Điều {self._article}."
            case "clause":
                self._clause, self._point = self._clause + 1, 0
                return f"{self._clause}."
            case "point":
                self._point += 1
                return f"{letter_of(self._point)})"
            case 1:  # another text begins, such as the regulation that a resolution issues
                self._text += 1
                self._article = self._clause = self._point = 0
                self._inside = False
            case 2 | 3:
                self._clause = self._point = 0
                self._inside = False
            case _:
                pass
        return None

    @property
    def place(self) -> Place:
        return Place(self._text, self._article if self._inside else 0, self._clause, self._point)


class Numbered(msgspec.Struct, frozen=True):
    label: str | None
    place: Place


def kind_of(block: Block) -> Part | Level | None:
    if isinstance(block, Paragraph):
        return block.part
    if isinstance(block, Fact):  # the item's title, which stands as a section's
        return 3 if block.kind == "item" else None
    return block.level if isinstance(block, Heading) else None


def numbered(blocks: Iterable[Block]) -> list[Numbered]:
    """For each block of a text, in order. Only those at the top are counted, as the page does."""
    counter = Counter()
    return [Numbered(counter.next(kind_of(block)), counter.place) for block in blocks]


def targets(blocks: Sequence[Block], places: Sequence[Numbered]) -> dict[str, Place]:
    """The parts that may be referred to. Of two with one id (copied in two windows at once) the first counts."""
    found: dict[str, Place] = {}
    for block, place in zip(blocks, places, strict=True):
        if isinstance(block, Paragraph) and block.id and place.label is not None:
            found.setdefault(block.id, place.place)
    return found


def reference_words(target: Place | None, here: Place) -> str:
    """As drafters write it: in full from elsewhere, "Điều này" and "khoản này" from inside."""
    if target is None:
        return GONE
    inside = target.article > 0 and (target.text, target.article) == (here.text, here.article)
    words = [f"điểm {letter_of(target.point)}"] if target.point else []
    if target.clause and inside and target.clause == here.clause:
        return " ".join([*words, "khoản này"])
    if target.clause:
        words.append(f"khoản {target.clause}")
    if target.article:
        words.append("Điều này" if inside else f"Điều {target.article}")
    return " ".join(words)
