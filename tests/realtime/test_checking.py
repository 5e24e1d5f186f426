"""Updates that would end the process that reads them (R34), and honest ones that only look like it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pycrdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime import Editor, LiveDocument, wire
from realtime.checking import DEEPEST, MOST_PIECES, _walk, check_update
from realtime.wire import FrameError, blob, var_uint

NULL = b"\x7e"


def of_one_piece(content: bytes, kind: int = 8) -> bytes:
    """An update with one piece: its content is put in the root type "t"."""
    return b"\x01\x01\x07\x00" + bytes((kind,)) + b"\x01\x01t" + content + b"\x00"


def nested(opening: bytes, depth: int, closing: bytes = b"") -> bytes:
    return opening * depth + NULL + closing * depth


FILLER = b"\x77" + blob(b"x" * 20)
NESTINGS: dict[str, Callable[[int], bytes]] = {
    "arrays": lambda depth: of_one_piece(b"\x01" + nested(b"\x75\x01", depth)),
    "maps": lambda depth: of_one_piece(b"\x01" + nested(b"\x76\x01\x01k", depth)),
    "arrays with something before": lambda depth: of_one_piece(b"\x01" + nested(b"\x75\x02" + FILLER, depth)),
    "arrays with something behind": lambda depth: of_one_piece(b"\x01" + nested(b"\x75\x02", depth, NULL)),
    "a document's options": lambda depth: of_one_piece(blob(b"guid") + nested(b"\x75\x01", depth), kind=9),
}


@pytest.mark.parametrize("kind", NESTINGS)
def test_r34_values_nested_so_deep_that_reading_them_would_end_the_hub_are_refused(kind: str) -> None:
    live = LiveDocument()
    reader = Editor("an", right="read")
    live.join(reader)
    live.receive(reader, wire.step_1(b"\x00"))

    for depth in (5_000, 60_000):
        with pytest.raises(FrameError, match="nested-too-deep"):
            live.receive(reader, wire.update_frame(NESTINGS[kind](depth)))
        with pytest.raises(FrameError, match="nested-too-deep"):
            live.receive(reader, wire.step_2(NESTINGS[kind](depth)))
    check_update(NESTINGS[kind](DEEPEST))


def test_r34_without_the_check_the_process_would_end() -> None:
    """If this fails pycrdt has learned to read without recursion, and `realtime.checking` may go."""
    update = NESTINGS["arrays"](500_000)

    ran = subprocess.run(
        [sys.executable, "-c", "import sys, pycrdt; pycrdt.get_state(sys.stdin.buffer.read())"],
        input=update,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode < 0


UNREADABLE = {
    "a list of JSON": (b"\x00\x03abc", 2),
    "a list of JSON, its number disguised": (b"\x00\x03abc", 2 + 16),
    "a string, its number disguised": (blob(b"abc"), 4 + 16),
    "a hook, which has no name in pycrdt": (b"\x05", 7),
    "a document as a shared type": (b"\x09", 7),
    "a type without a name": (b"\x0f", 7),
}


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("before", [b"", b"\x84\x07\x00\x01x"], ids=["alone", "behind a letter"])
def test_r34_what_another_client_cannot_read_is_refused_and_the_document_stays_open(what: str, before: bytes) -> None:
    live = LiveDocument()
    writer = Editor("an", right="write")
    live.join(writer)
    live.receive(writer, wire.step_1(b"\x00"))
    live.receive(writer, wire.update_frame(of_one_piece(blob(b"x"), kind=4)))
    content, kind = UNREADABLE[what]
    piece = bytes((kind,)) + b"\x01\x01t" + content
    hostile = b"\x01" + var_uint(2 if before else 1) + b"\x07\x01" + before + piece + b"\x00"
    pycrdt.get_state(hostile)  # pycrdt alone finds nothing wrong

    with pytest.raises(FrameError, match="broken-update"):
        live.receive(writer, wire.update_frame(hostile))
    newcomer: pycrdt.Doc[Any] = pycrdt.Doc()
    newcomer.apply_update(live.replica.missing(b"\x00"))
    assert str(newcomer.get("t", type=pycrdt.Text)) == "x"


def test_r34_what_pycrdt_makes_of_a_list_of_json_nobody_can_read() -> None:
    """If this fails pycrdt reads such lists as Yjs does, and they need not be refused."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    doc.apply_update(of_one_piece(b"\x00\x03abc", kind=2))

    with pytest.raises(ValueError, match="decode"):
        pycrdt.Doc().apply_update(doc.get_update())


def test_r34_more_pieces_than_can_be_looked_at_are_refused() -> None:
    pieces = MOST_PIECES + 1
    update = b"\x01" + var_uint(pieces) + b"\x07\x00" + b"\x08\x01\x01t\x01\x75\x00" * pieces + b"\x00"

    with pytest.raises(FrameError, match="too-many-pieces"):
        check_update(update)


@pytest.mark.parametrize("cut", [10_000, 20_001, 40_000])
def test_r34_what_ends_in_the_middle_is_broken(cut: int) -> None:
    update = of_one_piece(var_uint(30_000) + b"\x75\x01\x7e" * 30_000)
    check_update(update)

    with pytest.raises(FrameError, match=r"broken-update|truncated"):
        check_update(update[:cut])


def test_r34_a_large_paste_full_of_the_same_letters_is_taken() -> None:
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=5)
    text = doc.get("text", type=pycrdt.Text)
    text += "uv vu ưu " * 400_000

    began = time.perf_counter()
    check_update(doc.get_update())
    print(f"{time.perf_counter() - began:.3f} s")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=12,
)


@given(st.integers(0, 2**32), st.lists(values, max_size=6))
@settings(max_examples=150, deadline=None)
def test_r34_every_honest_update_is_walked_through_to_its_end(seed: int, some: list[Any]) -> None:
    chance = random.Random(seed)
    doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=chance.getrandbits(32))
    text, array, shared = doc.get("t", type=pycrdt.Text), doc.get("a", type=pycrdt.Array), doc.get("m", type=pycrdt.Map)
    fragment = doc.get("x", type=pycrdt.XmlFragment)
    for n, value in enumerate(some):
        array.append(value)
        shared[f"k{n}"] = value
        text.insert(chance.randint(0, n), "u", {"bold": True} if n % 2 else None)
        text.insert_embed(0, {"embedded": n})
        node = fragment.children.append(pycrdt.XmlElement("paragraph", {"part": "article"}))
        node.children.append(pycrdt.XmlText("vu"))
        shared[f"inner{n}"] = pycrdt.Map({"deep": pycrdt.Array([n])})
        shared[f"doc{n}"] = pycrdt.Doc()
        if n % 3 == 2:
            del array[0]
            del shared["k0" if "k0" in shared else f"k{n}"]

    _walk(doc.get_update())
    check_update(doc.get_update())
