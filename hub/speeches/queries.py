"""All SQL about requests, floors and questioning. Statistics across meetings have their own, in ``counts.py``.

Callers hold the meeting's row, so that one queue has one order; the unique indices decide all the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.speeches.models import (
    USUAL_SECONDS,
    Floor,
    FloorKind,
    NewSpeechRequest,
    Questioning,
    Speaking,
    SpeechRequest,
)

Conn = AsyncConnection[Any]

REQUEST: LiteralString = """
    SELECT r.id, r.item_id, r.user_id, coalesce(p.recorded_name, u.name) AS name, r.kind, r.addressee_id, r.topic,
           r.question, r.state, r.requested_at, r.called_at, r.questioning_id
      FROM speech_request r JOIN app_user u ON u.id = r.user_id
      LEFT JOIN participant p ON p.meeting_id = r.meeting_id AND p.user_id = r.user_id
"""
FLOOR: LiteralString = """
    SELECT f.id, f.item_id, f.user_id, coalesce(p.recorded_name, u.name) AS name, f.unit_id, f.kind, f.request_id,
           f.questioning_id, f.limit_seconds, f.state, f.given_at, f.started_at, f.since, f.used_ms, f.ended_at
      FROM floor f JOIN app_user u ON u.id = f.user_id
      LEFT JOIN participant p ON p.meeting_id = f.meeting_id AND p.user_id = f.user_id
"""
QUESTIONING: LiteralString = """
    SELECT q.id, q.item_id, q.answerer_id, coalesce(p.recorded_name, u.name) AS answerer_name, q.opened_at, q.closed_at
      FROM questioning q JOIN app_user u ON u.id = q.answerer_id
      LEFT JOIN participant p ON p.meeting_id = q.meeting_id AND p.user_id = q.answerer_id
"""


USUAL = msgspec.json.encode(USUAL_SECONDS).decode()

# All of it in one statement and one value: five round trips less, each time somebody opens a meeting.
SPEAKING: LiteralString = (
    "SELECT json_build_object('requests', (SELECT coalesce(json_agg(one), '[]') FROM ("
    + REQUEST
    + " WHERE r.meeting_id = m.id AND r.state IN ('waiting', 'called', 'done')"
    " ORDER BY r.state <> 'waiting', CASE r.state WHEN 'waiting' THEN r.position END, r.called_at, r.id) one),"
    " 'floors', (SELECT coalesce(json_agg(one), '[]') FROM ("
    + FLOOR
    + " WHERE f.meeting_id = m.id ORDER BY f.number) one),"
    " 'questionings', (SELECT coalesce(json_agg(one), '[]') FROM ("
    + QUESTIONING
    + " WHERE q.meeting_id = m.id ORDER BY q.opened_at, q.id) one),"
    " 'settings', (SELECT coalesce(json_agg(one), '[]') FROM ("
    "SELECT s.item_id, s.limit_seconds, s.closed FROM speech_setting s WHERE s.meeting_id = m.id"
    " ORDER BY s.item_id) one),"
    " 'budgets', (SELECT coalesce(json_agg(one), '[]') FROM ("
    "SELECT b.item_id, b.unit_id, unit.name AS unit_name, b.seconds FROM speech_budget b"
    " JOIN unit ON unit.id = b.unit_id WHERE b.meeting_id = m.id ORDER BY b.item_id, unit.name, b.unit_id) one),"
    " 'usual_seconds', %(usual)s::json, 'rehearsal', m.rehearsal) AS speaking FROM meeting m WHERE m.id = %(meeting)s"
)


async def speaking(conn: Conn, meeting_id: UUID) -> Speaking:
    cursor = await conn.execute(
        "SELECT speaking::text FROM (" + SPEAKING + ") one", {"meeting": meeting_id, "usual": USUAL}
    )
    row = await cursor.fetchone()
    assert row is not None, "access was asked before"
    return msgspec.json.decode(row[0], type=Speaking)


async def set_rehearsal(conn: Conn, meeting_id: UUID, rehearsal: bool) -> bool:
    """False where it was so already."""
    cursor = await conn.execute(
        "UPDATE meeting SET rehearsal = %s WHERE id = %s AND rehearsal <> %s", (rehearsal, meeting_id, rehearsal)
    )
    return cursor.rowcount == 1


async def floors(conn: Conn, meeting_id: UUID) -> list[Floor]:
    cursor = await conn.cursor(row_factory=class_row(Floor)).execute(
        FLOOR + " WHERE f.meeting_id = %s ORDER BY f.number", (meeting_id,)
    )
    return await cursor.fetchall()


# Which meeting a thing belongs to: for access.


async def meeting_of_request(conn: Conn, request_id: UUID) -> UUID | None:
    return await _meeting_of(conn, "SELECT meeting_id FROM speech_request WHERE id = %s", request_id)


async def meeting_of_floor(conn: Conn, floor_id: UUID) -> UUID | None:
    return await _meeting_of(conn, "SELECT meeting_id FROM floor WHERE id = %s", floor_id)


async def meeting_of_questioning(conn: Conn, questioning_id: UUID) -> UUID | None:
    return await _meeting_of(conn, "SELECT meeting_id FROM questioning WHERE id = %s", questioning_id)


async def _meeting_of(conn: Conn, query: LiteralString, part_id: UUID) -> UUID | None:
    row = await (await conn.execute(query, (part_id,))).fetchone()
    return row[0] if row else None


async def unit_of_participant(conn: Conn, meeting_id: UUID, user_id: UUID) -> UUID | None:
    """None: he takes no part."""
    cursor = await conn.execute(
        "SELECT u.unit_id FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND p.user_id = %s",
        (meeting_id, user_id),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


# The queue.


async def waiting(conn: Conn, meeting_id: UUID) -> list[SpeechRequest]:
    """In order."""
    cursor = await conn.cursor(row_factory=class_row(SpeechRequest)).execute(
        REQUEST + " WHERE r.meeting_id = %s AND r.state = 'waiting' ORDER BY r.position, r.id", (meeting_id,)
    )
    return await cursor.fetchall()


async def request(conn: Conn, request_id: UUID) -> SpeechRequest:
    cursor = await conn.cursor(row_factory=class_row(SpeechRequest)).execute(
        REQUEST + " WHERE r.id = %s", (request_id,)
    )
    found = await cursor.fetchone()
    assert found is not None, "access was asked before"
    return found


async def count_requests(conn: Conn, meeting_id: UUID, user_id: UUID) -> tuple[int, int]:
    """Ever made in the meeting, and of them for this person."""
    cursor = await conn.execute(
        "SELECT count(*), count(*) FILTER (WHERE user_id = %s) FROM speech_request WHERE meeting_id = %s",
        (user_id, meeting_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def insert_request(
    conn: Conn, meeting_id: UUID, user_id: UUID, new: NewSpeechRequest, by: UUID, now: datetime
) -> UUID:
    """UniqueViolation: he has one waiting there."""
    cursor = await conn.execute(
        "INSERT INTO speech_request (meeting_id, item_id, user_id, kind, addressee_id, topic, question, position,"
        " requested_at, requested_by) VALUES (%s, %s, %s, %s, %s, %s, %s, 0, %s, %s) RETURNING id",
        (meeting_id, new.item_id, user_id, new.kind, new.addressee_id, new.topic, new.question, now, by),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def change_request(
    conn: Conn, request_id: UUID, kind: str, addressee_id: UUID | None, topic: str, question: str
) -> None:
    """UniqueViolation: he has another one waiting there of that kind."""
    await conn.execute(
        "UPDATE speech_request SET kind = %s, addressee_id = %s, topic = %s, question = %s WHERE id = %s",
        (kind, addressee_id, topic, question, request_id),
    )


async def write_order(conn: Conn, request_ids: Sequence[UUID]) -> None:
    await conn.execute(
        "UPDATE speech_request r SET position = given.n FROM unnest(%s::uuid[]) WITH ORDINALITY AS given (id, n)"
        " WHERE r.id = given.id AND r.position <> given.n",
        (list(request_ids),),
    )


async def leave_queue(conn: Conn, request_id: UUID, state: str, place: int, now: datetime) -> None:
    await conn.execute(
        "UPDATE speech_request SET state = %s, place_before = %s, left_at = %s WHERE id = %s",
        (state, place, now, request_id),
    )


async def left(conn: Conn, request_id: UUID) -> tuple[str, int, datetime | None]:
    """(state, where it stood, since when it is out) of one that is not waiting."""
    cursor = await conn.execute(
        "SELECT state, coalesce(place_before, 0), left_at FROM speech_request WHERE id = %s", (request_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1], row[2]


async def return_to_queue(conn: Conn, request_id: UUID) -> None:
    """UniqueViolation: he has asked again meanwhile."""
    await conn.execute(
        "UPDATE speech_request SET state = 'waiting', place_before = NULL, left_at = NULL, called_at = NULL,"
        " questioning_id = NULL WHERE id = %s",
        (request_id,),
    )


async def set_called(conn: Conn, request_id: UUID, place: int, questioning_id: UUID | None, now: datetime) -> None:
    await conn.execute(
        "UPDATE speech_request SET state = 'called', place_before = %s, called_at = %s, questioning_id = %s"
        " WHERE id = %s",
        (place, now, questioning_id, request_id),
    )


async def set_done(conn: Conn, request_id: UUID, now: datetime) -> bool:
    cursor = await conn.execute(
        "UPDATE speech_request SET state = 'done', left_at = %s WHERE id = %s AND state = 'called'", (now, request_id)
    )
    return cursor.rowcount == 1


async def set_called_again(conn: Conn, request_id: UUID) -> None:
    await conn.execute(
        "UPDATE speech_request SET state = 'called', left_at = NULL WHERE id = %s AND state = 'done'", (request_id,)
    )


async def called_questions(conn: Conn, questioning_id: UUID) -> list[UUID]:
    """Asked and not done."""
    cursor = await conn.execute(
        "SELECT id FROM speech_request WHERE questioning_id = %s AND state = 'called' ORDER BY called_at, id",
        (questioning_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


# The floor.


async def floor(conn: Conn, floor_id: UUID) -> Floor:
    cursor = await conn.cursor(row_factory=class_row(Floor)).execute(FLOOR + " WHERE f.id = %s", (floor_id,))
    found = await cursor.fetchone()
    assert found is not None, "access was asked before"
    return found


async def open_floor(conn: Conn, meeting_id: UUID) -> Floor | None:
    cursor = await conn.cursor(row_factory=class_row(Floor)).execute(
        FLOOR + " WHERE f.meeting_id = %s AND f.ended_at IS NULL", (meeting_id,)
    )
    return await cursor.fetchone()


async def insert_floor(
    conn: Conn,
    meeting_id: UUID,
    *,
    user_id: UUID,
    unit_id: UUID,
    item_id: UUID | None,
    kind: FloorKind,
    request_id: UUID | None,
    questioning_id: UUID | None,
    limit_seconds: int | None,
    now: datetime,
) -> UUID:
    """UniqueViolation: somebody has the floor."""
    cursor = await conn.execute(
        "INSERT INTO floor (meeting_id, user_id, unit_id, item_id, kind, request_id, questioning_id, limit_seconds,"
        " given_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (meeting_id, user_id, unit_id, item_id, kind, request_id, questioning_id, limit_seconds, now),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def run_clock(conn: Conn, meeting_id: UUID, floor_id: UUID, now: datetime) -> None:
    await conn.execute(
        "UPDATE floor SET state = 'speaking', since = %(now)s, started_at = coalesce(started_at, %(now)s),"
        " ended_at = NULL, state_before = NULL WHERE id = %(floor)s",
        {"now": now, "floor": floor_id},
    )
    await conn.execute(
        "INSERT INTO floor_span (floor_id, meeting_id, began_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (floor_id, began_at) DO UPDATE SET ended_at = NULL",
        (floor_id, meeting_id, now),
    )


async def stop_clock(conn: Conn, floor_id: UUID, state: str, used_ms: int, now: datetime) -> None:
    """``paused`` or ``ended``."""
    await conn.execute(
        "UPDATE floor SET state_before = CASE WHEN %(state)s = 'ended' THEN state END, state = %(state)s, since = NULL,"
        " used_ms = %(used)s, ended_at = CASE WHEN %(state)s = 'ended' THEN %(now)s::timestamptz END"
        " WHERE id = %(floor)s",
        {"state": state, "used": used_ms, "now": now, "floor": floor_id},
    )
    await conn.execute("UPDATE floor_span SET ended_at = %s WHERE floor_id = %s AND ended_at IS NULL", (now, floor_id))


async def state_before(conn: Conn, floor_id: UUID) -> Any:
    cursor = await conn.execute("SELECT state_before FROM floor WHERE id = %s", (floor_id,))
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def reopen(conn: Conn, floor_id: UUID, state: str) -> None:
    """As it was, with its clock standing. UniqueViolation: somebody else has the floor."""
    await conn.execute(
        "UPDATE floor SET state = %s, state_before = NULL, ended_at = NULL WHERE id = %s", (state, floor_id)
    )


async def delete_floor(conn: Conn, floor_id: UUID) -> None:
    await conn.execute("DELETE FROM floor WHERE id = %s", (floor_id,))


async def set_limit(conn: Conn, floor_id: UUID, limit_seconds: int | None) -> None:
    await conn.execute("UPDATE floor SET limit_seconds = %s WHERE id = %s", (limit_seconds, floor_id))


async def who_spoke(conn: Conn, meeting_id: UUID, at: datetime) -> UUID | None:
    """Whose clock ran at that moment."""
    cursor = await conn.execute(
        "SELECT f.user_id FROM floor_span s JOIN floor f ON f.id = s.floor_id WHERE s.meeting_id = %s"
        " AND s.began_at <= %s AND (s.ended_at IS NULL OR s.ended_at > %s) ORDER BY s.began_at DESC LIMIT 1",
        (meeting_id, at, at),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


# Microphone units at seats.


async def unit_at_seat(conn: Conn, meeting_id: UUID, user_id: UUID, online_since: datetime) -> tuple[UUID, UUID] | None:
    """(room, device): the microphone unit that can be told now at the person's seat; a name may end with the seat."""
    cursor = await conn.execute(
        """
        SELECT d.room_id, d.id FROM participant p JOIN meeting m ON m.id = p.meeting_id
          JOIN room r ON r.id = m.room_id AND r.spoken_at >= %(online)s
          JOIN room_device d ON d.room_id = r.id AND d.kind = 'microphone' AND d.available AND NOT d.gone
         WHERE p.meeting_id = %(meeting)s AND p.user_id = %(user)s AND p.seat IS NOT NULL
           AND (lower(d.seat) = lower(p.seat)
                OR d.seat IS NULL AND lower(d.name) LIKE '%% ' || replace(replace(lower(p.seat), '%%', ''), '_', ''))
         ORDER BY d.seat IS NULL, d.id LIMIT 1
        """,
        {"meeting": meeting_id, "user": user_id, "online": online_since},
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def set_microphone(conn: Conn, floor_id: UUID, device_id: UUID | None) -> None:
    await conn.execute("UPDATE floor SET microphone_id = %s WHERE id = %s", (device_id, floor_id))


async def microphone_of(conn: Conn, floor_id: UUID) -> tuple[UUID, UUID] | None:
    """(room, device) of the unit that was opened for the floor, while it can be told."""
    cursor = await conn.execute(
        "SELECT d.room_id, d.id FROM floor f JOIN room_device d ON d.id = f.microphone_id"
        " WHERE f.id = %s AND NOT d.gone",
        (floor_id,),
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


# What the chair set.


async def write_setting(
    conn: Conn, meeting_id: UUID, item_id: UUID | None, limit_seconds: int | None, closed: bool
) -> None:
    await conn.execute(
        "INSERT INTO speech_setting (meeting_id, item_id, limit_seconds, closed) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (meeting_id, coalesce(item_id, '00000000-0000-0000-0000-000000000000'))"
        " DO UPDATE SET limit_seconds = excluded.limit_seconds, closed = excluded.closed",
        (meeting_id, item_id, limit_seconds, closed),
    )


async def settings_for(conn: Conn, meeting_id: UUID, item_id: UUID | None) -> tuple[int | None, bool]:
    """(limit, closed): the item's own limit before the meeting's; closed where either is."""
    cursor = await conn.execute(
        "SELECT limit_seconds, closed FROM speech_setting WHERE meeting_id = %s"
        " AND (item_id IS NULL OR item_id IS NOT DISTINCT FROM %s) ORDER BY item_id NULLS LAST",
        (meeting_id, item_id),
    )
    rows = await cursor.fetchall()
    return next((row[0] for row in rows if row[0] is not None), None), any(row[1] for row in rows)


async def write_budget(conn: Conn, meeting_id: UUID, item_id: UUID | None, unit_id: UUID, seconds: int | None) -> None:
    await conn.execute(
        "DELETE FROM speech_budget WHERE meeting_id = %s AND item_id IS NOT DISTINCT FROM %s AND unit_id = %s",
        (meeting_id, item_id, unit_id),
    )
    if seconds is not None:
        await conn.execute(
            "INSERT INTO speech_budget (meeting_id, item_id, unit_id, seconds) VALUES (%s, %s, %s, %s)",
            (meeting_id, item_id, unit_id, seconds),
        )


async def is_unit_of_participants(conn: Conn, meeting_id: UUID, unit_id: UUID) -> bool:
    cursor = await conn.execute(
        "SELECT 1 FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND u.unit_id = %s LIMIT 1",
        (meeting_id, unit_id),
    )
    return await cursor.fetchone() is not None


# Questioning.


async def insert_questioning(conn: Conn, meeting_id: UUID, item_id: UUID, answerer_id: UUID, now: datetime) -> UUID:
    """UniqueViolation: one is open."""
    cursor = await conn.execute(
        "INSERT INTO questioning (meeting_id, item_id, answerer_id, opened_at) VALUES (%s, %s, %s, %s) RETURNING id",
        (meeting_id, item_id, answerer_id, now),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def open_questioning(conn: Conn, meeting_id: UUID) -> Questioning | None:
    cursor = await conn.cursor(row_factory=class_row(Questioning)).execute(
        QUESTIONING + " WHERE q.meeting_id = %s AND q.closed_at IS NULL", (meeting_id,)
    )
    return await cursor.fetchone()


async def close_questioning(conn: Conn, questioning_id: UUID, now: datetime) -> bool:
    cursor = await conn.execute(
        "UPDATE questioning SET closed_at = %s WHERE id = %s AND closed_at IS NULL", (now, questioning_id)
    )
    return cursor.rowcount == 1


ONLINE_FOR = timedelta(seconds=15)  # as hub.equipment: past it nobody speaks for the room
