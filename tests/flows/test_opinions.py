"""A draft in a real browser: a delegate proposes and comments, the drafter decides, a right changes meanwhile."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.flows.site import PHONE, People, Site
from tests.flows.test_page import faults
from tests.flows.writing import READER, Sitting, convene, reads, saved, text, write


class Draft:
    def __init__(self, sitting: Sitting, document_id: str) -> None:
        self.path = f"/hop/{sitting.id}?van-ban={document_id}"


@pytest.fixture
async def draft(site: Site, request: pytest.FixtureRequest) -> Draft:
    sitting = await convene(site, f"Họp góp ý: {request.node.name}")
    item = uuid4()
    site.write(
        "INSERT INTO agenda_item (id, meeting_id, position, title) VALUES (%s, %s, 'a0', 'Phí chợ')", item, sitting.id
    )
    wanted = {"title": "Dự thảo nghị quyết về phí chợ", "agenda_item_id": str(item)}
    answer = await site.call("secretary", "POST", f"/api/meetings/{sitting.id}/documents", wanted)
    return Draft(sitting, answer.raise_for_status().json()["id"])


async def open_draft(people: People, draft: Draft, who: str) -> Page:
    page = await people.page(who, draft.path)
    await expect(text(page)).to_be_visible()
    return page


async def test_a_delegate_proposes_and_the_drafter_decides_with_a_reason(people: People, draft: Draft) -> None:
    drafter = await open_draft(people, draft, "secretary")
    await write(drafter, "Thu phí chợ hằng tháng.")
    await expect(saved(drafter)).to_have_attribute("data-status", "saved")
    delegate = await open_draft(people, draft, READER)
    await expect(text(delegate)).to_contain_text("hằng tháng")

    await text(delegate).click()
    await delegate.keyboard.press("Control+Home")
    await delegate.keyboard.type("Mức ")
    await delegate.keyboard.press("Control+End")
    for _ in "hằng tháng.":
        await delegate.keyboard.press("Backspace")  # the browser's own hand, not a command of the editor
    await delegate.keyboard.type("theo quý.")
    await expect(saved(delegate)).to_have_attribute("data-status", "saved")
    await expect(text(drafter).locator("ins")).to_have_text(["Mức ", "theo quý."])
    await expect(text(drafter).locator("del")).to_contain_text("hằng tháng.")

    await drafter.get_by_role("button", name="Góp ý (2)").click()
    panel = drafter.get_by_role("tabpanel", name="Góp ý")
    cards = panel.get_by_role("list", name="Góp ý đang chờ").get_by_role("article")
    await expect(cards).to_have_count(2)
    assert await faults(drafter) == []
    await cards.nth(1).get_by_role("button", name="Tiếp thu", exact=True).click()
    dialog = drafter.get_by_role("dialog")
    await dialog.get_by_role("button", name="Tiếp thu").click()
    await expect(cards).to_have_count(1)
    await cards.get_by_role("button", name="Không tiếp thu").click()
    await dialog.get_by_label("Nội dung giải trình").fill("Đã nêu ở Điều 2")
    await dialog.get_by_role("button", name="Không tiếp thu").click()

    await reads(delegate, "Thu phí chợ theo quý.")
    await delegate.get_by_role("button", name="Góp ý", exact=True).click()
    await expect(delegate.get_by_role("tabpanel", name="Góp ý").get_by_text("Đã nêu ở Điều 2")).to_be_visible()


async def test_a_comment_finds_who_is_named_and_a_new_right_is_there_without_a_reload(
    people: People, draft: Draft
) -> None:
    drafter = await open_draft(people, draft, "secretary")
    await write(drafter, "Thu phí chợ hằng tháng.")
    delegate = await open_draft(people, draft, READER)
    await expect(text(delegate)).to_contain_text("hằng tháng")
    drafters_name = await drafter.locator(".who").first.inner_text()
    name = drafters_name.split(":")[-1].strip()

    await text(delegate).click()
    await delegate.keyboard.press("Control+Home")
    for _ in range(2):
        await delegate.keyboard.press("Control+Shift+ArrowRight")
    await delegate.get_by_role("button", name="Bình luận").first.click()
    panel = delegate.get_by_role("tabpanel", name="Bình luận")
    await panel.get_by_label("Bình luận về đoạn đang chọn").fill(f"Ghi rõ mức tối đa nhé @{name}.")
    await panel.get_by_role("button", name="Gửi bình luận").click()
    await expect(panel.get_by_role("article")).to_have_count(1)
    await expect(text(drafter).locator(".discussed")).to_have_text("Thu phí")
    assert await faults(delegate) == []

    await drafter.evaluate("window.dispatchEvent(new Event('focus'))")
    await drafter.get_by_role("button", name=re.compile(r"Thông báo: \d+ chưa đọc")).click()
    await drafter.get_by_role("menuitem").filter(has_text="nhắc tên bạn").click()
    await drafter.get_by_role("button", name="Trả lời").click()
    await drafter.get_by_role("tabpanel", name="Bình luận").get_by_label("Trả lời").fill("Sẽ bổ sung.")
    await drafter.keyboard.press("Control+Enter")
    await expect(panel.get_by_text("Sẽ bổ sung.")).to_be_visible()

    await delegate.context.set_offline(True)
    await panel.get_by_role("button", name="Trả lời").click()
    await panel.get_by_label("Trả lời").fill("Viết khi mất mạng")
    await delegate.keyboard.press("Control+Enter")
    await expect(panel.get_by_text("Chưa gửi")).to_be_visible()
    await delegate.context.set_offline(False)
    await expect(drafter.get_by_text("Viết khi mất mạng")).to_be_visible()
    await expect(panel.get_by_text("Chưa gửi")).to_have_count(0)

    await drafter.get_by_role("button", name="Quyền").click()
    roles = drafter.get_by_role("dialog").get_by_role("combobox")
    assert await faults(drafter) == []
    await roles.last.select_option("editor")
    await expect(delegate.get_by_role("toolbar")).to_be_visible()
    await write(delegate, " Được sửa.")
    await reads(drafter, "Thu phí chợ hằng tháng. Được sửa.")
    await expect(text(drafter).locator("ins")).to_have_count(0)
    await roles.last.select_option("reader")
    await expect(text(delegate)).to_have_attribute("contenteditable", "false")


async def test_a_notice_brings_the_passage_into_sight_and_on_a_phone_so_does_the_thread(
    people: People, draft: Draft
) -> None:
    drafter = await open_draft(people, draft, "secretary")
    await write(drafter, "Mở đầu.")
    for _ in range(30):
        await drafter.keyboard.press("Enter")
    await drafter.keyboard.type("Thu phí chợ")
    await expect(saved(drafter)).to_have_attribute("data-status", "saved")
    name = (await drafter.locator(".who").first.inner_text()).split(":")[-1].strip()
    phone = await people.page(READER, draft.path, PHONE)
    await expect(text(phone)).to_contain_text("Thu phí chợ")
    await text(phone).click()
    await phone.keyboard.press("Control+End")
    await phone.keyboard.press("Control+Shift+ArrowLeft")
    await phone.get_by_role("button", name="Bình luận").first.click()
    panel = phone.get_by_role("tabpanel", name="Bình luận")
    await panel.get_by_label("Bình luận về đoạn đang chọn").fill(f"Nêu mức thu @{name}.")
    await panel.get_by_role("button", name="Gửi bình luận").click()
    await expect(panel.get_by_role("article")).to_have_count(1)

    await phone.evaluate("scrollTo(0, 0)")
    await panel.get_by_role("article").locator("button.quote").click()
    await expect(phone.get_by_role("tab", name="Bình luận")).to_have_count(0)  # it lay over the text
    await expect(text(phone).locator(".discussed")).to_be_in_viewport()

    other = await people.page("secretary", "/")
    await other.get_by_role("button", name=re.compile(r"Thông báo: \d+ chưa đọc")).click()
    await other.get_by_role("menuitem").filter(has_text="nhắc tên bạn").first.click()
    await expect(other.get_by_role("article").filter(has_text="Nêu mức thu")).to_be_visible()
    await expect(text(other).locator(".discussed")).to_be_in_viewport()


async def test_on_a_phone_the_side_comes_over_the_text_and_goes_again(people: People, draft: Draft) -> None:
    drafter = await open_draft(people, draft, "secretary")
    await write(drafter, "Thu phí chợ.")
    phone = await people.page(READER, draft.path, PHONE)
    await expect(text(phone)).to_contain_text("Thu phí")

    await phone.get_by_role("button", name="Bình luận").first.click()

    await expect(phone.get_by_role("tab", name="Bình luận")).to_have_attribute("aria-selected", "true")
    assert await faults(phone) == []
    await phone.get_by_role("button", name="Đóng").click()
    await expect(phone.get_by_role("tab", name="Bình luận")).to_have_count(0)
