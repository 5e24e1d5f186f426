"""What a paragraph of a Word file is in a law text: title, ground, article, clause or point; what head and foot are.

A number written by hand is taken away only where counting gives the same one: a number is the law's and must not change
by being imported. A number Word counted is taken by its place in the row, since Word knows no "đ".
"""

import copy
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from hub.documents.numbering import LETTERS, Counter
from hub.documents.structure import (
    Align,
    Block,
    Break,
    Heading,
    Inline,
    Items,
    Paragraph,
    Part,
    Table,
    Words,
    texts_below,
)
from hub.exports.word_numbering import Shown

TITLES: Final = re.compile(
    r"^(NGHỊ QUYẾT|QUYẾT ĐỊNH|BIÊN BẢN|THÔNG BÁO|TỜ TRÌNH|KẾ HOẠCH|QUY CHẾ|QUY ĐỊNH|CHƯƠNG TRÌNH|BÁO CÁO|ĐỀ ÁN|DỰ ÁN"
    r"|CHỈ THỊ|HƯỚNG DẪN|PHƯƠNG ÁN|PHỤ LỤC|KẾT LUẬN|ĐIỀU LỆ)\b[^.;]{0,80}$"
)
CHAPTER: Final = re.compile(r"^(Phần|Chương|Mục|Tiểu mục)\s+(thứ\s+\w+|[IVXLC]+|\d{1,2})\b", re.IGNORECASE)
GROUND: Final = re.compile(r"^(Căn cứ|Xét|Theo đề nghị|Thực hiện)\s")
COUNTRY: Final = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI CHỦ NGHĨA VIỆT NAM", re.IGNORECASE)
MOTTO: Final = re.compile(r"^Độc lập\s*[-–]\s*Tự do\s*[-–]\s*Hạnh phúc$", re.IGNORECASE)
DRAFT: Final = re.compile(r"^\(?DỰ THẢO\)?$", re.IGNORECASE)
DATED: Final = re.compile(r"^[^.;]{0,40}ngày\s*[\d.…\s]*\s*tháng\s*[\d.…\s]*\s*năm\s*[\d.…\s]*$", re.IGNORECASE)
NUMBER: Final = re.compile(r"Số\s*:\s*(\d+[\w/.–-]*/[\w-]+)", re.IGNORECASE)
RECIPIENTS: Final = re.compile(r"Nơi nhận\s*:", re.IGNORECASE)
FORMS: Final[tuple[tuple[Part, re.Pattern[str]], ...]] = (
    ("article", re.compile(r"^\s*Điều\s+(\d{1,3})\s*[.:]?(?:\s+|$)", re.IGNORECASE)),
    ("clause", re.compile(r"^\s*(\d{1,3})\s*[.)](?:\s+|$)")),
    ("point", re.compile(r"^\s*([a-zđ]{1,2})\s*\)(?:\s+|$)")),
)
HEAD_BLOCKS: Final = 12
FOOT_BLOCKS: Final = 12


class Read(msgspec.Struct, kw_only=True):
    """A paragraph of the file, before it is known what it is. ``level``: of a heading style, 1 for the outermost."""

    inlines: list[Inline]
    shown: Shown | None = None
    centred: bool = False
    right: bool = False
    bold: bool = False
    level: int = 0
    id: str | None = None

    @property
    def text(self) -> str:
        return plain(self.inlines)


class Recognised(msgspec.Struct):
    blocks: list[Block]
    dropped: dict[str, int]


def recognise(found: Sequence[Read | Block]) -> Recognised:
    dropped: dict[str, int] = {}
    found = list(_without_foot(_without_head(found, dropped), dropped))
    blocks: list[Block] = []
    counter, titled, articles = Counter(), False, False
    for at, one in enumerate(found):
        if not isinstance(one, Read):
            blocks.append(one)
            continue
        text = one.text.strip()
        if not text:
            continue
        if heading := _heading(one, text, titled and not articles, blocks):
            titled = titled or heading.level == 1
            if heading.level == 1:
                articles = False
            if _goes_on(heading, blocks):
                last = blocks.pop()
                assert isinstance(last, Heading)
                heading = Heading(3, [*last.inlines, Break(), *heading.inlines], "center")
            else:
                counter.next(heading.level)
            blocks.append(heading)
            continue
        block = _part(one, counter, dropped)
        if block.part == "article":
            articles = True
        if block.part is None and not articles and _is_ground(one, text, found[at + 1 : at + 2]):
            block = Paragraph(without(block.inlines, "italic"), "ground")  # drawn in italics anyway
        _append(blocks, one, block)
    return Recognised(blocks, dropped)


def _append(blocks: list[Block], one: Read, block: Paragraph) -> None:
    """A paragraph Word drew a dash before joins the list before it."""
    if one.shown is None or not one.shown.bullet or block.part is not None:
        blocks.append(block)
        return
    last = blocks[-1] if blocks else None
    if isinstance(last, Items) and not last.ordered:
        target = last
        for _ in range(min(one.shown.level, 8)):
            inner = target.items[-1][-1] if target.items else None
            if not isinstance(inner, Items):
                inner = Items([])
                target.items[-1].append(inner)
            target = inner
        target.items.append([block])
    else:
        blocks.append(Items([[block]]))


def _heading(one: Read, text: str, after_title: bool, blocks: Sequence[Block]) -> Heading | None:
    last = blocks[-1] if blocks and isinstance(blocks[-1], Heading) else None
    words = _plainly(one.inlines)
    align: Align | None = "center" if one.centred else None
    under = one.centred and one.bold and last is not None and not text.endswith(":")
    if under and last is not None and last.level == 3 and CHAPTER.match(plain(last.inlines)):
        return Heading(3, words, "center")
    if (one.centred or one.level == 1) and TITLES.match(text):
        return Heading(1, words)
    if CHAPTER.match(text) and (one.centred or one.level or one.bold) and len(text) < 200:
        return Heading(3, words, align)
    if under and after_title and last is not None and last.level < 3:
        return Heading(2, words)
    if one.level and not _written(text) and (one.shown is None or one.shown.bullet):
        subject = one.level == 1 and after_title and last is not None
        return Heading(2, words) if subject else Heading(3, words, align)
    return None


def _goes_on(heading: Heading, blocks: Sequence[Block]) -> bool:
    """The name of a chapter, on the line under "Chương I"."""
    last = blocks[-1] if blocks else None
    return (
        heading.level == 3
        and isinstance(last, Heading)
        and last.level == 3
        and CHAPTER.fullmatch(plain(last.inlines).strip(" .:")) is not None
        and not CHAPTER.match(plain(heading.inlines))
    )


def _part(one: Read, counter: Counter, dropped: dict[str, int]) -> Paragraph:
    align: Align | None = "center" if one.centred else "right" if one.right else None
    label = one.shown.label if one.shown is not None and not one.shown.bullet else ""
    written = _written(f"{label} " if label else one.text)
    if written is None:
        return Paragraph([Words(f"{label} "), *one.inlines] if label else one.inlines, align=align)
    part, said, length = written
    ahead = copy.copy(counter)
    counted = ahead.next(part)
    number = counter_number(counted or "")
    same = one.shown.number == number if label and one.shown is not None else said == counted
    if not same or align is not None:
        dropped["numbering"] = dropped.get("numbering", 0) + (align is None)
        return Paragraph([Words(f"{label} "), *one.inlines] if label else one.inlines, align=align)
    counter.next(part)
    return Paragraph(one.inlines if label else without_first(one.inlines, length), part, one.id)


def counter_number(label: str) -> int:
    """Which one a label of ours is: "Điều 3." and "3." are 3, "đ)" is 5."""
    if digits := re.search(r"\d+", label):
        return int(digits[0])
    number = 0
    for letter in label.rstrip(")"):
        number = number * len(LETTERS) + LETTERS.index(letter) + 1
    return number


def _written(text: str) -> tuple[Part, str, int] | None:
    """A number at the beginning: of which part, as we would write it, and how long it is."""
    for part, form in FORMS:
        if found := form.match(text):
            said = found[1].lower()
            label = {"article": f"Điều {int(said)}." if said.isdigit() else "", "clause": f"{said.lstrip('0')}."}
            return part, label.get(part, f"{said})"), found.end()
    return None


def _is_ground(one: Read, text: str, following: Sequence[Read | Block]) -> bool:
    if not GROUND.match(text) or one.centred or len(text) > 1500:
        return False
    return text.startswith("Căn cứ") or text.rstrip().endswith((";", ",", ".")) or not following


def _without_head(found: Sequence[Read | Block], dropped: dict[str, int]) -> Iterator[Read | Block]:
    """The page draws body, national title and date itself; a number already given is kept for it."""
    for at, one in enumerate(found):
        if at >= HEAD_BLOCKS:
            yield one
            continue
        text = one.text if isinstance(one, Read) else _said(one)
        lines = [line.strip() for line in text.splitlines()]
        whole_head = isinstance(one, Table) and COUNTRY.search(text)
        line_of_head = isinstance(one, Read) and any(
            form.match(text.strip()) for form in (COUNTRY, MOTTO, DATED, DRAFT)
        )
        if not whole_head and not line_of_head:
            yield one
            continue
        dropped["letterhead"] = 1
        if number := next((form[1] for line in lines if (form := NUMBER.search(line))), None):
            yield Paragraph([Words(f"Số: {number}")], align="center")


def _without_foot(found: Iterator[Read | Block], dropped: dict[str, int]) -> Iterator[Read | Block]:
    everything = list(found)
    for at, one in enumerate(everything):
        if at >= len(everything) - FOOT_BLOCKS and isinstance(one, Table) and RECIPIENTS.search(_said(one)):
            dropped["signature"] = 1
        else:
            yield one


def _said(block: Block) -> str:
    return "\n".join(plain(text.inlines) for text in texts_below(block))


def plain(inlines: Sequence[Inline]) -> str:
    said = "".join(
        one.text if isinstance(one, Words) else "\n" if isinstance(one, Break) else "\u2060" for one in inlines
    )
    return unicodedata.normalize("NFC", said).replace("\u00a0", " ")


def without(inlines: Sequence[Inline], look: str) -> list[Inline]:
    """Where all words have a look that is drawn anyway, it is not theirs."""
    said = [one for one in inlines if isinstance(one, Words) and one.text.strip()]
    if not all(getattr(one, look) for one in said):
        return list(inlines)
    return [msgspec.structs.replace(one, **{look: False}) if isinstance(one, Words) else one for one in inlines]


def _plainly(inlines: Sequence[Inline]) -> list[Inline]:
    """A heading is bold by itself."""
    return [msgspec.structs.replace(one, bold=False) if isinstance(one, Words) else one for one in inlines]


def without_first(inlines: Sequence[Inline], length: int) -> list[Inline]:
    kept: list[Inline] = []
    for one in inlines:
        if length <= 0 or not isinstance(one, Words):
            kept.append(one)
            continue
        rest = one.text[length:]
        length -= len(one.text)
        if rest:
            kept.append(msgspec.structs.replace(one, text=rest))
    if kept and isinstance(kept[0], Words) and (first := kept[0].text.lstrip()) != kept[0].text:
        kept[0:1] = [msgspec.structs.replace(kept[0], text=first)] if first else []
    return kept
