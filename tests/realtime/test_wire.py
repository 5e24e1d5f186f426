"""The frame parser against everything a stranger could send (R30–R33)."""

from __future__ import annotations

from typing import Any

import pycrdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime import Editor, LiveDocument, wire
from realtime.wire import FrameError, PresenceEntry
from tests.realtime.peers import Client, join

NAMED = {
    "empty", "truncated", "number-too-large", "unknown-kind", "unknown-step", "trailing-bytes", "not-yours-to-send",
    "frame-too-large", "broken-update", "broken-state-vector", "presence-too-large", "presence-not-json",
    "too-many-client-ids", "step-not-asked-for", "update-before-sync", "client-id-taken",
}  # fmt: skip


def a_real_update() -> bytes:
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=7)
    text = doc.get("text", type=pycrdt.Text)
    text += "Đại biểu 🎉"
    del text[0:2]
    return bytes(doc.get_update())


REAL = [
    wire.step_1(b"\x00"),
    wire.step_2(a_real_update()),
    wire.update_frame(a_real_update()),
    wire.presence_frame([PresenceEntry(7, 1, b'{"name":"An"}')]),
    b"\x03",
]


@st.composite
def damaged_frames(draw: st.DrawFn) -> bytes:
    frame = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(frame)))
        match draw(st.integers(0, 2)):
            case 0:
                frame[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del frame[at : at + draw(st.integers(1, 5))]
            case _:
                frame[at:at] = draw(st.binary(min_size=1, max_size=10))
    return bytes(frame)


def refusal(live: LiveDocument, editor: Editor, frame: bytes) -> str | None:
    try:
        live.receive(editor, frame)
    except FrameError as error:
        return error.reason
    return None


@given(st.lists(st.one_of(st.binary(max_size=64), damaged_frames()), max_size=8))
@settings(max_examples=400, deadline=None)
def test_r31_any_bytes_are_taken_or_refused_by_name_and_others_never_hear_of_what_was_refused(
    frames: list[bytes],
) -> None:
    live = LiveDocument()
    stranger, witness = Editor("x", right="write"), Editor("y", right="write")
    live.join(witness)
    live.join(stranger)
    for frame in frames:
        witness.outbox.take()
        logged = len(live.unlogged)
        if (reason := refusal(live, stranger, frame)) is not None:
            assert reason in NAMED
            assert not witness.outbox.take()
            assert len(live.unlogged) == logged


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_r31_an_update_is_read_whole_before_it_is_taken(garbage: bytes) -> None:
    live = LiveDocument()
    line = join(live, Client(1))
    line.settle()
    try:
        live.receive(line.editor, wire.update_frame(garbage))
    except FrameError:
        return
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(live.unlogged[-1].update if live.unlogged else wire.NOTHING)


@given(st.integers(0, 2**53 - 1))
def test_numbers_come_back_as_they_went(number: int) -> None:
    assert wire.read_var_uint(wire.var_uint(number), 0) == (number, len(wire.var_uint(number)))


@given(st.lists(st.tuples(st.integers(0, 2**32), st.integers(0, 2**31), st.sampled_from([None, b"{}", b'{"a":[1]}']))))
def test_presence_comes_back_as_it_went(entries: list[tuple[int, int, bytes | None]]) -> None:
    wanted = [PresenceEntry(*entry) for entry in entries]

    assert wire.read_presence(wire.parse(wire.presence_frame(wanted)).body) == wanted


ranges = st.dictionaries(
    st.integers(1, 3), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=5), max_size=3
)


@given(ranges, ranges)
def test_r21_deletions_are_compared_one_by_one(
    known: dict[int, list[tuple[int, int]]], asked: dict[int, list[tuple[int, int]]]
) -> None:
    def encode(deleted: dict[int, list[tuple[int, int]]]) -> bytes:
        parts = [b"\x00", wire.var_uint(len(deleted))]
        for client, found in deleted.items():
            parts += [wire.var_uint(client), wire.var_uint(len(found))]
            parts += [wire.var_uint(clock) + wire.var_uint(length) for clock, length in found]
        return b"".join(parts)

    def clocks(deleted: dict[int, list[tuple[int, int]]]) -> set[tuple[int, int]]:
        return {
            (c, at) for c, found in deleted.items() for clock, length in found for at in range(clock, clock + length)
        }

    covered = wire.covers(wire.read_deletions(encode(known)), wire.read_deletions(encode(asked)))

    assert covered == (clocks(asked) <= clocks(known))


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "empty"),
        (b"\x00", "truncated"),
        (b"\x00\x07\x00", "unknown-step"),
        (b"\x09", "unknown-kind"),
        (b"\x02\x00\x01x", "not-yours-to-send"),
        (wire.saved(3), "not-yours-to-send"),
        (b"\x00\x00\x05\x00", "truncated"),
        (b"\x00\x00\x01\x00\x00", "trailing-bytes"),
        (b"\x00\x00\x01\x05", "truncated"),
        (b"\x00\x00\x02\x00\x00", "broken-state-vector"),
        (b"\xff" * 12, "number-too-large"),
        (b"\x00\x02" + bytes(4 * 1024 * 1024), "frame-too-large"),
        (wire.presence_frame([PresenceEntry(1, 1, b"{broken")]), "presence-not-json"),
        (wire.presence_frame([PresenceEntry(1, 1, b"\xff\xfe")]), "presence-not-json"),
        (wire.presence_frame([PresenceEntry(1, 1, b'"' + b"x" * 20_000 + b'"')]), "presence-too-large"),
    ],
)
def test_r30_r31_r33_what_is_wrong_with_a_frame_has_a_name(frame: bytes, reason: str) -> None:
    live = LiveDocument()
    editor = Editor("an", right="write")
    live.join(editor)

    with pytest.raises(FrameError) as refused:
        live.receive(editor, frame)

    assert refused.value.reason == reason
    assert reason in NAMED
