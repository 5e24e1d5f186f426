"""All SQL about approval, changes and what still lacks."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, scalar_row
from psycopg.types.json import Jsonb

from hub.preparing.models import Change, Content, LoggedBy

Conn = AsyncConnection[Any]


async def draft(conn: Conn, meeting_id: UUID) -> dict[str, Any]:
    """How far the meeting is, who approves it and who prepares it."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT m.state, m.approval, m.approved, m.made_by, m.approver_id AS named_id, m.title, m.unit_id, m.starts_at,
               m.ends_at, chair.user_id AS chair_id, coalesce(m.approver_id, chair.user_id) AS approver_id,
               a.name AS approver_name
          FROM meeting m LEFT JOIN participant chair ON chair.meeting_id = m.id AND chair.role = 'chair'
          LEFT JOIN app_user a ON a.id = coalesce(m.approver_id, chair.user_id)
         WHERE m.id = %s
        """,
        (meeting_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    row["approved"] = msgspec.convert(row["approved"], Content) if row["approved"] else None
    return row


async def set_approval(conn: Conn, meeting_id: UUID, approval: str) -> None:
    await conn.execute("UPDATE meeting SET approval = %s WHERE id = %s", (approval, meeting_id))


async def set_approver(conn: Conn, meeting_id: UUID, user_id: UUID | None) -> None:
    await conn.execute("UPDATE meeting SET approver_id = %s WHERE id = %s", (user_id, meeting_id))


async def set_approved(conn: Conn, meeting_id: UUID, content: Content) -> None:
    await conn.execute(
        "UPDATE meeting SET approved = %s WHERE id = %s", (Jsonb(msgspec.to_builtins(content)), meeting_id)
    )


async def log(
    conn: Conn, meeting_id: UUID, step: str, by: UUID | None, at: datetime, reason: str = "", content: Any = None
) -> None:
    await conn.execute(
        "INSERT INTO meeting_approval (meeting_id, step, by, at, reason, content) VALUES (%s, %s, %s, %s, %s, %s)",
        (meeting_id, step, by, at, reason, Jsonb(msgspec.to_builtins(content)) if content is not None else None),
    )


async def logged(conn: Conn, meeting_id: UUID) -> list[LoggedBy]:
    """The newest first."""
    cursor = await conn.cursor(row_factory=class_row(LoggedBy)).execute(
        "SELECT l.step, u.name AS by_name, l.at, l.reason FROM meeting_approval l LEFT JOIN app_user u ON u.id = l.by"
        " WHERE l.meeting_id = %s ORDER BY l.id DESC LIMIT 200",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def preparers(conn: Conn, meeting_id: UUID) -> set[UUID]:
    """Who made it, and its secretaries."""
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT user_id FROM participant WHERE meeting_id = %(meeting)s AND role = 'secretary'"
        " UNION SELECT made_by FROM meeting WHERE id = %(meeting)s AND made_by IS NOT NULL",
        {"meeting": meeting_id},
    )
    return set(await cursor.fetchall())


async def invited(conn: Conn, meeting_id: UUID) -> set[UUID]:
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT user_id FROM participant WHERE meeting_id = %s", (meeting_id,)
    )
    return set(await cursor.fetchall())


async def set_unit(conn: Conn, item_id: UUID, unit_id: UUID | None) -> None:
    await conn.execute("UPDATE agenda_item SET unit_id = %s WHERE id = %s", (unit_id, item_id))


async def is_unit_of_commune(conn: Conn, unit_id: UUID, other_id: UUID) -> bool:
    """Whether it is an open unit of the same tree."""
    cursor = await conn.execute(
        """
        WITH RECURSIVE up AS (
            SELECT id, parent_id, id AS of FROM unit WHERE id IN (%(unit)s, %(other)s)
            UNION ALL SELECT p.id, p.parent_id, up.of FROM unit p JOIN up ON up.parent_id = p.id
        )
        SELECT count(DISTINCT id) = 1 AND EXISTS (SELECT FROM unit WHERE id = %(unit)s AND closed_at IS NULL)
          FROM up WHERE parent_id IS NULL
        """,
        {"unit": unit_id, "other": other_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


# --- what it consists of ---


async def details(conn: Conn, meeting_id: UUID) -> list[str]:
    cursor = await conn.execute(
        "SELECT title, kind, place, coalesce(room_id::text, ''), starts_at::text, ends_at::text"
        " FROM meeting WHERE id = %s",
        (meeting_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return list(row)


async def texts(conn: Conn, meeting_id: UUID) -> list[tuple[UUID, str, int]]:
    """(document, kind, head of its log) of the agenda and the drafts. The minutes are written later."""
    cursor = await conn.execute(
        "SELECT d.id, d.kind, l.head FROM document d JOIN document_log l ON l.document_id = d.id"
        " WHERE d.meeting_id = %s AND d.kind IN ('agenda', 'draft_resolution')",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def papers(conn: Conn, meeting_id: UUID) -> dict[str, str]:
    """The newest version of each paper, and what it is called."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT ON (p.id) p.id::text, v.number || ' ' || encode(v.sha256, 'hex') || ' ' || p.title
          FROM paper p JOIN paper_version v ON v.paper_id = p.id
         WHERE p.meeting_id = %s AND p.removed_at IS NULL ORDER BY p.id, v.number DESC
        """,
        (meeting_id,),
    )
    return dict(await cursor.fetchall())


async def titles(conn: Conn, ids: list[UUID]) -> dict[UUID, str]:
    """Of texts and papers."""
    cursor = await conn.execute(
        "SELECT id, title FROM document WHERE id = ANY(%(ids)s)"
        " UNION ALL SELECT id, title FROM paper WHERE id = ANY(%(ids)s)",
        {"ids": ids},
    )
    return dict(await cursor.fetchall())


# --- changes ---


async def note_change(
    conn: Conn, meeting_id: UUID, what: str, subject_id: UUID | None, title: str, by: UUID | None, at: datetime
) -> bool:
    """True for a change not noted before; a second change of the same thing only moves it."""
    cursor = await conn.execute(
        """
        INSERT INTO meeting_change AS c (meeting_id, what, subject_id, title, by, at) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (meeting_id, what, coalesce(subject_id, meeting_id)) WHERE told_at IS NULL
        DO UPDATE SET title = excluded.title, at = excluded.at, by = coalesce(excluded.by, c.by)
        RETURNING xmax = 0
        """,
        (meeting_id, what, subject_id, title, by, at),
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def waiting(conn: Conn, meeting_id: UUID) -> list[Change]:
    cursor = await conn.cursor(row_factory=class_row(Change)).execute(
        "SELECT c.what, c.subject_id, c.title, u.name AS by_name, c.at FROM meeting_change c"
        " LEFT JOIN app_user u ON u.id = c.by WHERE c.meeting_id = %s AND c.told_at IS NULL ORDER BY c.at, c.id",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def forget_change(conn: Conn, meeting_id: UUID, what: str, subject_id: UUID | None) -> None:
    """It is again as it was."""
    await conn.execute(
        "DELETE FROM meeting_change WHERE meeting_id = %s AND what = %s AND subject_id IS NOT DISTINCT FROM %s"
        " AND told_at IS NULL",
        (meeting_id, what, subject_id),
    )


async def mark_told(conn: Conn, meeting_id: UUID, at: datetime) -> int:
    cursor = await conn.execute(
        "UPDATE meeting_change SET told_at = %s WHERE meeting_id = %s AND told_at IS NULL", (at, meeting_id)
    )
    return cursor.rowcount


async def quiet_changes(conn: Conn, now: datetime, quiet: timedelta) -> list[UUID]:
    """Published meetings with changes nobody was told of, where nothing changed any more for so long."""
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT c.meeting_id FROM meeting_change c JOIN meeting m ON m.id = c.meeting_id"
        " WHERE c.told_at IS NULL AND m.state = 'published' GROUP BY c.meeting_id HAVING max(c.at) <= %s LIMIT 200",
        (now - quiet,),
    )
    return await cursor.fetchall()


async def watched(conn: Conn, document_ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    """(document, meeting) of those whose change matters: of an approved draft, or of a published meeting."""
    cursor = await conn.execute(
        "SELECT d.id, d.meeting_id FROM document d JOIN meeting m ON m.id = d.meeting_id WHERE d.id = ANY(%s)"
        " AND d.kind IN ('agenda', 'draft_resolution')"
        " AND (m.state = 'published' OR (m.state = 'draft' AND m.approval = 'approved'))",
        (document_ids,),
    )
    return await cursor.fetchall()


async def watched_meetings(conn: Conn, limit: int) -> list[UUID]:
    cursor = await conn.cursor(row_factory=scalar_row).execute(
        "SELECT id FROM meeting WHERE approved IS NOT NULL"
        " AND (state = 'published' OR (state = 'draft' AND approval = 'approved')) ORDER BY starts_at DESC LIMIT %s",
        (limit,),
    )
    return await cursor.fetchall()


# --- what lacks ---


async def items(conn: Conn, meeting_id: UUID) -> list[dict[str, Any]]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT i.id, i.title, i.presenter, i.minutes, i.kind, i.unit_id,
               row_number() OVER (ORDER BY i.position COLLATE "C", i.id)::int AS number,
               EXISTS (SELECT FROM document d WHERE d.agenda_item_id = i.id)
               OR EXISTS (SELECT FROM paper p WHERE p.agenda_item_id = i.id AND p.removed_at IS NULL) AS has_text
          FROM agenda_item i WHERE i.meeting_id = %s AND NOT i.removed ORDER BY i.position COLLATE "C", i.id
        """,
        (meeting_id,),
    )
    return await cursor.fetchall()


async def drafts(conn: Conn, meeting_id: UUID) -> list[dict[str, Any]]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT id, title, agenda_item_id FROM document WHERE meeting_id = %s AND kind = 'draft_resolution'"
        " ORDER BY created_at, id",
        (meeting_id,),
    )
    return await cursor.fetchall()


async def people(conn: Conn, meeting_id: UUID) -> dict[str, int]:
    cursor = await conn.execute(
        "SELECT role, count(*)::int FROM participant WHERE meeting_id = %s GROUP BY role", (meeting_id,)
    )
    return dict(await cursor.fetchall())


async def unanswered(conn: Conn, meeting_id: UUID) -> int:
    cursor = await conn.execute(
        "SELECT count(*) FROM opinion o WHERE o.meeting_id = %s AND o.kind = 'question' AND o.withdrawn_at IS NULL"
        " AND o.hidden_at IS NULL AND NOT o.in_sitting"
        " AND NOT EXISTS (SELECT FROM opinion_answer a WHERE a.opinion_id = o.id AND a.by <> o.by)",
        (meeting_id,),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
