"""The serving side: one worker, queries before passages, every wait and queue bounded.

Passages are embedded a few at a time, so a person who types waits for a few at most, not for a whole reindexing.
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
from ai.inference.models import Models

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


class Server:
    def __init__(self, store: Store, *, threads: int = 1, unload_after_seconds: float = 600) -> None:
        self._models = Models(store, self._tell_all, threads=threads)
        self._unload_after = unload_after_seconds
        self._queries: deque[_Job] = deque()
        self._passages: deque[_Job] = deque()
        self._clients: set[_Client] = set()
        self._work = asyncio.Event()

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
            async with server:
                await self._run()
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
        queue = self._queries if request.kind == "query" else self._passages
        if len(request.texts) > TEXTS_AT_MOST:
            client.send(Failed(request.id, "too-large", f"{len(request.texts)} texts, at most {TEXTS_AT_MOST}"))
        elif len(queue) >= WAITING_AT_MOST:
            client.send(Failed(request.id, "busy"))
        else:
            queue.append(_Job(request, client, asyncio.get_running_loop().time() + request.within))
            self._work.set()

    async def _run(self) -> None:
        while True:
            job = self._next()
            if job is not None:
                await self._advance(job)
                continue
            self._work.clear()
            try:
                async with asyncio.timeout(self._unload_after if self._models.loaded else None):
                    await self._work.wait()
            except TimeoutError:
                return

    def _next(self) -> _Job | None:
        now = asyncio.get_running_loop().time()
        for queue in (self._queries, self._passages):
            while queue:
                job = queue[0]
                if job.client.gone:
                    queue.popleft()
                elif not job.done and now > job.deadline:
                    queue.popleft()
                    job.client.send(Failed(job.request.id, "too-late"))
                else:
                    return job
        return None

    async def _advance(self, job: _Job) -> None:
        """One step of a job: a query, or a few passages. It leaves the queue with its last step or its failure."""
        request = job.request
        queue = self._queries if request.kind == "query" else self._passages
        texts = request.texts[job.done : job.done + PASSAGES_AT_ONCE]
        try:
            model_id, dimensions, data = await self._models.embed(texts, request.kind)
        except WeightsMissing as error:
            queue.popleft()
            job.client.send(Failed(request.id, "missing", str(error)))
            return
        except (WeightsBroken, OSError, TimeoutError) as error:
            queue.popleft()
            job.client.send(Failed(request.id, "failed", str(error) or type(error).__name__))
            return
        job.done += len(texts)
        job.data += data
        if job.done >= len(request.texts):
            queue.popleft()
            job.client.send(Vectors(request.id, model_id, dimensions, bytes(job.data)))
