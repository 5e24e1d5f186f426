"""The child in which files are read and typeset: it has a time, a memory and nothing to lose.

A Word file comes from outside and a text from anybody's client; whatever they do to lxml, Pillow or Typst, they do it
to a process that is thrown away. Two at once in a hub; a few may wait, the rest is told to come back.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from signal import SIGKILL
from typing import Final

import msgspec
import structlog

from hub.children.process import on_leash
from hub.children.program import child_environ
from hub.ending import end
from hub.exports.messages import Answer, Job
from hub.exports.models import ExportBusy, ExportFailed

log = structlog.get_logger()

AT_ONCE: Final = 2
WAITING: Final = 20
SECONDS: Final = 60.0
ANSWER_BYTES: Final = 200 * 1024 * 1024
LAST_WORDS: Final = 2000


class Press:
    """Takes one job after another to a child of its own."""

    def __init__(self, *, seconds: float = SECONDS, waiting: int = WAITING) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting, self._most = 0, waiting
        self._seconds = seconds

    async def do(self, job: Job) -> Answer:
        """Raises ExportBusy where too many wait, ExportFailed where the child died, failed, or took too long."""
        async with self._turn():
            return await self._do(msgspec.msgpack.encode(job))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= self._most:
            raise ExportBusy
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _do(self, job: bytes) -> Answer:
        with tempfile.TemporaryDirectory(prefix="phien-export-", ignore_cleanup_errors=True) as folder:
            return await self._in(folder, job)

    async def _in(self, folder: str, job: bytes) -> Answer:
        child = await asyncio.create_subprocess_exec(
            *on_leash([sys.executable, "-P", "-m", "hub.exports.worker"], death=SIGKILL),
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=child_environ(),
            start_new_session=True,
        )
        talking = asyncio.create_task(child.communicate(job))
        try:
            done, _ = await asyncio.wait({talking}, timeout=self._seconds)
            if not done:
                log.warning("export.too_slow", seconds=self._seconds)
                raise ExportFailed
            said, complaint = talking.result()
        finally:
            if child.returncode is None:
                child.kill()
            await end(talking)
            await child.wait()
        if child.returncode != 0:
            log.error("export.failed", code=child.returncode, stderr=complaint.decode(errors="replace")[-LAST_WORDS:])
            raise ExportFailed
        answer: Answer = msgspec.msgpack.decode(said, type=Answer)
        return answer
