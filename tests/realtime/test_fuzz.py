"""Whole conversations that a fuzzer made (R5, R31–R34): each that once reached new code, and some of today's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.realtime.fuzz_frames import CORPUS, converse, seeds

SEEDS = seeds()


@pytest.mark.parametrize("part", range(4))
def test_r31_everything_that_once_reached_new_code_is_taken_or_refused_by_name(part: int) -> None:
    files = sorted(CORPUS.iterdir())
    assert len(files) > 20

    for file in files[part::4]:
        converse(file.read_bytes())


def test_r31_honest_conversations_go_through() -> None:
    for seed in SEEDS:
        converse(seed)


@st.composite
def damaged_conversations(draw: st.DrawFn) -> bytes:
    """An honest conversation with some of its bytes changed, left out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + draw(st.integers(1, 12))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 30))]
            case _:
                data[at:at] = draw(st.binary(min_size=1, max_size=12))
    return bytes(data)


@given(st.one_of(damaged_conversations(), st.binary(max_size=200)))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_r5_r31_a_damaged_conversation_harms_nobody_else(data: bytes) -> None:
    converse(data)
