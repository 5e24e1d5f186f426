"""The styles of a Word file, as far as a text here knows looks: bold, italic, alignment, headings and numbering."""

from typing import Final

import msgspec

from hub.exports.word_package import Element, child, is_on, tag, value, whole

MOST_STYLES: Final = 20
"""How far a style is followed to the one it is based on."""


class Style(msgspec.Struct):
    based: str | None = None
    number: str | None = None
    level: int | None = None
    outline: int | None = None
    bold: bool | None = None
    italic: bool | None = None
    align: str | None = None


class Styles:
    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Style] = {}
        self._usual = ""
        for one in root if root is not None else ():
            if tag(one) == "style":
                name = value(one, "styleId") or ""
                self._styles[name] = _read(one)
                if value(one, "type") == "paragraph" and value(one, "default") in ("1", "true"):
                    self._usual = name

    def paragraph(self, name: str | None) -> Style:
        return self.named(name or self._usual)

    def named(self, name: str | None) -> Style:
        """With what it takes from those it is based on."""
        found = Style()
        for _ in range(MOST_STYLES):
            one = self._styles.get(name or "")
            if one is None:
                break
            for field in ("number", "level", "outline", "bold", "italic", "align"):
                if getattr(found, field) is None:
                    setattr(found, field, getattr(one, field))
            name = one.based
        return found


def _read(one: Element) -> Style:
    said, look = child(one, "pPr"), child(one, "rPr")
    outline, number = child(said, "outlineLvl"), child(said, "numPr")
    bold, italic, level = child(look, "b"), child(look, "i"), child(number, "ilvl")
    return Style(
        based=value(child(one, "basedOn")),
        number=value(child(number, "numId")),
        level=whole(value(level)) if level is not None else None,
        outline=whole(value(outline), 9) if outline is not None else None,
        bold=is_on(bold) if bold is not None else None,
        italic=is_on(italic) if italic is not None else None,
        align=value(child(said, "jc")),
    )
