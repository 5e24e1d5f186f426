"""All SQL about attendance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.attendance.states import PRESENT, Change, State
from hub.meetings.models import Participant
from hub.meetings.queries import PARTICIPANTS
from hub.one_statement import rows
from hub.replay.facts import COURSE, LINE, LineRow
from hub.votes.queries import VOTES_AS

Conn = AsyncConnection[Any]


class OpenMeeting(msgspec.Struct, frozen=True):
    id: UUID
    state: str
    starts_at: datetime
    ends_at: datetime


class SittingRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: str
    state: str
    online_allowed: bool
    members: int | None
    quorum_rule: str | None
    rule_pack: str
    current_item_id: UUID | None
    paused_at: datetime | None
    pause_reason: str | None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many members of the body on the list vote in one role and are in one state."""

    role: str
    attendance: State
    people: int


SITTING: LiteralString = """
    SELECT m.id, m.kind, m.state, m.online_allowed, m.members, m.quorum_rule, m.rule_pack,
           m.current_item_id, m.paused_at, t.text AS pause_reason FROM meeting m
      LEFT JOIN event_text t ON t.meeting_id = m.id AND t.seq = m.paused_seq WHERE m.id = %(meeting)s
"""
COUNTED: LiteralString = (
    "SELECT "
    + VOTES_AS
    + " AS role, p.attendance, count(*)::int AS people FROM participant p"
    + " WHERE p.meeting_id = %(meeting)s AND p.votes GROUP BY 1, 2"
)


async def sitting(conn: Conn, meeting_id: UUID) -> SittingRow:
    cursor = await conn.cursor(row_factory=class_row(SittingRow)).execute(SITTING, {"meeting": meeting_id})
    row = await cursor.fetchone()
    assert row is not None, "access was asked before"
    return row


async def set_rules(
    conn: Conn, meeting_id: UUID, online_allowed: bool, members: int | None, quorum_rule: str | None
) -> None:
    await conn.execute(
        "UPDATE meeting SET online_allowed = %s, members = %s, quorum_rule = %s WHERE id = %s",
        (online_allowed, members, quorum_rule, meeting_id),
    )


async def meeting(conn: Conn, meeting_id: UUID) -> OpenMeeting:
    cursor = await conn.execute("SELECT id, state, starts_at, ends_at FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None, "access was asked before"
    return OpenMeeting(*row)


async def meetings_in_room(conn: Conn, room_id: UUID, since: datetime, until: datetime) -> list[OpenMeeting]:
    """Those a reader of the room may check people in to, the running one first."""
    cursor = await conn.execute(
        "SELECT id, state, starts_at, ends_at FROM meeting WHERE room_id = %s AND state IN ('published', 'running')"
        " AND (state = 'running' OR (starts_at < %s AND ends_at >= %s)) ORDER BY state = 'running' DESC, starts_at",
        (room_id, until, since),
    )
    return [OpenMeeting(*row) for row in await cursor.fetchall()]


async def people(conn: Conn, meeting_id: UUID) -> list[UUID]:
    cursor = await conn.execute("SELECT user_id FROM participant WHERE meeting_id = %s", (meeting_id,))
    return [row[0] for row in await cursor.fetchall()]


async def people_of_other_meetings(
    conn: Conn, meeting_id: UUID, since: datetime, until: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(meeting, person) of the day's other meetings of the same unit."""
    cursor = await conn.execute(
        "SELECT p.meeting_id, p.user_id FROM participant p JOIN meeting m ON m.id = p.meeting_id"
        " WHERE m.id <> %(meeting)s AND m.unit_id = (SELECT unit_id FROM meeting WHERE id = %(meeting)s)"
        " AND m.starts_at < %(until)s AND m.ends_at >= %(since)s LIMIT %(limit)s",
        {"meeting": meeting_id, "since": since, "until": until, "limit": limit},
    )
    return await cursor.fetchall()


async def participant(conn: Conn, meeting_id: UUID, user_id: UUID) -> dict[str, Any] | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT p.user_id, u.name, u.position, p.role, p.seat, p.checked_in_at, p.attendance"
        " FROM participant p JOIN app_user u ON u.id = p.user_id WHERE p.meeting_id = %s AND p.user_id = %s",
        (meeting_id, user_id),
    )
    return await cursor.fetchone()


async def seats(conn: Conn, meeting_id: UUID) -> set[str]:
    cursor = await conn.execute(
        "SELECT seat FROM participant WHERE meeting_id = %s AND seat IS NOT NULL", (meeting_id,)
    )
    return {row[0] for row in await cursor.fetchall()}


async def set_seat(conn: Conn, meeting_id: UUID, user_id: UUID, seat: str | None) -> None:
    await conn.execute(
        "UPDATE participant SET seat = %s WHERE meeting_id = %s AND user_id = %s", (seat, meeting_id, user_id)
    )


async def set_state(
    conn: Conn, meeting_id: UUID, user_id: UUID, state: State, since: datetime | None, how: str | None
) -> None:
    """Where he is now, as it follows from what was told of him."""
    here = state in PRESENT
    await conn.execute(
        "UPDATE participant SET checked_in_at = %(here)s, checked_in_how = %(how)s, online = %(online)s,"
        " away = %(away)s, away_since = %(gone)s WHERE meeting_id = %(meeting)s AND user_id = %(user)s",
        {
            "here": since if here else None,
            "how": how if here else None,
            "online": state == "online",
            "away": None if here or state == "unknown" else state,
            "gone": None if here else since,
            "meeting": meeting_id,
            "user": user_id,
        },
    )


async def insert_change(conn: Conn, meeting_id: UUID, change: Change, reason: str | None, salt: bytes | None) -> None:
    await conn.execute(
        "INSERT INTO attendance (meeting_id, seq, user_id, state, since, told_at, how, by_id, item_id, reason, salt)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            meeting_id, change.seq, change.user_id, change.state, change.since, change.told_at, change.how,
            change.by_id, change.item_id, reason, salt,
        ),
    )  # fmt: skip


CHANGE: LiteralString = "SELECT seq, user_id, state, since, told_at, how, by_id, item_id, undone_seq FROM attendance"


# Everything told of everybody, in the order of the line.
CHANGES: LiteralString = CHANGE + " WHERE meeting_id = %(meeting)s ORDER BY seq"


async def changes(conn: Conn, meeting_id: UUID) -> list[Change]:
    cursor = await conn.cursor(row_factory=class_row(Change)).execute(CHANGES, {"meeting": meeting_id})
    return await cursor.fetchall()


async def changes_of(conn: Conn, meeting_id: UUID, user_id: UUID) -> list[Change]:
    cursor = await conn.cursor(row_factory=class_row(Change)).execute(
        CHANGE + " WHERE meeting_id = %s AND user_id = %s ORDER BY seq", (meeting_id, user_id)
    )
    return await cursor.fetchall()


async def take_back(conn: Conn, meeting_id: UUID, seq: int, undone_seq: int) -> None:
    await conn.execute(
        "UPDATE attendance SET undone_seq = %s WHERE meeting_id = %s AND seq = %s", (undone_seq, meeting_id, seq)
    )


class SheetRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet is made of. ``line``: facts of the course. ``reasons``: why, by the seq of what was told."""

    line: list[LineRow]
    people: list[Participant]
    changes: list[Change]
    reasons: dict[int, str]


SHEET: LiteralString = (
    "SELECT json_build_object('line', " + rows(LINE) + ", 'people', " + rows(PARTICIPANTS)
    + ", 'changes', " + rows(CHANGES) + ", 'reasons', (SELECT coalesce(json_object_agg(seq, reason), '{}')"
    " FROM attendance WHERE meeting_id = %(meeting)s AND reason IS NOT NULL))::text"
)  # fmt: skip


async def sheet_rows(conn: Conn, meeting_id: UUID) -> SheetRows:
    cursor = await conn.execute(SHEET, {"meeting": meeting_id, "kinds": list(COURSE)})
    row = await cursor.fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=SheetRows)


class ListRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a printed list says besides. ``declined``: why, of those who answered that they do not come."""

    kind: str
    people: list[Participant]
    units: dict[UUID, str]
    declined: dict[UUID, str]


LIST: LiteralString = (
    "SELECT json_build_object('kind', (SELECT kind FROM meeting WHERE id = %(meeting)s), 'people', "
    + rows(PARTICIPANTS)
    + """, 'units', (SELECT coalesce(json_object_agg(u.id, unit.name), '{}')
                       FROM participant p JOIN app_user u ON u.id = p.user_id JOIN unit ON unit.id = u.unit_id
                      WHERE p.meeting_id = %(meeting)s),
           'declined', (SELECT coalesce(json_object_agg(user_id, reason), '{}') FROM invitation
                         WHERE meeting_id = %(meeting)s AND answer = 'declined' AND answered_at >= sent_at
                           AND cancelled_at IS NULL AND reason <> ''))::text"""
)


async def list_rows(conn: Conn, meeting_id: UUID) -> ListRows:
    cursor = await conn.execute(LIST, {"meeting": meeting_id})
    row = await cursor.fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=ListRows)


async def wrong_codes(conn: Conn, by_whom: str, since: datetime) -> int:
    cursor = await conn.execute(
        "SELECT count(*) FROM check_in_attempt WHERE by_whom = %s AND at > %s", (by_whom, since)
    )
    row: Sequence[Any] | None = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def note_wrong_code(conn: Conn, by_whom: str, now: datetime, forget: datetime) -> None:
    await conn.execute("DELETE FROM check_in_attempt WHERE at < %s", (forget,))
    await conn.execute("INSERT INTO check_in_attempt (by_whom, at) VALUES (%s, %s)", (by_whom, now))
