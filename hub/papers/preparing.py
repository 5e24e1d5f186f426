"""Making an uploaded file readable: its text, and for an office file a PDF. Jobs; they may be repeated.

A file that kills whoever reads it is tried three times, then it is what it is: a file to download.
"""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from hub.db import Database
from hub.papers import note_queries
from hub.papers import upload_queries as rows
from hub.papers.converting import find_soffice, read_text, to_pdf
from hub.papers.models import OFFICE, DiskFull
from hub.papers.store import PaperStore
from hub.papers.worker import Said
from hub.settings import Settings

log = structlog.get_logger()

TRIES: Final = 3
ABANDONED: Final = timedelta(hours=24)
UNREFERRED: Final = timedelta(hours=1)
AT_ONCE: Final = 50


class PaperWork:
    """What workers do for papers."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self.store = db, PaperStore(settings)
        self.soffice = find_soffice(settings)

    async def waiting(self) -> list[str]:
        async with self._db.work() as work:
            return [sha256.hex() for sha256 in await rows.waiting(work.conn, AT_ONCE)]

    async def prepare(self, name: str) -> None:
        sha256 = bytes.fromhex(name)
        async with self._db.work() as work:
            begun = await rows.begin_preparing(work.conn, sha256)
        if begun is None:
            return
        format_, tries = begun
        with tempfile.TemporaryDirectory(prefix="phien-paper-", ignore_cleanup_errors=True) as folder:
            pdf = None
            source = self.store.content(sha256)
            if tries > TRIES:
                said = Said([], 0, "unreadable")
            else:
                if format_ in OFFICE and self.soffice is not None:
                    pdf = await to_pdf(self.soffice, format_, source, Path(folder))
                said = await read_text("pdf" if pdf else format_, pdf or source)
            await self._note(sha256, format_, said, pdf)

    async def _note(self, sha256: bytes, format_: str, said: Said, pdf: Path | None) -> None:
        digest, size = await asyncio.to_thread(self._measured, pdf) if pdf else (None, 0)
        failure: str | None = said.failure
        if failure is None and format_ in OFFICE and pdf is None and self.soffice is not None:
            failure = "not-converted"
        async with self._db.work() as work:
            if pdf is not None and digest is not None:
                await rows.hold_content(work.conn, digest)
                try:
                    await asyncio.to_thread(self.store.keep, pdf, digest)
                except DiskFull:
                    digest, failure = None, "disk-full"
            state = "failed" if said.failure else "ready"
            await rows.note_prepared(
                work.conn, sha256, state, failure, said.count or None, (digest, size) if digest else None
            )
            await rows.put_text(work.conn, sha256, said.pages)
            for paper_id, number in await note_queries.versions_waiting(work.conn, sha256):
                await note_queries.place_by_text(work.conn, paper_id, number, sha256)

    def _measured(self, path: Path) -> tuple[bytes, int]:
        return self.store.digest(path), path.stat().st_size

    async def sweep(self) -> None:
        """Uploads nobody went on with for a day, and contents nobody refers to."""
        async with self._db.work() as work:
            gone = await rows.abandoned(work.conn, work.now - ABANDONED, AT_ONCE)
            left = await asyncio.to_thread(self.store.left_uploads, _before())
            gone += set(left) - await rows.known_uploads(work.conn, left)
            unreferred = await rows.unreferred(work.conn, work.now - UNREFERRED, AT_ONCE)
        for upload_id in gone:
            await asyncio.to_thread(self.store.drop_upload, upload_id)
        for sha256, pdf in unreferred:
            await self._forget(sha256, pdf)
        if gone or unreferred:
            log.info("papers.swept", uploads=len(gone), contents=len(unreferred))

    async def _forget(self, sha256: bytes, pdf: bytes | None) -> None:
        """The file goes while the row's going is not yet committed: a row nobody refers to may lack its file, a file
        somebody has just put in place again must not go."""
        async with self._db.work() as work:
            for each in sorted(filter(None, (sha256, pdf))):
                await rows.hold_content(work.conn, each)
            if not await rows.forget_content(work.conn, sha256):
                return
            for each in filter(None, (sha256, pdf)):
                if not await rows.is_content(work.conn, each):
                    await asyncio.to_thread(self.store.drop_content, each)


def _before() -> float:
    """A day ago by the disk's own clock: a file's age is not the meeting's time."""
    return time.time() - ABANDONED.total_seconds()
