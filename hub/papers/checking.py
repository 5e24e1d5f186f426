"""Is a file safe to hand on? A checker says; by default there is none, and ``phien check`` says so.

With one named, nothing is taken unchecked: a checker that is away refuses the upload (FileUnchecked).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import structlog

from hub.papers.models import FileInfected, FileUnchecked

log = structlog.get_logger()

PIECE_BYTES: Final = 128 * 1024
SECONDS: Final = 120.0
CONNECT_SECONDS: Final = 5.0


@runtime_checkable
class Checker(Protocol):
    name: str

    async def check(self, path: Path) -> None:
        """Raises FileInfected with what was found, FileUnchecked where nobody could look."""

    async def alive(self) -> bool: ...


class NoChecker:
    """Takes every file. For an office whose devices have a scanner of their own."""

    name = "none"

    async def check(self, path: Path) -> None:
        return

    async def alive(self) -> bool:
        return True


class Clamd:
    """ClamAV's daemon: ``unix:/run/clamav/clamd.ctl`` or ``host:port``. Files go through the socket (INSTREAM), so it
    needs no right to read our folder."""

    name = "clamd"

    def __init__(self, address: str) -> None:
        self._address = address

    async def check(self, path: Path) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                said = await self._ask(path)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("papers.checker_away", address=self._address, error=repr(error))
            raise FileUnchecked from error
        if said.endswith(" FOUND"):
            raise FileInfected(said.removeprefix("stream: ").removesuffix(" FOUND"))
        if said != "stream: OK":
            log.warning("papers.checker_failed", said=said)  # larger than its StreamMaxLength, for one
            raise FileUnchecked

    async def alive(self) -> bool:
        try:
            async with asyncio.timeout(CONNECT_SECONDS), self._connected() as (reader, writer):
                writer.write(b"zPING\0")
                return await reader.readuntil(b"\0") == b"PONG\0"
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False

    async def _ask(self, path: Path) -> str:
        async with self._connected() as (reader, writer):
            writer.write(b"zINSTREAM\0")
            answer = asyncio.ensure_future(reader.readuntil(b"\0"))
            try:
                with path.open("rb") as file:
                    # It may answer early and hang up: too large, or found.
                    while not answer.done() and (piece := await asyncio.to_thread(file.read, PIECE_BYTES)):
                        writer.write(len(piece).to_bytes(4, "big") + piece)
                        await writer.drain()
                if not answer.done():
                    writer.write(b"\0\0\0\0")
                    await writer.drain()
                return (await answer)[:-1].decode(errors="replace")
            except (ConnectionResetError, BrokenPipeError):
                return (await answer)[:-1].decode(errors="replace")
            finally:
                answer.cancel()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with asyncio.timeout(CONNECT_SECONDS):
            if self._address.startswith("unix:"):
                reader, writer = await asyncio.open_unix_connection(self._address.removeprefix("unix:"))
            else:
                host, _, port = self._address.rpartition(":")
                reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def checker(address: str | None) -> Checker:
    return Clamd(address) if address else NoChecker()
