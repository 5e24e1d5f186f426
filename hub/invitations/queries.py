"""All SQL about invitations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.invitations.models import Invitee
from hub.meetings import queries as meeting_queries
from hub.meetings.models import MeetingSummary

Conn = AsyncConnection[Any]


# What this unit, or the nearest one above it, said for meetings of this kind.
OWN_RULE: LiteralString = """
    WITH RECURSIVE up AS (
        SELECT id, parent_id, name, 0 AS height FROM unit WHERE id = %(unit)s
        UNION ALL SELECT p.id, p.parent_id, p.name, up.height + 1 FROM unit p JOIN up ON up.parent_id = p.id
    )
    SELECT r.lead_days, r.substitutes, r.paper_days, r.paper_remind, up.id AS unit_id, up.name AS unit_name
      FROM up JOIN call_rule r ON r.unit_id = up.id AND r.kind = %(kind)s
     ORDER BY up.height LIMIT 1
"""


async def own_rule(conn: Conn, unit_id: UUID, kind: str) -> dict[str, Any] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(OWN_RULE, {"unit": unit_id, "kind": kind})
    return await cursor.fetchone()


async def drop_rule(conn: Conn, unit_id: UUID, kind: str) -> None:
    await conn.execute("DELETE FROM call_rule WHERE unit_id = %s AND kind = %s", (unit_id, kind))


async def set_rule(conn: Conn, unit_id: UUID, kind: str, rule: dict[str, Any], by: UUID, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO call_rule (unit_id, kind, lead_days, substitutes, paper_days, paper_remind, by, at)"
        " VALUES (%(unit)s, %(kind)s, %(lead_days)s, %(substitutes)s, %(paper_days)s, %(paper_remind)s::int[], %(by)s,"
        " %(at)s)"
        " ON CONFLICT (unit_id, kind) DO UPDATE SET lead_days = excluded.lead_days,"
        " substitutes = excluded.substitutes, paper_days = excluded.paper_days, paper_remind = excluded.paper_remind,"
        " by = excluded.by, at = excluded.at",
        rule | {"unit": unit_id, "kind": kind, "by": by, "at": at},
    )


async def begin_call(conn: Conn, meeting_id: UUID) -> None:
    """Before something is written of it: its row, as a meeting has it that nobody wrote an invitation for."""
    await conn.execute("INSERT INTO meeting_call (meeting_id) VALUES (%s) ON CONFLICT DO NOTHING", (meeting_id,))


async def call(conn: Conn, meeting_id: UUID) -> dict[str, Any]:
    """What the invitation says; of a meeting nobody wrote one for, what it says without."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT coalesce(c.number, '') AS number, coalesce(c.subject, '') AS subject, coalesce(c.remarks, '') AS remarks,
               coalesce(c.remind_minutes, '{1440,60}') AS remind_minutes, coalesce(c.sequence, -1) AS sequence,
               c.sent_at, coalesce(c.emergency, false) AS emergency, coalesce(c.waived_reason, '') AS waived_reason,
               EXISTS (SELECT 1 FROM event e WHERE e.meeting_id = c.meeting_id AND e.kind = 'meeting.changed'
                        AND e.at > c.sent_at) AS changed_since
          FROM meeting m LEFT JOIN meeting_call c ON c.meeting_id = m.id WHERE m.id = %s
        """,
        (meeting_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def change_call(conn: Conn, meeting_id: UUID, fields: dict[str, Any]) -> None:
    await begin_call(conn, meeting_id)
    await conn.execute(
        """
        UPDATE meeting_call SET number = coalesce(%(number)s, number), subject = coalesce(%(subject)s, subject),
               remarks = coalesce(%(remarks)s, remarks),
               remind_minutes = coalesce(%(remind_minutes)s::int[], remind_minutes)
         WHERE meeting_id = %(meeting)s
        """,
        {"number": None, "subject": None, "remarks": None, "remind_minutes": None} | fields | {"meeting": meeting_id},
    )


async def waive(conn: Conn, meeting_id: UUID, reason: str, *, emergency: bool) -> None:
    await conn.execute(
        "INSERT INTO meeting_call (meeting_id, waived_reason, emergency) VALUES (%s, %s, %s) ON CONFLICT (meeting_id)"
        " DO UPDATE SET waived_reason = excluded.waived_reason,"
        " emergency = meeting_call.emergency OR excluded.emergency",
        (meeting_id, reason, emergency),
    )


async def note_sending(conn: Conn, meeting_id: UUID, by: UUID, at: datetime, *, raise_: bool) -> int:
    """The sequence of this sending."""
    await begin_call(conn, meeting_id)
    cursor = await conn.execute(
        "UPDATE meeting_call SET sequence = greatest(sequence + %s, 0), sent_at = %s, sent_by = %s"
        " WHERE meeting_id = %s RETURNING sequence",
        (int(raise_), at, by, meeting_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def invite(conn: Conn, meeting_id: UUID, sequence: int, at: datetime, *, again: bool) -> dict[UUID, bool]:
    """Everybody on the list who is to get it now → whether it is his first. An answer outlives a change, marked as
    older than it; it does not outlive being taken off the list."""
    cursor = await conn.execute(
        """
        WITH before AS (SELECT user_id FROM invitation WHERE meeting_id = %(meeting)s AND cancelled_at IS NULL),
        sent AS (
            INSERT INTO invitation (meeting_id, user_id, sequence, sent_at)
            SELECT meeting_id, user_id, %(sequence)s, %(at)s FROM participant WHERE meeting_id = %(meeting)s
            ON CONFLICT (meeting_id, user_id) DO UPDATE SET
                sequence = excluded.sequence, sent_at = excluded.sent_at,
                answer = CASE WHEN invitation.cancelled_at IS NULL THEN invitation.answer END,
                reason = CASE WHEN invitation.cancelled_at IS NULL THEN invitation.reason ELSE '' END,
                answered_at = CASE WHEN invitation.cancelled_at IS NULL THEN invitation.answered_at END,
                cancelled_at = NULL
             WHERE invitation.cancelled_at IS NOT NULL OR %(again)s
            RETURNING user_id
        )
        SELECT sent.user_id, before.user_id IS NULL FROM sent LEFT JOIN before USING (user_id)
        """,
        {"meeting": meeting_id, "sequence": sequence, "at": at, "again": again},
    )
    return dict(await cursor.fetchall())


async def invite_one(conn: Conn, meeting_id: UUID, user_id: UUID, sequence: int, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO invitation (meeting_id, user_id, sequence, sent_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (meeting_id, user_id) DO UPDATE SET sequence = excluded.sequence, sent_at = excluded.sent_at,"
        " cancelled_at = NULL, answer = NULL, reason = '', answered_at = NULL",
        (meeting_id, user_id, sequence, at),
    )


async def cancel(conn: Conn, meeting_id: UUID, user_id: UUID, at: datetime) -> bool:
    """True where there was one to withdraw."""
    cursor = await conn.execute(
        "UPDATE invitation SET cancelled_at = %s, sequence = sequence + 1"
        " WHERE meeting_id = %s AND user_id = %s AND cancelled_at IS NULL",
        (at, meeting_id, user_id),
    )
    return cursor.rowcount == 1


INVITED: LiteralString = """
    SELECT i.meeting_id, i.user_id, i.sequence, i.sent_at, i.opened_at, i.cancelled_at IS NOT NULL AS cancelled,
           i.answer, i.reason, i.answered_at, coalesce(i.answered_at < i.sent_at, false) AS outdated,
           i.substitute_id, s.name AS substitute_name, i.substitute_state, i.substitute_reason, c.emergency,
           m.state IN ('published', 'running') AS open, p.role, f.name AS stands_for
      FROM invitation i JOIN meeting m ON m.id = i.meeting_id JOIN meeting_call c ON c.meeting_id = i.meeting_id
      LEFT JOIN participant p ON p.meeting_id = i.meeting_id AND p.user_id = i.user_id
      LEFT JOIN app_user s ON s.id = i.substitute_id LEFT JOIN app_user f ON f.id = p.substitute_for
     WHERE i.user_id = %(me)s
"""
MY_INVITATION: LiteralString = INVITED + " AND i.meeting_id = %(meeting)s"


async def mine(conn: Conn, user_id: UUID, meeting_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """My invitations to these meetings, by meeting."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        INVITED + " AND i.meeting_id = ANY(%(meetings)s)", {"me": user_id, "meetings": list(meeting_ids)}
    )
    return {row.pop("meeting_id"): row for row in await cursor.fetchall()}


async def mark_opened(conn: Conn, meeting_id: UUID, user_id: UUID, at: datetime) -> None:
    await conn.execute(
        "UPDATE invitation SET opened_at = %s WHERE meeting_id = %s AND user_id = %s AND opened_at IS NULL",
        (at, meeting_id, user_id),
    )


async def set_answer(
    conn: Conn, meeting_id: UUID, user_id: UUID, answer: str, reason: str, by: UUID, at: datetime
) -> None:
    await conn.execute(
        "UPDATE invitation SET answer = %s, reason = %s, answered_at = %s, answered_by = %s,"
        " opened_at = CASE WHEN %s THEN coalesce(opened_at, %s) ELSE opened_at END"
        " WHERE meeting_id = %s AND user_id = %s",
        (answer, reason, at, by, by == user_id, at, meeting_id, user_id),
    )


async def set_substitute(
    conn: Conn,
    meeting_id: UUID,
    user_id: UUID,
    substitute_id: UUID | None,
    state: str | None,
    reason: str,
    at: datetime,
) -> None:
    await conn.execute(
        "UPDATE invitation SET substitute_id = %s, substitute_state = %s, substitute_reason = %s, substitute_at = %s"
        " WHERE meeting_id = %s AND user_id = %s",
        (substitute_id, state, reason, at, meeting_id, user_id),
    )


async def sit_for(conn: Conn, meeting_id: UUID, substitute_id: UUID, user_id: UUID) -> None:
    await conn.execute(
        "UPDATE participant SET substitute_for = %s WHERE meeting_id = %s AND user_id = %s",
        (user_id, meeting_id, substitute_id),
    )


async def colleagues(conn: Conn, meeting_id: UUID, user_id: UUID) -> list[dict[str, Any]]:
    """Who may sit for him: of his unit, and not on the list."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT u.id, u.name, u.position, u.unit_id, unit.name AS unit_name
          FROM app_user him JOIN app_user u ON u.unit_id = him.unit_id JOIN unit ON unit.id = u.unit_id
         WHERE him.id = %(user)s AND u.id <> him.id AND u.active
           AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.meeting_id = %(meeting)s AND p.user_id = u.id)
         ORDER BY u.name LIMIT 200
        """,
        {"meeting": meeting_id, "user": user_id},
    )
    return await cursor.fetchall()


async def leaders(conn: Conn, meeting_id: UUID) -> list[UUID]:
    """Who is told of answers: chair and secretaries."""
    cursor = await conn.execute(
        "SELECT user_id FROM participant WHERE meeting_id = %s AND role IN ('chair', 'secretary')", (meeting_id,)
    )
    return [row[0] for row in await cursor.fetchall()]


async def unanswered(conn: Conn, meeting_id: UUID) -> list[UUID]:
    cursor = await conn.execute(
        "SELECT i.user_id FROM invitation i JOIN participant p USING (meeting_id, user_id)"
        " WHERE i.meeting_id = %s AND i.cancelled_at IS NULL AND (i.answer IS NULL OR i.answered_at < i.sent_at)",
        (meeting_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def name_of(conn: Conn, user_id: UUID) -> tuple[str, str]:
    cursor = await conn.execute("SELECT name, position FROM app_user WHERE id = %s", (user_id,))
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def invitees(conn: Conn, meeting_id: UUID) -> list[Invitee]:
    cursor = await conn.cursor(row_factory=class_row(Invitee)).execute(
        """
        SELECT p.user_id, u.name, u.position, unit.name AS unit_name, p.role, f.name AS stands_for,
               CASE WHEN i.user_id IS NULL OR i.cancelled_at IS NOT NULL THEN 'not-sent'
                    WHEN i.opened_at IS NOT NULL THEN 'opened'
                    WHEN told.reached THEN 'delivered' ELSE 'sent' END AS sent,
               i.sent_at, i.opened_at, coalesce(mail.state, 'none') AS email, coalesce(mail.reason, '') AS email_reason,
               i.answer, coalesce(i.reason, '') AS reason, i.answered_at,
               coalesce(i.answered_by <> i.user_id, false) AS by_hand,
               coalesce(i.answered_at < i.sent_at, false) AS outdated, told.reminded_at,
               i.substitute_id, s.name AS substitute_name, i.substitute_state
          FROM participant p JOIN app_user u ON u.id = p.user_id JOIN unit ON unit.id = u.unit_id
          LEFT JOIN invitation i ON i.meeting_id = p.meeting_id AND i.user_id = p.user_id
          LEFT JOIN app_user f ON f.id = p.substitute_for LEFT JOIN app_user s ON s.id = i.substitute_id
          LEFT JOIN LATERAL (
              SELECT bool_or(n.reached_at IS NOT NULL) FILTER (WHERE n.at >= i.sent_at) AS reached,
                     max(n.at) FILTER (WHERE n.kind = 'remind_answer') AS reminded_at
                FROM notice n WHERE n.user_id = p.user_id AND n.meeting_id = p.meeting_id
          ) told ON true
          LEFT JOIN LATERAL (
              SELECT d.state, d.reason FROM notice n JOIN notice_delivery d ON d.notice_id = n.id AND d.way = 'email'
               WHERE n.user_id = p.user_id AND n.meeting_id = p.meeting_id
                 AND n.kind IN ('invited', 'invitation_changed', 'emergency', 'substitute_named')
               ORDER BY d.queued_at DESC LIMIT 1
          ) mail ON true
         WHERE p.meeting_id = %s
         ORDER BY array_position(ARRAY['chair', 'secretary', 'delegate', 'guest'], p.role), p.position, u.name
        """,
        (meeting_id,),
    )
    return await cursor.fetchall()


async def coming(conn: Conn, user_id: UUID, limit: int) -> list[UUID]:
    """Meetings to come, and under way, to which I am invited."""
    cursor = await conn.execute(
        "SELECT m.id FROM invitation i JOIN meeting m ON m.id = i.meeting_id"
        " JOIN participant p ON p.meeting_id = m.id AND p.user_id = i.user_id"
        " WHERE i.user_id = %s AND i.cancelled_at IS NULL AND m.state IN ('published', 'running')"
        " ORDER BY m.starts_at LIMIT %s",
        (user_id, limit),
    )
    return [row[0] for row in await cursor.fetchall()]


async def due_to_attend(conn: Conn, now: datetime, limit: int) -> list[tuple[UUID, datetime, int, list[UUID]]]:
    """(meeting, its start, minutes before, whom): of several moments that passed the last; not those who decline; and
    nobody is reminded of a moment that had passed when he was invited."""
    cursor = await conn.execute(
        """
        SELECT m.id, m.starts_at, due.minutes, array_agg(i.user_id)
          FROM meeting m JOIN meeting_call c ON c.meeting_id = m.id
          CROSS JOIN LATERAL (
              SELECT min(minutes) AS minutes FROM unnest(c.remind_minutes) minutes
               WHERE m.starts_at - minutes * interval '1 minute' <= %(now)s
          ) due
          JOIN invitation i ON i.meeting_id = m.id JOIN participant p ON p.meeting_id = m.id AND p.user_id = i.user_id
         WHERE m.state = 'published' AND m.starts_at > %(now)s AND due.minutes IS NOT NULL AND i.cancelled_at IS NULL
           AND i.answer IS DISTINCT FROM 'declined' AND p.checked_in_at IS NULL
           AND i.sent_at < m.starts_at - due.minutes * interval '1 minute'
           AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.user_id = i.user_id AND n.key = 'attend:' || m.id || ':'
                            || extract(epoch FROM m.starts_at)::bigint || ':' || due.minutes)
         GROUP BY m.id, m.starts_at, due.minutes LIMIT %(limit)s
        """,
        {"now": now, "limit": limit},
    )
    return await cursor.fetchall()


async def due_to_answer(conn: Conn, now: datetime, hours: int, limit: int) -> list[tuple[UUID, int, list[UUID]]]:
    """(meeting, sequence, whom): invited so long ago without an answer, or before the last change; once a sending."""
    cursor = await conn.execute(
        """
        SELECT m.id, i.sequence, array_agg(i.user_id)
          FROM meeting m JOIN invitation i ON i.meeting_id = m.id
          JOIN participant p ON p.meeting_id = m.id AND p.user_id = i.user_id
         WHERE m.state = 'published' AND m.starts_at > %(now)s AND i.cancelled_at IS NULL
           AND (i.answer IS NULL OR i.answered_at < i.sent_at) AND i.sent_at <= %(now)s - %(hours)s * interval '1 hour'
           AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.user_id = i.user_id
                            AND n.key = 'answer:' || m.id || ':' || i.sequence)
         GROUP BY m.id, i.sequence LIMIT %(limit)s
        """,
        {"now": now, "hours": hours, "limit": limit},
    )
    return await cursor.fetchall()


async def meeting(conn: Conn, meeting_id: UUID) -> MeetingSummary:
    """As a letter names it, for nobody in particular."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        meeting_queries.SUMMARY + " WHERE m.id = %(meeting)s", {"meeting": meeting_id, "me": None}
    )
    row = await cursor.fetchone()
    assert row is not None
    return meeting_queries.summary(row)


async def mail_of(conn: Conn, user_id: UUID) -> str | None:
    cursor = await conn.execute("SELECT email FROM app_user WHERE id = %s", (user_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def is_on_list(conn: Conn, meeting_id: UUID, user_id: UUID) -> bool:
    cursor = await conn.execute(
        "SELECT EXISTS (SELECT 1 FROM participant WHERE meeting_id = %s AND user_id = %s)", (meeting_id, user_id)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def sits_for(conn: Conn, meeting_id: UUID, user_id: UUID) -> bool:
    cursor = await conn.execute(
        "SELECT substitute_for IS NOT NULL FROM participant WHERE meeting_id = %s AND user_id = %s",
        (meeting_id, user_id),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def drop_substitute(conn: Conn, meeting_id: UUID, substitute_id: UUID) -> None:
    await conn.execute(
        "UPDATE invitation SET substitute_id = NULL, substitute_state = NULL"
        " WHERE meeting_id = %s AND substitute_id = %s",
        (meeting_id, substitute_id),
    )
