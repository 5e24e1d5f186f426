"""Conclusions, and what the minutes say by themselves."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_document, access_item, access_meeting
from hub.db import Database, Work
from hub.errors import Forbidden
from hub.exports.nodes import to_nodes
from hub.meetings.models import WrongState
from hub.minutes import queries, service
from hub.minutes.facts import rendered
from hub.minutes.keeping import Minutes
from hub.minutes.models import Confirming, FactShown, MinutesFacts, NewConclusion, Returning
from hub.users.models import Me

TAGS = ["Conclusions and minutes (kết luận, biên bản)"]


@put("/api/agenda-items/{item_id:uuid}/conclusion", status_code=204, tags=TAGS)
async def write_conclusion(
    item_id: FromPath[UUID], data: JSONBody[NewConclusion], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """By secretary or chair, until the record is closed. Another wording is confirmed again."""
    item = await access_item(work.conn, me, item_id, "run")
    await service.write(work, me, await access_meeting(work.conn, me, item.meeting_id, "run"), item, data.text)


@delete("/api/agenda-items/{item_id:uuid}/conclusion", status_code=204, tags=TAGS)
async def remove_conclusion(item_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """What the chair has confirmed, only he takes back."""
    item = await access_item(work.conn, me, item_id, "run")
    await service.remove(work, me, await access_meeting(work.conn, me, item.meeting_id, "run"), item)


@post("/api/agenda-items/{item_id:uuid}/conclusion/confirm", status_code=204, tags=TAGS)
async def confirm_conclusion(
    item_id: FromPath[UUID], data: JSONBody[Confirming], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """By the chair: the wording he has read, or 409 conclusion-changed."""
    item = await access_item(work.conn, me, item_id, "run")
    await service.confirm(work, me, await access_meeting(work.conn, me, item.meeting_id, "run"), item, data.written)


@post("/api/agenda-items/{item_id:uuid}/conclusion/return", status_code=204, tags=TAGS)
async def return_conclusion(
    item_id: FromPath[UUID], data: JSONBody[Returning], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """By the chair, with a word of what should be changed."""
    item = await access_item(work.conn, me, item_id, "run")
    meeting = await access_meeting(work.conn, me, item.meeting_id, "run")
    await service.give_back(work, me, meeting, item, data.written, data.remark)


@get("/api/meetings/{meeting_id:uuid}/minutes/facts", tags=TAGS)
async def minutes_facts(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> MinutesFacts:
    """What the blocks in the minutes say now, and which there are to put in."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    document_id = await queries.minutes_of(work.conn, meeting_id)
    return MinutesFacts(
        seq=meeting.seq,
        document_id=document_id,
        framed=queries.SKELETON in await queries.laid(work.conn, document_id),
        facts=[
            FactShown(kind=one.kind, ref=one.ref, label=one.label, nodes=to_nodes(one.blocks, {}))
            for one in await rendered(work.conn, meeting_id)
        ],
    )


@post("/api/meetings/{meeting_id:uuid}/minutes/frame", status_code=204, tags=TAGS)
async def lay_frame(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    minutes: NamedDependency[Minutes],
) -> None:
    """The frame of form 1.9, after what is written; from now on the minutes fill themselves. Once it has begun."""
    async with db.work() as work:
        meeting = await access_meeting(work.conn, me, meeting_id, "run")
        if meeting.state not in ("running", "ended"):
            raise WrongState
        document = await access_document(work.conn, me, await queries.minutes_of(work.conn, meeting_id))
        if document.right != "write":
            raise Forbidden
    await minutes.fill(meeting_id, asked=True)


handlers = [write_conclusion, remove_conclusion, confirm_conclusion, return_conclusion, minutes_facts, lay_frame]
