"""The head and the foot of an exported text after Decree 30/2020 (annex I and III, forms 1.1 and 1.9).

Drawn from what the hub knows of the meeting. A number and recipients that somebody wrote into the text count, and ours
are left out. The page draws such a head too (``Letterhead.svelte``), without the number.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from hub.documents.numbering import kind_of
from hub.documents.structure import Block, Paragraph, Words
from hub.exports.sheet import Foot, Head, Signer

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_PLACE = re.compile(r"^(.*?)\s*\b((?:xã|phường|đặc khu|thị trấn|huyện|quận|tỉnh|thành phố)\s+(.+))$", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*Số\s*:\s*(\S.*?)\s*$", re.IGNORECASE)
_RECIPIENTS = re.compile(r"^\s*Nơi nhận\s*:", re.IGNORECASE)
_SYMBOLS: Final = (("hội đồng nhân dân", "HĐND"), ("ủy ban nhân dân", "UBND"))


class Office(msgspec.Struct, frozen=True):
    """A unit of the tree, with those above it, the nearest first."""

    name: str
    kind: str
    above: list[str]


class Signatory(msgspec.Struct, frozen=True):
    name: str
    position: str


def dated(when: datetime) -> str:
    """As the decree writes a date: days below 10 and the months 1 and 2 have two digits."""
    day = when.astimezone(VIETNAM)
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def place_of(office: Office) -> str | None:
    """The commune's name, without what it is: "Yên Bình"."""
    for name in (office.name, *office.above):
        if found := _PLACE.match(name):
            return str(found[3])
    return None


def issuer_lines(name: str) -> list[str]:
    """ "Hội đồng nhân dân xã Yên Bình" breaks before its place, as it is printed."""
    found = _PLACE.match(name)
    return [part for part in (found[1], found[2]) if part] if found else [name]


def symbol(office: Office) -> str:
    lowered = office.name.casefold()
    return next((short for start, short in _SYMBOLS if lowered.startswith(start)), "")


def take_number(blocks: Sequence[Block]) -> tuple[str | None, list[Block]]:
    """A centred "Số: 12/NQ-HĐND" before the first part belongs into the head, and leaves the text."""
    for at, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            if kind_of(block) is not None:
                break
            if block.align == "center" and (found := _NUMBER.match(_plain(block))):
                return found[1], [*blocks[:at], *blocks[at + 1 :]]
    return None, list(blocks)


def head_of(office: Office, kind: str, starts_at: datetime, number: str | None) -> Head:
    minutes = kind == "minutes"
    type_, suffix = ("BB" if minutes else "NQ"), symbol(office)
    place = place_of(office)
    of_board = office.kind in ("board", "office") and office.above and not issuer_is_place(office.above[0])
    return Head(
        parent=issuer_lines(office.above[0]) if of_board else [],
        issuer=issuer_lines(office.name),
        number=f"Số: {number}" if number else f"Số:          /{type_}{'-' + suffix if suffix else ''}",
        draft=number is None and not minutes,
        dated=None if minutes else f"{place}, {dated(starts_at)}" if place else dated(starts_at),
    )


def issuer_is_place(name: str) -> bool:
    found = _PLACE.match(name)
    return found is not None and not found[1]


def foot_of(
    office: Office, kind: str, blocks: Sequence[Block], chair: Signatory | None, secretary: Signatory | None
) -> Foot | None:
    """None where the text brings its own."""
    if any(isinstance(block, Paragraph) and _RECIPIENTS.match(_plain(block)) for block in blocks):
        return None
    if kind == "minutes":
        signing = (("THƯ KÝ", secretary), ("CHỦ TỌA", chair))
        return Foot(["Lưu: VT, Hồ sơ."], [Signer([title], who.name if who else "") for title, who in signing])
    articles = sum(kind_of(block) == "article" for block in blocks)
    recipients = [*([f"Như Điều {articles};"] if articles else []), "Lưu: VT."]
    return Foot(recipients, [Signer(_titles(office, chair), chair.name if chair else "")])


def mark_of(number: int, digest: str) -> str:
    """What a vote was on: any copy of the text can be held against it."""
    return f"Khóa để biểu quyết, phiên bản {number} · SHA-256 {digest}"


def chain_mark(seq: int, head: str) -> str:
    """Printed on minutes: whoever has the paper can hold the meeting's record against it."""
    return f"Chuỗi sự kiện của phiên họp đến sự kiện số {seq} · SHA-256 {head}"


def _titles(office: Office, chair: Signatory | None) -> list[str]:
    position = chair.position.casefold() if chair else ""
    if position.startswith("phó chủ tịch"):
        titles = ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
    elif position.startswith("chủ tịch"):
        titles = ["CHỦ TỊCH"]
    else:
        titles = ["CHỦ TỌA"]
    return ["TM. ỦY BAN NHÂN DÂN", *titles] if symbol(office) == "UBND" else titles


def _plain(block: Paragraph) -> str:
    return "".join(inline.text for inline in block.inlines if isinstance(inline, Words))
