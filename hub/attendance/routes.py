"""Checking in, and saying who is where, over HTTP."""

from urllib.parse import quote
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from hub.access import access_meeting
from hub.attendance import files, marking, service
from hub.attendance.models import (
    AttendanceRules,
    AttendanceSet,
    AttendanceSheet,
    CheckedIn,
    MyAttendance,
    MyCode,
    NewAttendance,
    TypedOrScanned,
)
from hub.attendance.sheet import sheet_for, sheet_of
from hub.db import Database, Work
from hub.exports.child import Press
from hub.installation import Installation
from hub.reception import Reception
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


@put("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}/attendance", tags=TAGS)
async def mark(
    meeting_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[NewAttendance],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> AttendanceSet:
    """Where somebody is, from when, for what reason. A correction is a fact too: what was told stays in the line."""
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    return await marking.mark(work, me, meeting, user_id, data)


@delete("/api/meetings/{meeting_id:uuid}/participants/{user_id:uuid}/attendance/{seq:int}", status_code=204, tags=TAGS)
async def take_back(
    meeting_id: FromPath[UUID],
    user_id: FromPath[UUID],
    seq: FromPath[int],
    me: NamedDependency[Me],
    work: NamedDependency[Work],
) -> None:
    """What was told of him by mistake; anybody may take back what he last said of himself. 409 nothing-to-undo."""
    meeting = await access_meeting(work.conn, me, meeting_id)
    await marking.undo(work, me, meeting, user_id, seq, by_desk=meeting.i_may.manage)


@put("/api/meetings/{meeting_id:uuid}/my-attendance", tags=TAGS)
async def mark_myself(
    meeting_id: FromPath[UUID], data: JSONBody[MyAttendance], me: NamedDependency[Me], work: NamedDependency[Work]
) -> AttendanceSet:
    """I follow online, where the meeting allows it; or I go."""
    return await marking.mark_myself(work, me, await access_meeting(work.conn, me, meeting_id), data)


@put("/api/meetings/{meeting_id:uuid}/attendance-rules", status_code=204, tags=TAGS)
async def set_rules(
    meeting_id: FromPath[UUID], data: JSONBody[AttendanceRules], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Whether following online is being present, and whom the quorum is counted from."""
    await marking.set_rules(work, me, await access_meeting(work.conn, me, meeting_id, "manage"), data)


@get("/api/meetings/{meeting_id:uuid}/attendance", tags=TAGS)
async def attendance_sheet(
    meeting_id: FromPath[UUID], me: NamedDependency[Me], reception: NamedDependency[Reception]
) -> AttendanceSheet:
    """Who was there when, for which item and for how long."""
    meeting, sheet = await reception.of_meeting(sheet_of, me, meeting_id)
    return sheet_for(me, meeting, sheet)


@get("/api/meetings/{meeting_id:uuid}/attendance/file", tags=TAGS)
async def attendance_file(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    press: NamedDependency[Press],
    form: FromQuery[files.ListForm] = "xlsx",
) -> Response[bytes]:
    """The list with numbers, times and why people are away, for who keeps it: Excel, CSV, PDF or Word."""
    async with db.work() as work:
        await work.of_one_moment()
        await access_meeting(work.conn, me, meeting_id, "manage")
        taken = await files.take(work, meeting_id)
    content = await files.file_of(taken, press, form)
    name = quote(f"{files.TITLE} {taken.title}.{form}", safe="")
    return Response(
        content,
        media_type=files.TYPES[form],
        headers={
            "content-disposition": f"attachment; filename=diem-danh.{form}; filename*=UTF-8''{name}",
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
        },
    )


handlers = [
    my_code,
    check_in,
    check_in_by_hand,
    undo,
    mark,
    take_back,
    mark_myself,
    set_rules,
    attendance_sheet,
    attendance_file,
]
