"""A member follows online, has to go, and the desk sets it right: every screen says the same."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.flows.site import PHONE, People, Site
from tests.flows.test_page import at_item


@pytest.fixture
async def meeting(site: Site) -> AsyncIterator[str]:
    """The sample's meeting runs and nobody was seen yet; afterwards nobody was either."""

    def forget() -> None:
        site.write("DELETE FROM attendance WHERE meeting_id = %s", site.meeting_id)
        site.write(
            "UPDATE participant SET checked_in_at = NULL, online = false, away = NULL, away_since = NULL"
            " WHERE meeting_id = %s",
            site.meeting_id,
        )

    await at_item(site, 2)
    forget()
    yield f"/hop/{site.meeting_id}?muc=co-mat"
    forget()


def person(site: Site, who: str) -> tuple[str, str]:
    """(id, name)."""
    (found,) = site.rows("SELECT id, name FROM app_user WHERE username = %s", site.username(who))
    return str(found[0]), str(found[1])


async def test_a_member_online_leaves_and_the_desk_sets_it_right(site: Site, people: People, meeting: str) -> None:
    user, name = person(site, "delegate")
    desk = await people.page("secretary", meeting)
    await desk.get_by_role("button", name="Tổng hợp, xuất danh sách").click()
    numbers = desk.get_by_role("dialog", name="Ai có mặt, bao nhiêu người")
    await expect(numbers.locator("[data-state=room] td").first).to_have_text("0")
    async with desk.expect_download() as coming:
        await numbers.get_by_role("button", name="Excel (XLSX)").click()
    assert (await coming.value).suggested_filename.endswith(".xlsx")
    await numbers.get_by_role("button", name="Đóng").click()
    row = desk.locator(f"[data-person='{user}']")
    await expect(row).to_contain_text("Chưa điểm danh")
    meter = desk.locator("[data-quorum] strong").first
    await expect(meter).to_have_text(re.compile(r"^0/"))
    phone = await people.page("delegate", meeting, PHONE)

    await phone.get_by_role("button", name="Tôi dự trực tuyến").click()
    await expect(row).to_contain_text("Dự trực tuyến từ")
    await expect(meter).to_have_text(re.compile(r"^1/"))
    await expect(phone.locator(f"[data-person='{user}']")).to_have_attribute("data-attendance", "online")

    await phone.get_by_role("button", name="Tôi xin về").click()
    ask = phone.get_by_role("dialog", name="Xin về trước?")
    await ask.get_by_label("Lý do").fill("Việc gia đình")
    await ask.get_by_role("button", name="Tôi xin về").click()
    await expect(row).to_contain_text("Về lúc")
    await expect(meter).to_have_text(re.compile(r"^0/"))

    await row.get_by_role("button", name=f"Ghi khác cho {name}").click()
    await desk.get_by_role("menuitem", name="Lịch sử điểm danh").click()
    history = desk.get_by_role("dialog", name=f"Điểm danh: {name}")
    await expect(history).to_contain_text("Việc gia đình")
    await history.get_by_role("button", name="Bỏ: Đã về từ").click()
    await expect(history).to_contain_text("đã bỏ")
    await history.get_by_role("button", name="Đóng").click()
    await expect(row).to_contain_text("Dự trực tuyến từ")

    await row.get_by_role("button", name=f"Ghi khác cho {name}").click()
    await desk.get_by_role("menuitem", name="Vắng có lý do…").click()
    form = desk.get_by_role("dialog", name=f"Điểm danh {name}")
    await form.get_by_label("Lý do").fill("Ốm")
    await form.get_by_role("button", name="Ghi", exact=True).click()
    await expect(row).to_contain_text("Vắng có lý do")
    await desk.get_by_role("button", name="Hoàn tác").first.click()
    await expect(row).to_contain_text("Dự trực tuyến từ")
    await expect(meter).to_have_text(re.compile(r"^1/"))
