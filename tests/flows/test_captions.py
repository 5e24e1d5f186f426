"""Somebody speaks Vietnamese into a browser's microphone, and other browsers read the words."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ai.captions import RATE
from tests.ai.captions_speech import clip, resampled, silence, word_error_rate
from tests.flows.conftest import FAKE_DEVICES, QUIET
from tests.flows.site import PHONE, People, Site, chromium_path
from tests.flows.test_page import at_item, faults, mark

WORDS_MS = 45_000  # on two cores that also run a browser and a database
START = "Bật micrô làm phụ đề"


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 kHz, as a sound card gives it; Chromium plays it again and again."""
    sound = np.frombuffer(clip("Đoan").samples + silence(2.5), dtype=np.int16)
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(48_000)
        out.writeframes(resampled(sound, RATE, 48_000).tobytes())
    return path


@pytest.fixture(scope="session")
async def talking(spoken: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone hears the wav."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[*QUIET, *FAKE_DEVICES, f"--use-file-for-fake-audio-capture={spoken}"],
            headless=os.environ.get("HEADED") is None,
        )
        yield browser
        await browser.close()


@pytest.fixture
async def speakers(site: Site, talking: Browser) -> AsyncIterator[People]:
    async with People(site, talking) as people:
        yield people


@contextlib.asynccontextmanager
async def speaking(site: Site, speakers: People, who: str = "delegate") -> AsyncIterator[Page]:
    """Somebody with the caption panel open and the microphone on; off again at the end."""
    page = await speakers.page(who, f"/hop/{site.meeting_id}?muc=phu-de")
    await page.get_by_role("button", name=START).click()
    await expect(page.get_by_role("button", name="Tắt micrô")).to_be_visible(timeout=15_000)
    try:
        yield page
    finally:
        off = page.get_by_role("button", name="Tắt micrô")
        if await off.is_visible():
            await off.click()
        await expect(page.get_by_role("button", name=START)).to_be_visible(timeout=WORDS_MS)


def name_of(site: Site, who: str) -> str:
    return str(site.rows("SELECT name FROM app_user WHERE username = %s", site.username(who))[0][0])


async def test_one_browser_speaks_and_the_others_read_the_words(site: Site, people: People, speakers: People) -> None:
    await at_item(site, 1)
    meeting, speaker = site.meeting_id, name_of(site, "delegate")
    reader = await people.page("chair", f"/hop/{meeting}?muc=phu-de")
    wall = await people.page("secretary", f"/hop/{meeting}/man-hinh")

    async with speaking(site, speakers) as talker:
        strip = reader.get_by_role("region", name="Phụ đề").last
        await expect(strip).to_contain_text(re.compile("phong cách", re.IGNORECASE), timeout=WORDS_MS)
        await expect(strip).to_contain_text(speaker)
        await expect(strip).to_contain_text(f"Phụ đề do {speaker} bật")
        await expect(wall.get_by_role("region", name="Phụ đề")).to_contain_text(
            re.compile("phong cách", re.IGNORECASE), timeout=WORDS_MS
        )
        # A final sentence, with its capital and its full stop.
        final = reader.locator(".passage").filter(has_text=re.compile(r"cha mẹ\.")).first
        await expect(final).to_be_visible(timeout=WORDS_MS)
        await expect(final).to_contain_text(speaker)
        level = talker.get_by_role("meter")
        await expect(level).not_to_have_attribute("aria-valuenow", "0", timeout=10_000)
        assert await faults(reader) == []

    stored = site.rows("SELECT text FROM transcript_segment WHERE meeting_id = %s ORDER BY at", meeting)
    whole = [text for (text,) in stored if len(text.split()) > 15]
    assert whole, stored
    assert min(word_error_rate([(clip("Đoan").words, text)]) for text in whole) <= 0.2


async def test_the_chair_stops_captions_and_the_speaker_reads_that_they_are_stopped(
    site: Site, people: People, speakers: People
) -> None:
    await at_item(site, 1)
    chair = await people.page("chair", f"/hop/{site.meeting_id}?muc=phu-de")

    async with speaking(site, speakers) as talker:
        await chair.get_by_role("button", name=f"Dừng phụ đề của {name_of(site, 'delegate')}").click()
        await expect(talker.get_by_text("Phụ đề đã được dừng.")).to_be_visible()
        await expect(chair.get_by_role("list", name="Micrô đang bật")).to_be_hidden()


async def test_a_secret_item_turns_the_microphone_off(site: Site, people: People, speakers: People) -> None:
    await at_item(site, 1)
    await mark(site, 2, "mat")
    reader = await people.page("chair", f"/hop/{site.meeting_id}?muc=phu-de")
    try:
        async with speaking(site, speakers) as talker:
            await expect(reader.get_by_role("list", name="Micrô đang bật")).to_be_visible()
            await at_item(site, 2)
            await expect(reader.get_by_text("Không làm phụ đề ở nội dung mật")).to_be_visible()
            await expect(talker.get_by_text("Không làm phụ đề ở nội dung mật")).to_be_visible()
            await expect(talker.get_by_role("button", name=START)).to_be_hidden()
            await at_item(site, 1)
            await expect(
                talker.get_by_text("Phụ đề đã dừng vì phiên họp chuyển sang nội dung mang độ mật.")
            ).to_be_visible()
    finally:
        await at_item(site, 1)
        await mark(site, 2, "none")


async def test_the_transcript_is_read_by_item_and_taken_along(site: Site, people: People, speakers: People) -> None:
    await at_item(site, 1)
    meeting = site.meeting_id
    async with speaking(site, speakers) as talker:
        await expect(talker.locator(".passage").filter(has_text="cha mẹ").first).to_be_visible(timeout=WORDS_MS)

    page = await people.page("secretary", f"/hop/{meeting}?muc=phu-de")
    await page.get_by_role("button", name="Toàn bộ bản ghi").click()
    whole = page.get_by_role("region", name="Bản ghi lời nói")
    await expect(whole).to_contain_text("Do máy nhận dạng, có thể sai.")
    await expect(whole).to_contain_text("cha mẹ")
    assert await faults(page) == []

    for kind, beginning in {"vtt": "WEBVTT", "srt": "1\n00:00:00,000 --> ", "txt": ""}.items():
        async with page.expect_download() as arriving:
            await whole.get_by_role("link", name=f"(.{kind})").click()
        download = await arriving.value
        text = Path(await download.path()).read_text("utf-8")
        assert download.suggested_filename.endswith(f".{kind}")
        assert text.startswith(beginning)
        assert "cha mẹ" in unicodedata.normalize("NFC", text)


async def test_a_phone_shows_the_words_of_now_and_the_size_is_the_readers(
    site: Site, people: People, speakers: People
) -> None:
    await at_item(site, 1)
    phone = await people.page("chair", f"/hop/{site.meeting_id}", PHONE)

    async with speaking(site, speakers):
        card = phone.get_by_role("region", name="Phụ đề")
        await expect(card).to_contain_text(re.compile("nuôi con", re.IGNORECASE), timeout=WORDS_MS)
        await phone.goto(f"{site.address}/hop/{site.meeting_id}?muc=phu-de")
        words = phone.locator(".words").last
        await expect(words.locator(".passage").first).to_be_visible(timeout=WORDS_MS)
        before = await words.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        await phone.get_by_label("Cỡ chữ phụ đề").press("End")
        assert await words.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") > before * 1.5
        assert await faults(phone) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "Trình duyệt không cho dùng micrô."),
        ("NotFoundError", "Không tìm thấy micrô trên thiết bị này."),
        ("NotReadableError", "Micrô đang được một ứng dụng khác dùng."),
    ],
)
async def test_a_microphone_that_cannot_be_used_is_explained_in_words(
    site: Site, people: People, error: str, sentence: str
) -> None:
    await at_item(site, 1)
    page = await people.page("delegate", f"/hop/{site.meeting_id}?muc=phu-de")
    await page.evaluate(
        "error => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', error)); }", error
    )

    await page.get_by_role("button", name=START).click()

    await expect(page.get_by_role("alert")).to_contain_text(sentence)
    await expect(page.get_by_role("button", name=START)).to_be_enabled()
