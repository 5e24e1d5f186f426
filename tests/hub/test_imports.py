"""Word files coming in: what is understood, what is left behind and said, and what cannot do harm."""

import io
import zipfile
from typing import Any
from uuid import UUID

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hub.documents.structure import Block, Break, Cell, Heading, Items, Paragraph, Picture, Pointer, Table, Words
from hub.exports import word_package
from hub.exports.messages import BlocksRead, PrintJob, Refused
from hub.exports.sheet import Foot, Head, Sheet, Signer, lay_out
from hub.exports.word_in import read_word
from hub.exports.word_out import to_word
from tests.hub.texts import article, cell, clause, heading, paragraph, picture, point
from tests.support import Hub, Person

HEAD = Head([], ["Hội đồng nhân dân", "xã Yên Bình"], "Số: 12/NQ-HĐND", False, "Yên Bình, ngày 02 tháng 3 năm 2026")
FOOT = Foot(["Lưu: VT."], [Signer(["CHỦ TỊCH"], "Nguyễn Văn Bình")])


def written(blocks: list[Block], images: dict[str, bytes] | None = None) -> bytes:
    laid = lay_out(blocks)
    sheet = Sheet(title="x", author="y", date=(2026, 3, 2, 8, 0, 0), head=HEAD, blocks=laid, foot=FOOT)
    return to_word(PrintJob("docx", sheet, images or {})).content


def read(content: bytes) -> BlocksRead:
    found = read_word(content)
    assert isinstance(found, BlocksRead), found
    return found


def dropped(content: bytes) -> dict[str, int]:
    return {one.what: one.count for one in read(content).dropped}


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def with_body(xml: str, parts: dict[str, str] | None = None) -> bytes:
    """A file whose body is this XML; other parts are replaced or added by name."""
    document = Document()
    body: Any = document.element.body
    for element in parse_xml(f"<w:body {nsdecls('w', 'r', 'wp', 'a', 'pic')}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)
    return patched(saved(document), parts or {})


def patched(content: bytes, parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, text in parts.items():
            new.writestr(name, text)
    return out.getvalue()


def texts(blocks: list[Block]) -> list[tuple[str | None, str]]:
    return [
        (one.part, "".join(word.text for word in one.inlines if isinstance(word, Words)))
        for one in blocks
        if isinstance(one, Paragraph)
    ]


# --- what we wrote comes back ---


def test_a_text_taken_out_and_brought_in_is_the_same_text() -> None:
    blocks: list[Block] = [
        heading(1, "NGHỊ QUYẾT"),
        heading(2, "Về việc nâng cấp đường liên thôn"),
        paragraph("Căn cứ Luật Tổ chức chính quyền địa phương;", part="ground"),
        paragraph("Xét đề nghị của Ủy ban nhân dân xã.", part="ground"),
        paragraph(Words("QUYẾT NGHỊ:", bold=True), align="center"),
        article(Words("Thông qua", bold=True), Words(" chủ trương "), Words("nâng cấp", italic=True), key="a"),
        clause("Chiều dài", Break(), "3,6 km;"),
        *[point(f"đoạn {at}", key="p" if at == 4 else None) for at in range(8)],
        paragraph("đoạn thường"),
        article("Theo ", Pointer("p"), " và ", Pointer("a"), "."),
        Items([[paragraph("một")], [paragraph("hai"), Items([[paragraph("con")]])]]),
        Table([[cell("A", header=True), cell("B", header=True)], [cell("a", rowspan=2), cell("b")], [cell("c")]]),
        Table([[cell("rộng", colspan=2)], [cell("a"), cell("b")]]),
    ]

    found = read(written(blocks))

    ids = [one.id for one in found.blocks if isinstance(one, Paragraph) and one.id]
    assert len(ids) == 2
    names = dict(zip(ids, ["a", "p"], strict=True))
    number = paragraph("Số: 12/NQ-HĐND", align="center")
    assert [_renamed(one, names) for one in found.blocks] == [number, *blocks]
    assert {one.what for one in found.dropped} == {"letterhead", "signature"}


def _renamed(block: Block, names: dict[str, str]) -> Block:
    if not isinstance(block, Paragraph):
        return block
    inlines = [Pointer(names[one.to]) if isinstance(one, Pointer) else one for one in block.inlines]
    return Paragraph(inlines, block.part, names.get(block.id or ""), block.align)


def test_pictures_come_along_and_go_back_in() -> None:
    found = read(written([paragraph("x"), Picture("7", "Sơ đồ")], {"7": picture(64, 32)}))

    assert found.blocks[-1] == Picture("1", "Sơ đồ")
    assert found.images["1"].startswith(b"\x89PNG")


# --- what people write ---


def test_numbers_written_by_hand_become_counted_ones() -> None:
    found = read(word("Điều 1. Phạm vi", "1. Một;", "a) điểm;", "b) điểm.", "2. Hai.", "Điều 2: Hiệu lực", "văn bản"))

    assert texts(found.blocks) == [
        ("article", "Phạm vi"),
        ("clause", "Một;"),
        ("point", "điểm;"),
        ("point", "điểm."),
        ("clause", "Hai."),
        ("article", "Hiệu lực"),
        (None, "văn bản"),
    ]
    assert not found.dropped


def test_a_number_that_counting_would_change_stays_as_it_is_written_and_is_told() -> None:
    content = word("Điều 1. Một", "Điều 5. Năm", "a) một", "b) hai", "c) ba", "d) bốn", "e) năm")

    assert texts(read(content).blocks)[1] == (None, "Điều 5. Năm")
    assert texts(read(content).blocks)[-1] == (None, "e) năm")
    assert dropped(content) == {"numbering": 2}


NUMBERING = f"""<w:numbering {nsdecls("w")}>
  <w:abstractNum w:abstractNumId="0">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Điều %1."/></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl>
    <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="1">
    <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="\u00b7"/></w:lvl>
    <w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="2">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
  </w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
  <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
  <w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>
</w:numbering>"""


def auto(text: str, number: int, level: int) -> str:
    properties = f'<w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def test_numbers_word_counted_become_ours_and_its_fifth_letter_is_the_laws() -> None:
    letters = "".join(auto(f"điểm {at}", 1, 2) for at in range(6))
    body = (
        auto("Một", 1, 0)
        + auto("khoản", 1, 1)
        + letters
        + auto("Hai", 1, 0)
        + auto("khoản", 1, 1)
        + auto("La Mã", 3, 0)
    )
    found = read(with_body(body, {"word/numbering.xml": NUMBERING}))

    assert [part for part, _ in texts(found.blocks)] == ["article", "clause", *["point"] * 6, "article", "clause", None]
    assert texts(found.blocks)[-1] == (None, "I. La Mã")


def test_word_lists_are_lists() -> None:
    body = auto("một", 2, 0) + auto("con", 2, 1) + auto("hai", 2, 0)
    [items] = read(with_body(body, {"word/numbering.xml": NUMBERING})).blocks

    assert items == Items([[paragraph("một"), Items([[paragraph("con")]])], [paragraph("hai")]])


def test_heads_of_chapters_and_the_title_are_headings() -> None:
    def middle(text: str) -> str:
        return f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>'

    body = "".join(map(middle, ["QUY CHẾ", "Làm việc của Hội đồng", "Chương I", "QUY ĐỊNH CHUNG"]))
    found = read(with_body(body + "<w:p><w:r><w:t>Điều 1. Phạm vi</w:t></w:r></w:p>")).blocks

    assert found == [
        heading(1, "QUY CHẾ"),
        heading(2, "Làm việc của Hội đồng"),
        Heading(3, [Words("Chương I"), Break(), Words("QUY ĐỊNH CHUNG")], "center"),
        article("Phạm vi"),
    ]


def test_tracked_changes_are_read_as_accepted_and_told() -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">Kinh phí </w:t></w:r>'
        '<w:del w:id="1" w:author="a"><w:r><w:delText>một</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="a"><w:r><w:t>hai</w:t></w:r></w:ins>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>ẩn</w:t></w:r>"
        '<w:r><w:t xml:space="preserve"> tỷ</w:t></w:r><w:r><w:footnoteReference w:id="3"/></w:r></w:p>'
    )
    content = with_body(body)

    assert texts(read(content).blocks) == [(None, "Kinh phí hai tỷ")]
    assert dropped(content) == {"deletion": 1, "insertion": 1, "footnote": 1}


def test_the_words_of_notes_and_of_marked_changes_are_told() -> None:
    row = "<w:tr>{}<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr>"
    gone = '<w:trPr><w:del w:id="3" w:author="a"/></w:trPr>'
    body = (
        '<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>hộ nghèo</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="a"><w:r><w:t>hộ cận nghèo</w:t></w:r></w:ins>'
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
        f"<w:tbl>{row.format('', 'còn')}{row.format(gone, 'bỏ')}</w:tbl>"
    )
    note, comment = (
        f'<w:{kind}s {nsdecls("w")}><w:{kind} w:id="{number}" w:author="Mai">'
        f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p><w:p><w:r><w:t>dòng hai</w:t></w:r></w:p></w:{kind}></w:{kind}s>"
        for kind, number, words in (("footnote", 2, "Theo Thông tư 80"), ("comment", 0, "Xem lại"))
    )

    found = read(with_body(body, {"word/footnotes.xml": note, "word/comments.xml": comment}))

    assert {one.what: one.words for one in found.dropped} == {
        "deletion": ["hộ nghèo", "bỏ"],
        "insertion": ["hộ cận nghèo"],
        "footnote": ["Theo Thông tư 80\ndòng hai"],
        "comment": ["Mai: Xem lại\ndòng hai"],
    }
    assert found.blocks[1:] == [Table([[cell("còn")]])]


def test_what_is_centred_in_a_cell_stays_centred() -> None:
    said = '<w:tc><w:p><w:pPr><w:jc w:val="{}"/></w:pPr><w:r><w:t>1</w:t></w:r></w:p></w:tc>'

    [table] = read(with_body(f"<w:tbl><w:tr>{said.format('center')}{said.format('right')}</w:tr></w:tbl>")).blocks

    assert isinstance(table, Table)
    assert [block.align for one in table.rows[0] for block in one.blocks if isinstance(block, Paragraph)] == [
        "center",
        "right",
    ]


def test_a_first_row_that_is_bold_and_centred_is_the_tables_head() -> None:
    said = "<w:tc><w:p><w:pPr>{}</w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p></w:tc>"
    middle = '<w:jc w:val="center"/>'
    below = f"<w:tr>{said.format('', 'x')}{said.format('', 'y')}</w:tr>"

    def table(one: tuple[str, str], other: tuple[str, str]) -> Block:
        [found] = read(with_body(f"<w:tbl><w:tr>{said.format(*one)}{said.format(*other)}</w:tr>{below}</w:tbl>")).blocks
        return found

    bold = [Cell([paragraph(Words(letter, bold=True))]) for letter in "xy"]
    assert table((middle, "A"), (middle, "B")) == Table([[cell("A", header=True), cell("B", header=True)], bold])
    half = [
        Cell([Paragraph([Words("A", bold=True)], align="center")]),
        Cell([Paragraph([Words("B", bold=True)])]),
    ]
    assert table((middle, "A"), ("", "B")) == Table([half, bold])


def test_the_word_draft_of_the_head_is_not_written_twice() -> None:
    content = word("DỰ THẢO", "Điều 1. Phạm vi", "Dự thảo này gồm ba điều.")

    assert texts(read(content).blocks) == [("article", "Phạm vi"), (None, "Dự thảo này gồm ba điều.")]
    assert dropped(content) == {"letterhead": 1}


def test_merged_cells_and_tables_in_tables() -> None:
    def box(text: str, said: str = "") -> str:
        return f"<w:tc><w:tcPr>{said}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"

    inner = f"<w:tbl><w:tr>{box('trong')}</w:tr></w:tbl>"
    tall, wide = box("a", '<w:vMerge w:val="restart"/>'), box("b", '<w:gridSpan w:val="2"/>')
    below = box("", "<w:vMerge/>") + box("c") + f"<w:tc><w:p/>{inner}</w:tc>"
    body = f"<w:tbl><w:tr>{tall}{wide}</w:tr><w:tr>{below}</w:tr></w:tbl>"
    content = with_body(body)

    assert read(content).blocks == [Table([[cell("a", rowspan=2), cell("b", colspan=2)], [cell("c"), cell("trong")]])]
    assert dropped(content) == {"table": 1}


# --- what could do harm ---


def refused(content: bytes) -> str:
    found = read_word(content)
    assert isinstance(found, Refused), found
    return found.code


def test_what_is_no_word_file_is_refused_by_name() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as empty:
        empty.writestr("a.txt", "x")

    assert refused(b"") == "not-a-docx"
    assert refused(b"%PDF-1.7") == "not-a-docx"
    assert refused(out.getvalue()) == "not-a-docx"
    assert refused(word("x")[:2000]) == "not-a-docx"
    assert refused(word_package.OLD_WORD + b"\0" * 600) == "not-a-docx"
    assert refused(word_package.OLD_WORD + b"\0" * 600 + word_package.ENCRYPTED) == "docx-encrypted"


def test_an_entity_is_never_resolved() -> None:
    evil = (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
    )

    assert refused(patched(word("x"), {"word/document.xml": evil})) == "not-a-docx"


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_fills_the_memory() -> None:
    bomb = patched(word("x"), {"word/document.xml": " " * (word_package.XML_BYTES + 10)})

    assert len(bomb) < 200_000
    assert refused(bomb) == "docx-too-large"


def test_a_text_nested_beyond_reason_is_refused() -> None:
    inside = "<w:sdt><w:sdtContent>" * 5000 + "</w:sdtContent></w:sdt>" * 5000
    deep = f"<w:document {nsdecls('w')}><w:body>{inside}</w:body></w:document>"

    assert refused(patched(word("x"), {"word/document.xml": deep})) == "not-a-docx"


WHOLE = written([heading(1, "NGHỊ QUYẾT"), article("a"), Table([[cell("x")]]), Picture("0")], {"0": picture()})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.data())
def test_no_damage_to_a_file_does_more_than_refuse_it(data: some.DataObject) -> None:
    """The parts are damaged inside the archive, where the checks of the archive do not see it."""
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    name = data.draw(
        some.sampled_from(sorted(name for name in parts if name.startswith("word/") or name.endswith(".rels")))
    )
    content = bytearray(parts[name])
    for _ in range(data.draw(some.integers(1, 4))):
        start = data.draw(some.integers(0, max(0, len(content) - 1)))
        content[start : start + data.draw(some.integers(0, 40))] = data.draw(some.binary(max_size=20))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for other, said in (parts | {name: bytes(content)}).items():
            new.writestr(other, said)

    assert isinstance(read_word(out.getvalue()), BlocksRead | Refused)


# --- over HTTP ---


async def bring_in(person: Person, document: UUID, content: bytes) -> Any:
    await person.csrf()
    return await person.http.post(f"/api/documents/{document}/import", content=content)


async def test_who_may_write_brings_a_file_in_as_nodes_of_the_editor_with_its_pictures_stored(hub: Hub) -> None:
    chair, delegate = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, delegates=[delegate], items=0)
    minutes = await hub.document(meeting, "minutes")
    content = written([article("Một", Pointer("a"), key="a"), Picture("7", "Sơ đồ")], {"7": picture(64, 32)})

    answer = await bring_in(chair, minutes, content)

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["articles"], said["images"]) == (1, 1)
    assert {one["what"] for one in said["dropped"]} == {"letterhead", "signature"}
    part, image = said["content"][1], said["content"][-1]
    assert part["attrs"]["part"] == "article"
    assert part["content"][-1] == {"type": "reference", "attrs": {"to": part["attrs"]["id"]}}
    assert image["attrs"]["alt"] == "Sơ đồ"
    assert (await delegate.get(image["attrs"]["src"])).content.startswith(b"\x89PNG")
    assert (await bring_in(delegate, minutes, content)).json()["code"] == "forbidden"
    assert (await bring_in(chair, minutes, b"x" * 13_000_000)).json()["code"] == "not-a-docx"  # larger than any picture
    assert (await bring_in(chair, minutes, b"x" * (50 * 1024 * 1024 + 1))).json()["code"] == "too-large"
    assert (await bring_in(await hub.person(), minutes, content)).json()["code"] == "not-found"
