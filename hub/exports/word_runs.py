"""The words of one paragraph of a Word file, and the pictures that stand in it."""

from typing import Final, Protocol

import msgspec

from hub.documents.structure import Block, Break, Inline, Picture, Pointer, Words
from hub.exports.recognising import plain
from hub.exports.word_package import Element, child, is_on, tag, value
from hub.exports.word_styles import Style, Styles

THROUGH: Final = ("ins", "moveTo", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple", "bdo", "dir")
REFERS: Final = ("điều", "khoản", "điểm")
SYMBOLS: Final = {"F0B7": "•", "F0A7": "▪", "F0E0": "→", "F0FC": "✓", "F0FE": "☑", "F0A8": "☐", "F02D": "–"}


class Reader(Protocol):
    """Who reads the whole file, as far as a paragraph asks it."""

    styles: Styles

    def drop(self, what: str, count: int = 1, words: str = "") -> None: ...
    def drop_note(self, kind: str, number: str | None) -> None: ...
    def picture(self, relation: str | None, alt: str) -> Picture | None: ...
    def target(self, bookmark: str | None) -> str | None: ...


class Runs:
    """The words of one paragraph, and the pictures that stand in it."""

    def __init__(self, reader: Reader, style: Style) -> None:
        self._reader, self._style = reader, style
        self._inlines: list[Inline] = []
        self._pictures: list[Block] = []
        self._fields: list[list[str]] = []  # of each field that is open: its code, and "shown" once its result begins
        self._edge = 0  # words before it are not joined to: a link or a field begins there

    def read(self, paragraph: Element) -> tuple[list[Inline], list[Block]]:
        self._walk(paragraph)
        return self._inlines, self._pictures

    def _walk(self, parent: Element) -> None:
        for element in parent:
            name = tag(element)
            if name == "r":
                self._run(element)
            elif name == "hyperlink":
                self._link(element)
            elif name in THROUGH:
                if name == "ins":
                    self._reader.drop("insertion", words=said_in(element))
                self._walk(element)
            elif name in ("del", "moveFrom"):
                self._reader.drop("deletion", words=said_in(element))
            elif name in ("oMath", "oMathPara"):
                self._reader.drop("formula")
                self._say("".join(text.text or "" for text in element.iter("{*}t")), Words(""))

    def _link(self, element: Element) -> None:
        start = self._edge = len(self._inlines)
        self._walk(element)
        self._edge = len(self._inlines)
        self._point(start, value(element, "anchor"))

    def _point(self, start: int, bookmark: str | None) -> None:
        """Words that lead to a part and name it become a reference, which from now on names it by itself."""
        said = plain(self._inlines[start:]).strip().lower()
        if bookmark and said.startswith(REFERS) and (part := self._reader.target(bookmark)):
            self._inlines[start:] = [Pointer(part)]

    def _run(self, run: Element) -> None:
        look = self._look(child(run, "rPr"))
        if look is None:
            return
        for element in run:
            match tag(element):
                case "t":
                    self._say(element.text or "", look)
                case "tab" | "ptab":
                    self._say(" ", look)
                case "br" | "cr" if value(element, "type") not in ("page", "column"):
                    self._inlines.append(Break())
                case "noBreakHyphen":
                    self._say("-", look)
                case "sym":
                    self._say(_symbol(value(element, "char")), look)
                case "fldChar" | "instrText":
                    self._field(element)
                case "drawing" | "pict" | "object" | "AlternateContent":
                    self._drawing(element)
                case "footnoteReference" | "endnoteReference" | "commentReference" as reference:
                    self._reader.drop_note(reference.removesuffix("Reference"), value(element, "id"))
                case _:
                    pass

    def _look(self, said: Element | None) -> Words | None:
        """None for hidden words."""
        if is_on(child(said, "vanish")):
            return None
        own = self._reader.styles.named(value(child(said, "rStyle")))

        def on(name: str, *inherited: bool | None) -> bool:
            direct = child(said, name)
            return is_on(direct) if direct is not None else next((one for one in inherited if one is not None), False)

        return Words(
            "upper" if on("caps") else "",
            on("b", own.bold, self._style.bold),
            on("i", own.italic, self._style.italic),
            is_on(child(said, "u")),
            on("strike") or on("dstrike"),
        )

    def _say(self, text: str, look: Words) -> None:
        if any(field[-1] != "shown" for field in self._fields):
            return
        text = "".join(
            letter for letter in text.replace("\t", " ").replace("\n", " ") if letter >= " " and letter != "\xad"
        )
        text = text.upper() if look.text else text
        last = self._inlines[-1] if len(self._inlines) > self._edge else None
        if not text:
            return
        if isinstance(last, Words) and msgspec.structs.replace(last, text="") == msgspec.structs.replace(look, text=""):
            self._inlines[-1] = msgspec.structs.replace(last, text=last.text + text)
        else:
            self._inlines.append(msgspec.structs.replace(look, text=text))

    def _field(self, element: Element) -> None:
        if tag(element) == "instrText":
            if self._fields and self._fields[-1][-1] != "shown":
                self._fields[-1].append(element.text or "")
            return
        match value(element, "fldCharType"):
            case "begin":
                self._fields.append([""])
            case "separate" if self._fields:
                self._edge = len(self._inlines)
                self._fields[-1] = ["".join(self._fields[-1]), str(self._edge), "shown"]
            case "end" if self._fields:
                field, self._edge = self._fields.pop(), len(self._inlines)
                words = field[0].split() if field[-1] == "shown" else []
                if len(words) > 1 and words[0].upper() == "REF":
                    self._point(int(field[1]), words[1])
            case _:
                pass

    def _drawing(self, element: Element) -> None:
        if tag(element) == "AlternateContent":
            chosen = child(element, "Choice")
            for inner in chosen if chosen is not None else ():
                self._drawing(inner)
            return
        described = next(element.iter("{*}docPr"), None)
        alt = value(described, "descr") or ""
        blips = [value(one, "embed") for one in element.iter("{*}blip")]
        blips += [value(one, "id") for one in element.iter("{*}imagedata")]
        for relation in filter(None, blips):
            if (picture := self._reader.picture(relation, alt)) is not None:
                self._pictures.append(picture)
        if tag(element) == "object":
            self._reader.drop("object")
        elif not any(blips) and _says(element):
            self._reader.drop("shape")


def _says(drawing: Element) -> bool:
    """A text box or a chart; a bare line says nothing."""
    return any(text.text for text in drawing.iter("{*}t")) or next(drawing.iter("{*}chart"), None) is not None


def said_in(element: Element) -> str:
    """The words in it, those that are struck too."""
    return "".join(one.text or "" if tag(one) != "tab" else " " for one in element.iter("{*}t", "{*}delText", "{*}tab"))


def _symbol(code: str | None) -> str:
    """A letter of a symbol font: the few that lists are made with."""
    return SYMBOLS.get((code or "").upper(), "")


def trimmed(inlines: list[Inline]) -> list[Inline]:
    """Without space and breaks at both ends."""
    while inlines and _blank(inlines[-1]):
        inlines = inlines[:-1]
    while inlines and _blank(inlines[0]):
        inlines = inlines[1:]
    if inlines and isinstance(last := inlines[-1], Words):
        inlines = [*inlines[:-1], msgspec.structs.replace(last, text=last.text.rstrip())]
    if inlines and isinstance(first := inlines[0], Words):
        inlines = [msgspec.structs.replace(first, text=first.text.lstrip()), *inlines[1:]]
    return inlines


def _blank(inline: Inline) -> bool:
    return isinstance(inline, Break) or (isinstance(inline, Words) and not inline.text.strip())
