"""Where the meeting is, and what is secret."""

from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_item, access_meeting
from hub.agenda import service
from hub.agenda.models import AgendaItem, CurrentItem, NewSecrecy, Pausing, Skipping
from hub.db import Work
from hub.meetings.queries import items
from hub.users.models import Me

TAGS = ["Agenda (chương trình)"]


@get("/api/meetings/{meeting_id:uuid}/items", tags=TAGS)
async def list_items(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[AgendaItem]:
    """In order. Screens read it again at ``agenda.changed``."""
    await access_meeting(work.conn, me, meeting_id)
    return await items(work.conn, meeting_id)


@post("/api/meetings/{meeting_id:uuid}/current-item", status_code=204, tags=TAGS)
async def start_item(
    meeting_id: FromPath[UUID], data: JSONBody[CurrentItem], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """To an item, for the first time or once more; null ends the one it is at. 409 while the sitting rests."""
    meeting = await access_meeting(work.conn, me, meeting_id, "run")
    await service.start_item(work, me, meeting, data.item_id)


@post("/api/agenda-items/{item_id:uuid}/skip", status_code=204, tags=TAGS)
async def skip_item(
    item_id: FromPath[UUID], data: JSONBody[Skipping], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """The meeting leaves it out; starting it takes that back."""
    item = await access_item(work.conn, me, item_id, "run")
    await service.skip_item(work, me, await access_meeting(work.conn, me, item.meeting_id), item_id, data.reason)


@post("/api/meetings/{meeting_id:uuid}/pause", status_code=204, tags=TAGS)
async def pause(
    meeting_id: FromPath[UUID], data: JSONBody[Pausing], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """The sitting rests: no item's time runs, none is started and no vote is opened. 409 while a vote is open."""
    await service.pause(work, me, await access_meeting(work.conn, me, meeting_id, "run"), data.reason)


@post("/api/meetings/{meeting_id:uuid}/resume", status_code=204, tags=TAGS)
async def resume(meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.resume(work, me, await access_meeting(work.conn, me, meeting_id, "run"))


@put("/api/agenda-items/{item_id:uuid}/secrecy", status_code=204, tags=TAGS)
async def mark_secrecy(
    item_id: FromPath[UUID], data: JSONBody[NewSecrecy], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    item = await access_item(work.conn, me, item_id, "manage")
    await service.mark_secrecy(work, me, item, data.secrecy)


handlers = [list_items, start_item, skip_item, pause, resume, mark_secrecy]
