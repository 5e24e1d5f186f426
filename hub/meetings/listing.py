"""Meetings by what I or my unit have to do with them: I take part; it holds them, attends, prepares papers;
filtered by state, time, hosting unit and words. Never more than I may know of anyway."""

from datetime import datetime
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from hub.db import Work
from hub.meetings.models import MeetingSummary, State
from hub.meetings.queries import SUMMARY, VISIBLE, about, summary
from hub.organisation.models import BadPeriod
from hub.users.models import Me, UnitName

Of = Literal["all", "mine", "held", "attended", "prepared"]

# Of meeting ``m``: what who asks (``me``, the participant) or his unit has to do with it.
OF: dict[str, LiteralString] = {
    "all": "TRUE",
    "mine": "me.user_id IS NOT NULL",
    "held": "m.unit_id = %(my_unit)s",
    "attended": "EXISTS (SELECT FROM participant a JOIN app_user u ON u.id = a.user_id"
    " WHERE a.meeting_id = m.id AND u.unit_id = %(my_unit)s)",
    "prepared": "EXISTS (SELECT FROM agenda_item i"
    " WHERE i.meeting_id = m.id AND i.unit_id = %(my_unit)s AND NOT i.removed)",
}
FILTERS: LiteralString = """
    AND (%(state)s::text IS NULL OR m.state = %(state)s)
    AND (%(unit)s::uuid IS NULL OR m.unit_id = %(unit)s)
    AND (%(since)s::timestamptz IS NULL OR m.ends_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR m.starts_at < %(until)s)
    AND (SELECT coalesce(bool_and(unaccent(lower(m.title || ' ' || m.place)) LIKE unaccent(lower(w))), true)
           FROM unnest(%(words)s::text[]) w)
"""


class ListedMeetings(msgspec.Struct, frozen=True):
    """``units``: those that hold any meeting I may know of, to choose from. ``more``: there are others after these."""

    meetings: list[MeetingSummary]
    more: bool
    units: list[UnitName]


async def listed(
    conn: AsyncConnection[Any], me: Me, of: Of, filters: dict[str, Any], *, first: bool, skip: int, limit: int
) -> list[MeetingSummary]:
    """``first``: the nearest first, else the latest."""
    order: LiteralString = " ORDER BY m.starts_at, m.id" if first else " ORDER BY m.starts_at DESC, m.id"
    cursor = await conn.cursor(row_factory=dict_row).execute(
        SUMMARY + " WHERE " + VISIBLE + " AND " + OF[of] + FILTERS + order + " LIMIT %(limit)s OFFSET %(skip)s",
        about(me) | filters | {"limit": limit, "skip": skip},
    )
    return [summary(row) for row in await cursor.fetchall()]


async def holders(conn: AsyncConnection[Any], me: Me) -> list[UnitName]:
    cursor = await conn.execute(
        "SELECT id, name FROM unit WHERE EXISTS (SELECT FROM meeting m WHERE m.unit_id = unit.id AND "
        + VISIBLE
        + ") ORDER BY position, name, id LIMIT 500",
        about(me),
    )
    return [UnitName(row[0], row[1]) for row in await cursor.fetchall()]


@get("/api/meeting-list", tags=["Meetings (phiên họp)"])
async def list_by_unit(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    of: FromQuery[Of] = "all",
    in_state: FromQuery[State | None] = None,
    unit_id: FromQuery[UUID | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    first: FromQuery[bool] = False,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    skip: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> ListedMeetings:
    """``of``: all I may know of, those I take part in (mine), those my unit holds, attends, or prepares papers for.

    ``since`` and ``until``: those that are held at any moment between the two. ``first``: the nearest first."""
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise BadPeriod
    words = [f"%{word.replace('%', '').replace('_', '')}%" for word in q.split()[:8]]
    filters = {"state": in_state, "unit": unit_id, "since": since, "until": until, "words": words}
    found = await listed(work.conn, me, of, filters, first=first, skip=skip, limit=limit + 1)
    return ListedMeetings(found[:limit], len(found) > limit, await holders(work.conn, me))


handlers = [list_by_unit]
