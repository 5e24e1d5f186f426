"""Personal folders: files only I see, and links to papers of meetings. 500 MB of files; a link weighs nothing."""

from typing import Any
from uuid import UUID

from msgspec import UnsetType
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from hub.access import access_paper
from hub.db import Work
from hub.errors import NotFound, Refusal
from hub.papers import own_queries, queries
from hub.papers.models import (
    OWN_BYTES,
    OWN_FILES,
    OWN_FOLDERS,
    ChangedOwnFile,
    FolderNotEmpty,
    NameTaken,
    NewOwnLink,
    OwnFile,
    OwnFiles,
    OwnFolder,
    OwnFull,
    PaperText,
)
from hub.papers.upload_queries import hold_person
from hub.users.models import Me


async def room_for(work: Work, me: Me, size: int, folder_id: UUID | None) -> None:
    """Raises OwnFull. Called with the person held, so that two files do not take the same room."""
    await _folder(work, me, folder_id)
    count, used = await own_queries.used(work.conn, me.id)
    if count >= OWN_FILES or used + size > OWN_BYTES:
        raise OwnFull


async def _folder(work: Work, me: Me, folder_id: UUID | None) -> None:
    if folder_id is not None and all(folder.id != folder_id for folder in await own_queries.folders(work.conn, me.id)):
        raise NotFound


async def files(work: Work, me: Me) -> OwnFiles:
    rows = await own_queries.files(work.conn, me.id)
    _, used = await own_queries.used(work.conn, me.id)
    readable = {row["paper_id"]: await _may_read(work, me, row["paper_id"]) for row in rows if row["paper_id"]}
    return OwnFiles(
        folders=await own_queries.folders(work.conn, me.id),
        files=[_shown(row, readable.get(row["paper_id"], True)) for row in rows],
        used=used,
    )


async def _may_read(work: Work, me: Me, paper_id: UUID) -> bool:
    try:
        await access_paper(work.conn, me, paper_id)
    except Refusal:
        return False
    return True


def _shown(row: dict[str, Any], readable: bool) -> OwnFile:
    seen = readable and row["c_sha256"] is not None
    return OwnFile(
        id=row["id"],
        folder_id=row["folder_id"],
        name=row["name"],
        at=row["at"],
        content=queries.content_of(row) if seen else None,
        paper_id=row["paper_id"],
        meeting_id=row.get("meeting_id") if seen else None,
        meeting_title=row.get("meeting_title") if seen else None,
    )


async def file_row(work: Work, me: Me, file_id: UUID) -> dict[str, Any]:
    """With a content of its own; a link is read as the paper it leads to."""
    row = await own_queries.file(work.conn, me.id, file_id)
    if row is None or row["sha256"] is None:
        raise NotFound
    return row


async def file(work: Work, me: Me, file_id: UUID) -> OwnFile:
    return _shown(await file_row(work, me, file_id), True)


async def text_of(work: Work, me: Me, file_id: UUID) -> PaperText:
    row = await file_row(work, me, file_id)
    return PaperText(row["state"], await queries.text(work.conn, row["sha256"]))


async def link(work: Work, me: Me, new: NewOwnLink) -> UUID:
    """A second time it is the same link."""
    paper = await access_paper(work.conn, me, new.paper_id)
    await hold_person(work.conn, me.id)
    if (there := await own_queries.link_of(work.conn, me.id, paper.id)) is not None:
        return there
    await room_for(work, me, 0, new.folder_id)
    return await own_queries.insert_file(work.conn, me.id, new.folder_id, paper.title, None, paper.id, work.now)


async def change(work: Work, me: Me, file_id: UUID, changed: ChangedOwnFile) -> None:
    row = await own_queries.file(work.conn, me.id, file_id)
    if row is None:
        raise NotFound
    name = row["name"] if isinstance(changed.name, UnsetType) else changed.name
    folder_id = row["folder_id"] if isinstance(changed.folder_id, UnsetType) else changed.folder_id
    await _folder(work, me, folder_id)
    await own_queries.update_file(work.conn, file_id, name, folder_id)


async def drop(work: Work, me: Me, file_id: UUID) -> None:
    """The content itself is swept later, where nobody else has it."""
    if not await own_queries.drop_file(work.conn, me.id, file_id):
        raise NotFound


async def add_folder(work: Work, me: Me, name: str) -> OwnFolder:
    await hold_person(work.conn, me.id)
    if len(await own_queries.folders(work.conn, me.id)) >= OWN_FOLDERS:
        raise OwnFull
    try:
        return OwnFolder(await own_queries.insert_folder(work.conn, me.id, name), name)
    except UniqueViolation:
        raise NameTaken from None


async def rename_folder(work: Work, me: Me, folder_id: UUID, name: str) -> None:
    await _folder(work, me, folder_id)
    try:
        await own_queries.rename_folder(work.conn, folder_id, name)
    except UniqueViolation:
        raise NameTaken from None


async def drop_folder(work: Work, me: Me, folder_id: UUID) -> None:
    await _folder(work, me, folder_id)
    try:
        await own_queries.drop_folder(work.conn, folder_id)
    except ForeignKeyViolation:
        raise FolderNotEmpty from None
