"""Texts as files: what the PDF and the Word file say, that both say the same, and who may have them."""

import contextlib
import io
import re
import tempfile
import zipfile
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from docx import Document
from pypdf import PdfReader

from hub.documents.structure import Block, Break, Items, Picture, Pointer, Quote, Rule, Table, Words
from hub.exports import fonts
from hub.exports.child import Press
from hub.exports.messages import PrintJob
from hub.exports.models import ExportBusy, ExportFailed
from hub.exports.pdf import to_pdf
from hub.exports.sheet import Grid, Head, Sheet, lay_out
from hub.exports.word_out import to_word
from tests.hub.texts import article, cell, clause, heading, paragraph, picture, point, put
from tests.support import Hub, Person

LONG = "Giao Ủy ban nhân dân xã tổ chức thực hiện Nghị quyết, báo cáo Hội đồng nhân dân xã tại kỳ họp cuối năm. " * 3


def resolution(image: str = "0") -> list[Block]:
    return [
        heading(1, "NGHỊ QUYẾT"),
        heading(2, "Về việc nâng cấp đường liên thôn"),
        paragraph("Căn cứ Luật Tổ chức chính quyền địa phương.", part="ground"),
        paragraph(Words("QUYẾT NGHỊ:", bold=True), align="center"),
        article("Thông qua chủ trương", key="a1"),
        *[point(f"Nội dung {letter}", key=f"p{letter}") for letter in "abcdxe"],
        article(LONG),
        clause("Thực hiện theo ", Pointer("px"), "; xem ", Pointer("a1"), " và ", Pointer("bỏ"), Break(), "dòng mới"),
        Table([[cell("Hạng mục", header=True), cell("Kinh phí", header=True)], [cell("Nền đường"), cell("1.200")]]),
        Picture(image, "Sơ đồ tuyến"),
        Items([[paragraph("gạch đầu dòng")], [paragraph("hai")]]),
        Quote([paragraph("trích dẫn")]),
        Rule(),
        *[article(LONG) for _ in range(8)],
    ]


def sheet(blocks: list[Block]) -> Sheet:
    head = Head([], ["Hội đồng nhân dân", "xã Yên Bình"], "Số: 12/NQ-HĐND", False, "Yên Bình, ngày 02 tháng 3 năm 2026")
    return Sheet(
        title="Nghị quyết", author="HĐND", date=(2026, 3, 2, 8, 0, 0), head=head, blocks=lay_out(blocks), foot=None
    )


def printed(form: str, blocks: list[Block], images: dict[str, bytes] | None = None) -> bytes:
    """As the child does, without the child: that one is asked over HTTP below."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        if form == "pdf":
            return to_pdf(PrintJob("pdf", sheet(blocks), images or {})).content
        return to_word(PrintJob("docx", sheet(blocks), images or {})).content


def words_of(text: str) -> list[str]:
    return re.sub(r"\s+", " ", text).split()


def pdf_text(content: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return "\n".join([pages[0], *(re.sub(r"^\s*\d+\s", "", page) for page in pages[1:])])


def docx_text(content: bytes) -> str:
    body = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    body = re.sub(r"<w:br/>|</w:p>|<w:tab/>", " ", body)
    return re.sub(r"<[^>]+>", "", body)


def test_a_row_of_a_table_is_not_parted_between_two_pages() -> None:
    content = printed("docx", [Table([[cell("Nền đường"), cell("1.200")], [cell("Mặt đường"), cell("900")]])])

    rows = Document(io.BytesIO(content)).tables[-1].rows
    assert [len(row._tr.xpath("w:trPr/w:cantSplit")) for row in rows] == [1, 1]


def test_both_files_say_the_same_in_the_same_order() -> None:
    blocks = resolution()

    pdf, docx = printed("pdf", blocks, {"0": picture()}), printed("docx", blocks, {"0": picture()})

    assert words_of(pdf_text(pdf)) == words_of(docx_text(docx))


def test_numbers_and_references_are_counted() -> None:
    text = " ".join(words_of(docx_text(printed("docx", resolution()))))

    assert "Điều 1. Thông qua chủ trương a) Nội dung a b) Nội dung b c) Nội dung c d) Nội dung d đ) Nội dung x" in text
    assert "1. Thực hiện theo điểm đ Điều 1; xem Điều 1 và (điều đã bỏ) dòng mới" in text


def test_the_pdf_is_for_the_archive() -> None:
    """PDF/A-2b as far as it can be told without veraPDF: the declaration, the colour profile, every font embedded."""
    pdf: Any = PdfReader(io.BytesIO(printed("pdf", resolution(), {"0": picture()})))

    declared = pdf.xmp_metadata
    assert declared is not None
    raw = declared.stream.get_data().decode()
    assert re.search(r"pdfaid:part[=>\"]+2", raw)
    assert re.search(r"pdfaid:conformance[=>\"]+B", raw)
    assert pdf.trailer["/Root"]["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/ID" in pdf.trailer
    assert not pdf.is_encrypted
    names: set[str] = set()
    for page in pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            for descendant in font.get_object()["/DescendantFonts"]:
                described = descendant["/FontDescriptor"]
                assert "/FontFile2" in described or "/FontFile3" in described
                names.add(str(described["/FontName"]).partition("+")[2])
    assert names <= {"Tinos-Regular", "Tinos-Bold", "Tinos-Italic", "Tinos", "Tinos-BoldItalic"}, names
    assert str(pdf.trailer["/Root"]["/Lang"]).startswith("vi")


def test_a_reference_in_the_pdf_leads_to_its_part_and_pages_are_numbered_from_the_second() -> None:
    pdf: Any = PdfReader(io.BytesIO(printed("pdf", resolution())))

    links = [note.get_object() for page in pdf.pages for note in page.get("/Annots", [])]
    assert len(links) == 2  # what is gone leads nowhere
    assert all("/Dest" in link or "/A" in link for link in links)
    assert len(pdf.pages) > 1
    assert words_of(pdf.pages[0].extract_text())[0] != "1"
    assert words_of(pdf.pages[1].extract_text())[0] == "2"


def test_the_word_file_has_bookmarks_real_tables_and_the_margins_of_the_decree() -> None:
    content = printed("docx", resolution(), {"0": picture()})
    body = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    document = Document(io.BytesIO(content))

    names = set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', body))
    assert len(names) == 2
    assert set(re.findall(r'<w:hyperlink [^>]*w:anchor="([^"]+)"', body)) == names
    section: Any = document.sections[0]
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin, section.left_margin)] == [20, 20, 30]
    assert section.different_first_page_header_footer
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert [cell.text.strip() for cell in document.tables[1].rows[1].cells] == ["Nền đường", "1.200"]
    assert 'descr="Sơ đồ tuyến"' in body


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_no_text_is_impossible_to_print(form: str) -> None:
    """A letter without a shape, markup of the typesetter, a broken picture, a table full of holes, an empty text."""
    hostile: list[Block] = [
        paragraph('#include "x" $ * _ ` <label> @cite \\ [ ] 🎉 \u200b\ufe0f ﷽ ꧁ ', Words("e\u0301\u0323", bold=True)),
        paragraph(*fonts.BESIDES),
        Picture("0", "ảnh hỏng"),
        Picture("nowhere"),
        Table(
            [[cell("a", rowspan=9, colspan=3)], [cell("b")], [cell(), cell("c", rowspan=2)], [cell("d", colspan=50)]]
        ),
        Table([[cell("chỉ đầu", header=True, rowspan=2), cell("x", header=True)], [cell("y")], [cell("z")]]),
        Items([[], [Quote([]), Items([[paragraph("sâu")]])]], ordered=True, start=0),
        paragraph(),
        article(key="a"),
        paragraph(Pointer("a"), Pointer("")),
    ]

    content = printed(form, hostile, {"0": b"\x89PNG\r\n\x1a\n broken"})

    text = pdf_text(content) if form == "pdf" else docx_text(content)
    assert '#include "x" $ * _ `' in text.replace("&lt;", "<").replace("&quot;", '"')
    assert printed(form, [])


def test_a_table_is_a_full_grid() -> None:
    table = Table([[cell("a", rowspan=5, colspan=2)], [cell("b"), cell("c")], [cell("d")]])

    [grid] = lay_out([table])
    assert isinstance(grid, Grid)
    covered = [
        (one.row + down, one.column + right)
        for one in grid.cells
        for down in range(one.rowspan)
        for right in range(one.colspan)
    ]
    assert sorted(covered) == [(row, column) for row in range(grid.rows) for column in range(grid.columns)]


async def test_a_child_that_takes_too_long_is_ended_and_too_many_are_sent_away() -> None:
    job = PrintJob("pdf", sheet([paragraph("x")]), {})

    with pytest.raises(ExportFailed):
        await Press(seconds=0).do(job)
    with pytest.raises(ExportBusy):
        await Press(waiting=0).do(job)


# --- over HTTP ---


class World(NamedTuple):
    hub: Hub
    chair: Person
    secretary: Person
    delegate: Person
    meeting: UUID
    document: UUID


@pytest.fixture
async def world(hub: Hub) -> World:
    chair, secretary, delegate = (
        await hub.person("Nguyễn Văn Bình"),
        await hub.person("Trần Thị Ký"),
        await hub.person(),
    )
    meeting = await hub.meeting(chair, secretary=secretary, delegates=[delegate], items=1)
    [item] = await hub.items(meeting)
    answer = await chair.post(
        f"/api/meetings/{meeting}/documents", {"title": "Nghị quyết về đường liên thôn", "agenda_item_id": str(item)}
    )
    assert answer.status_code == 201, answer.text
    return World(hub, chair, secretary, delegate, meeting, UUID(answer.json()["id"]))


async def test_who_may_read_a_text_may_take_it_out(world: World) -> None:
    await put(world.hub, world.document, [heading(1, "NGHỊ QUYẾT"), article("Thông qua")])

    answer = await world.delegate.get(f"/api/documents/{world.document}/file?format=docx")

    assert answer.status_code == 200, answer.text
    assert "filename*=UTF-8''Ngh%E1%BB%8B%20quy%E1%BA%BFt" in answer.headers["content-disposition"]
    text = " ".join(words_of(docx_text(answer.content)))
    assert "XÃ THỬ NGHIỆM Số: /NQ DỰ THẢO CỘNG HÒA" in text
    assert "Thử Nghiệm, ngày 02 tháng 3 năm 2026" in text
    assert "Điều 1. Thông qua Nơi nhận: - Như Điều 1; - Lưu: VT. CHỦ TỌA Nguyễn Văn Bình" in text


async def test_a_number_in_the_text_goes_into_the_head_and_it_is_no_draft_any_more(
    world: World,
) -> None:
    number = paragraph(Words("Số: ", bold=True), "12/NQ-HĐND", align="center")
    await put(
        world.hub,
        world.document,
        [heading(1, "NGHỊ QUYẾT"), number, article("Thông qua"), paragraph("Nơi nhận: như trên")],
    )

    text = " ".join(
        words_of(docx_text((await world.chair.get(f"/api/documents/{world.document}/file?format=docx")).content))
    )

    assert text.count("12/NQ-HĐND") == 1
    assert "Số: 12/NQ-HĐND CỘNG HÒA" in text
    assert "DỰ THẢO" not in text
    assert "Lưu: VT" not in text


async def test_a_text_locked_for_a_vote_carries_its_hash_on_every_page(world: World) -> None:
    await put(world.hub, world.document, [article(LONG) for _ in range(12)])
    locked = await world.chair.post(f"/api/documents/{world.document}/lock")
    assert locked.status_code == 201, locked.text

    pdf = PdfReader(io.BytesIO((await world.chair.get(f"/api/documents/{world.document}/file")).content))
    docx = (await world.chair.get(f"/api/documents/{world.document}/file?format=docx")).content

    assert len(pdf.pages) > 1
    for page in pdf.pages:
        assert locked.json()["hash"] in page.extract_text()
    with zipfile.ZipFile(io.BytesIO(docx)) as parts:
        footers = [parts.read(name).decode() for name in parts.namelist() if name.startswith("word/footer")]
    assert sum(locked.json()["hash"] in footer for footer in footers) == 2  # of the first page, and of the others


async def test_minutes_have_two_signatures_and_no_date_line(world: World) -> None:
    minutes = await world.hub.document(world.meeting, "minutes")
    await put(world.hub, minutes, [heading(1, "BIÊN BẢN")])

    text = " ".join(words_of(pdf_text((await world.chair.get(f"/api/documents/{minutes}/file")).content)))

    assert "THƯ KÝ" in text
    assert "Trần Thị Ký" in text
    assert "CHỦ TỌA" in text
    assert "tháng 3 năm" not in text


async def test_a_secret_text_a_strangers_and_an_agenda_are_not_files(world: World) -> None:
    stranger = await world.hub.person()
    async with world.hub.db.work() as work:
        rows = await work.conn.execute(
            "SELECT id FROM document WHERE meeting_id = %s AND kind NOT IN ('draft_resolution', 'minutes')",
            (world.meeting,),
        )
        beside = [row[0] for row in await rows.fetchall()]

    assert (await stranger.get(f"/api/documents/{world.document}/file")).json()["code"] == "not-found"
    assert beside  # the agenda, and the comments beside the text
    for other in beside:
        assert (await world.chair.get(f"/api/documents/{other}/file")).json()["code"] == "not-found"
    async with world.hub.db.work() as work:
        await work.conn.execute("UPDATE agenda_item SET secrecy = 'mat' WHERE meeting_id = %s", (world.meeting,))
    assert (await world.chair.get(f"/api/documents/{world.document}/file")).json()["code"] == "secret-item"


async def test_a_picture_is_shown_only_to_who_may_see_where_it_is_from(world: World) -> None:
    other = await world.hub.meeting(world.secretary, items=0)
    elsewhere = await world.hub.document(other, "minutes")
    await world.secretary.csrf()
    urls: list[str] = []
    for place in (world.document, elsewhere):
        sent = await world.secretary.http.post(f"/api/documents/{place}/images", content=picture(30 + len(urls)))
        urls.append(sent.json()["url"].rpartition("/")[2])
    await put(world.hub, world.document, [paragraph("x"), *(Picture(url) for url in urls)])

    async def media(person: Person) -> int:
        content = (await person.get(f"/api/documents/{world.document}/file?format=docx")).content
        return sum(name.startswith("word/media/") for name in zipfile.ZipFile(io.BytesIO(content)).namelist())

    assert await media(world.secretary) == 2
    assert await media(world.delegate) == 1
