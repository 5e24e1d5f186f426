"""Texts for tests of structure and files: short words to build them, and how to put one into a document."""

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from PIL import Image
from pycrdt import XmlFragment

from hub.documents.fragments import read_blocks, write_blocks
from hub.documents.reading import FRAGMENT, document_of
from hub.documents.service import begin_documents
from hub.documents.structure import Block, Cell, Heading, Inline, Paragraph, Part, Words
from realtime.replica import new_doc
from tests.support import Hub


def said(*inlines: str | Inline) -> list[Inline]:
    return [Words(one) if isinstance(one, str) else one for one in inlines]


def paragraph(*inlines: str | Inline, part: Part | None = None, key: str | None = None, **more: Any) -> Paragraph:
    return Paragraph(said(*inlines), part, key, **more)


def article(*inlines: str | Inline, key: str | None = None) -> Paragraph:
    return paragraph(*inlines, part="article", key=key)


def clause(*inlines: str | Inline, key: str | None = None) -> Paragraph:
    return paragraph(*inlines, part="clause", key=key)


def point(*inlines: str | Inline, key: str | None = None) -> Paragraph:
    return paragraph(*inlines, part="point", key=key)


def heading(level: Any, text: str) -> Heading:
    return Heading(level, said(text))


def cell(*texts: str, **more: Any) -> Cell:
    return Cell([paragraph(text) for text in texts], **more)


def update_of(blocks: Sequence[Block]) -> bytes:
    doc = new_doc()
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    with doc.transaction():
        write_blocks(fragment, blocks)
    return bytes(doc.get_update())


def blocks_of(update: bytes) -> list[Block]:
    return read_blocks(document_of(update).get(FRAGMENT, type=XmlFragment))


async def put(hub: Hub, document_id: UUID, blocks: list[Block]) -> None:
    """The first content of a document nobody has open."""
    async with hub.db.work() as work:
        await begin_documents(work, [(document_id, update_of(blocks))])


def picture(width: int = 40, height: int = 20, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(out, kind)
    return out.getvalue()
