"""Notes nobody else reads, personal folders, the checker, and LibreOffice where there is one."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.papers.anchors import find_again
from hub.papers.checking import Clamd, NoChecker, checker
from hub.papers.converting import find_soffice, to_pdf
from hub.papers.models import FileInfected, FileUnchecked
from hub.settings import Settings
from tests.hub.papers_world import PNG, docx, pdf, prepare, send
from tests.support import Hub, Person

FIRST = pdf("Điều 1. Phê duyệt dự toán 12 tỷ đồng.", "Điều 2. Giao Ủy ban nhân dân xã tổ chức thực hiện.")
SECOND = pdf(
    "Trang bìa.", "Điều 1. Phê duyệt dự toán 15 tỷ đồng.", "Điều 2. Giao Ủy ban nhân dân xã tổ chức thực hiện."
)


async def meeting_with(hub: Hub, delegate: Person, content: bytes) -> tuple[Person, str, str]:
    """A published meeting's secretary, its id, and one paper."""
    secretary = await hub.person()
    meeting = await hub.meeting(await hub.person(), secretary=secretary, delegates=[delegate], state="published")
    sent = await send(secretary, content, meeting_id=str(meeting))
    return secretary, str(meeting), str(sent.json()["paper_id"])


async def write(person: Person, paper: str, quote: str, page: int, text: str = "") -> dict[str, Any]:
    answer = await person.post(
        f"/api/papers/{paper}/notes", {"number": 1, "page": page, "quote": quote, "text": text, "colour": "green"}
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_notes_are_found_again_in_a_new_version_or_listed_as_orphaned(hub: Hub) -> None:
    me = await hub.person()
    secretary, _, paper = await meeting_with(hub, me, FIRST)
    await write(me, paper, "Giao Ủy ban nhân dân xã tổ chức", 2, "Hỏi về thời hạn")
    await write(me, paper, "12 tỷ đồng", 1)
    await prepare(hub)

    await send(secretary, SECOND, paper_id=paper)
    await prepare(hub)

    notes = (await me.get(f"/api/papers/{paper}/notes")).json()
    assert [(note["quote"][:4], note["page"], note["written_page"]) for note in notes] == [
        ("Giao", 3, 2),
        ("12 t", None, 1),
    ]
    listed = (await me.get("/api/me/paper-notes")).json()
    assert [one["note"]["page"] for one in listed] == [3, None]
    file = await me.get("/api/me/paper-notes/file")
    assert "attachment" in file.headers["content-disposition"]
    assert "> Giao Ủy ban nhân dân xã tổ chức\n\nHỏi về thời hạn" in file.text
    assert "**Không còn trong bản mới**" in file.text


async def test_nobody_else_reads_changes_or_drops_a_note(hub: Hub) -> None:
    me, admin = await hub.person(), await hub.person(role="system_admin")
    secretary, meeting, paper = await meeting_with(hub, me, FIRST)
    note = (await write(me, paper, "dự toán", 1, "của tôi"))["id"]

    for other in (secretary, admin):
        assert (await other.get(f"/api/papers/{paper}/notes")).json() == []
        assert (await other.get(f"/api/me/paper-notes?meeting_id={meeting}")).json() == []
        assert (await other.patch(f"/api/paper-notes/{note}", {"text": "khác"})).status_code == 404
        assert (await other.delete(f"/api/paper-notes/{note}")).status_code == 404
    assert (await me.patch(f"/api/paper-notes/{note}", {"text": "sửa"})).json()["text"] == "sửa"
    assert (await me.delete(f"/api/paper-notes/{note}")).status_code == 204
    assert (await me.get(f"/api/papers/{paper}/notes")).json() == []


@pytest.mark.parametrize(
    ("quote", "before", "after", "page", "pages", "found"),
    [
        ("tổ chức\nthực hiện", "", "", 1, {1: "Giao xã tổ chức thực hiện."}, 1),
        ("tổ chức", "", "", 1, {1: "Không có.", 2: "t ổ  c h ứ c"}, 2),
        ("mười", "khoản một: ", "", 5, {4: "khoản hai: mười", 9: "khoản một: mười"}, 9),
        ("mười", "", "", 5, {1: "mười", 6: "mười"}, 6),
        ("mười", "", "", 5, {1: "mươi"}, None),
        ("", "", "", 2, {1: "a", 2: "b"}, 2),
        ("", "", "", 3, {1: "a", 2: "b"}, None),
    ],
)
def test_a_passage_is_found_by_its_letters_then_its_surroundings_then_its_place(
    quote: str, before: str, after: str, page: int, pages: dict[int, str], found: int | None
) -> None:
    assert find_again(quote, before, after, page, pages) == found


async def test_personal_folders_hold_files_and_links_that_only_i_see(hub: Hub) -> None:
    me, other = await hub.person(), await hub.person()
    secretary, meeting, paper = await meeting_with(hub, me, FIRST)
    folder = (await me.post("/api/me/folders", {"name": "Ngân sách"})).json()["id"]
    assert (await me.post("/api/me/folders", {"name": "Ngân sách"})).json()["code"] == "name-taken"
    own = (await send(me, PNG, "ảnh chụp.png", folder_id=folder)).json()["own_file_id"]
    assert (await me.post("/api/me/files", {"paper_id": paper})).status_code == 204

    mine = (await me.get("/api/me/files")).json()
    assert mine["used"] == len(PNG)
    assert {one["name"]: (one["folder_id"], one["paper_id"]) for one in mine["files"]} == {
        "ảnh chụp.png": (folder, None), "Tờ trình về ngân sách": (None, paper)
    }  # fmt: skip
    assert (await me.get(f"/api/me/files/{own}/file")).content == PNG
    assert (await me.delete(f"/api/me/folders/{folder}")).json()["code"] == "folder-not-empty"
    for path in (f"/api/me/files/{own}", f"/api/me/files/{own}/file", f"/api/me/files/{own}/text"):
        assert (await other.get(path)).status_code == 404
    assert (await other.get("/api/me/files")).json()["files"] == []
    assert (await other.post("/api/me/files", {"paper_id": paper})).status_code == 404
    assert (await send(other, PNG, "a.png", folder_id=folder)).status_code == 404

    gone = await secretary.delete(f"/api/meetings/{meeting}/participants/{me.id}")
    assert gone.status_code == 204
    shown = {one["name"]: one["content"] for one in (await me.get("/api/me/files")).json()["files"]}
    assert shown["Tờ trình về ngân sách"] is None
    assert shown["ảnh chụp.png"] is not None


async def test_personal_folders_have_a_quota(hub: Hub) -> None:
    me = await hub.person()
    sizes = [200, 200, 101]

    answers = [await me.post("/api/paper-uploads", {"name": "a.pdf", "size": size << 20}) for size in sizes]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["code"] == "own-full"


@asynccontextmanager
async def clamd(folder: Path, answer: bytes) -> AsyncIterator[tuple[str, list[int]]]:
    """A daemon that reads a stream to its end and answers this; and how many bytes it heard."""
    heard: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        if command == b"zPING\0":
            writer.write(b"PONG\0")
        else:
            while length := int.from_bytes(await reader.readexactly(4), "big"):
                heard.append(len(await reader.readexactly(length)))
            writer.write(answer + b"\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "clamd")
    async with server:
        yield f"unix:{folder / 'clamd'}", heard


async def test_a_named_checker_hears_the_whole_file_and_nothing_goes_past_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 300_000)
    assert isinstance(checker(None), NoChecker)

    async with clamd(tmp_path, b"stream: OK") as (address, heard):
        await Clamd(address).check(file)
        assert sum(heard) == 300_000
        assert await Clamd(address).alive()
    async with clamd(tmp_path, b"stream: Eicar-Test FOUND") as (address, _):
        with pytest.raises(FileInfected, match="Eicar-Test"):
            await Clamd(address).check(file)
    async with clamd(tmp_path, b"INSTREAM size limit exceeded. ERROR") as (address, _):
        with pytest.raises(FileUnchecked):
            await Clamd(address).check(file)
    with pytest.raises(FileUnchecked):
        await Clamd(f"unix:{tmp_path / 'nobody'}").check(file)
    assert not await Clamd(f"unix:{tmp_path / 'nobody'}").alive()


async def test_an_office_file_becomes_a_pdf_by_what_is_named(hub: Hub, tmp_path: Path) -> None:
    """By a program that takes LibreOffice's words; the real one is asked in the next test."""
    made = tmp_path / "made.pdf"
    made.write_bytes(FIRST)
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$last" = --outdir ] && out=$word; last=$word; done\ncp {made} "$out/in.pdf"\n'
    )
    program.chmod(0o755)
    me = await hub.person()
    _, meeting, paper = await meeting_with(hub, me, docx("Điều 1."))

    await prepare(hub, program)

    [content] = [one["content"] for one in (await me.get(f"/api/meetings/{meeting}/papers")).json()]
    assert (content["has_pdf"], content["pages"], content["failure"]) == (True, 2, None)
    assert (await me.get(f"/api/papers/{paper}/pdf?number=1")).content == FIRST
    assert (await me.get(f"/api/papers/{paper}/anything?number=1")).status_code == 404

    program.write_text("#!/bin/sh\nexit 1\n")
    _, meeting, paper = await meeting_with(hub, me, docx("Điều 2. Lời của tệp."))
    await prepare(hub, program)
    [content] = [one["content"] for one in (await me.get(f"/api/meetings/{meeting}/papers")).json()]
    assert (content["state"], content["has_pdf"], content["failure"]) == ("ready", False, "not-converted")
    assert (await me.get(f"/api/papers/{paper}/pdf?number=1")).json()["code"] == "paper-not-readable"
    assert "Lời của tệp" in (await me.get(f"/api/papers/{paper}/text?number=1")).text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
async def test_libreoffice_itself_makes_the_pdf(tmp_path: Path) -> None:
    source = tmp_path / "a.docx"
    source.write_bytes(docx("Điều 1. Phê duyệt."))
    soffice = find_soffice(Settings())
    assert soffice is not None

    made = await to_pdf(soffice, "docx", source, tmp_path)

    assert made is not None
    assert made.read_bytes().startswith(b"%PDF-")


async def test_a_note_sent_twice_is_one_and_what_another_device_changed_is_not_written_over(hub: Hub) -> None:
    me, other = await hub.person(), await hub.person()
    secretary, _, paper = await meeting_with(hub, me, FIRST)
    note = str(uuid4())
    sent = {"id": note, "number": 1, "page": 1, "quote": "dự toán", "text": "viết khi mất mạng"}

    first = await me.post(f"/api/papers/{paper}/notes", sent)
    again = await me.post(f"/api/papers/{paper}/notes", sent | {"text": "sửa trước khi có câu trả lời"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert [one["id"] for one in (await me.get(f"/api/papers/{paper}/notes")).json()] == [note]
    assert (await secretary.post(f"/api/papers/{paper}/notes", sent)).status_code == 404, "an id of somebody else"
    assert (await other.get(f"/api/paper-notes/{note}")).status_code == 404

    changed = await me.patch(f"/api/paper-notes/{note}", {"text": "máy tính bảng", "base": 1})
    assert (changed.json()["text"], changed.json()["edition"]) == ("máy tính bảng", 2)
    refused = await me.patch(f"/api/paper-notes/{note}", {"text": "điện thoại", "base": 1})
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (
        409, "note-changed", "máy tính bảng",
    )  # fmt: skip
    assert (await me.delete(f"/api/paper-notes/{note}?base=1")).json()["code"] == "note-changed"
    assert (await me.get(f"/api/paper-notes/{note}")).json()["text"] == "máy tính bảng"
    assert (await me.delete(f"/api/paper-notes/{note}?base=2")).status_code == 204
    assert (await me.delete(f"/api/paper-notes/{note}?base=2")).status_code == 404
