"""What a Word, Excel or PowerPoint file says, from its XML; in the child. For houses without LibreOffice.

No part is read further than it may be, whatever the zip's directory says of its length.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lxml import etree

PART_BYTES: Final = 64 * 1024 * 1024
PARTS: Final = 500
PAGE_LETTERS: Final = 3000
CELLS: Final = 200_000
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_office(format_: str, path: Path) -> list[str]:
    """Pages of text; ValueError where it cannot be read."""
    reader = {"docx": _word, "xlsx": _sheets, "pptx": _slides}[format_]
    try:
        with zipfile.ZipFile(path) as package:
            return [page for page in reader(package) if page.strip()]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise ValueError(str(error)) from error
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def _part(package: zipfile.ZipFile, name: str) -> Any:
    with package.open(name) as part:
        content = part.read(PART_BYTES + 1)
    if len(content) > PART_BYTES:
        raise ValueError(f"{name} is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(content, parser)


def _word(package: zipfile.ZipFile) -> Iterator[str]:
    """Where Word once broke a page is a page; where it never did, after so many letters."""
    body = _part(package, "word/document.xml").find(f"{W}body")
    page: list[str] = []
    length = 0
    if body is None:
        return
    for paragraph in body.iter(f"{W}p"):
        if length and (length > 4 * PAGE_LETTERS or _breaks(paragraph, length)):
            yield "\n".join(page)
            page, length = [], 0
        text = _said(paragraph)
        page.append(text)
        length += len(text)
    yield "\n".join(page)


def _breaks(paragraph: Any, length: int) -> bool:
    breaks = paragraph.find(f".//{W}lastRenderedPageBreak") is not None
    breaks = breaks or any(one.get(f"{W}type") == "page" for one in paragraph.iter(f"{W}br"))
    return breaks and length > 200


def _said(paragraph: Any) -> str:
    words: list[str] = []
    for one in paragraph.iter(f"{W}t", f"{W}tab", f"{W}br"):
        words.append((one.text or "") if one.tag == f"{W}t" else "\t" if one.tag == f"{W}tab" else "\n")
    return "".join(words)


def _sheets(package: zipfile.ZipFile) -> Iterator[str]:
    names = package.namelist()
    shared: list[str] = []
    if "xl/sharedStrings.xml" in names:
        table = _part(package, "xl/sharedStrings.xml")
        shared = ["".join(text.text or "" for text in one.iter(f"{S}t")) for one in table.iter(f"{S}si")]
    titles = [one.get("name", "") for one in _part(package, "xl/workbook.xml").iter(f"{S}sheet")]
    left = CELLS
    for at, name in enumerate(_numbered(names, r"xl/worksheets/sheet(\d+)\.xml")):
        lines = [titles[at]] if at < len(titles) else []
        for row in _part(package, name).iter(f"{S}row"):
            cells = [_cell(cell, shared) for cell in row.iter(f"{S}c")]
            left -= len(cells)
            if left < 0:
                break
            lines.append("\t".join(cells).rstrip())
        yield "\n".join(lines)


def _cell(cell: Any, shared: list[str]) -> str:
    value = cell.findtext(f"{S}v") or ""
    if cell.get("t") == "s":
        at = int(value) if value.isdigit() else -1
        return shared[at] if 0 <= at < len(shared) else ""
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{S}t"))
    return value


def _slides(package: zipfile.ZipFile) -> Iterator[str]:
    for name in _numbered(package.namelist(), r"ppt/slides/slide(\d+)\.xml"):
        slide = _part(package, name)
        yield "\n".join("".join(text.text or "" for text in line.iter(f"{A}t")) for line in slide.iter(f"{A}p"))


def _numbered(names: list[str], form: str) -> list[str]:
    """Parts in the order of their numbers, which is how the programs write them."""
    found = [(int(match[1]), name) for name in names if (match := re.fullmatch(form, name)) and len(match[1]) < 9]
    return [name for _, name in sorted(found)][:PARTS]
