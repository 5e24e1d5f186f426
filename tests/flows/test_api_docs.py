"""The API's description opens from this hub alone, under its strict policy."""

from playwright.async_api import Request, expect

from tests.flows.site import People, Site


async def test_the_api_is_described_without_any_address_elsewhere(site: Site, people: People) -> None:
    context = await people.context("secretary")
    page = await context.new_page()
    foreign: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site.address, "data:", "blob:")):
            foreign.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: people.errors.append(str(error)))
    await page.goto(site.address + "/api/docs")

    # Of two hundred routes those in sight are drawn; the others when one comes to them.
    await expect(page.get_by_text("/api/me/password")).to_be_visible(timeout=30_000)
    assert foreign == []
