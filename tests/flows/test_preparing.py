"""A meeting from a type: the secretary submits, the approver returns it, she mends it, he approves, it is published."""

from playwright.async_api import expect

from tests.flows.site import PHONE, People, Site
from tests.flows.test_page import faults
from tests.flows.writing import READER

TITLE = "Họp chuẩn bị theo mẫu"


async def test_a_meeting_is_prepared_from_a_type_returned_mended_approved_and_only_then_seen(
    site: Site, people: People
) -> None:
    type_name = "Loại phiên họp thử"
    items = [
        {"title": "Khai mạc", "kind": "information", "minutes": 5, "presenter": "Chủ tọa"},
        {"title": "Kế hoạch đầu tư công", "kind": "discussion", "minutes": 30},
    ]
    made = await site.call(
        "secretary", "POST", "/api/meeting-types", {"name": type_name, "kind": "briefing", "items": items}
    )
    assert made.status_code == 201, made.text
    chair = str(site.rows("SELECT name FROM app_user WHERE username = %s", site.username("chair"))[0][0])
    reader = str(site.rows("SELECT name FROM app_user WHERE username = %s", READER)[0][0])
    try:
        secretary = await people.page("secretary", "/hop/moi")
        await secretary.get_by_label("Bắt đầu từ").select_option(label=f"Mẫu: {type_name}")
        await expect(secretary.get_by_text("Có sẵn 2 nội dung, 0 tên dự thảo.")).to_be_visible()
        await secretary.get_by_label("Tên phiên họp").fill(TITLE)
        await secretary.get_by_label("Địa điểm").fill("Phòng họp số 1")
        for label, name in (("Chủ trì", chair), ("Đại biểu", reader)):
            await secretary.get_by_label(label).fill(name)
            await secretary.get_by_role("button", name=f"Thêm {name}").click()
        await secretary.get_by_role("button", name="Tạo bản nháp").click()
        await expect(secretary.get_by_role("heading", name=TITLE)).to_be_visible()
        (meeting,) = site.rows("SELECT id FROM meeting WHERE title = %s", TITLE)[0]
        path = f"/hop/{meeting}"
        await secretary.goto(f"{site.address}{path}?muc=thu-ky")
        await expect(secretary.locator("[data-approval=drafting]")).to_be_visible()
        await secretary.get_by_role("button", name="Trình duyệt").first.click()
        await expect(secretary.locator("[data-approval=submitted]")).to_be_visible()
        assert await faults(secretary) == []

        approver = await people.page("chair", f"{path}?muc=thu-ky", PHONE)
        await approver.get_by_role("button", name="Trả lại").click()
        await approver.get_by_label("Lý do, việc cần sửa").fill("Thiếu người trình bày nội dung 2")
        await approver.get_by_role("dialog").get_by_role("button", name="Trả lại", exact=True).click()
        await expect(approver.locator("[data-approval=returned]")).to_be_visible()
        await expect(secretary.get_by_text("Lý do trả lại: Thiếu người trình bày nội dung 2")).to_be_visible()
        delegate = await people.page(READER, path)
        await expect(delegate.get_by_role("heading", name="Không tìm thấy phiên họp")).to_be_visible()

        await secretary.get_by_role("button", name="Trình duyệt").first.click()
        await expect(secretary.locator("[data-approval=submitted]")).to_be_visible()
        await approver.get_by_role("button", name="Phê duyệt", exact=True).click()
        await expect(approver.locator("[data-approval=approved]")).to_be_visible()
        await expect(secretary.locator("[data-approval=approved]")).to_be_visible()
        panel = secretary.get_by_role("region", name="Chuẩn bị, phê duyệt")
        await panel.get_by_role("button", name="Công bố phiên họp").click()
        await expect(panel.locator("[data-approval]")).to_have_count(0)

        await delegate.reload()
        await expect(delegate.get_by_role("heading", name=TITLE)).to_be_visible()
    finally:
        site.write("DELETE FROM meeting_type WHERE name = %s", type_name)
