"""Asking to speak on a phone, the chair's queue and floor, and what the wall shows of it."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.flows.site import DESKTOP, PHONE, People, Site
from tests.flows.test_page import at_item, faults, items

SENT = 20_000


@pytest.fixture
async def meeting(site: Site) -> AsyncIterator[str]:
    """The sample's meeting runs at its fourth item; afterwards nobody waits and nobody has the floor."""
    await at_item(site, 4)
    yield str(site.meeting_id)
    now = (await site.call("chair", "GET", f"/api/meetings/{site.meeting_id}/speaking")).json()
    for floor in now["floors"]:
        if floor["ended_at"] is None:
            await site.call("chair", "POST", f"/api/floors/{floor['id']}/end")
    for request in now["requests"]:
        if request["state"] == "waiting":
            path = f"/api/speech-requests/{request['id']}/remove"
            await site.call("chair", "POST", path, {"reason": "hết phần thử"})


async def test_a_delegate_asks_on_a_phone_is_moved_up_speaks_and_gives_the_floor_back(
    site: Site, people: People, meeting: str
) -> None:
    named = site.rows(
        "SELECT u.username, u.name FROM participant p JOIN app_user u ON u.id = p.user_id"
        " WHERE p.meeting_id = %s AND p.role = 'delegate' ORDER BY p.position LIMIT 2",
        meeting,
    )
    (me, name), (other, others_name) = named
    item = (await items(site))[3]["id"]
    asked = await site.call(
        other, "POST", f"/api/meetings/{meeting}/speech-requests", {"item_id": item, "kind": "procedural"}
    )
    assert asked.status_code == 201, asked.text
    phone = await people.page(me, f"/hop/{meeting}?muc=phat-bieu", PHONE)
    chair = await people.page("chair", f"/hop/{meeting}?muc=phat-bieu", DESKTOP)
    wall = await people.page("secretary", f"/hop/{meeting}/man-hinh", DESKTOP)

    await phone.get_by_role("button", name="Đăng ký phát biểu").click()
    dialog = phone.get_by_role("dialog", name="Đăng ký phát biểu")
    await dialog.get_by_label("Về việc").fill("Dự phòng vật tư")
    assert await faults(phone) == []
    await dialog.get_by_role("button", name="Đăng ký phát biểu").click()
    await expect(dialog).not_to_be_visible()
    await expect(phone.get_by_text(re.compile(r"^Bạn thứ 2, còn khoảng \d+ phút$"))).to_be_visible(timeout=SENT)
    assert await faults(phone) == []

    rows = chair.locator("[data-request]")
    await expect(rows).to_have_count(2, timeout=SENT)
    await expect(rows.first).to_contain_text(others_name)
    assert await faults(chair) == []
    await rows.nth(1).get_by_role("group").press("Alt+ArrowUp")
    await expect(rows.first).to_contain_text(name, timeout=SENT)
    await expect(phone.get_by_text("Bạn là người tiếp theo", exact=True)).to_be_visible(timeout=SENT)

    await chair.get_by_role("button", name=f"Trao lời: {name}").click()
    await expect(phone.get_by_text("Bạn đang có lượt phát biểu.")).to_be_visible(timeout=SENT)
    for screen in (phone, wall):
        await expect(screen.get_by_text("Đang phát biểu", exact=True)).to_be_visible(timeout=SENT)
    await expect(wall.get_by_text(name, exact=True).first).to_be_visible()
    assert await faults(wall) == []
    await chair.get_by_role("button", name="Dừng", exact=True).click()
    await expect(phone.get_by_text("Bạn đang có lượt phát biểu.")).not_to_be_visible(timeout=SENT)
    await chair.get_by_role("button", name="Hoàn tác").last.click()
    await phone.get_by_role("button", name="Tôi đã nói xong").click(timeout=SENT)
    await expect(chair.get_by_role("button", name=f"Trao lời: {others_name}")).to_be_visible(timeout=SENT)
    assert await faults(chair) == []

    ask = {"item_id": item, "kind": "question", "topic": "Nước sạch thôn 3"}
    question = await site.call(me, "POST", f"/api/meetings/{meeting}/speech-requests", ask)
    answerer = site.rows("SELECT id, name FROM app_user WHERE username = %s", other)[0][0]
    begun = await site.call(
        "chair", "POST", f"/api/meetings/{meeting}/questionings", {"item_id": item, "answerer_id": str(answerer)}
    )
    assert begun.status_code == 201, begun.text
    before = None
    for kind in ("question", "answer"):
        turn = {"request_id": question.json()["id"], "kind": kind, "instead_of": before}
        before = (await site.call("chair", "POST", f"/api/meetings/{meeting}/floors", turn)).json()["id"]
    await expect(phone.get_by_role("region", name="Chất vấn")).to_contain_text("Nước sạch thôn 3", timeout=SENT)
    await site.call("chair", "POST", f"/api/questionings/{begun.json()['id']}/close")
    asked_before = phone.get_by_role("region", name=re.compile(r"^Đã hỏi \(\d+\)$"))
    await expect(asked_before).to_contain_text(f"{name} hỏi {others_name}", timeout=SENT)
    await expect(asked_before).to_contain_text("Nước sạch thôn 3")
    await expect(asked_before.get_by_text(re.compile(r"^Đã trả lời lúc \d\d:\d\d$"))).to_be_visible()
    assert await faults(phone) == []
