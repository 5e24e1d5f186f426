"""The little of Yjs that a load generator needs: updates made beforehand, and who is in those that come back.

Every server gets the same bytes. A delivered update is known by its client and clock, however a server merged it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from pycrdt import Doc, Text

FIRST_WRITER = 1000
NAME = "t"
WORDS = [
    "chương",
    "trình",
    "nghị",
    "quyết",
    "đại",
    "biểu",
    "kết",
    "luận",
    "biên",
    "bản",
    "ý",
    "kiến",
    "thời",
    "hạn",
    "phụ",
    "trách",
]


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(0x80 | (value & 127))
        value >>= 7
    out.append(value)
    return bytes(out)


def blob(data: bytes) -> bytes:
    return number(len(data)) + data


def read_number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


STEP_1 = b"\x00\x00\x01\x00"
NOTHING_TO_TELL = b"\x00\x01\x02\x00\x00"


def update_message(update: bytes) -> bytes:
    return b"\x00\x02" + blob(update)


def cursors(writer: int, count: int) -> list[bytes]:
    """Awareness messages of one editor, as a text editor sends them."""
    client, made = FIRST_WRITER + writer, []
    for clock in range(count):
        at = {"type": None, "tname": NAME, "item": {"client": client, "clock": clock}, "assoc": 0}
        state = {"user": {"name": f"Đại biểu {writer}", "color": "#30bced"}, "cursor": {"anchor": at, "head": at}}
        body = number(1) + number(client) + number(clock + 1) + blob(json.dumps(state, separators=(",", ":")).encode())
        made.append(b"\x01" + blob(body))
    return made


def first_state(letters: int = 2000) -> bytes:
    """What a document holds before anybody is measured."""
    doc: Doc[Any] = Doc(client_id=7)
    text = doc.get(NAME, type=Text)
    drawn = random.Random(1)
    words = ""
    while len(words) < letters:
        words += drawn.choice(WORDS) + " "
    text += words[:letters]
    return doc.get_update()


def keystrokes(base: bytes, writer: int, count: int) -> list[bytes]:
    """Updates of one letter each, typed at a place of the writer's own."""
    doc: Doc[Any] = Doc(client_id=FIRST_WRITER + writer)
    doc.apply_update(base)
    text = doc.get(NAME, type=Text)
    place = 10 + (writer * 37) % 1900
    place = len(str(text)[:place].encode())  # the engine counts bytes, and a place inside a letter is none
    made: list[bytes] = []
    hearing = doc.observe(lambda event: made.append(event.update))
    for stroke in range(count):
        text.insert(place + stroke, "abcdefghijklmnopqrstuvwxyz "[(stroke + writer) % 27])
    doc.unobserve(hearing)
    assert len(made) == count
    return made


def written_and_removed(base: bytes, writer: int, count: int, letters: int) -> list[bytes]:
    """Large insertions, each removed by the next update: much goes by and the document stays small."""
    doc: Doc[Any] = Doc(client_id=FIRST_WRITER + writer)
    doc.apply_update(base)
    text = doc.get(NAME, type=Text)
    made: list[bytes] = []
    hearing = doc.observe(lambda event: made.append(event.update))
    drawn = random.Random(3)
    for _ in range(count // 2):
        text.insert(0, "".join(drawn.choices("abcdefghijklmnopqrstuvwxyz ", k=letters)))
        del text[0:letters]
    doc.unobserve(hearing)
    return made


def text_of(updates: list[bytes]) -> str:
    doc: Doc[Any] = Doc()
    for update in updates:
        doc.apply_update(update)
    return str(doc.get(NAME, type=Text))


def structs(update: bytes) -> Iterator[tuple[int, int, int]]:
    """(client, first clock, clock behind the last) of every piece of an update of text."""
    clients, at = read_number(update, 0)
    for _ in range(clients):
        pieces, at = read_number(update, at)
        client, at = read_number(update, at)
        clock, at = read_number(update, at)
        for _ in range(pieces):
            info = update[at]
            at += 1
            kind = info & 31
            if kind in (0, 10):  # collected, or skipped over
                length, at = read_number(update, at)
                if kind == 0:
                    yield client, clock, clock + length
                clock += length
                continue
            at = _past_neighbours(update, at, info)
            length, at = _length(update, at, kind)
            yield client, clock, clock + length
            clock += length


def _past_neighbours(update: bytes, at: int, info: int) -> int:
    for bit in (0x80, 0x40):
        if info & bit:
            _, at = read_number(update, at)
            _, at = read_number(update, at)
    if not info & 0xC0:
        named, at = read_number(update, at)
        length, at = read_number(update, at)
        if named:
            at += length
        else:
            _, at = read_number(update, at)
        if info & 0x20:
            length, at = read_number(update, at)
            at += length
    return at


def _length(update: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind == 1:  # deleted
        return read_number(update, at)
    if kind != 4:
        raise ValueError(f"a load of text has no pieces of kind {kind}")
    size, at = read_number(update, at)
    return len(update[at : at + size].decode().encode("utf-16-le")) // 2, at + size


def cursor_entries(body: bytes) -> Iterator[tuple[int, int]]:
    """(client, clock) of every state in an awareness message."""
    count, at = read_number(body, 0)
    for _ in range(count):
        client, at = read_number(body, at)
        clock, at = read_number(body, at)
        size, at = read_number(body, at)
        at += size
        yield client, clock
