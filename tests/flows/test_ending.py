"""A sitting ends: a conclusion is written and confirmed, the minutes say it while somebody types, the record is closed
and proves itself on a machine without the hub."""

import contextlib
import io
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from hub.verify import standalone
from tests.flows.site import TABLET, People, Site
from tests.flows.writing import convene, saved, text, write
from tests.hub.papers_world import pdf

CONCLUSION = "Giao Ủy ban nhân dân xã lập phương án."
BY_ITSELF = 20_000  # ms: the hub looks once a second for what is due in the minutes
MADE = 60_000  # ms: a PDF is typeset in a process of its own, on a machine with other work


async def test_a_sitting_ends_with_minutes_that_write_themselves_and_a_record_that_proves_itself(
    site: Site, people: People, tmp_path: Path
) -> None:
    sitting = await convene(site, "Họp về kết thúc phiên họp")
    site.write("INSERT INTO agenda_item (meeting_id, position, title) VALUES (%s, 'a', 'Đường liên thôn')", sitting.id)
    [(item,)] = site.rows("SELECT id FROM agenda_item WHERE meeting_id = %s", sitting.id)

    async def does(who: str, path: str, body: Any = None) -> Any:
        answer = await site.call(who, "POST", path, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    await does("chair", f"/api/meetings/{sitting.id}/state", {"to": "running"})
    minutes = await people.page("secretary", sitting.path("minutes"))
    await expect(text(minutes)).to_contain_text("Thành phần tham dự: có mặt", timeout=BY_ITSELF)

    asked = {"item_ids": [str(item)], "question": "Thông qua chủ trương?", "rule_id": "hdnd"}
    vote = (await does("secretary", f"/api/meetings/{sitting.id}/votes", asked))["id"]
    await does("chair", f"/api/votes/{vote}/open", {"without_quorum": "Thử một mình."})
    await does("chair", f"/api/votes/{vote}/close")
    desk = await people.page("secretary", f"{sitting.path()}?noi-dung={item}")
    tablet = await people.page("chair", f"{sitting.path()}?noi-dung={item}", TABLET)
    await desk.get_by_role("button", name="Viết kết luận").click()
    await desk.get_by_label("Kết luận của nội dung này").fill(CONCLUSION)
    await desk.get_by_role("button", name="Lưu và gửi chủ tọa").click()
    await tablet.get_by_role("button", name="Xác nhận kết luận").click()
    await expect(desk.get_by_text("Đã xác nhận", exact=True)).to_be_visible()
    await desk.get_by_role("button", name="Đính kèm tệp").click()
    attach = desk.get_by_role("dialog", name="Đính kèm tệp vào kết luận")
    signed = {"name": "ket-luan.pdf", "mimeType": "application/pdf", "buffer": pdf("Bản có chữ ký.")}
    await attach.locator("input[type=file]").set_input_files(signed)
    await attach.get_by_role("button", name="Tải lên").click()
    await expect(tablet.locator("[data-beside]")).to_contain_text("ket-luan", timeout=BY_ITSELF)

    await desk.get_by_role("button", name="Mở trao đổi").click()
    await tablet.get_by_label("Ý kiến của bạn").fill("Nên làm trước mùa mưa.")
    await tablet.get_by_role("button", name="Gửi", exact=True).click()
    await expect(desk.locator("[data-exchange=open]")).to_contain_text("Nên làm trước mùa mưa.")

    await write(minutes, "Ghi thêm bên cạnh.")
    await expect(text(minutes)).to_contain_text("Không được thông qua: 0/2 biểu quyết tán thành", timeout=BY_ITSELF)
    await expect(text(minutes)).to_contain_text(f"Kết luận của chủ tọa: {CONCLUSION}", timeout=BY_ITSELF)
    await expect(text(minutes)).to_contain_text("Ghi thêm bên cạnh.")
    await expect(saved(minutes)).to_have_text("Đã lưu")

    await does("chair", f"/api/meetings/{sitting.id}/state", {"to": "ended"})
    await desk.get_by_role("button", name="Các bước khóa hồ sơ").click()
    await desk.get_by_role("tabpanel").get_by_role("button", name="Khóa hồ sơ").click()
    await desk.get_by_role("dialog").get_by_role("button", name="Khóa hồ sơ").click()
    await expect(desk.get_by_text("Hồ sơ đã khóa. Không ai sửa được nữa.")).to_be_visible()
    await expect(text(minutes)).to_have_attribute("contenteditable", "false")

    await desk.get_by_role("button", name="Tạo tệp hồ sơ").click()
    fetch = desk.get_by_role("link", name="Tải hồ sơ về")
    await expect(fetch).to_be_visible(timeout=MADE)
    async with desk.expect_download() as coming:
        await fetch.click()
    packed = tmp_path / "ho-so.zip"
    await (await coming.value).save_as(packed)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = standalone.main([str(packed)])
    assert (code, "Hồ sơ đã khóa" in said.getvalue()) == (0, True), said.getvalue()
