"""All SQL of the sample: whole tables at once, because a first start waits for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from hub.sample.telling import Document, Microphone, Present, Turn, Utterance
from hub.sample.texts import Item, SampleMeeting, SamplePerson, SampleRoom, SampleUnit
from hub.speeches.models import USUAL_SECONDS

Conn = AsyncConnection[Any]
SAMPLE_LOCK = 0x5048_534D  # "PHSM": two starts at once make one sample


async def nobody_here(conn: Conn) -> bool:
    """Whether no account exists; holds a lock to the end of the transaction, so that the answer stays true."""
    await conn.execute("SET LOCAL lock_timeout = '60s'")  # the other one makes the sample meanwhile
    await conn.execute("SELECT pg_advisory_xact_lock(%s)", (SAMPLE_LOCK,))
    cursor = await conn.execute("SELECT NOT EXISTS (SELECT FROM app_user)")
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def names(conn: Conn, user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Of those who are still there and may come in."""
    cursor = await conn.execute("SELECT id, name FROM app_user WHERE id = ANY(%s) AND active", (list(user_ids),))
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def insert_units(conn: Conn, units: Iterable[tuple[UUID, UUID | None, SampleUnit]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO unit (id, parent_id, name, kind, position) VALUES (%s, %s, %s, %s, %s)",
            [(id_, parent, unit.name, unit.kind, position) for position, (id_, parent, unit) in enumerate(units)],
        )


async def insert_room(conn: Conn, room_id: UUID, unit_id: UUID, room: SampleRoom) -> None:
    await conn.execute(
        "INSERT INTO room (id, unit_id, name, simulated) VALUES (%s, %s, %s, true)", (room_id, unit_id, room.name)
    )


async def insert_people(conn: Conn, people: Iterable[tuple[UUID, UUID, SamplePerson]]) -> None:
    """Without passwords: they come in by link only."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO app_user (id, unit_id, username, name, position, role) VALUES (%s, %s, %s, %s, %s, %s)",
            [(id_, unit, each.username, each.name, each.position, each.role) for id_, unit, each in people],
        )


async def insert_meeting(
    conn: Conn, meeting_id: UUID, unit_id: UUID, room_id: UUID | None, sample: SampleMeeting, *,
    starts: datetime, ends: datetime, state: str,
) -> None:  # fmt: skip
    await conn.execute(
        "INSERT INTO meeting (id, unit_id, title, kind, place, room_id, starts_at, ends_at, state)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (meeting_id, unit_id, sample.title, sample.kind, sample.place, room_id, starts, ends, state),
    )


async def insert_participants(conn: Conn, meeting_id: UUID, people: Iterable[Present]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO participant (meeting_id, user_id, role, seat, checked_in_at, checked_in_how, position)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (meeting_id, each.user_id, each.role, each.seat, each.at, "qr" if each.at else None, position)
                for position, each in enumerate(people)
            ],
        )


async def insert_items(conn: Conn, meeting_id: UUID, items: Iterable[tuple[UUID, str, Item]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO agenda_item (id, meeting_id, position, title, presenter, minutes, kind, secrecy, conclusion)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (id_, meeting_id, place, i.title, i.presenter, i.minutes, i.kind, i.secrecy, i.conclusion)
                for id_, place, i in items
            ],
        )


async def insert_documents(conn: Conn, meeting_id: UUID, documents: Iterable[Document], at: datetime) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO document (id, meeting_id, kind, title, agenda_item_id, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(each.id, meeting_id, each.kind, each.title, each.item_id, at) for each in documents],
        )


async def insert_drafters(conn: Conn, document_id: UUID, user_ids: Iterable[UUID]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO drafter (document_id, user_id) VALUES (%s, %s)", [(document_id, each) for each in user_ids]
        )


async def insert_microphones(conn: Conn, meeting_id: UUID, microphones: Iterable[Microphone]) -> None:
    """Each speaker opened and ended his own."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO caption_session"
            " (id, meeting_id, started_by, speaker_id, language, started_at, seen_at, stopped_at, stopped_by, reason)"
            " VALUES (%(id)s, %(meeting)s, %(who)s, %(who)s, 'vi', %(from)s, %(to)s, %(to)s, %(who)s, 'ended')",
            [
                {"id": m.id, "meeting": meeting_id, "who": m.speaker_id, "from": m.started_at, "to": m.stopped_at}
                for m in microphones
            ],
        )


async def insert_said(conn: Conn, meeting_id: UUID, said: Iterable[Utterance]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO transcript_segment"
            " (id, meeting_id, session_id, number, speaker_id, item_id, at, start_ms, end_ms, text)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (s.id, meeting_id, s.session_id, s.number, s.speaker_id, s.item_id, s.at, s.start_ms, s.end_ms, s.text)
                for s in said
            ],
        )


async def insert_turns(conn: Conn, meeting_id: UUID, turns: Iterable[Turn]) -> None:
    """In the order they were given."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO floor (id, meeting_id, item_id, user_id, unit_id, kind, limit_seconds, state, state_before,"
            " given_at, started_at, used_ms, ended_at)"
            " VALUES (%s, %s, %s, %s, %s, 'on_item', %s, 'ended', 'speaking', %s, %s, %s, %s)",
            [
                (
                    t.id, meeting_id, t.item_id, t.user_id, t.unit_id, USUAL_SECONDS["on_item"], t.began, t.began,
                    t.used_ms, t.ended,
                )
                for t in turns
            ],
        )  # fmt: skip


async def write_course(conn: Conn, meeting_id: UUID) -> None:
    """What follows in rows from the line of a meeting that was held: who came when, and how long each item took."""
    await conn.execute(
        """
        INSERT INTO attendance (meeting_id, seq, user_id, state, since, told_at, how, by_id)
        SELECT meeting_id, seq, (body->>'user_id')::uuid, 'room', at, at, body->>'how', (body->>'by')::uuid
          FROM (SELECT meeting_id, seq, at, convert_from(body, 'UTF8')::jsonb AS body FROM event
                 WHERE meeting_id = %s AND kind = 'participant.checked_in') told
        """,
        (meeting_id,),
    )
    await conn.execute(
        """
        WITH turn AS (
            SELECT at, (convert_from(body, 'UTF8')::jsonb->>'item_id')::uuid AS item_id,
                   lead(at) OVER (ORDER BY seq) AS until
              FROM event WHERE meeting_id = %s AND kind = 'agenda_item.started'
        ), held AS (
            SELECT item_id, sum(floor(extract(epoch FROM until - at) * 1000))::bigint AS ms
              FROM turn WHERE item_id IS NOT NULL GROUP BY item_id
        ) UPDATE agenda_item i SET state = 'done', held_ms = held.ms FROM held WHERE i.id = held.item_id
        """,
        (meeting_id,),
    )
