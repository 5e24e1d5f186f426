"""Giấy mời: sent from the secretary's desk, on a delegate's phone at once, declined with a reason, seen at the desk."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.test_page import faults

SENT = 20_000
TITLE = "Kỳ họp chuyên đề về giấy mời"


@pytest.fixture
async def meeting(site: Site) -> AsyncIterator[str]:
    """Published, and nobody invited yet; afterwards it is over."""
    people = {row[0]: str(row[1]) for row in site.rows("SELECT username, id FROM app_user")}
    unit = site.rows("SELECT unit_id FROM meeting WHERE id = %s", site.meeting_id)[0][0]
    start = datetime.now(UTC) + timedelta(days=20)
    made = await site.call(
        "secretary", "POST", "/api/meetings",
        {
            "title": TITLE, "kind": "council", "place": "Hội trường tầng 2",
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat(),
            "unit_id": str(unit),
            "chair_id": people[site.username("chair")],
            "secretary_ids": [people[site.username("secretary")]],
            "delegate_ids": [people[site.username("delegate")]],
        },
    )  # fmt: skip
    meeting_id: str = made.raise_for_status().json()["id"]
    published = await site.call("chair", "POST", f"/api/meetings/{meeting_id}/state", {"to": "published"})
    published.raise_for_status()
    yield meeting_id
    site.write("UPDATE meeting SET state = 'ended' WHERE id = %s", meeting_id)


async def test_an_invitation_is_sent_reaches_a_phone_at_once_and_its_answer_the_secretary(
    site: Site, people: People, meeting: str
) -> None:
    phone = await people.page("delegate", "/", PHONE)
    await expect(phone.get_by_role("heading", level=1)).to_be_visible()
    await expect(phone.get_by_role("heading", name="Giấy mời chờ trả lời")).not_to_be_visible()
    desk = await people.page("secretary", f"/hop/{meeting}?muc=giay-moi", DESKTOP)
    await desk.get_by_role("button", name="Gửi giấy mời").click()
    await desk.get_by_role("dialog").get_by_role("button", name="Gửi giấy mời").click()
    table = desk.get_by_role("list", name="Được mời")
    await expect(table.get_by_role("listitem")).to_have_count(3, timeout=SENT)

    card = phone.get_by_role("listitem").filter(has_text=TITLE)
    await expect(card.get_by_role("button", name="Xác nhận dự họp")).to_be_visible(timeout=SENT)
    await expect(phone.get_by_role("button", name=re.compile(r"Thông báo: \d+ chưa đọc"))).to_be_visible(timeout=SENT)
    assert await faults(phone) == []

    await card.get_by_role("button", name="Báo vắng").click()
    await card.get_by_role("button", name="Gửi trả lời").click()
    await expect(card.get_by_text("Hãy ghi lý do vắng mặt.")).to_be_visible()
    await card.get_by_label("Lý do vắng mặt").fill("Đi công tác ở tỉnh")
    await card.get_by_role("button", name="Gửi trả lời").click()

    await expect(phone.get_by_role("heading", name="Giấy mời chờ trả lời")).not_to_be_visible(timeout=SENT)
    his = table.get_by_role("listitem").filter(has_text="Đi công tác ở tỉnh")
    await expect(his.get_by_text("Vắng", exact=True)).to_be_visible(timeout=SENT)
    await expect(desk.get_by_role("button", name="Vắng 1")).to_be_visible()
    assert await faults(desk) == []

    await phone.get_by_role("button", name=re.compile(r"^Thông báo")).click()
    await phone.get_by_role("menuitem", name="Cài đặt thông báo").click()
    settings = phone.get_by_role("dialog", name="Cài đặt thông báo")
    await expect(settings.get_by_role("group", name="Gửi cho tôi cả khi không mở trang")).to_be_visible()
    await expect(settings).to_be_in_viewport(ratio=0.5)
    assert await faults(phone) == []
