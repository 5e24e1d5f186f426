"""A sitting made for one journey, and what its pages show of a shared text or agenda."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import anyio
from playwright.async_api import Page, expect

from tests.flows.site import Site

WAIT_SECONDS = 20
expect.set_options(timeout=WAIT_SECONDS * 1000)  # the first text waits for the editor itself to be fetched
READER = "mai.vu"
SECOND_SECRETARY = "huong.do"

# Carets and names of others stand in the text's elements, but are nobody's words.
WORDS = """
(text) => {
  const copy = text.cloneNode(true);
  const aids = ".others-caret, .ProseMirror-separator, .ProseMirror-trailingBreak";
  for (const aid of copy.querySelectorAll(aids)) aid.remove();
  return [...copy.children].map((block) => block.textContent.replace(/\\u2060/g, ""));
}
"""


class Sitting:
    """A meeting of its own, agenda and minutes empty: the sample's chair and secretaries write, one delegate reads."""

    def __init__(self, site: Site, meeting: dict[str, Any]) -> None:
        self.site, self.id = site, UUID(meeting["id"])
        self._documents = {document["kind"]: document["id"] for document in meeting["documents"]}

    def path(self, kind: str | None = None) -> str:
        return f"/hop/{self.id}" + (f"?van-ban={self._documents[kind]}" if kind else "")

    def document(self, kind: str) -> str:
        return str(self._documents[kind])

    async def items(self) -> list[dict[str, Any]]:
        """As the hub lists them, in order; removed ones are left out."""
        answer = await self.site.call("secretary", "GET", f"/api/meetings/{self.id}/items")
        return [item for item in answer.raise_for_status().json() if not item["removed"]]


async def convene(site: Site, title: str) -> Sitting:
    people = {row[0]: str(row[1]) for row in site.rows("SELECT username, id FROM app_user")}
    council = site.rows("SELECT unit_id FROM meeting WHERE id = %s", site.meeting_id)[0][0]
    start = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=2)
    made = await site.call(
        "secretary", "POST", "/api/meetings",
        {
            "title": title, "kind": "council", "place": "Phòng họp số 1",
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat(),
            "unit_id": str(council),
            "chair_id": people[site.username("chair")],
            "secretary_ids": [people[site.username("secretary")], people[SECOND_SECRETARY]],
            "delegate_ids": [people[READER]],
        },
    )  # fmt: skip
    meeting = made.raise_for_status().json()
    published = await site.call("chair", "POST", f"/api/meetings/{meeting['id']}/state", {"to": "published"})
    published.raise_for_status()
    read = await site.call("secretary", "GET", f"/api/meetings/{meeting['id']}")
    return Sitting(site, read.raise_for_status().json())


def text(page: Page) -> Any:
    return page.locator(".ProseMirror")


def saved(page: Page) -> Any:
    """The sign beside the text that says what is true of one's edits."""
    return page.locator(".pane .saved")


async def blocks(page: Page) -> list[str]:
    found: list[str] = await text(page).evaluate(WORDS)
    return found


async def write(page: Page, words: str) -> None:
    await text(page).click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(words)


async def until(what: Callable[[], Awaitable[bool]], told: str) -> None:
    """Asks again every twentieth of a second; for what the page's own assertions cannot say."""
    try:
        with anyio.fail_after(WAIT_SECONDS):
            while not await what():
                await anyio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(told) from None


async def same_words(*pages: Page) -> list[str]:
    """Waits until all pages show one text, and gives it."""

    async def alike() -> bool:
        texts = [await blocks(page) for page in pages]
        return all(one == texts[0] for one in texts)

    await until(alike, "the pages do not show the same text")
    return await blocks(pages[0])


async def reads(page: Page, *lines: str) -> None:
    """Waits until the text on the page is this, line by line."""

    async def shown() -> bool:
        return await blocks(page) == list(lines)

    await until(shown, f"the page does not read {lines}")


async def shown_order(page: Page) -> list[str]:
    found: list[str] = await page.locator("[data-item] .title").all_inner_texts()
    return found


async def same_order(order: list[str], *pages: Page) -> None:
    for page in pages:
        await expect(page.locator("[data-item] .title")).to_have_text(order)
