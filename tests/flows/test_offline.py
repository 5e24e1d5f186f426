"""A day without a network in a real browser that is closed in between, and devices on which nothing may stay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.flows.conftest import QUIET
from tests.flows.site import DESKTOP, PHONE, People, Site, chromium_path
from tests.flows.test_coediting import PASSWORD, give_password
from tests.flows.writing import Sitting, convene, same_words, saved, text, until, write

KEPT = """
async () => {
  const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().map((request) => request.url);
}
"""
WRITTEN_DOWN = """async () => {
  for (const { name } of await indexedDB.databases())
    if (name.startsWith("phien.document."))
      await new Promise((done, broke) => {
        const open = indexedDB.open(name);
        open.onerror = broke;
        open.onsuccess = () => {
          const asked = open.result.transaction("updates").objectStore("updates").count();
          asked.onerror = broke;
          asked.onsuccess = () => { open.result.close(); done(); };
        };
      });
}"""  # a question waits for what is being written
REMEMBERED = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "phien.kept")) return false;
  return new Promise((done, broke) => {
    const open = indexedDB.open("phien.kept");
    open.onerror = broke;
    open.onsuccess = () => {
      const asked = open.result.transaction("answers").objectStore("answers").count("me");
      asked.onerror = broke;
      asked.onsuccess = () => { open.result.close(); done(asked.result > 0); };
    };
  });
}"""
WORKING = "() => navigator.serviceWorker.ready.then(({ active }) => active !== null)"
DATABASES = "async () => (await indexedDB.databases()).map(({ name }) => name)"


@asynccontextmanager
async def own_browser(site: Site, chromium: Browser, profile: Path) -> AsyncIterator[BrowserContext]:
    """A browser with a profile on the disk: what it keeps is there when it is started again."""
    context = await chromium.browser_type.launch_persistent_context(
        profile, executable_path=chromium_path(), args=QUIET, viewport=PHONE,
        locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    try:
        yield context
    finally:
        await context.close()


async def keeps(page: Page, *names: str) -> None:
    async def there() -> bool:
        files: list[str] = await page.evaluate(KEPT)
        return all(any(name in file for file in files) for name in names)

    await until(there, f"the device does not keep {names}")


async def test_one_writes_without_a_network_closes_the_browser_and_comes_back(
    site: Site, people: People, chromium: Browser, tmp_path: Path
) -> None:
    sitting = await convene(site, "Họp ở nơi không có mạng")
    name, token = site.session("secretary")
    cookie: Any = {"name": name, "value": token, "url": site.address, "httpOnly": True, "expires": 4102444800}
    async with own_browser(site, chromium, tmp_path) as browser:
        await browser.add_cookies([cookie])
        page = browser.pages[0]
        await page.goto(site.address + sitting.path("minutes"))
        await write(page, "Có mạng. ")
        await expect(saved(page)).to_have_text("Đã lưu")
        await keeps(page, "/assets/MeetingScreen", "/assets/Editor", "/assets/DocumentPane")
        await browser.set_offline(True)
        await write(page, "Mất mạng. ")
        await expect(saved(page)).to_contain_text("Mất kết nối – vẫn sửa được")

    other = await people.page("chair", sitting.path("minutes"), viewport=DESKTOP)
    await write(other, "Người khác viết. ")
    await expect(saved(other)).to_have_text("Đã lưu")

    async with own_browser(site, chromium, tmp_path) as browser:
        await browser.set_offline(True)
        page = browser.pages[0]
        await page.goto(site.address + sitting.path("minutes"))
        await expect(text(page)).to_contain_text("Có mạng. Mất mạng.")
        away = page.get_by_role("status").filter(has_text="Đang không có mạng.")
        await expect(away).to_contain_text("Dữ liệu lúc")
        await expect(away).to_contain_text("1 văn bản có sửa đổi chưa gửi")
        await write(page, "Mở lại. ")
        await expect(text(page)).to_contain_text("Mở lại.")
        await page.evaluate(WRITTEN_DOWN)
        await page.goto(site.address)
        await expect(page.get_by_role("link", name="Họp ở nơi không có mạng")).to_be_visible()

        await browser.set_offline(False)  # the text is not open: what was written in it goes out all the same
        await expect(page.get_by_text("Đã gửi sửa đổi viết lúc không có mạng").first).to_be_visible()
        await expect(away).to_have_count(0)
        await page.goto(site.address + sitting.path("minutes"))
        [line] = await same_words(page, other)
        await expect(saved(page)).to_have_text("Đã lưu")

    for words in ("Có mạng. ", "Mất mạng. ", "Mở lại. ", "Người khác viết. "):
        assert words.strip() in line


async def test_a_screen_first_wanted_without_a_network_comes_by_itself_when_it_is_back(
    site: Site, people: People
) -> None:
    sitting = await convene(site, "Họp mở lần đầu khi không có mạng")
    page = await people.page("secretary", "/dang-nhap", PHONE)
    await page.add_init_script("ServiceWorker.prototype.postMessage = () => undefined")  # the rest is never kept
    await page.goto(site.address)
    await expect(page.get_by_role("link", name="Họp mở lần đầu khi không có mạng")).to_be_visible()
    await page.evaluate(WORKING)

    async def remembered() -> bool:
        return bool(await page.evaluate(REMEMBERED))

    await until(remembered, "the device does not remember who was signed in")
    await page.context.set_offline(True)
    await page.goto(site.address + sitting.path())
    await expect(page.get_by_role("heading", name="Chưa kết nối được với máy chủ.")).to_be_attached()
    await expect(page.get_by_role("button", name="Thử ngay")).to_be_visible()

    await page.context.set_offline(False)
    await expect(page.get_by_role("heading", name="Họp mở lần đầu khi không có mạng").first).to_be_visible()
    await expect(page.get_by_text("Đã có phiên bản mới của trang.")).to_have_count(0)


async def test_a_list_that_could_not_be_read_is_read_by_itself_when_the_network_is_back(
    site: Site, people: People
) -> None:
    page = await people.page("secretary", "/ky-yeu", PHONE)
    unit = page.get_by_label("Đơn vị")
    await expect(unit).to_be_visible()
    await page.context.set_offline(True)
    await unit.select_option(index=1)
    again = page.get_by_role("button", name="Thử ngay")
    await expect(again).to_be_visible()
    await expect(page.locator("ol")).to_have_count(0)  # those of every unit would stand under the one that was chosen

    await page.context.set_offline(False)
    await expect(again).to_have_count(0)
    await expect(unit).to_be_visible()


async def test_who_writes_far_down_sees_that_the_line_is_away_and_what_is_beside_the_text_comes_back_by_itself(
    site: Site, people: People
) -> None:
    sitting = await convene(site, "Họp viết dài khi mất mạng")
    page = await people.page("secretary", sitting.path("minutes"), PHONE)
    await write(page, "Mở đầu.")
    for _ in range(30):
        await page.keyboard.press("Enter")
    await expect(saved(page)).to_have_text("Đã lưu")
    side = page.get_by_role("complementary", name="Góp ý và bình luận")
    await page.get_by_role("button", name="Góp ý", exact=True).click()
    for tab in ("Bình luận", "Lịch sử", "Góp ý"):  # fetched while there is a network
        await page.get_by_role("tab", name=tab).click()
        await expect(page.get_by_role("tabpanel", name=tab)).to_be_visible()
    await page.get_by_role("button", name="Đóng").click()

    await page.context.set_offline(True)
    await write(page, "Mất mạng.")
    await expect(saved(page)).not_to_be_in_viewport()
    over = page.locator(".editor").get_by_text("Mất kết nối – vẫn sửa được")
    await expect(over).to_be_in_viewport()

    await page.get_by_role("button", name="Góp ý", exact=True).click()
    again = side.get_by_role("button", name="Thử ngay")
    for tab in ("Lịch sử", "Góp ý"):
        await page.get_by_role("tab", name=tab).click()
        await expect(again).to_be_visible()
    await page.context.set_offline(False)
    await expect(again).to_have_count(0)
    await page.get_by_role("tab", name="Lịch sử").click()
    await expect(side.get_by_text("Mỗi phiên bản giữ nguyên văn bản")).to_be_visible()
    await expect(saved(page)).to_have_text("Đã lưu")
    await expect(over).to_have_count(0)


async def test_what_was_written_in_a_text_locked_meanwhile_waits_and_is_told_so(site: Site, people: People) -> None:
    sitting = await convene(site, "Họp khóa dự thảo lúc có người mất mạng")
    site.write("INSERT INTO agenda_item (meeting_id, position, title) VALUES (%s, 'a0', 'Phí chợ')", sitting.id)
    [(item,)] = site.rows("SELECT id FROM agenda_item WHERE meeting_id = %s", sitting.id)
    wanted = {"title": "Dự thảo nghị quyết", "agenda_item_id": str(item)}
    made = await site.call("secretary", "POST", f"/api/meetings/{sitting.id}/documents", wanted)
    draft = made.raise_for_status().json()["id"]
    page = await people.page("secretary", f"/hop/{sitting.id}?van-ban={draft}", PHONE)
    await write(page, "Có mạng. ")
    await expect(saved(page)).to_have_text("Đã lưu")

    await page.context.set_offline(True)
    await write(page, "Mất mạng.")
    (await site.call("chair", "POST", f"/api/documents/{draft}/lock")).raise_for_status()
    await page.context.set_offline(False)
    await expect(page.get_by_text("gửi đi khi văn bản được mở khóa")).to_be_visible()
    await expect(page.get_by_text("Bạn không có quyền sửa văn bản này")).to_have_count(0)

    (await site.call("chair", "DELETE", f"/api/documents/{draft}/lock")).raise_for_status()
    await expect(saved(page)).to_have_text("Đã lưu")
    other = await people.page("chair", f"/hop/{sitting.id}?van-ban={draft}")
    assert await same_words(page, other) == ["Có mạng. Mất mạng."]


async def test_ones_notes_that_could_not_be_read_are_read_by_themselves(site: Site, people: People) -> None:
    page = await people.page("secretary", "/", PHONE, service_workers="block")
    await page.route("**/api/me/paper-notes", lambda route: route.abort())
    await page.goto(site.address + "/ghi-chu")
    again = page.get_by_role("button", name="Thử ngay")
    await expect(again).to_be_visible()

    await page.unroute("**/api/me/paper-notes")
    await expect(again).to_have_count(0)


@pytest.mark.parametrize("shared", [True, False])
async def test_nothing_stays_on_a_shared_device_and_nothing_after_the_sign_out(
    site: Site, people: People, shared: bool
) -> None:
    sitting: Sitting = await convene(site, f"Họp ở máy dùng chung {shared}")
    who = site.username("secretary")
    give_password(site, who)
    page = await people.page(None, "/dang-nhap")
    await page.get_by_label("Tên đăng nhập").fill(who)
    await page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    await page.get_by_label("Đây là máy dùng chung").set_checked(shared)
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page.get_by_role("button", name="Tài khoản")).to_be_visible()
    await page.goto(site.address + sitting.path("minutes"))
    await write(page, "Viết ở đây.")
    await expect(saved(page)).to_have_text("Đã lưu")

    kept: list[str] = await page.evaluate(DATABASES)
    assert [name for name in kept if name.startswith("phien.")] == [] if shared else "phien.kept" in kept
    assert await page.evaluate("caches.has('phien-pictures')") is not shared

    await page.get_by_role("button", name="Tài khoản").click()
    await page.get_by_role("menuitem", name="Đăng xuất").click()
    await page.wait_for_url("**/dang-nhap")
    await expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    assert [name for name in await page.evaluate(DATABASES) if name.startswith("phien.")] == []
    assert await page.evaluate("caches.has('phien-pictures')") is False
