"""Questions and opinions before the meeting, and the exchange of views while it sits, over HTTP."""

import asyncio
from typing import Literal
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from hub.access import access_item, access_meeting
from hub.db import Work
from hub.errors import Forbidden
from hub.meetings.queries import items
from hub.opinions import exchanging, service, table
from hub.opinions.models import ChangedOpinion, Deadline, Hiding, NewAnswer, NewExchange, NewOpinion, Opinions
from hub.users.models import Me

TAGS = ["Opinions before the meeting (câu hỏi, ý kiến trước phiên họp)"]
EXCHANGE = ["Exchange of views in the sitting (trao đổi trong phiên họp)"]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@get("/api/meetings/{meeting_id:uuid}/opinions", tags=TAGS)
async def list_opinions(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    item_id: FromQuery[UUID | None] = None,
) -> Opinions:
    """Of the meeting or of one item, by theme and time; private ones only for whom they are."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    return await service.opinions_of(work, me, meeting, item_id)


@post("/api/meetings/{meeting_id:uuid}/opinions", tags=TAGS)
async def give_opinion(
    meeting_id: FromPath[UUID], data: JSONBody[NewOpinion], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Opinions:
    """Before the deadline. ``private``: for the secretaries and the unit that prepares the item, until the record is
    closed. ``in_sitting``: in the exchange of views, while that is open (409 exchange-closed). 409 secret-item for an
    item marked Mật."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    await service.give(work, me, meeting, data)
    return await service.opinions_of(work, me, meeting, data.item_id)


@put("/api/meetings/{meeting_id:uuid}/opinions/deadline", status_code=204, tags=TAGS)
async def set_deadline(
    meeting_id: FromPath[UUID], data: JSONBody[Deadline], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.set_deadline(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data.until)


@patch("/api/opinions/{opinion_id:uuid}", status_code=204, tags=TAGS)
async def change_opinion(
    opinion_id: FromPath[UUID], data: JSONBody[ChangedOpinion], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.change(work, me, opinion_id, data)


@delete("/api/opinions/{opinion_id:uuid}", status_code=204, tags=TAGS)
async def withdraw_opinion(opinion_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.withdraw(work, me, opinion_id)


@post("/api/opinions/{opinion_id:uuid}/answers", status_code=204, tags=TAGS)
async def answer_opinion(
    opinion_id: FromPath[UUID], data: JSONBody[NewAnswer], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.answer(work, me, opinion_id, data.text)


@put("/api/agenda-items/{item_id:uuid}/exchange", status_code=204, tags=EXCHANGE)
async def set_exchange(
    item_id: FromPath[UUID], data: JSONBody[NewExchange], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Opened and closed by chair or secretary while the meeting runs; it is closed until one of them opens it."""
    item = await access_item(work.conn, me, item_id, "run")
    meeting = await access_meeting(work.conn, me, item.meeting_id, "run")
    await exchanging.set_exchange(work, me, meeting, item, is_open=data.open)


@post("/api/opinions/{opinion_id:uuid}/hiding", status_code=204, tags=EXCHANGE)
async def hide_opinion(
    opinion_id: FromPath[UUID], data: JSONBody[Hiding], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """By chair or secretary, with a reason everybody reads; its author still sees his words."""
    await exchanging.hide(work, me, opinion_id, data.reason)


@delete("/api/opinions/{opinion_id:uuid}/hiding", status_code=204, tags=EXCHANGE)
async def show_opinion(opinion_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """It is shown again."""
    await exchanging.hide(work, me, opinion_id, None)


@post("/api/opinion-answers/{answer_id:uuid}/hiding", status_code=204, tags=EXCHANGE)
async def hide_opinion_answer(
    answer_id: FromPath[UUID], data: JSONBody[Hiding], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await exchanging.hide_answer(work, me, answer_id, data.reason)


@delete("/api/opinion-answers/{answer_id:uuid}/hiding", status_code=204, tags=EXCHANGE)
async def show_opinion_answer(answer_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await exchanging.hide_answer(work, me, answer_id, None)


@delete("/api/opinion-answers/{answer_id:uuid}", status_code=204, tags=EXCHANGE)
async def withdraw_opinion_answer(
    answer_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """By who wrote it."""
    await exchanging.withdraw_answer(work, me, answer_id)


@get("/api/meetings/{meeting_id:uuid}/opinions/table", tags=TAGS)
async def export_opinions(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    form: FromQuery[Literal["docx", "csv"]] = "docx",
) -> Response[bytes]:
    """What is on the record, by item and theme, for the chair and the secretary. Secret items are left out."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    if not meeting.i_may.manage:
        raise Forbidden
    found = await service.opinions_of(work, me, meeting)
    names = {one.id: f"{one.number}. {one.title}" for one in await items(work.conn, meeting_id) if not one.removed}
    given = [one for one in found.opinions if one.item_id in names]
    if form == "csv":
        content, media_type = table.as_csv(given, names), "text/csv; charset=utf-8"
    else:
        about = meeting.summary
        content = await asyncio.to_thread(table.as_docx, given, names, about.title, about.unit.name, work.now)
        media_type = WORD
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="y-kien.{form}"',
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        },
    )


handlers = [
    list_opinions,
    give_opinion,
    set_deadline,
    change_opinion,
    withdraw_opinion,
    answer_opinion,
    export_opinions,
    set_exchange,
    hide_opinion,
    show_opinion,
    hide_opinion_answer,
    show_opinion_answer,
    withdraw_opinion_answer,
]
