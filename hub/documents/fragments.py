"""A text's blocks read from the shared document, and written into it in the shapes the page's editor writes.

Any Yjs client may have written, so nothing is trusted to have the shape our page gives it: what is nested too deep is
not followed. Text that somebody only proposes (the mark ``insertion``) is not the text; what somebody proposes to
delete still is.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pycrdt import XmlElement, XmlFragment, XmlText

from hub.documents.structure import (
    ALIGNS,
    FACT_KINDS,
    IMAGE_PREFIX,
    PARTS,
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
)

DEEPEST: Final = 12
LONGEST_ID: Final = 40
MOST_SPAN: Final = 100


def read_blocks(node: XmlFragment | XmlElement, depth: int = 0) -> list[Block]:
    if depth >= DEEPEST:
        return []
    return [block for child in node.children if (block := read_block(child, depth)) is not None]


def read_block(node: object, depth: int = 0) -> Block | None:  # noqa: PLR0911, PLR0912  one answer a tag
    if isinstance(node, XmlText):
        return Paragraph(list(_words(node)))
    if not isinstance(node, XmlElement):
        return None
    said = _said(node)
    match node.tag:
        case "paragraph":
            inlines = list(_inlines(node))
            if said.get(
                "proposed"
            ):  # a paragraph somebody proposes: it is no part yet, and without others' words nothing
                return Paragraph(inlines, align=_align(said)) if inlines else None
            return Paragraph(inlines, _one(said.get("part"), PARTS), _id(said), _align(said))
        case "heading":
            level = said.get("level")
            return Heading(2 if level == 2 else 3 if level == 3 else 1, list(_inlines(node)), _align(said))
        case "bulletList" | "orderedList" as tag:
            items = [read_blocks(item, depth + 1) for item in _elements(node, "listItem")]
            return Items(items, ordered=tag == "orderedList", start=_whole(said.get("start"), 0, 1_000_000, 1))
        case "table":
            rows = [list(_cells(row, depth)) for row in _elements(node, "tableRow")]
            return Table([row for row in rows if row]) if any(rows) else None
        case "image":
            source, alt = said.get("src"), said.get("alt")
            if isinstance(source, str) and source.startswith(IMAGE_PREFIX):
                return Picture(source.removeprefix(IMAGE_PREFIX), alt if isinstance(alt, str) else "")
        case "blockquote":
            return Quote(read_blocks(node, depth + 1))
        case "horizontalRule":
            return Rule()
        case "factBlock":
            kind, ref = _one(said.get("kind"), FACT_KINDS), said.get("ref")
            return Fact(kind, ref if isinstance(ref, str) and len(ref) <= LONGEST_ID else "") if kind else None
        case _:  # somebody's client is newer or stranger than we: its words still count
            if inlines := list(_inlines(node)):
                return Paragraph(inlines)
            if blocks := read_blocks(node, depth + 1):
                return Quote(blocks)
    return None


def _cells(row: XmlElement, depth: int) -> Iterator[Cell]:
    for cell in _elements(row, "tableCell", "tableHeader"):
        said = _said(cell)
        yield Cell(
            read_blocks(cell, depth + 1),
            cell.tag == "tableHeader",
            _whole(said.get("colspan"), 1, MOST_SPAN, 1),
            _whole(said.get("rowspan"), 1, MOST_SPAN, 1),
        )


def _elements(node: XmlElement, *tags: str) -> Iterator[XmlElement]:
    for child in node.children:
        if isinstance(child, XmlElement) and child.tag in tags:
            yield child


def _inlines(node: XmlElement) -> Iterator[Inline]:
    for child in node.children:
        if isinstance(child, XmlText):
            yield from _words(child)
        elif isinstance(child, XmlElement) and child.tag == "hardBreak":
            yield Break()
        elif isinstance(child, XmlElement) and child.tag == "reference":
            to = _said(child).get("to")
            yield Pointer(to if isinstance(to, str) else "")


def _words(node: XmlText) -> Iterator[Words]:
    for piece, formats in node.diff():
        marks = formats or {}
        if isinstance(piece, str) and not any(name.split("--")[0] == "insertion" for name in marks):
            text = "".join(letter for letter in piece if letter >= " " or letter == "\t")
            if text:
                yield Words(text, **{name: name in marks for name in ("bold", "italic", "underline", "strike")})


def _said(node: XmlElement) -> dict[str, Any]:
    return {name: value for name, value in node.attributes}  # type: ignore[attr-defined]  # noqa: C416


def _one(value: object, known: Sequence[Any]) -> Any:
    return next((one for one in known if one == value), None)


def _align(said: dict[str, Any]) -> Align | None:
    found: Align | None = _one(said.get("textAlign"), ALIGNS)
    return found


def _id(said: dict[str, Any]) -> str | None:
    value = said.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None


def _whole(value: object, least: int, most: int, otherwise: int) -> int:
    """ProseMirror writes numbers as numbers, pycrdt reads them as floats."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return otherwise
    return int(value)


def write_blocks(parent: XmlFragment | XmlElement, blocks: Sequence[Block]) -> None:
    """Appends the blocks, in the shapes the page's editor writes. Call inside a transaction."""
    for block in blocks:
        match block:
            case Paragraph():
                node = parent.children.append(XmlElement("paragraph"))
                _say(node, part=block.part, id=block.id, textAlign=block.align)
                _write_inlines(node, block.inlines)
            case Heading():
                node = parent.children.append(XmlElement("heading"))
                _say(node, level=block.level, textAlign=block.align)
                _write_inlines(node, block.inlines)
            case Items():
                node = parent.children.append(XmlElement("orderedList" if block.ordered else "bulletList"))
                _say(node, start=block.start if block.ordered else None)
                for item in block.items:
                    write_blocks(node.children.append(XmlElement("listItem")), item)
            case Table():
                node = parent.children.append(XmlElement("table"))
                for row in block.rows:
                    line = node.children.append(XmlElement("tableRow"))
                    for cell in row:
                        place = line.children.append(XmlElement("tableHeader" if cell.header else "tableCell"))
                        _say(place, colspan=cell.colspan, rowspan=cell.rowspan)
                        write_blocks(place, cell.blocks)
            case Picture():
                _say(parent.children.append(XmlElement("image")), src=IMAGE_PREFIX + block.image, alt=block.alt or None)
            case Quote():
                write_blocks(parent.children.append(XmlElement("blockquote")), block.blocks)
            case Rule():
                parent.children.append(XmlElement("horizontalRule"))
            case Fact():
                _say(parent.children.append(XmlElement("factBlock")), kind=block.kind, ref=block.ref or None)


def _say(node: XmlElement, **attributes: Any) -> None:
    for name, value in attributes.items():
        if value is not None:
            node.attributes[name] = value


def _write_inlines(node: XmlElement, inlines: Sequence[Inline]) -> None:
    """Words next to one another are one shared text, as the editor has them."""
    text: XmlText | None = None
    for inline in inlines:
        if isinstance(inline, Words):
            if text is None:
                text = node.children.append(XmlText(""))
            marks: dict[str, Any] = {
                name: {} for name in ("bold", "italic", "underline", "strike") if getattr(inline, name)
            }
            text.insert(len(text), inline.text, marks)  # pycrdt counts in UTF-8 bytes, and so does len(XmlText)
        else:
            text = None
            element = node.children.append(XmlElement("reference" if isinstance(inline, Pointer) else "hardBreak"))
            if isinstance(inline, Pointer):
                element.attributes["to"] = inline.to
