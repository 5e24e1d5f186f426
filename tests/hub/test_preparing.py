"""Preparing a meeting: who approves it, what counts as changed, what lacks, and what a new one begins with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from hub.documents.models import PlannedItem
from hub.documents.service import begin_documents
from hub.documents.writing import seed_agenda, seed_text
from hub.preparing.watch import ChangeWatch
from tests.support import Hub, HubClock, Person


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class Draft:
    """A draft with chair, secretary, delegate and one item with a text, and the words to bring it further."""

    def __init__(self, hub: Hub, people: tuple[Person, Person, Person], meeting: UUID) -> None:
        self.hub, self.id, self.path = hub, meeting, f"/api/meetings/{meeting}"
        self.chair, self.secretary, self.delegate = people
        self.watch = ChangeWatch(hub.db)

    async def step(self, who: Person, step: str, reason: str = "") -> httpx.Response:
        return await who.post(f"{self.path}/approval", {"step": step, "reason": reason})

    async def publish(self, who: Person) -> httpx.Response:
        return await who.post(f"{self.path}/state", {"to": "published"})

    async def seen(self, who: Person | None = None) -> dict[str, Any]:
        answer = await (who or self.secretary).get(f"{self.path}/preparation")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def write(self, words: str) -> UUID:
        """Something is written in the draft resolution, as an editor's commit would, and noticed."""
        document = await self.hub.document(self.id, "draft_resolution")
        async with self.hub.db.work() as work:
            await begin_documents(work, [(document, seed_text([words]))])
        self.watch.note(str(document), [])
        await self.watch.compare()
        return document


async def a_draft(hub: Hub) -> Draft:
    people = await hub.person("Chủ tọa"), await hub.person("Thư ký"), await hub.person("Đại biểu")
    meeting = await hub.meeting(people[0], secretary=people[1], delegates=[people[2]], items=1, state="draft")
    (item,) = await hub.items(meeting)
    made = await people[1].post(
        f"/api/meetings/{meeting}/documents", {"title": "Dự thảo Nghị quyết", "agenda_item_id": str(item)}
    )
    assert made.status_code == 201, made.text
    return Draft(hub, people, meeting)


async def test_a_draft_goes_to_its_approver_back_with_a_reason_and_is_published_as_approved(hub: Hub) -> None:
    draft = await a_draft(hub)
    chair, secretary = draft.chair, draft.secretary

    early = await draft.publish(secretary)
    submitted = await draft.step(secretary, "submit")
    alone = await draft.step(secretary, "approve")
    wordless = await draft.step(chair, "return", "  ")
    returned = await draft.step(chair, "return", "Thiếu tờ trình của nội dung 1")
    after_return = await draft.seen()
    again = await draft.step(secretary, "submit")
    approved = await draft.step(chair, "approve")
    hidden = await draft.delegate.get(draft.path)
    published = await draft.publish(secretary)
    shown = await draft.delegate.get(draft.path)

    assert (said(early), said(alone), said(wordless)) == (
        (409, "not-approved"),
        (403, "forbidden"),
        (400, "return-reason-needed"),
    )
    assert [a.status_code for a in (submitted, returned, again, approved, published)] == [204] * 5
    assert (after_return["approval"], after_return["reason"]) == ("returned", "Thiếu tờ trình của nội dung 1")
    assert (hidden.status_code, shown.status_code) == (404, 200)
    steps = [(one["step"], one["by_name"]) for one in reversed((await draft.seen())["log"])]
    assert steps == [
        ("submitted", "Thư ký"),
        ("returned", "Chủ tọa"),
        ("submitted", "Thư ký"),
        ("approved", "Chủ tọa"),
        ("published", "Thư ký"),
    ]


async def test_who_prepares_and_chairs_approves_in_one_step_and_that_is_written_down(hub: Hub) -> None:
    draft = await a_draft(hub)

    published = await draft.publish(draft.chair)

    assert published.status_code == 204
    assert [one["step"] for one in (await draft.seen())["log"]] == ["published", "approved"]


async def test_only_the_person_named_approves_and_who_prepares_names_not_himself(hub: Hub) -> None:
    draft = await a_draft(hub)
    deputy, stranger = await hub.person("Phó Chủ tịch"), await hub.person(unit=await hub.unit("Xã Khác"))
    approver = f"{draft.path}/approver"

    before = await deputy.get(draft.path)
    himself = await draft.secretary.put(approver, {"user_id": str(draft.secretary.id)})
    abroad = await draft.secretary.put(approver, {"user_id": str(stranger.id)})
    named = await draft.secretary.put(approver, {"user_id": str(deputy.id)})
    await draft.step(draft.secretary, "submit")
    by_chair = await draft.step(draft.chair, "approve")
    by_deputy = await draft.step(deputy, "approve")

    assert before.status_code == 404
    assert (said(himself), abroad.status_code, named.status_code) == ((409, "approver-is-preparer"), 403, 204)
    assert (by_chair.status_code, by_deputy.status_code) == (403, 204)
    seen = (await deputy.get(draft.path)).json()
    assert (seen["my_role"], seen["i_may"]["manage"], seen["preparing"]["i_approve"]) == (None, False, True)
    assert [one["step"] for one in (await draft.seen(deputy))["log"]][-1] == "approver-named"
    assert (await draft.delegate.get(f"{draft.path}/preparation")).status_code == 404


async def test_a_text_changed_after_the_approval_opens_it_again_and_says_what(hub: Hub) -> None:
    draft = await a_draft(hub)
    await draft.step(draft.secretary, "submit")
    await draft.step(draft.chair, "approve")

    await draft.watch.sweep()
    untouched = (await draft.seen())["approval"]
    document = await draft.write("Điều 1. Thông qua.")
    seen = await draft.seen()
    refused = await draft.publish(draft.secretary)

    assert untouched == "approved"
    assert (seen["approval"], said(refused)) == ("drafting", (409, "not-approved"))
    assert [(one["what"], one["subject_id"], one["title"]) for one in seen["changes"]] == [
        ("document", str(document), "Dự thảo Nghị quyết")
    ]
    await draft.step(draft.secretary, "submit")
    await draft.step(draft.chair, "approve")
    assert (await draft.seen())["changes"] == []
    moved = await draft.secretary.patch(draft.path, {"place": "Nơi khác"})
    seen = await draft.seen()
    assert (moved.status_code, seen["approval"]) == (200, "drafting")
    assert [(one["what"], one["by_name"]) for one in seen["changes"]] == [("details", "Thư ký")]


async def test_an_agenda_that_changed_unnoticed_is_not_published(hub: Hub) -> None:
    draft = await a_draft(hub)
    await draft.step(draft.secretary, "submit")
    await draft.step(draft.chair, "approve")

    agenda = await hub.document(draft.id, "agenda")
    (item,) = await hub.items(draft.id)
    planned = PlannedItem(
        id=item, position="a0", title="Nội dung khác", presenter="", minutes=5, kind="vote", removed=False
    )
    async with hub.db.work() as work:
        await begin_documents(work, [(agenda, seed_agenda([planned]))])
    refused = await draft.publish(draft.secretary)
    await draft.watch.sweep()

    assert said(refused) == (409, "not-approved")
    assert [one["what"] for one in (await draft.seen())["changes"]] == ["agenda"]


async def notices(person: Person) -> list[str]:
    return [one["kind"] for one in (await person.get("/api/notices")).json()["newest"]]


async def test_changes_after_publishing_are_told_once_by_hand_or_after_a_quiet_time(hub: Hub, clock: HubClock) -> None:
    draft = await a_draft(hub)
    await draft.publish(draft.chair)

    nothing = await draft.secretary.post(f"{draft.path}/changes/told")
    await draft.secretary.patch(draft.path, {"place": "Nơi khác"})
    await draft.write("Điều 1.")
    await draft.secretary.patch(draft.path, {"place": "Nơi khác nữa"})
    waiting = [one["what"] for one in (await draft.seen())["changes"]]
    told = await draft.secretary.post(f"{draft.path}/changes/told")

    assert (said(nothing), told.status_code) == ((409, "nothing-changed"), 204)
    assert sorted(waiting) == ["details", "document"]
    assert (await draft.seen())["changes"] == []
    assert (await notices(draft.delegate)).count("meeting_changed") == 1

    await draft.secretary.patch(draft.path, {"title": "Tên mới"})
    clock.pass_(minutes=10)
    await draft.watch.sweep()
    soon = len((await draft.seen())["changes"])
    clock.pass_(minutes=25)
    await draft.watch.sweep()
    assert (soon, (await draft.seen())["changes"]) == (1, [])
    assert (await draft.seen())["log"][0] | {"at": ""} == {
        "step": "changes-told",
        "by_name": None,
        "at": "",
        "reason": "",
    }


async def test_a_change_that_was_taken_back_is_none(hub: Hub) -> None:
    draft = await a_draft(hub)
    await draft.publish(draft.chair)

    await draft.secretary.patch(draft.path, {"place": "Nơi khác"})
    changed = len((await draft.seen())["changes"])
    await draft.secretary.patch(draft.path, {"place": "Hội trường"})

    assert (changed, (await draft.seen())["changes"]) == (1, [])


async def test_the_checklist_says_what_lacks_until_it_does_not(hub: Hub) -> None:
    draft = await a_draft(hub)
    unit = await hub.unit("Phòng Kinh tế", "office", hub.unit_id)
    other = await hub.unit("Xã Khác")
    (item,) = await hub.items(draft.id)

    before = [one["code"] for one in (await draft.seen())["lacks"]]
    abroad = await draft.secretary.put(f"/api/agenda-items/{item}/unit", {"unit_id": str(other)})
    given = await draft.secretary.put(f"/api/agenda-items/{item}/unit", {"unit_id": str(unit)})
    await draft.write("Điều 1. Thông qua.")
    after = [one["code"] for one in (await draft.seen())["lacks"]]

    assert before == ["item-without-presenter", "item-without-unit", "draft-without-text", "not-submitted"]
    assert (said(abroad), given.status_code) == ((400, "unknown-unit"), 204)
    assert after == ["item-without-presenter", "not-submitted"]
    assert (await draft.secretary.get(f"{draft.path}/items")).json()[0]["unit_name"] == "Phòng Kinh tế"


def convening(hub: Hub, chair: Person, **more: object) -> dict[str, object]:
    start = hub.clock.now + timedelta(days=3)
    body: dict[str, object] = {
        "title": "Kỳ họp thứ 6",
        "kind": "council",
        "place": "Hội trường",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=3)).isoformat(),
        "unit_id": str(hub.unit_id),
        "chair_id": str(chair.id),
    }
    return body | more


async def test_a_meeting_begins_with_the_agenda_of_its_type_and_a_copy_with_that_of_a_past_one(hub: Hub) -> None:
    admin, chair, delegate = (
        await hub.person(role="unit_admin"),
        await hub.person("Chủ tọa"),
        await hub.person("Đại biểu"),
    )
    items = [
        {"title": "Khai mạc", "kind": "information", "minutes": 5, "presenter": "Chủ tọa"},
        {"title": "Nghị quyết về ngân sách", "kind": "vote", "minutes": 40, "draft": "Dự thảo Nghị quyết"},
    ]
    made = await admin.post(
        "/api/meeting-types",
        {
            "name": "Kỳ họp thường lệ",
            "kind": "council",
            "items": items,
            "participants_unit_id": str(hub.unit_id),
            "rule_pack": "ubnd-written",
        },
    )
    meeting_type = made.json()["id"]

    people = (await admin.get(f"/api/meeting-types/{meeting_type}/people")).json()
    first = (
        await admin.post("/api/meetings", convening(hub, chair, type_id=meeting_type, delegate_ids=[str(delegate.id)]))
    ).json()
    seen = (await chair.get(f"/api/meetings/{first['id']}")).json()
    await chair.put(f"/api/agenda-items/{seen['items'][1]['id']}/secrecy", {"secrecy": "mat"})
    form = (await admin.get(f"/api/meetings/{first['id']}/copy")).json()
    second = (await admin.post("/api/meetings", convening(hub, chair, copy_of=first["id"]))).json()
    copied = (await chair.get(f"/api/meetings/{second['id']}")).json()

    assert {chair.name, delegate.name} <= {one["name"] for one in people}
    for meeting in (seen, copied):
        assert [(i["number"], i["title"], i["minutes"], i["kind"]) for i in meeting["items"]] == [
            (1, "Khai mạc", 5, "information"),
            (2, "Nghị quyết về ngân sách", 40, "vote"),
        ]
        drafts = [d for d in meeting["documents"] if d["kind"] == "draft_resolution"]
        assert [(d["title"], d["agenda_item_id"]) for d in drafts] == [
            ("Dự thảo Nghị quyết", meeting["items"][1]["id"])
        ]
        sitting = meeting["sitting"]
        assert (sitting["rule_pack"], sitting["quorum"]["rule_id"]) == ("ubnd-written", "ubnd-written")
    assert {i["id"] for i in seen["items"]} & {i["id"] for i in copied["items"]} == set()
    assert [i["secrecy"] for i in copied["items"]] == ["none", "mat"], "a copy is as secret as what it copies"
    assert (form["items"], form["drafts"], form["minutes"]) == (2, 1, 180)
    assert [(one["name"], one["role"]) for one in form["people"]] == [("Chủ tọa", "chair"), ("Đại biểu", "delegate")]


async def test_nobody_copies_or_uses_what_he_may_not_see(hub: Hub) -> None:
    commune = await hub.unit("Xã Khác")
    theirs = await hub.person(unit=commune, role="unit_admin")
    admin, chair = await hub.person(role="unit_admin"), await hub.person()
    meeting = await hub.meeting(theirs, unit=commune)
    made = await theirs.post("/api/meeting-types", {"name": "Của họ", "kind": "council"})

    answers = [
        await admin.post("/api/meetings", convening(hub, chair, copy_of=str(meeting))),
        await admin.post("/api/meetings", convening(hub, chair, type_id=made.json()["id"])),
        await admin.get(f"/api/meetings/{meeting}/copy"),
        await admin.get(f"/api/meeting-types/{made.json()['id']}/people"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await admin.get("/api/meeting-types")).json() == []
