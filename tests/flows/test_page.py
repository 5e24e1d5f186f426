"""The page itself: following, secrecy, a session that ends, a day without a network."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect
from pwdlib import PasswordHash

from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.writing import until

AXE = (Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TOO_WIDE = """
[...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => `${one.tagName} ${one.className} ${Math.round(one.getBoundingClientRect().right)}`).slice(0, 8)
"""
KEPT = """
async (what) => {
  const name = "phien.kept";
  if (!(await indexedDB.databases()).some((one) => one.name === name)) return false;
  const opening = indexedDB.open(name);
  await new Promise((resolve, reject) => { opening.onsuccess = resolve; opening.onerror = reject; });
  const asking = opening.result.transaction("answers").objectStore("answers").getAllKeys();
  await new Promise((resolve, reject) => { asking.onsuccess = resolve; asking.onerror = reject; });
  opening.result.close();
  return asking.result.some((key) => String(key).endsWith(`/${what}`));
}
"""


STILL = """async () => {
  const moving = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.race([
    Promise.allSettled(moving.map((one) => one.finished)),
    new Promise((enough) => setTimeout(enough, 5000)),
  ]);
}"""


async def faults(page: Page, within: str = "html") -> list[str]:
    """What axe finds once nothing fades or slides any more, and whether anything makes the page scroll sideways."""
    await page.evaluate(STILL)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    report: dict[str, Any] = await page.evaluate(
        "([within, rules]) => axe.run(within, { runOnly: rules, resultTypes: ['violations'], iframes: false })",
        [within, RULES],
    )
    found = [f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}" for v in report["violations"]]
    return found + await sideways(page)


async def sideways(page: Page) -> list[str]:
    if not await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        return []
    return [f"the page scrolls sideways: {await page.evaluate(TOO_WIDE)}"]


async def items(site: Site) -> list[dict[str, Any]]:
    listed = (await site.call("chair", "GET", f"/api/meetings/{site.meeting_id}/items")).json()
    return [one for one in listed if not one["removed"]]


async def at_item(site: Site, number: int) -> None:
    """The sample's meeting runs and is at this item."""
    meeting = site.meeting_id
    if site.rows("SELECT state FROM meeting WHERE id = %s", meeting) == [("published",)]:
        began = await site.call("chair", "POST", f"/api/meetings/{meeting}/state", {"to": "running"})
        assert began.status_code == 204, began.text
    item = (await items(site))[number - 1]["id"]
    moved = await site.call("chair", "POST", f"/api/meetings/{meeting}/current-item", {"item_id": item})
    assert moved.status_code == 204, moved.text


async def mark(site: Site, number: int, secrecy: str) -> None:
    item = (await items(site))[number - 1]["id"]
    marked = await site.call("secretary", "PUT", f"/api/agenda-items/{item}/secrecy", {"secrecy": secrecy})
    assert marked.status_code == 204, marked.text


def give_password(site: Site, who: str) -> None:
    """The sample's people come in by link only."""
    hashed = PasswordHash.recommended().hash("mật khẩu")
    site.write("UPDATE app_user SET password_hash = %s WHERE username = %s", hashed, who)


async def test_the_door_passes_axe_and_shows_its_errors_in_words(site: Site, people: People) -> None:
    page = await people.page(None, "/dang-nhap", PHONE)

    await page.get_by_label("Tên đăng nhập").fill("khong.ai")
    await page.get_by_label("Mật khẩu", exact=True).fill("sai")
    await page.get_by_role("button", name="Đăng nhập").click()

    await expect(page.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    assert await faults(page) == []


async def test_who_reads_is_not_carried_away_when_the_meeting_moves_on(site: Site, people: People) -> None:
    await at_item(site, 1)
    titles = [item["title"] for item in await items(site)]
    page = await people.page("delegate", f"/hop/{site.meeting_id}")
    agenda = page.get_by_role("navigation", name="Chương trình")
    desk = page.get_by_role("main")
    await expect(desk.get_by_role("heading", name=titles[0])).to_be_visible()

    await at_item(site, 2)
    await expect(desk.get_by_role("heading", name=titles[1])).to_be_visible()

    await agenda.get_by_role("button", name=titles[4]).click()
    await at_item(site, 4)
    way_back = page.get_by_role("button", name="Về nội dung đang họp")
    await expect(way_back).to_be_visible()
    await expect(desk.get_by_role("heading", name=titles[4])).to_be_visible()

    await way_back.click()
    await expect(desk.get_by_role("heading", name=titles[3])).to_be_visible()
    await expect(way_back).to_have_count(0)


async def test_the_wall_goes_dark_on_an_item_marked_secret(site: Site, people: People) -> None:
    await at_item(site, 2)
    title = (await items(site))[1]["title"]
    wall = await people.page("secretary", f"/hop/{site.meeting_id}/man-hinh")
    await expect(wall.get_by_role("heading", name=title)).to_be_visible()

    await mark(site, 2, "mat")
    await expect(wall.get_by_text("Nội dung không trình chiếu")).to_be_visible()
    assert title not in await wall.inner_text("body")

    await mark(site, 2, "none")
    await expect(wall.get_by_role("heading", name=title)).to_be_visible()


async def test_letters_on_the_wall_are_a_twenty_fifth_of_its_height(site: Site, people: People) -> None:
    await at_item(site, 3)
    wall = await people.page("secretary", f"/hop/{site.meeting_id}/man-hinh")
    await wall.get_by_role("heading").wait_for()

    smallest: float = await wall.evaluate(
        "Math.min(...[...document.querySelectorAll('.wall *')]"
        ".filter((e) => e.children.length === 0 && e.textContent.trim() && !e.closest('nav'))"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    )

    assert smallest >= DESKTOP["height"] / 25


async def test_a_session_that_ends_is_signed_in_again_in_place(site: Site, people: People) -> None:
    who = site.username("chair")
    give_password(site, who)
    site.write("UPDATE app_user SET role = 'unit_admin' WHERE username = %s", who)
    page = await people.page("chair", "/hop/moi")
    title = page.get_by_label("Tên phiên họp")
    await title.fill("Kỳ họp thứ 6")

    site.write("DELETE FROM session WHERE user_id = (SELECT id FROM app_user WHERE username = %s)", who)
    await page.get_by_label("Chủ trì").fill("lan")

    dialog = page.get_by_role("dialog", name="Phiên đăng nhập đã hết")
    await expect(dialog).to_be_visible()
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Mật khẩu", exact=True).fill("mật khẩu")
    await dialog.get_by_role("button", name="Đăng nhập").click()

    await expect(dialog).to_have_count(0)
    await expect(title).to_have_value("Kỳ họp thứ 6")
    await page.get_by_label("Chủ trì").fill("hạnh")
    await expect(page.get_by_role("button", name="Thêm Nguyễn Thị Hạnh")).to_be_visible()


async def test_the_live_line_goes_on_after_signing_in_again(site: Site, people: People) -> None:
    who = site.username("chair")
    give_password(site, who)
    await at_item(site, 1)
    titles = [item["title"] for item in await items(site)]
    page = await people.page("chair", f"/hop/{site.meeting_id}")
    await expect(page.get_by_role("button", name="Sang nội dung 2")).to_be_visible()

    site.write("DELETE FROM session WHERE user_id = (SELECT id FROM app_user WHERE username = %s)", who)
    # sent to the button itself: the line may have noticed first and have opened the dialog over it
    await page.get_by_role("button", name="Sang nội dung 2").dispatch_event("click")
    dialog = page.get_by_role("dialog", name="Phiên đăng nhập đã hết")
    await dialog.get_by_label("Mật khẩu", exact=True).fill("mật khẩu")
    await dialog.get_by_role("button", name="Đăng nhập").click()
    await expect(dialog).to_have_count(0)
    await at_item(site, 4)

    await expect(page.get_by_role("main").get_by_role("heading", name=titles[3])).to_be_visible()


async def test_the_page_opens_without_a_network(site: Site, people: People) -> None:
    context = await people.context("delegate", PHONE)
    page = await context.new_page()
    await page.goto(site.address)
    await page.evaluate("navigator.serviceWorker.ready")
    await page.reload()
    await expect(page.get_by_role("link", name="Vào phiên họp")).to_be_visible()
    await until(lambda: page.evaluate(KEPT, "home"), "what is shown was not kept on the device")

    await context.set_offline(True)
    await page.reload()

    away = page.get_by_role("status").filter(has_text="Dữ liệu lúc")
    await expect(away).to_be_visible()
    await expect(page.get_by_role("link", name="Vào phiên họp")).to_be_visible()
    await context.set_offline(False)
    await expect(away).to_have_count(0)


async def test_english_is_one_press_away_and_nothing_is_loaded_anew(site: Site, people: People) -> None:
    page = await people.page("delegate", "/")
    await page.get_by_role("link", name="Vào phiên họp").wait_for()
    await page.evaluate("window.same = true")

    await page.get_by_role("button", name="Tài khoản").click()
    await page.get_by_role("menuitemradio", name="English").click()

    await expect(page.get_by_role("link", name="Enter the meeting")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await page.evaluate("window.same") is True


async def test_keys_alone_reach_the_meeting_and_its_parts(site: Site, people: People) -> None:
    await at_item(site, 3)
    page = await people.page("delegate", "/")
    await page.get_by_role("link", name="Vào phiên họp").wait_for()

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    await page.keyboard.press("Enter")
    for name in ("Lịch của tôi", "Vào phiên họp"):
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("main").get_by_role("link", name=name)).to_be_focused()
    await page.keyboard.press("Enter")
    tabs = page.get_by_role("complementary", name="Bên phiên họp").get_by_role("tab")
    await tabs.first.focus()
    await page.keyboard.press("ArrowRight")

    await expect(tabs.nth(1)).to_be_focused()
    await expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Home")
    await expect(tabs.first).to_be_focused()


async def test_a_meeting_is_convened_written_as_one_says_it_and_published(site: Site, people: People) -> None:
    who = site.username("chair")
    site.write("UPDATE app_user SET role = 'unit_admin' WHERE username = %s", who)
    page = await people.page("chair", "/")
    await page.get_by_role("link", name="Tạo phiên họp").click()

    await page.get_by_role("button", name="Tạo bản nháp").click()
    await expect(page.get_by_label("Tên phiên họp")).to_be_focused()
    await page.get_by_label("Tên phiên họp").fill("Kỳ họp thứ 6")
    await page.get_by_label("Ngày họp").fill("3-12-2030")
    await expect(page.get_by_text("Thứ Ba", exact=True)).to_be_visible()
    await page.get_by_role("textbox", name="Bắt đầu").fill("14h")
    await page.get_by_label("Kết thúc").fill("13g30")
    await page.get_by_label("Địa điểm").fill("Hội trường tầng 2")
    await page.get_by_label("Chủ trì").fill("hanh")
    await page.get_by_role("button", name="Thêm Nguyễn Thị Hạnh").click()
    await expect(page.get_by_text("Giờ kết thúc phải sau giờ bắt đầu.")).to_be_visible()
    await page.get_by_label("Kết thúc").fill("16g30")
    await page.get_by_role("button", name="Tạo bản nháp").click()

    await expect(page.get_by_role("heading", name="Kỳ họp thứ 6")).to_be_visible()
    await page.get_by_role("button", name="Công bố phiên họp").click()
    await page.get_by_role("dialog").get_by_role("button", name="Công bố phiên họp").click()
    await expect(page.get_by_role("button", name="Bắt đầu phiên họp")).to_be_visible()
    stored = site.rows(
        "SELECT state, starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh' FROM meeting WHERE title = 'Kỳ họp thứ 6'"
    )
    assert [(state, str(at)) for state, at in stored] == [("published", "2030-12-03 14:00:00")]
