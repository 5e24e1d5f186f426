"""What a secretary and a technician change: who is invited while a meeting is open; by which accounts kit comes in."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.async_api import expect

from tests.flows.site import PHONE, People, Site
from tests.flows.test_page import faults


@contextmanager
def the_last_delegate(site: Site) -> Iterator[tuple[str, str, str]]:
    """(id, user name, name) of somebody no other journey speaks of; his place is his again at the end."""
    meeting = site.meeting_id
    (found,) = site.rows(
        "SELECT u.id, u.username, u.name, p.seat, p.position FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND p.role = 'delegate' ORDER BY p.position DESC LIMIT 1",
        meeting,
    )
    user_id, username, name, seat, position = found
    try:
        yield str(user_id), str(username), str(name)
    finally:
        site.write(
            "INSERT INTO participant (meeting_id, user_id, role) VALUES (%s, %s, 'delegate') ON CONFLICT DO NOTHING",
            meeting, user_id,
        )  # fmt: skip
        site.write(
            "UPDATE participant SET seat = %s, position = %s WHERE meeting_id = %s AND user_id = %s",
            seat, position, meeting, user_id,
        )  # fmt: skip


async def test_who_is_taken_off_reads_so_at_once_and_who_is_invited_is_in_again(site: Site, people: People) -> None:
    path = f"/hop/{site.meeting_id}"
    with the_last_delegate(site) as (user_id, username, name):
        screen = await people.page(username, path)
        await expect(screen.get_by_role("heading", level=1).first).to_be_attached()
        phone = await people.page("secretary", f"{path}?muc=co-mat", PHONE)

        await phone.get_by_role("button", name="Sửa danh sách").click()
        row = phone.locator(f"[data-on-list='{user_id}']")
        await row.get_by_role("button", name=f"Bỏ {name} khỏi danh sách").click()
        assert await faults(phone) == []
        await row.get_by_role("button", name="Bỏ khỏi danh sách", exact=True).click()

        await expect(screen.get_by_role("heading", name="Bạn không còn quyền xem phiên họp này")).to_be_attached()
        await expect(row).to_have_count(0)

        await phone.get_by_role("searchbox", name="Thêm người dự họp").fill(name)
        await phone.get_by_role("button", name=f"Thêm {name}").click()
        await phone.get_by_role("button", name="Thêm 1 người").click()
        await expect(row).to_be_visible()
        await screen.reload()
        await expect(screen.get_by_role("heading", name="Bạn không còn quyền xem phiên họp này")).to_have_count(0)
        await expect(screen.get_by_role("main")).to_be_visible()


async def test_a_technician_makes_a_room_and_reads_the_password_of_its_kit_once(site: Site, people: People) -> None:
    admin = str(site.rows("SELECT username FROM app_user WHERE role = 'unit_admin' ORDER BY username LIMIT 1")[0][0])
    page = await people.page(admin, "/", PHONE)
    await page.get_by_role("button", name="Tài khoản").click()
    await page.get_by_role("menuitem", name="Phòng họp và thiết bị").click()
    try:
        await page.get_by_role("button", name="Thêm phòng").click()
        await page.get_by_label("Tên phòng").fill("Phòng thử thiết bị")
        await page.get_by_role("button", name="Tạo phòng").click()
        await page.get_by_role("button", name="Thêm tài khoản").click()
        await page.get_by_label("Tên gọi").fill("Tủ điện phòng thử")
        await expect(page.get_by_label("Tên tài khoản")).to_have_value("tu-dien-phong-thu")
        assert await faults(page) == []
        await page.get_by_role("button", name="Tạo tài khoản").click()

        password = await page.locator("dd").nth(2).inner_text()
        assert len(password) > 20
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await expect(page.get_by_text(password)).to_be_visible()  # not waved away by accident
        await page.get_by_role("button", name="Tôi đã ghi lại").click()

        await expect(page.locator("[data-account='tu-dien-phong-thu']")).to_be_visible()
        await expect(page.get_by_text(password)).to_have_count(0)
        assert await faults(page) == []
    finally:
        site.write("DELETE FROM room WHERE name = 'Phòng thử thiết bị'")
