"""The hub is killed with SIGKILL in the middle of a sitting, and all of it resumes by itself."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.flows.site import People, Site
from tests.flows.writing import blocks, convene, same_words, saved, text, until, write


@pytest.fixture
async def own_site() -> AsyncIterator[Site]:
    """An installation of its own: the shared one must not be killed under the other journeys."""
    folder = Path(tempfile.mkdtemp(prefix="phien-kill-", dir="/tmp"))
    folder.chmod(0o755)
    site = Site(folder)
    await site.start()
    try:
        yield site
    finally:
        await site.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_after_a_kill_the_sitting_goes_on_where_it_was(own_site: Site, chromium: Browser) -> None:
    async with People(own_site, chromium) as people:
        sitting = await convene(own_site, "Họp bị ngắt điện")
        chair = await people.page("chair", sitting.path("minutes"))
        secretary = await people.page("secretary", sitting.path("minutes"))
        for page in (chair, secretary):
            await expect(text(page)).to_be_visible()
        await write(chair, "Trước khi ngắt.")
        await expect(saved(chair)).to_have_text("Đã lưu")
        await chair.keyboard.press("Enter")
        await same_words(chair, secretary)

        await own_site.kill()
        await write(chair, "Trong khi ngắt.")
        await expect(saved(chair)).to_have_text("Mất kết nối – vẫn sửa được")
        await own_site.restart()
        started = await own_site.call("chair", "POST", f"/api/meetings/{sitting.id}/state", {"to": "running"})

        assert started.status_code == 204
        await expect(saved(chair)).to_have_text("Đã lưu")
        assert await same_words(chair, secretary) == ["Trước khi ngắt.", "Trong khi ngắt."]
        for page in (chair, secretary):  # the meeting's line came back and told what happened since
            await expect(page.get_by_text("Đang họp", exact=True).first).to_be_visible()
        facts = own_site.rows("SELECT seq FROM event WHERE meeting_id = %s ORDER BY seq", sitting.id)
        assert [row[0] for row in facts] == list(range(1, len(facts) + 1))

        later = await people.page("secretary", sitting.path("minutes"))
        await expect(text(later)).to_be_visible()

        async def whole() -> bool:
            return await blocks(later) == ["Trước khi ngắt.", "Trong khi ngắt."]

        await until(whole, "who comes after the kill does not read what was written before and during it")


async def test_three_kills_in_a_row_lose_nothing_that_was_called_saved(own_site: Site, chromium: Browser) -> None:
    async with People(own_site, chromium) as people:
        sitting = await convene(own_site, "Họp bị ngắt ba lần")
        page = await people.page("secretary", sitting.path("minutes"))
        await expect(text(page)).to_be_visible()
        lines = []
        for turn in range(3):
            lines.append(f"Câu thứ {turn + 1}.")
            await write(page, lines[-1])
            await expect(saved(page)).to_have_text("Đã lưu")
            await page.keyboard.press("Enter")
            await own_site.kill()
            await own_site.restart()
            await expect(saved(page)).to_have_text("Đã lưu")

        fresh = await people.page("chair", sitting.path("minutes"))
        await expect(text(fresh)).to_be_visible()

        async def all_there() -> bool:
            return (await blocks(fresh))[:3] == lines

        await until(all_there, f"not all of {lines} are there")
