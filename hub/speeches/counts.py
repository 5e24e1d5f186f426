"""Statistics of speaking across meetings: who asked, who was given the floor, for how long, and who never was.

Who is often there and never speaks is nobody's business but the chair's; each sees himself. Rehearsals count nowhere.
"""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.access import access_unit_statistics
from hub.db import Work
from hub.errors import BadRequest
from hub.speeches.models import SpeakerPast
from hub.users.models import Me, UnitName

Conn = AsyncConnection[Any]
LONGEST = timedelta(days=3700)
PAST = timedelta(days=365)  # how far the chair's list looks back

# Who came, also where he has left since.
CAME: LiteralString = """(p.checked_in_at IS NOT NULL OR EXISTS (
    SELECT 1 FROM attendance a WHERE a.meeting_id = p.meeting_id AND a.user_id = p.user_id
       AND a.state IN ('room', 'online') AND a.undone_seq IS NULL))"""

# What one person did in the meetings of one unit. `seconds` is the time his clock ran, answers among it.
PERSONS: LiteralString = (
    """
    WITH held AS (
        SELECT m.id, m.starts_at FROM meeting m
         WHERE m.unit_id = %(unit)s AND m.starts_at >= %(since)s AND m.starts_at < %(until)s
           AND m.state IN ('running', 'ended', 'closed') AND NOT m.rehearsal
    ), invited AS (
        SELECT p.user_id, count(*) AS invited, count(*) FILTER (WHERE """
    + CAME
    + """) AS present,
               bool_or(p.votes) AS member, bool_or(p.role = 'chair') AS chaired
          FROM participant p JOIN held ON held.id = p.meeting_id GROUP BY p.user_id
    ), asked AS (
        SELECT r.user_id, count(*) AS requests FROM speech_request r JOIN held ON held.id = r.meeting_id
         WHERE r.state <> 'withdrawn' GROUP BY r.user_id
    ), spoke AS (
        SELECT f.user_id, count(*) AS floors, sum(f.used_ms) AS ms, count(DISTINCT f.meeting_id) AS meetings,
               max(f.given_at) AS last_at,
               avg(extract(epoch FROM f.given_at - greatest(r.requested_at, held.starts_at)))
                   FILTER (WHERE f.given_at > greatest(r.requested_at, held.starts_at)
                             AND f.kind NOT IN ('answer', 'follow_up')) AS waited
          FROM floor f JOIN held ON held.id = f.meeting_id LEFT JOIN speech_request r ON r.id = f.request_id
         GROUP BY f.user_id
    )
    SELECT i.user_id, u.name, u.position, unit.id AS unit_id, unit.name AS unit_name, i.member, i.chaired,
           i.invited::int AS meetings_invited, i.present::int AS meetings_present,
           coalesce(a.requests, 0)::int AS requests, coalesce(s.floors, 0)::int AS floors,
           (coalesce(s.ms, 0) / 1000)::int AS seconds, coalesce(s.meetings, 0)::int AS meetings_spoken,
           s.waited::int AS waited_seconds, s.last_at AS last_spoke_at
      FROM invited i JOIN app_user u ON u.id = i.user_id JOIN unit ON unit.id = u.unit_id
      LEFT JOIN asked a ON a.user_id = i.user_id LEFT JOIN spoke s ON s.user_id = i.user_id
"""
)


class SpeakingPerson(msgspec.Struct, frozen=True, kw_only=True):
    """``member``: has a vote, so that his silence may be asked about. ``waited_seconds``: on average; None: unknown."""

    user_id: UUID
    name: str
    position: str
    unit_id: UUID
    unit_name: str
    member: bool
    chaired: bool
    meetings_invited: int
    meetings_present: int
    requests: int
    floors: int
    seconds: int
    meetings_spoken: int
    waited_seconds: int | None
    last_spoke_at: datetime | None


class SpeakingGroup(msgspec.Struct, frozen=True, kw_only=True):
    unit_id: UUID
    unit_name: str
    people: int
    requests: int
    floors: int
    seconds: int


class SpeakingStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """``silent``: members who were present at ``present_at_least`` meetings or more and never had the floor."""

    unit: UnitName
    since: datetime
    until: datetime
    meetings: int
    people: list[SpeakingPerson]
    groups: list[SpeakingGroup]
    present_at_least: int
    silent: list[UUID]


class MySpeaking(msgspec.Struct, frozen=True, kw_only=True):
    """Of myself, in the meetings of one unit."""

    unit: UnitName
    meetings_invited: int
    meetings_present: int
    requests: int
    floors: int
    seconds: int
    meetings_spoken: int
    last_spoke_at: datetime | None


def _period(since: datetime, until: datetime) -> None:
    if since.tzinfo is None or until.tzinfo is None or not timedelta(0) < until - since <= LONGEST:
        raise BadRequest("since, until")


async def statistics(
    work: Work, me: Me, unit_id: UUID, since: datetime, until: datetime, present_at_least: int
) -> SpeakingStatistics:
    """For who chairs a meeting of the unit, and who administers it."""
    _period(since, until)
    unit = await access_unit_statistics(work.conn, me, unit_id)
    people = await _people(work.conn, unit_id, since, until)
    return SpeakingStatistics(
        unit=unit,
        since=since,
        until=until,
        meetings=await _count_meetings(work.conn, unit_id, since, until),
        people=people,
        groups=_groups(people),
        present_at_least=present_at_least,
        silent=[
            one.user_id
            for one in people
            if one.member and not one.chaired and not one.floors and one.meetings_present >= present_at_least
        ],
    )


def _groups(people: list[SpeakingPerson]) -> list[SpeakingGroup]:
    found: dict[UUID, SpeakingGroup] = {}
    for one in people:
        before = found.get(one.unit_id) or SpeakingGroup(
            unit_id=one.unit_id, unit_name=one.unit_name, people=0, requests=0, floors=0, seconds=0
        )
        found[one.unit_id] = msgspec.structs.replace(
            before,
            people=before.people + 1,
            requests=before.requests + one.requests,
            floors=before.floors + one.floors,
            seconds=before.seconds + one.seconds,
        )
    return sorted(found.values(), key=lambda group: (-group.seconds, group.unit_name))


async def _people(conn: Conn, unit_id: UUID, since: datetime, until: datetime) -> list[SpeakingPerson]:
    """Who spoke longest first."""
    cursor = await conn.cursor(row_factory=class_row(SpeakingPerson)).execute(
        PERSONS + " ORDER BY coalesce(s.ms, 0) DESC, u.name, i.user_id LIMIT 5000",
        {"unit": unit_id, "since": since, "until": until},
    )
    return await cursor.fetchall()


async def _count_meetings(conn: Conn, unit_id: UUID, since: datetime, until: datetime) -> int:
    cursor = await conn.execute(
        "SELECT count(*) FROM meeting WHERE unit_id = %s AND starts_at >= %s AND starts_at < %s"
        " AND state IN ('running', 'ended', 'closed') AND NOT rehearsal",
        (unit_id, since, until),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def mine(work: Work, me: Me, since: datetime, until: datetime) -> list[MySpeaking]:
    """What is kept of oneself, unit by unit."""
    _period(since, until)
    cursor = await work.conn.execute(
        "SELECT DISTINCT unit.id, unit.name FROM participant p JOIN meeting m ON m.id = p.meeting_id"
        " JOIN unit ON unit.id = m.unit_id WHERE p.user_id = %s AND m.starts_at >= %s AND m.starts_at < %s"
        " AND m.state IN ('running', 'ended', 'closed') AND NOT m.rehearsal ORDER BY unit.name LIMIT 100",
        (me.id, since, until),
    )
    found: list[MySpeaking] = []
    for unit_id, name in await cursor.fetchall():
        people = await work.conn.cursor(row_factory=class_row(SpeakingPerson)).execute(
            PERSONS + " WHERE i.user_id = %(me)s", {"unit": unit_id, "since": since, "until": until, "me": me.id}
        )
        if one := await people.fetchone():
            kept = {field: getattr(one, field) for field in MySpeaking.__struct_fields__ if field != "unit"}
            found.append(MySpeaking(unit=UnitName(unit_id, name), **kept))
    return found


async def speakers(work: Work, meeting_id: UUID) -> list[SpeakerPast]:
    """For the chair of a meeting: who has spoken here, and in the unit's meetings of the year before it."""
    cursor = await work.conn.cursor(row_factory=class_row(SpeakerPast)).execute(
        """
        WITH here AS (SELECT id, unit_id, starts_at FROM meeting WHERE id = %(meeting)s
        ), held AS (
            SELECT m.id FROM meeting m, here WHERE m.unit_id = here.unit_id AND m.id <> here.id AND NOT m.rehearsal
               AND m.state IN ('ended', 'closed') AND m.starts_at < here.starts_at
               AND m.starts_at >= here.starts_at - %(past)s
        ), came AS (
            SELECT p.user_id, count(*) AS meetings FROM participant p JOIN held ON held.id = p.meeting_id
             WHERE """
        + CAME
        + """ GROUP BY p.user_id
        ), spoke AS (
            SELECT user_id, count(*) FILTER (WHERE meeting_id = %(meeting)s) AS times_here,
                   coalesce(sum(used_ms) FILTER (WHERE meeting_id = %(meeting)s), 0) AS ms_here,
                   count(DISTINCT meeting_id) FILTER (WHERE meeting_id <> %(meeting)s) AS meetings,
                   coalesce(sum(used_ms) FILTER (WHERE meeting_id <> %(meeting)s), 0) AS ms_before
              FROM floor WHERE meeting_id = %(meeting)s OR meeting_id IN (SELECT id FROM held) GROUP BY user_id
        )
        SELECT p.user_id, unit.id AS unit_id, unit.name AS unit_name,
               coalesce(s.times_here, 0)::int AS times_here, (coalesce(s.ms_here, 0) / 1000)::int AS seconds_here,
               coalesce(c.meetings, 0)::int AS meetings_present,
               coalesce(s.meetings, 0)::int AS meetings_spoken,
               (coalesce(s.ms_before, 0) / 1000)::int AS seconds_before
          FROM participant p JOIN app_user u ON u.id = p.user_id JOIN unit ON unit.id = u.unit_id
          LEFT JOIN spoke s ON s.user_id = p.user_id LEFT JOIN came c ON c.user_id = p.user_id
         WHERE p.meeting_id = %(meeting)s ORDER BY u.name, p.user_id
        """,
        {"meeting": meeting_id, "past": PAST},
    )
    return await cursor.fetchall()
