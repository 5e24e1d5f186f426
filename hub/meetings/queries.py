"""All SQL about meetings, their people and their documents."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

from msgspec import UnsetType
from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, dict_row

from hub.agenda.models import AgendaItem
from hub.meetings.models import (
    ChangedMeeting,
    CopiedPerson,
    MeetingSummary,
    MeetingText,
    NewMeeting,
    Participant,
    State,
)
from hub.users.models import Me, UnitName

Conn = AsyncConnection[Any]

# Units a person administers: a unit admin his own unit and all below it.
ADMINISTERED: LiteralString = """
    SELECT id FROM (
        WITH RECURSIVE below AS (
            SELECT id FROM unit WHERE id = %(my_unit)s
            UNION ALL SELECT c.id FROM unit c JOIN below ON c.parent_id = below.id
        ) SELECT id FROM below
    ) administered
"""

# Which meetings a person may know of. The one place that says it in SQL; see hub/access.py for what he may do there.
VISIBLE: LiteralString = (
    """(
    EXISTS (SELECT 1 FROM participant p WHERE p.meeting_id = m.id AND p.user_id = %(me)s
             AND (m.state <> 'draft' OR p.role IN ('chair', 'secretary')))
    OR m.made_by = %(me)s OR m.approver_id = %(me)s
    OR (m.state = 'closed' AND m.unit_id = %(my_unit)s)
    OR %(my_role)s = 'system_admin'
    OR (%(my_role)s = 'unit_admin' AND m.unit_id IN ("""
    + ADMINISTERED
    + """))
)"""
)

# Of a meeting that is visible: whether its papers are for this person as well. Who takes part, prepares or approves;
# not the whole unit of a closed meeting. The same as ``access_paper`` in hub/access.py.
READS_PAPERS: LiteralString = (
    """(
    %(my_role)s = 'system_admin'
    OR EXISTS (SELECT 1 FROM participant p WHERE p.meeting_id = m.id AND p.user_id = %(me)s)
    OR m.approver_id = %(me)s
    OR (m.made_by = %(me)s AND m.state IN ('draft', 'published'))
    OR (%(my_role)s = 'unit_admin' AND m.unit_id IN ("""
    + ADMINISTERED
    + """))
)"""
)

SUMMARY: LiteralString = """
    SELECT m.id, m.title, m.kind, m.place, m.room_id, m.starts_at, m.ends_at, m.state, m.current_item_id, m.seq,
           m.unit_id, unit.name AS unit_name, me.substitute_for IS NOT NULL AS substitutes,
           me.role AS my_role, m.made_by, m.approval, m.approver_id
      FROM meeting m JOIN unit ON unit.id = m.unit_id
      LEFT JOIN participant me ON me.meeting_id = m.id AND me.user_id = %(me)s
"""


def about(me: Me) -> dict[str, Any]:
    return {"me": me.id, "my_unit": me.unit_id, "my_role": me.role}


def of_each(one: LiteralString) -> LiteralString:
    """The same for many people at once, each a row of ``a``."""
    return one.replace("%(me)s", "a.me").replace("%(my_unit)s", "a.my_unit").replace("%(my_role)s", "a.my_role")


def summary(row: dict[str, Any]) -> MeetingSummary:
    return MeetingSummary(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        place=row["place"],
        room_id=row["room_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        state=row["state"],
        unit=UnitName(id=row["unit_id"], name=row["unit_name"]),
        my_role=row["my_role"],
    )


# What of a meeting `s` that is visible a person may do there; `s` is SUMMARY.
ITS_ACCESS: LiteralString = (
    "s.*, (%(my_role)s = 'system_admin' OR (%(my_role)s = 'unit_admin' AND s.unit_id IN ("
    + ADMINISTERED
    + "))) AS administers,"
    " (SELECT user_id FROM participant c WHERE c.meeting_id = s.id AND c.role = 'chair') AS chair_id"
)


async def visible_meeting(conn: Conn, me: Me, meeting_id: UUID) -> dict[str, Any] | None:
    """The meeting's row with the person's role and whether he administers it, None if he may not know of it."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT " + ITS_ACCESS + " FROM (" + SUMMARY + " WHERE m.id = %(meeting)s AND " + VISIBLE + ") s",
        about(me) | {"meeting": meeting_id},
    )
    return await cursor.fetchone()


async def meetings_asked(
    conn: Conn, asked: Sequence[tuple[Me, UUID]], more: LiteralString = "", given: Mapping[str, Any] = {}
) -> list[dict[str, Any] | None]:
    """As `visible_meeting` for each of these people and the meeting he asks for, in one question. ``more`` is selected
    beside: ``s`` is the meeting, ``a.me`` who asks, the ``a.n``th; ``given`` is for it."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        of_each("SELECT a.n, " + ITS_ACCESS)
        + more
        + " FROM unnest(%(people)s::uuid[], %(units)s::uuid[], %(roles)s::text[], %(meetings)s::uuid[])"
        " WITH ORDINALITY AS a (me, my_unit, my_role, meeting, n) JOIN LATERAL ("
        + of_each(SUMMARY + " WHERE m.id = a.meeting AND " + VISIBLE)
        + ") s ON true",
        {
            "people": [me.id for me, _ in asked],
            "units": [me.unit_id for me, _ in asked],
            "roles": [me.role for me, _ in asked],
            "meetings": [meeting_id for _, meeting_id in asked],
            **given,
        },
        prepare=True if more else None,
    )
    found: list[dict[str, Any] | None] = [None] * len(asked)
    for row in await cursor.fetchall():
        found[row.pop("n") - 1] = row
    return found


When = Literal["coming", "past", "all"]
# ``coming``: not over yet, the nearest first; ``past``: over, the latest first; ``all``: the latest first.
THEN: Final[dict[When, LiteralString]] = {
    "coming": " AND m.state IN ('draft', 'published', 'running') ORDER BY m.starts_at, m.id LIMIT %(limit)s",
    "past": " AND m.state IN ('ended', 'closed') ORDER BY m.starts_at DESC, m.id LIMIT %(limit)s",
    "all": " ORDER BY m.starts_at DESC, m.id LIMIT %(limit)s",
}


async def meetings(conn: Conn, me: Me, when: When, limit: int) -> list[MeetingSummary]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        SUMMARY + " WHERE " + VISIBLE + THEN[when], about(me) | {"limit": limit}
    )
    return [summary(row) for row in await cursor.fetchall()]


async def meetings_of_each(
    conn: Conn, people: Sequence[Me], limit: int
) -> list[tuple[list[MeetingSummary], list[MeetingSummary]]]:
    """``coming`` and ``past`` of each of these people, in one question."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT a.n, s.* FROM unnest(%(people)s::uuid[], %(units)s::uuid[], %(roles)s::text[])"
        " WITH ORDINALITY AS a (me, my_unit, my_role, n) JOIN LATERAL ("
        "SELECT false AS over, c.* FROM (" + of_each(SUMMARY + " WHERE " + VISIBLE + THEN["coming"]) + ") c"
        " UNION ALL "
        "SELECT true AS over, p.* FROM (" + of_each(SUMMARY + " WHERE " + VISIBLE + THEN["past"]) + ") p"
        ") s ON true ORDER BY a.n, s.over, CASE WHEN s.over THEN -extract(epoch FROM s.starts_at)"
        " ELSE extract(epoch FROM s.starts_at) END, s.id",
        {
            "people": [me.id for me in people],
            "units": [me.unit_id for me in people],
            "roles": [me.role for me in people],
            "limit": limit,
        },
    )
    found: list[tuple[list[MeetingSummary], list[MeetingSummary]]] = [([], []) for _ in people]
    for row in await cursor.fetchall():
        found[row["n"] - 1][row["over"]].append(summary(row))
    return found


async def insert_meeting(conn: Conn, new: NewMeeting, by: UUID) -> UUID:
    """With the rule of voting its type names, or the copied meeting had: who may see them was asked before."""
    cursor = await conn.execute(
        "INSERT INTO meeting (unit_id, title, kind, place, room_id, starts_at, ends_at, type_id, made_by, rule_pack)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " coalesce((SELECT nullif(t.rule_pack, '') FROM meeting_type t WHERE t.id = %s),"
        "          (SELECT c.rule_pack FROM meeting c WHERE c.id = %s), '')) RETURNING id",
        (
            new.unit_id, new.title, new.kind, new.place, new.room_id, new.starts_at, new.ends_at, new.type_id, by,
            new.type_id, new.copy_of,
        ),
    )  # fmt: skip
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def insert_participants(conn: Conn, meeting_id: UUID, people: Iterable[tuple[UUID, str]]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO participant (meeting_id, user_id, role, position) VALUES (%s, %s, %s, %s)",
            [(meeting_id, user_id, role, position) for position, (user_id, role) in enumerate(people)],
        )


async def people_of_commune(conn: Conn, unit_id: UUID, user_ids: list[UUID]) -> set[UUID]:
    """Which of these people belong to the same commune (tree of units) as the unit."""
    cursor = await conn.execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id FROM unit WHERE id = %(unit)s
            UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id
        ), tree AS (
            SELECT id FROM up WHERE parent_id IS NULL
            UNION ALL SELECT c.id FROM unit c JOIN tree ON c.parent_id = tree.id
        )
        SELECT id FROM app_user WHERE id = ANY(%(people)s) AND active AND unit_id IN (SELECT id FROM tree)
        """,
        {"unit": unit_id, "people": user_ids},
    )
    return {row[0] for row in await cursor.fetchall()}


async def convenable_units(conn: Conn, me: Me) -> set[UUID]:
    """Whose meetings this person may prepare: those he administers, and his own where he was given the right."""
    return await administered_units(conn, me) | ({me.unit_id} if "convene" in me.rights else set())


async def administered_units(conn: Conn, me: Me) -> set[UUID]:
    if me.role == "member":
        return set()
    where: LiteralString = "SELECT id FROM unit" if me.role == "system_admin" else ADMINISTERED
    cursor = await conn.execute(where, about(me))
    return {row[0] for row in await cursor.fetchall()}


async def units_led(conn: Conn, me: Me) -> list[UnitName]:
    """Of which I chair a meeting that was held or is coming, or which I administer."""
    where: LiteralString = (
        "TRUE" if me.role == "system_admin" else "id IN (" + ADMINISTERED + ")" if me.role == "unit_admin" else "FALSE"
    )
    cursor = await conn.execute(
        "SELECT id, name FROM unit WHERE EXISTS (SELECT 1 FROM meeting m WHERE m.unit_id = unit.id)"
        " AND (EXISTS (SELECT 1 FROM meeting m JOIN participant p ON p.meeting_id = m.id WHERE m.unit_id = unit.id"
        " AND p.user_id = %(me)s AND p.role = 'chair' AND m.state <> 'draft') OR "
        + where
        + ") ORDER BY position, name, id LIMIT 500",
        about(me),
    )
    return [UnitName(row[0], row[1]) for row in await cursor.fetchall()]


async def update_meeting(conn: Conn, meeting_id: UUID, changed: ChangedMeeting) -> None:
    fields = {
        name: value for name in changed.__struct_fields__ if not isinstance(value := getattr(changed, name), UnsetType)
    }
    if not fields:
        return
    assignments = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in fields)
    await conn.execute(
        sql.SQL("UPDATE meeting SET {} WHERE id = {}").format(assignments, sql.Placeholder("meeting")),
        fields | {"meeting": meeting_id},
    )


async def state(conn: Conn, meeting_id: UUID) -> State:
    cursor = await conn.execute("SELECT state FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None
    found: State = row[0]
    return found


async def set_state(conn: Conn, meeting_id: UUID, state: str) -> None:
    await conn.execute("UPDATE meeting SET state = %s WHERE id = %s", (state, meeting_id))


PARTICIPANTS: LiteralString = """
    SELECT p.user_id, coalesce(p.recorded_name, u.name) AS name,
           coalesce(p.recorded_position, u.position) AS position, p.role, p.seat, p.checked_in_at, p.attendance,
           p.substitute_for, p.votes, coalesce(p.checked_in_at, p.away_since) AS since
      FROM participant p JOIN app_user u ON u.id = p.user_id WHERE p.meeting_id = %(meeting)s
     ORDER BY array_position(ARRAY['chair', 'secretary', 'delegate', 'guest'], p.role), p.position, u.name
"""


async def participants(conn: Conn, meeting_id: UUID) -> list[Participant]:
    cursor = await conn.cursor(row_factory=class_row(Participant)).execute(PARTICIPANTS, {"meeting": meeting_id})
    return await cursor.fetchall()


async def people_to_copy(conn: Conn, meeting_id: UUID) -> list[CopiedPerson]:
    """Those who may still come in."""
    cursor = await conn.cursor(row_factory=class_row(CopiedPerson)).execute(
        "SELECT u.id, u.name, u.position, u.unit_id, unit.name AS unit_name, p.role, p.votes"
        " FROM participant p JOIN app_user u ON u.id = p.user_id JOIN unit ON unit.id = u.unit_id"
        " WHERE p.meeting_id = %s AND u.active ORDER BY p.position, u.name",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def set_secrecy(conn: Conn, item_id: UUID, secrecy: str) -> None:
    await conn.execute("UPDATE agenda_item SET secrecy = %s WHERE id = %s", (secrecy, item_id))


# When the meeting came to the item it is at.
CURRENT_ITEM_SINCE: LiteralString = """
    SELECT at FROM event WHERE meeting_id = %(meeting)s AND kind = 'agenda_item.started' ORDER BY seq DESC LIMIT 1
"""

# In order; ties of concurrent moves are broken by id, as every client does. What was concluded on one that is secret
# now is told nowhere.
ITEMS: LiteralString = """
    SELECT id, meeting_id, position, title, presenter, minutes, kind, secrecy, removed, unit_id,
           CASE WHEN secrecy = 'none' THEN conclusion ELSE '' END AS conclusion,
           (SELECT u.name FROM unit u WHERE u.id = agenda_item.unit_id) AS unit_name,
           CASE WHEN removed THEN 0
                ELSE count(*) FILTER (WHERE NOT removed) OVER (ORDER BY position COLLATE "C", id)
           END::int AS number,
           state, running_since, held_ms
      FROM agenda_item WHERE meeting_id = %(meeting)s ORDER BY position COLLATE "C", id
"""


async def items(conn: Conn, meeting_id: UUID) -> list[AgendaItem]:
    cursor = await conn.cursor(row_factory=class_row(AgendaItem)).execute(ITEMS, {"meeting": meeting_id})
    return await cursor.fetchall()


TEXTS: LiteralString = """
    SELECT d.id, d.kind, d.agenda_item_id, d.title, c.id AS comments_id FROM document d
      LEFT JOIN document c ON c.parent_id = d.id
     WHERE d.meeting_id = %(meeting)s AND d.kind <> 'comments' ORDER BY d.kind, d.created_at, d.id
"""


async def texts(conn: Conn, meeting_id: UUID) -> list[MeetingText]:
    cursor = await conn.cursor(row_factory=class_row(MeetingText)).execute(TEXTS, {"meeting": meeting_id})
    return await cursor.fetchall()


async def document_ids(conn: Conn, meeting_id: UUID) -> list[UUID]:
    cursor = await conn.execute("SELECT id FROM document WHERE meeting_id = %s", (meeting_id,))
    return [row[0] for row in await cursor.fetchall()]


OF_DOCUMENT = ("agenda_item_id", "parent_id", "comments_id", "secrecy", "given", "drafts", "is_locked")


async def documents_asked(
    conn: Conn, asked: Sequence[tuple[Me, UUID]]
) -> list[tuple[dict[str, Any], dict[str, Any]] | None]:
    """For each person the document he asks for, with what he has in it, and its meeting as `visible_meeting` has it:
    all that joining asks, for all who join at once, in one round trip. None where he may not know of it."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        of_each(
            "SELECT a.n, " + ITS_ACCESS + ", d.id AS document_id, d.kind AS document_kind, d.title AS document_title,"
            " d.agenda_item_id, d.parent_id, c.id AS comments_id, coalesce(i.secrecy, 'none') AS secrecy,"
            " r.role AS given,"
            " EXISTS (SELECT FROM drafter w WHERE w.document_id = d.id AND w.user_id = %(me)s) AS drafts,"
            " EXISTS (SELECT FROM document_lock k WHERE k.document_id = d.id) AS is_locked"
        )
        + " FROM unnest(%(people)s::uuid[], %(units)s::uuid[], %(roles)s::text[], %(documents)s::uuid[])"
        " WITH ORDINALITY AS a (me, my_unit, my_role, document, n) JOIN document d ON d.id = a.document JOIN LATERAL ("
        + of_each(SUMMARY + " WHERE m.id = d.meeting_id AND " + VISIBLE)
        + ") s ON true LEFT JOIN document c ON c.parent_id = d.id LEFT JOIN agenda_item i ON i.id = d.agenda_item_id"
        " LEFT JOIN document_role r ON r.document_id = d.id AND r.user_id = a.me",
        {
            "people": [me.id for me, _ in asked],
            "units": [me.unit_id for me, _ in asked],
            "roles": [me.role for me, _ in asked],
            "documents": [document_id for _, document_id in asked],
        },
    )
    found: list[tuple[dict[str, Any], dict[str, Any]] | None] = [None] * len(asked)
    for row in await cursor.fetchall():
        n = row.pop("n") - 1
        own = {"id": row.pop("document_id"), "kind": row.pop("document_kind"), "title": row.pop("document_title")}
        found[n] = (own | {name: row.pop(name) for name in OF_DOCUMENT}, row)
    return found


# Draft resolutions of the meeting which this person was named to draft.
DRAFTED: LiteralString = """
    SELECT d.id FROM drafter JOIN document d ON d.id = drafter.document_id
     WHERE d.meeting_id = %(meeting)s AND drafter.user_id = %(me)s
"""


async def insert_document(
    conn: Conn, meeting_id: UUID, kind: str, title: str, item_id: UUID | None, now: datetime
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO document (meeting_id, kind, title, agenda_item_id, created_at)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (meeting_id, kind, title, item_id, now),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))
