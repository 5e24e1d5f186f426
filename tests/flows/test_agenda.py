"""The agenda in real browsers: made, moved by pointer, keys and buttons, edited by two at once, read by all."""

import pytest
from playwright.async_api import Page, expect

from tests.flows.site import PHONE, People, Site
from tests.flows.writing import READER, Sitting, convene, same_order, shown_order, until

ITEMS = ["Khai mạc", "Báo cáo kinh tế", "Chất vấn", "Bế mạc"]


@pytest.fixture
async def sitting(site: Site, request: pytest.FixtureRequest) -> Sitting:
    return await convene(site, f"Họp lập chương trình: {request.node.name}")


async def add(page: Page, title: str, minutes: int = 15) -> None:
    await page.get_by_role("button", name="Thêm nội dung").click()
    form = page.get_by_role("form", name="Thêm nội dung")
    await form.get_by_label("Tên nội dung").fill(title)
    await form.get_by_label("Số phút").fill(str(minutes))
    await form.get_by_role("button", name="Lưu").click()
    await expect(form).to_have_count(0)


async def make_agenda(page: Page, *titles: str) -> None:
    """In an agenda that is still empty. It is left open for editing."""
    for title in titles:
        await add(page, title)
    await same_order(list(titles), page)


async def listed(sitting: Sitting) -> list[str]:
    return [item["title"] for item in await sitting.items()]


async def test_an_agenda_made_by_the_secretary_is_read_by_all_at_once(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    reader = await people.page(READER, sitting.path())
    await expect(reader.get_by_text("Chương trình chưa có nội dung nào").first).to_be_visible()

    await make_agenda(secretary, *ITEMS)

    await same_order(ITEMS, reader)
    await expect(reader.locator("[data-item] .number")).to_have_text(["1", "2", "3", "4"])
    await expect(reader.get_by_text("Tổng 60 phút, dự kiến xong lúc 09:00")).to_be_visible()
    await expect(reader.get_by_role("button", name="Sửa chương trình")).to_have_count(0)

    async def hub_lists_it() -> bool:
        return await listed(sitting) == ITEMS

    await until(hub_lists_it, "the hub does not list the agenda")


async def test_an_item_moves_by_pointer_by_keys_and_by_buttons(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    reader = await people.page(READER, sitting.path())
    await make_agenda(secretary, *ITEMS)

    await _drag(secretary, 0, 2)
    await same_order(["Báo cáo kinh tế", "Chất vấn", "Khai mạc", "Bế mạc"], secretary, reader)

    await secretary.locator("[data-item] .choose").nth(2).focus()
    await secretary.keyboard.press("Alt+ArrowUp")
    await same_order(["Báo cáo kinh tế", "Khai mạc", "Chất vấn", "Bế mạc"], secretary, reader)
    said = secretary.locator("[aria-live=polite]").first
    await expect(said).to_contain_text("“Khai mạc” đã chuyển đến vị trí 2 trong 4.")
    assert "Khai mạc" in await secretary.evaluate("document.activeElement.textContent")

    await secretary.get_by_role("button", name="Chuyển nội dung 2 lên").click()
    await same_order(ITEMS, secretary, reader)


async def _drag(page: Page, row: int, onto: int) -> None:
    """Drops a row behind another, seen from above."""
    grip = await page.locator("[data-item] .grip").nth(row).bounding_box()
    goal = await page.locator("[data-item]").nth(onto).bounding_box()
    assert grip is not None
    assert goal is not None
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 20, steps=2)
    await page.mouse.move(x, goal["y"] + goal["height"] - 6, steps=6)
    await page.mouse.up()


async def test_a_drag_given_up_with_escape_moves_nothing(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    await make_agenda(secretary, *ITEMS)
    grip = await secretary.locator("[data-item] .grip").first.bounding_box()
    assert grip is not None

    await secretary.mouse.move(grip["x"] + 8, grip["y"] + 8)
    await secretary.mouse.down()
    await secretary.mouse.move(grip["x"] + 8, grip["y"] + 300, steps=4)
    await expect(secretary.locator("[data-item] .mark")).to_have_count(1)
    await secretary.keyboard.press("Escape")
    await secretary.mouse.up()

    await expect(secretary.locator("[data-item] .mark")).to_have_count(0)
    assert await shown_order(secretary) == ITEMS


async def test_two_people_edit_one_item_and_both_edits_stay(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    await make_agenda(secretary, *ITEMS)
    chair = await people.page("chair", sitting.path())
    await chair.get_by_role("button", name="Sửa chương trình").click()

    for page in (chair, secretary):
        await page.get_by_role("button", name="Sửa nội dung 2").click()
    await chair.get_by_label("Tên nội dung").fill("Báo cáo kinh tế – xã hội")
    await secretary.get_by_label("Người trình bày").fill("Trần Văn Lợi")
    for page in (chair, secretary):
        await page.get_by_role("button", name="Lưu").click()

    for page in (chair, secretary):
        row = page.locator("[data-item]").nth(1)
        await expect(row).to_contain_text("Báo cáo kinh tế – xã hội")
        await expect(row).to_contain_text("Trình bày: Trần Văn Lợi")


async def test_moves_made_offline_and_online_merge(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    await make_agenda(secretary, *ITEMS)
    chair = await people.page("chair", sitting.path())
    await chair.get_by_role("button", name="Sửa chương trình").click()
    await same_order(ITEMS, chair)

    await chair.context.set_offline(True)
    for place in (4, 3):
        await chair.get_by_role("button", name=f"Chuyển nội dung {place} lên").click()
    await secretary.get_by_role("button", name="Chuyển nội dung 1 xuống").click()
    await add(secretary, "Trao quyết định")
    await chair.context.set_offline(False)

    await same_order(["Bế mạc", "Báo cáo kinh tế", "Khai mạc", "Chất vấn", "Trao quyết định"], chair, secretary)


async def test_a_removed_item_comes_back_within_ten_seconds_or_out_of_the_history(
    people: People, sitting: Sitting
) -> None:
    secretary = await people.page("secretary", sitting.path())
    reader = await people.page(READER, sitting.path())
    await make_agenda(secretary, *ITEMS)

    await secretary.get_by_role("button", name="Sửa nội dung 2").click()
    await secretary.get_by_role("button", name="Bỏ nội dung").click()
    await same_order(["Khai mạc", "Chất vấn", "Bế mạc"], secretary, reader)
    await secretary.get_by_role("button", name="Hoàn tác").click()

    await same_order(ITEMS, secretary, reader)
    made = await sitting.site.call(
        "secretary", "POST", f"/api/documents/{sitting.document('agenda')}/versions", {"name": "Bản gửi đại biểu"}
    )
    made.raise_for_status()
    await secretary.get_by_role("button", name="Chuyển nội dung 3 lên").click()
    await secretary.get_by_role("button", name="Sửa nội dung 1").click()
    await secretary.get_by_role("button", name="Bỏ nội dung").click()
    await same_order(["Chất vấn", "Báo cáo kinh tế", "Bế mạc"], secretary, reader)

    await reader.get_by_role("button", name="Các phiên bản").click()
    await reader.get_by_role("button", name="Xem phiên bản 1").click()
    shown = reader.get_by_role("dialog", name="Phiên bản 1: Bản gửi đại biểu")
    await shown.get_by_label("So với").select_option(label="Chương trình hiện nay")
    await expect(shown.get_by_role("status")).to_have_text("2 chỗ thay đổi")
    await expect(shown.get_by_role("listitem").filter(has_text="Đã bỏ")).to_contain_text("Khai mạc")
    await expect(shown.get_by_role("listitem").filter(has_text="Từ vị trí 3 đến 1")).to_contain_text("Chất vấn")

    await secretary.get_by_role("button", name="Xong").click()
    await secretary.get_by_role("button", name="Các phiên bản").click()
    await secretary.get_by_role("button", name="Xem phiên bản 1").click()
    await secretary.get_by_role("button", name="Khôi phục bản này").click()
    asked = secretary.get_by_role("dialog", name="Khôi phục phiên bản 1?")
    await asked.get_by_role("button", name="Khôi phục bản này").click()
    await same_order(ITEMS, secretary, reader)


async def test_the_item_being_held_and_its_secrecy_are_marked(people: People, sitting: Sitting) -> None:
    secretary = await people.page("secretary", sitting.path())
    await make_agenda(secretary, *ITEMS)
    reader = await people.page(READER, sitting.path(), viewport=PHONE)

    async def four() -> bool:
        return len(await sitting.items()) == 4

    await until(four, "the hub does not list the agenda")
    second = (await sitting.items())[1]["id"]
    for path, body in (
        (f"/api/meetings/{sitting.id}/state", {"to": "running"}),
        (f"/api/meetings/{sitting.id}/current-item", {"item_id": second}),
    ):
        (await sitting.site.call("secretary", "POST", path, body)).raise_for_status()
    marked = await sitting.site.call("secretary", "PUT", f"/api/agenda-items/{second}/secrecy", {"secrecy": "mat"})
    marked.raise_for_status()

    held = reader.locator('[data-item][aria-current="step"]')
    await expect(held).to_contain_text("Báo cáo kinh tế")
    await expect(held).to_contain_text("Đang họp")
    await expect(held).to_contain_text("Mật")
