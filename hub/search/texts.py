"""A live document read as paragraphs: what a person would call its text, with the heading each stands under."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from pycrdt import Doc, XmlFragment

from hub.documents.reading import FRAGMENT, lines
from hub.documents.structure import Block, Heading

SAYS_SOMETHING = 5  # words


class Paragraph(msgspec.Struct, frozen=True):
    """``block``: which block of the document, counted from 0 at the top level, so that a page can show the place."""

    block: int
    heading: str
    text: str


def paragraphs(doc: Doc[Any], expand: Callable[[Block], list[Block]] = lambda block: [block]) -> list[Paragraph]:
    """Headings are kept as the ``heading`` of what follows them; one with nothing under it is a paragraph, if it says
    something (``BIÊN BẢN`` over the title of the minutes does not)."""
    found: list[Paragraph] = []
    heading, used, at = "", True, 0
    for block, node, words in lines(doc.get(FRAGMENT, type=XmlFragment), expand):
        text = _clean(words)
        if isinstance(node, Heading):
            if not used and len(heading.split()) >= SAYS_SOMETHING:
                found.append(Paragraph(at, "", heading))
            heading, used, at = text, False, block
        elif text:
            found.append(Paragraph(block, heading, text))
            used = True
    if not used and heading:
        found.append(Paragraph(at, "", heading))
    return found


def _clean(text: str) -> str:
    """On one line, without the control characters PostgreSQL refuses."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
