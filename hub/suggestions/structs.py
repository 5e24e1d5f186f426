"""What an update carries, item by item: enough of Yjs's encoding (version 1) to say which kinds of thing are in it.

The engine applies updates; this looks at what a stranger wrote, because a tree read afterwards does not show all of it:
a format without text, a value in a list of nodes, a root nobody reads.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)
XML_ELEMENT, XML_TEXT = 3, 6
DEEPEST: Final = 8


class Unreadable(ValueError):
    """Not in the shape the engine writes."""


Id = tuple[int, int]


class Item(NamedTuple):
    """``parent`` is a root's name, the id of the item that holds the type, or None where a neighbour tells."""

    id: Id
    length: int
    kind: int
    origin: Id | None
    right_origin: Id | None
    parent: str | Id | None
    key: str | None
    content: Any
    """Of a format (key, value); of a type (number, name); of any its values; of others None."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        try:
            found = self.data[self.at]
        except IndexError:
            raise Unreadable("cut short") from None
        self.at += 1
        return found

    def number(self) -> int:
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 63:
                raise Unreadable("number too large")

    def signed(self) -> float:
        byte = self.byte()
        found, negative, shift = byte & 63, byte & 64, 6
        while byte & 128:
            byte = self.byte()
            found |= (byte & 127) << shift
            shift += 7
            if shift > 70:
                raise Unreadable("number too large")
        return -found if negative else found

    def blob(self) -> bytes:
        length = self.number()
        end = self.at + length
        if end > len(self.data):
            raise Unreadable("cut short")
        found = self.data[self.at : end]
        self.at = end
        return found

    def string(self) -> str:
        """Half an emoji at a cut is written as it is."""
        return self.blob().decode("utf-8", "surrogatepass")

    def id(self) -> Id:
        return self.number(), self.number()

    def any(self, depth: int = 0) -> Any:  # noqa: PLR0911  one answer a kind
        if depth > DEEPEST:
            raise Unreadable("too deep")
        kind = self.byte()
        if kind in (127, 126):
            return None
        if kind == 125:
            return self.signed()
        if kind in (124, 123, 122):
            self.at += {124: 4, 123: 8, 122: 8}[kind]
            return 0.0
        if kind in (121, 120):
            return kind == 120
        if kind == 119:
            return self.string()
        if kind == 118:
            return {self.string(): self.any(depth + 1) for _ in range(self.number())}
        if kind == 117:
            return [self.any(depth + 1) for _ in range(self.number())]
        if kind == 116:
            return self.blob()
        raise Unreadable("unknown value")


def items(update: bytes) -> Iterator[Item]:
    """Every item of an update, in its order. Raises Unreadable; what is garbage already is passed over."""
    read = _Reader(update)
    for _ in range(read.number()):
        count, client = read.number(), read.number()
        clock = read.number()
        for _ in range(count):
            info = read.byte()
            kind = info & 31
            if kind in (GC, SKIP):
                length = read.number()
                if kind == GC:
                    yield Item((client, clock), length, GC, None, None, None, None, None)
                clock += length
                continue
            item = _item(read, (client, clock), info)
            yield item
            clock += item.length


def _item(read: _Reader, own: Id, info: int) -> Item:
    origin = read.id() if info & 128 else None
    right = read.id() if info & 64 else None
    parent: str | Id | None = None
    key = None
    if origin is None and right is None:
        parent = read.string() if read.number() == 1 else read.id()
        if info & 32:
            key = read.string()
    kind = info & 31
    length, content = _content(read, kind)
    return Item(own, length, kind, origin, right, parent, key, content)


def _content(read: _Reader, kind: int) -> tuple[int, Any]:  # noqa: PLR0911  one answer a kind
    if kind == DELETED:
        return read.number(), None
    if kind == STRING:
        words = read.string()
        return len(words.encode("utf-16-le", "surrogatepass")) // 2, None
    if kind == FORMAT:
        return 1, (read.string(), _json(read.string()))
    if kind == TYPE:
        number = read.number()
        name = read.string() if number in (XML_ELEMENT, 5) else ""
        return 1, (number, name)
    if kind == ANY:
        values = [read.any() for _ in range(read.number())]
        return len(values), values
    if kind == JSON:
        values = [read.string() for _ in range(read.number())]
        return len(values), None
    if kind in (BINARY, EMBED):
        read.blob()
        return 1, None
    if kind == DOC:
        read.string()
        read.any()
        return 1, None
    raise Unreadable(f"unknown content {kind}")


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unreadable("a format that is no JSON") from None
