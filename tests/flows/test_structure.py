"""A law text in real browsers: in from Word, a reference that follows, out as PDF, a page of paper."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from playwright.async_api import Page, expect
from pypdf import PdfReader

from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.writing import SECOND_SECRETARY, Sitting, convene, saved, text, until

LABELS = "(text) => [...text.children].map((block) => block.dataset.label ?? '')"
REFERENCES = "(text) => [...text.querySelectorAll('.reference')].map((one) => one.dataset.words)"


def resolution() -> bytes:
    document = Document()
    for line in (
        "Căn cứ Luật Tổ chức chính quyền địa phương;",
        "Điều 1. Phạm vi điều chỉnh",
        "1. Đường liên thôn Đông – Đoài.",
        "2. Cầu qua kênh.",
        "Điều 2. Kinh phí thực hiện theo ",
        "Điều 3. Hiệu lực thi hành",
    ):
        document.add_paragraph(line)
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(
        (*table.rows[0].cells, *table.rows[1].cells), ("Hạng mục", "Triệu đồng", "Nền", "1.200"), strict=True
    ):
        cell.text = words
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


async def shown(page: Page, script: str) -> list[str]:
    found: list[str] = await text(page).evaluate(script)
    return [one for one in found if one]


async def picture(page: Page, name: str) -> None:
    """For a person to look at, where one asks for it."""
    if folder := os.environ.get("PHIEN_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
async def sitting(site: Site) -> Sitting:
    return await convene(site, "Họp soạn nghị quyết")


async def open_text(people: People, sitting: Sitting, who: str, **more: Any) -> Page:
    page: Page = await people.page(who, sitting.path("minutes"), **more)
    await expect(text(page)).to_be_visible()
    return page


async def test_a_resolution_comes_in_from_word_is_referred_to_and_goes_out_as_pdf(
    people: People, sitting: Sitting
) -> None:
    writer = await open_text(people, sitting, "secretary", viewport=DESKTOP)
    reader = await open_text(people, sitting, SECOND_SECRETARY, viewport=PHONE)

    await writer.get_by_role("button", name="Tệp", exact=True).click()
    await picture(writer, "menu")
    async with writer.expect_file_chooser() as choosing:
        await writer.get_by_role("menuitem", name="Nhập từ Word").click()
    chosen = await choosing.value
    await chosen.set_files({"name": "nghi-quyet.docx", "mimeType": "application/octet-stream", "buffer": resolution()})
    report = writer.get_by_role("dialog")
    await expect(report).to_contain_text("3 điều, 0 ảnh")
    await picture(writer, "report")
    await report.get_by_role("button", name="Đóng", exact=True).last.click()

    counted = ["Điều 1.", "1.", "2.", "Điều 2.", "Điều 3."]
    assert await shown(writer, LABELS) == counted
    await until(lambda: _is(reader, LABELS, counted), "the other does not see the text")

    await writer.get_by_text("Kinh phí thực hiện theo").click()
    await writer.keyboard.press("End")
    await writer.keyboard.type(" @")
    picker = writer.get_by_role("dialog", name="Dẫn chiếu đến")
    await picker.get_by_role("combobox").fill("cau qua")
    await picture(writer, "picker")
    await writer.keyboard.press("Enter")
    await expect(picker).to_be_hidden()
    await expect(text(writer)).to_be_focused()  # the picker gives the keys back to the text
    await until(lambda: _is(writer, REFERENCES, ["khoản 2 Điều 1"]), "the reference was not put in")

    await expect(saved(writer)).to_have_text("Đã lưu")
    await writer.get_by_text("Phạm vi điều chỉnh").click()
    await until(lambda: _stands_in(writer, "Phạm vi điều chỉnh"), "one cannot stand in the first article")
    await writer.keyboard.press("Home")
    await until(lambda: _stands_at_the_start(writer), "Home did not go to the start")
    await writer.keyboard.press("Enter")
    await until(lambda: _is(writer, REFERENCES, ["khoản 2 Điều 2"]), "no article was put before")
    await until(lambda: _is(reader, REFERENCES, ["khoản 2 Điều 2"]), "the reference did not follow")
    await expect(saved(writer)).to_have_text("Đã lưu")
    await picture(writer, "page")
    await picture(reader, "phone")

    await writer.get_by_role("button", name="Tệp", exact=True).click()
    async with writer.expect_download() as downloading:
        await writer.get_by_role("menuitem", name="Tải về PDF").click()
    file = await downloading.value
    pdf = PdfReader(await file.path())
    words = " ".join(page.extract_text() for page in pdf.pages).split()
    assert "theo khoản 2 Điều 2" in " ".join(words)
    assert file.suggested_filename.endswith(".pdf")

    await text(writer).press("Control+z")
    await until(lambda: _is(reader, LABELS, counted), "undo did not take the new article back")


async def _stands_in(page: Page, words: str) -> bool:
    return words in await page.evaluate("getSelection()?.anchorNode?.textContent ?? ''")


async def _stands_at_the_start(page: Page) -> bool:
    """For the editor, which hears of it a moment after the browser: a key between goes where one stood before."""
    place = await text(page).evaluate("(paper) => paper.editor.state.selection.$from.parentOffset")
    return bool(place == 0)


async def _is(page: Page, script: str, wanted: list[str]) -> bool:
    return await shown(page, script) == wanted
