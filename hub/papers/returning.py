"""One paper that a unit handed in is returned to it with a reason; what stays is approved with the meeting."""

from uuid import UUID

from hub.access import access_paper
from hub.db import Work
from hub.meetings.models import WrongState
from hub.meetings.queries import state
from hub.notices.service import notify
from hub.papers.service import take_away
from hub.preparing import owing_queries, queries
from hub.preparing.models import ReturnReasonNeeded
from hub.users.models import Me


async def give_back(work: Work, me: Me, paper_id: UUID, reason: str) -> None:
    """By who prepares the meeting or approves it, before it begins. The paper is gone from every screen, the unit reads
    why and owes it again. What no unit handed in is nobody's to be given back to: 409 wrong-state."""
    paper = await access_paper(work.conn, me, paper_id, "give_back")
    await work.hold(paper.meeting_id)
    paper = await access_paper(work.conn, me, paper_id, "give_back")
    people = await owing_queries.who_handed_in(work.conn, paper_id)
    if not people or await state(work.conn, paper.meeting_id) not in ("draft", "published"):
        raise WrongState
    if not reason.strip():
        raise ReturnReasonNeeded
    said = f"{paper.title}: {reason.strip()}"
    await take_away(work, me, paper)
    await queries.log(work.conn, paper.meeting_id, "paper-returned", me.id, work.now, said)
    await notify(
        work, people, "paper_returned", paper.meeting_id, by=me.id, item_id=paper.item_id, thing_id=paper_id, words=said
    )
    preparers = await queries.preparers(work.conn, paper.meeting_id)
    if me.id not in preparers:  # the approver's doing, in a draft they take for whole
        told = f"Trả lại đơn vị: {said}"
        await notify(
            work, preparers, "paper_changed", paper.meeting_id, by=me.id, item_id=paper.item_id, thing_id=paper_id,
            words=told,
        )  # fmt: skip
