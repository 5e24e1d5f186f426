"""The history of a text in real browsers: what changed and who wrote it, back to before, locked for a vote."""

from playwright.async_api import expect

from tests.flows.site import PHONE, People, Site
from tests.flows.test_page import faults
from tests.flows.writing import SECOND_SECRETARY, convene, reads, saved, text, until, write


async def test_one_sees_what_changed_brings_it_back_and_locks_it_for_the_vote(site: Site, people: People) -> None:
    sitting = await convene(site, "Kỳ họp khóa dự thảo")
    site.write("INSERT INTO agenda_item (meeting_id, position, title) VALUES (%s, 'a0', 'Đầu tư công')", sitting.id)
    [(item,)] = site.rows("SELECT id FROM agenda_item WHERE meeting_id = %s", sitting.id)
    made = await site.call(
        "secretary", "POST", f"/api/meetings/{sitting.id}/documents",
        {"title": "Dự thảo nghị quyết", "agenda_item_id": str(item)},
    )  # fmt: skip
    path = f"/hop/{sitting.id}?van-ban={made.json()['id']}"
    one = await people.page("secretary", path)
    await write(one, "Kinh phí 5 tỷ đồng.")
    await expect(saved(one)).to_have_text("Đã lưu")
    await one.get_by_role("button", name="Lịch sử").click()
    history = one.get_by_role("tabpanel", name="Lịch sử")
    await history.get_by_role("button", name="Lưu phiên bản có tên").click()
    naming = one.get_by_role("dialog", name="Lưu phiên bản có tên")
    await naming.get_by_label("Tên phiên bản").fill("Bản trình thẩm tra")
    await naming.get_by_role("button", name="Lưu", exact=True).click()
    await expect(history.get_by_text("Phiên bản 1: Bản trình thẩm tra")).to_be_visible()

    two = await people.page(SECOND_SECRETARY, path + "&muc=tai-lieu", viewport=PHONE)
    await write(two, " Hoàn thành trước tháng 9.")
    await expect(saved(two)).to_have_text("Đã lưu")
    await two.get_by_role("button", name="Góp ý", exact=True).click()  # on a phone the three share one way in
    await two.get_by_role("tab", name="Lịch sử").click()
    await two.get_by_role("button", name="Xem phiên bản 1").click()
    version = two.get_by_role("dialog", name="Phiên bản 1: Bản trình thẩm tra")
    await version.get_by_label("So với").select_option(label="Văn bản hiện nay")
    await expect(version.get_by_role("status")).to_have_text("1 chỗ thay đổi")
    await expect(version.get_by_role("insertion").filter(has_text="Hoàn thành trước tháng 9.")).to_be_visible()
    assert await faults(two) == []

    await version.get_by_role("button", name="Khôi phục bản này").click()
    await two.get_by_role("dialog", name="Khôi phục phiên bản 1?").get_by_role("button", name="Khôi phục").click()
    await reads(one, "Kinh phí 5 tỷ đồng.")
    await expect(two.get_by_text("Lấy lại phiên bản 1")).to_be_visible()
    await two.get_by_role("button", name="Xem phiên bản 2").click()
    before = two.get_by_role("dialog", name="Phiên bản 2")
    await before.get_by_role("button", name="Ai viết gì").click()
    people_who_wrote = before.get_by_role("list", name="Người viết").get_by_role("listitem")
    await expect(people_who_wrote).to_have_count(2)
    await two.keyboard.press("Escape")
    await expect(before).to_have_count(0)

    await history.get_by_role("button", name="Khóa để biểu quyết").click()
    asked = one.get_by_role("dialog", name="Khóa dự thảo để biểu quyết?")
    await asked.get_by_role("button", name="Khóa để biểu quyết").click()
    [(number, code)] = await locked(site, str(made.json()["id"]))
    for page in (one, two):
        await expect(page.get_by_text(f"Đã khóa để biểu quyết: phiên bản {number}.").first).to_be_attached()
        await expect(page.get_by_text(f"{code[:4]} {code[4:8]} {code[8:12]}").first).to_be_attached()
        await expect(text(page)).to_have_attribute("contenteditable", "false")
    await expect(saved(one)).to_have_text("Chỉ xem")


async def locked(site: Site, document: str) -> list[tuple[int, str]]:
    """Waits for the version of the lock: its number and its hash."""

    def rows() -> list[tuple[int, str]]:
        return [
            (row[0], row[1])
            for row in site.rows(
                "SELECT k.number, encode(v.hash, 'hex') FROM document_lock k JOIN document_version v"
                " USING (document_id, number) WHERE k.document_id = %s",
                document,
            )
        ]

    async def there() -> bool:
        return bool(rows())

    await until(there, "the text was not locked")
    return rows()
