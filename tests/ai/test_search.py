"""Words, numbers, passages, diacritics, fusing and marking: the parts of search that are functions of text."""

from __future__ import annotations

import itertools
import random
import unicodedata

import pytest

from ai.search import (
    Candidate,
    Vocabulary,
    chunk,
    document_numbers,
    fuse,
    lexemes,
    mark,
    plain,
    read_question,
    syllables,
)
from ai.search.numbers import query_numbers

TEXTS = [
    "Hội đồng nhân dân xã quyết nghị mức thu phí vệ sinh môi trường",
    "Hội đồng nhân dân xã quyết nghị dự toán ngân sách năm sau",
    "Ủy ban nhân dân xã báo cáo tiến độ giải phóng mặt bằng đường liên thôn",
    "Đại biểu đề nghị sửa chữa trường mầm non thôn Hạ trước năm học mới",
    "Đường liên thôn Hạ đi thôn Thượng được mở rộng thêm một mét",
]


def vocabulary_of(texts: list[str]) -> Vocabulary:
    uses: dict[str, int] = {}
    found_in: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    for text in texts:
        words = syllables(text)
        for word in words:
            uses[word] = uses.get(word, 0) + 1
        for word in set(words):
            found_in[word] = found_in.get(word, 0) + 1
        for pair in itertools.pairwise(words):
            pairs[pair] = pairs.get(pair, 0) + 1
    return Vocabulary(
        [(word, uses[word], found_in[word]) for word in uses],
        [(first, second, count) for (first, second), count in pairs.items()],
        len(texts),
    )


@pytest.fixture
def vocabulary() -> Vocabulary:
    return vocabulary_of(TEXTS)


# words


def test_diacritics_fold_letter_for_letter_in_either_normal_form() -> None:
    text = "Đường sắt ĐÔ THỊ: ưỡn ẹo, Nghị quyết"

    assert plain(text) == "duong sat do thi: uon eo, nghi quyet"
    assert plain(unicodedata.normalize("NFD", text)) == plain(text)
    assert len(plain(text)) == len(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", ["ﬁ ½ Ⅷ ß İ 🎉 你好 \u0301", "ǅ ŉ ΐ"])
def test_folding_keeps_places_for_letters_of_other_scripts(text: str) -> None:
    assert len(plain(text)) == len(unicodedata.normalize("NFC", text))


def test_the_index_holds_a_word_as_written_and_as_typed_in_a_hurry() -> None:
    assert set(lexemes("Quyết nghị, quyết!")) == {"quyết", "nghị", "~quyet", "~nghi"}


# numbers


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Quyết định số 28/2024/QĐ-UBND ngày 05/8/2024", "28/2024/QĐ-UBND"),
        ("Số: 28 / 2024 / QĐ - UBND", "28/2024/qd-ubnd"),
        ("Nghị quyết số 05/NQ-HĐND", "5/nq-hdnd"),
        ("Nghị quyết 12/2025/NQ–HĐND", "12/2025"),
        ("Nghị quyết 12/2025/NQ-HĐND", "nghị quyết số 12"),
        ("Quyết định số 28/QĐ-UBND", "quyet dinh so 28 noi gi"),
        ("Tờ trình 07/TTr-UBND", "tờ trình 7"),
    ],
)
def test_a_document_is_found_by_its_number_however_it_is_typed(written: str, asked: str) -> None:
    assert set(query_numbers(asked)) & set(document_numbers(written))


@pytest.mark.parametrize("asked", ["128/2024/QĐ-UBND", "28/2023/QĐ-UBND", "28/2024/NQ-HĐND", "nghị quyết 28"])
def test_a_number_that_only_looks_alike_is_not_found(asked: str) -> None:
    assert query_numbers(asked)
    assert not set(query_numbers(asked)) & set(document_numbers("Quyết định số 28/2024/QĐ-UBND"))


@pytest.mark.parametrize(
    "text", ["tháng 10/2024", "ngày 5/10/2024", "2/3 số đại biểu", "30/51", "quyết định 3.000 đồng"]
)
def test_dates_and_fractions_are_not_numbers_of_documents(text: str) -> None:
    assert query_numbers(text) == []


# passages


def test_nothing_of_a_text_is_lost_or_repeated_by_cutting_it() -> None:
    chance = random.Random(11)
    words = [f"chữ{number}" for number in range(3_000)]
    paragraphs: list[tuple[int, str]] = []
    at = 0
    while at < len(words):
        length = chance.choice([1, 5, 20, 80, 400])
        paragraph = " ".join(word + chance.choice(["", "", "", ".", "; "]) for word in words[at : at + length])
        paragraphs.append((len(paragraphs), paragraph))
        at += length

    made = chunk(paragraphs)

    assert " ".join(each.text for each in made).split() == " ".join(text for _, text in paragraphs).split()
    assert all(len(each.text.split()) <= 140 for each in made)
    assert [each.first for each in made] == sorted(each.first for each in made)


def test_a_passage_says_where_it_begins() -> None:
    first, second = "một " * 100, "hai " * 100

    assert [each.first for each in chunk([(4, first), (5, second)])] == [4, 5]


@pytest.mark.parametrize("paragraphs", [[], [(0, "")], [(0, " \n ")]])
def test_an_empty_text_has_no_passages(paragraphs: list[tuple[int, str]]) -> None:
    assert chunk(paragraphs) == []


# diacritics


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hoi dong nhan dan", "hội đồng nhân dân"),
        ("duong lien thon", "đường liên thôn"),
        ("truong mam non", "trường mầm non"),
        ("phi ve sinh moi truong", "phí vệ sinh môi trường"),
        ("ngan sach", "ngân sách"),
    ],
)
def test_diacritics_are_restored_from_the_words_of_the_index(vocabulary: Vocabulary, typed: str, meant: str) -> None:
    assert vocabulary.restore(typed) == meant


def test_words_the_index_does_not_know_stay_as_typed(vocabulary: Vocabulary) -> None:
    assert vocabulary.restore("xyz ngan sach 2024!") == "xyz ngân sách 2024!"


def test_a_question_with_diacritics_is_left_alone(vocabulary: Vocabulary) -> None:
    question = read_question("phí vệ sinh moi truong", vocabulary)

    assert question.restored is None
    assert not question.folded
    assert question.text == "phí vệ sinh moi truong"


def test_the_way_back_searches_what_was_typed(vocabulary: Vocabulary) -> None:
    restored = read_question("ngan sach", vocabulary)
    as_typed = read_question("ngan sach", vocabulary, restore=False)

    assert restored.restored == "ngân sách"
    assert as_typed.restored is None
    assert as_typed.text == "ngan sach"
    assert [term.lexeme for term in as_typed.terms] == [term.lexeme for term in restored.terms]


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "\x00\x01", "🎉", "'\"; DROP TABLE passage; --", "x" * 10_000, "ngan sach " * 1_500, "\u200b", "%_\\"],
)
def test_anything_may_be_typed(vocabulary: Vocabulary, typed: str) -> None:
    question = read_question(typed, vocabulary)

    assert len(question.text) <= 700
    assert len(question.terms) <= 24
    assert question.empty == (typed.strip("\x00\x01\u200b ") == "")
    assert "\x00" not in question.text


def test_rare_words_choose_the_candidates_within_the_budget() -> None:
    vocabulary = Vocabulary([("xã", 900, 900), ("ngân", 40, 40), ("sách", 60, 50), ("chuồng", 2, 2)], [], 1_000)

    def choosing(typed: str, budget: int) -> list[str]:
        return [term.lexeme for term in read_question(typed, vocabulary, budget=budget).choosing]

    assert choosing("ngân sách xã chuồng", 100) == ["chuồng", "ngân", "sách"]
    assert choosing("ngân sách xã chuồng", 50) == ["chuồng", "ngân"]
    assert choosing("xã", 50) == ["xã"]
    assert choosing("chưa ai nói", 50) == []


# fusing


def candidate(
    key: str, meaning: float | None, words: float, *, number: bool = False, group: str = ""
) -> Candidate[str]:
    return Candidate(key, group or key, meaning, words, number)


def test_meaning_and_words_are_weighed_after_scaling() -> None:
    found = fuse([candidate("a", 0.86, 0.0), candidate("b", 0.85, 9.0), candidate("c", 0.81, 9.0)], 0.8)

    assert [each.key for each in found] == ["b", "a", "c"]
    assert found[1].why == ["meaning"]
    assert found[2].why == ["word"]


def test_the_number_that_was_asked_for_comes_first() -> None:
    found = fuse([candidate("a", 0.9, 5.0), candidate("b", 0.8, 0.0, number=True)], 0.8)

    assert found[0].key == "b"
    assert found[0].why[0] == "number"


def test_without_a_model_words_alone_decide() -> None:
    found = fuse([candidate("a", None, 1.0), candidate("b", None, 3.0)], 0.8)

    assert [(each.key, each.why) for each in found] == [("b", ["word"]), ("a", ["word"])]


def test_one_meeting_does_not_fill_the_page() -> None:
    found = fuse([candidate(str(n), 0.9 - n / 100, 0, group="m") for n in range(9)] + [candidate("x", 0.1, 0)], 0.8)

    assert [each.key for each in found] == ["0", "1", "2", "x"]


def test_no_candidates_no_results() -> None:
    assert fuse([], 0.8) == []


# marking


def shown(text: str, words: list[str], **more: object) -> list[tuple[str, bool]]:
    return [(piece.text, piece.hit) for piece in mark(text, words, **{"folded": False, **more})]  # type: ignore[arg-type]


def test_neighbouring_words_are_one_mark() -> None:
    assert shown("Mức thu phí vệ sinh năm nay", ["phí", "vệ", "sinh"]) == [
        ("Mức thu ", False),
        ("phí vệ sinh", True),
        (" năm nay", False),
    ]


def test_folded_words_are_marked_as_written() -> None:
    assert shown("Mức thu Phí", ["phi"], folded=True) == [("Mức thu ", False), ("Phí", True)]


def test_a_word_inside_a_word_is_not_marked() -> None:
    assert shown("phương án", ["ph", "ươn", "án"]) == [("phương ", False), ("án", True)]


def test_a_number_is_marked_whole_in_its_own_spelling() -> None:
    assert ("05/2024/QĐ-UBND", True) in shown("Theo 05/2024/QĐ-UBND đã ban hành", [], numbers=["5/2024/qd-ubnd"])


def test_a_long_passage_is_shown_around_its_hits() -> None:
    text = "đầu " * 200 + "mức thu phí vệ sinh " + "cuối " * 200

    pieces = shown(text, ["phí", "vệ", "sinh"])

    assert ("phí vệ sinh", True) in pieces
    assert sum(len(words) for words, _ in pieces) < 340
    assert pieces[0][0].startswith("… ")
    assert pieces[-1][0].endswith(" …")


@pytest.mark.parametrize("text", ["", "x", "x" * 5_000, "một hai " * 300, "<b>&amp;</b>"])
def test_marking_keeps_the_text(text: str) -> None:
    pieces = mark(text, ["hai"], folded=False)

    joined = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert joined in text
    assert all(piece.text for piece in pieces)
