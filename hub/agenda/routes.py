"""Where the meeting is, and what is secret."""

from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_item, access_meeting
from hub.agenda import service
from hub.agenda.models import AgendaItem, CurrentItem, NewSecrecy
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
    meeting = await access_meeting(work.conn, me, meeting_id, "run")
    await service.start_item(work, me, meeting, data.item_id)


@put("/api/agenda-items/{item_id:uuid}/secrecy", status_code=204, tags=TAGS)
async def mark_secrecy(
    item_id: FromPath[UUID], data: JSONBody[NewSecrecy], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    item = await access_item(work.conn, me, item_id, "manage")
    await service.mark_secrecy(work, me, item, data.secrecy)


handlers = [list_items, start_item, mark_secrecy]
