"""SQL of personal folders. Everything is asked with the person's id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.papers.models import OwnFolder
from hub.papers.queries import CONTENT

Conn = AsyncConnection[Any]


async def folders(conn: Conn, user_id: UUID) -> list[OwnFolder]:
    cursor = await conn.cursor(row_factory=class_row(OwnFolder)).execute(
        "SELECT id, name FROM own_folder WHERE user_id = %s ORDER BY name, id", (user_id,)
    )
    return await cursor.fetchall()


async def files(conn: Conn, user_id: UUID) -> list[dict[str, Any]]:
    """The newest first; a link has the content of its paper's newest version, none where the paper was taken away."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        """
        SELECT o.id, o.folder_id, o.name, o.at, o.paper_id, p.meeting_id, m.title AS meeting_title,
        """
        + CONTENT
        + """
          FROM own_file o LEFT JOIN paper p ON p.id = o.paper_id AND p.removed_at IS NULL
          LEFT JOIN meeting m ON m.id = p.meeting_id
          LEFT JOIN LATERAL (SELECT sha256 FROM paper_version WHERE paper_id = p.id ORDER BY number DESC LIMIT 1) v
            ON true
          LEFT JOIN paper_file f ON f.sha256 = coalesce(o.sha256, v.sha256)
         WHERE o.user_id = %s ORDER BY o.at DESC, o.id
        """,
        (user_id,),
    )
    return await cursor.fetchall()


async def used(conn: Conn, user_id: UUID) -> tuple[int, int]:
    """Files and bytes, with what is on its way. Links weigh nothing."""
    cursor = await conn.execute(
        """
        SELECT (SELECT count(*) FROM own_file WHERE user_id = %(user)s),
               (SELECT coalesce(sum(f.size), 0) FROM own_file o JOIN paper_file f ON f.sha256 = o.sha256
                 WHERE o.user_id = %(user)s)
               + (SELECT coalesce(sum(size), 0) FROM paper_upload
                   WHERE user_id = %(user)s AND meeting_id IS NULL AND arrived IS NULL)
        """,
        {"user": user_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def insert_file(
    conn: Conn,
    user_id: UUID,
    folder_id: UUID | None,
    name: str,
    sha256: bytes | None,
    paper_id: UUID | None,
    at: datetime,
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO own_file (user_id, folder_id, name, sha256, paper_id, at) VALUES (%s, %s, %s, %s, %s, %s)"
        " RETURNING id",
        (user_id, folder_id, name, sha256, paper_id, at),
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def link_of(conn: Conn, user_id: UUID, paper_id: UUID) -> UUID | None:
    cursor = await conn.execute("SELECT id FROM own_file WHERE user_id = %s AND paper_id = %s", (user_id, paper_id))
    row = await cursor.fetchone()
    return row[0] if row else None


async def file(conn: Conn, user_id: UUID, file_id: UUID) -> dict[str, Any] | None:
    """One with a content of its own has ``sha256`` and all of the file; a link only ``paper_id``."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT o.id, o.folder_id, o.name, o.at, o.paper_id, f.sha256, f.size, f.format, f.pdf_sha256, f.pdf_size,"
        " f.state, " + CONTENT + " FROM own_file o LEFT JOIN paper_file f ON f.sha256 = o.sha256"
        " WHERE o.id = %s AND o.user_id = %s",
        (file_id, user_id),
    )
    return await cursor.fetchone()


async def update_file(conn: Conn, file_id: UUID, name: str, folder_id: UUID | None) -> None:
    await conn.execute("UPDATE own_file SET name = %s, folder_id = %s WHERE id = %s", (name, folder_id, file_id))


async def drop_file(conn: Conn, user_id: UUID, file_id: UUID) -> bool:
    cursor = await conn.execute("DELETE FROM own_file WHERE id = %s AND user_id = %s", (file_id, user_id))
    return cursor.rowcount == 1


async def insert_folder(conn: Conn, user_id: UUID, name: str) -> UUID:
    cursor = await conn.execute("INSERT INTO own_folder (user_id, name) VALUES (%s, %s) RETURNING id", (user_id, name))
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def rename_folder(conn: Conn, folder_id: UUID, name: str) -> None:
    await conn.execute("UPDATE own_folder SET name = %s WHERE id = %s", (name, folder_id))


async def drop_folder(conn: Conn, folder_id: UUID) -> None:
    await conn.execute("DELETE FROM own_folder WHERE id = %s", (folder_id,))
