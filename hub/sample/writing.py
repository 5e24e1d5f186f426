"""Documents of the sample as Yjs updates: the same shapes the page's editor writes, so that it opens and edits them.

The trap: a heading's level must be a number in the shared document; as the string "2" the editor takes it for 1.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from hub.sample.texts import Item, Resolution

# One client wrote all of the sample; a browser picks its id at random, so meeting this one has a chance of 2⁻³².
CLIENT_ID = 1_954_007
POSITIONS = "VWXYZabcdefghijklmnopqrstuvwxyz"  # what the page gives items added one after another


class Block(msgspec.Struct, frozen=True):
    """A paragraph or a heading. ``label`` stands before the text in bold; ``part`` is the law's: Điều or căn cứ."""

    text: str
    level: Literal[0, 1, 2, 3] = 0  # 0: a paragraph
    part: Literal["article", "ground"] | None = None
    label: str = ""
    centred: bool = False


def text_update(blocks: Iterable[Block]) -> bytes:
    """The update that makes an empty document hold these blocks."""
    doc: Doc[Any] = Doc(client_id=CLIENT_ID)
    fragment = doc.get("default", type=XmlFragment)
    with doc.transaction():
        for block in blocks:
            node = fragment.children.append(XmlElement("heading" if block.level else "paragraph"))
            if block.level:
                node.attributes["level"] = block.level
            if block.part:
                node.attributes["part"] = block.part
            if block.centred:
                node.attributes["textAlign"] = "center"
            text = node.children.append(XmlText())
            if block.label:
                text.insert(0, block.label, {"bold": {}})
            if block.text:
                # pycrdt counts in UTF-8 bytes
                text.insert(len(block.label.encode()), block.text, {"bold": None} if block.label else None)
    return doc.get_update()


def agenda_update(items: Sequence[tuple[UUID, str, Item]]) -> bytes:
    """Of (id, position, item)."""
    doc: Doc[Any] = Doc(client_id=CLIENT_ID)
    shared = doc.get("items", type=Map)
    with doc.transaction():
        for item_id, position, item in items:
            shared[str(item_id)] = Map(
                {
                    "title": item.title,
                    "presenter": item.presenter,
                    "minutes": item.minutes,
                    "kind": item.kind,
                    "position": position,
                    "removed": False,
                }
            )
    return doc.get_update()


def resolution_blocks(resolution: Resolution) -> list[Block]:
    """Form 1.1 of Decree 30/2020. A decision of the committee differs in its name and its verb."""
    decision = "QĐ-UBND" in resolution.number
    blocks = [Block("QUYẾT ĐỊNH" if decision else "NGHỊ QUYẾT", level=1), Block(resolution.title, level=2)]
    if resolution.number:
        blocks.append(Block(resolution.number, label="Số: ", centred=True))
    last = len(resolution.grounds) - 1
    blocks += [
        Block(f"{ground}{'.' if at == last else ';'}", part="ground") for at, ground in enumerate(resolution.grounds)
    ]
    blocks.append(Block("", label="QUYẾT ĐỊNH:" if decision else "QUYẾT NGHỊ:", centred=True))
    return blocks + [Block(article, part="article") for article in resolution.articles]


def minutes_blocks(heads: Iterable[tuple[str, str]], title: str, body: str, end: str) -> list[Block]:
    """Form 1.9: its heads, what happened under one heading for each item, and the end."""
    blocks = [Block("BIÊN BẢN", level=1), Block(title, level=2)]
    blocks += [Block(text, label=f"{label}: ") for label, text in heads]
    blocks.append(Block("", label="Nội dung:"))
    for text in filter(None, (part.strip() for part in body.split("\n\n"))):
        blocks.append(Block(text.removeprefix("## "), level=3) if text.startswith("## ") else Block(text))
    return [*blocks, Block(end)]
