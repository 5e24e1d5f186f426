"""What people say of a draft: suggestions in its text and their table, roles, comments beside it and their notices."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from docx import Document as read_docx
from pycrdt import Doc, Map, XmlFragment

from hub.documents.queries import append, whole
from hub.documents.writing import Block, seed_text
from hub.suggestions.models import Opinion
from hub.suggestions.table import rows as table_rows
from realtime.replica import new_doc
from tests.hub.document_peer import Peer, peer, until
from tests.support import Hub, Person

AT = "2026-03-02T08:00:00Z"


class World:
    """A running meeting with a draft resolution, and the people around it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.chair: Person
        self.secretary: Person
        self.delegate: Person
        self.other: Person
        self.guest: Person
        self.meeting: UUID
        self.item: UUID
        self.draft: UUID

    @property
    def path(self) -> str:
        return f"/api/documents/{self.draft}"

    async def seen(self, person: Person) -> dict[str, Any]:
        meeting = (await person.get(f"/api/meetings/{self.meeting}")).json()
        return next(d for d in meeting["documents"] if d["id"] == str(self.draft))

    async def table(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.secretary.get(f"{self.path}/suggestions")).json()
        return found

    async def decide(self, row: dict[str, Any], decision: str, reason: str = "", by: Person | None = None) -> Any:
        which = {"author_id": row["author_id"], "suggestion_id": row["suggestion_id"]}
        body = {"suggestions": [which], "decision": decision, "reason": reason}
        return await (by or self.secretary).post(f"{self.path}/suggestions/decisions", body)

    async def threads(self, person: Person) -> dict[str, Any]:
        comments = (await self.seen(person))["comments_id"]
        async with self.hub.db.pool.connection() as conn:
            update = await whole(conn, UUID(comments))
        doc = new_doc()
        if update is not None:
            doc.apply_update(update)
        return doc.get("threads", type=Map).to_py() or {}


@pytest.fixture
async def world(hub: Hub) -> World:
    await hub.serve()
    made = World(hub)
    made.chair, made.secretary = await hub.person("Chủ tịch An"), await hub.person("Thư ký Bình")
    made.delegate, made.other = await hub.person("Đại biểu Cúc"), await hub.person("Đại biểu Dũng")
    made.guest = await hub.person("Khách")
    made.meeting = await hub.meeting(
        made.chair,
        secretary=made.secretary,
        delegates=[made.delegate, made.other],
        guests=[made.guest],
        items=1,
    )
    made.item = (await hub.items(made.meeting))[0]
    wanted = {"title": "Dự thảo nghị quyết về phí chợ", "agenda_item_id": str(made.item)}
    made.draft = UUID((await made.secretary.post(f"/api/meetings/{made.meeting}/documents", wanted)).json()["id"])
    async with hub.db.work() as work:
        blocks = [
            Block("NGHỊ QUYẾT", level=1),
            Block("Phạm vi", part="article"),
            Block("Thu phí chợ", part="clause"),
            Block("Mức thu", part="clause"),
        ]
        await append(work.conn, [(made.draft, seed_text(blocks))])
    return made


def text_of(joined: Peer) -> Any:
    return joined.client.doc.get("default", type=XmlFragment)


def said(doc: Doc[Any]) -> str:
    return str(doc.get("default", type=XmlFragment))


async def propose(joined: Peer, by: Person, words: str, name: str = "gopy-0001", block: int = 2) -> None:
    run = text_of(joined).children[block].children[0]
    run.insert(0, words, {"insertion": {"id": name, "by": str(by.id), "at": AT}})
    await joined.flush()


@pytest.fixture
async def proposed(world: World) -> AsyncIterator[World]:
    """A delegate has proposed words, and the hub has them."""
    async with peer(world.delegate, world.draft, 1) as joined:
        await propose(joined, world.delegate, "Không ")
        await joined.saved()
        yield world


# --- suggestions ---


async def test_a_delegate_proposes_and_everybody_sees_it(world: World) -> None:
    async with peer(world.delegate, world.draft, 1) as mine, peer(world.secretary, world.draft, 2) as theirs:
        await propose(mine, world.delegate, "Không ")
        await mine.saved()

        await until(lambda: "Không" in said(theirs.client.doc))
        assert mine.client.refusals == []


async def test_a_delegate_with_a_client_of_his_own_changes_nothing(world: World) -> None:
    async with peer(world.delegate, world.draft, 1) as mine, peer(world.secretary, world.draft, 2) as theirs:
        before = said(theirs.client.doc)
        text_of(mine).children[2].children[0].insert(0, "SỬA TRỘM ")
        await mine.flush()
        await until(lambda: mine.client.refusals)

        assert mine.client.refusals == ["not-a-suggestion"]
        assert said(theirs.client.doc) == before
        assert await world.table() == []


async def test_the_table_fills_itself_from_the_text(proposed: World) -> None:
    [row] = await proposed.table()

    assert (row["author_name"], row["place"], row["added"], row["removed"]) == (
        "Đại biểu Cúc",
        "khoản 1, Điều 1",
        "Không ",
        "",
    )
    assert row["decision"] is None
    assert row["in_text"]


async def test_a_decision_keeps_the_words_after_they_left_the_text(proposed: World) -> None:
    [row] = await proposed.table()
    answer = await proposed.decide(row, "rejected", "Trái Luật Phí và lệ phí")
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["in_text"]  # the drafter's page has not changed the text yet

    async with peer(proposed.secretary, proposed.draft, 3) as joined:
        del text_of(joined).children[2].children[0][0 : len("Không ".encode())]
        await joined.flush()
        await joined.saved()

    [row] = await proposed.table()
    assert (row["added"], row["decision"], row["reason"]) == ("Không ", "rejected", "Trái Luật Phí và lệ phí")
    assert row["decided_by"] == "Thư ký Bình"
    assert not row["in_text"]


async def test_a_decision_is_a_fact_of_the_meeting_and_may_be_made_again(proposed: World) -> None:
    [row] = await proposed.table()
    async with proposed.delegate.line(proposed.meeting) as line:
        await proposed.decide(row, "accepted")
        told = await line.event("suggestions.decided")
        await proposed.decide(row, "rejected", "Đã nêu ở Điều 2")

    assert told["event"]["document_id"] == str(proposed.draft)
    [row] = await proposed.table()
    assert (row["decision"], row["reason"]) == ("rejected", "Đã nêu ở Điều 2")


async def test_who_decides_and_how(proposed: World) -> None:
    [row] = await proposed.table()

    assert (await proposed.decide(row, "accepted", by=proposed.delegate)).json()["code"] == "forbidden"
    assert (await proposed.decide(row, "accepted", by=proposed.guest)).json()["code"] == "forbidden"
    assert (await proposed.decide(row, "rejected")).json()["code"] == "reason-needed"
    gone = {**row, "suggestion_id": "khong-con-day"}
    assert (await proposed.decide(gone, "accepted")).json()["code"] == "suggestion-gone"
    assert (await proposed.table())[0]["decision"] is None


async def test_several_are_decided_at_once_or_none(proposed: World) -> None:
    async with peer(proposed.other, proposed.draft, 5) as joined:
        await propose(joined, proposed.other, "Tăng ", "gopy-0002", block=3)
        await joined.saved()
    rows = await proposed.table()
    which = [{"author_id": row["author_id"], "suggestion_id": row["suggestion_id"]} for row in rows]
    path = f"{proposed.path}/suggestions/decisions"

    gone = [*which, {"author_id": rows[0]["author_id"], "suggestion_id": "khong-con-day"}]
    assert (await proposed.secretary.post(path, {"suggestions": gone, "decision": "accepted"})).status_code == 409
    assert [row["decision"] for row in await proposed.table()] == [None, None]
    assert (await proposed.secretary.post(path, {"suggestions": which, "decision": "accepted"})).status_code == 200
    assert [row["decision"] for row in await proposed.table()] == ["accepted", "accepted"]


async def test_the_table_leaves_as_csv_and_docx(proposed: World) -> None:
    async with peer(proposed.other, proposed.draft, 5) as joined:
        await propose(joined, proposed.other, "=1+1 ", "gopy-0002", block=3)
        await joined.saved()
    await proposed.decide((await proposed.table())[1], "rejected", "=HYPERLINK()")

    sheet = await proposed.delegate.get(f"{proposed.path}/opinions/csv")
    word = await proposed.secretary.get(f"{proposed.path}/opinions/docx")

    assert sheet.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0][3:6] == ["Nội dung góp ý", "Kết quả", "Nội dung tiếp thu, giải trình"]
    assert rows[1][1:5] == ["khoản 1, Điều 1", "Đại biểu Cúc", "Thêm: “Không ”", "Chưa xem xét"]
    assert rows[2][5] == "'=HYPERLINK()"
    document = read_docx(io.BytesIO(word.content))
    assert [cell.text for cell in document.tables[0].rows[2].cells][2:5] == [
        "Đại biểu Dũng",
        "Thêm: “=1+1 ”",
        "Không tiếp thu",
    ]
    assert "Tổng số 2 ý kiến: tiếp thu 0, không tiếp thu 1, chưa xem xét 1." in document.paragraphs[-1].text


def test_the_table_goes_along_the_text_in_whatever_order_people_decided() -> None:
    def at(place: str) -> Opinion:
        return Opinion(
            author_id=UUID(int=1), author_name="Cúc", suggestion_id="gopy", place=place, removed="", added="x",
            proposed_at=datetime(2026, 3, 2, tzinfo=UTC), decision=None, reason="", decided_by=None, decided_at=None,
            in_text=True,
        )  # fmt: skip

    decided = [
        "điểm đ, khoản 3, Điều 1",
        "khoản 10, Điều 1",
        "Điều 2",
        "điểm d, khoản 3, Điều 1",
        "",
        "khoản 2, Điều 1",
    ]

    assert [row[:2] for row in table_rows([at(place) for place in decided])] == [
        ("1", "Phần mở đầu"), ("2", "khoản 2, Điều 1"), ("3", "điểm d, khoản 3, Điều 1"),
        ("4", "điểm đ, khoản 3, Điều 1"), ("5", "khoản 10, Điều 1"), ("6", "Điều 2"),
    ]  # fmt: skip


async def test_nothing_leaves_of_an_item_marked_secret(proposed: World) -> None:
    await proposed.chair.put(f"/api/agenda-items/{proposed.item}/secrecy", {"secrecy": "mat"})

    for form in ("csv", "docx"):
        assert (await proposed.secretary.get(f"{proposed.path}/opinions/{form}")).json()["code"] == "secret-item"


# --- roles ---


async def test_a_role_given_while_people_write_is_in_force_on_the_open_line(world: World) -> None:
    async with (
        peer(world.delegate, world.draft, 1) as mine,
        world.delegate.line(world.meeting) as line,
    ):
        given = await world.secretary.put(f"{world.path}/roles/{world.delegate.id}", {"role": "editor"})
        assert given.status_code == 204, given.text
        told = await line.event("document.role_changed")
        assert told["event"]["role"] == "editor"
        await until(lambda: editor_right(world, mine) == "write")
        text_of(mine).children[2].children[0].insert(0, "Được sửa: ")
        await mine.flush()
        await mine.saved()

        await world.secretary.put(f"{world.path}/roles/{world.delegate.id}", {"role": "reader"})
        await until(lambda: editor_right(world, mine) == "read")
        text_of(mine).children[2].children[0].insert(0, "nữa ")
        await mine.flush()
        await until(lambda: mine.client.refusals)

        assert mine.client.refusals == ["read-only"]
        assert mine.code is None
        assert (await world.seen(world.delegate))["my_right"] == "read"


def editor_right(world: World, joined: Peer) -> str:
    provided: Any = world.hub.app.dependencies["documents"]
    documents = provided.dependency()
    opened = documents.registry.find(str(world.draft))
    return str(next(iter(opened.live.editors)).right)


async def test_who_gives_roles(world: World) -> None:
    path = f"{world.path}/roles"

    assert (await world.delegate.get(path)).json()["code"] == "forbidden"
    assert (await world.delegate.put(f"{path}/{world.delegate.id}", {"role": "owner"})).json()["code"] == "forbidden"
    stranger = await world.hub.person()
    assert (await world.chair.put(f"{path}/{stranger.id}", {"role": "reader"})).json()["code"] == "not-in-meeting"
    usual = {row["name"]: row["usual"] for row in (await world.chair.get(path)).json()}
    assert usual == {
        "Chủ tịch An": "owner",
        "Thư ký Bình": "owner",
        "Đại biểu Cúc": "commenter",
        "Đại biểu Dũng": "commenter",
        "Khách": "reader",
    }

    await world.chair.put(f"{path}/{world.delegate.id}", {"role": "owner"})
    assert (await world.seen(world.delegate))["my_right"] == "write"
    assert (await world.delegate.put(f"{path}/{world.other.id}", {"role": "editor"})).status_code == 204
    await world.chair.put(f"{path}/{world.delegate.id}", {"role": None})
    assert (await world.seen(world.delegate))["my_right"] == "comment"
    assert (await world.delegate.get(path)).json()["code"] == "forbidden"


async def test_a_guest_who_may_comment_sees_the_discussion_and_one_who_may_not_does_not(world: World) -> None:
    assert (await world.seen(world.guest))["comments_id"] is None
    assert (await world.guest.get(f"{world.path}/suggestions")).json()["code"] == "forbidden"
    comments = (await world.seen(world.delegate))["comments_id"]
    async with world.guest.socket(f"/ws/documents/{comments}") as socket:
        await socket.wait_closed()
        assert socket.close_code == 4403

    await world.secretary.put(f"{world.path}/roles/{world.guest.id}", {"role": "commenter"})

    assert (await world.seen(world.guest))["comments_id"] == comments
    assert (await world.guest.get(f"{world.path}/suggestions")).status_code == 200


async def test_who_is_taken_off_the_list_is_out_of_the_text_at_once_and_comes_back_without_his_role(
    world: World,
) -> None:
    await world.secretary.put(f"{world.path}/roles/{world.delegate.id}", {"role": "editor"})
    people = f"/api/meetings/{world.meeting}/participants"
    async with peer(world.delegate, world.draft, 1) as mine:
        assert (await world.chair.delete(f"{people}/{world.delegate.id}")).status_code == 204

        assert await mine.closed() == 4404

    invited = {"user_ids": [str(world.delegate.id)], "role": "delegate"}
    assert (await world.chair.post(people, invited)).status_code < 300
    assert (await world.seen(world.delegate))["my_right"] == "comment"


# --- comments ---


async def comment(world: World, by: Person, key: str = "luong-0001", **more: Any) -> Any:
    body = {"key": key, "text": "Nên nêu rõ mức thu.", "quote": "Mức thu", "start": "AAEC", "end": "AAED", **more}
    return await by.post(f"{world.path}/threads", body)


async def test_a_thread_is_written_by_the_hub_and_followed_on_the_wire(world: World) -> None:
    comments = UUID((await world.seen(world.other))["comments_id"])
    async with peer(world.other, comments, 7) as reader:
        assert (await comment(world, world.delegate)).status_code == 204
        await until(lambda: "luong-0001" in reader.client.doc.get("threads", type=Map))
        path = f"{world.path}/threads/luong-0001"
        reply = {"key": "dap-00001", "text": "Đồng ý."}
        assert (await world.other.post(f"{path}/replies", reply)).status_code == 204
        await until(lambda: len(reader.client.doc.get("threads", type=Map)["luong-0001"]["messages"]) == 2)

        reader.client.doc.get("threads", type=Map)["gia"] = Map({"by": str(world.delegate.id)})
        await reader.flush()
        await until(lambda: reader.client.refusals)

    assert reader.client.refusals == ["read-only"]
    thread = (await world.threads(world.delegate))["luong-0001"]
    assert (thread["by"], thread["quote"], thread["resolved"]) == (str(world.delegate.id), "Mức thu", False)
    assert [(one["by"], one["text"]) for one in thread["messages"]] == [
        (str(world.delegate.id), "Nên nêu rõ mức thu."),
        (str(world.other.id), "Đồng ý."),
    ]
    assert thread["at"].startswith("2026-03-02T08:00:00")


async def test_what_is_sent_twice_after_a_lost_answer_is_there_once(world: World) -> None:
    answers = await asyncio.gather(*(comment(world, world.delegate) for _ in range(4)))
    reply = {"key": "dap-00001", "text": "Đồng ý.", "mentions": [str(world.chair.id)]}
    for _ in range(2):
        await world.other.post(f"{world.path}/threads/luong-0001/replies", reply)

    assert {answer.status_code for answer in answers} == {204}
    assert len((await world.threads(world.delegate))["luong-0001"]["messages"]) == 2
    assert (await world.chair.get("/api/notices")).json()["unread"] == 1


async def test_a_settled_thread_is_opened_again_before_anybody_answers(world: World) -> None:
    await comment(world, world.delegate)
    path = f"{world.path}/threads/luong-0001"

    assert (await world.other.put(f"{path}/resolved", {"resolved": True})).status_code == 204
    refused = await world.other.post(f"{path}/replies", {"key": "dap-00001", "text": "x"})
    assert refused.json()["code"] == "thread-resolved"
    assert (await world.threads(world.delegate))["luong-0001"]["resolved_by"] == str(world.other.id)

    await world.delegate.put(f"{path}/resolved", {"resolved": False})
    assert (await world.other.post(f"{path}/replies", {"key": "dap-00001", "text": "x"})).status_code == 204


async def test_one_changes_and_takes_back_ones_own_words_only(world: World) -> None:
    await comment(world, world.delegate)
    path = f"{world.path}/threads/luong-0001"
    await world.other.post(f"{path}/replies", {"key": "dap-00001", "text": "Đồng ý."})

    mine = f"{path}/messages/luong-0001"
    assert (await world.other.patch(mine, {"text": "khác"})).json()["code"] == "forbidden"
    assert (await world.secretary.delete(mine)).json()["code"] == "forbidden"
    assert (await world.delegate.patch(mine, {"text": "Nên nêu mức tối đa."})).status_code == 204
    assert (await world.delegate.delete(mine)).status_code == 204
    assert (await world.delegate.patch(mine, {"text": "lại"})).json()["code"] == "thread-gone"
    first, _ = (await world.threads(world.delegate))["luong-0001"]["messages"]
    assert first["text"] == ""
    assert first["erased_at"] is not None

    await comment(world, world.delegate, "luong-0002")
    await world.delegate.delete(f"{world.path}/threads/luong-0002/messages/luong-0002")
    assert list(await world.threads(world.delegate)) == ["luong-0001"]


async def test_who_is_named_or_answered_gets_a_notice_once(world: World) -> None:
    stranger = await world.hub.person()
    named = [str(world.chair.id), str(world.delegate.id), str(stranger.id)]
    await comment(world, world.delegate, mentions=named)
    reply = {"key": "dap-00001", "text": "Đồng ý.", "mentions": [str(world.delegate.id)]}
    await world.other.post(f"{world.path}/threads/luong-0001/replies", reply)
    await world.other.post(f"{world.path}/threads/luong-0001/replies", {"key": "dap-00002", "text": "Và nữa."})

    async def notices(person: Person) -> list[tuple[str, str, bool]]:
        found = (await person.get("/api/notices")).json()
        return [(one["kind"], one["by_name"], one["read"]) for one in found["newest"]]

    assert await notices(world.chair) == [("mention", "Đại biểu Cúc", False)]
    assert sorted(await notices(world.delegate)) == [
        ("mention", "Đại biểu Dũng", False),
        ("reply", "Đại biểu Dũng", False),
    ]
    assert await notices(stranger) == []
    assert await notices(world.other) == []

    await world.delegate.post("/api/notices/read", {})
    assert (await world.delegate.get("/api/notices")).json()["unread"] == 0
    assert (await world.chair.get("/api/notices")).json()["unread"] == 1


async def test_a_reader_and_a_closed_record_take_no_comment(world: World) -> None:
    assert (await comment(world, world.guest)).json()["code"] in ("not-found", "forbidden")
    await comment(world, world.delegate)
    for to in ("ended", "closed"):
        await world.chair.post(f"/api/meetings/{world.meeting}/state", {"to": to, "reason": "Không có biên bản."})

    assert (await comment(world, world.delegate, "luong-0002")).json()["code"] == "wrong-state"
    assert list(await world.threads(world.delegate)) == ["luong-0001"]


async def test_comments_are_no_document_of_the_meeting(world: World) -> None:
    meeting = (await world.delegate.get(f"/api/meetings/{world.meeting}")).json()

    assert sorted(d["kind"] for d in meeting["documents"]) == ["agenda", "draft_resolution", "minutes"]
