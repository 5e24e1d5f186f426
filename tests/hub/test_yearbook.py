"""Closing says what is to be done first, freezes the record, and nothing of a closed meeting changes any more."""

import asyncio
import contextlib
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hub.events import canonical
from hub.exports.child import Press
from hub.exports.queries import signatory
from hub.papers.store import PaperStore
from hub.verify import standalone
from hub.yearbook.exporting import make
from tests.hub.test_minutes import conclusion, decide, fill, said, voted, write
from tests.hub.test_votes_secret import secret_vote, stranger
from tests.hub.voting import Voting, body
from tests.support import Hub
from tests.votes.blind_client import SecretVoter


async def to_do(at: Voting) -> list[tuple[str, str]]:
    answer = await at.secretary.get(f"/api/meetings/{at.meeting_id}/ending")
    assert answer.status_code == 200, answer.text
    return [(one["weight"], one["what"]) for one in answer.json()["to_do"]]


async def close(at: Voting, reason: str | None = None) -> Any:
    return await at.secretary.post(f"/api/meetings/{at.meeting_id}/close", {"reason": reason})


async def end(at: Voting) -> None:
    answer = await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})
    assert answer.status_code == 204, answer.text


async def closed(hub: Hub) -> Voting:
    """A meeting held, with a vote, a conclusion and minutes, and its record closed."""
    at = await body(hub, 3, guest=True)
    await fill(at)
    await voted(at)
    await write(at.chair, at.items[0], "Giao Ủy ban nhân dân xã thực hiện.")
    await fill(at)
    await end(at)
    answer = await close(at)
    assert answer.status_code == 204, answer.text
    return at


async def test_what_is_to_be_done_before_closing_is_said_and_left_undone_only_with_a_reason(hub: Hub) -> None:
    at = await body(hub, 2)
    await write(at.secretary, at.items[0], "Chưa xác nhận.")
    await at.prepare()
    assert (await close(at, "Vẫn đang họp.")).json()["code"] == "wrong-state"
    await end(at)

    assert await to_do(at) == [
        ("should", "conclusion-unconfirmed"), ("should", "minutes-empty"), ("may", "vote-prepared"),
    ]  # fmt: skip
    refused = await close(at)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-ready-to-close")
    assert refused.json()["detail"] == "conclusion-unconfirmed, minutes-empty"
    assert (await at.members[0].post(f"/api/meetings/{at.meeting_id}/close", {"reason": "Tôi."})).status_code == 403
    written = await conclusion(at, at.items[0])
    assert written is not None
    await decide(at.chair, at.items[0], "confirm", written=written["written"])
    assert (await close(at, "Phiên họp ngắn, không lập biên bản.")).status_code == 204

    told = [(kind, said) async for kind, said in facts(at)]
    assert told[-2][0] == "record.closed"
    assert told[-2][1]["undone"] == ["minutes-empty"]
    assert told[-1] == ("meeting.state_changed", {"by": str(at.secretary.id), "state": "closed"})
    assert (await close(at)).json()["code"] == "wrong-state"


async def facts(at: Voting) -> Any:
    async with at.hub.db.work() as work:
        cursor = await work.conn.execute(
            "SELECT kind, body FROM event WHERE meeting_id = %s ORDER BY seq", (at.meeting_id,)
        )
        for kind, said in await cursor.fetchall():
            yield kind, msgspec.json.decode(bytes(said))


async def test_the_frozen_record_has_all_of_the_meeting_and_its_hash_is_told(hub: Hub) -> None:
    at = await closed(hub)

    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT record FROM yearbook_entry WHERE meeting_id = %s", (at.meeting_id,))
        row = await cursor.fetchone()
        assert row is not None
    record = msgspec.json.decode(bytes(row[0]))
    told = [said async for kind, said in facts(at) if kind == "record.closed"]
    assert told[0]["hash"] == hashlib.sha256(bytes(row[0])).hexdigest()
    assert told[0]["upto"] == record["chain"]["seq"]
    assert record["agenda"][0]["conclusion"]["text"] == "Giao Ủy ban nhân dân xã thực hiện."
    assert record["votes"][0]["result"]["passed"] is True
    assert {one["role"] for one in record["people"]} == {"chair", "secretary", "delegate", "guest"}
    words = msgspec.json.encode(record["documents"]).decode()
    assert "Được thông qua: 4/4 biểu quyết tán thành" in words
    assert "Cuộc họp kết thúc vào 15 giờ 00" in words
    shown = (await at.members[0].get("/api/yearbook")).json()
    assert [(one["title"], one["votes"], one["conclusions"], one["i_may_export"]) for one in shown["meetings"]] == [
        ("Kỳ họp thử", 1, 1, False)
    ]
    assert shown["meetings"][0]["entry"]["hash"] == told[0]["hash"]
    assert (shown["year"], shown["years"]) == (2026, [2026])


async def test_who_is_called_otherwise_later_keeps_his_name_and_position_in_the_closed_record(hub: Hub) -> None:
    at = await closed(hub)
    meeting = f"/api/meetings/{at.meeting_id}"
    before = await said(at)
    people = (await at.members[0].get(meeting)).json()["participants"]
    [vote] = (await at.members[0].get(f"{meeting}/votes")).json()
    roll = await at.members[0].get(f"/api/votes/{vote['id']}/roll")
    assert roll.status_code == 200
    assert roll.json()
    async with hub.db.work() as work:
        who = {"meeting": at.meeting_id, "item": at.items[0], "member": at.members[0].id, "now": work.now}
        await work.conn.execute(
            "INSERT INTO questioning (meeting_id, item_id, answerer_id, opened_at, closed_at)"
            " VALUES (%(meeting)s, %(item)s, %(member)s, %(now)s, %(now)s)",
            who,
        )
        await work.conn.execute(
            "INSERT INTO speech_request (meeting_id, item_id, user_id, kind, position, state, requested_at,"
            " requested_by, called_at)"
            " VALUES (%(meeting)s, %(item)s, %(member)s, 'on_item', 0, 'done', %(now)s, %(member)s, %(now)s)",
            who,
        )
    speaking = (await at.members[0].get(f"{meeting}/speaking")).json()
    assert len(speaking["questionings"]) == len(speaking["requests"]) == 1

    async with hub.db.work() as work:
        await work.conn.execute("UPDATE app_user SET name = 'Tên Khác ' || username, position = 'Đã nghỉ hưu'")

    assert (await at.members[0].get(meeting)).json()["participants"] == people
    assert (await at.members[0].get(f"/api/votes/{vote['id']}/roll")).json() == roll.json()
    assert (await at.members[0].get(f"{meeting}/speaking")).json() == speaking
    assert await said(at) == before
    async with hub.db.work() as work:
        chair = await signatory(work.conn, at.meeting_id, "chair")
    assert chair is not None
    assert [chair.name, chair.position] == [people[0]["name"], people[0]["position"]]


# --- the whole meeting as one file ---


async def exported(at: Voting) -> bytes:
    """Begun, made as a worker would make it, and fetched."""
    answer = await at.secretary.post(f"/api/meetings/{at.meeting_id}/export")
    assert answer.status_code == 202, answer.text
    export_id = UUID(answer.json()["id"])
    assert (await at.secretary.get(f"/api/exports/{export_id}/file")).json()["code"] == "export-not-made"
    await make(at.hub.db, Press(), PaperStore(at.hub.settings), export_id)
    now = (await at.secretary.get(f"/api/meetings/{at.meeting_id}/export")).json()
    assert (now["state"], now["done"]) == ("made", now["total"])
    file = await at.secretary.get(f"/api/exports/{export_id}/file")
    assert file.status_code == 200, file.text
    assert len(file.content) == now["bytes"] == int(file.headers["content-length"])
    return file.content


def repacked(packed: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """The same ZIP with one file changed; None takes it away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(out, "w") as after:
        for info in before.infolist():
            content = before.read(info)
            changed = change(content) if info.filename == name else content
            if changed is not None:
                after.writestr(info, changed)
    return out.getvalue()


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def verified(packed: bytes, folder: Path) -> str:
    """What ``phien verify`` says, and that its exit code agrees."""
    path = folder / "phien-hop.zip"
    path.write_bytes(packed)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = standalone.main([str(path)])
    words = said.getvalue()
    assert code == (0 if words.rstrip().endswith("\nKHỚP") else 1), words
    return words


async def test_a_meeting_leaves_whole_and_proves_itself_where_there_is_nothing_but_python(
    hub: Hub, tmp_path: Path
) -> None:
    at = await closed(hub)
    packed = await exported(at)
    folder = tmp_path / "giai-nen"
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        names = set(bundle.namelist())
        bundle.extractall(folder)

    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-I", "-S", "verify.py"],
        cwd=folder, capture_output=True, timeout=60, env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    said = ran.stdout.decode()
    assert ran.returncode == 0, said + ran.stderr.decode()
    assert "Hồ sơ đã khóa, đúng hồ sơ đã ghi trong chuỗi" in said
    assert "Đếm lại 4 lá phiếu: tán thành 4" in said
    assert names >= {
        "index.html", "ho-so.json", "su-kien.json", "manifest.json", "verify.py", "DOC-TRUOC.txt",
        "van-ban/bien-ban.pdf", "van-ban/bien-ban.docx",
    }  # fmt: skip
    page = (folder / "index.html").read_text("utf-8")
    assert "Giao Ủy ban nhân dân xã thực hiện." in page
    assert "<script" not in page
    assert "http" not in page
    for path in re.findall(r'href="([^"]+)"', page):
        assert (folder / path).is_file(), path
    assert "KHỚP" in verified(packed, tmp_path)


async def test_one_byte_changed_in_any_file_is_named(hub: Hub, tmp_path: Path) -> None:
    at = await closed(hub)
    packed = await exported(at)
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        names = bundle.namelist()
    assert len(names) >= 9

    for name in names:
        assert f"tệp {name} đã bị sửa" in verified(repacked(packed, name, flipped), tmp_path)
    assert "thiếu tệp ho-so.json" in verified(repacked(packed, "ho-so.json", lambda _: None), tmp_path)
    with zipfile.ZipFile(tmp_path / "them.zip", "w") as more, zipfile.ZipFile(io.BytesIO(packed)) as before:
        for name in names:
            more.writestr(name, before.read(name))
        more.writestr("van-ban/gia-mao.pdf", b"%PDF")
    assert "có tệp không thuộc hồ sơ: van-ban/gia-mao.pdf" in verified((tmp_path / "them.zip").read_bytes(), tmp_path)


def forged(packed: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """By somebody who also rewrote the list of files."""
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        value = json.loads(bundle.read(name))
        manifest = json.loads(bundle.read("manifest.json"))
    change(value)
    content = canonical(value)
    for one in manifest["files"]:
        if one["name"] == name:
            one |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    del manifest["manifest_hash"]
    manifest["manifest_hash"] = hashlib.sha256(canonical(manifest)).hexdigest()
    return repacked(repacked(packed, name, lambda _: content), "manifest.json", lambda _: canonical(manifest))


async def test_who_also_rewrites_the_list_of_files_is_found_by_the_chain(hub: Hub, tmp_path: Path) -> None:
    at = await closed(hub)
    packed = await exported(at)
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        vote = next(name for name in bundle.namelist() if name.startswith("bieu-quyet/"))

    def conclude(record: Any) -> None:
        record["agenda"][0]["conclusion"]["text"] = "Không thông qua."

    def say(line: Any) -> None:
        line["texts"][0]["text"] = "Lời khác."

    def move(line: Any) -> None:
        line["chain"][4]["at"] = "2026-03-02T09:00:00.000000Z"

    def turn(one: Any) -> None:
        one["vote"]["roll"]["lines"][0][1] = ["disagree"]

    assert "ho-so.json không phải hồ sơ đã khóa" in verified(forged(packed, "ho-so.json", conclude), tmp_path)
    assert "lời của sự kiện số" in verified(forged(packed, "su-kien.json", say), tmp_path)
    assert "sự kiện số 5" in verified(forged(packed, "su-kien.json", move), tmp_path)
    assert "không phải những lá phiếu đã khóa" in verified(forged(packed, vote, turn), tmp_path)


async def test_nothing_secret_leaves_and_only_who_manages_takes_it(hub: Hub) -> None:
    at = await body(hub, 3)
    hidden = await voted(at, "Câu hỏi về nội dung mật?")
    await write(at.chair, at.items[0], "Kết luận về nội dung mật.")
    shown = await secret_vote(at, item_ids=[str(at.items[1])], question="Bầu thư ký?")
    for person in at.everybody:
        voter = SecretVoter(person, shown, ["agree"])
        await voter.take()
        async with stranger(hub) as http:
            await voter.drop(http)
    await at.close(shown["id"])
    await at.secretary.put(f"/api/agenda-items/{at.items[0]}/secrecy", {"secrecy": "mat"})
    assert (await at.members[0].post(f"/api/meetings/{at.meeting_id}/export")).status_code == 403

    packed = await exported(at)

    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist() if not name.endswith((".pdf", ".docx")))
        votes = [json.loads(bundle.read(n))["vote"] for n in bundle.namelist() if n.startswith("bieu-quyet/")]
        manifest = json.loads(bundle.read("manifest.json"))
    text = everything.decode()
    assert "nội dung mật?" not in text
    assert "Kết luận về nội dung mật." not in text
    assert {"what": "Nội dung 1", "why": "mang độ mật"} in manifest["left_out"]
    assert [vote["id"] for vote in votes] == [shown["id"]]
    assert hidden not in [vote["id"] for vote in votes]
    assert "roll" not in votes[0]
    assert not any(str(person.id) in json.dumps(votes[0]) for person in at.everybody)
