"""The list of who is here as a file: a workbook and CSV to count on with, PDF and Word to print and sign."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from hub.attendance import queries
from hub.attendance.listing import STATES, VIETNAM, AttendanceList, Group, Known, Listed, list_of
from hub.attendance.sheet import sheet_of
from hub.attendance.states import PRESENT
from hub.db import Work
from hub.documents.structure import Block, Cell, Heading, Paragraph, Words
from hub.documents.structure import Table as Grid
from hub.exports import letterhead
from hub.exports import queries as export_queries
from hub.exports.child import Press
from hub.exports.messages import Printed, PrintJob
from hub.exports.models import ExportFailed
from hub.exports.sheet import Grid as LaidGrid
from hub.exports.sheet import Head, Laid, Sheet, lay_out
from hub.exports.spreadsheet import XLSX, Table, xlsx_of
from hub.suggestions.table import csv_of, moment

ListForm = Literal["xlsx", "csv", "pdf", "docx"]
TYPES: Final[dict[ListForm, str]] = {
    "xlsx": XLSX,
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
TITLE: Final = "Danh sách điểm danh"
HEADINGS: Final = (
    "STT",
    "Họ và tên",
    "Chức vụ",
    "Đơn vị",
    "Nhóm",
    "Vai trò",
    "Ghế",
    "Tình trạng",
    "Diễn biến",
    "Số phút có mặt",
    "Lý do vắng",
    "Ghi chú",
)
WIDTHS: Final = (6, 28, 28, 30, 20, 12, 8, 20, 44, 12, 32, 20)
PRINTED: Final = ("TT", "Họ và tên", "Chức vụ, đơn vị", "Có mặt, vắng mặt", "Lý do, ghi chú")
PRINTED_MM: Final = (12, 36, 42, 40, 30)


class Taken(msgspec.Struct, frozen=True):
    """The list as of one moment, and what stands around it on paper."""

    title: str
    listed: AttendanceList
    occasion: export_queries.Occasion
    office: letterhead.Office
    chair: letterhead.Signatory | None
    secretary: letterhead.Signatory | None
    at: datetime


async def take(work: Work, meeting_id: UUID) -> Taken:
    """Who asks may see why people are away: of that nothing is left out here."""
    sheet = await sheet_of(work, meeting_id)
    rest = await queries.list_rows(work.conn, meeting_id)
    occasion = await export_queries.occasion(work.conn, meeting_id)
    body = "Đại biểu" if rest.kind == "council" else "Thành viên"
    known = Known(sheet, rest.people, rest.units, rest.declined, occasion.starts_at, body)
    return Taken(
        title=occasion.title,
        listed=list_of(known),
        occasion=occasion,
        office=await export_queries.office(work.conn, occasion.unit_id),
        chair=await export_queries.signatory(work.conn, meeting_id, "chair"),
        secretary=await export_queries.signatory(work.conn, meeting_id, "secretary"),
        at=work.now,
    )


async def file_of(taken: Taken, press: Press, form: ListForm) -> bytes:
    """Called when no connection is held: a page is typeset by a child."""
    if form == "csv":
        return csv_of(HEADINGS, [[str(cell) for cell in row] for row in rows(taken.listed)])
    if form == "xlsx":
        return workbook(taken)
    answer = await press.do(PrintJob(form, page(taken), {}))
    if not isinstance(answer, Printed):
        raise ExportFailed
    return answer.content


def rows(listed: AttendanceList) -> list[tuple[str | int, ...]]:
    people = [(group, one) for group in listed.groups for one in group.people]
    return [
        (
            number,
            one.name,
            one.position,
            one.unit,
            group.name,
            one.role,
            one.seat,
            STATES[one.state],
            one.course,
            one.minutes,
            one.reason,
            one.remark,
        )
        for number, (group, one) in enumerate(people, 1)
    ]


def workbook(taken: Taken) -> bytes:
    counted = [*taken.listed.groups, taken.listed.everybody]
    numbers = Table("Tổng hợp", ["", *(group.name for group in counted)], [30, *([18] * len(counted))], counts(counted))
    return xlsx_of([Table(TITLE, HEADINGS, WIDTHS, rows(taken.listed)), numbers], taken.at.astimezone(VIETNAM))


def counts(groups: Sequence[Group]) -> list[list[str | int]]:
    """How many of each group are where: a row a state, and who came at all."""
    found: list[list[str | int]] = [["Trong danh sách", *(len(group.people) for group in groups)]]
    found += [[words, *(group.count(state) for group in groups)] for state, words in STATES.items()]
    return [*found, ["Đã đến dự (kể cả đã về)", *(group.came for group in groups)]]


def page(taken: Taken) -> Sheet:
    """Under the unit's head and over two signatures, as minutes are; with the head of the chain it was drawn from."""
    usual = letterhead.head_of(taken.office, "minutes", taken.at, None)
    begins = taken.occasion.starts_at.astimezone(VIETNAM)
    listed = taken.listed
    words: list[Block] = [
        Heading(1, [Words(TITLE.upper())]),
        Heading(2, [Words(taken.title)]),
        _line("Thời gian họp", f"{begins:%H} giờ {begins:%M}, {letterhead.dated(begins)}"),
        _line("Lập danh sách lúc", moment(taken.at)),
        *(_line(group.name, _numbers(group)) for group in listed.groups),
        Grid([[_cell(words, header=True) for words in PRINTED], *_printed(listed)]),
    ]
    return Sheet(
        title=f"{TITLE} {taken.title}",
        author=taken.office.name,
        date=_clock(taken.at),
        head=Head(usual.parent, usual.issuer, "", draft=False, dated=None),
        blocks=[_with_widths(block) for block in lay_out(words)],
        foot=letterhead.foot_of(taken.office, "minutes", [], taken.chair, taken.secretary),
        mark=letterhead.chain_mark(taken.occasion.seq, taken.occasion.head),
    )


def _with_widths(block: Laid) -> Laid:
    return msgspec.structs.replace(block, widths=list(PRINTED_MM)) if isinstance(block, LaidGrid) else block


def _numbers(group: Group) -> str:
    """ "có mặt 12/20 (tại phòng 10, trực tuyến 2); vắng có lý do 3; đã về 1"."""
    said = [f"có mặt {group.count(*PRESENT)}/{len(group.people)}"]
    if online := group.count("online"):
        said[0] += f" (tại phòng {group.count('room')}, trực tuyến {online})"
    said += [
        f"{STATES[state].lower()} {group.count(state)}"
        for state in ("excused", "absent", "left", "unknown")
        if group.count(state)
    ]
    return "; ".join(said) + "."


def _printed(listed: AttendanceList) -> list[list[Cell]]:
    found: list[list[Cell]] = []
    number = 0
    for group in listed.groups:
        if len(listed.groups) > 1:
            named = f"{group.name} ({len(group.people)})"
            found.append([Cell([Paragraph([Words(named, bold=True)])], colspan=len(PRINTED))])
        for one in group.people:
            number += 1
            found.append([_cell(words) for words in (str(number), one.name, _place(one), _where(one), _why(one))])
    return found


def _place(one: Listed) -> str:
    return ", ".join(part for part in (one.position, one.unit) if part)


def _where(one: Listed) -> str:
    return one.course or STATES[one.state].lower()


def _why(one: Listed) -> str:
    return "; ".join(part for part in (one.remark, one.reason) if part)


def _line(label: str, words: str) -> Paragraph:
    return Paragraph([Words(f"{label}: ", bold=True), Words(words)])


def _cell(words: str, *, header: bool = False) -> Cell:
    return Cell([Paragraph([Words(words)] if words else [])], header=header)


def _clock(at: datetime) -> tuple[int, int, int, int, int, int]:
    here = at.astimezone(VIETNAM)
    return here.year, here.month, here.day, here.hour, here.minute, here.second
