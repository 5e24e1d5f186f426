"""Checking in over HTTP."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub.access import access_meeting
from hub.attendance import service
from hub.attendance.models import CheckedIn, MyCode, TypedOrScanned
from hub.db import Database, Work
from hub.installation import Installation
from hub.users.models import Me

TAGS = ["Attendance (điểm danh)"]


@get("/api/meetings/{meeting_id:uuid}/my-code", tags=TAGS)
async def my_code(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    installation: NamedDependency[Installation],
) -> MyCode:
    """The QR and the typed code with which I am checked in, good for one day."""
    return await service.my_code(work, me, await access_meeting(work.conn, me, meeting_id), installation)


@post("/api/meetings/{meeting_id:uuid}/check-in", status_code=200, tags=TAGS)
async def check_in(
    meeting_id: FromPath[UUID],
    data: JSONBody[TypedOrScanned],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    installation: NamedDependency[Installation],
) -> CheckedIn:
    """For the check-in desk. 409 says in its code what is wrong: unknown, expired, of another meeting."""
    return await service.check_in_by_code(db, me, meeting_id, installation, data.code)


@post("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}/check-in", status_code=200, tags=TAGS)
async def check_in_by_hand(
    meeting_id: FromPath[UUID], user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> CheckedIn:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    return await service.check_in_by_hand(work, me, meeting, user_id)


@delete("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}/check-in", status_code=204, tags=TAGS)
async def undo(
    meeting_id: FromPath[UUID], user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    await service.undo_check_in(work, me, meeting, user_id)


handlers = [my_code, check_in, check_in_by_hand, undo]
