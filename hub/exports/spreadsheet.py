"""A workbook for Excel and its like, by the standard library: rows of words and numbers, a head that stays in sight.

Words are written as words (inline strings), so nothing that somebody typed is ever a formula.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape, quoteattr

import msgspec

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_LETTERS: Final = 32_767
NAME_LETTERS: Final = 31
Cell: TypeAlias = str | int

_DECLARED: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_READS_AS_LETTER: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_PLAIN, _HEADING = 0, 1
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="12"/><name val="Times New Roman"/></font>'
    '<font><b/><sz val="12"/><name val="Times New Roman"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="2"><border/><border><left style="thin"/><right style="thin"/><top style="thin"/>'
    '<bottom style="thin"/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
    '<xf fontId="0" borderId="1" applyFont="1" applyBorder="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    '<xf fontId="1" borderId="1" applyFont="1" applyBorder="1" applyAlignment="1">'
    '<alignment horizontal="center" vertical="center" wrapText="1"/></xf></cellXfs></styleSheet>'
)


class Table(msgspec.Struct, frozen=True):
    """One leaf of the book. ``widths``: of its columns, in letters."""

    name: str
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]


def xlsx_of(tables: Sequence[Table], made_at: tuple[int, int, int, int, int, int]) -> bytes:
    numbers = range(1, len(tables) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(_name(table.name))} sheetId="{n}" r:id="r{n}"/>'
        for n, table in zip(numbers, tables, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>' for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": _leaf(table) for n, table in zip(numbers, tables, strict=True)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, made_at)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, (_DECLARED + content).encode())
    return out.getvalue()


def _leaf(table: Table) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(table.widths, 1)
    )
    rows = [_row(1, table.headings, _HEADING), *(_row(at, row, _PLAIN) for at, row in enumerate(table.rows, 2))]
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _row(number: int, cells: Sequence[Cell], style: int) -> str:
    said = "".join(_cell(f"{_letters(at)}{number}", cell, style) for at, cell in enumerate(cells))
    return f'<row r="{number}">{said}</row>'


def _cell(place: str, cell: Cell, style: int) -> str:
    if isinstance(cell, int):
        return f'<c r="{place}" s="{style}"><v>{cell}</v></c>'
    words = escape(_READS_AS_LETTER.sub("_x005F_", _printable(cell))[:CELL_LETTERS])
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def _letters(column: int) -> str:
    """A … Z, AA …"""
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _name(words: str) -> str:
    """Of a leaf: Excel refuses some signs."""
    return re.sub(r"[\[\]:*?/\\]", " ", _printable(words)).strip(" '")[:NAME_LETTERS] or "1"


def _printable(words: str) -> str:
    """XML knows no control characters but these."""
    return "".join(each for each in words if (each >= " " or each in "\n\t") and each not in "\ufffe\uffff")
