"""Conclusions are written, confirmed and returned; the minutes fill themselves and say what the line says."""

import io
from typing import Any
from uuid import UUID

from docx import Document
from pycrdt import XmlFragment
from pypdf import PdfReader

from hub.documents.fragments import read_blocks
from hub.documents.queries import whole
from hub.documents.reading import document_of
from hub.documents.structure import Fact, Paragraph
from hub.documents.writing import seed_text
from hub.exports.nodes import to_nodes
from hub.search.archive import document_text
from tests.hub.voting import Voting, body
from tests.support import Hub, Person


async def write(person: Person, item: UUID, text: str) -> Any:
    return await person.put(f"/api/agenda-items/{item}/conclusion", {"text": text})


async def conclusion(at: Voting, item: UUID) -> dict[str, Any] | None:
    read = (await at.secretary.get(f"/api/meetings/{at.meeting_id}")).json()
    return next((one for one in read["conclusions"] if one["item_id"] == str(item)), None)


async def standing(at: Voting, item: UUID) -> str:
    read = (await at.secretary.get(f"/api/meetings/{at.meeting_id}")).json()
    return str(next(one["conclusion"] for one in read["items"] if one["id"] == str(item)))


async def decide(person: Person, item: UUID, act: str, **body_: Any) -> Any:
    return await person.post(f"/api/agenda-items/{item}/conclusion/{act}", body_)


async def test_a_conclusion_stands_when_the_chair_has_confirmed_the_wording_he_read(hub: Hub) -> None:
    at = await body(hub, 2)
    item = at.items[0]

    assert (await write(at.secretary, item, "Giao Ủy ban nhân dân xã lập phương án.")).status_code == 204
    first = await conclusion(at, item)
    assert first is not None
    assert (first["state"], await standing(at, item)) == ("written", "")
    assert (await write(at.secretary, item, "Giao Ủy ban nhân dân xã lập phương án trước 31/3.")).status_code == 204
    late = await decide(at.chair, item, "confirm", written=first["written"])
    assert (late.status_code, late.json()["code"]) == (409, "conclusion-changed")
    second = await conclusion(at, item)
    assert second is not None
    assert (await decide(at.secretary, item, "confirm", written=second["written"])).status_code == 403
    assert (await decide(at.chair, item, "confirm", written=second["written"])).status_code == 204

    confirmed = await conclusion(at, item)
    assert confirmed is not None
    assert (confirmed["state"], confirmed["decided_by"]) == ("confirmed", str(at.chair.id))
    assert await standing(at, item) == "Giao Ủy ban nhân dân xã lập phương án trước 31/3."
    assert (await at.secretary.delete(f"/api/agenda-items/{item}/conclusion")).status_code == 403

    assert (await write(at.secretary, item, "Giao lại.")).status_code == 204
    changed = await conclusion(at, item)
    assert changed is not None
    assert changed["state"] == "written"
    assert await standing(at, item) == "Giao Ủy ban nhân dân xã lập phương án trước 31/3."
    assert (await decide(at.chair, item, "return", written=changed["written"], remark="Ghi rõ hạn.")).status_code == 204
    returned = await conclusion(at, item)
    assert returned is not None
    assert (returned["state"], returned["remark"]) == ("returned", "Ghi rõ hạn.")
    assert (await at.chair.delete(f"/api/agenda-items/{item}/conclusion")).status_code == 204
    assert (await conclusion(at, item), await standing(at, item)) == (None, "")


async def test_the_chairs_own_wording_stands_at_once_and_nobody_else_writes(hub: Hub) -> None:
    at = await body(hub, 1, guest=True)
    assert at.guest is not None

    for one in (*at.members, at.guest):
        assert (await write(one, at.items[0], "Tôi kết luận.")).status_code == 403
    assert (await write(at.chair, at.items[0], "Thông qua.")).status_code == 204

    assert await standing(at, at.items[0]) == "Thông qua."
    secret = await at.secretary.put(f"/api/agenda-items/{at.items[1]}/secrecy", {"secrecy": "mat"})
    assert secret.status_code == 204
    refused = await write(at.chair, at.items[1], "Điều không được viết ở đây.")
    assert (refused.status_code, refused.json()["code"]) == (409, "secret-item")


# --- the minutes ---


async def blocks_of(at: Voting) -> list[Any]:
    document = await at.hub.document(at.meeting_id, "minutes")
    async with at.hub.db.work() as work:
        update = await whole(work.conn, document)
    return read_blocks(document_of(update).get("default", type=XmlFragment)) if update else []


def told(blocks: list[Any]) -> list[str]:
    return [f"{one.kind}:{one.ref}" if one.ref else one.kind for one in blocks if isinstance(one, Fact)]


async def fill(at: Voting) -> None:
    answer = await at.secretary.post(f"/api/meetings/{at.meeting_id}/minutes/frame")
    assert answer.status_code == 204, answer.text


async def voted(at: Voting, question: str = "Thông qua dự thảo nghị quyết?") -> str:
    vote = await at.open(question=question)
    for person in at.everybody:
        await at.cast(person, vote, "agree")
    await at.close(vote)
    return vote


async def test_the_frame_comes_once_and_each_fact_in_its_item(hub: Hub) -> None:
    at = await body(hub, 3)
    one, two = map(str, at.items)
    await fill(at)
    assert told(await blocks_of(at)) == [
        "opening", "attendance", "officers", f"item:{one}", f"item:{two}", "ending",
    ]  # fmt: skip

    await write(at.secretary, at.items[1], "Kết luận hai.")
    await write(at.secretary, at.items[0], "Kết luận một.")
    await fill(at)
    vote = await voted(at)
    await fill(at)
    await fill(at)

    assert told(await blocks_of(at)) == [
        "opening", "attendance", "officers", f"item:{one}", f"vote:{vote}", f"conclusion:{one}", f"item:{two}",
        f"conclusion:{two}", "ending",
    ]  # fmt: skip


async def test_nothing_is_put_into_a_text_somebody_began_unless_he_asks(hub: Hub, clock: Any) -> None:
    from hub.db import Database
    from hub.documents.service import Documents
    from hub.minutes.keeping import Minutes
    from realtime import InProcessBus

    chair, secretary = await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, secretary=secretary, items=1)
    document = await hub.document(meeting, "minutes")
    async with hub.db.work() as work:
        from hub.documents.queries import append

        await append(work.conn, [(document, seed_text(["Tôi đã ghi từ trước."]))])
    bus = InProcessBus()
    async with bus, Database(hub.db.conninfo, bus, clock) as db, Documents(db, bus) as documents:
        minutes = Minutes(db, documents, work=False)
        first = await minutes.fill(meeting)
        again = await minutes.fill(meeting)
        asked = await minutes.fill(meeting, asked=True)

    async with hub.db.work() as work:
        update = await whole(work.conn, document)
    assert update is not None
    blocks = read_blocks(document_of(update).get("default", type=XmlFragment))
    assert (first, again, asked) == (False, False, True)
    assert isinstance(blocks[0], Paragraph)
    assert to_nodes(blocks[:1], {})[0]["content"][0]["text"] == "Tôi đã ghi từ trước."
    assert told(blocks)[-1] == "ending"


async def said(at: Voting) -> dict[str, str]:
    """What each block says now, by kind and what it is about."""
    answer = (await at.members[0].get(f"/api/meetings/{at.meeting_id}/minutes/facts")).json()

    def words(node: dict[str, Any]) -> str:
        return str(node.get("text", "")) + "".join(words(inner) for inner in node.get("content", []))

    return {f"{one['kind']}:{one['ref']}": "\n".join(words(node) for node in one["nodes"]) for one in answer["facts"]}


async def test_blocks_say_what_the_meeting_says_in_the_laws_words(hub: Hub) -> None:
    at = await body(hub, 4, present=4)
    vote = await voted(at, "Thông qua mức đóng góp?")
    await write(at.secretary, at.items[0], "Nhất trí.")

    before = await said(at)
    assert "có mặt 4/5 đại biểu được triệu tập" in before["attendance:"]
    assert at.members[-1].name in before["attendance:"].partition("Vắng mặt")[2]
    result = before[f"vote:{vote}"]
    assert "Thông qua mức đóng góp?" in result
    assert "tán thành 4, không tán thành 0, không biểu quyết 0" in result
    assert "Được thông qua: 4/5 biểu quyết tán thành, quá nửa tổng số" in result
    assert "chờ chủ tọa xác nhận" in before[f"conclusion:{at.items[0]}"]
    assert "… giờ …" in before["ending:"]

    written = await conclusion(at, at.items[0])
    assert written is not None
    await decide(at.chair, at.items[0], "confirm", written=written["written"])
    await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})
    after = await said(at)

    assert after[f"conclusion:{at.items[0]}"] == "Kết luận của chủ tọa: Nhất trí."
    assert after["ending:"] == "Cuộc họp kết thúc vào 15 giờ 00, ngày 02 tháng 3 năm 2026./."


async def test_minutes_are_printed_in_form_1_9_with_the_head_of_the_chain(hub: Hub) -> None:
    at = await body(hub, 2)
    await fill(at)
    await voted(at)
    await fill(at)
    document = await hub.document(at.meeting_id, "minutes")
    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT encode(head, 'hex') FROM meeting WHERE id = %s", (at.meeting_id,))
        row = await cursor.fetchone()
        assert row is not None
        found = " ".join(one.text for one in await document_text(work.conn, document))

    pdf = await at.secretary.get(f"/api/documents/{document}/file?format=pdf")
    word = await at.secretary.get(f"/api/documents/{document}/file?format=docx")

    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    typed: Any = Document(io.BytesIO(word.content))
    written = "\n".join(one.text for one in typed.paragraphs)
    for text in (" ".join(printed.split()), " ".join(written.split()), found):
        assert "có mặt 3/3 đại biểu được triệu tập" in text
        assert "Được thông qua: 3/3 biểu quyết tán thành" in text
        assert "Cuộc họp kết thúc vào" in text
    assert row[0] in "".join(printed.split())
    assert "Xã Thử Nghiệm, ngày" not in printed
    signing = [cell.text for cell in typed.tables[-1].rows[0].cells]
    assert (signing[0].split("\n")[0], signing[1].split("\n")[0]) == ("THƯ KÝ", "CHỦ TỌA")
    assert "Lưu: VT, Hồ sơ." in signing[0]


async def test_nothing_of_a_secret_item_is_said(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await voted(at, "Câu hỏi sẽ thành mật?")
    await write(at.chair, at.items[0], "Điều sẽ thành mật.")
    await at.secretary.put(f"/api/agenda-items/{at.items[0]}/secrecy", {"secrecy": "mat"})

    now = await said(at)

    assert "mật" not in " ".join(now.values()).replace("độ mật", "").replace("bí mật", "")
    assert now.get(f"vote:{vote}", "") == ""
    assert "Nội dung mang độ mật" in now[f"item:{at.items[0]}"]
    assert await conclusion(at, at.items[0]) is None
