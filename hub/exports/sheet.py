"""The page as both files show it: every number counted, every reference in words, every table a full grid.

``sheet.typ`` and ``word_out.py`` draw a ``Sheet`` and decide nothing, so that a PDF and a Word file say the same.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from hub.documents.numbering import Numbered, Place, kind_of, numbered, reference_words, targets
from hub.documents.structure import (
    Align,
    Block,
    Break,
    Cell,
    Fact,
    Heading,
    Inline,
    Items,
    Paragraph,
    Picture,
    Pointer,
    Quote,
    Rule,
    Table,
    Words,
    texts_below,
)

Kind = Literal["body", "article", "clause", "point", "ground", "title", "subject", "section"]
HEADINGS: dict[int, Kind] = {1: "title", 2: "subject", 3: "section"}


class Run(msgspec.Struct, frozen=True):
    """Words of one look. "\\n" is a new line. ``to``: the anchor it leads to."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    to: str | None = None


class Line(msgspec.Struct, frozen=True, tag="line"):
    kind: Kind
    runs: list[Run]
    label: str | None = None
    anchor: str | None = None
    align: Align | None = None


class SheetCell(msgspec.Struct, frozen=True):
    row: int
    column: int
    rowspan: int
    colspan: int
    header: bool
    blocks: "list[Laid]"


class Grid(msgspec.Struct, frozen=True, tag="grid"):
    """No cell overlaps another and none is missing. ``headers``: how many first rows are repeated on each page.
    ``widths``: of the columns, in mm; none: all alike."""

    columns: int
    rows: int
    headers: int
    cells: list[SheetCell]
    widths: list[int] = []


class Listed(msgspec.Struct, frozen=True, tag="list"):
    ordered: bool
    start: int
    items: "list[list[Laid]]"


class Image(msgspec.Struct, frozen=True, tag="image"):
    image: str
    alt: str


class Quoted(msgspec.Struct, frozen=True, tag="quote"):
    blocks: "list[Laid]"


class Ruled(msgspec.Struct, frozen=True, tag="rule"):
    """A third of the page wide, in the middle."""


Laid: TypeAlias = Line | Grid | Listed | Image | Quoted | Ruled


class Signer(msgspec.Struct, frozen=True):
    titles: list[str]
    name: str


class Head(msgspec.Struct, frozen=True):
    """What stands above the text: whose it is, its number, and on drafts that it is one."""

    parent: list[str]
    issuer: list[str]
    number: str
    draft: bool
    dated: str | None


class Foot(msgspec.Struct, frozen=True):
    """What stands below it: recipients left, who signs. Minutes have two to sign, the first on the left."""

    recipients: list[str]
    signers: list[Signer]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    author: str
    date: tuple[int, int, int, int, int, int]
    head: Head
    blocks: list[Laid]
    foot: Foot | None
    mark: str = ""
    """Small, at the foot of every page: which locked version this is."""


def lay_out(blocks: Sequence[Block]) -> list[Laid]:
    places = numbered(blocks)
    known = targets(blocks, places)
    inlines = (inline for block in blocks for text in texts_below(block) for inline in text.inlines)
    used = {inline.to for inline in inlines if isinstance(inline, Pointer)}
    layout = _Layout(known, {part: f"phan-{at}" for at, part in enumerate(sorted(used & known.keys()), 1)})
    laid: list[Laid] = []
    for block, place in zip(blocks, places, strict=True):
        laid += layout.block(block, place)
    return _ruled_subject(laid)


def _ruled_subject(laid: list[Laid]) -> list[Laid]:
    """Decree 30: under the name of the type and the subject a line of a third to a half of their width."""
    at = 0
    while at < len(laid) and isinstance(line := laid[at], Line) and line.kind in ("title", "subject"):
        at += 1
    titled = any(isinstance(line, Line) and line.kind == "subject" for line in laid[:at])
    return [*laid[:at], Ruled(), *laid[at:]] if titled else laid


class _Layout:
    def __init__(self, known: Mapping[str, Place], anchors: Mapping[str, str]) -> None:
        self._known, self._anchors = known, anchors
        self._unset = dict(anchors)  # of two parts with one id the first is the one

    def block(self, block: Block, place: Numbered | None, here: Place | None = None) -> list[Laid]:  # noqa: PLR0911  one answer a kind
        """``place`` only for what stands at the top of the text; ``here`` is where a reference inside stands."""
        here = place.place if place is not None else here or Place()
        match block:
            case Paragraph() | Heading():
                return [self._line(block, place, here)]
            case Items():
                items = [self._inside(item, here) for item in block.items if item]
                return [Listed(block.ordered, block.start, items)] if items else []
            case Table():
                return [self._grid(block.rows, here)]
            case Picture():
                return [Image(block.image, block.alt)]
            case Quote():
                return [Quoted(self._inside(block.blocks, here))]
            case Rule():
                return [Ruled()]
            case Fact():  # what it says was put in its place before
                return []

    def _inside(self, blocks: Sequence[Block], here: Place) -> list[Laid]:
        return [laid for block in blocks for laid in self.block(block, None, here)]

    def _line(self, block: Paragraph | Heading, place: Numbered | None, here: Place) -> Line:
        runs = [self._run(inline, here) for inline in block.inlines]
        if isinstance(block, Heading):
            return Line(HEADINGS[block.level], runs, align=block.align)
        kind = kind_of(block) if place is not None else None
        anchor = self._unset.pop(block.id, None) if block.id and place is not None and place.label else None
        label = place.label if place is not None else None
        return Line(kind if isinstance(kind, str) else "body", runs, label, anchor, block.align)

    def _run(self, inline: Inline, here: Place) -> Run:
        match inline:
            case Words():
                return Run(inline.text, inline.bold, inline.italic, inline.underline, inline.strike)
            case Pointer():
                target = self._known.get(inline.to)
                return Run(reference_words(target, here), to=self._anchors.get(inline.to))
            case Break():
                return Run("\n")

    def _grid(self, rows: Sequence[Sequence[Cell]], here: Place) -> Grid:
        """As a browser lays a table out; a span that meets another cell or the edge is cut, a hole is an empty cell."""
        taken: dict[tuple[int, int], int] = {}
        placed: list[tuple[int, int, int, int, Cell]] = []
        for row, cells in enumerate(rows):
            column = 0
            for cell in cells:
                while (row, column) in taken:
                    column += 1
                colspan = 1
                while colspan < cell.colspan and (row, column + colspan) not in taken:
                    colspan += 1
                rowspan = min(cell.rowspan, len(rows) - row)
                for down in range(rowspan):
                    for right in range(colspan):
                        taken[row + down, column + right] = len(placed)
                placed.append((row, column, rowspan, colspan, cell))
                column += colspan
        columns = max(column for _, column in taken) + 1
        found = [
            SheetCell(row, column, rowspan, colspan, cell.header, self._inside(cell.blocks, here))
            for row, column, rowspan, colspan, cell in placed
        ]
        found += [
            SheetCell(row, column, 1, 1, False, [])
            for row in range(len(rows))
            for column in range(columns)
            if (row, column) not in taken
        ]
        found.sort(key=lambda cell: (cell.row, cell.column))
        return Grid(columns, len(rows), _headers(found, len(rows)), found)


def _headers(cells: Sequence[SheetCell], rows: int) -> int:
    """How many first rows are all headers, as long as something follows and no cell reaches out of them."""
    count = 0
    while count < rows - 1 and all(cell.header for cell in cells if cell.row == count):
        count += 1
    while count and any(cell.row < count < cell.row + cell.rowspan for cell in cells):
        count -= 1
    return count
