"""Papers of a meeting: how they come in, who reads them, versions, readers, ranges."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.papers.looking import look
from hub.papers.models import FileBroken, FileTooPacked, FileWithMacros, UnknownFileType
from hub.papers.preparing import PaperWork
from hub.papers.queries import texts_of_papers
from tests.hub.papers_world import MACROS, PNG, begin, docx, pdf, piece, prepare, send
from tests.support import Hub, Person

TEXT = pdf("Tờ trình về dự toán ngân sách năm 2026.", "Trang hai: mua sắm trang thiết bị.")


@dataclass
class World:
    hub: Hub
    meeting: UUID
    items: list[UUID]
    chair: Person
    secretary: Person
    delegate: Person
    guest: Person

    async def paper(self, content: bytes = TEXT, **where: Any) -> str:
        answer = await send(self.secretary, content, meeting_id=str(self.meeting), **where)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["paper_id"])

    async def listed(self, person: Person) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await person.get(f"/api/meetings/{self.meeting}")).json()["papers"]
        return found


@pytest.fixture
async def world(hub: Hub) -> World:
    chair, secretary, delegate, guest = [await hub.person() for _ in range(4)]
    meeting = await hub.meeting(
        chair, secretary=secretary, delegates=[delegate], guests=[guest], state="published", items=2
    )
    return World(hub, meeting, await hub.items(meeting), chair, secretary, delegate, guest)


async def test_a_paper_is_sent_in_pieces_listed_and_read_in_ranges(world: World) -> None:
    content = TEXT + b"\n%" + b"x" * (5 * 1024 * 1024) + b"\n%%EOF\n"
    paper = await world.paper(content, item_id=str(world.items[0]), title="Dự toán", sha256=None)

    [listed] = await world.listed(world.delegate)
    assert (listed["id"], listed["title"], listed["item_id"]) == (paper, "Dự toán", str(world.items[0]))
    assert (listed["content"]["size"], listed["content"]["format"], listed["i_read"]) == (len(content), "pdf", "new")

    address = f"/api/papers/{paper}/file?number=1"
    whole = await world.delegate.get(address)
    assert whole.content == content
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    ranges = {
        "bytes=0-9": (206, content[:10]),
        "bytes=100-": (206, content[100:]),
        "bytes=-7": (206, content[-7:]),
        f"bytes={len(content)}-": (416, b""),
        "bytes=9-3": (416, b""),
        "bytes=0-1,5-6": (200, content),
        "pages=1": (200, content),
    }
    for asked, (status, expected) in ranges.items():
        answer = await world.delegate.get(address, headers={"range": asked})
        assert (answer.status_code, answer.content == expected) == (status, True), asked
    part = await world.delegate.get(address, headers={"range": "bytes=5-9"})
    assert part.headers["content-range"] == f"bytes 5-9/{len(content)}"
    assert (part.headers["content-length"], part.headers["accept-ranges"]) == ("5", "bytes")
    old = await world.delegate.get(address, headers={"range": "bytes=5-9", "if-range": '"another"'})
    assert old.status_code == 200
    same = await world.delegate.get(address, headers={"if-none-match": whole.headers["etag"]})
    assert same.status_code == 304


async def test_a_broken_line_goes_on_where_it_stopped_and_nothing_is_taken_out_of_order(world: World) -> None:
    who = world.secretary
    begun = await begin(who, TEXT, "a.pdf", meeting_id=str(world.meeting))
    upload = begun.json()["id"]

    assert (await piece(who, upload, 0, TEXT[:100])).json()["offset"] == 100
    again = await piece(who, upload, 0, TEXT[:100])
    assert (again.status_code, again.json()["code"], again.json()["detail"]) == (409, "wrong-offset", "100")
    ahead = await piece(who, upload, 500, TEXT[500:])
    assert ahead.json()["code"] == "wrong-offset"
    bad = await piece(who, upload, 100, TEXT[100:], **{"content-digest": "sha-256=:" + "A" * 43 + "=:"})
    assert bad.json()["code"] == "digest-differs"
    early = await who.post(f"/api/paper-uploads/{upload}/finish")
    assert (early.json()["code"], early.json()["detail"]) == ("upload-incomplete", "100")
    assert (await piece(who, upload, 100, TEXT[100:] + b"more")).json()["code"] == "paper-too-large"
    assert (await world.delegate.get(f"/api/paper-uploads/{upload}")).status_code == 404
    assert (await who.get(f"/api/paper-uploads/{upload}")).json()["offset"] == 100
    await piece(who, upload, 100, TEXT[100:])
    done = await asyncio.gather(*(who.post(f"/api/paper-uploads/{upload}/finish") for _ in range(3)))

    assert {one.status_code for one in done} <= {200, 409}
    assert (await who.post(f"/api/paper-uploads/{upload}/finish")).json()["number"] == 1, "a lost answer is said again"
    assert len(await world.listed(who)) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PNG, "png"),
        (TEXT, "pdf"),
        (docx("Một"), "docx"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "jpeg"),
        (b"<html><script>alert(1)</script>", UnknownFileType),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', UnknownFileType),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, UnknownFileType),
        (TEXT[: len(TEXT) // 2], FileBroken),
        (docx("Một")[:-40], FileBroken),
        (docx("Một", type_="application/octet-stream"), UnknownFileType),
        (docx("Một", type_=MACROS), FileWithMacros),
        (docx("Một", more={"word/vbaProject.bin": b"\0"}), FileWithMacros),
        (docx("Một", more={"word/media/a.bin": b"\0" * (80 * 1024 * 1024)}), FileTooPacked),
    ],
)
def test_a_file_is_what_its_content_says(tmp_path: Path, content: bytes, said: Any) -> None:
    file = tmp_path / "to-trinh.pdf"
    file.write_bytes(content)

    if isinstance(said, str):
        assert look(file) == said
    else:
        with pytest.raises(said):
            look(file)


async def test_what_is_refused_leaves_nothing_behind_and_a_name_decides_nothing(world: World) -> None:
    refused = await send(world.secretary, docx("Một", type_=MACROS), "to-trinh.docx", meeting_id=str(world.meeting))
    picture = await send(world.secretary, PNG, "to-trinh.pdf", meeting_id=str(world.meeting))

    assert (refused.status_code, refused.json()["code"]) == (400, "paper-macros")
    assert picture.status_code == 200
    assert [paper["content"]["format"] for paper in await world.listed(world.secretary)] == ["png"]
    store = PaperWork(world.hub.db, world.hub.settings).store
    assert list((store.folder / "uploads").iterdir()) == []


async def test_what_is_said_and_what_came_must_be_the_same_file(world: World) -> None:
    answer = await send(world.secretary, TEXT, meeting_id=str(world.meeting), sha256="0" * 64)

    assert answer.json()["code"] == "digest-differs"
    assert await world.listed(world.secretary) == []


async def test_bounds_are_said_before_the_first_byte(world: World) -> None:
    meeting = str(world.meeting)
    too_large = await world.secretary.post(
        "/api/paper-uploads", {"name": "a.pdf", "size": 200 * 1024 * 1024 + 1, "meeting_id": meeting}
    )
    assert (too_large.status_code, too_large.json()["code"]) == (413, "paper-too-large")
    for _ in range(10):
        assert (await begin(world.secretary, TEXT, "a.pdf", meeting_id=meeting)).status_code == 201
    assert (await begin(world.secretary, TEXT, "a.pdf", meeting_id=meeting)).json()["code"] == "too-many-uploads"


async def test_a_secret_item_takes_no_paper_and_shows_none(world: World) -> None:
    item = str(world.items[1])
    paper = await world.paper(item_id=item)
    marked = await world.secretary.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})
    assert marked.status_code == 204

    refused = await send(world.secretary, TEXT, meeting_id=str(world.meeting), item_id=item)
    assert (refused.status_code, refused.json()["code"]) == (409, "secret-item")
    assert await world.listed(world.delegate) == []
    assert (await world.delegate.get(f"/api/papers/{paper}/file?number=1")).json()["code"] == "secret-item"
    assert (await world.secretary.get(f"/api/papers/{paper}")).json()["code"] == "secret-item"
    async with world.hub.db.work() as work:
        assert await texts_of_papers(work.conn, world.meeting) == []


async def test_nobody_outside_reads_a_paper_by_its_address(world: World, hub: Hub) -> None:
    paper = await world.paper()
    stranger, neighbour = await hub.person(), await hub.person(unit=await hub.unit("Xã Bên"), role="unit_admin")
    addresses = [
        f"/api/papers/{paper}", f"/api/papers/{paper}/versions", f"/api/papers/{paper}/file?number=1",
        f"/api/papers/{paper}/text?number=1", f"/api/papers/{paper}/notes", f"/api/meetings/{world.meeting}/papers",
    ]  # fmt: skip

    for address in addresses:
        assert (await world.guest.get(address)).status_code == 200, address
        for outside in (stranger, neighbour):
            assert (await outside.get(address)).status_code == 404, address
    for person in (world.delegate, world.guest):
        assert (await send(person, TEXT, meeting_id=str(world.meeting))).status_code == 403
        assert (await send(person, TEXT, paper_id=paper)).status_code == 403
        assert (await person.delete(f"/api/papers/{paper}")).status_code == 403
        assert (await person.get(f"/api/meetings/{world.meeting}/paper-readers")).status_code == 403

    async with hub.db.work() as work:  # what closing asks for is another test's
        await work.conn.execute("UPDATE meeting SET state = 'closed' WHERE id = %s", (world.meeting,))
    assert (await stranger.get(f"/api/meetings/{world.meeting}")).json()["papers"] == [], "of the unit, not of the list"
    assert (await stranger.get(f"/api/papers/{paper}/file?number=1")).status_code == 404
    assert (await send(world.secretary, TEXT, meeting_id=str(world.meeting))).json()["code"] == "wrong-state"


async def test_papers_of_a_draft_are_for_who_prepares_it(hub: Hub) -> None:
    chair, secretary, delegate, guest = [await hub.person() for _ in range(4)]
    meeting = await hub.meeting(chair, secretary=secretary, delegates=[delegate], guests=[guest], state="draft")
    paper = (await send(secretary, TEXT, meeting_id=str(meeting))).json()["paper_id"]

    answers = [await person.get(f"/api/papers/{paper}/file?number=1") for person in (secretary, delegate, guest)]

    assert [answer.status_code for answer in answers] == [200, 404, 404]


async def test_a_new_version_is_shown_everywhere_and_who_read_the_old_one_is_told(world: World) -> None:
    paper = await world.paper()
    assert (await world.delegate.post(f"/api/papers/{paper}/opened", {"number": 1})).status_code == 204
    assert [one["i_read"] for one in await world.listed(world.delegate)] == ["read"]
    await world.listed(world.guest)

    second = pdf("Tờ trình sửa đổi.")
    replaced = await send(world.secretary, second, "to-trinh-2.pdf", paper_id=paper, note="Sửa số liệu")

    assert replaced.json()["number"] == 2
    reads = {who.id: (await world.listed(who))[0]["i_read"] for who in (world.delegate, world.guest)}
    assert reads == {world.delegate.id: "changed", world.guest.id: "new"}
    versions = (await world.delegate.get(f"/api/papers/{paper}/versions")).json()
    assert [(one["number"], one["name"], one["note"]) for one in versions] == [
        (2, "to-trinh-2.pdf", "Sửa số liệu"), (1, "to-trinh.pdf", "")
    ]  # fmt: skip
    assert (await world.delegate.get(f"/api/papers/{paper}/file?number=1")).content == TEXT
    assert (await world.delegate.get(f"/api/papers/{paper}/file?number=2")).content == second
    assert (await world.delegate.get(f"/api/papers/{paper}/file?number=3")).status_code == 404
    bell = (await world.delegate.get("/api/notices")).json()["newest"]
    assert [notice["kind"] for notice in bell].count("paper_changed") == 1

    readers = (await world.secretary.get(f"/api/meetings/{world.meeting}/paper-readers")).json()
    found = {row["user_id"]: (row["delivered_at"] is not None, row["opened_number"]) for row in readers}
    assert found[str(world.delegate.id)] == (True, 1)
    assert found[str(world.guest.id)] == (True, None)
    assert found[str(world.chair.id)] == (False, None)


async def test_the_line_tells_each_change_with_the_hash_of_the_file(world: World) -> None:
    paper = await world.paper()
    await world.hub.serve()
    async with world.delegate.line(world.meeting) as line:
        await line.next("ready")
        await send(world.secretary, pdf("Bản hai."), paper_id=paper)
        await world.secretary.patch(f"/api/papers/{paper}", {"title": "Tên khác", "item_id": str(world.items[0])})
        assert (await world.secretary.delete(f"/api/papers/{paper}")).status_code == 204
        events = [(await line.event("paper.changed"))["event"] for _ in range(3)]

    assert [event["change"] for event in events] == ["replaced", "moved", "removed"]
    assert all(len(event["sha256"]) == 64 and event["paper_id"] == paper for event in events)
    assert await world.listed(world.delegate) == []


async def test_a_file_is_read_for_who_cannot_draw_it(world: World) -> None:
    paper = await world.paper()
    office = await world.paper(docx("Báo cáo thẩm tra.", "Đề nghị thông qua."), name="bao-cao.docx")
    await prepare(world.hub)

    said = (await world.delegate.get(f"/api/papers/{paper}/text?number=1")).json()
    assert said["state"] == "ready"
    assert [page["page"] for page in said["pages"]] == [1, 2]
    assert "mua sắm" in said["pages"][1]["text"]
    words = (await world.delegate.get(f"/api/papers/{office}/text?number=1")).json()
    assert "Đề nghị thông qua." in words["pages"][0]["text"]
    by_id = {one["id"]: one["content"] for one in await world.listed(world.delegate)}
    assert (by_id[paper]["pages"], by_id[paper]["has_pdf"]) == (2, False)
    async with world.hub.db.work() as work:
        found = await texts_of_papers(work.conn, world.meeting)
    assert {(str(page.paper_id), page.page) for page in found} == {(paper, 1), (paper, 2), (office, 1)}


async def test_what_nobody_goes_on_with_or_refers_to_is_swept(world: World) -> None:
    await begin(world.secretary, TEXT, "a.pdf", meeting_id=str(world.meeting))
    upload = (await begin(world.secretary, TEXT, "b.pdf", meeting_id=str(world.meeting))).json()["id"]
    await piece(world.secretary, upload, 0, TEXT[:50])
    own = (await send(world.delegate, PNG, "anh.png")).json()["own_file_id"]
    paper = await world.paper()
    work = PaperWork(world.hub.db, world.hub.settings)
    assert (await world.delegate.delete(f"/api/me/files/{own}")).status_code == 204

    world.hub.clock.pass_(hours=25)
    sign_in_again = await world.hub.sign_in(world.secretary.id)
    await work.sweep()

    assert (await sign_in_again.get(f"/api/paper-uploads/{upload}")).status_code == 404
    assert not work.store.upload(UUID(upload)).exists()
    kept = list(work.store.folder.glob("??/*"))
    assert len(kept) == 1, "the picture went, the paper stayed"
    assert (await sign_in_again.get(f"/api/papers/{paper}/file?number=1")).content == TEXT


async def test_kinds_of_papers_are_data_of_the_commune(world: World, hub: Hub) -> None:
    admin = await hub.person(role="unit_admin")
    neighbour = await hub.person(unit=await hub.unit("Xã Bên"))
    made = (await admin.post("/api/paper-kinds", {"name": "Đề án", "position": 3})).json()
    kind = next(one["id"] for one in made if one["name"] == "Đề án")

    assert (await world.delegate.post("/api/paper-kinds", {"name": "Khác"})).status_code == 403
    assert "Đề án" not in [one["name"] for one in (await neighbour.get("/api/paper-kinds")).json()]
    assert (await admin.put(f"/api/paper-kinds/{kind}", {"name": "Đề án, dự án"})).status_code == 204
    await world.paper(kind_id=kind, title="Đề án sắp xếp")
    assert (await admin.delete(f"/api/paper-kinds/{kind}")).status_code == 204
    found = {one["id"]: one["retired"] for one in (await admin.get("/api/paper-kinds")).json()}
    assert found[kind] is True
    assert [one["kind"] for one in await world.listed(world.delegate)] == ["Đề án, dự án"]
