"""The people of the unit that prepares an item hand in its papers, invited or not, and learn nothing else of it all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.hub.papers_world import begin, pdf, piece, send
from tests.support import Hub, Person

FILE = pdf("Báo cáo thu ngân sách.")


class House:
    """A meeting whose first item a unit prepares that has nobody on its list."""

    def __init__(self, hub: Hub, unit: UUID, people: dict[str, Person], meeting: UUID, items: list[str]) -> None:
        self.hub, self.unit, self.meeting, self.items = hub, unit, str(meeting), items
        self.secretary, self.clerk, self.colleague = (people[name] for name in ("secretary", "clerk", "colleague"))
        self.elsewhere, self.chair = people["elsewhere"], people["chair"]

    async def hand_in(self, who: Person, item: int | None = 0, **more: Any) -> Any:
        where = {"item_id": self.items[item]} if item is not None else {}
        return await send(who, FILE, meeting_id=self.meeting, **where, **more)

    async def prepared(self, who: Person) -> list[Any]:
        found: list[Any] = (await who.get("/api/prepared-items")).json()
        return found


async def house(hub: Hub, state: str = "published") -> House:
    unit, other = (
        await hub.unit("Phòng Kinh tế", parent=hub.unit_id),
        await hub.unit("Phòng Văn hóa", parent=hub.unit_id),
    )
    people = {
        "secretary": await hub.person(), "clerk": await hub.person(unit=unit), "colleague": await hub.person(unit=unit),
        "elsewhere": await hub.person(unit=other), "chair": await hub.person(),
    }  # fmt: skip
    start = datetime.now(UTC) + timedelta(days=5)
    meeting = await hub.meeting(people["chair"], secretary=people["secretary"], items=2, state=state)
    async with hub.db.work() as work:
        await work.conn.execute(
            "UPDATE meeting SET starts_at = %s, ends_at = %s WHERE id = %s",
            (start, start + timedelta(hours=2), meeting),
        )
    items = [one["id"] for one in (await people["secretary"].get(f"/api/meetings/{meeting}/items")).json()]
    given = await people["secretary"].put(f"/api/agenda-items/{items[0]}/unit", {"unit_id": str(unit)})
    assert given.status_code == 204
    return House(hub, unit, people, meeting, items)


async def test_somebody_who_is_not_invited_hands_in_what_his_unit_prepares_and_replaces_it(hub: Hub) -> None:
    home = await house(hub)
    [item] = await home.prepared(home.clerk)
    assert (item["item_id"], item["papers"], item["overdue"]) == (home.items[0], [], False)

    paper = (await home.hand_in(home.clerk)).json()["paper_id"]
    [item] = await home.prepared(home.colleague)
    assert [(one["paper"]["id"], one["ours"]) for one in item["papers"]] == [(paper, True)]
    replaced = await send(home.colleague, pdf("Bản hai."), paper_id=paper)
    assert replaced.json()["number"] == 2
    for part in ("", "/versions", "/text?number=2", "/file?number=2"):
        assert (await home.colleague.get(f"/api/papers/{paper}{part}")).status_code == 200
    listed = (await home.secretary.get(f"/api/meetings/{home.meeting}/papers")).json()
    assert [(one["id"], one["item_id"], one["number"]) for one in listed] == [(paper, home.items[0], 2)]


async def test_nothing_else_of_the_meeting_opens_to_him(hub: Hub) -> None:
    home = await house(hub)
    ours = (await home.hand_in(home.clerk)).json()["paper_id"]
    beside = (await home.hand_in(home.secretary, 1)).json()["paper_id"]
    whole = (await home.hand_in(home.secretary, None)).json()["paper_id"]
    theirs = (await home.hand_in(home.secretary)).json()["paper_id"]

    for part in ("", "/items", "/papers", "/votes", "/paper-readers", "/preparation", "/attendance", "/speaking"):
        assert (await home.clerk.get(f"/api/meetings/{home.meeting}{part}")).status_code == 404, part
    for paper in (beside, whole):
        assert (await home.clerk.get(f"/api/papers/{paper}")).status_code == 404
        assert (await send(home.clerk, FILE, paper_id=paper)).status_code == 404
    assert (await home.clerk.get(f"/api/papers/{theirs}")).status_code == 200, "on the item it prepares"
    assert (await send(home.clerk, FILE, paper_id=theirs)).status_code == 403, "and not handed in by it"
    for item in (1, None):
        assert (await home.hand_in(home.clerk, item)).status_code == 404
    assert (await home.clerk.patch(f"/api/papers/{ours}", {"title": "Khác"})).status_code == 403
    assert (await home.clerk.delete(f"/api/papers/{ours}")).status_code == 403
    [item] = await home.prepared(home.clerk)
    assert {one["paper"]["id"]: one["ours"] for one in item["papers"]} == {ours: True, theirs: False}


async def test_another_unit_neither_knows_of_it_nor_hands_in(hub: Hub) -> None:
    home = await house(hub)
    paper = (await home.hand_in(home.clerk)).json()["paper_id"]

    assert await home.prepared(home.elsewhere) == []
    assert (await home.elsewhere.get(f"/api/papers/{paper}")).status_code == 404
    assert (await home.hand_in(home.elsewhere)).status_code == 404
    assert (await send(home.elsewhere, FILE, paper_id=paper)).status_code == 404


async def test_of_a_draft_nothing_is_known_before_the_units_are_asked(hub: Hub) -> None:
    home = await house(hub, "draft")
    assert await home.prepared(home.clerk) == []
    assert (await home.hand_in(home.clerk)).status_code == 404

    asked = await home.secretary.post(f"/api/meetings/{home.meeting}/papers-owed/ask")
    assert asked.json()["people"] == 2
    [owed] = (await home.clerk.get("/api/papers-owed")).json()
    assert (owed["known"], owed["handed_in"]) == (False, True)
    assert (await home.hand_in(home.clerk)).status_code == 200
    assert (await home.clerk.get(f"/api/meetings/{home.meeting}")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE meeting SET state = 'running' WHERE id = %(meeting)s",
        "UPDATE agenda_item SET secrecy = 'mat' WHERE id = %(item)s",
        "UPDATE agenda_item SET removed = true WHERE id = %(item)s",
        "UPDATE agenda_item SET unit_id = NULL WHERE id = %(item)s",
    ],
)
async def test_it_ends_with_what_it_is_for_also_in_the_middle_of_an_upload(hub: Hub, change: str) -> None:
    home = await house(hub)
    paper = (await home.hand_in(home.clerk)).json()["paper_id"]
    begun = await begin(home.clerk, FILE, "muon.pdf", meeting_id=home.meeting, item_id=home.items[0])
    await piece(home.clerk, begun.json()["id"], 0, FILE)
    async with hub.db.work() as work:
        await work.conn.execute(change.encode(), {"meeting": home.meeting, "item": home.items[0]})

    assert (await home.clerk.post(f"/api/paper-uploads/{begun.json()['id']}/finish")).status_code == 404
    assert await home.prepared(home.clerk) == []
    assert (await home.clerk.get(f"/api/papers/{paper}")).status_code == 404
    assert (await home.hand_in(home.clerk)).status_code == 404
    assert (await send(home.clerk, FILE, paper_id=paper)).status_code == 404


async def test_who_is_on_the_list_hands_in_what_his_unit_prepares_too(hub: Hub) -> None:
    home = await house(hub)
    async with hub.db.work() as work:
        await work.conn.execute(
            "INSERT INTO participant (meeting_id, user_id, role) VALUES (%s, %s, 'delegate')",
            (home.meeting, home.clerk.id),
        )
    paper = (await home.hand_in(home.clerk)).json()["paper_id"]

    assert (await send(home.clerk, FILE, paper_id=paper)).json()["number"] == 2
    assert (await home.hand_in(home.clerk, 1)).status_code == 403
    assert (await home.hand_in(home.elsewhere, 0)).status_code == 404
    assert (await send(home.clerk, FILE, meeting_id=home.meeting, item_id=str(uuid4()))).status_code == 403


async def asked_draft(hub: Hub) -> House:
    home = await house(hub, "draft")
    assert (await home.secretary.post(f"/api/meetings/{home.meeting}/papers-owed/ask")).status_code == 200
    return home


async def may_take_back(home: House, who: Person) -> dict[str, bool]:
    return {one["paper"]["id"]: one["may_take_back"] for item in await home.prepared(who) for one in item["papers"]}


async def test_what_was_sent_by_mistake_is_taken_back_by_anybody_of_the_unit_and_is_owed_again(hub: Hub) -> None:
    home = await asked_draft(hub)
    paper = (await home.hand_in(home.clerk)).json()["paper_id"]
    assert await may_take_back(home, home.colleague) == {paper: True}
    assert (await home.clerk.get("/api/papers-owed")).json() == []

    assert (await home.elsewhere.delete(f"/api/papers/{paper}")).status_code == 404
    assert (await home.colleague.delete(f"/api/papers/{paper}")).status_code == 204
    assert (await home.colleague.delete(f"/api/papers/{paper}")).status_code == 404
    assert await may_take_back(home, home.clerk) == {}
    assert (await home.secretary.get(f"/api/meetings/{home.meeting}/papers")).json() == []
    assert [one["item_id"] for one in (await home.clerk.get("/api/papers-owed")).json()] == [home.items[0]]


async def test_only_what_is_all_its_own_goes_back(hub: Hub) -> None:
    home = await asked_draft(hub)
    theirs = (await home.hand_in(home.secretary)).json()["paper_id"]
    both = (await home.hand_in(home.clerk)).json()["paper_id"]
    assert (await send(home.secretary, pdf("Bản của thư ký."), paper_id=both)).json()["number"] == 2

    assert await may_take_back(home, home.clerk) == {theirs: False, both: False}
    for paper in (theirs, both):
        assert (await home.clerk.delete(f"/api/papers/{paper}")).status_code == 403
        assert (await home.secretary.delete(f"/api/papers/{paper}")).status_code == 204


@pytest.mark.parametrize(
    ("then", "status"),
    [
        ("approval = 'submitted'", 403),
        ("approval = 'approved'", 403),
        ("state = 'published', approval = 'approved'", 403),
        ("state = 'running', approval = 'approved'", 404),
        ("approval = 'returned'", 204),
    ],
)
async def test_what_lies_before_the_approver_stays_until_he_returns_it(hub: Hub, then: str, status: int) -> None:
    home = await asked_draft(hub)
    paper = (await home.hand_in(home.clerk)).json()["paper_id"]
    async with hub.db.work() as work:
        await work.conn.execute(f"UPDATE meeting SET {then} WHERE id = %s".encode(), (home.meeting,))

    assert await may_take_back(home, home.clerk) == ({} if status == 404 else {paper: status == 204})
    assert (await home.clerk.delete(f"/api/papers/{paper}")).status_code == status


async def told(who: Person, kind: str) -> list[str]:
    return [one["words"] for one in (await who.get("/api/notices")).json()["newest"] if one["kind"] == kind]


@pytest.mark.parametrize("state", ["draft", "published"])
async def test_one_paper_is_returned_with_a_reason_and_owed_again(hub: Hub, state: str) -> None:
    home = await house(hub, state)
    if state == "draft":
        await home.secretary.post(f"/api/meetings/{home.meeting}/papers-owed/ask")
    paper = (await home.hand_in(home.clerk, title="Tờ trình")).json()["paper_id"]
    assert await told(home.secretary, "paper_submitted") == ["Tờ trình"]
    shown = (await home.secretary.get(f"/api/meetings/{home.meeting}")).json()["papers"]
    assert shown == (await home.secretary.get(f"/api/meetings/{home.meeting}/papers")).json()
    assert [(one["id"], one["by_unit"]) for one in shown] == [(paper, True)]

    for who, status in ((home.clerk, 403), (home.elsewhere, 404)):
        assert (await who.post(f"/api/papers/{paper}/return", {"reason": "Thiếu phụ lục."})).status_code == status
    assert (await home.secretary.post(f"/api/papers/{paper}/return", {"reason": " "})).status_code == 400
    returned = await home.secretary.post(f"/api/papers/{paper}/return", {"reason": "Thiếu phụ lục."})

    assert returned.status_code == 204
    assert await told(home.clerk, "paper_returned") == ["Tờ trình: Thiếu phụ lục."]
    assert await told(home.colleague, "paper_returned") == ["Tờ trình: Thiếu phụ lục."]
    assert (await home.secretary.get(f"/api/meetings/{home.meeting}/papers")).json() == []
    assert [one["item_id"] for one in (await home.clerk.get("/api/papers-owed")).json()] == [home.items[0]]
    [step, *_] = (await home.secretary.get(f"/api/meetings/{home.meeting}/preparation")).json()["log"]
    assert (step["step"], step["reason"]) == ("paper-returned", "Tờ trình: Thiếu phụ lục.")


async def test_who_approves_without_preparing_reads_the_papers_and_gives_one_back(hub: Hub) -> None:
    home = await asked_draft(hub)
    approver = await hub.person()
    named = await home.secretary.put(f"/api/meetings/{home.meeting}/approver", {"user_id": str(approver.id)})
    assert named.status_code == 204, named.text
    paper = (await home.hand_in(home.clerk, title="Tờ trình")).json()["paper_id"]
    await home.secretary.post(f"/api/meetings/{home.meeting}/approval", {"step": "submit"})

    seen = (await approver.get(f"/api/meetings/{home.meeting}")).json()
    assert (seen["i_may"]["manage"], seen["preparing"]["i_approve"]) == (False, True)
    assert [(one["id"], one["by_unit"]) for one in seen["papers"]] == [(paper, True)]
    assert (await approver.delete(f"/api/papers/{paper}")).status_code == 403
    returned = await approver.post(f"/api/papers/{paper}/return", {"reason": "Thiếu phụ lục."})

    assert returned.status_code == 204, returned.text
    assert await told(home.clerk, "paper_returned") == ["Tờ trình: Thiếu phụ lục."]
    assert await told(home.secretary, "paper_changed") == ["Trả lại đơn vị: Tờ trình: Thiếu phụ lục."]


async def test_what_the_secretary_put_there_himself_is_returned_to_nobody(hub: Hub) -> None:
    home = await house(hub)
    paper = (await home.hand_in(home.secretary)).json()["paper_id"]
    [shown] = (await home.secretary.get(f"/api/meetings/{home.meeting}/papers")).json()
    assert not shown["by_unit"]

    answer = await home.secretary.post(f"/api/papers/{paper}/return", {"reason": "Thiếu phụ lục."})

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")
    assert await told(home.secretary, "paper_submitted") == []


async def test_who_handed_in_hears_that_it_was_approved_with_the_meeting(hub: Hub) -> None:
    home = await asked_draft(hub)
    await home.hand_in(home.clerk, title="Tờ trình")
    await home.secretary.post(f"/api/meetings/{home.meeting}/approval", {"step": "submit"})

    assert (await home.chair.post(f"/api/meetings/{home.meeting}/approval", {"step": "approve"})).status_code == 204

    assert await told(home.clerk, "paper_approved") == ["Tờ trình"]
    assert await told(home.colleague, "paper_approved") == []
