"""A text as what it consists of: paragraphs that may be parts of a law text, headings, lists, tables, pictures.

Only the words for it; ``fragments`` reads and writes them in a shared document. The child that makes files knows these,
so nothing heavy is imported here.
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias, get_args

import msgspec

Part = Literal["article", "clause", "point", "ground"]
Align = Literal["center", "right"]
Level = Literal[1, 2, 3]

PARTS: Final[tuple[Part, ...]] = ("article", "clause", "point", "ground")
ALIGNS: Final[tuple[Align, ...]] = ("center", "right")
IMAGE_PREFIX: Final = "/api/images/"


class Words(msgspec.Struct, frozen=True, tag="words", omit_defaults=True):
    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Break(msgspec.Struct, frozen=True, tag="break"):
    """A new line in the same paragraph."""


class Pointer(msgspec.Struct, frozen=True, tag="pointer"):
    """A cross-reference to the part that has this id; how it reads is counted, see ``numbering``."""

    to: str


Inline: TypeAlias = Words | Break | Pointer


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph", omit_defaults=True):
    inlines: list[Inline] = []
    part: Part | None = None
    id: str | None = None
    align: Align | None = None


class Heading(msgspec.Struct, frozen=True, tag="heading", omit_defaults=True):
    level: Level
    inlines: list[Inline] = []
    align: Align | None = None


class Items(msgspec.Struct, frozen=True, tag="items", omit_defaults=True):
    """A list, with dashes or numbered from ``start``."""

    items: "list[list[Block]]"
    ordered: bool = False
    start: int = 1


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    blocks: "list[Block]"
    header: bool = False
    colspan: int = 1
    rowspan: int = 1


class Table(msgspec.Struct, frozen=True, tag="table"):
    rows: list[list[Cell]]


class Picture(msgspec.Struct, frozen=True, tag="picture", omit_defaults=True):
    image: str
    """The id in ``/api/images/{id}``."""
    alt: str = ""


class Quote(msgspec.Struct, frozen=True, tag="quote"):
    blocks: "list[Block]"


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A short line across."""


FactKind = Literal[
    "opening", "attendance", "officers", "roll", "agenda", "item", "speeches", "vote", "conclusion", "ending"
]
FACT_KINDS: Final[tuple[FactKind, ...]] = get_args(FactKind)


class Fact(msgspec.Struct, frozen=True, tag="fact", omit_defaults=True):
    """A block that says what the meeting's facts say: ``hub/minutes/facts.py`` knows what. It holds no words."""

    kind: FactKind
    ref: str = ""
    """The id of the item or vote it is about; empty: the whole meeting."""


Block: TypeAlias = Paragraph | Heading | Items | Table | Picture | Quote | Rule | Fact


def texts_below(block: Block) -> Iterator[Paragraph | Heading]:
    """The paragraphs and headings a block consists of, itself included."""
    if isinstance(block, Paragraph | Heading):
        yield block
    for inner in inside(block):
        yield from texts_below(inner)


def inside(block: Block) -> Iterator[Block]:
    match block:
        case Items():
            for item in block.items:
                yield from item
        case Table():
            for row in block.rows:
                for cell in row:
                    yield from cell.blocks
        case Quote():
            yield from block.blocks
        case _:
            pass
