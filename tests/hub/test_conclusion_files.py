"""A file beside a conclusion: put there while it may be written, kept with the record, gone with the meeting's ZIP."""

import io
import zipfile
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.exports.child import Press
from hub.papers.store import PaperStore
from hub.yearbook.exporting import make
from tests.hub.papers_world import begin, pdf, send
from tests.hub.voting import Voting, body
from tests.support import Hub, Person

FILE = pdf("Thông báo kết luận, bản có chữ ký.")


@pytest.fixture
async def at(hub: Hub) -> Voting:
    return await body(hub, 2)


async def attach(at: Voting, who: Person, item: int | None = 0, **more: Any) -> Any:
    where = {"item_id": str(at.items[item])} if item is not None else {}
    return await send(
        who, FILE, "ket-luan.pdf", meeting_id=str(at.meeting_id), title="Thông báo kết luận", of_conclusion=True,
        **where, **more,
    )  # fmt: skip


async def papers(at: Voting, who: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await who.get(f"/api/meetings/{at.meeting_id}")).json()["papers"]
    return found


async def said(at: Voting) -> str:
    facts = (await at.members[0].get(f"/api/meetings/{at.meeting_id}/minutes/facts")).json()["facts"]
    return msgspec.json.encode([one for one in facts if one["kind"] == "conclusion"]).decode()


async def test_a_file_stands_with_the_conclusion_and_is_changed_like_any_paper(at: Voting) -> None:
    await at.chair.put(f"/api/agenda-items/{at.items[0]}/conclusion", {"text": "Giao Ủy ban nhân dân xã thực hiện."})

    paper = (await attach(at, at.secretary)).json()["paper_id"]

    [shown] = await papers(at, at.members[0])
    assert (shown["id"], shown["item_id"], shown["of_conclusion"]) == (paper, str(at.items[0]), True)
    assert shown == (await at.members[0].get(f"/api/papers/{paper}")).json()
    assert "Thông báo kết luận." in await said(at)
    assert (await send(at.secretary, pdf("Bản hai."), paper_id=paper)).json()["number"] == 2
    assert (await at.secretary.patch(f"/api/papers/{paper}", {"title": "Kết luận đã ký"})).json()["of_conclusion"]
    assert "Kết luận đã ký." in await said(at)
    moved = await at.secretary.patch(f"/api/papers/{paper}", {"item_id": str(at.items[1])})
    assert moved.json()["of_conclusion"] is False  # beside that item's conclusion nobody put it
    assert "Kết luận đã ký" not in await said(at)
    assert (await at.secretary.delete(f"/api/papers/{paper}")).status_code == 204
    assert await papers(at, at.secretary) == []


async def test_who_may_not_write_the_conclusion_attaches_nothing(hub: Hub, at: Voting) -> None:
    assert (await attach(at, at.members[0])).status_code == 403
    assert (await attach(at, await hub.person())).status_code == 404
    assert (await attach(at, at.secretary, item=None)).status_code == 400
    await at.chair.put(f"/api/agenda-items/{at.items[1]}/secrecy", {"secrecy": "mat"})
    assert (await attach(at, at.secretary, item=1)).json()["code"] == "secret-item"
    early = await body(hub, 1, state="published")
    assert (await attach(early, early.secretary)).json()["code"] == "wrong-state"


async def test_it_is_frozen_with_the_record_and_leaves_in_the_zip(hub: Hub, at: Voting) -> None:
    await at.chair.put(f"/api/agenda-items/{at.items[0]}/conclusion", {"text": "Giao Ủy ban nhân dân xã thực hiện."})
    await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})
    paper = (await attach(at, at.secretary)).json()["paper_id"]  # the signed one comes after the sitting
    late = (await begin(at.secretary, FILE, "muon.pdf", meeting_id=str(at.meeting_id), item_id=str(at.items[0]))).json()
    closed = await at.chair.post(f"/api/meetings/{at.meeting_id}/close", {"reason": "Không có biên bản."})
    assert closed.status_code < 300, closed.text

    assert (await attach(at, at.secretary)).json()["code"] == "wrong-state"
    assert (await at.secretary.post(f"/api/paper-uploads/{late['id']}/finish")).status_code == 409
    assert (await at.secretary.delete(f"/api/papers/{paper}")).json()["code"] == "wrong-state"
    begun = await at.secretary.post(f"/api/meetings/{at.meeting_id}/export")
    export_id = UUID(begun.json()["id"])
    await make(hub.db, Press(), PaperStore(hub.settings), export_id)
    packed = (await at.secretary.get(f"/api/exports/{export_id}/file")).content
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        record = msgspec.json.decode(bundle.read("ho-so.json"))
        page = bundle.read("index.html").decode()
        assert bundle.read("tai-lieu/01-ket-luan.pdf") == FILE
    assert [(one["title"], one["of_conclusion"]) for one in record["papers"]] == [("Thông báo kết luận", True)]
    assert "Kèm theo kết luận:</b> Thông báo kết luận" in page
