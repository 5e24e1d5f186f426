"""Segments become captions, sound waits in a bounded ring, partials do not flicker: no socket, no clock."""

from __future__ import annotations

import random

import pytest

from ai.captions import RATE
from ai.captions.track import SegmentTracker, SoundRing, SteadyText, TimeMap


def segment(start: float, end: float, text: str, completed: bool) -> dict[str, object]:
    return {"start": f"{start:.3f}", "end": f"{end:.3f}", "text": text, "completed": completed}


def tracker() -> SegmentTracker:
    times = TimeMap()
    times.sending(0, 60 * RATE)
    tracker = SegmentTracker()
    tracker.connected(times)
    return tracker


def test_a_segment_repeated_in_each_message_is_one_caption() -> None:
    track = tracker()

    first = track.take([segment(0, 1, " Kính thưa", False)])
    second = track.take([segment(0, 2, " Kính thưa hội nghị.", True), segment(2, 3, " Xin", False)])
    third = track.take([segment(0, 2, " Kính thưa hội nghị.", True), segment(2, 4, " Xin mời", False)])

    assert [(c.number, c.text, c.final) for c in first] == [(0, "Kính thưa", False)]
    assert [(c.number, c.text, c.final) for c in second] == [(0, "Kính thưa hội nghị.", True), (1, "Xin", False)]
    assert [(c.number, c.text, c.final) for c in third] == [(1, "Xin mời", False)]


def test_several_segments_completed_at_once_get_numbers_of_their_own() -> None:
    track = tracker()
    track.take([segment(0, 1, "một", False)])

    told = track.take([segment(0, 1, "một", True), segment(1, 2, "hai", True), segment(2, 3, "ba", True)])

    assert [(c.number, c.text) for c in told] == [(0, "một"), (1, "hai"), (2, "ba")]


def test_a_completed_segment_never_changes_even_if_the_server_says_so() -> None:
    track = tracker()
    track.take([segment(0, 1, "đã thông qua", True)])

    assert track.take([segment(0, 1, "chưa thông qua", True)]) == []


def test_the_dangling_partial_is_promoted_in_its_newest_words_once() -> None:
    track = tracker()
    track.take([segment(0, 1, "dự thảo nghị quyết", False)])
    track.take([segment(0, 2, "dự án nghị quyết", False)])

    promoted = track.promote()

    assert [(c.number, c.text, c.final) for c in promoted] == [(0, "dự án nghị quyết", True)]
    assert track.promote() == []


def test_the_times_of_a_second_connection_continue_those_of_the_first() -> None:
    track = tracker()
    track.take([segment(0, 2, "một", True)])
    times = TimeMap()
    times.sending(30 * RATE, RATE * 5)
    track.connected(times)

    told = track.take([segment(0, 2, "hai", True)])

    assert [(c.number, c.start, c.end) for c in told] == [(1, 30.0, 32.0)]


def test_sound_lost_on_the_way_moves_what_follows() -> None:
    times = TimeMap()
    times.sending(0, 4 * RATE)
    times.sending(9 * RATE, 4 * RATE)  # 5 s fell out of the ring

    assert [times.heard(t) for t in (1.0, 3.9, 4.5)] == [1.0, 3.9, 9.5]


@pytest.mark.parametrize("time", ["no time", None, "nan", "-1"])
def test_a_server_whose_times_are_no_times_is_not_followed(time: object) -> None:
    with pytest.raises(ValueError, match=r"no time|could not convert"):
        tracker().take([{"start": time, "end": "1.0", "text": "a", "completed": True}])


def test_words_once_shown_stay_until_two_hypotheses_agree_that_they_were_wrong() -> None:
    steady = SteadyText()

    shown = [
        steady.show("hội đồng"),
        steady.show("hội đồng nhân dân"),
        steady.show("hội đường nhân dân xã"),  # one voice against: nothing moves
        steady.show("hội đồng nhân dân xã An"),
        steady.show("hội đồng nhân văn xã An Bình"),
        steady.show("hội đồng nhân văn xã An Bình họp"),  # the second voice: now it is changed
    ]

    assert shown == [
        "hội đồng",
        "hội đồng nhân dân",
        "hội đồng nhân dân",
        "hội đồng nhân dân xã An",
        "hội đồng nhân dân xã An",
        "hội đồng nhân văn xã An Bình họp",
    ]


def test_a_hypothesis_that_shrinks_does_not_take_words_away_at_once() -> None:
    steady = SteadyText()
    steady.show("xin mời đại biểu")

    assert steady.show("xin mời") == "xin mời đại biểu"
    assert steady.show("xin mời đại biểu An") == "xin mời đại biểu An"


def test_capitals_and_commas_may_come_without_a_word_moving() -> None:
    steady = SteadyText()
    steady.show("kính thưa các vị")

    assert steady.show("Kính thưa, các vị đại biểu") == "Kính thưa, các vị đại biểu"


@pytest.mark.parametrize("seed", range(50))
def test_any_hypotheses_that_settle_are_shown_in_the_end(seed: int) -> None:
    random_ = random.Random(seed)
    words = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám"]
    steady = SteadyText()
    for _ in range(20):
        steady.show(" ".join(random_.choices(words, k=random_.randrange(6))))

    steady.show("chốt lại câu này")

    assert steady.show("chốt lại câu này") == "chốt lại câu này"


@pytest.mark.parametrize("seed", range(50))
def test_the_ring_keeps_the_newest_sound_whatever_the_frames(seed: int) -> None:
    random_ = random.Random(seed)
    ring, all_sound = SoundRing(0.01), b""  # 160 samples
    for _ in range(60):
        frame = random_.randbytes(2 * random_.randrange(1, 400))
        ring.append(frame)
        all_sound += frame

        position = random_.randint(ring.tail, ring.head)
        assert ring.head == len(all_sound) // 2
        assert ring.head - ring.tail == min(160, ring.head)
        assert ring.read(position, 50) == all_sound[position * 2 :][:100]


def test_sound_that_fell_out_of_the_ring_cannot_be_read_by_mistake() -> None:
    ring = SoundRing(1)
    ring.append(bytes(4 * RATE))

    with pytest.raises(ValueError, match="fallen out"):
        ring.read(0, 10)
