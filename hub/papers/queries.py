"""SQL of papers, their versions, readers and kinds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.papers.models import Content, Paper, PaperKind, PaperReader, PaperVersion, Reading, TextPage

Conn = AsyncConnection[Any]

CONTENT: LiteralString = """
    f.sha256 AS c_sha256, f.size AS c_size, f.format AS c_format, f.state AS c_state, f.failure AS c_failure,
    f.pdf_sha256 IS NOT NULL AS c_has_pdf, f.pages AS c_pages
"""
# The newest version of each paper, and which of them this person has had and opened.
PAPERS: LiteralString = (
    """
    SELECT p.id, p.meeting_id, p.agenda_item_id AS item_id, p.kind_id, k.name AS kind, p.title, v.number, v.name,
           v.note, v.at, mine.opened, p.removed_at, p.of_conclusion,
           EXISTS (SELECT FROM paper_version w JOIN app_user u ON u.id = w.by
                    WHERE w.paper_id = p.id AND u.unit_id = i.unit_id) AS by_unit,
           """
    + CONTENT
    + """
      FROM paper p JOIN paper_kind k ON k.id = p.kind_id
      JOIN LATERAL (SELECT * FROM paper_version WHERE paper_id = p.id ORDER BY number DESC LIMIT 1) v ON true
      JOIN paper_file f ON f.sha256 = v.sha256
      LEFT JOIN agenda_item i ON i.id = p.agenda_item_id
      LEFT JOIN LATERAL (
          SELECT max(number) FILTER (WHERE opened_at IS NOT NULL) AS opened
            FROM paper_reader r WHERE r.paper_id = p.id AND r.user_id = %(me)s
      ) mine ON true
"""
)


def content_of(row: dict[str, Any]) -> Content:
    return Content(
        sha256=bytes(row["c_sha256"]).hex(),
        size=row["c_size"],
        format=row["c_format"],
        state=row["c_state"],
        failure=row["c_failure"],
        has_pdf=row["c_has_pdf"],
        pages=row["c_pages"],
    )


def reading(opened: int | None, newest: int) -> Reading:
    if opened is None:
        return "new"
    return "read" if opened >= newest else "changed"


def opened_by(papers: list[Paper], opened: Mapping[UUID, int]) -> list[Paper]:
    """``papers`` as somebody has them who opened these versions."""
    return [
        msgspec.structs.replace(paper, i_read=reading(opened[paper.id], paper.number)) if paper.id in opened else paper
        for paper in papers
    ]


def _paper(row: dict[str, Any]) -> Paper:
    return Paper(
        id=row["id"],
        meeting_id=row["meeting_id"],
        item_id=row["item_id"],
        kind_id=row["kind_id"],
        kind=row["kind"],
        title=row["title"],
        number=row["number"],
        name=row["name"],
        note=row["note"],
        at=row["at"],
        content=content_of(row),
        i_read=reading(row["opened"], row["number"]),
        by_unit=row["by_unit"],
        of_conclusion=row["of_conclusion"],
    )


# Of the meeting, in order, without those of an item that is secret now.
OF_MEETING: LiteralString = (
    PAPERS + " WHERE p.meeting_id = %(meeting)s AND p.removed_at IS NULL AND coalesce(i.secrecy, 'none') = 'none'"
    " ORDER BY k.position, p.position, p.made_at, p.id"
)
# The same for everybody: as somebody has them who opened none.
UNREAD: LiteralString = (
    "SELECT q.id, q.meeting_id, q.item_id, q.kind_id, q.kind, q.title, q.number, q.name, q.note, q.at,"
    " json_build_object('sha256', encode(q.c_sha256, 'hex'), 'size', q.c_size, 'format', q.c_format,"
    " 'state', q.c_state, 'failure', q.c_failure, 'has_pdf', q.c_has_pdf, 'pages', q.c_pages) AS content,"
    " 'new' AS i_read, q.by_unit, q.of_conclusion FROM (" + OF_MEETING.replace("%(me)s", "NULL::uuid") + ") q"
)
# By paper the newest version of it this person opened.
OPENED: LiteralString = """
    SELECT coalesce(json_object_agg(o.paper_id, o.number), '{}') AS opened FROM (
        SELECT r.paper_id, max(r.number) AS number FROM paper_reader r JOIN paper p ON p.id = r.paper_id
         WHERE p.meeting_id = %(meeting)s AND r.user_id = %(me)s AND r.opened_at IS NOT NULL GROUP BY r.paper_id) o
"""


async def papers(conn: Conn, meeting_id: UUID, user_id: UUID) -> list[Paper]:
    cursor = await conn.cursor(row_factory=dict_row).execute(OF_MEETING, {"meeting": meeting_id, "me": user_id})
    return [_paper(row) for row in await cursor.fetchall()]


async def papers_of_items(conn: Conn, item_ids: list[UUID], user_id: UUID) -> list[Paper]:
    """In order; whose items they are was asked before."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        PAPERS + " WHERE p.agenda_item_id = ANY(%(items)s) AND p.removed_at IS NULL"
        " ORDER BY k.position, p.position, p.made_at, p.id",
        {"items": item_ids, "me": user_id},
    )
    return [_paper(row) for row in await cursor.fetchall()]


async def paper(conn: Conn, paper_id: UUID, user_id: UUID) -> tuple[Paper, str] | None:
    """With the secrecy of its item. None also for one that was taken away."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT q.*, coalesce(i.secrecy, 'none') AS secrecy FROM ("
        + PAPERS
        + " WHERE p.id = %(paper)s AND p.removed_at IS NULL) q LEFT JOIN agenda_item i ON i.id = q.item_id",
        {"paper": paper_id, "me": user_id},
    )
    row = await cursor.fetchone()
    return (_paper(row), row["secrecy"]) if row else None


async def versions(conn: Conn, paper_id: UUID) -> list[PaperVersion]:
    """The newest first."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT v.number, v.name, v.note, v.at, u.name AS by_name, " + CONTENT + " FROM paper_version v"
        " JOIN app_user u ON u.id = v.by JOIN paper_file f ON f.sha256 = v.sha256"
        " WHERE v.paper_id = %s ORDER BY v.number DESC",
        (paper_id,),
    )
    return [
        PaperVersion(
            number=row["number"],
            name=row["name"],
            note=row["note"],
            at=row["at"],
            by_name=row["by_name"],
            content=content_of(row),
        )
        for row in await cursor.fetchall()
    ]


async def file_of(conn: Conn, paper_id: UUID, number: int) -> dict[str, Any] | None:
    """Name and content of one version: ``sha256``, ``size``, ``format``, ``pdf_sha256``, ``pdf_size``, ``state``."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT v.name, f.sha256, f.size, f.format, f.pdf_sha256, f.pdf_size, f.state"
        " FROM paper_version v JOIN paper_file f ON f.sha256 = v.sha256 WHERE v.paper_id = %s AND v.number = %s",
        (paper_id, number),
    )
    return await cursor.fetchone()


async def text(conn: Conn, sha256: bytes) -> list[TextPage]:
    cursor = await conn.cursor(row_factory=class_row(TextPage)).execute(
        "SELECT page, text FROM paper_text WHERE sha256 = %s ORDER BY page", (sha256,)
    )
    return await cursor.fetchall()


class PaperPage(msgspec.Struct, frozen=True):
    """One page of a paper's newest version, for an index."""

    paper_id: UUID
    number: int
    item_id: UUID | None
    title: str
    page: int
    text: str


async def texts_of_papers(conn: Conn, meeting_id: UUID) -> list[PaperPage]:
    """Nothing of a secret item. Whoever shows them asks ``access_paper`` for each: papers are for who takes part, not
    for everybody who may find the meeting."""
    cursor = await conn.cursor(row_factory=class_row(PaperPage)).execute(
        """
        SELECT p.id AS paper_id, v.number, p.agenda_item_id AS item_id, p.title, t.page, t.text
          FROM paper p
          JOIN LATERAL (SELECT number, sha256 FROM paper_version WHERE paper_id = p.id ORDER BY number DESC LIMIT 1) v
            ON true
          JOIN paper_text t ON t.sha256 = v.sha256
          LEFT JOIN agenda_item i ON i.id = p.agenda_item_id
         WHERE p.meeting_id = %s AND p.removed_at IS NULL AND coalesce(i.secrecy, 'none') = 'none'
         ORDER BY p.made_at, p.id, t.page
        """,
        (meeting_id,),
    )
    return await cursor.fetchall()


async def weight(conn: Conn, meeting_id: UUID) -> tuple[int, int]:
    """How many papers the meeting has, and the bytes of all their versions and of what is on its way."""
    cursor = await conn.execute(
        """
        SELECT (SELECT count(*) FROM paper WHERE meeting_id = %(meeting)s AND removed_at IS NULL)
                   + (SELECT count(*) FROM paper_upload WHERE meeting_id = %(meeting)s AND paper_id IS NULL
                        AND arrived IS NULL),
               (SELECT coalesce(sum(f.size), 0) FROM paper p JOIN paper_version v ON v.paper_id = p.id
                  JOIN paper_file f ON f.sha256 = v.sha256 WHERE p.meeting_id = %(meeting)s)
                   + (SELECT coalesce(sum(size), 0) FROM paper_upload
                        WHERE meeting_id = %(meeting)s AND arrived IS NULL)
        """,
        {"meeting": meeting_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def insert_paper(
    conn: Conn,
    meeting_id: UUID,
    item_id: UUID | None,
    kind_id: UUID,
    title: str,
    now: datetime,
    *,
    of_conclusion: bool,
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO paper (meeting_id, agenda_item_id, kind_id, title, made_at, of_conclusion, position) VALUES (%s,"
        " %s, %s, %s, %s, %s, (SELECT count(*) FROM paper WHERE meeting_id = %s)) RETURNING id",
        (meeting_id, item_id, kind_id, title, now, of_conclusion, meeting_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def hold_paper(conn: Conn, paper_id: UUID) -> None:
    """Who indexes it meanwhile sees the version that is there before, or the one that comes."""
    await conn.execute("SELECT 1 FROM paper WHERE id = %s FOR UPDATE", (paper_id,))


async def insert_version(
    conn: Conn, paper_id: UUID, sha256: bytes, name: str, note: str, by: UUID, now: datetime
) -> int:
    cursor = await conn.execute(
        "INSERT INTO paper_version (paper_id, number, sha256, name, note, by, at) VALUES (%(paper)s,"
        " 1 + (SELECT coalesce(max(number), 0) FROM paper_version WHERE paper_id = %(paper)s),"
        " %(sha)s, %(name)s, %(note)s, %(by)s, %(now)s) RETURNING number",
        {"paper": paper_id, "sha": sha256, "name": name, "note": note, "by": by, "now": now},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def update_paper(conn: Conn, paper_id: UUID, title: str, kind_id: UUID, item_id: UUID | None) -> None:
    """Moved to another item, or to the meeting, it stands with no conclusion any more."""
    await conn.execute(
        "UPDATE paper SET title = %(title)s, kind_id = %(kind)s, agenda_item_id = %(item)s,"
        " of_conclusion = of_conclusion AND agenda_item_id IS NOT DISTINCT FROM %(item)s WHERE id = %(paper)s",
        {"title": title, "kind": kind_id, "item": item_id, "paper": paper_id},
    )


async def remove_paper(conn: Conn, paper_id: UUID, now: datetime) -> None:
    await conn.execute("UPDATE paper SET removed_at = %s WHERE id = %s", (now, paper_id))


async def note_delivered(conn: Conn, listed: list[tuple[UUID, int]], user_id: UUID, now: datetime) -> None:
    """The first time counts."""
    await conn.execute(
        "INSERT INTO paper_reader (paper_id, number, user_id, delivered_at)"
        " SELECT paper, n, %s, %s FROM unnest(%s::uuid[], %s::int[]) AS listed (paper, n)"
        " WHERE NOT EXISTS (SELECT FROM paper_reader r WHERE r.paper_id = paper AND r.number = n AND r.user_id = %s)"
        " ON CONFLICT DO NOTHING",
        (user_id, now, [paper_id for paper_id, _ in listed], [number for _, number in listed], user_id),
    )


async def note_opened(conn: Conn, paper_id: UUID, number: int, user_id: UUID, now: datetime) -> None:
    """The first time counts."""
    await conn.execute(
        "INSERT INTO paper_reader (paper_id, number, user_id, delivered_at, opened_at)"
        " VALUES (%(paper)s, %(number)s, %(user)s, %(now)s, %(now)s) ON CONFLICT (paper_id, number, user_id)"
        " DO UPDATE SET opened_at = coalesce(paper_reader.opened_at, excluded.opened_at)",
        {"paper": paper_id, "number": number, "user": user_id, "now": now},
    )


async def openers(conn: Conn, paper_id: UUID) -> list[UUID]:
    """Who opened any version of it and still takes part."""
    cursor = await conn.execute(
        "SELECT DISTINCT r.user_id FROM paper_reader r JOIN paper p ON p.id = r.paper_id"
        " JOIN participant m ON m.meeting_id = p.meeting_id AND m.user_id = r.user_id"
        " WHERE r.paper_id = %s AND r.opened_at IS NOT NULL",
        (paper_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def readers(conn: Conn, meeting_id: UUID) -> list[PaperReader]:
    """A row for each participant and paper: when its newest version came and was opened, and the newest he opened."""
    cursor = await conn.cursor(row_factory=class_row(PaperReader)).execute(
        """
        SELECT p.id AS paper_id, m.user_id, r.delivered_at, r.opened_at, o.number AS opened_number
          FROM paper p JOIN participant m ON m.meeting_id = p.meeting_id
          JOIN LATERAL (SELECT max(number) AS number FROM paper_version WHERE paper_id = p.id) v ON true
          LEFT JOIN paper_reader r ON r.paper_id = p.id AND r.number = v.number AND r.user_id = m.user_id
          LEFT JOIN LATERAL (SELECT max(number) AS number FROM paper_reader
                              WHERE paper_id = p.id AND user_id = m.user_id AND opened_at IS NOT NULL) o ON true
         WHERE p.meeting_id = %s AND p.removed_at IS NULL ORDER BY p.id, m.position
        """,
        (meeting_id,),
    )
    return await cursor.fetchall()


async def kinds(conn: Conn, unit_id: UUID) -> list[PaperKind]:
    """Everybody's and the commune's."""
    cursor = await conn.cursor(row_factory=class_row(PaperKind)).execute(
        "SELECT id, name, position, retired, unit_id IS NOT NULL AS mine FROM paper_kind"
        " WHERE unit_id IS NULL OR unit_id = %s ORDER BY position, name, id",
        (unit_id,),
    )
    return await cursor.fetchall()


async def root_of(conn: Conn, unit_id: UUID) -> UUID:
    cursor = await conn.execute(
        "WITH RECURSIVE up AS (SELECT id, parent_id FROM unit WHERE id = %s"
        " UNION ALL SELECT p.id, p.parent_id FROM unit p JOIN up ON up.parent_id = p.id)"
        " SELECT id FROM up WHERE parent_id IS NULL",
        (unit_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def insert_kind(conn: Conn, unit_id: UUID, name: str, position: int) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO paper_kind (unit_id, name, position) VALUES (%s, %s, %s) RETURNING id", (unit_id, name, position)
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def update_kind(conn: Conn, kind_id: UUID, name: str, position: int) -> None:
    await conn.execute("UPDATE paper_kind SET name = %s, position = %s WHERE id = %s", (name, position, kind_id))


async def drop_kind(conn: Conn, kind_id: UUID) -> None:
    """One in use is only not offered any more."""
    await conn.execute(
        "UPDATE paper_kind SET retired = true WHERE id = %(kind)s"
        " AND (EXISTS (SELECT 1 FROM paper WHERE kind_id = %(kind)s)"
        " OR EXISTS (SELECT 1 FROM paper_upload WHERE kind_id = %(kind)s))",
        {"kind": kind_id},
    )
    await conn.execute("DELETE FROM paper_kind WHERE id = %s AND NOT retired", (kind_id,))
