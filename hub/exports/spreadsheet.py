"""A workbook for Excel and its like: rows of words and numbers under a head that stays in sight.

Words are written as words, so nothing that somebody typed is ever a formula or a link.
"""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

import msgspec
from xlsxwriter import Workbook

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_LETTERS: Final = 32_767
NAME_LETTERS: Final = 31
Cell: TypeAlias = str | int

_LETTERS: Final = {"font_name": "Times New Roman", "font_size": 12, "border": 1, "text_wrap": True}
_A4: Final = 9


class Table(msgspec.Struct, frozen=True):
    """One leaf of the book. ``widths``: of its columns, in letters."""

    name: str
    headings: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]


def xlsx_of(tables: Sequence[Table], made_at: datetime) -> bytes:
    """``made_at``: what the file says of itself, as a clock on the wall shows it."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        plain = book.add_format(_LETTERS | {"valign": "top"})
        heading = book.add_format(_LETTERS | {"bold": True, "align": "center", "valign": "vcenter"})
        for table in tables:
            leaf = book.add_worksheet(_name(table.name))
            leaf.freeze_panes(1, 0)
            leaf.set_landscape()
            leaf.set_paper(_A4)
            leaf.fit_to_pages(1, 0)
            for column, width in enumerate(table.widths):
                leaf.set_column(column, column, width)
            for column, words in enumerate(table.headings):
                leaf.write_string(0, column, words, heading)
            for line, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, int):
                        leaf.write_number(line, column, cell, plain)
                    else:
                        leaf.write_string(line, column, _printable(cell)[:CELL_LETTERS], plain)
    return out.getvalue()


def _name(words: str) -> str:
    """Of a leaf: Excel refuses some signs."""
    return re.sub(r"[\[\]:*?/\\]", " ", _printable(words)).strip(" '")[:NAME_LETTERS] or "1"


def _printable(words: str) -> str:
    """XML knows no control characters but these."""
    return "".join(each for each in words if (each >= " " or each in "\n\t") and each not in "\ufffe\uffff")
