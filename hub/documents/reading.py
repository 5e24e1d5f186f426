"""Reading documents on the server: the agenda's items brought within bounds, and a text's plain words.

Any Yjs client may have written, so nothing found in a document is trusted to have the shape our page gives it.
"""

from collections.abc import Callable, Iterator
from math import isnan
from typing import Any
from uuid import UUID

import structlog
from pycrdt import Doc, Map, XmlFragment

from hub.documents.fragments import read_block
from hub.documents.models import (
    KINDS,
    LONGEST_POSITION,
    LONGEST_PRESENTER,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_MINUTES,
    PlannedItem,
)
from hub.documents.numbering import Place, numbered, reference_words, targets
from hub.documents.structure import Block, Inline, Pointer, Words, texts_below
from realtime.replica import apply_all, is_engine_failure, new_doc

log = structlog.get_logger()

FRAGMENT = "default"  # where TipTap keeps a text


def document_of(update: bytes) -> Doc[Any]:
    """A copy to look at: whatever is wrong with it harms nobody."""
    doc = new_doc()
    apply_all(doc, [update])
    return doc


def read_items(update: bytes) -> list[PlannedItem] | None:
    """The items of an agenda; None where the document cannot be read as one at all."""
    try:
        found = document_of(update).get("items", type=Map).to_py()
    except BaseException as error:
        if not is_engine_failure(error):
            raise
        log.warning("agenda.unreadable", error=str(error))
        return None
    if not isinstance(found, dict):
        return None
    items: dict[UUID, PlannedItem] = {}
    for key, fields in found.items():
        try:
            item_id = UUID(key)
        except ValueError:
            continue
        # two spellings of one id are one item: the usual spelling counts
        if isinstance(fields, dict) and (item_id not in items or str(item_id) == key) and len(items) < MOST_ITEMS:
            items[item_id] = _item(item_id, fields)
    return list(items.values())


def _item(item_id: UUID, fields: dict[str, Any]) -> PlannedItem:
    kind = fields.get("kind")
    return PlannedItem(
        id=item_id,
        position=_words(fields.get("position"), LONGEST_POSITION),
        title=_words(fields.get("title"), LONGEST_TITLE),
        presenter=_words(fields.get("presenter"), LONGEST_PRESENTER),
        minutes=_minutes(fields.get("minutes")),
        kind=next((known for known in KINDS if known == kind), "discussion"),
        removed=fields.get("removed") is True,
    )


def _words(value: object, longest: int) -> str:
    """On one line, without what PostgreSQL refuses."""
    if not isinstance(value, str):
        return ""
    return "".join(" " if each in "\n\r\t" else each for each in value if each >= " " or each in "\n\r\t")[:longest]


def _minutes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        return 0
    return int(max(0, min(value, MOST_MINUTES)))


def plain_text(update: bytes) -> str:
    """The words of a text document, a line for each paragraph, heading, list item and table cell."""
    fragment = document_of(update).get(FRAGMENT, type=XmlFragment)
    return "\n".join(line for _, _, line in lines(fragment) if line.strip())


def lines(
    fragment: XmlFragment, expand: Callable[[Block], list[Block]] = lambda block: [block]
) -> Iterator[tuple[int, Block, str]]:
    """Each paragraph's and heading's words, with references as they read; which child of the text it is or stands in,
    and that child. ``expand``: what a block says that holds no words itself."""
    found = [
        (at, said)
        for at, node in enumerate(fragment.children)
        if (block := read_block(node)) is not None
        for said in expand(block)
    ]
    blocks = [block for _, block in found]
    places = numbered(blocks)
    known = targets(blocks, places)
    for (at, block), place in zip(found, places, strict=True):
        for text in texts_below(block):
            yield at, block, "".join(_said(inline, known, place.place) for inline in text.inlines)


def _said(inline: Inline, known: dict[str, Place], here: Place) -> str:
    match inline:
        case Words():
            return inline.text
        case Pointer():
            return reference_words(known.get(inline.to), here)
        case _:
            return "\n"
