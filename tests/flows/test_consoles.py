"""The consoles: a meeting chaired and voted with keys alone, seen on the wall."""

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.flows.site import DESKTOP, People, Site
from tests.flows.test_page import at_item, faults, items

SENT = 20_000
TABS = 120
SMALLEST_ON_WALL = """
() => Math.min(...[...document.querySelectorAll("body *")]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .filter((one) => one.checkVisibility() && !one.closest("nav, .skip, .unseen, [aria-live], [role=status]"))
  .map((one) => parseFloat(getComputedStyle(one).fontSize)))
"""


async def reach(page: Page, wanted: Locator) -> None:
    """By the Tab key alone, as somebody does who has no mouse."""
    await expect(wanted).to_be_visible(timeout=SENT)
    for _ in range(TABS):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


async def press(page: Page, wanted: Locator) -> None:
    await reach(page, wanted)
    await page.keyboard.press("Enter")


async def put_a_vote(site: Site, number: int) -> dict[str, Any]:
    item = (await items(site))[number - 1]["id"]
    wish = {"item_ids": [item], "question": "Thông qua báo cáo?", "rule_id": "hdnd", "kind": "question"}
    put = await site.call("chair", "POST", f"/api/meetings/{site.meeting_id}/votes", wish)
    assert put.status_code == 201, put.text
    vote: dict[str, Any] = put.json()
    return vote


async def test_an_item_is_chaired_and_voted_with_keys_alone_and_the_wall_shows_it(site: Site, people: People) -> None:
    await at_item(site, 2)
    await put_a_vote(site, 2)
    chair_id = site.rows(
        "SELECT user_id FROM participant WHERE meeting_id = %s AND role = 'chair'", site.meeting_id
    )[0][0]  # fmt: skip
    here = f"/api/meetings/{site.meeting_id}/participants/{chair_id}/check-in"
    assert (await site.call("secretary", "POST", here)).status_code < 300
    wall = await people.page("secretary", f"/hop/{site.meeting_id}/man-hinh", DESKTOP)
    chyron = await people.page("secretary", f"/hop/{site.meeting_id}/man-hinh?kieu=chay-chu", DESKTOP)
    page = await people.page("chair", f"/hop/{site.meeting_id}")
    dialog = page.get_by_role("dialog")

    await press(page, page.get_by_role("button", name="Biểu quyết tiếp theo – nội dung 2"))
    await press(page, dialog.get_by_role("button", name="Mở biểu quyết"))
    reason = dialog.get_by_label("Lý do vẫn biểu quyết khi chưa đủ người")
    await reach(page, reason)
    await page.keyboard.type("Các đại biểu còn lại đang vào phòng họp")
    await press(page, dialog.get_by_role("button", name="Mở biểu quyết"))
    await press(page, dialog.get_by_role("button", name="Tán thành – nội dung 2", exact=True))
    await expect(chyron.get_by_text("Thông qua báo cáo?")).to_be_visible(timeout=SENT)
    await press(page, dialog.get_by_role("button", name="Gửi phiếu – nội dung 2"))
    await expect(dialog.get_by_text("Đã ghi phiếu của bạn")).to_be_visible(timeout=SENT)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await press(page, page.get_by_role("button", name="Đóng biểu quyết"))
    await press(page, dialog.get_by_role("button", name="Đóng biểu quyết"))

    said = re.compile("^Không được thông qua: 1/")
    await expect(wall.get_by_text(said)).to_be_visible(timeout=SENT)
    await expect(wall.get_by_role("img", name=re.compile("Tán thành: 1"))).to_be_visible(timeout=SENT)
    await expect(chyron.get_by_text(re.compile("^Không được thông qua · 1/"))).to_be_visible(timeout=SENT)
    for screen in (wall, chyron):
        assert await screen.evaluate(SMALLEST_ON_WALL) >= DESKTOP["height"] / 25
        assert await faults(screen) == []
    await press(page, page.get_by_role("button", name="Sang nội dung 3"))
    await expect(wall.get_by_role("heading", name=(await items(site))[2]["title"])).to_be_visible(timeout=SENT)
