"""The list of who is here, as it is printed and handed over: people in three groups, how many of each are where.

A newcomer's trap: who sits for a member is a guest, as everywhere; he makes nobody of the body present.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.attendance.history import Stay, stays
from hub.attendance.models import PersonSheet
from hub.attendance.sheet import WholeSheet
from hub.attendance.states import PRESENT, Change, State
from hub.meetings.models import MeetingRole, Participant

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
ROLES: Final[dict[MeetingRole, str]] = {
    "chair": "Chủ trì",
    "secretary": "Thư ký",
    "delegate": "Đại biểu",
    "guest": "Khách mời",
}
STATES: Final[dict[State, str]] = {
    "room": "Có mặt tại phòng",
    "online": "Dự trực tuyến",
    "excused": "Vắng có lý do",
    "absent": "Vắng không lý do",
    "left": "Đã về",
    "unknown": "Chưa điểm danh",
}
MINUTE_MS: Final = 60_000


class Listed(NamedTuple):
    """``course``: where he was, from when. ``reason``: why he is away, by the desk or by what he answered."""

    name: str
    position: str
    unit: str
    role: str
    seat: str
    state: State
    came: bool
    course: str
    minutes: int
    reason: str
    remark: str


class Group(NamedTuple):
    name: str
    people: list[Listed]

    def count(self, *states: State) -> int:
        return sum(one.state in states for one in self.people)

    @property
    def came(self) -> int:
        """Were here at some time, also those who have gone."""
        return sum(one.came for one in self.people)


class AttendanceList(NamedTuple):
    groups: list[Group]

    @property
    def everybody(self) -> Group:
        return Group("Tổng cộng", [one for group in self.groups for one in group.people])


class Known(NamedTuple):
    """What a list is made of. ``units``: whose people they are; ``declined``: why they said that they do not come."""

    sheet: WholeSheet
    people: Sequence[Participant]
    units: Mapping[UUID, str]
    declined: Mapping[UUID, str]
    day: datetime
    """Of the meeting: what was on another is told with its date."""
    body: str
    """What its members are called."""


def list_of(known: Known) -> AttendanceList:
    told = {one.user_id: one for one in known.sheet.shown.people}
    names = {one.user_id: one.name for one in known.people}
    listed = [(one, _listed(known, one, told[one.user_id], names)) for one in known.people]
    groups = (
        Group(known.body, [said for one, said in listed if one.votes]),
        Group("Khách mời", [said for one, said in listed if one.role == "guest"]),
        Group("Người dự không biểu quyết", [said for one, said in listed if not one.votes and one.role != "guest"]),
    )
    return AttendanceList([group for group in groups if group.people])


def _listed(known: Known, one: Participant, told: PersonSheet, names: Mapping[UUID, str]) -> Listed:
    his = stays(_changes(told))
    if not his and one.since is not None and one.attendance != "unknown":
        his = [Stay(one.attendance, one.since, None)]  # of an old record, which kept no more
    here = any(stay.state in PRESENT for stay in his)
    remark = ROLES[one.role].lower() if one.role in ("chair", "secretary") else ""
    if one.substitute_for is not None:
        remark = f"dự thay {names.get(one.substitute_for, 'thành viên')}"
    return Listed(
        name=one.name,
        position=one.position,
        unit=known.units.get(one.user_id, ""),
        role=ROLES[one.role],
        seat=one.seat or "",
        state=one.attendance,
        came=here,
        course="; ".join(_stayed(stay, known.day) for stay in his),
        minutes=round(told.present_ms / MINUTE_MS),
        reason="" if one.attendance in PRESENT else _reason(known, told),
        remark=remark,
    )


def _changes(told: PersonSheet) -> Iterable[Change]:
    return (
        Change(
            seq=one.seq, user_id=told.user_id, state=one.state, since=one.since, told_at=one.told_at, how=one.how,
            by_id=one.by_id, item_id=one.item_id, undone_seq=one.seq if one.undone else None,
        )
        for one in told.changes
    )  # fmt: skip


def _stayed(stay: Stay, day: datetime) -> str:
    at, of_meeting = stay.since.astimezone(VIETNAM), day.astimezone(VIETNAM)
    hour = f"{at:%H:%M}" if at.date() == of_meeting.date() else f"{at:%H:%M} ngày {at:%d/%m/%Y}"
    if stay.state in (*PRESENT, "left"):
        return f"{STATES[stay.state].lower()} từ {hour}"
    return f"{STATES[stay.state].lower()} (ghi lúc {hour})"


def _reason(known: Known, told: PersonSheet) -> str:
    """Of where he is now, as it was last said; else what he answered to the invitation."""
    now = [one for one in told.changes if not one.undone and one.state == told.state]
    said = [known.sheet.reasons[one.seq] for one in now if one.seq in known.sheet.reasons]
    if said:
        return said[-1]
    return f"Báo vắng: {known.declined[told.user_id]}" if told.user_id in known.declined else ""
