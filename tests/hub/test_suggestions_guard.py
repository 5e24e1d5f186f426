"""What somebody who may comment can do to a text with a client of his own making: suggest, and nothing else."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from hub.documents.writing import Block, seed_text
from hub.suggestions import structs
from hub.suggestions.guard import MOST_WORDS, may_propose
from realtime.replica import new_doc

ME, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
AT = "2026-03-02T08:00:00Z"
Edit = Callable[[Any], Any]  # of the text, as a tree of pycrdt's


def mark(by: str = ME, name: str = "abcdef12", at: str = AT) -> dict[str, str]:
    return {"id": name, "by": by, "at": at}


def words(text: Any, block: int, at: int = 0) -> Any:
    return text.children[block].children[at]


def block(text: Any, at: int, **attributes: Any) -> Any:
    made = text.children.insert(at, XmlElement("paragraph"))
    for key, value in attributes.items():
        made.attributes[key] = value
    return made


def proposed(text: Any, at: int, said: str = "Điều mới", by: str = ME, **attributes: Any) -> Any:
    made = block(text, at, proposed=f"abcdef12 {by} {AT}", **attributes)
    made.children.append(XmlText("")).insert(0, said, {"insertion": mark(by)})
    return made


@pytest.fixture
def text() -> Doc[Any]:
    """A title, an article, a paragraph with a suggestion of each of two people, and a table."""
    doc = new_doc()
    doc.apply_update(
        seed_text([Block("NGHỊ QUYẾT", level=1), Block("Phạm vi", part="article", label="Tên: "), "Thu phí chợ"])
    )
    root = doc.get("default", type=XmlFragment)
    with doc.transaction():
        words(root, 2).insert(4, "lệ ", {"insertion": mark(OTHER, "other-one")})
        words(root, 2).insert(0, "Mức ", {"insertion": mark(ME, "mine-own-1")})
        words(root, 1).format(0, 4, {"deletion": mark(OTHER, "other-two")})
        table: Any = root.children.append(XmlElement("table"))
        row = table.children.append(XmlElement("tableRow"))
        cell = row.children.append(XmlElement("tableCell")).children.append(XmlElement("paragraph"))
        cell.children.append(XmlText("ô bảng"))
    return doc


def judged(before: Doc[Any], edit: Callable[[Doc[Any]], Any], user: str = ME) -> bool:
    after = new_doc()
    after.apply_update(before.get_update())
    with after.transaction():
        edit(after)
    return may_propose(before, after, user)


def on(edit: Edit) -> Callable[[Doc[Any]], Any]:
    return lambda doc: edit(doc.get("default", type=XmlFragment))


def put_in_twice(text: Any) -> None:
    proposed(text, 1)
    words(text, 1).insert(3, "rất ", {"insertion": mark(), "bold": {}})


def change_own_part(text: Any) -> None:
    made = proposed(text, 1, part="article")
    made.attributes["part"] = "clause"


MAY: dict[str, Edit] = {
    "put words in": lambda t: words(t, 2).insert(7, "thêm ", {"insertion": mark()}),
    "put words in a title": lambda t: words(t, 0).insert(4, "X", {"insertion": mark()}),
    "put words in a cell": lambda t: (
        t.children[3].children[0].children[0].children[0].children[0].insert(0, "X", {"insertion": mark()})
    ),
    "strike words": lambda t: words(t, 1).format(5, 8, {"deletion": mark()}),
    "strike another's proposal": lambda t: words(t, 2).format(4, 8, {"deletion": mark()}),
    "go on with his own": lambda t: words(t, 2).insert(2, "xx", {"insertion": mark(ME, "mine-own-1")}),
    "take his own back": lambda t: words(t, 2).__delitem__(slice(0, len("Mức ".encode()))),
    "strike his own instead": lambda t: words(t, 2).format(0, 3, {"deletion": mark()}),
    "look after his own words": lambda t: words(t, 2).format(0, 3, {"bold": {}}),
    "propose a paragraph": lambda t: proposed(t, 1, part="clause", textAlign="center"),
    "propose an empty paragraph": lambda t: block(t, 3, proposed=f"abcdef12 {ME} {AT}"),
    "propose a paragraph in a cell": lambda t: proposed(t.children[3].children[0].children[0], 1),
    "go on in his paragraph": put_in_twice,
    "make his paragraph another part": change_own_part,
}

MAY_NOT: dict[str, Edit] = {
    "write": lambda t: words(t, 2).insert(3, "không "),
    "write with looks only": lambda t: words(t, 2).insert(3, "không ", {"bold": {}}),
    "write in another's name": lambda t: words(t, 2).insert(3, "x", {"insertion": mark(OTHER)}),
    "go on in another's suggestion": lambda t: words(t, 2).insert(8, "x", {"insertion": mark(OTHER, "other-one")}),
    "delete": lambda t: words(t, 2).__delitem__(slice(len("Mức Thu lệ ".encode()), len("Mức Thu lệ phí".encode()))),
    "delete a paragraph": lambda t: t.children.__delitem__(1),
    "delete the table": lambda t: t.children.__delitem__(3),
    "delete another's proposal": lambda t: words(t, 2).__delitem__(slice(9, 9 + len("lệ ".encode()))),
    "strike in another's name": lambda t: words(t, 1).format(5, 8, {"deletion": mark(OTHER)}),
    "let another's words be accepted": lambda t: words(t, 2).format(0, 20, {"insertion": None}),
    "accept his own": lambda t: words(t, 2).format(0, len("Mức ".encode()), {"insertion": None}),
    "take another's words for his own": lambda t: words(t, 2).format(0, 20, {"insertion": mark()}),
    "take the text for his own words, to take it back": lambda t: words(t, 1).format(0, 8, {"insertion": mark()}),
    "take another's strike away": lambda t: words(t, 1).format(0, 4, {"deletion": None}),
    "take another's strike over": lambda t: words(t, 1).format(0, 4, {"deletion": mark()}),
    "make words bold": lambda t: words(t, 2).format(9, 14, {"bold": {}}),
    "make words plain": lambda t: words(t, 1).format(0, 4, {"bold": None}),
    "make an article a clause": lambda t: t.children[1].attributes.__setitem__("part", "clause"),
    "take a part away": lambda t: t.children[1].attributes.__delitem__("part"),
    "make a title smaller": lambda t: t.children[0].attributes.__setitem__("level", 3),
    "say a paragraph is proposed": lambda t: t.children[2].attributes.__setitem__("proposed", f"abcdef12 {ME} {AT}"),
    "put a paragraph in": lambda t: block(t, 1),
    "propose a paragraph in another's name": lambda t: proposed(t, 1, by=OTHER),
    "hide real words in his paragraph": lambda t: proposed(t, 1).children[0].insert(0, "thật"),
    "propose a paragraph in a row": lambda t: proposed(t.children[3].children[0], 0),
    "propose a paragraph in a paragraph": lambda t: proposed(t.children[2], 1),
    "propose a table": lambda t: t.children.append(XmlElement("table")),
    "propose a picture": lambda t: proposed(t, 1).children.append(XmlElement("image", {"src": "/api/images/x"})),
    "put a script in": lambda t: t.children.append(XmlElement("script")),
    "give his paragraph an attribute nobody knows": lambda t: proposed(t, 1, onclick="x"),
    "give his paragraph a part nobody knows": lambda t: proposed(t, 1, part="chapter"),
    "write outside any paragraph": lambda t: t.children.append(XmlText("")).insert(0, "x", {"insertion": mark()}),
    "leave an empty text outside any paragraph": lambda t: t.children.append(XmlText("")),
    "use a mark that makes every editor delete the text": lambda t: words(t, 2).insert(
        3, "x", {"insertion": mark(), "unknown": {}}
    ),
    "use looks in another shape": lambda t: words(t, 2).insert(3, "x", {"insertion": mark(), "bold": {"a": 1}}),
    "name a suggestion so that it breaks a page": lambda t: words(t, 2).insert(
        3, "x", {"insertion": mark(name='"><script>')}
    ),
    "put more into a mark": lambda t: words(t, 2).insert(3, "x", {"insertion": {**mark(), "reason": "y" * 1000}}),
    "embed something in words": lambda t: words(t, 2).insert_embed(3, {"image": "x"}, {"insertion": mark()}),
    "give a text attributes": lambda t: words(t, 2).attributes.__setitem__("x", "y"),
    "propose without end": lambda t: words(t, 2).insert(3, "x" * (MOST_WORDS + 1), {"insertion": mark()}),
}


@pytest.mark.parametrize("what", MAY)
def test_a_commenter_may(text: Doc[Any], what: str) -> None:
    assert judged(text, on(MAY[what]))


@pytest.mark.parametrize("what", MAY_NOT)
def test_a_commenter_may_not(text: Doc[Any], what: str) -> None:
    assert not judged(text, on(MAY_NOT[what]))


CASES = json.loads((Path(__file__).parent / "suggested.cases.json").read_text())


def test_whatever_the_page_makes_of_typing_is_a_suggestion_to_the_hub() -> None:
    """Edits of suggesters among others, recorded by the page's own fuzz (``suggestions.test.ts`` says how)."""
    for number, case in enumerate(CASES):
        before, after = new_doc(), new_doc()
        before.apply_update(b64decode(case["was"]))
        after.apply_update(b64decode(case["was"]))
        after.apply_update(b64decode(case["made"]))

        assert may_propose(before, after, case["me"]), f"case {number}, seed {case['seed']}"
        stranger = "somebody-else"
        assert case["made"] == "AAA=" or not may_propose(before, after, stranger), f"case {number}"


def beside_map(doc: Doc[Any]) -> None:
    doc.get("meta", type=Map)["x"] = "y"


def beside_subdoc(doc: Doc[Any]) -> None:
    doc.get("docs", type=Map)["x"] = Doc()


def beside_array(doc: Doc[Any]) -> None:
    doc.get("list", type=Array).append(1)


def beside_text(doc: Doc[Any]) -> None:
    doc.get("words", type=Text).insert(0, "x")


@pytest.mark.parametrize("edit", [beside_map, beside_subdoc, beside_array, beside_text])
def test_a_commenter_writes_nothing_beside_the_text(text: Doc[Any], edit: Callable[[Doc[Any]], Any]) -> None:
    assert not judged(text, edit)


def var(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def blob(data: bytes) -> bytes:
    return var(len(data)) + data


@pytest.mark.parametrize(
    "struct",
    [
        pytest.param(
            b"\x28" + var(1) + blob(b"default") + blob(b"k") + var(1) + b"\x77" + blob(b"v"), id="attribute of the text"
        ),
        pytest.param(
            b"\x08" + var(1) + blob(b"default") + var(1) + b"\x77" + blob(b"v"), id="a value among paragraphs"
        ),
        pytest.param(b"\x04" + var(1) + blob(b"default") + blob(b"words"), id="bare words among paragraphs"),
        pytest.param(b"\x06" + var(1) + blob(b"default") + blob(b"unknown") + blob(b"{}"), id="a format nobody knows"),
        pytest.param(b"\x07" + var(1) + blob(b"default") + var(1), id="a map among paragraphs"),
        pytest.param(
            b"\x09" + var(1) + blob(b"default") + blob(b"guid") + b"\x76\x00", id="a document among paragraphs"
        ),
    ],
)
def test_what_no_tree_shows_is_refused_too(text: Doc[Any], struct: bytes) -> None:
    """Written byte by byte: one item of client 7, at the beginning of the text."""
    after = new_doc()
    after.apply_update(text.get_update())
    after.apply_update(var(1) + var(1) + var(7) + var(0) + struct + var(0))

    assert not may_propose(text, after, ME)


def test_a_format_around_no_words_is_refused(text: Doc[Any]) -> None:
    """Nobody sees it until somebody types there: then every editor would delete the paragraph's words."""

    def between(doc: Doc[Any]) -> None:
        run = words(doc.get("default", type=XmlFragment), 2)
        run.insert(3, "x", {"insertion": mark(), "unknown": {}})
        del run[3:4]

    assert not judged(text, between)


def test_his_suggestion_may_be_withdrawn_whole_when_nobody_else_wrote_in_it(text: Doc[Any]) -> None:
    root = text.get("default", type=XmlFragment)
    proposed(root, 1)

    assert judged(text, on(lambda t: t.children.__delitem__(1)))

    words(root, 1).insert(0, "của người khác", {"insertion": mark(OTHER)})
    assert not judged(text, on(lambda t: t.children.__delitem__(1)))


def test_the_first_words_of_an_empty_text_may_be_proposed() -> None:
    """An editor shows an empty text as an empty paragraph, and makes it one with the first letter."""
    empty = new_doc()
    empty.get("default", type=XmlFragment)

    def first(doc: Doc[Any], marks: dict[str, Any]) -> None:
        made: Any = doc.get("default", type=XmlFragment).children.append(XmlElement("paragraph"))
        made.children.append(XmlText("")).insert(0, "Điều 1", marks)

    assert judged(empty, lambda doc: first(doc, {"insertion": mark()}))
    assert not judged(empty, lambda doc: first(doc, {}))


def test_a_document_that_is_no_text_takes_no_suggestion() -> None:
    agenda = new_doc()
    agenda.get("items", type=Map)["x"] = Map({"title": "y"})

    assert not judged(agenda, lambda doc: doc.get("items", type=Map).__setitem__("z", "w"))


def test_every_item_of_an_update_is_read(text: Doc[Any]) -> None:
    update = bytes(text.get_update())

    found = list(structs.items(update))

    assert sum(item.kind == structs.TYPE for item in found) >= 9
    assert {item.key for item in found} >= {"part", "level"}
    with pytest.raises(structs.Unreadable):
        list(structs.items(update[:-40]))
