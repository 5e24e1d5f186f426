"""All SQL about questions and opinions."""

from datetime import datetime
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, scalar_row

from hub.meetings.models import IMay
from hub.opinions.models import GivenOpinion, NewOpinion, OpinionAnswer
from hub.users.models import Me

Conn = AsyncConnection[Any]

# Of opinion ``o``: whether this person may read it. The one place that says who reads a private one.
READS: LiteralString = """
    (o.by = %(me)s
     OR EXISTS (SELECT FROM participant p WHERE p.meeting_id = o.meeting_id AND p.user_id = %(me)s
                 AND (p.role = 'secretary' OR (NOT o.private AND p.role IN ('chair', 'delegate'))))
     OR (o.in_sitting AND EXISTS (SELECT FROM participant p WHERE p.meeting_id = o.meeting_id AND p.user_id = %(me)s
                                     AND p.substitute_for IS NOT NULL))
     OR EXISTS (SELECT FROM agenda_item i WHERE i.id = o.item_id AND i.unit_id = %(my_unit)s)
     OR (%(prepares)s AND NOT EXISTS (SELECT FROM participant p
                                       WHERE p.meeting_id = o.meeting_id AND p.user_id = %(me)s)))
"""
# What somebody may still read of hidden words: who runs the meeting (``moderates``) and their author.
GIVEN: LiteralString = (
    """
    SELECT o.id, o.item_id, o.kind, o.private, o.by, u.name AS by_name, u.position AS by_position, unit.name AS by_unit,
           p.role, o.document_id, o.paper_id, o.paper_number, o.page, coalesce(d.title, paper.title, '') AS about,
           CASE WHEN o.hidden_at IS NULL OR %(moderates)s OR o.by = %(me)s THEN o.quote ELSE '' END AS quote,
           CASE WHEN o.withdrawn_at IS NULL AND (o.hidden_at IS NULL OR %(moderates)s OR o.by = %(me)s)
                THEN o.text ELSE '' END AS text, o.at, o.changed_at,
           o.withdrawn_at IS NOT NULL AS withdrawn, o.theme, o.on_record, o.in_sitting,
           o.hidden_at IS NOT NULL AS hidden, o.hidden_reason,
           coalesce((SELECT jsonb_agg(jsonb_build_object(
                         'id', a.id, 'by', a.by, 'by_name', w.name, 'at', a.at, 'withdrawn', a.withdrawn_at IS NOT NULL,
                         'hidden', a.hidden_at IS NOT NULL, 'hidden_reason', a.hidden_reason, 'text',
                         CASE WHEN a.withdrawn_at IS NULL AND (a.hidden_at IS NULL OR %(moderates)s OR a.by = %(me)s)
                              THEN a.text ELSE '' END) ORDER BY a.at, a.id)
                       FROM opinion_answer a JOIN app_user w ON w.id = a.by WHERE a.opinion_id = o.id), '[]') AS answers
      FROM opinion o JOIN app_user u ON u.id = o.by JOIN unit ON unit.id = u.unit_id
      JOIN agenda_item item ON item.id = o.item_id
      LEFT JOIN participant p ON p.meeting_id = o.meeting_id AND p.user_id = o.by
      LEFT JOIN document d ON d.id = o.document_id LEFT JOIN paper ON paper.id = o.paper_id
     WHERE """
    + READS
)


def _about(me: Me, may: IMay) -> dict[str, Any]:
    return {"me": me.id, "my_unit": me.unit_id, "prepares": may.manage, "moderates": may.run}


def _given(row: dict[str, Any]) -> GivenOpinion:
    return GivenOpinion(**row | {"answers": msgspec.convert(row["answers"], list[OpinionAnswer])})


async def of_meeting(conn: Conn, me: Me, meeting_id: UUID, item_id: UUID | None, may: IMay) -> list[GivenOpinion]:
    """By item, theme and time, secret items left out, and what was withdrawn before anybody answered."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        GIVEN
        + """
           AND o.meeting_id = %(meeting)s AND item.secrecy = 'none' AND (%(item)s::uuid IS NULL OR o.item_id = %(item)s)
           AND (o.withdrawn_at IS NULL OR EXISTS (SELECT FROM opinion_answer a WHERE a.opinion_id = o.id))
         ORDER BY item.position COLLATE "C", item.id, o.theme = '', o.theme, o.at, o.id
        """,
        _about(me, may) | {"meeting": meeting_id, "item": item_id},
    )
    return [_given(row) for row in await cursor.fetchall()]


async def one(conn: Conn, me: Me, opinion_id: UUID, may: IMay) -> GivenOpinion | None:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        GIVEN + " AND o.id = %(opinion)s", _about(me, may) | {"opinion": opinion_id}
    )
    row = await cursor.fetchone()
    return _given(row) if row else None


async def meeting_of(conn: Conn, opinion_id: UUID) -> UUID | None:
    cursor = await conn.execute("SELECT meeting_id FROM opinion WHERE id = %s", (opinion_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def deadline(conn: Conn, meeting_id: UUID) -> datetime:
    cursor = await conn.execute("SELECT coalesce(opinions_until, starts_at) FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


async def set_deadline(conn: Conn, meeting_id: UUID, until: datetime | None) -> None:
    await conn.execute("UPDATE meeting SET opinions_until = %s WHERE id = %s", (until, meeting_id))


async def is_subject(conn: Conn, new: NewOpinion, meeting_id: UUID) -> bool:
    """Whether the text or paper named belongs to the meeting and may be spoken of there."""
    cursor = await conn.execute(
        """
        SELECT (%(document)s::uuid IS NULL OR EXISTS (
                  SELECT FROM document WHERE id = %(document)s AND meeting_id = %(meeting)s AND kind <> 'comments'
                     AND (agenda_item_id IS NULL OR agenda_item_id = %(item)s)))
           AND (%(paper)s::uuid IS NULL OR EXISTS (
                  SELECT FROM paper WHERE id = %(paper)s AND meeting_id = %(meeting)s AND removed_at IS NULL
                     AND (agenda_item_id IS NULL OR agenda_item_id = %(item)s)
                     AND (%(number)s::int IS NULL OR EXISTS (
                            SELECT FROM paper_version v WHERE v.paper_id = paper.id AND v.number = %(number)s))))
        """,
        {
            "document": new.document_id,
            "paper": new.paper_id,
            "number": new.paper_number,
            "meeting": meeting_id,
            "item": new.item_id,
        },
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def count_of(conn: Conn, meeting_id: UUID, user_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM opinion WHERE meeting_id = %s AND by = %s", (meeting_id, user_id))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def insert(conn: Conn, meeting_id: UUID, new: NewOpinion, by: UUID, at: datetime) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO opinion (meeting_id, item_id, document_id, paper_id, paper_number, page, quote, kind, private, by,"
        " text, at, in_sitting, on_record)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            meeting_id, new.item_id, new.document_id, new.paper_id, new.paper_number, new.page, new.quote.strip(),
            new.kind, new.private, by, new.text.strip(), at, new.in_sitting, new.on_record,
        ),
    )  # fmt: skip
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def set_text(conn: Conn, opinion_id: UUID, text: str, at: datetime) -> None:
    await conn.execute("UPDATE opinion SET text = %s, changed_at = %s WHERE id = %s", (text, at, opinion_id))


async def sort(conn: Conn, opinion_id: UUID, theme: str, on_record: bool) -> None:
    await conn.execute("UPDATE opinion SET theme = %s, on_record = %s WHERE id = %s", (theme, on_record, opinion_id))


async def withdraw(conn: Conn, opinion_id: UUID, at: datetime) -> None:
    await conn.execute("UPDATE opinion SET withdrawn_at = %s WHERE id = %s", (at, opinion_id))


async def insert_answer(conn: Conn, opinion_id: UUID, by: UUID, text: str, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO opinion_answer (opinion_id, by, text, at) VALUES (%s, %s, %s, %s)", (opinion_id, by, text, at)
    )


async def secretariat(conn: Conn, meeting_id: UUID, item_id: UUID) -> set[UUID]:
    """The secretaries, and those of the list who belong to the unit that prepares the item."""
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT p.user_id FROM participant p JOIN app_user u ON u.id = p.user_id WHERE p.meeting_id = %s"
        " AND (p.role = 'secretary' OR u.unit_id = (SELECT unit_id FROM agenda_item WHERE id = %s))",
        (meeting_id, item_id),
    )
    return set(await cursor.fetchall())


# --- the exchange of views while the meeting sits ---


async def is_exchanging(conn: Conn, item_id: UUID) -> bool:
    cursor = await conn.execute("SELECT FROM exchange WHERE item_id = %s", (item_id,))
    return await cursor.fetchone() is not None


async def open_exchange(conn: Conn, meeting_id: UUID, item_id: UUID, by: UUID, at: datetime) -> bool:
    """False where it is open already."""
    cursor = await conn.execute(
        "INSERT INTO exchange (item_id, meeting_id, opened_at, opened_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (item_id, meeting_id, at, by),
    )
    return cursor.rowcount == 1


async def close_exchange(conn: Conn, item_id: UUID) -> bool:
    """False where it was not open."""
    cursor = await conn.execute("DELETE FROM exchange WHERE item_id = %s", (item_id,))
    return cursor.rowcount == 1


Said = Literal["opinion", "opinion_answer"]
HIDE: Final[dict[Said, LiteralString]] = {
    "opinion": "UPDATE opinion SET hidden_at = %s, hidden_by = %s, hidden_reason = %s WHERE id = %s",
    "opinion_answer": "UPDATE opinion_answer SET hidden_at = %s, hidden_by = %s, hidden_reason = %s WHERE id = %s",
}


async def hide(conn: Conn, what: Said, said_id: UUID, by: UUID | None, reason: str, at: datetime | None) -> None:
    """None: it is shown again."""
    await conn.execute(HIDE[what], (at, by, reason, said_id))


async def opinion_of_answer(conn: Conn, answer_id: UUID) -> UUID | None:
    cursor = await conn.execute("SELECT opinion_id FROM opinion_answer WHERE id = %s", (answer_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def withdraw_answer(conn: Conn, answer_id: UUID, at: datetime) -> None:
    await conn.execute("UPDATE opinion_answer SET withdrawn_at = %s WHERE id = %s", (at, answer_id))


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked or said of an item, as the record keeps it."""

    item_id: UUID
    in_sitting: bool
    kind: str
    by_id: UUID
    by: str
    text: str
    at: datetime
    answers: list[dict[str, Any]]


async def on_record(conn: Conn, meeting_id: UUID) -> list[Recorded]:
    """In order. What is private, off the record, withdrawn or hidden is not there; nor is what a secret item has."""
    cursor = await conn.cursor(row_factory=class_row(Recorded)).execute(
        """
        SELECT o.item_id, o.in_sitting, o.kind, o.by AS by_id, coalesce(p.recorded_name, u.name) AS by, o.text, o.at,
               coalesce((SELECT jsonb_agg(jsonb_build_object('by_id', a.by, 'by', coalesce(q.recorded_name, w.name),
                                                             'text', a.text, 'at', a.at) ORDER BY a.at, a.id)
                           FROM opinion_answer a JOIN app_user w ON w.id = a.by
                           LEFT JOIN participant q ON q.meeting_id = o.meeting_id AND q.user_id = a.by
                          WHERE a.opinion_id = o.id AND a.hidden_at IS NULL
                            AND a.withdrawn_at IS NULL), '[]') AS answers
          FROM opinion o JOIN app_user u ON u.id = o.by JOIN agenda_item i ON i.id = o.item_id
          LEFT JOIN participant p ON p.meeting_id = o.meeting_id AND p.user_id = o.by
         WHERE o.meeting_id = %s AND o.on_record AND NOT o.private AND o.withdrawn_at IS NULL AND o.hidden_at IS NULL
           AND i.secrecy = 'none' AND NOT i.removed
         ORDER BY i.position COLLATE "C", i.id, o.at, o.id
        """,
        (meeting_id,),
    )
    return await cursor.fetchall()
