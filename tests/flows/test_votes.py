"""A vote on a delegate's phone, the console and the wall, and a secret paper signed blindly by the real library."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.flows.site import DESKTOP, PHONE, TABLET, People, Site
from tests.flows.test_page import at_item, faults

SENT = 20_000


@pytest.fixture
async def meeting(site: Site) -> AsyncIterator[str]:
    """The sample's meeting runs at its second item with everybody here; afterwards who was not here is away again."""
    before = site.rows(
        "SELECT user_id FROM participant WHERE meeting_id = %s AND checked_in_at IS NULL", site.meeting_id
    )
    await at_item(site, 2)
    site.write(
        "UPDATE participant SET checked_in_at = now() WHERE meeting_id = %s AND role <> 'guest'", site.meeting_id
    )
    yield str(site.meeting_id)
    site.write(
        "UPDATE participant SET checked_in_at = NULL WHERE meeting_id = %s AND user_id = ANY(%s)",
        site.meeting_id, [row[0] for row in before],
    )  # fmt: skip
    for (vote,) in site.rows("SELECT id FROM vote WHERE state IN ('open', 'paused')"):
        await site.call("chair", "POST", f"/api/votes/{vote}/annul", {"reason": "hết phần thử"})


async def prepare(page: Page, *, way: str | None = None) -> None:
    await page.get_by_role("button", name="Thêm biểu quyết…").first.click()
    dialog = page.get_by_role("dialog", name="Chuẩn bị biểu quyết")
    if way:
        await dialog.get_by_label("Cách biểu quyết").select_option(label=way)
    await dialog.get_by_role("button", name="Lưu", exact=True).click()
    await expect(dialog).not_to_be_visible()


async def open_it(page: Page, *, limit: str | None = None) -> None:
    await page.get_by_role("button", name=re.compile("^Mở biểu quyết")).first.click()
    dialog = page.get_by_role("dialog")
    if limit:
        await dialog.get_by_label("Thời hạn biểu quyết").select_option(label=limit)
        await expect(dialog.get_by_label("Khi hết thời gian")).to_be_visible()
        assert await faults(page) == []
    await dialog.get_by_role("button", name="Mở biểu quyết").click()


async def test_a_delegate_votes_on_a_phone_and_everybody_sees_what_came_out(
    site: Site, people: People, meeting: str
) -> None:
    secretary = await people.page("secretary", f"/hop/{meeting}?muc=bieu-quyet", DESKTOP)
    phone = await people.page("delegate", f"/hop/{meeting}", PHONE)
    wall = await people.page("secretary", f"/hop/{meeting}/man-hinh", DESKTOP)
    await expect(phone.get_by_role("heading", name="Chương trình")).to_be_visible()
    await prepare(secretary)
    await open_it(secretary, limit="10 phút")

    card = phone.get_by_role("dialog")
    await expect(card).to_be_visible(timeout=SENT)
    for screen in (card, wall, secretary):
        await expect(screen.get_by_role("timer").first).to_contain_text("còn lại, hết giờ thì tự đóng", timeout=SENT)
    assert await faults(phone) == []
    await phone.context.set_offline(True)
    await card.get_by_role("button", name=re.compile(r"^Tán thành – nội dung \d")).click()
    await card.get_by_role("button", name=re.compile(r"^Gửi phiếu – nội dung \d")).click()
    await expect(card.get_by_text("Chưa gửi.")).to_be_visible(timeout=SENT)
    await phone.context.set_offline(False)
    await card.get_by_role("button", name=re.compile(r"^Gửi lại – nội dung \d")).click()

    await expect(card.get_by_text("Đã ghi phiếu của bạn")).to_be_visible(timeout=SENT)
    assert await faults(phone) == []
    receipt = await card.locator("strong.num").first.inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}", receipt)
    await expect(wall.get_by_text(re.compile(r"^1/\d+ đã biểu quyết$"))).to_be_visible(timeout=SENT)
    assert await faults(secretary) == []
    await secretary.get_by_role("button", name="Đóng biểu quyết").first.click()
    await secretary.get_by_role("dialog").get_by_role("button", name="Đóng biểu quyết").click()
    said = re.compile("^Không được thông qua: 1/[0-9]+ biểu quyết tán thành, chưa quá nửa tổng số đại biểu")
    for screen in (phone, wall, secretary):
        await expect(screen.get_by_text(said).first).to_be_visible(timeout=SENT)
    assert await faults(wall) == []
    await phone.get_by_role("button", name="Đóng").first.click()
    await expect(phone.get_by_role("dialog")).not_to_be_visible()


@pytest.mark.slow
async def test_a_secret_paper_goes_into_the_box_and_its_receipt_is_found_there(
    site: Site, people: People, meeting: str
) -> None:
    chair = await people.page("chair", f"/hop/{meeting}", TABLET)
    phone = await people.page("delegate", f"/hop/{meeting}", PHONE)
    await expect(phone.get_by_role("heading", name="Chương trình")).to_be_visible()
    await prepare(chair, way="Bỏ phiếu kín")
    await open_it(chair)
    asked: list[dict[str, str]] = []
    phone.on("request", lambda request: asked.append(request.headers) if request.url.endswith("/papers") else None)

    card = phone.get_by_role("dialog")
    await card.get_by_role("button", name=re.compile(r"^Không biểu quyết – nội dung \d")).click(timeout=SENT)
    await card.get_by_role("button", name=re.compile("^Gửi phiếu")).click()
    await expect(card.get_by_text("Lá phiếu của bạn đã vào hòm")).to_be_visible(timeout=SENT + 15_000)
    receipt = await card.locator("strong.num").first.inner_text()
    vote = site.rows("SELECT id FROM vote WHERE secrecy = 'secret' AND state = 'open'")[0][0]
    closed = (await site.call("chair", "POST", f"/api/votes/{vote}/close")).json()
    box = (await site.call("delegate", "GET", f"/api/votes/{vote}/papers")).json()

    assert [(paper["receipt"], paper["choice"]) for paper in box] == [(receipt, ["abstain"])]
    assert (closed["result"]["issued"], closed["result"]["tally"]["abstain"]) == (1, 1)
    assert asked
    assert not any("cookie" in headers or "x-csrf-token" in headers for headers in asked)
    kept = await phone.evaluate("Object.entries(localStorage).filter(([name]) => name.startsWith('phien.paper.'))")
    assert [value for _, value in kept] == ['{"receipt":"' + receipt + '"}'], "the paper itself does not stay"

    await card.get_by_role("button", name="Tìm mã này trong hòm phiếu").click(timeout=SENT)
    found = phone.get_by_role("listitem").filter(has_text=receipt)
    await expect(found.get_by_text("Phiếu của bạn")).to_be_visible(timeout=SENT)
    assert await faults(phone) == []
