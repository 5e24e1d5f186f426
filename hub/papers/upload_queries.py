"""SQL of files on their way, of contents, and of what nobody refers to any more."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from hub.papers.models import Arrived, NewUpload

Conn = AsyncConnection[Any]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``paper_upload``."""

    id: UUID
    user_id: UUID
    meeting_id: UUID | None
    agenda_item_id: UUID | None
    paper_id: UUID | None
    kind_id: UUID | None
    folder_id: UUID | None
    title: str
    note: str
    name: str
    size: int
    sha256: bytes | None
    received: int
    finishing_at: datetime | None
    arrived: str | None
    of_conclusion: bool


async def hold_person(conn: Conn, user_id: UUID) -> None:
    """Whoever counts what a person has, counts alone."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('papers:' || %s, 0))", (str(user_id),))


async def count_of(conn: Conn, user_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM paper_upload WHERE user_id = %s AND arrived IS NULL", (user_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def insert(
    conn: Conn, user_id: UUID, new: NewUpload, meeting_id: UUID | None, item_id: UUID | None, now: datetime
) -> UUID:
    cursor = await conn.execute(
        "INSERT INTO paper_upload (user_id, meeting_id, agenda_item_id, paper_id, kind_id, folder_id, title, note,"
        " name, size, sha256, touched_at, of_conclusion)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            user_id, meeting_id, item_id, new.paper_id, new.kind_id, new.folder_id, new.title or new.name, new.note,
            new.name, new.size, bytes.fromhex(new.sha256) if new.sha256 else None, now, new.of_conclusion,
        ),
    )  # fmt: skip
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def held(conn: Conn, upload_id: UUID, user_id: UUID) -> Upload | None:
    """Its row, locked; nobody else's."""
    cursor = await conn.cursor(row_factory=class_row(Upload)).execute(
        "SELECT id, user_id, meeting_id, agenda_item_id, paper_id, kind_id, folder_id, title, note, name, size, sha256,"
        " received, finishing_at, arrived, of_conclusion FROM paper_upload WHERE id = %s AND user_id = %s FOR UPDATE",
        (upload_id, user_id),
    )
    return await cursor.fetchone()


async def note_received(conn: Conn, upload_id: UUID, received: int, now: datetime) -> None:
    await conn.execute(
        "UPDATE paper_upload SET received = %s, touched_at = %s WHERE id = %s", (received, now, upload_id)
    )


async def note_finishing(conn: Conn, upload_id: UUID, now: datetime | None) -> None:
    await conn.execute("UPDATE paper_upload SET finishing_at = %s WHERE id = %s", (now, upload_id))


async def note_arrived(conn: Conn, upload_id: UUID, arrived: Arrived) -> None:
    """Kept until it is swept, for who did not hear the answer."""
    said = msgspec.json.encode(arrived).decode()
    await conn.execute("UPDATE paper_upload SET arrived = %s WHERE id = %s", (said, upload_id))


async def drop(conn: Conn, upload_id: UUID) -> None:
    await conn.execute("DELETE FROM paper_upload WHERE id = %s", (upload_id,))


async def abandoned(conn: Conn, before: datetime, limit: int) -> list[UUID]:
    cursor = await conn.execute(
        "DELETE FROM paper_upload WHERE id IN (SELECT id FROM paper_upload WHERE touched_at < %s ORDER BY touched_at"
        " LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id",
        (before, limit),
    )
    return [row[0] for row in await cursor.fetchall()]


async def known_uploads(conn: Conn, ids: list[UUID]) -> set[UUID]:
    cursor = await conn.execute("SELECT id FROM paper_upload WHERE id = ANY(%s)", (ids,))
    return {row[0] for row in await cursor.fetchall()}


async def hold_content(conn: Conn, sha256: bytes) -> None:
    """Between putting a content in place and referring to it, nobody may sweep it, and the other way round."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (sha256.hex(),))


async def insert_content(conn: Conn, sha256: bytes, size: int, format_: str, state: str, now: datetime) -> bool:
    """False where the content is known already."""
    cursor = await conn.execute(
        "INSERT INTO paper_file (sha256, size, format, state, at) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (sha256, size, format_, state, now),
    )
    return cursor.rowcount == 1


async def unreferred(conn: Conn, before: datetime, limit: int) -> list[tuple[bytes, bytes | None]]:
    cursor = await conn.execute(
        "SELECT sha256, pdf_sha256 FROM paper_file f WHERE at < %s"
        " AND NOT EXISTS (SELECT 1 FROM paper_version v WHERE v.sha256 = f.sha256)"
        " AND NOT EXISTS (SELECT 1 FROM own_file o WHERE o.sha256 = f.sha256) LIMIT %s",
        (before, limit),
    )
    return [(bytes(row[0]), bytes(row[1]) if row[1] else None) for row in await cursor.fetchall()]


async def forget_content(conn: Conn, sha256: bytes) -> bool:
    """False where somebody refers to it again."""
    cursor = await conn.execute(
        "DELETE FROM paper_file f WHERE sha256 = %s"
        " AND NOT EXISTS (SELECT 1 FROM paper_version v WHERE v.sha256 = f.sha256)"
        " AND NOT EXISTS (SELECT 1 FROM own_file o WHERE o.sha256 = f.sha256)",
        (sha256,),
    )
    return cursor.rowcount == 1


async def is_content(conn: Conn, sha256: bytes) -> bool:
    """As a file that was uploaded, or as what another was converted to."""
    cursor = await conn.execute(
        "SELECT 1 FROM paper_file WHERE sha256 = %(sha)s OR pdf_sha256 = %(sha)s LIMIT 1", {"sha": sha256}
    )
    return await cursor.fetchone() is not None


async def waiting(conn: Conn, limit: int) -> list[bytes]:
    cursor = await conn.execute(
        "SELECT sha256 FROM paper_file WHERE state = 'waiting' ORDER BY at, sha256 LIMIT %s", (limit,)
    )
    return [bytes(row[0]) for row in await cursor.fetchall()]


async def begin_preparing(conn: Conn, sha256: bytes) -> tuple[str, int] | None:
    """Format and how often it was tried, this time counted. None where nothing is to be done."""
    cursor = await conn.execute(
        "UPDATE paper_file SET tries = tries + 1 WHERE sha256 = %s AND state = 'waiting' RETURNING format, tries",
        (sha256,),
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def note_prepared(
    conn: Conn, sha256: bytes, state: str, failure: str | None, pages: int | None, pdf: tuple[bytes, int] | None
) -> None:
    await conn.execute(
        "UPDATE paper_file SET state = %s, failure = %s, pages = %s, pdf_sha256 = %s, pdf_size = %s WHERE sha256 = %s",
        (state, failure, pages, pdf[0] if pdf else None, pdf[1] if pdf else None, sha256),
    )


async def put_text(conn: Conn, sha256: bytes, pages: list[str]) -> None:
    await conn.execute("DELETE FROM paper_text WHERE sha256 = %s", (sha256,))
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO paper_text (sha256, page, text) VALUES (%s, %s, %s)",
            [(sha256, number, text) for number, text in enumerate(pages, 1)],
        )
