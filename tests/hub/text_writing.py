"""People who write a text at random, as Yjs peers that hear each other late."""

from __future__ import annotations

import random
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from hub.history.canonical import Node, content

WORDS = (
    "Điều ",
    "khoản ",
    "ữ",
    "Nghị quyết ",
    "🎉",
    "đại biểu ",
    "nhất trí ",
    "ngân sách ",
    "1.250.000 đồng ",
    "👨‍👩‍👧 ",
)
FORMATS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"bold": {}},
    {"italic": {}},
    {"bold": {}, "insertion": {"id": "g1", "by": "an", "at": 5}},
)


def text_of(doc: Doc[Any]) -> XmlFragment:
    return doc.get("default", type=XmlFragment)


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.doc: Doc[Any] = Doc(client_id=self.random.getrandbits(32))
        self.fragment = text_of(self.doc)

    @property
    def nodes(self) -> list[Node]:
        return content(self.doc)

    def hear(self, update: bytes) -> None:
        self.doc.apply_update(update)

    def write(self, edits: int = 1) -> bytes:
        """Edits, and the update that tells of them."""
        before = self.doc.get_state()
        for _ in range(edits):
            self.edit()
        return bytes(self.doc.get_update(before))

    def edit(self) -> None:
        blocks = list(self.fragment.children)
        chance = self.random.random()
        if not blocks or chance < 0.12:
            self.add_block(self.random.randint(0, len(blocks)))
        elif chance < 0.16 and len(blocks) > 2:
            del self.fragment.children[self.random.randrange(len(blocks))]
        elif chance < 0.22:
            block = self.random.choice(blocks)
            assert isinstance(block, XmlElement)
            block.attributes["part"] = self.random.choice(["article", "clause", "point"])
        else:
            block = self.random.choice(blocks)
            assert isinstance(block, XmlElement)
            self.type_in(block)

    def add_block(self, at: int) -> None:
        name = self.random.choice(["paragraph", "paragraph", "heading", "table"])
        element = self.fragment.children.insert(at, XmlElement(name))
        if name == "heading":
            element.attributes["level"] = self.random.choice([1, 2, 3])
        if name == "table":
            row = element.children.append(XmlElement("tableRow"))
            for _ in range(2):
                cell = row.children.append(XmlElement("tableCell"))
                cell.attributes["colspan"] = 1
                cell.children.append(XmlElement("paragraph")).children.append(XmlText(self.random.choice(WORDS)))
        else:
            element.children.append(XmlText(self.random.choice(WORDS)))

    def type_in(self, block: XmlElement) -> None:
        texts = [child for child in block.children if isinstance(child, XmlText)]
        if not texts:
            if self.random.random() < 0.3:
                block.children.append(XmlText(self.random.choice(WORDS)))
            return
        text = self.random.choice(texts)
        letters = "".join(part for part, _ in text.diff() if isinstance(part, str))
        at = self.random.randint(0, len(letters))
        offset = len(letters[:at].encode())
        if at < len(letters) and self.random.random() < 0.4:
            del text[offset : offset + len(letters[at].encode())]
        elif at < len(letters) and self.random.random() < 0.3:
            text.format(offset, len(letters[: at + 3].encode()), self.random.choice(FORMATS[2:]))
        else:
            text.insert(offset, self.random.choice(WORDS), self.random.choice(FORMATS))


def several(seed: int, people: int, edits: int) -> list[bytes]:
    """What people write who hear of each other now and then, in the order a log would have it."""
    chance = random.Random(seed)
    writers = [Writer(seed * 100 + number) for number in range(people)]
    log: list[bytes] = []
    heard = [0] * people
    for _ in range(edits):
        number = chance.randrange(people)
        writer = writers[number]
        if chance.random() < 0.5:
            for update in log[heard[number] :]:
                writer.hear(update)
            heard[number] = len(log)
        log.append(writer.write())
    return log
