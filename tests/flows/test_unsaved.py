"""What the page says when the database takes nothing, and when a document's log is damaged."""

from zlib import crc32

from playwright.async_api import expect

from hub.documents.writing import Block, seed_text
from tests.flows.site import PHONE, People, Site
from tests.flows.writing import convene, saved, text, write

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON document_update FOR EACH ROW EXECUTE FUNCTION refuse()
"""


async def test_not_saved_is_said_while_the_database_takes_nothing_and_saved_when_it_does(
    site: Site, people: People
) -> None:
    sitting = await convene(site, "Họp khi ổ đĩa đầy")
    page = await people.page("secretary", sitting.path("minutes"))
    await expect(text(page)).to_be_visible()
    await write(page, "Trước đó.")
    await expect(saved(page)).to_have_text("Đã lưu")

    site.write(REFUSE)
    try:
        await write(page, " Trong lúc đó vẫn viết.")
        await expect(saved(page)).to_have_text("Chưa lưu", timeout=20_000)
        await expect(page.get_by_text("máy chủ tạm thời không ghi được")).to_be_visible()
        await write(page, " Và viết nữa.")
    finally:
        site.write("DROP TRIGGER refuse ON document_update; DROP FUNCTION refuse()")

    await expect(saved(page)).to_have_text("Đã lưu")
    await expect(page.get_by_text("máy chủ tạm thời không ghi được")).to_be_hidden()


async def test_a_damaged_document_is_read_with_a_notice_that_says_since_when(site: Site, people: People) -> None:
    sitting = await convene(site, "Họp có nhật ký hỏng")
    [(document,)] = site.rows("SELECT id FROM document WHERE meeting_id = %s AND kind = 'minutes'", sitting.id)
    whole = seed_text([Block("Phần còn nguyên của biên bản.")])
    site.write("UPDATE document_log SET head = 2 WHERE document_id = %s", document)
    for number, update in enumerate((whole, b"no longer what was written"), 1):
        site.write(
            "INSERT INTO document_update (document_id, seq, update, checksum) VALUES (%s, %s, %s, %s)",
            document, number, update, crc32(whole),
        )  # fmt: skip

    page = await people.page("secretary", sitting.path("minutes"), PHONE)

    await expect(text(page)).to_contain_text("Phần còn nguyên của biên bản.")
    await expect(page.get_by_text("Tài liệu này chỉ đọc: nhật ký lưu trữ bị hỏng, phát hiện lúc")).to_be_visible()
    await expect(saved(page)).to_have_text("Chỉ xem")
    await expect(text(page)).to_have_attribute("contenteditable", "false")
    site.write("DELETE FROM document_damage WHERE document_id = %s", document)
