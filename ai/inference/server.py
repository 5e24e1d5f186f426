"""The serving side: queries and passages side by side, every wait and queue bounded.

Passages are embedded by a thread of low priority, a few at a time: reindexing an archive must not be felt by a person
who types, nor by the captions of a meeting on the same machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import deque
from pathlib import Path

import msgspec

from ai.embeddings.manifest import WeightsBroken, WeightsMissing
from ai.embeddings.store import Store
from ai.inference.messages import TEXTS_AT_MOST, Answer, Embed, Failed, ModelState, Told, Vectors, frame, read_request
from ai.inference.models import KINDS, Kind, Models

WAITING_AT_MOST = 64  # requests of a kind; the next is told "busy"
PASSAGES_AT_ONCE = 2
UNREAD_AT_MOST = 16 << 20  # bytes a client may leave unread before it is cut off
CONNECTIONS_AT_MOST = 32

log = logging.getLogger("phien.inference")


class _Job:
    def __init__(self, request: Embed, client: _Client, deadline: float) -> None:
        self.request, self.client, self.deadline = request, client, deadline
        self.done = 0
        self.data = bytearray()


class _Client:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.gone = False

    def send(self, message: Answer) -> None:
        if self.gone or self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > UNREAD_AT_MOST:
            self.gone = True
            self._writer.transport.abort()
            return
        self._writer.write(frame(message))

    def hang_up(self) -> None:
        self._writer.transport.abort()


class _Line:
    """Requests of one kind, one after another. The two kinds run side by side: a person who types waits for nobody."""

    def __init__(self, models: Models, kind: Kind) -> None:
        self.queue: deque[_Job] = deque()
        self._models, self._kind = models, kind
        self._work = asyncio.Event()

    def add(self, job: _Job) -> None:
        self.queue.append(job)
        self._work.set()

    async def run(self) -> None:
        while True:
            job = self._next()
            if job is not None:
                await self._advance(job)
                continue
            self._work.clear()
            await self._work.wait()

    def _next(self) -> _Job | None:
        now = asyncio.get_running_loop().time()
        while self.queue:
            job = self.queue[0]
            if job.client.gone:
                self.queue.popleft()
            elif not job.done and now > job.deadline:
                self.queue.popleft()
                job.client.send(Failed(job.request.id, "too-late"))
            else:
                return job
        return None

    async def _advance(self, job: _Job) -> None:
        """One step of a job: a query, or a few passages. It leaves the queue with its last step or its failure."""
        request = job.request
        texts = request.texts[job.done : job.done + PASSAGES_AT_ONCE]
        try:
            model_id, dimensions, data = await self._models.embed(texts, self._kind)
        except WeightsMissing as error:
            self.queue.popleft()
            job.client.send(Failed(request.id, "missing", str(error)))
            return
        except (WeightsBroken, OSError, TimeoutError) as error:
            self.queue.popleft()
            job.client.send(Failed(request.id, "failed", str(error) or type(error).__name__))
            return
        job.done += len(texts)
        job.data += data
        if job.done >= len(request.texts):
            self.queue.popleft()
            job.client.send(Vectors(request.id, model_id, dimensions, bytes(job.data)))


class Server:
    def __init__(self, store: Store, *, threads: int = 1, unload_after_seconds: float = 600) -> None:
        self._models = Models(store, self._tell_all, threads=threads)
        self._unload_after = unload_after_seconds
        self._lines = {kind: _Line(self._models, kind) for kind in KINDS}
        self._clients: set[_Client] = set()
        self._asked = asyncio.Event()

    async def serve(self, path: Path) -> None:
        """Until cancelled, or until a loaded model was idle for long. The socket is private before it has its name."""
        coming = path.with_name(path.name + ".new")
        for stale in (path, coming):
            stale.unlink(missing_ok=True)
        mask = os.umask(0o177)
        async with asyncio.TaskGroup() as tasks:

            def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                tasks.create_task(self._meet(reader, writer))

            try:
                server = await asyncio.start_unix_server(meet, str(coming))
            finally:
                os.umask(mask)
            coming.rename(path)
            lines = [tasks.create_task(line.run()) for line in self._lines.values()]
            async with server:
                await self._rest()
            for line in lines:
                line.cancel()
            for client in self._clients:
                client.hang_up()

    def _tell_all(self, state: ModelState) -> None:
        for client in self._clients:
            client.send(Told(state))

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        if len(self._clients) >= CONNECTIONS_AT_MOST:
            writer.close()
            return
        self._clients.add(client)
        client.send(Told(self._models.state))
        try:
            while True:
                self._take(await read_request(reader), client)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away; its waiting work is dropped when its turn comes
        except (ValueError, msgspec.MsgspecError) as error:
            log.warning("inference.broken_frame %r", error)
        finally:
            client.gone = True
            self._clients.discard(client)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _take(self, request: Embed, client: _Client) -> None:
        line = self._lines[request.kind]
        if len(request.texts) > TEXTS_AT_MOST:
            client.send(Failed(request.id, "too-large", f"{len(request.texts)} texts, at most {TEXTS_AT_MOST}"))
        elif len(line.queue) >= WAITING_AT_MOST:
            client.send(Failed(request.id, "busy"))
        else:
            line.add(_Job(request, client, asyncio.get_running_loop().time() + request.within))
            self._asked.set()

    async def _rest(self) -> None:
        """Returns when there is a model and nobody asked for anything for long."""
        while True:
            if any(line.queue for line in self._lines.values()) or not self._models.loaded:
                await asyncio.sleep(min(1.0, self._unload_after))
                continue
            self._asked.clear()
            try:
                async with asyncio.timeout(self._unload_after):
                    await self._asked.wait()
            except TimeoutError:
                return
