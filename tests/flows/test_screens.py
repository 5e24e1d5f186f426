"""Every screen there is, in both languages, on a phone, a tablet and a desk: axe, its width, letters one can read.

What is walked is compared with the page's own tables, so that whoever adds a screen has to walk it here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.flows.site import DESKTOP, PHONE, TABLET, People, Site
from tests.flows.test_page import at_item, faults, sideways

SOURCES = Path(__file__).resolve().parents[2] / "web/src"
# On each, one language with axe, the other for its widths and letters only: both have the same names by their types.
LOOKS = {
    "phone": (PHONE, "day vi", "night en"),
    "tablet": (TABLET, "night en", "day vi"),
    "desk": (DESKTOP, "day en", "night vi"),
}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
ONLY_ON_A_PHONE = ["tai-lieu", "them"]
GO = "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"
SMALL = """
() => [...document.querySelectorAll("body *")]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen"))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map((one) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)}`)
"""


def named(source: str, pattern: str) -> set[str]:
    found = set(re.findall(pattern, (SOURCES / source).read_text(), re.MULTILINE))
    assert found, f"{source} says it otherwise now"
    return found


def screens(meeting: object, closed: object, room: object) -> dict[str, list[str]]:
    """By the router's name: the addresses that show it. Parts and sections are whatever the page lists."""
    parts = named("features/meeting/places.ts", r'^  \{ id: "([a-z-]+)", label')
    sections = named("features/organisation/AdminPage.svelte", r'^    \{ id: "([a-z-]+)", label')
    inside = [f"/hop/{meeting}?muc={part}" for part in [*sorted(parts), *ONLY_ON_A_PHONE]]
    of_closed = [f"/hop/{closed}", f"/hop/{closed}?muc=ket-thuc"]
    return {
        "home": ["/"],
        # The minutes are opened where a meeting is opened by their address, so after another one.
        "meeting": [f"/hop/{meeting}", *inside, *of_closed, f"/hop/{meeting}?muc=bien-ban"],
        "wall": [f"/hop/{meeting}/man-hinh", f"/hop/{meeting}/man-hinh?kieu=chay-chu"],
        "new-meeting": ["/hop/moi"],
        "meetings": ["/hop?xem=danh-sach", "/hop?xem=lich"],
        "search": ["/tim", "/tim?q=đường"],
        "yearbook": ["/ky-yeu"],
        "notes": ["/ghi-chu"],
        "files": ["/tai-lieu"],
        "prepared": ["/chuan-bi"],
        "rooms": ["/phong"],
        "room": [f"/phong/{room}"],
        "admin": [f"/quan-tri?muc={section}" for section in sorted(sections)],
        "guides": ["/huong-dan", "/huong-dan?trang=bieu-quyet.md"],
        "account": ["/tai-khoan"],
        "speaking-statistics": ["/thong-ke/phat-bieu"],
        "sign-in": ["/dang-nhap"],
        "link": ["/vao/khong-co"],
        "nowhere": ["/khong-co"],
    }


async def look_at(page: Page, path: str, *, thoroughly: bool) -> list[str]:
    """Goes there as a press on a link does, and says what is wrong with what is shown."""
    await page.evaluate(GO, path)
    await expect(page.locator(".skeleton")).to_have_count(0)
    await page.locator("h1").first.wait_for(state="attached")
    await page.evaluate("document.fonts.ready")
    # Of a part beside the desk only the part is new.
    within = "aside" if "muc=" in path and "bien-ban" not in path and await page.locator("aside").count() else "html"
    found = await faults(page, within) if thoroughly else await sideways(page)
    if page.viewport_size == PHONE:
        found += [f"too small: {one}" for one in await page.evaluate(SMALL)]
        await page.set_viewport_size(NARROWEST)
        found += [f"at 320: {one}" for one in await sideways(page)]
        await page.set_viewport_size(PHONE)
    return [f"{path}: {one}" for one in found]


def test_no_screen_is_forgotten() -> None:
    assert named("shell/router.svelte.ts", r'=> \(\{ name: "([a-z-]+)"') - set(screens(1, 2, 3)) == set()


@pytest.fixture
def all_rights(site: Site) -> Iterator[None]:
    """The chair sees what an administrator sees, too."""
    chair = site.username("chair")
    ((role,),) = site.rows("SELECT role FROM app_user WHERE username = %s", chair)
    site.write("UPDATE app_user SET role = 'unit_admin' WHERE username = %s", chair)
    yield
    site.write("UPDATE app_user SET role = %s WHERE username = %s", role, chair)


@pytest.mark.usefixtures("all_rights")
@pytest.mark.parametrize("look", LOOKS)
async def test_every_screen_passes_axe_keeps_to_its_width_and_is_read_without_glasses(
    site: Site, people: People, look: str
) -> None:
    await at_item(site, 3)
    ((room,),) = site.rows("SELECT room_id FROM meeting WHERE id = %s", site.meeting_id)
    ((closed,),) = site.rows("SELECT id FROM meeting WHERE state = 'closed' ORDER BY starts_at DESC LIMIT 1")
    paths = [path for of_one in screens(site.meeting_id, closed, room).values() for path in of_one]
    viewport, *manners = LOOKS[look]
    page = await people.page("chair", "/", viewport)
    found: list[str] = []

    for manner in manners:
        theme, language = manner.split()
        await page.evaluate(
            f"localStorage.setItem('phien.theme', '{theme}'); localStorage.setItem('phien.language', '{language}')"
        )
        await page.reload()
        for path in paths:
            faulty = await look_at(page, path, thoroughly=manner == manners[0])
            found += [f"{manner} {one}" for one in faulty]

    assert found == []
