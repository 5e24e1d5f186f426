"""The labels of `bench/search/queries.json`, checked against the texts they speak of."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from hub.sample.texts import SampleMeeting, coming_meetings, past_meetings

FILE = Path(__file__).parents[2] / "bench" / "search" / "queries.json"
QUERIES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
MEETINGS: dict[str, SampleMeeting] = dict(past_meetings()) | {meeting.slug: meeting for meeting in coming_meetings()}


def kind(query: dict[str, Any]) -> str:
    return str(query["note"]).split(":")[0]


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return written("".join(each for each in letters if not unicodedata.combining(each)))


def written(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def said_in(meeting: SampleMeeting) -> str:
    parts = [meeting.title, meeting.place, getattr(meeting, "minutes", "")]
    parts += [f"{item.title}. {item.presenter}. {item.conclusion}" for item in meeting.agenda]
    parts += [said.text for said in getattr(meeting, "transcript", [])]
    if meeting.resolution is not None:
        parts += [meeting.resolution.title, meeting.resolution.number]
        parts += [*meeting.resolution.grounds, *meeting.resolution.articles]
    return " . ".join(parts)


PLAIN = {slug: f" {plain(said_in(meeting))} " for slug, meeting in MEETINGS.items()}
WRITTEN = {slug: f" {written(said_in(meeting))} " for slug, meeting in MEETINGS.items()}


def test_there_are_enough_of_each_kind_and_a_good_part_is_typed_without_diacritics() -> None:
    by_kind = {each: [query for query in QUERIES if kind(query) == each] for each in ("meaning", "word", "number")}

    assert sum(map(len, by_kind.values())) == len(QUERIES) >= 72
    assert all(len(found) >= 15 for found in by_kind.values())
    assert len({query["query"] for query in QUERIES}) == len(QUERIES)
    without = [query for query in QUERIES if not query["accented"]]
    assert len(QUERIES) / 3 <= len(without) <= len(QUERIES) * 2 / 3
    assert all(query["query"].isascii() for query in without)
    assert not [q for q in QUERIES if q["accented"] and kind(q) != "number" and q["query"].isascii()]


def test_every_past_meeting_is_looked_for_and_every_label_exists() -> None:
    wanted = {slug for query in QUERIES for slug in query["meetings"]}

    assert wanted <= MEETINGS.keys()
    assert dict(past_meetings()).keys() <= wanted
    assert all(1 <= len(query["meetings"]) <= 3 for query in QUERIES)


@pytest.mark.parametrize("query", [q for q in QUERIES if kind(q) == "word"], ids=lambda q: q["query"])
def test_words_stand_in_the_labelled_meetings_and_in_no_other(query: dict[str, Any]) -> None:
    texts = WRITTEN if query["accented"] else PLAIN
    words = written(query["query"])

    assert [slug for slug, text in texts.items() if f" {words} " in text] == query["meetings"]


@pytest.mark.parametrize("query", [q for q in QUERIES if kind(q) == "number"], ids=lambda q: q["query"])
def test_a_number_stands_in_the_labelled_meetings_and_in_no_other(query: dict[str, Any]) -> None:
    found = re.search(r"\d+/\S+", query["query"])
    assert found is not None
    number = plain(found[0])

    assert [slug for slug, text in PLAIN.items() if f" {number} " in text] == query["meetings"]


def test_a_question_by_meaning_does_not_quote_its_meeting() -> None:
    """No four syllables of it stand in a row in the text."""
    quoting = []
    for query in (q for q in QUERIES if kind(q) == "meaning" and q["accented"]):
        words = re.findall(r"\w+", query["query"].lower())
        runs = {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}
        quoting += [(query["query"], run) for run in runs for slug in query["meetings"] if f" {run} " in WRITTEN[slug]]

    assert quoting == []
