"""A text as a tree of plain values, and the suggestions in it. Any Yjs client may have written it: trust nothing."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from hub.documents.reading import FRAGMENT

TEXTBLOCKS: Final = frozenset({"paragraph", "heading"})
INSERTION, DELETION, PROPOSED = "insertion", "deletion", "proposed"


class NoText(ValueError):
    """The document holds something a text does not."""


class Run(NamedTuple):
    words: str
    marks: dict[str, Any]


class Block(NamedTuple):
    """An element: of a textblock the children are runs and elements within the line, of others blocks."""

    tag: str
    attributes: dict[str, Any]
    children: tuple["Run | Block", ...]


class Said(NamedTuple):
    """Who made a suggestion, under which name, and when his device says it was."""

    by: str
    id: str
    at: str


def read(doc: Doc[Any]) -> tuple[Block, ...]:
    """Raises NoText for what cannot be shown as a text."""
    root = doc.get(FRAGMENT, type=XmlFragment)
    with doc.transaction():
        return tuple(_block(child) for child in _elements(root))


def some(doc: Doc[Any], places: Iterable[int]) -> tuple[Block, ...]:
    """As ``read``, of these children of the text only."""
    root = doc.get(FRAGMENT, type=XmlFragment)
    found = []
    with doc.transaction():
        for at in places:
            child = root.children[at]
            if not isinstance(child, XmlElement):
                raise NoText("words outside a paragraph")
            found.append(_block(child))
    return tuple(found)


def _elements(node: XmlFragment | XmlElement) -> Iterator[XmlElement]:
    for child in _children(node):
        if not isinstance(child, XmlElement):
            raise NoText("words outside a paragraph")
        yield child


def _children(node: XmlFragment | XmlElement) -> Iterator[Any]:
    """By number, so that what is neither an element nor a text is not passed over."""
    children = node.children
    for at in range(len(children)):
        yield children[at]


def _block(node: XmlElement) -> Block:
    tag = node.tag or ""
    view: Any = node.attributes  # a view of pairs, whatever its annotations say
    attributes: dict[str, Any] = dict(view)
    if tag not in TEXTBLOCKS:
        return Block(tag, attributes, tuple(_block(child) for child in _elements(node)))
    inline: list[Run | Block] = []
    for child in _children(node):
        if isinstance(child, XmlText):
            if len(child.attributes):
                raise NoText("a text with attributes")
            for words, marks in child.diff():
                if not isinstance(words, str):
                    raise NoText("something else within words")
                inline.append(Run(words, marks or {}))
        elif isinstance(child, XmlElement):
            inline.append(_block(child))
        else:
            raise NoText("neither element nor text")
    return Block(tag, attributes, tuple(inline))


def said_in_mark(value: Any) -> Said | None:
    if not isinstance(value, dict):
        return None
    by, own, at = value.get("by"), value.get("id"), value.get("at")
    return Said(by, own, at) if isinstance(by, str) and isinstance(own, str) and isinstance(at, str) else None


def said_in_attribute(value: Any) -> Said | None:
    """``"id by at"`` of a paragraph that is itself proposed."""
    parts = value.split(" ") if isinstance(value, str) else []
    return Said(parts[1], parts[0], parts[2]) if len(parts) == 3 and all(parts) else None


def merged(runs: Iterator[Run | Block]) -> tuple[Run | Block, ...]:
    """Neighbours that look the same are one: how words are cut into pieces says nothing."""
    found: list[Run | Block] = []
    for one in runs:
        last = found[-1] if found else None
        if isinstance(one, Run) and isinstance(last, Run) and last.marks == one.marks:
            found[-1] = Run(last.words + one.words, last.marks)
        else:
            found.append(one)
    return tuple(found)
