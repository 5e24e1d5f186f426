"""A sheet becomes a Word file, in the child. Measures are those of ``sheet.typ``, so that lines break alike.

Numbers of parts are written as text, because Word cannot count a b c d đ e; each part that something refers to has a
bookmark, and the reference is a link to it.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from hub.exports.messages import Printed, PrintJob
from hub.exports.pictures import Fit, fit_all
from hub.exports.sheet import Foot, Grid, Head, Image, Laid, Line, Listed, Quoted, Ruled, Run, Sheet, Signer

FACE: Final = "Times New Roman"
BODY_PT: Final = 14
TABLE_PT: Final = 13
GAP_PT: Final = 5
INDENT_MM: Final = 12.7
ITEM_MM: Final = 8.0
TEXT_MM: Final = 160.0
ALIGNS: Final = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}


def to_word(job: PrintJob) -> Printed:
    out = io.BytesIO()
    _Writer(job.sheet, fit_all(job.images)).write().save(out)
    return Printed(out.getvalue())


class _Writer:
    def __init__(self, sheet: Sheet, images: dict[str, Fit]) -> None:
        self._sheet, self._images = sheet, images
        self._document = Document()
        self._bookmarks = 0

    def write(self) -> Any:
        self._set_up()
        self._head(self._sheet.head)
        self._blocks(self._document, self._sheet.blocks, "body", 0.0)
        if self._sheet.foot is not None:
            self._foot(self._sheet.foot)
        return self._document

    def _set_up(self) -> None:
        document = self._document
        normal = document.styles["Normal"]
        normal.font.name, normal.font.size = FACE, Pt(BODY_PT)
        fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), FACE)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "vi-VN")
        normal.element.get_or_add_rPr().append(language)
        said = document.core_properties
        said.title, said.author, said.language = self._sheet.title, self._sheet.author, "vi-VN"
        said.created = said.modified = datetime(*self._sheet.date, tzinfo=UTC)
        said.comments = ""
        self._no_stretching()
        self._page()

    def _no_stretching(self) -> None:
        """A line that ends with a break keeps its spaces, as it does on the page."""
        settings = self._document.settings.element
        compat = settings.find(qn("w:compat"))
        compat.insert(0, OxmlElement("w:doNotExpandShiftReturn"))

    def _page(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = section.right_margin = Mm(20)
        section.left_margin = Mm(30)
        section.header_distance = section.footer_distance = Mm(10)
        section.different_first_page_header_footer = True  # the first page has no number
        number = section.header.paragraphs[0]
        _dress(number, align="center", before=0)
        _field(number, "PAGE", "2")
        if self._sheet.mark:
            for footer in (section.footer, section.first_page_footer):
                line = footer.paragraphs[0]
                _dress(line, align="center", before=0, size=9)
                line.add_run(self._sheet.mark).font.size = Pt(9)

    # --- above and below the text ---

    def _head(self, head: Head) -> None:
        left, right = self._columns(66, 94)
        lines = [left.paragraphs[0]]
        for line in head.parent:
            _say(lines[-1], line.upper(), size=12)
            lines.append(left.add_paragraph())
        for at, line in enumerate(head.issuer):
            if at:
                lines.append(left.add_paragraph())
            _say(lines[-1], line.upper(), size=12, bold=True)
        _rule(left.add_paragraph(), 66)
        _say(left.add_paragraph(), head.number, size=13)
        if head.draft:
            _say(left.add_paragraph(), "DỰ THẢO", size=13)
        _say(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=12, bold=True)
        _say(right.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", size=13, bold=True)
        _rule(right.add_paragraph(), 94, share=0.62)
        if head.dated:
            _say(right.add_paragraph(), head.dated, size=13, italic=True)
        _dress(self._document.add_paragraph(), before=0, exact_pt=9)

    def _foot(self, foot: Foot) -> None:
        _dress(self._document.add_paragraph(), before=6)
        left, right = self._columns(80, 80)
        if len(foot.signers) == 2:
            self._signer(left, foot.signers[0])
            _dress(left.add_paragraph(), before=0, exact_pt=12)
            self._recipients(left, foot.recipients, left.add_paragraph())
        else:
            self._recipients(left, foot.recipients, left.paragraphs[0])
        self._signer(right, foot.signers[-1])

    def _signer(self, cell: Any, signer: Signer) -> None:
        for at, title in enumerate(signer.titles):
            _say(cell.paragraphs[0] if at == 0 else cell.add_paragraph(), title, bold=True)
        _dress(cell.add_paragraph(), align="center", before=0, exact_pt=68)
        _say(cell.add_paragraph(), signer.name, bold=True)

    def _recipients(self, cell: Any, recipients: Sequence[str], first: Any) -> None:
        _say(first, "Nơi nhận:", size=12, bold=True, italic=True, align=None)
        for one in recipients:
            _say(cell.add_paragraph(), f"- {one}", size=11, align=None)

    def _columns(self, left: float, right: float) -> tuple[Any, Any]:
        table = self._document.add_table(rows=1, cols=2)
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _cell_margins(table, 0)
        for column, width in zip(table.columns, (left, right), strict=True):
            column.width = Mm(width)
            column.cells[0].width = Mm(width)
        _keep_row_together(table.rows[0])
        return table.rows[0].cells[0], table.rows[0].cells[1]

    # --- the text ---

    def _blocks(self, place: Any, blocks: Sequence[Laid], level: str, left_mm: float) -> None:
        for block in blocks:
            self._block(place, block, level, left_mm)

    def _block(self, place: Any, block: Laid, level: str, left_mm: float) -> None:
        match block:
            case Line():
                self._line(place.add_paragraph(), block, level, left_mm)
            case Ruled():
                _rule(place.add_paragraph(), TEXT_MM, before=6)
            case Image():
                self._image(place.add_paragraph(), block)
            case Quoted():
                self._blocks(place, block.blocks, "item", left_mm + INDENT_MM)
            case Listed():
                self._list(place, block, left_mm + (INDENT_MM if level == "body" else 0.0))
            case Grid():
                self._grid(place, block)

    def _line(self, paragraph: Paragraph, line: Line, level: str, left_mm: float, sign: str | None = None) -> None:
        heading = line.kind in ("title", "subject", "section")
        align = line.align or ("center" if line.kind in ("title", "subject") else None)
        indented = level == "body" and align is None and line.kind != "section"
        size = TABLE_PT if level == "cell" else BODY_PT
        _dress(
            paragraph,
            align=align or ("left" if level == "cell" or line.kind == "section" else None),
            before=2 if level == "cell" else 6,
            size=size,
            left_mm=left_mm,
            first_mm=INDENT_MM if indented else -ITEM_MM if sign is not None else 0.0,
        )
        paragraph.paragraph_format.keep_with_next = heading
        if sign is not None:
            paragraph.add_run(f"{sign}\t")
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(left_mm))
        if line.label is not None:
            self._label(paragraph, line)
        for run in line.runs:
            _run(paragraph, run, size, bold=heading, italic=line.kind == "ground")

    def _label(self, paragraph: Paragraph, line: Line) -> None:
        start = None
        if line.anchor is not None:
            self._bookmarks += 1
            start = _mark("w:bookmarkStart", self._bookmarks, line.anchor)
            paragraph._p.append(start)
        paragraph.add_run(f"{line.label} ").bold = line.kind == "article"
        if start is not None:
            paragraph._p.append(_mark("w:bookmarkEnd", self._bookmarks))

    def _list(self, place: Any, listed: Listed, left_mm: float) -> None:
        for at, item in enumerate(listed.items):
            sign: str | None = f"{listed.start + at}." if listed.ordered else "–"
            for block in item:
                if isinstance(block, Line):
                    self._line(place.add_paragraph(), block, "item", left_mm + ITEM_MM, sign)
                    sign = None
                else:
                    self._block(place, block, "item", left_mm + ITEM_MM)

    def _image(self, paragraph: Paragraph, image: Image) -> None:
        _dress(paragraph, align="center")
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE  # an exact line would cut it
        fit = self._images.get(image.image)
        if fit is None:
            paragraph.add_run(image.alt)
            return
        drawing = paragraph.add_run().add_picture(io.BytesIO(fit.content), width=Mm(fit.width_mm))
        drawing._inline.docPr.set("descr", image.alt)

    def _grid(self, place: Any, grid: Grid) -> None:
        _dress(place.add_paragraph(), before=0, exact_pt=6)
        table = place.add_table(rows=grid.rows, cols=grid.columns)
        table.style = self._document.styles["Table Grid"]
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        if len(grid.widths) == grid.columns:
            table.autofit = False
            for row in table.rows:
                for corner, width in zip(row.cells, grid.widths, strict=True):
                    corner.width = Mm(width)
        for row in table.rows[: grid.headers]:
            head = OxmlElement("w:tblHeader")
            row._tr.get_or_add_trPr().append(head)
        for row in table.rows:
            _keep_row_together(row)  # Word parts one that is higher than a page all the same
        for cell in grid.cells:
            corner = table.cell(cell.row, cell.column)
            if cell.rowspan > 1 or cell.colspan > 1:
                corner = corner.merge(table.cell(cell.row + cell.rowspan - 1, cell.column + cell.colspan - 1))
            first = corner.paragraphs[0]
            self._blocks(corner, cell.blocks, "cell", 0.0)
            if any(isinstance(block, Line) for block in cell.blocks[-1:]):
                first._p.getparent().remove(first._p)
            for paragraph in corner.paragraphs if cell.header else ():
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                for run in paragraph.runs:
                    run.bold = True


def _dress(
    paragraph: Paragraph,
    *,
    align: str | None = None,
    before: float = 6,
    size: float = BODY_PT,
    left_mm: float = 0.0,
    first_mm: float = 0.0,
    exact_pt: float | None = None,
) -> None:
    said = paragraph.paragraph_format
    said.alignment = {**ALIGNS, "left": WD_ALIGN_PARAGRAPH.LEFT}.get(align or "", WD_ALIGN_PARAGRAPH.JUSTIFY)
    said.space_before, said.space_after = Pt(before), Pt(0)
    said.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    said.line_spacing = Pt(exact_pt if exact_pt is not None else size + GAP_PT)
    said.left_indent, said.first_line_indent = Mm(left_mm), Mm(first_mm)
    said.widow_control = True


def _say(
    paragraph: Paragraph,
    text: str,
    *,
    size: float = BODY_PT,
    bold: bool = False,
    italic: bool = False,
    align: str | None = "center",
) -> None:
    _dress(paragraph, align=align or "left", before=0, size=size)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _run(paragraph: Paragraph, run: Run, size: float, *, bold: bool, italic: bool) -> None:
    if run.text == "\n":
        paragraph.add_run().add_break()
        return
    made = paragraph.add_run(run.text)
    made.bold, made.italic = run.bold or bold or None, run.italic or italic or None
    made.underline, made.font.strike = run.underline or None, run.strike or None
    if size != BODY_PT:
        made.font.size = Pt(size)
    if run.to is not None:
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), run.to)
        link.set(qn("w:history"), "1")
        paragraph._p.append(link)
        link.append(made._r)


def _rule(paragraph: Paragraph, wide_mm: float, *, share: float = 1 / 3, before: float = 0) -> None:
    """An empty line with an edge below, as wide as its share of the room."""
    _dress(paragraph, before=before, exact_pt=5)
    side = Mm(wide_mm * (1 - share) / 2)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = side
    edges = OxmlElement("w:pBdr")
    edge = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "5"), ("space", "0"), ("color", "auto")):
        edge.set(qn(f"w:{name}"), value)
    edges.append(edge)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(edges, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _field(paragraph: Paragraph, code: str, shown: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)
    field.append(paragraph.add_run(shown)._r)


def _mark(tag: str, number: int, name: str | None = None) -> Any:
    mark = OxmlElement(tag)
    mark.set(qn("w:id"), str(number))
    if name is not None:
        mark.set(qn("w:name"), name)
    return mark


def _cell_margins(table: Any, wide: int) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(wide))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)


def _keep_row_together(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
