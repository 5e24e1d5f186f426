"""Versions as bytes: what is kept of a text makes that text again, equal texts have equal hashes, and back is back."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from pycrdt import XmlElement, XmlText

from hub.documents.reading import document_of
from hub.documents.writing import Block, seed_text
from hub.history.canonical import content, text_hash
from hub.history.cutting import CannotRead, cut, cut_apart, edit_apart, joined, unpacked, whole
from hub.history.models import INVITED
from hub.history.queries import Kept
from hub.history.restoring import edit_towards
from hub.history.timeline import too_close
from realtime.replica import merge, new_doc
from realtime.wire import NOTHING
from tests.hub.text_writing import Writer, several, text_of

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def hash_of(update: bytes) -> bytes:
    return text_hash(content(document_of(update)))


@pytest.mark.parametrize("seed", range(8))
def test_every_version_makes_its_own_text_again_whatever_was_deleted_since(seed: int) -> None:
    log = several(seed, 3, 140)
    chance = random.Random(seed)
    held, additions, hashes = b"", [], []
    for upto in [*sorted(chance.sample(range(1, len(log)), 9)), len(log)]:
        made = cut([merge(log[:upto])], held)  # as after a compaction: deleted text is collected
        held = made.held
        additions.append(made.addition)
        hashes.append(made.hash)
        assert made.hash == hash_of(merge(log[:upto]))

    for number in range(1, len(additions) + 1):
        assert hash_of(whole(additions[:number])) == hashes[number - 1]

    while len(additions) > 1:  # letting versions go leaves the others what they were
        gone = chance.randrange(len(additions) - 1)
        additions[gone : gone + 2] = [joined(additions[gone], additions[gone + 1])]
        del hashes[gone]
        assert [hash_of(whole(additions[: n + 1])) for n in range(len(additions))] == hashes


def test_a_version_without_an_edit_costs_a_few_bytes_and_deletions_are_not_told_twice() -> None:
    log = several(7, 2, 600)
    first = cut(log, b"")
    writer = Writer(1)
    writer.hear(merge(log))

    before = writer.doc.get_state()
    writer.add_block(0)

    again = cut(log, first.held)
    more = cut([*log, writer.doc.get_update(before)], first.held)

    assert unpacked(again.addition) == NOTHING
    assert again.clients == []
    assert more.clients == [writer.doc.client_id]
    assert len(more.addition) < 120 < len(first.addition)


def test_after_a_log_that_lost_something_the_run_begins_anew_and_earlier_versions_stay() -> None:
    log = several(11, 2, 120)
    first = cut(log[:60], b"")
    second = cut(log[:90], first.held)
    mended = Writer(99)
    mended.hear(merge(log[:40]))  # the rest was accepted as lost
    mended.add_block(0)
    state = bytes(mended.doc.get_update())

    third = cut([state], second.held)
    additions = [first.addition, second.addition, third.addition]

    for number, hashed in enumerate((hash_of(merge(log[:60])), hash_of(merge(log[:90])), hash_of(state)), 1):
        assert hash_of(whole(additions[:number])) == hashed
    assert hash_of(whole([first.addition, joined(*additions[1:])])) == hash_of(state)


async def test_a_text_nested_without_end_is_refused_and_stops_nobody() -> None:
    doc = new_doc()
    inner = text_of(doc).children.append(XmlElement("blockquote"))
    for _ in range(300):
        inner = inner.children.append(XmlElement("blockquote"))
    deep = bytes(doc.get_update())

    with pytest.raises(CannotRead):
        await cut_apart([deep], b"")
    with pytest.raises(CannotRead):
        await edit_apart(deep, seed_text(["một"]))


def test_equal_texts_have_equal_hashes_however_they_were_typed() -> None:
    typed, seeded = new_doc(), document_of(seed_text([Block("NGHỊ QUYẾT", level=1), "Kinh phí 5 tỷ đồng"]))
    fragment = text_of(typed)
    fragment.children.append(XmlElement("paragraph")).children.append(XmlText("bỏ đi"))
    del fragment.children[0]
    heading = fragment.children.append(XmlElement("heading"))
    heading.attributes["level"] = 1.0
    for word in ("NGHỊ ", "QUYẾT"):  # two texts side by side read as one
        heading.children.append(XmlText(word))
    line = fragment.children.append(XmlElement("paragraph")).children.append(XmlText("Kinh 5 tỷ đồng"))
    line.insert(len(b"Kinh "), "phí ")

    assert text_hash(content(typed)) == text_hash(content(seeded))
    line.format(0, 4, {"bold": {}})
    assert text_hash(content(typed)) != text_hash(content(seeded))


@pytest.mark.parametrize("seed", range(20))
def test_an_edit_towards_an_old_version_makes_exactly_its_text(seed: int) -> None:
    log = several(seed + 500, 3, 160)
    then = merge(log[: 20 + seed * 5])
    now = merge(log)

    _, update = edit_towards(now, then)

    assert hash_of(merge([now, update])) == hash_of(then)
    assert edit_towards(merge([now, update]), then)[1] == NOTHING


def test_what_others_write_at_the_same_time_stays() -> None:
    then = seed_text(["Điều một giữ nguyên.", "Điều hai được sửa lại.", "Điều ba."])
    writer, other = Writer(1), Writer(2)
    writer.hear(then)
    second = writer.fragment.children[1].children[0]
    assert isinstance(second, XmlText)
    second.insert(len("Điều hai ".encode()), "đã ")
    del writer.fragment.children[2]
    now = bytes(writer.doc.get_update())
    other.hear(now)

    _, back = edit_towards(now, then)
    for place, words in ((0, " (thêm)"), (1, " (nữa)")):
        text = other.fragment.children[place].children[0]
        assert isinstance(text, XmlText)
        text += words
    other.hear(back)

    lines = ["".join(run[0] for run in block[2]) for block in other.nodes]
    assert lines == ["Điều một giữ nguyên. (thêm)", "Điều hai được sửa lại. (nữa)", "Điều ba."]


async def test_a_large_text_is_read_in_a_process_of_its_own_and_says_the_same() -> None:
    writer = Writer(3)
    writer.fragment.children.append(XmlElement("paragraph")).children.append(XmlText("Dòng dài. " * 30_000))
    log = [bytes(writer.doc.get_update()), writer.write(3)]

    apart, here = await cut_apart(log, b""), cut(log, b"")
    client, update = await edit_apart(merge(log), log[0])

    assert (apart.hash, apart.clients, apart.letters) == (here.hash, here.clients, here.letters)
    assert hash_of(merge([*log, update])) == hash_of(log[0])
    assert client != writer.doc.client_id


def test_automatic_versions_thin_out_with_age_and_others_stay() -> None:
    def made(number: int, kind: str = "automatic", **ago: float) -> Kept:
        return Kept(number, kind, NOW - timedelta(**ago))

    versions = [
        made(1, days=9, hours=5), made(2, days=9, hours=4), made(3, kind="named", days=9, hours=3),
        made(4, days=9, hours=2), made(5, days=3, minutes=50), made(6, days=3, minutes=40), made(7, hours=2),
        made(8, hours=1, minutes=55),
    ]  # fmt: skip

    assert too_close(versions, NOW) == [1, 2, 5]
    assert too_close(versions[:1], NOW) == []
    assert too_close([Kept(1, "automatic", versions[0].at, INVITED), *versions[1:]], NOW) == [2, 5]
