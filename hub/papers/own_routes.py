"""Personal folders over HTTP. Nothing here asks for anybody but ``me``."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.db import Database, Work
from hub.papers import own, service
from hub.papers.models import ChangedOwnFile, NewOwnFolder, NewOwnLink, OwnFile, OwnFiles, OwnFolder, PaperText
from hub.papers.routes import as_answer
from hub.papers.store import PaperStore
from hub.users.models import Me

TAGS = ["My files (tài liệu cá nhân)"]


@get("/api/me/files", tags=TAGS)
async def list_my_files(me: NamedDependency[Me], work: NamedDependency[Work]) -> OwnFiles:
    return await own.files(work, me)


@post("/api/me/files", status_code=204, tags=TAGS)
async def link_to_paper(data: JSONBody[NewOwnLink], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """A paper of a meeting among my own, with my notes on it. A file of my own is uploaded (``/api/paper-uploads``)."""
    await own.link(work, me, data)


@get("/api/me/files/{file_id:uuid}", tags=TAGS)
async def get_my_file(file_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> OwnFile:
    return await own.file(work, me, file_id)


@patch("/api/me/files/{file_id:uuid}", status_code=204, tags=TAGS)
async def change_my_file(
    file_id: FromPath[UUID], data: JSONBody[ChangedOwnFile], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await own.change(work, me, file_id, data)


@delete("/api/me/files/{file_id:uuid}", tags=TAGS)
async def drop_my_file(file_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await own.drop(work, me, file_id)


@get("/api/me/files/{file_id:uuid}/text", tags=TAGS)
async def read_my_file_text(file_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> PaperText:
    return await own.text_of(work, me, file_id)


@get("/api/me/files/{file_id:uuid}/{form:str}", tags=TAGS)
async def download_my_file(
    file_id: FromPath[UUID],
    form: FromPath[str],
    request: Request[Any, Any, Any],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    store: NamedDependency[PaperStore],
) -> Response[Any]:
    """``file`` or ``pdf``, as of papers."""
    async with db.work() as work:
        file = service.chosen(await own.file_row(work, me, file_id), form)
    return as_answer(store, file, request)


@post("/api/me/folders", tags=TAGS)
async def add_my_folder(
    data: JSONBody[NewOwnFolder], me: NamedDependency[Me], work: NamedDependency[Work]
) -> OwnFolder:
    return await own.add_folder(work, me, data.name)


@put("/api/me/folders/{folder_id:uuid}", status_code=204, tags=TAGS)
async def rename_my_folder(
    folder_id: FromPath[UUID], data: JSONBody[NewOwnFolder], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await own.rename_folder(work, me, folder_id, data.name)


@delete("/api/me/folders/{folder_id:uuid}", tags=TAGS)
async def drop_my_folder(folder_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """An empty one."""
    await own.drop_folder(work, me, folder_id)


handlers: list[Any] = [
    list_my_files,
    link_to_paper,
    get_my_file,
    change_my_file,
    drop_my_file,
    read_my_file_text,
    download_my_file,
    add_my_folder,
    rename_my_folder,
    drop_my_folder,
]
