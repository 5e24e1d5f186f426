"""Who hears of a paper that a unit handed in: who prepares the meeting, that it came; the unit, that it was approved.
Why one was returned is said where it is done (`hub/papers/returning.py`).
"""

from uuid import UUID

from hub.db import Work
from hub.notices.service import notify
from hub.preparing import owing_queries as rows
from hub.preparing import queries
from hub.users.models import Me


async def tell_handed_in(
    work: Work, me: Me, meeting_id: UUID, item_id: UUID | None, paper_id: UUID, title: str
) -> None:
    """Before the meeting begins, of an item my unit prepares. What I prepare myself I tell nobody."""
    preparers = await queries.preparers(work.conn, meeting_id)
    if me.id in preparers or not await rows.prepared_papers(work.conn, me, [paper_id]):
        return
    await notify(
        work, preparers, "paper_submitted", meeting_id, by=me.id, item_id=item_id, thing_id=paper_id, words=title,
        merge=True,
    )  # fmt: skip


async def tell_approved(work: Work, me: Me, meeting_id: UUID) -> None:
    """Who handed something in, item by item."""
    for item_id, titles, people in await rows.handed_in(work.conn, meeting_id):
        await notify(
            work, people, "paper_approved", meeting_id, by=me.id, item_id=item_id, words=", ".join(titles), merge=True
        )
