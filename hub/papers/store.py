"""The papers' folder: contents by their sha256, and files on their way. Blocking functions, called in threads.

A content never changes under its name; it is put in place whole or not at all. Several hubs share the folder.
"""

import contextlib
import errno
import hashlib
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from hub.papers.models import DiskFull
from hub.settings import Settings

READ_BYTES: Final = 256 * 1024
ROOM_BYTES: Final = 256 * 1024 * 1024
"""Below this much free space nothing new is begun: the database lives on the same disk."""


class PaperStore:
    def __init__(self, settings: Settings) -> None:
        self.folder = (settings.papers or settings.data / "papers").absolute()
        self._uploads = self.folder / "uploads"

    def content(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.folder / name[:2] / name

    def upload(self, upload_id: UUID) -> Path:
        return self._uploads / str(upload_id)

    def room(self) -> int:
        """Free bytes for papers."""
        self._make(self._uploads)
        disk = os.statvfs(self.folder)
        return max(0, disk.f_bavail * disk.f_frsize - ROOM_BYTES)

    def write(self, upload_id: UUID, offset: int, piece: bytes) -> None:
        """What an earlier attempt left behind ``offset`` is written over. Raises DiskFull."""
        self._make(self._uploads)
        try:
            descriptor = os.open(self.upload(upload_id), os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.seek(offset)
                file.write(piece)
                file.truncate()
        except OSError as error:
            raise _said(error) from error

    def digest(self, path: Path) -> bytes:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
        return digest.digest()

    def keep(self, path: Path, sha256: bytes) -> None:
        """The file becomes the content of this name, on the disk before this returns. Raises DiskFull."""
        place = self.content(sha256)
        try:
            self._make(place.parent)
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.replace(place)
            folder = os.open(place.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _said(error) from error

    def drop_upload(self, upload_id: UUID) -> None:
        self.upload(upload_id).unlink(missing_ok=True)

    def drop_content(self, sha256: bytes) -> None:
        self.content(sha256).unlink(missing_ok=True)

    def left_uploads(self, before: float) -> list[UUID]:
        """Files on their way that nobody has written to since then."""
        left: list[UUID] = []
        if self._uploads.is_dir():
            for entry in os.scandir(self._uploads):
                with contextlib.suppress(ValueError, FileNotFoundError):
                    if entry.stat().st_mtime < before:
                        left.append(UUID(entry.name))
        return left

    def _make(self, folder: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _said(error: OSError) -> Exception:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return DiskFull() if full else error
