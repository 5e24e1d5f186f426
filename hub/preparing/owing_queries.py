"""All SQL about papers that ought to be there: of which items, who owes them, who was told, who may know of it."""

from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, scalar_row

from hub.meetings import queries as meetings
from hub.meetings.models import MeetingSummary
from hub.preparing.models import InvitationCounts
from hub.users.models import Me

Conn = AsyncConnection[Any]

# Of item ``i``: a unit prepares it, or something is decided on it. A secret one is handled on paper.
EXPECTED: LiteralString = "((i.unit_id IS NOT NULL OR i.kind IN ('decision', 'vote')) AND i.secrecy = 'none')"
# A file, or a text of the item in which somebody wrote.
FILE: LiteralString = "(SELECT min(p.made_at) FROM paper p WHERE p.agenda_item_id = i.id AND p.removed_at IS NULL)"
TEXT: LiteralString = (
    "(SELECT min(d.created_at) FROM document d JOIN document_log l ON l.document_id = d.id"
    " WHERE d.agenda_item_id = i.id AND d.kind = 'draft_resolution' AND l.head > 0)"
)
# Who owes what item ``i`` of meeting ``m`` lacks: the people of the unit that prepares it, and who presents it where he
# is on the list by that name. Of a draft nobody outside knows, unless who prepares it asked the units for their papers.
OWNERS: LiteralString = """ARRAY(
    SELECT u.id FROM app_user u
     WHERE u.active AND u.unit_id = i.unit_id AND (m.state <> 'draft' OR c.papers_asked_at IS NOT NULL)
    UNION
    SELECT u.id FROM participant p JOIN app_user u ON u.id = p.user_id
     WHERE p.meeting_id = m.id AND u.active AND lower(u.name) = lower(btrim(i.presenter))
       AND (m.state <> 'draft' OR c.papers_asked_at IS NOT NULL OR p.role IN ('chair', 'secretary'))
)"""
ITEMS: LiteralString = (
    """
    SELECT i.meeting_id, i.id AS item_id, i.title, i.presenter, i.unit_id, unit.name AS unit_name,
           row_number() OVER (PARTITION BY i.meeting_id ORDER BY i.position COLLATE "C", i.id)::int AS number,
           (SELECT count(*) FROM paper p WHERE p.agenda_item_id = i.id AND p.removed_at IS NULL)::int AS papers,
           """
    + EXPECTED
    + " AS expected, least("
    + FILE
    + ", "
    + TEXT
    + ") AS first_at, "
    + OWNERS
    + """ AS owners
      FROM agenda_item i JOIN meeting m ON m.id = i.meeting_id LEFT JOIN meeting_call c ON c.meeting_id = m.id
      LEFT JOIN unit ON unit.id = i.unit_id
     WHERE i.meeting_id = ANY(%(meetings)s) AND NOT i.removed
     ORDER BY i.meeting_id, number
"""
)
OWING: LiteralString = (
    "EXISTS (SELECT FROM agenda_item i WHERE i.meeting_id = m.id AND NOT i.removed AND "
    + EXPECTED
    + " AND "
    + FILE
    + " IS NULL AND "
    + TEXT
    + " IS NULL)"
)


# Item ``i`` of meeting ``m`` is prepared by this person's unit, and its papers can be handed in: not before the units
# of a draft were asked, not on a secret item, and not once the meeting has begun.
PREPARES: LiteralString = """(
    i.unit_id = %(my_unit)s AND NOT i.removed AND i.secrecy = 'none'
    AND (m.state = 'published' OR (m.state = 'draft' AND c.papers_asked_at IS NOT NULL))
)"""
CALLED: LiteralString = " JOIN meeting m ON m.id = i.meeting_id LEFT JOIN meeting_call c ON c.meeting_id = m.id"


async def prepared_item(conn: Conn, me: Me, meeting_id: UUID, item_id: UUID) -> tuple[UUID, str] | None:
    """The meeting's unit and state, where my unit prepares this item of it."""
    cursor = await conn.execute(
        "SELECT m.unit_id, m.state FROM agenda_item i"
        + CALLED
        + " WHERE i.id = %(item)s AND m.id = %(meeting)s AND "
        + PREPARES,
        meetings.about(me) | {"item": item_id, "meeting": meeting_id},
    )
    return await cursor.fetchone()


class OfMyUnit(NamedTuple):
    """A paper on an item my unit prepares. ``hand_in``: somebody of it handed it in first, so it may put a new version
    in its place; ``take_back``: all of it is the unit's, and it does not lie before the approver, so it may go again.
    """

    hand_in: bool
    take_back: bool


async def prepared_papers(conn: Conn, me: Me, paper_ids: list[UUID]) -> dict[UUID, OfMyUnit]:
    """Those of these papers that are on items my unit prepares."""
    cursor = await conn.execute(
        "SELECT p.id, own.first, own.all AND m.state = 'draft' AND m.approval IN ('drafting', 'returned')"
        " FROM paper p JOIN agenda_item i ON i.id = p.agenda_item_id"
        + CALLED
        + " CROSS JOIN LATERAL (SELECT bool_or(v.number = 1 AND u.unit_id = %(my_unit)s) AS first,"
        + " bool_and(u.unit_id = %(my_unit)s) AS all"
        + " FROM paper_version v JOIN app_user u ON u.id = v.by WHERE v.paper_id = p.id) own"
        + " WHERE p.id = ANY(%(papers)s) AND p.removed_at IS NULL AND "
        + PREPARES,
        meetings.about(me) | {"papers": paper_ids},
    )
    return {row[0]: OfMyUnit(row[1], row[2]) for row in await cursor.fetchall()}


async def handed_in(conn: Conn, meeting_id: UUID) -> list[tuple[UUID, list[str], list[UUID]]]:
    """(item, titles, by whom) of the papers that the units which prepare the items handed in."""
    cursor = await conn.execute(
        "SELECT i.id, array_agg(DISTINCT p.title ORDER BY p.title), array_agg(DISTINCT u.id)"
        " FROM paper p JOIN agenda_item i ON i.id = p.agenda_item_id JOIN paper_version v ON v.paper_id = p.id"
        " JOIN app_user u ON u.id = v.by AND u.unit_id = i.unit_id AND u.active"
        " WHERE p.meeting_id = %s AND p.removed_at IS NULL AND NOT i.removed AND i.secrecy = 'none' GROUP BY i.id",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def who_handed_in(conn: Conn, paper_id: UUID) -> set[UUID]:
    """The people of the unit that prepares the item, where one of them handed it in: any of them may send another."""
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT u.id FROM paper p JOIN agenda_item i ON i.id = p.agenda_item_id"
        " JOIN app_user u ON u.unit_id = i.unit_id AND u.active WHERE p.id = %s AND EXISTS (SELECT FROM paper_version v"
        " JOIN app_user w ON w.id = v.by WHERE v.paper_id = p.id AND w.unit_id = i.unit_id)",
        (paper_id,),
    )
    return set(await cursor.fetchall())


async def preparing(conn: Conn, me: Me, now: datetime, limit: int) -> list[MeetingSummary]:
    """Meetings to come of which my unit prepares an item, the nearest first."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        meetings.SUMMARY
        + " LEFT JOIN meeting_call c ON c.meeting_id = m.id WHERE m.ends_at > %(now)s"
        + " AND EXISTS (SELECT FROM agenda_item i WHERE i.meeting_id = m.id AND "
        + PREPARES
        + ") ORDER BY m.starts_at, m.id LIMIT %(limit)s",
        meetings.about(me) | {"now": now, "limit": limit},
    )
    return [meetings.summary(row) for row in await cursor.fetchall()]


async def items(conn: Conn, meeting_ids: list[UUID]) -> list[dict[str, Any]]:
    """Each item in order; ``first_at``: since when something of it is there."""
    cursor = await conn.cursor(row_factory=dict_row).execute(ITEMS, {"meetings": meeting_ids})
    return await cursor.fetchall()


async def lacking(conn: Conn, now: datetime, ahead: timedelta, limit: int) -> list[MeetingSummary]:
    """Meetings to come that lack a paper, the nearest first; of an emergency nobody is reminded."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        meetings.SUMMARY
        + " LEFT JOIN meeting_call c ON c.meeting_id = m.id WHERE m.state IN ('draft', 'published')"
        + " AND m.starts_at > %(now)s AND m.starts_at <= %(until)s AND NOT coalesce(c.emergency, false) AND "
        + OWING
        + " ORDER BY m.starts_at, m.id LIMIT %(limit)s",
        {"me": None, "now": now, "until": now + ahead, "limit": limit},
    )
    return [meetings.summary(row) for row in await cursor.fetchall()]


async def mine(conn: Conn, me: Me, now: datetime, limit: int) -> list[tuple[MeetingSummary, bool]]:
    """Meetings to come for which I or my unit may owe something, and whether I may know of the meeting otherwise."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT s.*, known.yes AS known FROM ("
        + meetings.SUMMARY
        + " WHERE m.state IN ('draft', 'published', 'running') AND m.ends_at > %(now)s AND (me.role IS NOT NULL OR"
        + " EXISTS (SELECT FROM agenda_item i WHERE i.meeting_id = m.id AND i.unit_id = %(my_unit)s AND NOT i.removed))"
        + " AND "
        + OWING
        + ") s JOIN LATERAL (SELECT EXISTS (SELECT FROM meeting m WHERE m.id = s.id AND "
        + meetings.VISIBLE
        + ") AS yes) known ON true ORDER BY s.starts_at, s.id LIMIT %(limit)s",
        meetings.about(me) | {"now": now, "limit": limit},
    )
    return [(meetings.summary(row), row["known"]) for row in await cursor.fetchall()]


async def told(conn: Conn, meeting_id: UUID, key: str) -> set[UUID]:
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT user_id FROM notice WHERE meeting_id = %s AND key = %s", (meeting_id, key)
    )
    return set(await cursor.fetchall())


async def ask(conn: Conn, meeting_id: UUID, at: datetime) -> bool:
    """True the first time."""
    cursor = await conn.execute(
        "INSERT INTO meeting_call AS c (meeting_id, papers_asked_at) VALUES (%s, %s) ON CONFLICT (meeting_id) DO UPDATE"
        " SET papers_asked_at = excluded.papers_asked_at WHERE c.papers_asked_at IS NULL",
        (meeting_id, at),
    )
    return cursor.rowcount == 1


async def around(conn: Conn, meeting_id: UUID) -> dict[str, Any]:
    """When it was published, and what is recorded of times that were not kept."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT (SELECT min(e.at) FROM event e WHERE e.meeting_id = m.id AND e.kind = 'meeting.state_changed')
                   AS published_at,
               coalesce(c.waived_reason, '') AS reason, coalesce(c.emergency, false) AS emergency, c.papers_asked_at
          FROM meeting m LEFT JOIN meeting_call c ON c.meeting_id = m.id WHERE m.id = %s
        """,
        (meeting_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def invitations(conn: Conn, meeting_id: UUID) -> InvitationCounts:
    cursor = await conn.cursor(row_factory=class_row(InvitationCounts)).execute(
        """
        SELECT count(*)::int AS people, count(i.user_id)::int AS sent,
               (count(*) FILTER (WHERE i.answer = 'accepted' AND i.answered_at >= i.sent_at))::int AS accepted,
               (count(*) FILTER (WHERE i.answer = 'declined' AND i.answered_at >= i.sent_at))::int AS declined,
               (count(*) FILTER (WHERE i.user_id IS NOT NULL
                                   AND (i.answer IS NULL OR i.answered_at < i.sent_at)))::int AS silent,
               (count(*) FILTER (WHERE i.substitute_state = 'named'))::int AS substitutes
          FROM participant p LEFT JOIN invitation i
            ON i.meeting_id = p.meeting_id AND i.user_id = p.user_id AND i.cancelled_at IS NULL
         WHERE p.meeting_id = %s
        """,
        (meeting_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row
