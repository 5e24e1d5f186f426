"""Closing, the yearbook, and a meeting as one file."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from hub.access import access_meeting
from hub.db import Database, Work
from hub.documents.service import Documents
from hub.errors import NotFound
from hub.jobs import Jobs
from hub.minutes.facts import VIETNAM
from hub.users.models import Me
from hub.yearbook import closing, export_queries, exporting, queries
from hub.yearbook.models import Closing, Ending, Export, Yearbook

TAGS = ["Ending and yearbook (kết thúc, kỷ yếu)"]
ROWS = 500


@get("/api/meetings/{meeting_id:uuid}/ending", tags=TAGS)
async def ending(meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Ending:
    """For chair and secretary: what is to do before the record is closed, and what became of it."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    return Ending(
        state=meeting.summary.state,
        to_do=[] if meeting.state == "closed" else await closing.to_do(work, meeting),
        entry=await queries.entry(work.conn, meeting_id),
        export=await exporting.mine(work, me, meeting_id),
    )


@post("/api/meetings/{meeting_id:uuid}/close", status_code=204, tags=TAGS)
async def close_record(
    meeting_id: FromPath[UUID],
    data: JSONBody[Closing],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    documents: NamedDependency[Documents],
) -> None:
    """Freezes the record for good. What should be done before is left undone only with a reason, else 409."""
    await closing.close(db, documents, me, meeting_id, data.reason)


@get("/api/yearbook", tags=TAGS)
async def yearbook(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    year: Annotated[int | None, QueryParameter(ge=1900, le=3000)] = None,
    unit: FromQuery[UUID | None] = None,
) -> Yearbook:
    """Closed meetings of a year that one may see, in order; without a year the latest that has any."""
    years = await queries.years(work.conn, me)
    shown = year or next(iter(years), work.now.astimezone(VIETNAM).year)
    return Yearbook(
        year=shown,
        years=years,
        units=await queries.units(work.conn, me, shown),
        meetings=await queries.book(work.conn, me, shown, unit, ROWS),
    )


@post("/api/meetings/{meeting_id:uuid}/export", status_code=202, tags=TAGS)
async def begin_export(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], db: NamedDependency[Database], jobs: NamedDependency[Jobs]
) -> Export:
    """The whole meeting as one ZIP, made in a job; ask ``GET …/export`` how far it is. Only who manages the meeting."""
    async with db.work() as work:
        await work.hold((await access_meeting(work.conn, me, meeting_id, "manage")).id)
        export_id = await exporting.begin(work, me, await access_meeting(work.conn, me, meeting_id, "manage"))
    await jobs.defer_export(export_id)
    return await _mine(db, me, meeting_id)


@get("/api/meetings/{meeting_id:uuid}/export", tags=TAGS)
async def my_export(meeting_id: FromPath[UUID], me: NamedDependency[Me], db: NamedDependency[Database]) -> Export:
    """The one I began last, for a day."""
    return await _mine(db, me, meeting_id)


async def _mine(db: Database, me: Me, meeting_id: UUID) -> Export:
    async with db.work() as work:
        await access_meeting(work.conn, me, meeting_id, "manage")
        found = await exporting.mine(work, me, meeting_id)
    if found is None:
        raise NotFound
    return found


@get("/api/exports/{export_id:uuid}/file", tags=TAGS, media_type="application/zip")
async def export_file(export_id: FromPath[UUID], me: NamedDependency[Me], db: NamedDependency[Database]) -> Stream:
    """The finished file; 409 export-not-made before that."""
    async with db.work() as work:
        name, size = await exporting.made(work, me, export_id)
    return Stream(
        export_queries.parts(db, export_id),
        media_type="application/zip",
        headers={
            "content-length": str(size),
            "content-disposition": f"attachment; filename=phien-hop.zip; filename*=UTF-8''{quote(name, safe='')}",
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        },
    )


handlers = [ending, close_record, yearbook, begin_export, my_export, export_file]
