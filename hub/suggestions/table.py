"""The table of opinions received, accepted and explained, as a file: CSV for a spreadsheet, DOCX for the dossier."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from hub.documents.numbering import LETTERS
from hub.suggestions.models import Opinion

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
TITLE: Final = "BẢNG TỔNG HỢP, TIẾP THU, GIẢI TRÌNH Ý KIẾN GÓP Ý"
HEADINGS: Final = (
    "STT",
    "Vị trí trong dự thảo",
    "Người góp ý",
    "Nội dung góp ý",
    "Kết quả",
    "Nội dung tiếp thu, giải trình",
    "Người xử lý",
    "Thời điểm xử lý",
)
WIDTHS_MM: Final = (12, 32, 36, 74, 26, 52, 32, 28)
RESULTS: Final = {"accepted": "Tiếp thu", "rejected": "Không tiếp thu", None: "Chưa xem xét"}
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


PLACE: Final = re.compile(r"(?:điểm (\w+)(?:, )?)?(?:khoản (\d+)(?:, )?)?(?:Điều (\d+))?")


def rows(opinions: Sequence[Opinion]) -> list[tuple[str, ...]]:
    return [
        (
            str(number),
            one.place or "Phần mở đầu",
            one.author_name,
            _words(one),
            RESULTS[one.decision],
            one.reason,
            one.decided_by or "",
            moment(one.decided_at) if one.decided_at else "",
        )
        for number, one in enumerate(sorted(opinions, key=_place), 1)
    ]


def _place(one: Opinion) -> tuple[int, int, int, tuple[int, ...]]:
    """The table goes along the text; within one place as decided, then what waits. A place that reads otherwise (only
    another client's) comes first, with what stands before the first article."""
    found = PLACE.fullmatch(one.place)
    point, clause, article = found.groups("") if found else ("", "", "")
    return int(article or 0), int(clause or 0), len(point), tuple(LETTERS.find(letter) for letter in point)


def _words(one: Opinion) -> str:
    said = [f"Bỏ: “{one.removed}”"] if one.removed else []
    said += [f"Thêm: “{one.added}”"] if one.added else []
    return "\n".join(said) or "Thêm một đoạn mới"


def moment(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%H:%M ngày %d/%m/%Y")


def as_csv(opinions: Sequence[Opinion]) -> bytes:
    return csv_of(HEADINGS, rows(opinions))


def as_docx(opinions: Sequence[Opinion], title: str, unit: str, at: datetime) -> bytes:
    counts = {result: sum(one.decision == result for one in opinions) for result in RESULTS}
    foot = (
        f"Tổng số {len(opinions)} ý kiến: tiếp thu {counts['accepted']}, không tiếp thu {counts['rejected']},"
        f" chưa xem xét {counts[None]}. Lập lúc {moment(at)}."
    )
    return docx_of((unit.upper(), TITLE, title), HEADINGS, WIDTHS_MM, rows(opinions), foot)


def csv_of(headings: Sequence[str], found: Sequence[Sequence[str]]) -> bytes:
    """With a mark at the beginning by which Excel reads Vietnamese; a cell that would be a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in found:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def docx_of(
    head: tuple[str, str, str],
    headings: Sequence[str],
    widths_mm: Sequence[int],
    found: Sequence[Sequence[str]],
    foot: str,
) -> bytes:
    """A table on pages set across, under the unit, the table's name and what it is about."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    unit, name, about = head
    _line(document, unit, bold=True)
    _line(document, name, bold=True)
    _line(document, about, italic=True)
    table = document.add_table(rows=1, cols=len(headings))
    table.style = "Table Grid"
    table.autofit = False
    for cell, heading in zip(table.rows[0].cells, headings, strict=True):
        _fill(cell, heading, bold=True)
    _repeat(table.rows[0])
    for row in found:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            _fill(cell, words)
    for row_of_cells in table.rows:
        for cell, width in zip(row_of_cells.cells, widths_mm, strict=True):
            cell.width = Mm(width)
    _line(document, foot, italic=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _line(document: Any, words: str, *, bold: bool = False, italic: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(_printable(words))
    run.bold, run.italic = bold, italic


def _fill(cell: Any, words: str, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(_printable(words))
    run.bold, run.font.size = bold, Pt(11)
    if bold:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _repeat(row: Any) -> None:
    """The headings stand on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))


def _printable(words: str) -> str:
    """XML knows no control characters but these."""
    return "".join(each for each in words if each >= " " or each in "\n\t")
