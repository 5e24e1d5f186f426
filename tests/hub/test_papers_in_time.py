"""Papers in time: who owes one is reminded by the body's working days and never twice; the checklist says whether the
time was kept, and the unit's administrator says what the time is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.calendars import read_calendar
from hub.preparing.paper_reminders import PaperReminders
from tests.hub.papers_world import pdf, send
from tests.support import Hub, Person


class World:
    """A committee's draft for Friday 13 March, written on Monday 2 March: papers are due on Monday 9 March."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.reminders = PaperReminders(hub.db, read_calendar())
        self.meeting: UUID
        self.item: UUID
        self.people: dict[str, Person] = {}

    @property
    def path(self) -> str:
        return f"/api/meetings/{self.meeting}"

    async def later(self, **parts: float) -> None:
        """Time passes, everybody is still signed in, and the hub looks twice."""
        self.hub.clock.pass_(**parts)
        async with self.hub.db.work() as work:
            await work.conn.execute("UPDATE session SET expires_at = %s", (work.now + timedelta(hours=12),))
        for _ in range(2):
            if await self.reminders.due():
                await self.reminders.do()
        assert not await self.reminders.due()

    async def told(self, who: str) -> list[tuple[str, str]]:
        """(kind, words) of his notices about papers, the oldest first."""
        newest = (await self.people[who].get("/api/notices")).json()["newest"]
        return [(one["kind"], one["words"]) for one in reversed(newest) if "papers" in one["kind"]]

    async def publish(self, **more: Any) -> None:
        answer = await self.people["chair"].post(f"{self.path}/state", {"to": "published", **more})
        assert answer.status_code == 204, answer.text

    async def hand_in(self) -> str:
        sent = await send(
            self.people["secretary"], pdf("Tờ trình"), meeting_id=str(self.meeting), item_id=str(self.item)
        )
        assert sent.status_code == 200, sent.text
        return str(sent.json()["paper_id"])

    async def seen(self) -> dict[str, Any]:
        answer = await self.people["secretary"].get(f"{self.path}/preparation")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def world(hub: Hub) -> World:
    made = World(hub)
    unit = await hub.unit("Phòng Kinh tế", "office", hub.unit_id)
    for who, name, of in (
        ("chair", "Chủ tọa", None), ("secretary", "Thư ký", None), ("binh", "Bình", None), ("kinh", "Kinh", unit),
        ("stranger", "Người ngoài", await hub.unit("Xã Khác")),
    ):  # fmt: skip
        made.people[who] = await hub.person(name, unit=of)
    admin = made.people["admin"] = await hub.person("Quản trị", role="unit_admin")
    starts = hub.clock() + timedelta(days=11)
    answer = await admin.post(
        "/api/meetings",
        {
            "title": "Họp Ủy ban tháng 3",
            "kind": "committee",
            "place": "Phòng họp số 1",
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=3)).isoformat(),
            "unit_id": str(hub.unit_id),
            "chair_id": str(made.people["chair"].id),
            "secretary_ids": [str(made.people["secretary"].id)],
            "delegate_ids": [str(made.people["binh"].id)],
        },
    )
    made.meeting = UUID(answer.json()["id"])
    async with hub.db.work() as work:
        for at, (title, kind) in enumerate((("Khai mạc", "information"), ("Ngân sách", "discussion"))):
            await work.conn.execute(
                "INSERT INTO agenda_item (meeting_id, position, title, kind, presenter)"
                " VALUES (%s, %s, %s, %s, 'bình')",
                (made.meeting, f"a{at}", title, kind),
            )
    made.item = (await hub.items(made.meeting))[1]
    given = await made.people["secretary"].put(f"/api/agenda-items/{made.item}/unit", {"unit_id": str(unit)})
    assert given.status_code == 204
    return made


WORDS = "2. Ngân sách (09/03/2026)"


async def test_who_owes_a_paper_is_reminded_by_working_days_once_and_not_after_it_is_there(world: World) -> None:
    await world.publish()
    await world.later(days=2, hours=15)  # Thursday 5 March, 6:00: the second working day before Monday begins at 7:00
    assert await world.told("kinh") == []

    await world.later(hours=2)
    await world.later(hours=20)
    assert await world.told("kinh") == [("remind_papers", WORDS)]
    assert await world.told("binh") == [("remind_papers", WORDS)], "he presents it"
    assert await world.told("secretary") == [("papers_missing", WORDS)]
    assert await world.told("stranger") == []

    await world.later(days=3, hours=4)  # Monday, 8:00
    assert len(await world.told("kinh")) == 2
    await world.hand_in()
    await world.later(days=1)
    moved = world.hub.clock() + timedelta(days=6)  # another day, another last day: had it lacked, he would hear of it
    await world.people["secretary"].patch(
        world.path, {"starts_at": moved.isoformat(), "ends_at": (moved + timedelta(hours=1)).isoformat()}
    )
    await world.later(days=1)
    assert len(await world.told("kinh")) == 2, "the paper is there"


async def test_of_a_draft_a_unit_knows_after_it_was_asked_and_only_what_is_its_own(world: World) -> None:
    await world.later(days=4)
    assert (await world.told("kinh"), await world.told("binh")) == ([], [])
    assert await world.told("secretary") == [("papers_missing", WORDS)]
    assert (await world.people["kinh"].get("/api/papers-owed")).json() == []

    refused = await world.people["binh"].post(f"{world.path}/papers-owed/ask")
    asked = await world.people["secretary"].post(f"{world.path}/papers-owed/ask")

    assert (refused.status_code, asked.json()) == (404, {"people": 2})
    assert await world.told("kinh") == [("papers_asked", WORDS)]
    (mine,) = (await world.people["kinh"].get("/api/papers-owed")).json()
    assert (mine["title"], mine["due"], mine["overdue"], mine["known"]) == ("Ngân sách", "2026-03-09", False, False)
    assert (await world.people["kinh"].get(world.path)).status_code == 404
    assert (await world.people["stranger"].get("/api/papers-owed")).json() == []

    await world.later(days=3)
    assert (await world.told("kinh"))[1:] == [("remind_papers", WORDS)]
    await world.hand_in()
    assert (await world.people["kinh"].get("/api/papers-owed")).json() == []


async def test_the_checklist_counts_papers_and_answers_and_says_whether_the_time_is_kept(world: World) -> None:
    before = await world.seen()
    assert before["paper_time"] | {"source": "", "asked_at": None} == {
        "required": 3, "due": "2026-03-09", "left": 5, "state": "open", "reason": "", "emergency": False, "source": "",
        "confidence": "to-confirm", "calendar": "confirmed", "asked_at": None,
    }  # fmt: skip
    assert [(one["number"], one["unit_name"], one["papers"], one["owed"]) for one in before["items"]] == [
        (1, None, 0, False),
        (2, "Phòng Kinh tế", 0, True),
    ]
    assert ("item-without-paper", 2) in [(one["code"], one["number"]) for one in before["lacks"]]

    await world.publish()
    await world.people["secretary"].post(f"{world.path}/invitations/send", {})
    await world.people["binh"].put(f"{world.path}/invitation/answer", {"answer": "declined", "reason": "Ốm"})
    paper = await world.hand_in()
    kept = await world.seen()
    assert (kept["paper_time"]["state"], kept["items"][1]["papers"]) == ("kept", 1)
    assert kept["invitations"] == {
        "people": 3, "sent": 3, "accepted": 0, "declined": 1, "silent": 2, "substitutes": 0,
    }  # fmt: skip
    assert ("answers-missing", 2) in [(one["code"], one["n"]) for one in kept["lacks"]]

    await world.people["secretary"].delete(f"/api/papers/{paper}")
    await world.later(days=8)
    assert (await world.seen())["paper_time"]["state"] == "overdue"
    await world.hand_in()
    late = await world.seen()
    assert (late["paper_time"]["state"], late["items"][1]["late"]) == ("late", True)


async def test_an_emergency_waives_the_time_with_its_reason_and_reminds_nobody(world: World) -> None:
    form = {
        "title": "Ứng phó bão",
        "place": "Sở chỉ huy",
        "reason": "Bão đổ bộ trong đêm",
        "starts_at": (world.hub.clock() + timedelta(hours=20)).isoformat(),
        "unit_id": str(world.hub.unit_id),
        "chair_id": str(world.people["chair"].id),
        "secretary_ids": [str(world.people["secretary"].id)],
    }
    world.meeting = UUID((await world.people["admin"].post("/api/emergency-meetings", form)).json()["meeting_id"])
    async with world.hub.db.work() as work:
        await work.conn.execute(
            "INSERT INTO agenda_item (meeting_id, position, title, kind, unit_id)"
            " VALUES (%s, 'a0', 'Lệnh', 'vote', %s)",
            (world.meeting, world.hub.unit_id),
        )
    await world.later(hours=17)

    time = (await world.seen())["paper_time"]
    assert (time["state"], time["emergency"], time["reason"]) == ("waived", True, "Bão đổ bộ trong đêm")
    assert await world.told("secretary") == []


async def test_a_unit_says_its_own_times_and_what_it_takes_back_is_as_the_rule_file_says(world: World) -> None:
    rules = f"/api/units/{world.hub.unit_id}/call-rules"
    admin = world.people["admin"]
    shipped = {one["kind"]: one for one in (await admin.get(rules)).json()}
    own = {"lead_days": 5, "substitutes": False, "paper_days": 5, "paper_remind": [1, 3, 3]}
    said = (await admin.put(f"{rules}/committee", own)).json()
    held = await world.seen()
    other = await admin.put(f"{rules}/committee", {"lead_days": 61, "substitutes": None})
    taken_back = (await admin.put(f"{rules}/committee", {"lead_days": None, "substitutes": None})).json()

    assert {kind: (one["lead_days"], one["paper_days"]) for kind, one in shipped.items()} == {
        "council": (None, None), "committee": (3, 3), "briefing": (None, None), "other": (None, None),
    }  # fmt: skip
    assert (said["lead_days"], said["paper_days"], said["paper_remind"]) == (5, 5, [3, 1])
    assert (said["said_by"], said["said"]["substitutes"]) == ("Xã Thử Nghiệm", False)
    assert (held["paper_time"]["required"], held["paper_time"]["due"]) == (5, "2026-03-05")
    assert (other.status_code, taken_back) == (400, shipped["committee"])
    for who in ("secretary", "stranger"):
        assert (await world.people[who].get(rules)).status_code == 404


async def test_nobody_is_invited_for_the_first_time_to_what_is_under_way(world: World) -> None:
    await world.publish()
    await world.people["chair"].post(f"{world.path}/state", {"to": "running"})

    sent = await world.people["secretary"].post(f"{world.path}/invitations/send", {})

    assert (sent.status_code, sent.json()["code"]) == (409, "not-to-be-sent")
