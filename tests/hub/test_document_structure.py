"""A text as blocks: read as it was written, counted as the page counts, with references that follow."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pycrdt import XmlElement, XmlFragment, XmlText

from hub.documents.numbering import Place, letter_of, numbered, reference_words
from hub.documents.reading import FRAGMENT, plain_text
from hub.documents.structure import (
    Block,
    Break,
    Items,
    Paragraph,
    Picture,
    Pointer,
    Quote,
    Rule,
    Table,
    Words,
)
from realtime.replica import new_doc
from tests.hub.texts import article, blocks_of, cell, clause, heading, paragraph, point, update_of

CASES = json.loads(
    (Path(__file__).parents[2] / "web/src/features/documents/editor/numbering.cases.json").read_text("utf-8")
)


def block(kind: Any) -> Block:
    return heading(kind, "") if isinstance(kind, int) else Paragraph(part=kind)


@pytest.mark.parametrize("case", CASES["labels"])
def test_numbers_are_those_of_the_page(case: dict[str, Any]) -> None:
    assert [one.label for one in numbered(map(block, case["blocks"]))] == case["labels"]


@pytest.mark.parametrize("case", CASES["references"], ids=lambda case: case["about"])
def test_references_read_as_on_the_page(case: dict[str, Any]) -> None:
    places = [one.place for one in numbered(map(block, case["blocks"]))]

    target = None if case["to"] is None else places[case["to"]]
    assert reference_words(target, places[case["from"]]) == case["words"]


def test_the_alphabet_of_the_law_goes_on_after_its_end() -> None:
    assert [letter_of(number) for number in (5, 23, 24, 46, 47)] == ["đ", "y", "aa", "ay", "ba"]


def test_a_text_is_read_as_it_was_written() -> None:
    blocks: list[Block] = [
        heading(1, "NGHỊ QUYẾT"),
        paragraph("Căn cứ Luật;", part="ground"),
        article(Words("Thông qua", bold=True), Words(" ếộữ 🎉 ", italic=True), "x", key="a"),
        clause("Theo ", Pointer("a"), ";", Break(), Words("gạch", underline=True, strike=True)),
        paragraph("giữa", align="center"),
        Items([[paragraph("một"), Items([[paragraph("sâu")]])], [paragraph("hai")]], ordered=True, start=3),
        Table([[cell("Cột", header=True, colspan=2)], [cell("a", "b", rowspan=2), cell("c")]]),
        Picture("7", "Sơ đồ"),
        Quote([paragraph("trích")]),
        Rule(),
    ]

    assert blocks_of(update_of(blocks)) == blocks


INLINES = some.lists(
    some.one_of(
        some.builds(Words, some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1)),
        some.builds(Pointer, some.text("abc", max_size=3)),
        some.just(Break()),
    ),
    max_size=4,
)


def joined(inlines: list[Any]) -> list[Any]:
    """Words of one look that stand together are one, as in any shared text."""
    found: list[Any] = []
    for one in inlines:
        if found and isinstance(one, Words) and isinstance(found[-1], Words):
            found[-1] = Words(found[-1].text + one.text)
        else:
            found.append(one)
    return found


@given(some.lists(INLINES, max_size=5))
def test_no_letter_is_lost_between_writing_and_reading(texts: list[list[Any]]) -> None:
    read = blocks_of(update_of([Paragraph(inlines) for inlines in texts]))

    assert [one.inlines for one in read if isinstance(one, Paragraph)] == [joined(inlines) for inlines in texts]


def test_what_is_only_proposed_is_not_the_text() -> None:
    doc = new_doc()
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    with doc.transaction():
        text = fragment.children.append(XmlElement("paragraph")).children.append(XmlText(""))
        text.insert(0, "Kinh phí ")
        text.insert(len(text), "một tỷ", {"deletion": {"id": "1"}})
        text.insert(len(text), "hai tỷ", {"insertion": {"id": "1"}})
        text.insert(len(text), " đồng", {"deletion--x": {"id": "2"}, "bold": {}})
        new = fragment.children.append(XmlElement("paragraph"))
        new.attributes["proposed"], new.attributes["part"] = "id by at", "article"
        new.children.append(XmlText("")).insert(0, "Điều thêm", {"insertion": {"id": "3"}})

    assert plain_text(doc.get_update()) == "Kinh phí một tỷ đồng"
    assert len(blocks_of(doc.get_update())) == 1


def test_a_strangers_shapes_do_no_harm() -> None:
    doc = new_doc()
    fragment = doc.get(FRAGMENT, type=XmlFragment)
    with doc.transaction():
        fragment.children.append(XmlText("chữ trần"))
        odd = fragment.children.append(XmlElement("heading"))
        odd.attributes["level"] = "sáu"
        odd.children.append(XmlText("Mục"))
        table = fragment.children.append(XmlElement("table"))
        wide = table.children.append(XmlElement("tableRow")).children.append(XmlElement("tableCell"))
        wide.attributes["colspan"] = 1e300
        wide.attributes["rowspan"] = float("nan")
        fragment.children.append(XmlElement("image")).attributes["src"] = "https://evil.example/x.png"
        new = fragment.children.append(XmlElement("poll"))
        new.children.append(XmlElement("paragraph")).children.append(XmlText("từ tương lai"))
        deep: Any = fragment
        for _ in range(200):
            deep = deep.children.append(XmlElement("blockquote"))
        deep.children.append(XmlElement("paragraph")).children.append(XmlText("đáy"))

    blocks = blocks_of(doc.get_update())
    assert blocks[0] == paragraph("chữ trần")
    assert blocks[1] == heading(1, "Mục")
    assert blocks[2] == Table([[cell()]])
    assert blocks[3] == Quote([paragraph("từ tương lai")])
    assert "đáy" not in plain_text(doc.get_update())


def test_search_reads_references_as_people_do() -> None:
    text = [article("Một"), clause("Hai", key="k"), article("Theo ", Pointer("k"), " và ", Pointer("bỏ"))]

    assert plain_text(update_of(text)) == "Một\nHai\nTheo khoản 1 Điều 1 và (điều đã bỏ)"


def test_of_two_parts_with_one_id_the_first_is_meant() -> None:
    text = [article("a"), article("b", key="x"), article("c", key="x"), paragraph("Xem ", Pointer("x"))]

    assert plain_text(update_of(text)).endswith("Xem Điều 2")


def test_a_part_in_a_table_has_no_number_and_cannot_be_meant() -> None:
    inside = Table([[cell()]])
    inside.rows[0][0].blocks.append(point("trong bảng", key="x"))

    assert plain_text(update_of([article("a"), inside, paragraph(Pointer("x"))])).endswith("(điều đã bỏ)")
    assert [one.place for one in numbered([article("a"), inside])] == [Place(0, 1), Place(0, 1)]
