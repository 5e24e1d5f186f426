"""Writing together in real browsers: convergence, the truth about "saved", a time without network, rights, pictures."""

from typing import Any

import anyio
import pytest
from playwright.async_api import Page, expect
from pwdlib import PasswordHash

from tests.flows.site import PHONE, People, Site
from tests.flows.writing import (
    READER,
    SECOND_SECRETARY,
    Sitting,
    blocks,
    convene,
    reads,
    same_words,
    saved,
    text,
    until,
    write,
)

# A clipboard as Word and the camera fill it; a browser's own cannot be filled with files by a test.
PASTE = """
async (text, [html, picture]) => {
  const data = new DataTransfer();
  if (html) data.setData("text/html", html);
  if (picture === "png") {
    const canvas = document.createElement("canvas");
    canvas.width = 320;
    canvas.height = 120;
    canvas.getContext("2d").fillRect(20, 20, 280, 80);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    data.items.add(new File([blob], "hien-trang.png", { type: "image/png" }));
  } else if (picture === "false") data.items.add(new File(["khong phai anh"], "a.png", { type: "image/png" }));
  text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}
"""
COPIES = """
async () => (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("phien.document."))
"""


KEPT_UPDATES = """
async (id) => {
  const name = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.endsWith(id));
  const opening = indexedDB.open(name);
  await new Promise((resolve, reject) => { opening.onsuccess = resolve; opening.onerror = reject; });
  const asking = opening.result.transaction("updates").objectStore("updates").count();
  await new Promise((resolve, reject) => { asking.onsuccess = resolve; asking.onerror = reject; });
  opening.result.close();
  return asking.result;
}
"""

PASSWORD = "mật khẩu"


def give_password(site: Site, who: str) -> None:
    """The sample's people come in by link only."""
    hashed = PasswordHash.recommended().hash(PASSWORD)
    site.write("UPDATE app_user SET password_hash = %s WHERE username = %s", hashed, who)


@pytest.fixture
async def sitting(site: Site, request: pytest.FixtureRequest) -> Sitting:
    return await convene(site, f"Họp soạn thảo: {request.node.name}")


async def open_minutes(people: People, sitting: Sitting, who: str, **more: Any) -> Page:
    page = await people.page(who, sitting.path("minutes"), **more)
    await expect(text(page)).to_be_visible()
    return page


async def test_two_people_write_at_once_and_see_the_same(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    reader = await open_minutes(people, sitting, READER)
    await write(chair, "Ý kiến thứ nhất.")
    await chair.keyboard.press("Enter")
    await expect(text(secretary)).to_contain_text("Ý kiến thứ nhất.")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write, chair, "Chủ tọa kết luận 🎉 đường liên thôn")
        tasks.start_soon(_write_first, secretary, "Thư ký ghi: ")

    for page in (chair, secretary):
        await expect(saved(page)).to_have_text("Đã lưu")
    written = await same_words(chair, secretary, reader)
    assert written == ["Thư ký ghi: Ý kiến thứ nhất.", "Chủ tọa kết luận 🎉 đường liên thôn"]


async def _write_first(page: Page, words: str) -> None:
    await text(page).click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type(words)


async def test_what_was_called_saved_is_there_for_who_comes_later(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    await write(chair, "Điều 1. Thông qua chương trình")  # the typed number becomes a counted one
    await chair.keyboard.press("Enter")
    await chair.keyboard.type("Giao Ủy ban nhân dân xã")
    await expect(saved(chair)).to_have_text("Đã lưu")
    await chair.context.close()

    later = await open_minutes(people, sitting, "secretary")

    await expect(later.locator('.ProseMirror p[data-part="article"]')).to_have_count(2)
    assert await blocks(later) == ["Thông qua chương trình", "Giao Ủy ban nhân dân xã"]
    await expect(later.locator(".ProseMirror p").nth(1)).to_have_attribute("data-label", "Điều 2.")


async def test_one_sees_by_name_who_is_here_and_where_they_write(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")

    await write(secretary, "Biên bản")

    await expect(chair.locator(".others-caret")).to_have_attribute("data-name", "Lê Minh Đức")
    await expect(chair.locator(".present")).to_contain_text("Đang mở văn bản này: Lê Minh Đức, bạn")
    await secretary.context.close()
    await expect(chair.locator(".others-caret")).to_have_count(0)


async def test_a_window_made_narrow_while_one_writes_breaks_nothing(people: People, sitting: Sitting) -> None:
    page = await open_minutes(people, sitting, "secretary")
    await write(page, "Viết lúc cửa sổ hẹp lại. ")
    await page.set_viewport_size(PHONE)
    await expect(page.get_by_role("navigation", name="Các phần của phiên họp")).to_be_visible()
    await expect(text(page)).to_contain_text("Viết lúc cửa sổ hẹp lại.")
    await write(page, "Viết tiếp. ")
    await expect(saved(page)).to_have_text("Đã lưu")


async def test_an_undo_takes_back_only_ones_own(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    await write(chair, "Của chủ tọa.")
    await chair.keyboard.press("Enter")
    await same_words(chair, secretary)
    await write(secretary, "Của thư ký.")
    await same_words(chair, secretary)

    await chair.keyboard.press("Control+z")

    await expect(text(chair)).not_to_contain_text("Của chủ tọa.")
    assert "Của thư ký." in await same_words(chair, secretary)


async def test_one_goes_offline_writes_on_and_returns(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    await write(chair, "Khai mạc.")
    await chair.keyboard.press("Enter")
    await same_words(chair, secretary)

    await chair.context.set_offline(True)
    await write(chair, "Viết khi mất mạng.")
    await expect(saved(chair)).to_have_text("Mất kết nối – vẫn sửa được")
    await _write_first(secretary, "Viết khi có mạng. ")
    await expect(saved(secretary)).to_have_text("Đã lưu")
    assert "Viết khi có mạng." not in " ".join(await blocks(chair))
    await chair.context.set_offline(False)

    await expect(saved(chair)).to_have_text("Đã lưu")
    assert await same_words(chair, secretary) == ["Viết khi có mạng. Khai mạc.", "Viết khi mất mạng."]


async def test_edits_of_a_page_that_was_closed_offline_come_with_the_next(people: People, sitting: Sitting) -> None:
    secretary = await open_minutes(people, sitting, "secretary")
    context = await people.context("chair")
    page = await context.new_page()
    await page.goto(sitting.site.address + sitting.path("minutes"))
    await write(page, "Khai mạc. ")
    await expect(saved(page)).to_have_text("Đã lưu")
    await context.set_offline(True)
    await expect(saved(page)).to_have_text(
        "Mất kết nối – vẫn sửa được"
    )  # a socket may yet send what it holds; now it is gone
    words = "Viết rồi đóng trang."
    before = await page.evaluate(KEPT_UPDATES, sitting.document("minutes"))
    await page.keyboard.type(words)

    async def kept() -> bool:
        return bool(await page.evaluate(KEPT_UPDATES, sitting.document("minutes")) >= before + len(words))

    await until(kept, "the device did not keep every keystroke")
    await page.close()
    await context.set_offline(False)
    assert await blocks(secretary) == ["Khai mạc. "]

    again = await context.new_page()
    await again.goto(sitting.site.address + sitting.path("minutes"))

    await reads(secretary, "Khai mạc. Viết rồi đóng trang.")
    await expect(saved(again)).to_have_text("Đã lưu")


async def test_signing_out_leaves_nothing_on_the_device(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    await write(chair, "Bản nháp.")
    await expect(saved(chair)).to_have_text("Đã lưu")
    kept = {name.rsplit(".", 1)[1] for name in await chair.evaluate(COPIES)}
    assert kept >= {sitting.document("agenda"), sitting.document("minutes")}  # and the comments beside the text

    await chair.get_by_role("button", name="Nguyễn Thị Hạnh").click()
    await chair.get_by_role("menuitem", name="Đăng xuất").click()
    await chair.wait_for_url("**/dang-nhap")

    assert await chair.evaluate(COPIES) == []


async def test_a_reader_reads_and_cannot_write(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    reader = await open_minutes(people, sitting, READER)
    await write(chair, "Chỉ để đọc.")
    await reads(reader, "Chỉ để đọc.")

    await expect(text(reader)).to_have_attribute("contenteditable", "false")
    await expect(saved(reader)).to_have_text("Chỉ xem")
    await expect(reader.get_by_role("toolbar")).to_have_count(0)


async def test_a_record_that_is_frozen_ends_the_writing_in_words(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    other = await open_minutes(people, sitting, SECOND_SECRETARY)
    await write(other, "Được quyền. ")
    await reads(chair, "Được quyền. ")
    await expect(saved(other)).to_have_text("Đã lưu")

    for state in ("running", "ended", "closed"):
        body = {"to": state, "reason": "Thử khóa hồ sơ."}
        changed = await sitting.site.call("chair", "POST", f"/api/meetings/{sitting.id}/state", body)
        changed.raise_for_status()

    for page in (chair, other):
        await expect(text(page)).to_have_attribute("contenteditable", "false")
        await expect(saved(page)).to_have_text("Chỉ xem")
        await expect(page.get_by_role("toolbar")).to_have_count(0)
    assert await same_words(chair, other) == ["Được quyền. "]


async def test_a_session_that_ends_meanwhile_costs_no_word(site: Site, people: People, sitting: Sitting) -> None:
    who = site.username("chair")
    give_password(site, who)
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    await write(chair, "Trước khi hết phiên. ")
    await expect(saved(chair)).to_have_text("Đã lưu")

    await chair.context.set_offline(True)
    await expect(saved(chair)).to_have_text("Mất kết nối – vẫn sửa được")
    await chair.keyboard.type("Viết khi đã hết phiên.")
    site.write("DELETE FROM session WHERE user_id = (SELECT id FROM app_user WHERE username = %s)", who)
    await chair.context.set_offline(False)
    dialog = chair.get_by_role("dialog", name="Phiên đăng nhập đã hết")
    await expect(dialog).to_be_visible()
    assert await blocks(secretary) == ["Trước khi hết phiên. "]
    await dialog.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    await dialog.get_by_role("button", name="Đăng nhập").click()

    await expect(dialog).to_have_count(0)
    await expect(saved(chair)).to_have_text("Đã lưu")
    await reads(secretary, "Trước khi hết phiên. Viết khi đã hết phiên.")


async def test_a_pasted_picture_is_uploaded_and_seen_by_the_others(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    await write(chair, "Hiện trạng:")

    await text(chair).evaluate(PASTE, [None, "png"])

    seen = secretary.locator('.ProseMirror img[src^="/api/images/"]')
    await expect(seen).to_have_count(1)
    await until(lambda: seen.evaluate("(image) => image.complete && image.naturalWidth === 320"), "no picture came")
    await expect(saved(chair)).to_have_text("Đã lưu")


async def test_a_refused_picture_says_why_and_leaves_no_mark(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    await write(chair, "Hiện trạng:")

    await text(chair).evaluate(PASTE, [None, "false"])

    told = chair.get_by_role("region", name="Thông báo")
    await expect(told).to_contain_text("Chưa chèn được ảnh.")
    await expect(told).not_to_contain_text("mã not-an-image")
    await expect(chair.locator(".picture-waiting")).to_have_count(0)
    assert await blocks(chair) == ["Hiện trạng:"]


async def test_what_comes_from_word_is_clean_and_counted(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    secretary = await open_minutes(people, sitting, "secretary")
    word = (
        "<p class=MsoNormal><b>Điều 1.</b> Thông qua<o:p></o:p></p><p>1. Đoạn Đông</p><p>a) Nền đường</p>"
        "<p>b) Mặt đường</p><p class=MsoNormal style='font-family:Arial'>Điều 2. Hiệu lực</p>"
    )

    await text(chair).click()
    await text(chair).evaluate(PASTE, [word, None])

    parts = secretary.locator(".ProseMirror > p[data-label]")
    await expect(parts).to_have_text(["Thông qua", "Đoạn Đông", "Nền đường", "Mặt đường", "Hiệu lực"])
    labels = [await part.get_attribute("data-label") for part in await parts.all()]
    assert labels == ["Điều 1.", "1.", "a)", "b)", "Điều 2."]
    assert await secretary.locator('.ProseMirror > [style], .ProseMirror > p [style*="font"]').count() == 0


async def test_one_writes_a_table_and_parts_with_keys_alone(people: People, sitting: Sitting) -> None:
    chair = await open_minutes(people, sitting, "chair")
    await text(chair).click()

    await chair.keyboard.type("Điều 1. Kinh phí")
    await chair.keyboard.press("Enter")
    await chair.keyboard.press("Tab")
    await chair.keyboard.type("Ngân sách xã:")
    await chair.keyboard.press("Enter")
    await chair.keyboard.press("Tab")
    for word in ("bốn", "năm", "sáu", "bảy", "tám"):
        await chair.keyboard.type(word)
        await chair.keyboard.press("Enter")
    await chair.keyboard.press("Enter")
    await chair.get_by_role("button", name="Bảng", exact=True).press("Enter")
    await chair.keyboard.press("Enter")
    await chair.keyboard.type("Hạng mục")
    await chair.keyboard.press("Tab")
    await chair.keyboard.type("Số tiền")

    points = chair.locator('.ProseMirror p[data-part="point"]')
    assert [await point.get_attribute("data-label") for point in await points.all()] == ["a)", "b)", "c)", "d)", "đ)"]
    await expect(chair.locator(".ProseMirror th").nth(1)).to_have_text("Số tiền")
    await chair.keyboard.press("Escape")
    await chair.keyboard.press("Tab")
    assert not await chair.evaluate("document.activeElement.closest('.ProseMirror') !== null")


async def test_on_a_phone_the_rarer_tools_unfold(people: People, sitting: Sitting) -> None:
    phone = await open_minutes(people, sitting, "secretary", viewport=PHONE)
    await expect(phone.get_by_role("button", name="Bảng", exact=True)).to_have_count(0)

    await phone.get_by_role("toolbar").get_by_role("button", name="Thêm").click()

    await expect(phone.get_by_role("button", name="Bảng", exact=True)).to_be_visible()
    await write(phone, "Viết trên điện thoại")
    await expect(saved(phone)).to_have_text("Đã lưu")
