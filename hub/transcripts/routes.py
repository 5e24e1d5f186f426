"""Microphones over a WebSocket, their stop, and the transcript as a list and as files."""

from typing import Any, Final
from uuid import UUID

import structlog
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import HTTPRouteHandler, websocket
from litestar.params import FromPath, FromQuery

from hub import auth
from hub.access import access_meeting
from hub.db import Database, Look, Work
from hub.errors import Forbidden, NotFound, Refusal
from hub.installation import Installation
from hub.meetings.queries import items as agenda_items
from hub.reception import Reception
from hub.settings import Settings
from hub.transcripts import files, queries, service, tokens
from hub.transcripts.captions import Captions
from hub.transcripts.microphone import Socket
from hub.transcripts.models import MicrophoneToken, Segment, UnknownLanguage
from hub.users.models import Me
from hub.users.queries import person

log = structlog.get_logger()

TAGS = ["Captions (phụ đề)"]
LANGUAGES: Final = ("vi", "en")
NO_SESSION, NO_RIGHT, NO_MEETING, REFUSED = 4401, 4403, 4404, 4409
THE_ROOM: Final = "room"


@websocket("/ws/meetings/{meeting_id:uuid}/microphone")
async def microphone(
    socket: Socket,
    meeting_id: FromPath[UUID],
    visitor: NamedDependency[Me | None],
    db: NamedDependency[Database],
    captions: NamedDependency[Captions],
    reception: NamedDependency[Reception],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
    language: FromQuery[str] = "vi",
    speaker: FromQuery[str | None] = None,
    token: FromQuery[str | None] = None,
    fast: FromQuery[bool] = False,
) -> None:
    """Binary frames of int16 mono at 16 kHz in, JSON out; the text ``end`` ends it. See docs/wire.md.

    ``fast``: sound that can wait, such as a file; then the hub reads as fast as the recogniser goes.
    Refusals come after accepting, as a close code with the refusal's code for a reason.
    """
    await socket.accept()
    hashed = None
    if token is not None:
        user_id = tokens.read(installation, token, meeting_id, db.clock())
        async with db.pool.connection() as conn:
            me = await person(conn, user_id) if user_id else None
    elif not auth.same_origin(socket, settings):
        await socket.close(NO_RIGHT, "origin")
        return
    else:
        me, hashed = visitor, auth.session_hash(socket, installation)
    if me is None:
        await socket.close(NO_SESSION, "not-signed-in")
        return

    async def still_welcome(me: Me = me) -> bool:
        try:
            now_me = None if hashed is None else await reception.person(hashed)
            async with db.pool.connection() as conn:
                if token is not None:
                    now_me = await person(conn, me.id)
                if now_me is None:
                    return False
                await access_meeting(conn, now_me, meeting_id, "speak")
        except (NotFound, Forbidden):
            return False
        return True

    try:
        captions.needed_url  # noqa: B018 (refuses when there is no service)
        if language not in LANGUAGES:
            raise UnknownLanguage
        speaker_id = speaker_of(speaker, me)
        async with db.work() as work:
            meeting = await access_meeting(work.conn, me, meeting_id, "speak")
            session_id, name = await service.open_microphone(work, me, meeting, speaker_id, language)
    except Refusal as refusal:
        codes = {401: NO_SESSION, 403: NO_RIGHT, 404: NO_MEETING}
        await socket.close(codes.get(refusal.status, REFUSED), refusal.code)
        return
    opened = captions.microphone(
        meeting_id=meeting_id,
        session_id=session_id,
        speaker_id=speaker_id,
        speaker_name=name,
        item_id=meeting.current_item_id,
        language=language,
        fast=fast,
    )
    await opened.say(socket, {"type": "started", "session_id": session_id})
    reason = await captions.hold(opened, socket, still_welcome)
    if reason != "left":
        if reason == "ended":
            await opened.say(socket, {"type": "stopped", "reason": reason})
        try:
            await socket.close(1000, reason)
        except (WebSocketDisconnect, RuntimeError) as gone:
            log.debug("captions.speaker-gone", error=repr(gone))


def speaker_of(named: str | None, me: Me) -> UUID | None:
    """Oneself unless named; the room's microphone has no speaker."""
    if named is None:
        return me.id
    if named == THE_ROOM:
        return None
    try:
        return UUID(named)
    except ValueError:
        raise NotFound from None


@post("/api/meetings/{meeting_id:uuid}/microphone-token", status_code=201, tags=TAGS)
async def issue_microphone_token(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    installation: NamedDependency[Installation],
) -> MicrophoneToken:
    """For a device without a browser: opens my microphone in this meeting within 10 minutes, as ``?token=``."""
    await access_meeting(work.conn, me, meeting_id, "speak")
    return tokens.issue(installation, meeting_id, me.id, work.now)


@post("/api/meetings/{meeting_id:uuid}/captions/{session_id:uuid}/stop", status_code=204, tags=TAGS)
async def stop_captions(
    meeting_id: FromPath[UUID], session_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Chair, secretary, who started it, or the speaker. Told in the meeting's line with who did."""
    await service.stop(work, me, await access_meeting(work.conn, me, meeting_id), session_id)


@get("/api/meetings/{meeting_id:uuid}/transcript", tags=TAGS)
async def get_transcript(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], reception: NamedDependency[Reception]
) -> list[Segment]:
    """Everything said and recognised, in order; nothing that was said on an item which is secret now."""
    _, said = await reception.of_meeting(said_in, me, meeting_id)
    return said


async def said_in(look: Look, meeting_id: UUID) -> list[Segment]:
    return await queries.transcript(look.conn, meeting_id)


def file_route(kind: str, media_type: str) -> HTTPRouteHandler:
    @get(
        f"/api/meetings/{{meeting_id:uuid}}/transcript.{kind}",
        name=f"transcript_{kind}",
        operation_id=f"TranscriptAs{kind.capitalize()}",
        media_type=MediaType.TEXT,
        tags=TAGS,
    )
    async def download(
        meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
    ) -> Response[str]:
        """The transcript as a file to keep."""
        meeting = await access_meeting(work.conn, me, meeting_id)
        segments, gaps = await queries.transcript(work.conn, meeting_id), await queries.gaps(work.conn, meeting_id)
        if kind == "vtt":
            text = files.vtt(segments, gaps)
        elif kind == "srt":
            text = files.srt(segments)
        else:
            titles = {item.id: f"{item.number}. {item.title}" for item in await agenda_items(work.conn, meeting_id)}
            text = files.txt(meeting.summary.title, titles, segments, gaps)
        name = f"phu-de-{meeting.summary.starts_at.astimezone(files.PLACE):%Y-%m-%d}.{kind}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
        return Response(text, media_type=media_type, headers=headers)

    return download


handlers: list[Any] = [
    microphone,
    issue_microphone_token,
    stop_captions,
    get_transcript,
    file_route("vtt", "text/vtt"),
    file_route("srt", "application/x-subrip; charset=utf-8"),
    file_route("txt", "text/plain"),
]
