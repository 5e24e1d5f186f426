"""First contents of documents, as updates in the shapes the page's editor writes.

The trap: a heading's level must be a number in the shared document; as the string "2" the editor takes it for 1.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from pycrdt import Map, XmlElement, XmlFragment, XmlText

from hub.documents.models import PlannedItem
from hub.documents.reading import FRAGMENT
from realtime.replica import new_doc


class Block(msgspec.Struct, frozen=True):
    """A paragraph, or a heading of a level. ``label`` stands before the text in bold.

    ``part`` makes a paragraph an article or a ground of a law text; its number is counted, never written.
    """

    text: str
    level: Literal[0, 1, 2, 3] = 0
    part: Literal["article", "clause", "point", "ground"] | None = None
    label: str = ""
    centred: bool = False


def seed_agenda(items: Iterable[PlannedItem]) -> bytes:
    doc = new_doc()
    shared = doc.get("items", type=Map)
    with doc.transaction():
        for item in items:
            shared[str(item.id)] = Map(
                {
                    "title": item.title,
                    "presenter": item.presenter,
                    "minutes": item.minutes,
                    "kind": item.kind,
                    "position": item.position,
                    "removed": item.removed,
                }
            )
    return bytes(doc.get_update())


def seed_text(blocks: Iterable[Block | str]) -> bytes:
    """A plain string is a paragraph."""
    doc = new_doc()
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    with doc.transaction():
        for each in blocks:
            block = Block(each) if isinstance(each, str) else each
            node = fragment.children.append(XmlElement("heading" if block.level else "paragraph"))
            if block.level:
                node.attributes["level"] = block.level
            if block.part:
                node.attributes["part"] = block.part
            if block.centred:
                node.attributes["textAlign"] = "center"
            if block.label or block.text:
                text = node.children.append(XmlText(block.label + block.text))
                if block.label:
                    text.format(0, len(block.label.encode()), {"bold": {}})  # pycrdt counts in UTF-8 bytes
    return bytes(doc.get_update())
