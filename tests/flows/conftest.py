"""Whole journeys: the shipped program with its sample, and a real Chromium."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.flows.site import People, Site, chromium_path

FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def site() -> AsyncIterator[Site]:
    """One running installation with the sample, shared by the journeys that leave it in order."""
    folder = Path(tempfile.mkdtemp(prefix="phien-flow-", dir="/tmp"))
    folder.chmod(0o755)
    running = Site(folder)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Real Chromium with a fake camera and microphone that are allowed at once."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*QUIET, *FAKE_DEVICES], headless=os.environ.get("HEADED") is None
        )
        yield browser
        await browser.close()


@pytest.fixture
async def people(site: Site, chromium: Browser) -> AsyncIterator[People]:
    async with People(site, chromium) as people:
        yield people
