"""Whose edits a client id's are. Noted when a commit is told, written in batches: never on the way of an edit.

An id that is live on the editor's own connection is his for sure. Other ids come in when somebody brings an offline
day, or what a hub that died had not stored: they are taken for the bringer's until somebody is sure.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import psycopg
import pycrdt
import structlog

from hub.db import Database
from hub.history import queries
from realtime import Unlogged
from realtime.wire import NOTHING, only_writer, read_state_vector

log = structlog.get_logger()

REMEMBERED: Final = 50_000
WAITING: Final = 20_000
"""Of pairs (document, client id); past it what comes is forgotten, and said so. The id's next edit notes it again."""


class Authors:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[tuple[str, int], bool] = {}
        self._waiting: dict[tuple[str, int], tuple[str, bool]] = {}
        self._overflow = False

    def note(self, document_id: str, entries: Sequence[Unlogged]) -> None:
        """Called at every commit."""
        for entry in entries:
            if entry.editor is None or entry.update == NOTHING:
                continue
            for client in writers_of(entry.update):
                sure = client in entry.editor.owner.ids
                key = (document_id, client)
                known = self._known.get(key)
                if known or (known is False and not sure):
                    continue
                if len(self._waiting) >= WAITING and key not in self._waiting:
                    self._overflow = True
                    continue
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = sure
                self._waiting[key] = (str(entry.editor.user), sure)

    async def write(self) -> None:
        """Writes what waits; it goes on waiting where the database is away."""
        if self._overflow:
            self._overflow = False
            log.error("history.authors_forgotten", waiting=len(self._waiting))
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        try:
            async with self._db.work() as work:
                await queries.note_authors(
                    work.conn,
                    [(UUID(key[0]), key[1], UUID(user), sure, False) for key, (user, sure) in waiting.items()],
                )
        except psycopg.OperationalError as error:
            log.warning("history.authors_wait", error=str(error), waiting=len(waiting))
            self._waiting = waiting | self._waiting


def writers_of(update: bytes) -> list[int]:
    """The client ids of an update; of a merged one those that begin in it, for the others were heard of before."""
    writer = only_writer(update)
    return [writer] if writer is not None else list(read_state_vector(pycrdt.get_state(update)))
