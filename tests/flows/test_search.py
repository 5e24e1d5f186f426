"""Searching in a real browser: by meaning, without diacritics, by number, by keys, on a phone; opening at the place."""

import re

import anyio
import pytest
from playwright.async_api import Page, expect

from hub.sample.holding import meeting_id
from tests.flows.site import PHONE, People, Site

MEALS = "12-ho-tro-bua-an-ban-tru"  # a session of the council more than a year ago
QUESTION = "trợ tiền cơm cho con nhà khó khăn"
INDEXED_SECONDS = 300  # the whole sample, on a machine that does other things too


@pytest.fixture(scope="module")
async def indexed(site: Site) -> Site:
    """The sample's meetings, read by the model: it begins by itself at the first start."""
    with anyio.fail_after(INDEXED_SECONDS):
        while True:
            meetings, waiting = site.rows(
                "SELECT (SELECT count(*) FROM meeting m WHERE m.state = 'closed' AND NOT EXISTS"
                " (SELECT 1 FROM search_meeting s WHERE s.meeting_id = m.id)),"
                " (SELECT count(*) FROM passage WHERE embedding IS NULL)"
            )[0]
            if (meetings, waiting) == (0, 0):
                return site
            await anyio.sleep(0.5)


async def ask(page: Page, words: str) -> None:
    await page.get_by_role("searchbox").fill(words)
    await expect(page).to_have_url(re.compile(r"[?&]q="))


async def test_last_years_decision_is_found_by_meaning_and_opened_at_its_place(people: People, indexed: Site) -> None:
    page = await people.page("chair", "/tim")
    await expect(page.get_by_text("Hỏi bằng lời của mình")).to_be_visible()

    await ask(page, QUESTION)

    first = page.locator("a[data-result]").first
    await expect(first).to_contain_text("hỗ trợ bữa ăn bán trú")
    await expect(first).to_contain_text("Cùng nghĩa")
    words = (await first.locator(".passage").inner_text()).lower()
    assert "tiền cơm" not in words
    assert "khó khăn" not in words
    assert str(meeting_id(MEALS)) in (await first.get_attribute("href") or "")

    await page.get_by_role("searchbox").press("ArrowDown")
    await expect(first).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(rf"/hop/{meeting_id(MEALS)}\?doan="))
    card = page.get_by_role("region", name="Đoạn tìm thấy")
    await expect(card).to_be_visible()
    await expect(card.locator("blockquote")).not_to_be_empty()
    await card.get_by_role("button", name="Về kết quả tìm").click()
    await expect(page.get_by_role("searchbox")).to_have_value(QUESTION)
    await expect(page.locator("a[data-result]").first).to_contain_text("hỗ trợ bữa ăn bán trú")


async def test_a_passage_of_the_minutes_is_brought_into_view_and_marked(people: People, indexed: Site) -> None:
    text, link = indexed.rows(
        "SELECT text, format('/hop/%%s?doan=%%s&van-ban=%%s', meeting_id, id, document_id) FROM passage"
        " WHERE meeting_id = %s AND kind = 'minutes' ORDER BY ordinal DESC LIMIT 1",
        meeting_id(MEALS),
    )[0]

    page = await people.page("chair", link)

    place = page.locator(".ProseMirror p", has_text=text[:40]).first
    await expect(place).to_be_in_viewport()
    await page.wait_for_function("() => CSS.highlights.has('found-passage')")
    await page.get_by_role("button", name="Đóng", exact=True).click()
    await expect(page.get_by_role("region", name="Đoạn tìm thấy")).to_have_count(0)
    await page.wait_for_function("() => !CSS.highlights.has('found-passage')")


async def test_without_diacritics_it_says_what_it_searched_and_there_is_a_way_back(
    people: People, indexed: Site
) -> None:
    page = await people.page("chair", "/tim")

    await ask(page, "bua an ban tru")

    await expect(page.get_by_text("Đã thêm dấu: bữa ăn bán trú")).to_be_visible()
    await expect(page.locator("a[data-result]").first).to_contain_text("bữa ăn bán trú")
    await expect(page.locator("a[data-result] mark").first).to_be_visible()
    await page.get_by_role("button", name="Tìm đúng như đã gõ").click()
    await expect(page.get_by_text("Đang tìm đúng như đã gõ.")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"dau=khong"))
    await page.get_by_role("button", name="Thêm dấu").click()
    await expect(page.get_by_text("Đã thêm dấu: bữa ăn bán trú")).to_be_visible()


async def test_filters_narrow_and_what_is_not_there_is_said(people: People, indexed: Site) -> None:
    page = await people.page("chair", f"/tim?q={QUESTION}")
    await expect(page.locator("a[data-result]").first).to_be_visible()

    await page.get_by_label("Loại").select_option("resolution")

    await expect(page).to_have_url(re.compile(r"loai=resolution"))
    await expect(page.locator("a[data-result] .foot").filter(has_text="Kết luận ·")).to_have_count(0)
    await expect(page.locator("a[data-result]").first).to_contain_text("Nghị quyết, quyết định")
    await ask(page, "28/2024/QĐ-UBND")
    await expect(page.locator("a[data-result]").first).to_contain_text("Đúng số văn bản")


async def test_on_a_phone_a_result_opens_the_meeting_at_its_passage(people: People, indexed: Site) -> None:
    page = await people.page("chair", f"/tim?q={QUESTION}", PHONE)
    first = page.locator("a[data-result]").first
    await expect(first).to_contain_text("hỗ trợ bữa ăn bán trú")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await first.click()

    await expect(page.get_by_role("region", name="Đoạn tìm thấy")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
