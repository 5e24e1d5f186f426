"""Checking in, in a browser: a QR before the secretary's camera, a typed code, every screen within a second."""

from pathlib import Path

import psycopg
import pytest
import segno
from playwright.async_api import Page, async_playwright, expect

from tests.flows.conftest import FAKE_DEVICES, QUIET
from tests.flows.site import PHONE, TABLET, People, Site, chromium_path

WITHIN_A_SECOND = 1_000


@pytest.fixture
def nobody_here(site: Site):
    """The sample's meeting with nobody checked in, before and after."""

    def clear() -> None:
        with psycopg.connect(site.conninfo) as conn:
            conn.execute("DELETE FROM attendance WHERE meeting_id = %s", (site.meeting_id,))
            conn.execute("UPDATE participant SET checked_in_at = NULL WHERE meeting_id = %s", (site.meeting_id,))
            conn.execute("DELETE FROM check_in_attempt")

    clear()
    yield
    clear()


def user_id(site: Site, who: str) -> str:
    return str(site.rows("SELECT id FROM app_user WHERE username = %s", site.username(who))[0][0])


def row(page: Page, user: str):
    return page.locator(f"[data-person='{user}']")


async def my_code(people: People, site: Site) -> tuple[str, str]:
    """What the delegate's phone shows: the QR's content and the typed form."""
    phone = await people.page("delegate", f"/hop/{site.meeting_id}?muc=co-mat", PHONE)
    await phone.get_by_text("Mã điểm danh của tôi").first.click()
    picture = phone.get_by_role("img", name="Mã QR điểm danh của bạn")
    await expect(picture).to_be_visible()
    drawn = await picture.evaluate("image => image.complete && image.naturalWidth")
    assert drawn > 0
    code = await picture.get_attribute("data-code")
    assert code is not None
    return code, await phone.locator("[data-typed]").inner_text()


def film(path: Path, code: str) -> Path:
    """A film of one picture for Chromium's fake camera (YUV4MPEG2, 640x480): the code on paper."""
    width, height, scale = 640, 480, 8
    luma = bytearray(b"\xc8" * width * height)
    matrix = [list(line) for line in segno.make(code, error="m", micro=False).matrix_iter(scale=scale, border=4)]
    top, left = (height - len(matrix)) // 2, (width - len(matrix[0])) // 2
    assert top >= 0
    for y, line in enumerate(matrix):
        start = (top + y) * width + left
        luma[start : start + len(line)] = bytes(16 if dark else 235 for dark in line)
    chroma = b"\x80" * (width * height // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F15:1 Ip A1:1 C420\n" + (b"FRAME\n" + bytes(luma) + chroma) * 3)
    return path


async def test_a_qr_before_the_secretarys_camera_appears_on_every_screen(
    site: Site, people: People, nobody_here, tmp_path: Path
):
    code, _ = await my_code(people, site)
    delegate = user_id(site, "delegate")
    chair = await people.page("chair", f"/hop/{site.meeting_id}?muc=co-mat")
    await expect(row(chair, delegate)).to_contain_text("Chưa điểm danh")
    camera = f"--use-file-for-fake-video-capture={film(tmp_path / 'code.y4m', code)}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*QUIET, *FAKE_DEVICES, camera]
        )
        async with People(site, browser) as desk:
            tablet = await desk.page("secretary", f"/hop/{site.meeting_id}?muc=co-mat", TABLET)
            await tablet.get_by_role("button", name="Quét mã QR").click()
            outcome = tablet.locator("[data-outcome]")
            await expect(outcome).to_contain_text("đã có mặt, ghế", timeout=20_000)

            await expect(row(chair, delegate)).to_contain_text("Có mặt từ", timeout=WITHIN_A_SECOND)
            await expect(row(chair, delegate)).to_contain_text("Ghế")
            await expect(row(tablet, delegate)).to_have_attribute("data-here", "true")
        await browser.close()
    assert site.rows("SELECT checked_in_how FROM participant WHERE meeting_id = %s AND user_id = %s", site.meeting_id,
                     delegate) == [("qr",)]  # fmt: skip


async def test_a_typed_code_checks_in_once_and_wrong_ones_are_refused_in_words(site: Site, people: People, nobody_here):
    _, typed = await my_code(people, site)
    delegate = user_id(site, "delegate")
    tablet = await people.page("secretary", f"/hop/{site.meeting_id}?muc=co-mat", TABLET)
    phone = await people.page("delegate", f"/hop/{site.meeting_id}?muc=co-mat", PHONE)
    await expect(row(phone, delegate)).to_be_visible()
    outcome = tablet.locator("[data-outcome]")

    async def type_code(code: str) -> None:
        await tablet.get_by_label("Hoặc nhập mã").fill(code)
        await tablet.get_by_role("button", name="Điểm danh", exact=True).first.click()

    await type_code("AAAA-0000")
    await expect(outcome).to_contain_text("Mã này không đúng")
    await type_code(typed.lower().replace("-", " "))
    await expect(outcome).to_contain_text("đã có mặt")
    await expect(row(phone, delegate)).to_contain_text("Có mặt từ", timeout=WITHIN_A_SECOND)
    await type_code(typed)
    await expect(outcome).to_contain_text("đã điểm danh lúc")

    await row(tablet, delegate).get_by_role("button", name="Ghi khác cho").click()
    await tablet.get_by_role("menuitem", name="Bỏ điểm danh").click()
    await expect(row(phone, delegate)).to_contain_text("Chưa điểm danh", timeout=2_000)
