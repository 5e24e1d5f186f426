"""Beats: what is looked for at even times."""

import time

import pytest

from realtime.pace import has_passed, until_beat


@pytest.mark.parametrize(("now", "wait"), [(100.0, 1.0), (100.25, 0.75), (100.97, 0.03), (100.995, 1.005)])
def test_the_next_beat_is_a_whole_multiple_and_never_the_one_just_met(
    now: float, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert until_beat(1.0) == pytest.approx(wait)


def test_what_comes_every_fifth_beat_comes_though_the_beat_is_early() -> None:
    assert not has_passed(5.0, last=10.001, now=14.001, beat=1.0)
    assert has_passed(5.0, last=10.001, now=14.999, beat=1.0)
