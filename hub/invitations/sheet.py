"""The invitation as a page after Decree 30/2020, form 1.7: one for each person, or one for all."""

from datetime import datetime
from typing import Final

import msgspec

from hub.exports import letterhead
from hub.exports.letterhead import VIETNAM, Office, Signatory
from hub.exports.sheet import Foot, Head, Laid, Line, Ruled, Run, Sheet

WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says."""

    office: Office
    chair: Signatory | None
    number: str
    title: str
    """Of the meeting."""
    subject: str
    remarks: str
    place: str
    starts_at: datetime
    ends_at: datetime
    written_at: datetime
    to: str
    """Whom: "Ông (bà) Nguyễn Văn A, Trưởng phòng", or all."""


def when(starts_at: datetime, ends_at: datetime) -> str:
    """ "08 giờ 00 phút đến 11 giờ 30 phút, thứ Tư, ngày 02 tháng 12 năm 2026"."""
    starts, ends = starts_at.astimezone(VIETNAM), ends_at.astimezone(VIETNAM)
    if starts.date() == ends.date():
        return f"{_hour(starts)} đến {_hour(ends)}, {_day(starts)}"
    return f"{_hour(starts)}, {_day(starts)} đến {_hour(ends)}, {_day(ends)}"


def addressed(name: str, position: str) -> str:
    """The register of people does not say who is a man: both words are written, as the form allows."""
    return f"Ông (bà) {name}" + (f", {position}" if position else "")


def sheet_of(letter: Letter) -> Sheet:
    usual = letterhead.head_of(letter.office, "invitation", letter.written_at, None)
    body = letterhead.symbol(letter.office)
    symbol = f"/GM{'-' + body if body else ''}"
    said = letter.number.strip()
    if said.isdecimal():
        said = f"{int(said):02}"  # the decree writes 05, not 5
    number = said if "/" in said else f"{said or '         '}{symbol}"
    head = Head(parent=usual.parent, issuer=usual.issuer, number=f"Số: {number}", draft=False, dated=usual.dated)
    foot = letterhead.foot_of(letter.office, "invitation", [], letter.chair, None)
    chair = f"{letter.chair.name}, {letter.chair.position}" if letter.chair and letter.chair.position else ""
    blocks: list[Laid] = [
        Line("title", [Run("GIẤY MỜI")]),
        Line("subject", [Run(letter.title)]),
        Ruled(),
        Line("body", [Run(f"{letter.office.name} trân trọng kính mời: {letter.to}.")]),
        Line("body", [Run(f"Tới dự: {_ended(letter.subject or letter.title)}")]),
        *([Line("body", [Run(f"Chủ trì: {chair or letter.chair.name}.")])] if letter.chair else []),
        Line("body", [Run(f"Thời gian: {when(letter.starts_at, letter.ends_at)}.")]),
        Line("body", [Run(f"Địa điểm: {_ended(letter.place)}")]),
        *(Line("body", [Run(line)]) for line in _remarks(letter.remarks)),
    ]
    day = letter.written_at.astimezone(VIETNAM)
    return Sheet(
        title=f"Giấy mời {letter.title}",
        author=letter.office.name,
        date=(day.year, day.month, day.day, day.hour, day.minute, day.second),
        head=head,
        blocks=blocks,
        foot=Foot(["Như trên;", "Lưu: VT."], foot.signers if foot else []),
        mark="",
    )


def _remarks(remarks: str) -> list[str]:
    """The last line of the page ends as the form has it: "./."."""
    lines = [" ".join(line.split()) for line in remarks.splitlines() if line.strip()]
    lines = lines or ["Đề nghị các đại biểu dự họp đầy đủ, đúng giờ"]
    return [*lines[:-1], lines[-1].rstrip(" ./") + "./."]


def _ended(text: str) -> str:
    return text.rstrip(" .") + "."


def _hour(at: datetime) -> str:
    return f"{at.hour:02} giờ {at.minute:02} phút"


def _day(at: datetime) -> str:
    return f"{WEEKDAYS[at.weekday()]}, {letterhead.dated(at)}"
