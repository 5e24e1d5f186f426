"""Closing, the yearbook, and a meeting as one file."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.access import access_meeting
from hub.db import Database, Work
from hub.documents.service import Documents
from hub.minutes.facts import VIETNAM
from hub.users.models import Me
from hub.yearbook import closing, queries
from hub.yearbook.models import Closing, Ending, Yearbook

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
        export=None,
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


handlers = [ending, close_record, yearbook]
