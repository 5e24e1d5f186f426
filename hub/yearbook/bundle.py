"""A meeting as one file: a ZIP that reads without our program and proves itself with ``verify.py``.

Written in one pass and never whole in memory. The list of all files with their hashes comes last; its own hash is kept
with the export, so that whoever has the file can ask whether it is the one we made.
"""

import asyncio
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.events import canonical

FORMAT: Final = "phien-meeting/1"
PART_BYTES: Final = 1024 * 1024
READ_BYTES: Final = 256 * 1024
STORED: Final = (".pdf", ".docx", ".xlsx", ".pptx", ".png", ".jpg", ".jpeg", ".webp")
"""Compressed already."""

Sink = Callable[[bytes], Awaitable[None]]


class _Out(io.RawIOBase):
    """Takes what zipfile writes, and cannot go back: so sizes come behind each file."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.at = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.waiting += piece
        self.at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self.at


class Bundle:
    """``await add(...)`` for each file, then ``await finish(...)``. What is written goes to the sink in parts."""

    def __init__(self, sink: Sink, made_at: tuple[int, int, int, int, int, int]) -> None:
        self._sink, self._made_at = sink, made_at
        self._out = _Out()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        self._files: list[dict[str, Any]] = []
        self.bytes = 0

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._made_at)
        info.compress_type = zipfile.ZIP_STORED if name.lower().endswith(STORED) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info

    async def add(self, name: str, content: bytes) -> None:
        self._zip.writestr(self._info(name), content)
        self._note(name, len(content), hashlib.sha256(content).hexdigest())
        await self._flush()

    async def add_file(self, name: str, path: Path) -> str:
        """From the disk, piece by piece; returns its sha256."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._info(name), "w", force_zip64=True) as member:
            async for piece in _pieces(path):
                digest.update(piece)
                size += len(piece)
                member.write(piece)
                await self._flush()
        self._note(name, size, digest.hexdigest())
        await self._flush()
        return digest.hexdigest()

    async def finish(self, about: dict[str, Any]) -> str:
        """``manifest.json``: all the others, and a hash of itself. Returns that hash."""
        manifest = {"format": FORMAT, **about, "files": self._files}
        digest = hashlib.sha256(canonical(manifest)).hexdigest()
        self._zip.writestr(self._info("manifest.json"), canonical({**manifest, "manifest_hash": digest}))
        self._zip.close()
        await self._flush(all_of_it=True)
        return digest

    def _note(self, name: str, size: int, digest: str) -> None:
        self._files.append({"name": name, "bytes": size, "sha256": digest})

    async def _flush(self, *, all_of_it: bool = False) -> None:
        waiting = self._out.waiting
        while len(waiting) >= PART_BYTES or (all_of_it and waiting):
            part = bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
            self.bytes += len(part)
            await self._sink(part)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, READ_BYTES):
            yield piece
    finally:
        file.close()


def slug(title: str, longest: int = 60) -> str:
    """A file name every system can unpack: "Dự thảo Nghị quyết" is "du-thao-nghi-quyet"."""
    plain = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-") or "tai-lieu"


def pretty(value: Any) -> bytes:
    """JSON for people to read too; of one value always the same bytes."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)


def verifier() -> bytes:
    return (files("hub.verify") / "standalone.py").read_bytes()
