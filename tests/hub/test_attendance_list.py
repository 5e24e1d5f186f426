"""The list of who is here leaves as a file: Excel, CSV, PDF, Word; for who keeps it."""

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document as read_docx
from pypdf import PdfReader

from hub.exports.spreadsheet import Table, xlsx_of
from hub.papers.office import read_office
from tests.hub.voting import Voting, body
from tests.support import Hub

REASON = '=HYPERLINK("http://x")'


@pytest.fixture
async def at(hub: Hub) -> Voting:
    made = await body(hub, members=3, present=0, guest=True)
    await made.check_in(made.chair)
    path = f"/api/meetings/{made.meeting_id}/participants"
    away = {"state": "excused", "reason": REASON}
    assert (await made.secretary.put(f"{path}/{made.members[1].id}/attendance", away)).status_code == 200
    assert made.guest is not None
    await made.check_in(made.guest)
    return made


async def fetched(at: Voting, form: str) -> Any:
    answer = await at.chair.get(f"/api/meetings/{at.meeting_id}/attendance/file?form={form}")
    assert answer.status_code == 200, answer.text
    assert f"diem-danh.{form}" in answer.headers["content-disposition"]
    return answer


async def test_the_list_opens_in_excel_with_numbers_times_and_reasons(at: Voting, tmp_path: Path) -> None:
    book = tmp_path / "list.xlsx"
    book.write_bytes((await fetched(at, "xlsx")).content)
    leaves = read_office("xlsx", book)

    listed = [line.split("\t") for line in leaves[0].splitlines()[1:]]
    assert listed[0][:2] == ["STT", "Họ và tên"]
    by_name = {row[1]: row for row in listed[1:]}
    away = by_name[at.members[1].name]
    assert (away[4], away[7], away[10]) == ("Đại biểu", "Vắng có lý do", REASON)
    here = by_name[at.chair.name]
    assert here[7] == "Có mặt tại phòng"
    assert here[8].startswith("có mặt tại phòng từ ")
    counted = {line.split("\t")[0]: line.split("\t")[1:] for line in leaves[1].splitlines()[2:]}
    people = len(at.members) + 1
    assert counted["Trong danh sách"][:2] == [str(people), "1"]
    assert counted["Vắng có lý do"][:2] == ["1", "0"]
    assert "<f>" not in zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()


async def test_the_csv_is_read_as_vietnamese_and_holds_no_formula(at: Voting) -> None:
    content = (await fetched(at, "csv")).content

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][1] == "Họ và tên"
    assert "'" + REASON in [row[10] for row in rows]


async def test_the_printed_list_says_how_many_are_here_and_is_signed(at: Voting) -> None:
    pages = PdfReader(io.BytesIO((await fetched(at, "pdf")).content)).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    word = read_docx(io.BytesIO((await fetched(at, "docx")).content))

    for words in ("DANH SÁCH ĐIỂM DANH", "Khách mời: có mặt 1/1.", "vắng có lý do 1", "CHỦ TỌA", at.members[1].name):
        assert words in printed
    assert any("vắng có lý do 1" in paragraph.text for paragraph in word.paragraphs)


async def test_only_who_keeps_the_list_takes_it_away(hub: Hub, at: Voting) -> None:
    path = f"/api/meetings/{at.meeting_id}/attendance/file"

    assert (await at.members[0].get(path)).status_code == 403
    assert (await (await hub.person()).get(path)).status_code == 404
    assert (await at.secretary.get(path)).status_code == 200


def test_a_workbook_keeps_words_as_they_were_typed(tmp_path: Path) -> None:
    words = ["=1+1", 'a\x00b <&> "', "_x0041_", "Đặng Thị Ửng"]
    book = tmp_path / "book.xlsx"

    book.write_bytes(xlsx_of([Table("a/b", ["1"] * 28, [9] * 28, [[*words, 7]])], datetime(2026, 3, 2, 8)))

    raw = zipfile.ZipFile(book).read("xl/sharedStrings.xml").decode()
    assert "_x005F_x0041_" in raw  # which Excel shows as it was typed
    assert 'r="AB1"' in zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    [_, _, row] = read_office("xlsx", book)[0].splitlines()
    assert row.split("\t") == ["=1+1", 'ab <&> "', "_x005F_x0041_", words[3], "7"]
