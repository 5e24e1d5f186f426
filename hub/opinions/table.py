"""What was said before the meeting and in it, by item and theme, as a file: CSV for counting, DOCX for the dossier."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from hub.opinions.models import GivenOpinion
from hub.suggestions.table import csv_of, docx_of, moment

TITLE: Final = "BẢNG TỔNG HỢP CÂU HỎI, Ý KIẾN"
HEADINGS: Final = (
    "STT",
    "Nội dung",
    "Chủ đề",
    "Người hỏi, góp ý",
    "Câu hỏi, ý kiến",
    "Về tài liệu",
    "Trả lời",
    "Thời điểm",
)
WIDTHS_MM: Final = (12, 34, 28, 40, 68, 34, 54, 26)
KINDS: Final = {"question": "Câu hỏi", "opinion": "Ý kiến"}


def rows(opinions: Sequence[GivenOpinion], items: Mapping[UUID, str]) -> list[tuple[str, ...]]:
    """Off the record, withdrawn and hidden ones are left out, and so is what was asked of the secretariat alone."""
    found = [one for one in opinions if one.on_record and not (one.withdrawn or one.hidden or one.private)]
    return [
        (
            str(number),
            items.get(one.item_id, ""),
            one.theme,
            "\n".join(part for part in (one.by_name, one.by_position, one.by_unit) if part),
            f"{KINDS[one.kind]}{' (trong phiên họp)' if one.in_sitting else ''}: {one.text}",
            "\n".join(part for part in (_about(one), f"“{one.quote}”" if one.quote else "") if part),
            "\n".join(f"{said.by_name}: {said.text}" for said in one.answers if not (said.hidden or said.withdrawn)),
            moment(one.at),
        )
        for number, one in enumerate(found, 1)
    ]


def _about(one: GivenOpinion) -> str:
    return f"{one.about}, trang {one.page}" if one.page is not None else one.about


def as_csv(opinions: Sequence[GivenOpinion], items: Mapping[UUID, str]) -> bytes:
    return csv_of(HEADINGS, rows(opinions, items))


def as_docx(opinions: Sequence[GivenOpinion], items: Mapping[UUID, str], title: str, unit: str, at: datetime) -> bytes:
    found = rows(opinions, items)
    foot = f"Tổng số {len(found)} câu hỏi, ý kiến. Lập lúc {moment(at)}."
    return docx_of((unit.upper(), TITLE, title), HEADINGS, WIDTHS_MM, found, foot)
