"""Blocks as the page's editor takes them in: nodes of TipTap's JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.documents.structure import (
    IMAGE_PREFIX,
    Block,
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

Node = dict[str, Any]
MARKS = ("bold", "italic", "underline", "strike")


def to_nodes(blocks: Sequence[Block], images: Mapping[str, str]) -> list[Node]:
    """``images``: under which id each picture was stored; one that was not is left out."""
    return [node for block in blocks if (node := _node(block, images)) is not None]


def _node(block: Block, images: Mapping[str, str]) -> Node | None:  # noqa: PLR0911  one answer a kind
    match block:
        case Paragraph():
            return _with(block, {"type": "paragraph"}, part=block.part, id=block.id, textAlign=block.align)
        case Heading():
            return _with(block, {"type": "heading"}, level=block.level, textAlign=block.align)
        case Items():
            content = [{"type": "listItem", "content": _cell(item, images)} for item in block.items]
            node: Node = {"type": "orderedList" if block.ordered else "bulletList", "content": content}
            return node | {"attrs": {"start": block.start}} if block.ordered else node
        case Table():
            return {
                "type": "table",
                "content": [
                    {
                        "type": "tableRow",
                        "content": [
                            {
                                "type": "tableHeader" if cell.header else "tableCell",
                                "attrs": {"colspan": cell.colspan, "rowspan": cell.rowspan},
                                "content": _cell(cell.blocks, images),
                            }
                            for cell in row
                        ],
                    }
                    for row in block.rows
                ],
            }
        case Picture():
            stored = images.get(block.image)
            attrs = {"src": f"{IMAGE_PREFIX}{stored}", "alt": block.alt or None}
            return {"type": "image", "attrs": attrs} if stored else None
        case Quote():
            return {"type": "blockquote", "content": _cell(block.blocks, images)}
        case Rule():
            return {"type": "horizontalRule"}
        case Fact():
            return {"type": "factBlock", "attrs": {"kind": block.kind, "ref": block.ref or None}}


def _cell(blocks: Sequence[Block], images: Mapping[str, str]) -> list[Node]:
    """A cell, an item and a quotation begin with a paragraph and are never empty."""
    nodes = to_nodes(blocks, images)
    return nodes if nodes and nodes[0]["type"] == "paragraph" else [{"type": "paragraph"}, *nodes]


def _with(block: Paragraph | Heading, node: Node, **attrs: Any) -> Node:
    said = {name: value for name, value in attrs.items() if value is not None}
    content = [_inline(inline) for inline in block.inlines]
    return node | ({"attrs": said} if said else {}) | ({"content": content} if content else {})


def _inline(inline: Inline) -> Node:
    match inline:
        case Words():
            marks = [{"type": name} for name in MARKS if getattr(inline, name)]
            return {"type": "text", "text": inline.text} | ({"marks": marks} if marks else {})
        case Pointer():
            return {"type": "reference", "attrs": {"to": inline.to}}
        case _:
            return {"type": "hardBreak"}
