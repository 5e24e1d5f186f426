"""Moving through the agenda, and marking an item secret."""

from uuid import UUID

from hub.access import SeenMeeting
from hub.agenda import queries
from hub.agenda.models import AgendaItem, AgendaItemSecrecyChanged, AgendaItemStarted, Secrecy
from hub.db import Work
from hub.errors import NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.search.index import forget_item
from hub.users.models import Me


async def start_item(work: Work, me: Me, meeting: SeenMeeting, item_id: UUID | None) -> None:
    """The meeting moves to the item, or to none. Only while it runs."""
    await work.hold(meeting.id)
    if meeting.state != "running":
        raise WrongState
    if item_id is not None:
        known = {item.id for item in await items(work.conn, meeting.id) if not item.removed}
        if item_id not in known:
            raise NotFound
    await queries.set_current(work.conn, meeting.id, item_id)
    await work.tell(meeting.id, AgendaItemStarted(item_id, me.id))


async def mark_secrecy(work: Work, me: Me, item: AgendaItem, secrecy: Secrecy) -> None:
    """From now on a secret item refuses upload, captions, projector, search and export."""
    await work.hold(item.meeting_id)
    await queries.set_secrecy(work.conn, item.id, secrecy)
    if secrecy != "none":
        await forget_item(work.conn, item.id)
    await work.tell(item.meeting_id, AgendaItemSecrecyChanged(item.id, secrecy, me.id))
