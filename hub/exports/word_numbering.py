"""Numbers that Word counts by itself (numbering.xml), worked out as Word shows them."""

from collections.abc import Mapping
from typing import Final

import msgspec

from hub.exports.word_package import Element, child, tag, value, whole

LEVELS: Final = 9
ROMAN: Final = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
ROMAN_SMALL: Final = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Level(msgspec.Struct, frozen=True):
    form: str = "decimal"
    text: str = "%1."
    start: int = 1


class Shown(msgspec.Struct, frozen=True):
    """What stands before the paragraph, and which number it is in its row."""

    label: str
    number: int
    bullet: bool
    level: int


class Numbering:
    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        for one in root if root is not None else ():
            if tag(one) == "abstractNum":
                levels = (inner for inner in one if tag(inner) == "lvl")
                self._levels[value(one, "abstractNumId") or ""] = {_level_of(inner): _read(inner) for inner in levels}
            elif tag(one) == "num":
                self._number(one)

    def _number(self, one: Element) -> None:
        number = value(one, "numId") or ""
        self._abstract[number] = value(child(one, "abstractNumId")) or ""
        for inner in one:
            if tag(inner) == "lvlOverride":
                level = _level_of(inner)
                if (start := value(child(inner, "startOverride"))) is not None:
                    self._starts.setdefault(number, {})[level] = whole(start, 1)
                if (own := child(inner, "lvl")) is not None:
                    self._levels.setdefault(number + "!", {})[level] = _read(own)

    def show(self, number: str | None, level: int) -> Shown | None:
        """Counts one paragraph. None where there is no such numbering."""
        if number is None or number not in self._abstract or not 0 <= level < LEVELS:
            return None
        abstract = self._abstract[number]
        levels = self._levels.get(abstract, {}) | self._levels.get(number + "!", {})
        if level not in levels:
            return None
        counts = self._counts.setdefault(abstract, [None] * LEVELS)
        if number not in self._begun:
            self._begun.add(number)
            for at, start in self._starts.get(number, {}).items():
                if at < LEVELS:
                    counts[at] = start - 1
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        for deeper in range(level + 1, LEVELS):
            counts[deeper] = None
        if levels[level].form == "bullet":
            return Shown("–", counts[level] or 1, True, level)
        return Shown(_label(levels, counts, level), counts[level] or 0, False, level)


def _level_of(element: Element) -> int:
    return whole(value(element, "ilvl"))


def _read(element: Element) -> Level:
    form = value(child(element, "numFmt"))
    text = value(child(element, "lvlText"))
    return Level(form or "decimal", text if text is not None else "", whole(value(child(element, "start")), 1))


def _label(levels: Mapping[int, Level], counts: list[int | None], level: int) -> str:
    text = levels[level].text[:100]
    for at in range(level + 1):
        if f"%{at + 1}" in text:
            own = levels.get(at, Level())
            count = counts[at]
            text = text.replace(f"%{at + 1}", _written(own.start if count is None else count, own.form))
    return text.strip()


def _written(number: int, form: str) -> str:
    match form:
        case "lowerLetter" | "upperLetter" if number > 0:
            letter = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 5)
            return letter.upper() if form == "upperLetter" else letter
        case "lowerRoman" | "upperRoman" if 0 < number < 4000:
            text = ""
            for worth, sign in ROMAN + ROMAN_SMALL:
                while number >= worth:
                    text, number = text + sign, number - worth
            return text.upper() if form == "upperRoman" else text
        case "decimalZero":
            return f"{number:02}"
        case "none":
            return ""
        case _:
            return str(number)
