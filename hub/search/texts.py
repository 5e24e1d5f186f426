"""A live document read as paragraphs: what a person would call its text, with the heading each stands under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

FRAGMENT = "default"  # where the page keeps the text of a document
INLINE = {"hardBreak", "image"}
SAYS_SOMETHING = 5  # words


class Paragraph(msgspec.Struct, frozen=True):
    """``block``: which block of the document, counted from 0 at the top level, so that a page can show the place."""

    block: int
    heading: str
    text: str


def paragraphs(doc: Doc[Any]) -> list[Paragraph]:
    """Headings are kept as the ``heading`` of what follows them; one with nothing under it is a paragraph, if it says
    something (``BIÊN BẢN`` over the title of the minutes does not)."""
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    found: list[Paragraph] = []
    heading, used, at = "", True, 0
    for block, node in enumerate(fragment.children):
        if isinstance(node, XmlElement) and node.tag == "heading":
            if not used and len(heading.split()) >= SAYS_SOMETHING:
                found.append(Paragraph(at, "", heading))
            heading, used, at = _inline(node), False, block
            continue
        for text in _blocks(node):
            found.append(Paragraph(block, heading, text))
            used = True
    if not used and heading:
        found.append(Paragraph(at, "", heading))
    return found


def _blocks(node: Any) -> Iterator[str]:
    """One text for each innermost block: a paragraph, a list item, a cell."""
    if isinstance(node, XmlText):
        if words := _words(node):
            yield words
    elif isinstance(node, XmlElement):
        children = list(node.children)
        if any(isinstance(child, XmlElement) and child.tag not in INLINE for child in children):
            for child in children:
                yield from _blocks(child)
        elif words := _inline(node):
            yield words


def _inline(node: XmlElement) -> str:
    return _clean("".join(" " if isinstance(child, XmlElement) else _text(child) for child in node.children))


def _words(text: XmlText) -> str:
    return _clean(_text(text))


def _clean(text: str) -> str:
    """On one line, without the control characters PostgreSQL refuses."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _text(text: Any) -> str:
    """The letters alone: marks (bold …) are kept beside them by ``diff``."""
    return "".join(str(piece) for piece, _ in text.diff() if isinstance(piece, str))
