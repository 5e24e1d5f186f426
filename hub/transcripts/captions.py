"""The microphones this process holds. It says so every few seconds, and closes those of hubs that no longer do."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import structlog

from hub.db import Database
from hub.ending import end
from hub.health import PartState
from hub.transcripts import queries, service
from hub.transcripts.microphone import QUIET_SECONDS, Microphone, Socket, StillWelcome
from hub.transcripts.models import CaptionsAway, Reason
from realtime import Bus
from realtime.pace import until_beat

log = structlog.get_logger()


class Captions:
    """Opened for the life of the app. ``url`` is a server of the whisper-live protocol; None: there is none."""

    def __init__(self, db: Database, bus: Bus, url: str | None, *, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._db, self._bus, self._url, self._quiet_seconds = db, bus, url, quiet_seconds
        self._held: dict[UUID, Microphone] = {}
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep(), name="captions:keep")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._keeper)

    async def _keep(self) -> None:
        while True:
            try:
                async with self._db.work() as work:
                    if self._held:
                        await queries.sessions_seen(work.conn, list(self._held), work.now)
                    await service.close_left_alone(work, work.now)
            except psycopg.OperationalError as error:
                log.warning("captions.database-away", error=repr(error))
            await asyncio.sleep(until_beat(service.SEEN_SECONDS))

    @property
    def needed_url(self) -> str:
        if self._url is None:
            raise CaptionsAway
        return self._url

    def microphone(
        self,
        *,
        meeting_id: UUID,
        session_id: UUID,
        speaker_id: UUID | None,
        speaker_name: str | None,
        item_id: UUID | None,
        language: str,
        fast: bool = False,
    ) -> Microphone:
        return Microphone(
            self._db,
            self._bus,
            self.needed_url,
            meeting_id=meeting_id,
            session_id=session_id,
            speaker_id=speaker_id,
            speaker_name=speaker_name,
            item_id=item_id,
            language=language,
            fast=fast,
            quiet_seconds=self._quiet_seconds,
        )

    async def hold(self, microphone: Microphone, socket: Socket, still_welcome: StillWelcome) -> Reason:
        """Until its end, which is stored and told; the row is closed even when the app is going down."""
        self._held[microphone.session_id] = microphone
        reason: Reason = "left"
        try:
            reason = await microphone.run(socket, still_welcome)
        finally:
            del self._held[microphone.session_id]
            await asyncio.shield(self._close(microphone, reason))
        return reason

    async def _close(self, microphone: Microphone, reason: Reason) -> None:
        try:
            async with self._db.work() as work:
                await work.hold(microphone.meeting_id)
                await service.close(work, microphone.session_id, None, reason)
        except psycopg.OperationalError as error:  # the keeper of any hub closes it later
            log.warning("captions.not-closed", error=repr(error))

    async def probe(self) -> PartState:
        """For /readyz: whether anybody answers at the address. It costs the service a connection, no stream."""
        if self._url is None:
            return "missing"
        address = urlsplit(self._url)
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port or 80)
        except OSError:
            return "down"
        writer.close()
        return "up"
