"""The rules of files: who may take a text out, and what of a Word file may come in.

No connection is held while a file is made: reading is one transaction, storing pictures another.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from pycrdt import XmlFragment

from hub import access
from hub.db import Database
from hub.documents import queries as document_queries
from hub.documents import service as documents
from hub.documents.fragments import read_blocks
from hub.documents.numbering import kind_of
from hub.documents.reading import FRAGMENT, document_of
from hub.documents.structure import Block, Picture, inside
from hub.errors import Forbidden, NotFound, Refusal, TooLarge
from hub.exports import letterhead, queries
from hub.exports.child import Press
from hub.exports.messages import BlocksRead, Dropped, Printed, PrintJob, ReadJob, Refused
from hub.exports.models import DocxTooLarge, EncryptedDocx, ExportFailed, Format, ImportedText, NotADocx
from hub.exports.nodes import to_nodes
from hub.exports.sheet import Sheet, lay_out
from hub.history.queries import locked_version
from hub.minutes.facts import expanded
from hub.users.models import Me

log = structlog.get_logger()

DOCX_BYTES: Final = 50 * 1024 * 1024
IMAGES_BYTES: Final = 60 * 1024 * 1024
TEXTS: Final = ("draft_resolution", "minutes")
MOST_BLOCKS: Final = 20_000
REFUSALS: Final[dict[str, type[Refusal]]] = {one.code: one for one in (NotADocx, EncryptedDocx, DocxTooLarge)}


async def export(db: Database, press: Press, me: Me, document_id: UUID, format_: Format) -> tuple[str, bytes]:
    """A name for the file, and the file: the text as it is saved at this moment, without what is only proposed."""
    async with db.work() as work:
        document = await access.access_document(work.conn, me, document_id)
        access.refuse_secret(document.secrecy)
        if document.kind not in TEXTS:
            raise NotFound
        update = await document_queries.whole(work.conn, document_id)
        blocks = read_blocks(document_of(update).get(FRAGMENT, type=XmlFragment)) if update else []
        blocks = await expanded(work.conn, document.meeting_id, blocks)
        if len(blocks) > MOST_BLOCKS:
            raise TooLarge
        sheet = await _sheet(work.conn, document, blocks, work.now)
        images = await _images(work.conn, me, blocks)
    answer = await press.do(PrintJob(format_, sheet, images))
    if not isinstance(answer, Printed):
        raise ExportFailed
    return f"{sheet.title}.{format_}", answer.content


async def _sheet(conn: queries.Conn, document: access.SeenDocument, blocks: list[Block], now: datetime) -> Sheet:
    occasion = await queries.occasion(conn, document.meeting_id)
    office = await queries.office(conn, occasion.unit_id)
    chair = await queries.signatory(conn, document.meeting_id, "chair")
    secretary = await queries.signatory(conn, document.meeting_id, "secretary")
    number, text = letterhead.take_number(blocks)
    locked = await locked_version(conn, document.id)
    mark = letterhead.mark_of(locked[1].number, locked[1].hash) if locked and not locked[0].drifted else ""
    if document.kind == "minutes":
        mark = letterhead.chain_mark(occasion.seq, occasion.head)
    day = now.astimezone(letterhead.VIETNAM)
    return Sheet(
        title=document.title or ("Biên bản " if document.kind == "minutes" else "Dự thảo nghị quyết ") + occasion.title,
        author=office.name,
        date=(day.year, day.month, day.day, day.hour, day.minute, day.second),
        head=letterhead.head_of(office, document.kind, occasion.starts_at, number),
        blocks=lay_out(text),
        foot=letterhead.foot_of(office, document.kind, text, chair, secretary),
        mark=mark,
    )


async def _images(conn: queries.Conn, me: Me, blocks: list[Block]) -> dict[str, bytes]:
    """The pictures of the text that this person may see: one pasted from another text belongs to that text."""
    wanted = _ids(blocks)
    found: dict[str, bytes] = {}
    seen: dict[UUID, bool] = {}
    total = 0
    for image_id, document_id, size in await queries.image_sizes(conn, list(wanted)):
        if document_id not in seen:
            seen[document_id] = await _may_see(conn, me, document_id)
        if not seen[document_id]:
            continue
        total += size
        if total > IMAGES_BYTES:
            raise TooLarge
        _, content = await document_queries.image(conn, image_id)
        found |= dict.fromkeys(wanted[image_id], content)
    return found


async def _may_see(conn: queries.Conn, me: Me, document_id: UUID) -> bool:
    try:
        document = await access.access_document(conn, me, document_id)
        access.refuse_secret(document.secrecy)
    except Refusal:
        return False
    return True


def _ids(blocks: list[Block]) -> dict[UUID, list[str]]:
    """The ids of the pictures, with the ways each is written."""
    found: dict[UUID, list[str]] = {}
    waiting = list(blocks)
    while waiting:
        block = waiting.pop()
        waiting += inside(block)
        if isinstance(block, Picture):
            try:
                found.setdefault(UUID(block.image), []).append(block.image)
            except ValueError:
                continue
    return found


async def read_docx(db: Database, press: Press, me: Me, document_id: UUID, content: bytes) -> ImportedText:
    """A Word file as nodes for the editor, who puts them in: so it is an edit like any other, and can be undone."""
    async with db.work() as work:
        await _writable(work.conn, me, document_id)
    if len(content) > DOCX_BYTES:
        raise TooLarge
    answer = await press.do(ReadJob(content))
    if isinstance(answer, Refused):
        raise REFUSALS[answer.code]
    if not isinstance(answer, BlocksRead):
        raise ExportFailed
    stored: dict[str, str] = {}
    lost = 0
    async with db.work() as work:
        document = await _writable(work.conn, me, document_id)
        for name, image in answer.images.items():
            try:
                stored[name] = (await documents.add_image(work, me, document, image)).url.rpartition("/")[2]
            except Refusal as refusal:
                log.info("import.image_refused", document=str(document_id), code=refusal.code)
                lost += 1
    dropped = [*answer.dropped, *([Dropped("image", lost)] if lost else [])]
    articles = sum(kind_of(block) == "article" for block in answer.blocks)
    return ImportedText(to_nodes(answer.blocks, stored), dropped, articles, len(stored))


async def _writable(conn: queries.Conn, me: Me, document_id: UUID) -> access.SeenDocument:
    document = await access.access_document(conn, me, document_id)
    access.refuse_secret(document.secrecy)
    if document.right != "write":
        raise Forbidden
    if document.kind not in TEXTS:
        raise NotFound
    return document
