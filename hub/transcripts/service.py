"""The rules of microphones: who may open one, when it must end, and what of its words is kept."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from psycopg.errors import UniqueViolation

from hub.access import SeenMeeting, refuse_secret_item
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.speeches.queries import who_spoke
from hub.transcripts import queries
from hub.transcripts.models import (
    CaptionFinal,
    CaptionsPaused,
    CaptionsResumed,
    CaptionsStarted,
    CaptionsStopped,
    MeetingNotRunning,
    NotForOthers,
    Reason,
    SessionState,
    SpeakerHasMicrophone,
    TooManyMicrophones,
    UnknownSpeaker,
)
from hub.users.models import Me

log = structlog.get_logger()

MICROPHONES = 16  # open in one meeting
SEEN_SECONDS = 5.0  # how often a hub says that it holds its microphones
LOST_AFTER = timedelta(seconds=15)  # after which silence a hub counts as gone
LATE_WORDS = timedelta(seconds=20)  # words spoken before a stop may still become final for so long


async def open_microphone(
    work: Work, me: Me, meeting: SeenMeeting, speaker_id: UUID | None, language: str
) -> tuple[UUID, str | None]:
    """The session and the speaker's name. ``speaker_id`` None is the room's microphone: for chair and secretary.

    A speaker's own newer microphone replaces his older one, so that a browser that comes back is never refused.
    """
    if speaker_id != me.id and not meeting.i_may.run:
        raise NotForOthers
    await work.hold(meeting.id)
    if meeting.state != "running":
        raise MeetingNotRunning
    await refuse_secret_item(work.conn, meeting.current_item_id)
    name = None
    if speaker_id is not None:
        name = await queries.is_participant(work.conn, meeting.id, speaker_id)
        if name is None:
            raise UnknownSpeaker
    if before := await queries.open_session_of(work.conn, meeting.id, speaker_id):
        session_id, started_by = before
        if me.id not in {started_by, speaker_id}:
            raise SpeakerHasMicrophone
        await close(work, session_id, me.id, "replaced")
    if len(await queries.open_sessions(work.conn, meeting.id)) >= MICROPHONES:
        raise TooManyMicrophones
    try:
        session_id = await queries.insert_session(work.conn, meeting.id, me.id, speaker_id, language, work.now)
    except UniqueViolation:  # two at once; the other was first
        raise SpeakerHasMicrophone from None
    await work.tell(meeting.id, CaptionsStarted(session_id, me.id, speaker_id, language))
    return session_id, name


async def close(work: Work, session_id: UUID, by: UUID | None, reason: Reason) -> bool:
    """Told once, whoever comes first: the speaker, the chair, the sweeper of another hub."""
    meeting_id = await queries.close_session(work.conn, session_id, work.now, by, reason)
    if meeting_id is None:
        return False
    await work.tell(meeting_id, CaptionsStopped(session_id, by, reason))
    return True


async def stop(work: Work, me: Me, meeting: SeenMeeting, session_id: UUID) -> None:
    """Chair, secretary, who started it, and the speaker may. Stopping what has ended is no error."""
    session = await queries.session(work.conn, meeting.id, session_id)
    if session is None:
        raise NotFound
    if not meeting.i_may.run and me.id not in (session["started_by"], session["speaker_id"]):
        raise Forbidden
    await work.hold(meeting.id)
    await close(work, session_id, me.id, "stopped")


async def set_state(work: Work, session_id: UUID, state: SessionState) -> None:
    meeting_id = await queries.set_state(work.conn, session_id, state)
    if meeting_id is not None:
        fact = CaptionsPaused(session_id) if state == "paused" else CaptionsResumed(session_id)
        await work.tell(meeting_id, fact)


def why_end(circumstances: dict[str, Any] | None) -> Reason | None:
    """Why a microphone may not go on, None if it may."""
    if circumstances is None:
        return "hub-lost"
    if circumstances["stopped_at"] is not None:
        reason: Reason = circumstances["reason"]
        return reason
    if circumstances["state"] != "running":
        return "meeting-over"
    return "secret-item" if circumstances["secrecy"] != "none" else None


async def keep_final(
    work: Work,
    meeting_id: UUID,
    session_id: UUID,
    number: int,
    speaker_id: UUID | None,
    item_id: UUID | None,
    start_ms: int,
    end_ms: int,
    text: str,
    *,
    live: bool = True,
) -> bool:
    """Stores the words and tells them. Not while the meeting is at a secret item, nor long after the microphone
    closed. ``live`` False: a file, whose words belong to nobody's turn.
    """
    await work.hold(meeting_id)
    found = await queries.circumstances(work.conn, meeting_id, session_id)
    if found is None or found["secrecy"] != "none" or found["state"] not in ("running", "ended"):
        return False
    if found["stopped_at"] is not None and (
        found["reason"] == "secret-item" or work.now - found["stopped_at"] > LATE_WORDS
    ):
        return False
    if item_id != found["item_id"]:  # the meeting has moved on; what was said belongs to an item that may be secret now
        await refuse_secret_item(work.conn, item_id)
    if speaker_id is None and live:  # the room's microphone: in the middle of the words, whose turn was it?
        spoken_at = found["started_at"] + timedelta(milliseconds=(start_ms + end_ms) // 2)
        speaker_id = await who_spoke(work.conn, meeting_id, spoken_at)
    segment_id = uuid4()
    if not await queries.insert_segment(
        work.conn, segment_id, session_id, number, item_id, start_ms, end_ms, text, speaker_id
    ):
        return False
    fact = CaptionFinal(segment_id, session_id, number, speaker_id, item_id, start_ms, end_ms)
    await work.tell(meeting_id, fact, text=text)
    return True


async def close_left_alone(work: Work, now: datetime) -> int:
    """Microphones whose hub is gone are closed by whoever notices."""
    sessions = await queries.sessions_left_alone(work.conn, now - LOST_AFTER)
    return sum([await close(work, session_id, None, "hub-lost") for session_id in sessions])
