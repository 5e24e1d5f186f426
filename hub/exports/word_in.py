"""A Word file becomes blocks, in the child. What a text here cannot hold is counted, so that the person can be told."""

import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from hub.documents.structure import Block, Cell, Inline, Items, Paragraph, Picture, Table, Words
from hub.exports.messages import BlocksRead, Dropped, Refused
from hub.exports.pictures import drawn
from hub.exports.recognising import Read, plain, recognise, without
from hub.exports.word_numbering import Numbering, Shown
from hub.exports.word_package import (
    IMAGE_BYTES,
    Element,
    Encrypted,
    NoWordFile,
    Package,
    TooMuch,
    child,
    is_on,
    tag,
    value,
    whole,
)
from hub.exports.word_runs import THROUGH, Runs, said_in, trimmed
from hub.exports.word_styles import Style, Styles

MOST_BLOCKS: Final = 20_000
MOST_IMAGES: Final = 200
MOST_WORDS: Final = 200
LONGEST_WORDS: Final = 2_000
"""Of what was left out: so many passages are told, each so long at most."""
DASH: Final = re.compile(r"^\s*[-–•]\s+")
LIST_TWIPS: Final = 720
LEVEL_TWIPS: Final = 454
"""Where a list begins and how much deeper each level is, in the twentieths of a point that Word measures with."""


def read_word(content: bytes) -> BlocksRead | Refused:
    try:
        return _Reader(Package(content)).read()
    except Encrypted:
        return Refused("docx-encrypted")
    except NoWordFile:
        return Refused("not-a-docx")
    except TooMuch:
        return Refused("docx-too-large")


class _Reader:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._relations = package.relations(package.main)
        parts = dict(self._relations.values())
        self._numbering = Numbering(package.xml(parts.get("numbering", "word/numbering.xml")))
        self.styles = Styles(package.xml(parts.get("styles", "word/styles.xml")))
        self._notes = {
            kind: _notes(package.xml(parts.get(f"{kind}s", f"word/{kind}s.xml")))
            for kind in ("footnote", "endnote", "comment")
        }
        self._dropped: dict[str, int] = {}
        self._words: dict[str, list[str]] = {}
        self._images: dict[str, bytes] = {}
        self._named: dict[str, str] = {}  # the bookmarks, and the id of the paragraph each stands in
        self._pointed: set[str] = set()
        self._seed = secrets.token_hex(4)  # the same file brought in twice is two sets of parts

    def read(self) -> BlocksRead:
        root = self._package.xml(self._package.main)
        body = child(root, "body")
        if body is None:
            raise NoWordFile
        self._note_bookmarks(body)
        found = list(self._blocks(body))
        recognised = recognise(found[:MOST_BLOCKS])
        self._note_rest()
        if len(found) > MOST_BLOCKS:
            self.drop("text")
        for what, count in recognised.dropped.items():
            self.drop(what, count)
        blocks = [_settled(block, self._pointed) for block in recognised.blocks]
        dropped = [
            Dropped(what, count, self._words.get(what, [])) for what, count in sorted(self._dropped.items()) if count
        ]
        return BlocksRead(blocks, {name: self._images[name] for name in _shown(blocks)}, dropped)

    def drop(self, what: str, count: int = 1, words: str = "") -> None:
        self._dropped[what] = self._dropped.get(what, 0) + count
        told = self._words.setdefault(what, [])
        if words.strip() and len(told) < MOST_WORDS:
            told.append(words.strip()[:LONGEST_WORDS])

    def drop_note(self, kind: str, number: str | None) -> None:
        """Beside the text, so it has no place in it: its words are told, for somebody to put them where they belong."""
        what = "comment" if kind == "comment" else "footnote"
        self.drop(what, words=self._notes[kind].get(number or "", ""))

    def _note_bookmarks(self, body: Element) -> None:
        for at, paragraph in enumerate(body.iter("{*}p")):
            for mark in paragraph.iter("{*}bookmarkStart"):
                if name := value(mark, "name"):
                    self._named.setdefault(name, f"{self._seed}-{at}")

    def _note_rest(self) -> None:
        """Of what lies beside the text, only that it was there."""
        if any(name.endswith("vbaProject.bin") for name in self._package.names):
            self.drop("macro")
        for kind, place in self._relations.values():
            if kind in ("header", "footer"):
                part = self._package.xml(place)
                words = "".join(text.text or "" for text in part.iter("{*}t")) if part is not None else ""
                if any(letter.isalpha() for letter in words):
                    self.drop("header", words=words)

    # --- blocks ---

    def _blocks(self, parent: Element) -> Iterator[Read | Block]:
        for element in parent:
            match tag(element):
                case "p":
                    yield from self._paragraph(element)
                case "tbl":
                    if (table := self._table(element)) is not None:
                        yield table
                case "sdt":
                    yield from self._blocks(_content(element))
                case "customXml" | "ins" | "moveTo" | "smartTag":
                    yield from self._blocks(element)
                case _:
                    pass

    def _paragraph(self, element: Element) -> Iterator[Read | Block]:
        said = child(element, "pPr")
        style = self.styles.paragraph(value(child(said, "pStyle")))
        inlines, pictures = Runs(self, style).read(element)
        align = value(child(said, "jc")) or style.align
        words = [one for one in inlines if isinstance(one, Words) and one.text.strip()]
        marks = [value(mark, "name") or "" for mark in element.iter("{*}bookmarkStart")]
        names = [self._named[name] for name in marks if name in self._named]
        outline = child(said, "outlineLvl")
        level = whole(value(outline), 9) if outline is not None else style.outline if style.outline is not None else 9
        shown = (self._shown(said, style) or _dashed(inlines, said)) if words or pictures else None
        yield Read(
            inlines=trimmed(inlines),
            shown=shown,
            centred=align == "center",
            right=align in ("right", "end"),
            bold=bool(words) and all(one.bold for one in words),
            level=level + 1 if 0 <= level < 9 else 0,
            id=names[0] if names else None,
        )
        yield from pictures

    def _shown(self, said: Element | None, style: Style) -> Shown | None:
        own = child(said, "numPr")
        number = value(child(own, "numId")) if own is not None else None
        level = value(child(own, "ilvl")) if own is not None else None
        if number == "0":
            return None
        depth = whole(level) if level is not None else style.level or 0
        return self._numbering.show(number or style.number, depth)

    # --- tables ---

    def _table(self, element: Element) -> Table | None:
        grid: list[list[tuple[int, int, bool, Cell]]] = []  # column, colspan, whether it goes on, cell
        for row in _through(element, "tr"):
            if child(row, "trPr", "del") is not None:
                self.drop("deletion", words=said_in(row))
                continue
            header = is_on(child(row, "trPr", "tblHeader"))
            column, cells = whole(value(child(row, "trPr", "gridBefore"))), []
            for cell in _through(row, "tc"):
                said = child(cell, "tcPr")
                span = max(1, min(100, whole(value(child(said, "gridSpan")), 1)))
                merge = child(said, "vMerge")
                goes_on = merge is not None and value(merge) != "restart"
                cells.append((column, span, goes_on, Cell(self._inside(cell, header), header, span)))
                column += span
            if cells:
                grid.append(cells)
        rows: list[list[Cell]] = []
        for at, cells in enumerate(grid):
            line = []
            for column, span, goes_on, cell in cells:
                if goes_on and at > 0:
                    continue
                below = 1
                while at + below < len(grid) and (column, span, True) in [one[:3] for one in grid[at + below]]:
                    below += 1
                line.append(msgspec.structs.replace(cell, rowspan=min(below, 100)))
            rows.append(line)
        kept = [row for row in rows if row]
        return Table(_headed(kept)) if kept and len(kept) == len(rows) else Table(_unmerged(grid)) if grid else None

    def _inside(self, cell: Element, header: bool) -> list[Block]:
        """A cell holds paragraphs and pictures; of a table in it only the words."""
        blocks: list[Block] = []
        for one in self._blocks(cell):
            if isinstance(one, Table):
                self.drop("table")
                texts = [inner for row in one.rows for each in row for inner in each.blocks]
                blocks += [text for text in texts if isinstance(text, Paragraph)]
            elif isinstance(one, Read):
                inlines = one.inlines
                if one.shown is not None and one.text.strip():
                    inlines = [Words(f"{one.shown.label} "), *inlines]
                if plain(inlines).strip():
                    said = without(inlines, "bold") if header else inlines
                    # The cells of a head are centred anyway.
                    centred = one.centred and not header
                    blocks.append(Paragraph(said, align="right" if one.right else "center" if centred else None))
            else:
                blocks.append(one)
        return blocks or [Paragraph()]

    # --- what a run asks for ---

    def picture(self, relation: str | None, alt: str) -> Picture | None:
        _, place = self._relations.get(relation or "", ("", ""))
        content = self._package.read(place, IMAGE_BYTES) if place and len(self._images) < MOST_IMAGES else None
        found = drawn(content) if content is not None else None
        if found is None:
            self.drop("image")
            return None
        name = str(len(self._images) + 1)
        self._images[name] = found[0]
        return Picture(name, alt[:300])

    def target(self, bookmark: str | None) -> str | None:
        part = self._named.get(bookmark or "")
        if part is not None:
            self._pointed.add(part)
        return part


def _dashed(inlines: list[Inline], said: Element | None) -> Shown | None:
    """A dash written by hand in front of a hanging paragraph is an item of a list; the dash itself is taken away."""
    indent = child(said, "ind")
    if indent is None or whole(value(indent, "hanging")) <= 0 or not inlines or not isinstance(inlines[0], Words):
        return None
    if (found := DASH.match(inlines[0].text)) is None:
        return None
    inlines[0] = msgspec.structs.replace(inlines[0], text=inlines[0].text[found.end() :])
    left = whole(value(indent, "left") or value(indent, "start")) - whole(value(indent, "hanging"))
    return Shown("–", 0, True, min(8, max(0, round((left - LIST_TWIPS) / LEVEL_TWIPS))))


def _notes(part: Element | None) -> dict[str, str]:
    """The words of footnotes, endnotes or comments by their number; of a comment also who says it."""
    found: dict[str, str] = {}
    for note in part if part is not None else ():
        words = "\n".join(filter(None, (said_in(paragraph).strip() for paragraph in note.iter("{*}p"))))
        author = value(note, "author") if tag(note) == "comment" else None
        found[value(note, "id") or ""] = f"{author}: {words}" if author and words else words
    return found


def _content(element: Element) -> Element:
    found = child(element, "sdtContent")
    return found if found is not None else ()


def _through(parent: Element, wanted: str) -> Iterator[Element]:
    for element in parent:
        if tag(element) == wanted:
            yield element
        elif tag(element) in THROUGH:
            yield from _through(element, wanted)


def _unmerged(grid: Sequence[Sequence[tuple[int, int, bool, Cell]]]) -> list[list[Cell]]:
    """Where a whole row only goes on from above, the merge is given up: every cell stands for itself."""
    return [[cell for _, _, _, cell in row] for row in grid]


def _headed(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Hardly anybody tells Word which row is the head: a first one all bold and centred is meant as one."""
    first = rows[0]
    words = [text for cell in first for text in cell.blocks if isinstance(text, Paragraph)]
    meant = len(rows) > 1 and all(cell.rowspan == 1 and not cell.header for cell in first)
    if not meant or len(words) != len(first) or not all(text.align == "center" and _bold(text) for text in words):
        return rows
    head = [
        msgspec.structs.replace(cell, header=True, blocks=[Paragraph(without(text.inlines, "bold"))])
        for cell, text in zip(first, words, strict=True)
    ]
    return [head, *rows[1:]]


def _bold(text: Paragraph) -> bool:
    said = [one for one in text.inlines if isinstance(one, Words) and one.text.strip()]
    return bool(said) and all(one.bold for one in said)


def _settled(block: Block, pointed: set[str]) -> Block:
    """Only a part somebody refers to keeps an id."""
    if isinstance(block, Paragraph) and block.id is not None and block.id not in pointed:
        return msgspec.structs.replace(block, id=None)
    return block


def _shown(blocks: Sequence[Block]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        match block:
            case Picture():
                found.append(block.image)
            case Table():
                found += [name for row in block.rows for cell in row for name in _shown(cell.blocks)]
            case Items():
                found += [name for item in block.items for name in _shown(item)]
            case _:
                pass
    return found
