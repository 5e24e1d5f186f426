"""All SQL about microphones and transcripts."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.transcripts.models import CaptionSession, Gap, Reason, Segment, SessionState

Conn = AsyncConnection[Any]


async def insert_session(
    conn: Conn, meeting_id: UUID, started_by: UUID, speaker_id: UUID | None, language: str, now: datetime
) -> UUID:
    """UniqueViolation: the speaker has an open microphone."""
    cursor = await conn.execute(
        "INSERT INTO caption_session (meeting_id, started_by, speaker_id, language, started_at, seen_at)"
        " VALUES (%(meeting)s, %(by)s, %(speaker)s, %(language)s, %(now)s, %(now)s) RETURNING id",
        {"meeting": meeting_id, "by": started_by, "speaker": speaker_id, "language": language, "now": now},
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def close_session(conn: Conn, session_id: UUID, now: datetime, by: UUID | None, reason: Reason) -> UUID | None:
    """The meeting it was in; None if it was closed already."""
    cursor = await conn.execute(
        "UPDATE caption_session SET stopped_at = %s, stopped_by = %s, reason = %s"
        " WHERE id = %s AND stopped_at IS NULL RETURNING meeting_id",
        (now, by, reason, session_id),
    )
    row = await cursor.fetchone()
    return UUID(str(row[0])) if row else None


async def open_session_of(conn: Conn, meeting_id: UUID, speaker_id: UUID | None) -> tuple[UUID, UUID] | None:
    """The speaker's open microphone and who started it."""
    cursor = await conn.execute(
        "SELECT id, started_by FROM caption_session WHERE meeting_id = %s"
        " AND speaker_id IS NOT DISTINCT FROM %s AND stopped_at IS NULL FOR UPDATE",
        (meeting_id, speaker_id),
    )
    row = await cursor.fetchone()
    return (UUID(str(row[0])), UUID(str(row[1]))) if row else None


async def session(conn: Conn, meeting_id: UUID, session_id: UUID) -> dict[str, Any] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT started_by, speaker_id, stopped_at FROM caption_session WHERE id = %s AND meeting_id = %s",
        (session_id, meeting_id),
    )
    return await cursor.fetchone()


OPEN_SESSIONS: LiteralString = """
    SELECT s.id AS session_id, s.started_by, s.speaker_id, u.name AS speaker_name, s.language, s.started_at, s.state
      FROM caption_session s LEFT JOIN app_user u ON u.id = s.speaker_id
     WHERE s.meeting_id = %(meeting)s AND s.stopped_at IS NULL ORDER BY s.started_at, s.id
"""


async def open_sessions(conn: Conn, meeting_id: UUID) -> list[CaptionSession]:
    cursor = await conn.cursor(row_factory=class_row(CaptionSession)).execute(OPEN_SESSIONS, {"meeting": meeting_id})
    return await cursor.fetchall()


async def set_state(conn: Conn, session_id: UUID, state: SessionState) -> UUID | None:
    """The meeting, if this changed anything."""
    cursor = await conn.execute(
        "UPDATE caption_session SET state = %(state)s WHERE id = %(id)s AND state <> %(state)s AND stopped_at IS NULL"
        " RETURNING meeting_id",
        {"state": state, "id": session_id},
    )
    row = await cursor.fetchone()
    return UUID(str(row[0])) if row else None


async def sessions_seen(conn: Conn, session_ids: list[UUID], now: datetime) -> None:
    await conn.execute("UPDATE caption_session SET seen_at = %s WHERE id = ANY(%s)", (now, session_ids))


async def sessions_left_alone(conn: Conn, unseen_since: datetime) -> list[UUID]:
    """Open, but no hub has said for a while that it holds them."""
    cursor = await conn.execute(
        "SELECT id FROM caption_session WHERE stopped_at IS NULL AND seen_at < %s", (unseen_since,)
    )
    return [row[0] for row in await cursor.fetchall()]


async def circumstances(conn: Conn, meeting_id: UUID, session_id: UUID) -> dict[str, Any] | None:
    """What decides whether this microphone may go on: the meeting's state, its item and secrecy, and the session."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT m.state, m.current_item_id AS item_id, coalesce(i.secrecy, 'none') AS secrecy,"
        " s.stopped_at, s.reason, s.started_at FROM meeting m JOIN caption_session s ON s.id = %s"
        " LEFT JOIN agenda_item i ON i.id = m.current_item_id WHERE m.id = %s",
        (session_id, meeting_id),
    )
    return await cursor.fetchone()


async def insert_segment(
    conn: Conn,
    segment_id: UUID,
    session_id: UUID,
    number: int,
    item_id: UUID | None,
    start_ms: int,
    end_ms: int,
    text: str,
    who_spoke: UUID | None = None,
) -> bool:
    """False if this final was stored before: a retry after a commit whose answer was lost.

    ``who_spoke``: for the room's microphone, which has no speaker of its own.
    """
    cursor = await conn.execute(
        "INSERT INTO transcript_segment"
        " (id, meeting_id, session_id, number, speaker_id, item_id, at, start_ms, end_ms, text)"
        " SELECT %(id)s, meeting_id, id, %(number)s, coalesce(speaker_id, %(speaker)s), %(item)s,"
        "        started_at + %(start)s * interval '1 millisecond', %(start)s, %(end)s, %(text)s"
        "   FROM caption_session WHERE id = %(session)s"
        " ON CONFLICT (session_id, number) DO NOTHING RETURNING id",
        {
            "id": segment_id,
            "session": session_id,
            "number": number,
            "speaker": who_spoke,
            "item": item_id,
            "start": start_ms,
            "end": end_ms,
            "text": text,
        },
    )
    return await cursor.fetchone() is not None


async def insert_gap(conn: Conn, session_id: UUID, start_ms: int, end_ms: int) -> None:
    await conn.execute(
        "INSERT INTO transcript_gap (session_id, start_ms, end_ms) VALUES (%s, %s, %s)"
        " ON CONFLICT (session_id, start_ms) DO UPDATE SET end_ms = greatest(transcript_gap.end_ms, EXCLUDED.end_ms)",
        (session_id, start_ms, end_ms),
    )


async def transcript(conn: Conn, meeting_id: UUID) -> list[Segment]:
    """As spoken. What was said on an item that is secret now is not shown, whenever it was marked."""
    cursor = await conn.cursor(row_factory=class_row(Segment)).execute(
        "SELECT t.id, t.number, t.session_id, t.speaker_id, coalesce(p.recorded_name, u.name) AS speaker_name,"
        "       t.item_id, t.at AS started_at, t.start_ms / 1000.0::float8 AS start,"
        "       t.end_ms / 1000.0::float8 AS end, t.text"
        "  FROM transcript_segment t LEFT JOIN app_user u ON u.id = t.speaker_id"
        "  LEFT JOIN participant p ON p.meeting_id = t.meeting_id AND p.user_id = t.speaker_id"
        "  LEFT JOIN agenda_item i ON i.id = t.item_id"
        " WHERE t.meeting_id = %s AND coalesce(i.secrecy, 'none') = 'none' ORDER BY t.at, t.session_id, t.number",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def gaps(conn: Conn, meeting_id: UUID) -> list[Gap]:
    cursor = await conn.cursor(row_factory=class_row(Gap)).execute(
        "SELECT u.name AS speaker_name, s.started_at + g.start_ms * interval '1 millisecond' AS started_at,"
        "       (g.end_ms - g.start_ms) / 1000.0::float8 AS seconds"
        "  FROM transcript_gap g JOIN caption_session s ON s.id = g.session_id"
        "  LEFT JOIN app_user u ON u.id = s.speaker_id WHERE s.meeting_id = %s ORDER BY 2",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def is_participant(conn: Conn, meeting_id: UUID, user_id: UUID) -> str | None:
    """The person's name, None if he takes no part."""
    cursor = await conn.execute(
        "SELECT u.name FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND p.user_id = %s",
        (meeting_id, user_id),
    )
    row = await cursor.fetchone()
    return row[0] if row else None
