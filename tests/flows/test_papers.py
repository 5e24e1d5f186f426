"""A paper's way: the secretary uploads it, a delegate reads it on a phone and marks a passage of it."""

from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.test_page import faults
from tests.flows.writing import READER, convene, until
from tests.hub.papers_world import pdf

SENT = 20_000
TITLE = "Tờ trình dự toán"
QUOTE = "mua sắm trang thiết bị cho trạm y tế"
FIRST = pdf("Tờ trình về dự toán ngân sách năm 2026.", f"Trang hai: {QUOTE} là 1,2 tỷ đồng.")
SECOND = pdf("Trang bìa của bản sửa.", "Tờ trình về dự toán ngân sách năm 2026.", f"Trang ba: {QUOTE} là 1,5 tỷ đồng.")

SELECT = """
(words) => {
  const page = document.querySelector('[data-page="2"] [data-words]');
  const walk = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let text = "", begun = false;
  const nodes = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    nodes.push([node, text.length]);
    text += node.nodeValue;
  }
  const from = text.indexOf(words), to = from + words.length;
  for (const [node, at] of nodes) {
    const end = at + node.nodeValue.length;
    if (!begun && end > from) { range.setStart(node, from - at); begun = true; }
    if (begun && end >= to) { range.setEnd(node, to - at); break; }
  }
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  return getSelection().toString();
}
"""


async def upload(page: Page, content: bytes) -> None:
    await page.get_by_role("button", name="Thêm tài liệu…").first.click()
    dialog = page.get_by_role("dialog", name="Thêm tài liệu")
    await dialog.locator("input[type=file]").set_input_files(
        {"name": "to_trinh.pdf", "mimeType": "application/pdf", "buffer": content}
    )
    await dialog.get_by_label("Tên tài liệu").fill(TITLE)
    await dialog.get_by_role("button", name="Tải lên").click()
    await expect(page.get_by_role("button", name=TITLE).first).to_be_visible(timeout=SENT)


async def ask_about(phone: Page, reader: Locator) -> None:
    """A question about the passage, with its page and words carried along."""
    assert await phone.evaluate(SELECT, QUOTE) == QUOTE
    await reader.get_by_role("button", name="Hỏi về đoạn này").click()
    dialog = phone.get_by_role("dialog", name="Hỏi, góp ý về đoạn này")
    await expect(dialog.get_by_text(QUOTE)).to_be_visible(timeout=SENT)
    await dialog.get_by_label("Câu hỏi, ý kiến của bạn").fill("Mua những thiết bị gì?")
    assert await faults(phone) == []
    await dialog.get_by_role("button", name="Gửi", exact=True).click()
    await expect(dialog).to_have_count(0, timeout=SENT)


async def write_away(phone: Page, reader: Locator) -> None:
    """A note without a network: there at once, "Chưa gửi" until the hub has it."""
    await phone.context.set_offline(True)
    await reader.get_by_role("button", name="Thêm", exact=True).click()
    await phone.get_by_role("menuitem", name="Ghi chú trang này").click()
    dialog = phone.get_by_role("dialog", name="Ghi chú mới")
    await dialog.get_by_label("Ghi chú của bạn").fill("Viết lúc mất mạng")
    await dialog.get_by_role("button", name="Lưu").click()
    await expect(dialog).to_have_count(0)
    await reader.get_by_role("button", name="Thêm", exact=True).click()
    await phone.get_by_role("menuitem", name="Ghi chú (2)").click()
    card = reader.get_by_role("listitem").filter(has_text="Viết lúc mất mạng")
    await expect(card.get_by_text("Chưa gửi")).to_be_visible()
    assert await faults(phone) == []
    await phone.context.set_offline(False)
    await expect(card.get_by_text("Chưa gửi")).to_have_count(0, timeout=SENT)
    await card.get_by_role("button", name="Sửa ghi chú").click()
    await phone.get_by_role("dialog", name="Sửa ghi chú").get_by_role("button", name="Xóa").click()
    await expect(card).to_have_count(0)
    await reader.get_by_role("button", name="Thêm", exact=True).click()
    await phone.get_by_role("menuitem", name="Ghi chú (1)").click()


async def test_a_passage_marked_on_a_phone_stands_in_the_new_version_too(site: Site, people: People) -> None:
    sitting = await convene(site, "Họp về dự toán")
    item = uuid4()
    site.write(
        "INSERT INTO agenda_item (id, meeting_id, position, title) VALUES (%s, %s, 'a0', 'Dự toán')", item, sitting.id
    )
    address = f"/hop/{sitting.id}?muc=tai-lieu-hop"
    secretary = await people.page("secretary", address, DESKTOP)
    await upload(secretary, FIRST)
    phone = await people.page(READER, address, PHONE)
    row = phone.get_by_role("listitem").filter(has_text=TITLE)
    await expect(row.get_by_text("Mới")).to_be_visible(timeout=SENT)
    await row.get_by_role("button", name=TITLE).click()

    reader = phone.get_by_role("region", name="Đọc tài liệu")
    await reader.get_by_label("Trang", exact=True).fill("2")
    await reader.get_by_label("Trang", exact=True).press("Enter")
    second = reader.locator('[data-page="2"]')
    await expect(second.locator("[data-words]")).to_contain_text("mua sắm", timeout=SENT)
    assert await faults(phone) == []
    assert await phone.evaluate(SELECT, QUOTE) == QUOTE
    await reader.get_by_role("button", name="Tô sáng").click()
    await expect(second.locator(".marks i")).not_to_have_count(0, timeout=SENT)
    await write_away(phone, reader)
    await ask_about(phone, reader)
    await reader.get_by_role("button", name="Chữ lớn").click()
    await expect(second.get_by_text(QUOTE)).to_be_visible(timeout=SENT)
    await expect(second.locator(".marks i")).not_to_have_count(0)
    assert await faults(phone) == []
    await reader.get_by_role("button", name="Đóng tài liệu").click()
    await expect(row.get_by_text("Đã đọc")).to_be_visible(timeout=SENT)

    commands = secretary.get_by_role("button", name=f"Việc với tài liệu {TITLE}").first
    await commands.click()
    await secretary.get_by_role("menuitem", name="Thay bằng bản mới…").click()
    dialog = secretary.get_by_role("dialog", name="Thay bằng bản mới")
    await dialog.locator("input[type=file]").set_input_files(
        {"name": "ban_hai.pdf", "mimeType": "application/pdf", "buffer": SECOND}
    )
    await dialog.get_by_role("button", name="Tải lên").click()
    await expect(row.get_by_text("Đổi sau khi đọc")).to_be_visible(timeout=SENT)

    async def placed() -> bool:
        return site.rows("SELECT placed_number, placed_page FROM paper_note") == [(2, 3)]

    await until(placed, "the note is not found in the second version")  # once the hub has read the new file
    await row.get_by_role("button", name=TITLE).click()
    third = reader.locator('[data-page="3"]')
    await expect(third.locator(".marks i")).not_to_have_count(0, timeout=SENT)
    await phone.goto(f"{site.address}/tai-lieu")
    await phone.get_by_role("button", name="Xóa tài liệu khỏi máy này…").click()
    await phone.get_by_role("button", name="Xóa khỏi máy này", exact=True).click()
    await expect(phone.get_by_text("Máy này chưa giữ tài liệu phiên họp nào")).to_be_visible()

    await secretary.goto(f"{site.address}/hop/{sitting.id}?noi-dung={item}")
    card = secretary.get_by_role("article").filter(has_text="Mua những thiết bị gì?")
    await card.get_by_role("link", name="Mở tài liệu ở đoạn này").click(timeout=SENT)
    first = secretary.get_by_role("region", name="Đọc tài liệu")
    await expect(first.get_by_text("Bạn đang xem bản 1")).to_be_visible(timeout=SENT)
    await expect(first.locator('[data-page="2"] .marks i.found')).not_to_have_count(0, timeout=SENT)
