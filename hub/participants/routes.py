"""The list of people over HTTP. Whoever prepares or leads the meeting changes it, until the meeting ends."""

from uuid import UUID

from litestar import delete, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_meeting
from hub.db import Work
from hub.participants import service
from hub.participants.models import ChangedParticipant, Invited
from hub.users.models import Me

TAGS = ["Participants (người dự họp)"]


@post("/api/meetings/{meeting_id:uuid}/participants", status_code=204, tags=TAGS)
async def invite(
    meeting_id: FromPath[UUID], data: JSONBody[Invited], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """People of the same commune join the list in one role. 400 two-roles when somebody has another already."""
    await service.invite(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data)


@patch("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}", status_code=204, tags=TAGS)
async def change(
    meeting_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[ChangedParticipant],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """Role, seat, and whether he votes. Who becomes the chair takes the place of the one before, now a delegate."""
    await service.change(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), user_id, data)


@delete("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}", status_code=204, tags=TAGS)
async def take_off(
    meeting_id: FromPath[UUID], user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Off the list: open screens, documents and microphone end at once. 409 chair-needed for the chair."""
    await service.take_off(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), user_id)


handlers = [invite, change, take_off]
