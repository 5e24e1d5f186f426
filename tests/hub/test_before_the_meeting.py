"""Questions and opinions before the meeting: the deadline, who reads what, answers, and the table."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.hub.papers_world import pdf, send
from tests.support import Hub, HubClock, Person


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class Sitting:
    """A published meeting in six hours: chair, secretary, two delegates, one guest, one item prepared by a unit."""

    def __init__(self, hub: Hub, people: list[Person], meeting: UUID, item: UUID) -> None:
        self.hub, self.id, self.item = hub, meeting, item
        self.chair, self.secretary, self.binh, self.an, self.guest, self.drafter = people
        self.path = f"/api/meetings/{meeting}/opinions"

    async def give(self, who: Person, text: str, **more: Any) -> httpx.Response:
        return await who.post(self.path, {"item_id": str(self.item), "kind": "question", "text": text, **more})

    async def texts(self, who: Person) -> list[str]:
        return sorted(one["text"] for one in (await who.get(self.path)).json()["opinions"])

    async def ids(self, who: Person) -> list[str]:
        """In the order of their words."""
        found = (await who.get(self.path)).json()["opinions"]
        return [one["id"] for one in sorted(found, key=lambda one: str(one["text"]))]


async def a_sitting(hub: Hub) -> Sitting:
    unit = await hub.unit("Phòng Kinh tế", "office", hub.unit_id)
    people = [await hub.person(name) for name in ("Chủ tọa", "Thư ký", "Bình", "An", "Khách")]
    people.append(await hub.person("Người soạn", unit=unit))
    chair, secretary, binh, an, guest, drafter = people
    meeting = await hub.meeting(
        chair, secretary=secretary, delegates=[binh, an, drafter], guests=[guest], items=1, state="published"
    )
    (item,) = await hub.items(meeting)
    assert (await secretary.put(f"/api/agenda-items/{item}/unit", {"unit_id": str(unit)})).status_code == 204
    start = hub.clock.now + timedelta(hours=6)
    moved = await secretary.patch(
        f"/api/meetings/{meeting}",
        {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=3)).isoformat()},
    )
    assert moved.status_code == 200, moved.text
    return Sitting(hub, people, meeting, item)


async def test_a_delegate_asks_before_the_deadline_and_the_presenter_answers(hub: Hub, clock: HubClock) -> None:
    meeting = await a_sitting(hub)

    given = await meeting.give(meeting.binh, "Nguồn vốn lấy từ đâu?", quote="ngân sách xã")
    (opinion,) = await meeting.ids(meeting.chair)
    answered = await meeting.drafter.post(f"/api/opinions/{opinion}/answers", {"text": "Từ ngân sách xã và huyện."})
    late_change = await meeting.binh.patch(f"/api/opinions/{opinion}", {"text": "Khác"})
    clock.pass_(hours=7)
    late = await meeting.give(meeting.an, "Còn kịp không?")
    private = await meeting.give(meeting.an, "Hỏi riêng thì sao?", private=True)

    assert (given.status_code, answered.status_code, private.status_code) == (201, 204, 201)
    assert said(late_change) == said(late) == (409, "opinions-closed")
    seen = (await meeting.binh.get(meeting.path)).json()
    assert seen["opinions"][0]["answers"][0]["text"] == "Từ ngân sách xã và huyện."
    assert (seen["open"], seen["i_may_say"], seen["i_may_ask"]) == (False, False, True)
    assert "opinion_answered" in [n["kind"] for n in (await meeting.binh.get("/api/notices")).json()["newest"]]


async def test_the_secretary_moves_the_deadline(hub: Hub, clock: HubClock) -> None:
    meeting = await a_sitting(hub)
    until = (clock.now + timedelta(hours=1)).isoformat()

    refused = await meeting.binh.put(f"{meeting.path}/deadline", {"until": until})
    moved = await meeting.secretary.put(f"{meeting.path}/deadline", {"until": until})
    in_time = await meeting.give(meeting.binh, "Kịp")
    clock.pass_(hours=2)
    late = await meeting.give(meeting.binh, "Muộn")
    await meeting.secretary.put(f"{meeting.path}/deadline", {"until": None})

    assert (refused.status_code, moved.status_code, in_time.status_code) == (403, 204, 201)
    assert said(late) == (409, "opinions-closed")
    assert (await meeting.give(meeting.binh, "Lại kịp")).status_code == 201


async def test_what_is_asked_privately_is_read_by_the_secretary_and_the_unit_that_prepares_alone(hub: Hub) -> None:
    meeting = await a_sitting(hub)

    await meeting.give(meeting.binh, "Hỏi riêng", private=True)
    await meeting.give(meeting.an, "Hỏi chung")
    (private,) = set(await meeting.ids(meeting.secretary)) - set(await meeting.ids(meeting.chair))

    assert await meeting.texts(meeting.secretary) == await meeting.texts(meeting.drafter) == ["Hỏi chung", "Hỏi riêng"]
    assert await meeting.texts(meeting.binh) == ["Hỏi chung", "Hỏi riêng"]
    assert await meeting.texts(meeting.chair) == await meeting.texts(meeting.an) == ["Hỏi chung"]
    assert await meeting.texts(meeting.guest) == []
    nobodys = [await who.post(f"/api/opinions/{private}/answers", {"text": "?"}) for who in (meeting.chair, meeting.an)]
    assert [answer.status_code for answer in nobodys] == [404, 404]
    line = await meeting.hub.db.pool.getconn()
    try:
        rows = await (
            await line.execute(
                "SELECT convert_from(body, 'UTF8') FROM event WHERE meeting_id = %s AND kind = 'opinions.changed'",
                (meeting.id,),
            )
        ).fetchall()
    finally:
        await meeting.hub.db.pool.putconn(line)
    assert len(rows) == 1
    assert private not in rows[0][0]


async def test_who_asked_takes_it_back_and_its_words_are_gone(hub: Hub) -> None:
    meeting = await a_sitting(hub)
    await meeting.give(meeting.binh, "Câu 1")
    await meeting.give(meeting.binh, "Câu 2")
    one, two = await meeting.ids(meeting.binh)
    await meeting.secretary.post(f"/api/opinions/{two}/answers", {"text": "Vâng"})

    others = await meeting.an.delete(f"/api/opinions/{one}")
    taken = [(await meeting.binh.delete(f"/api/opinions/{each}")).status_code for each in (one, two)]

    assert (others.status_code, taken) == (403, [204, 204])
    (left,) = (await meeting.chair.get(meeting.path)).json()["opinions"]
    assert (left["id"], left["text"], left["withdrawn"], len(left["answers"])) == (two, "", True, 1)


async def test_an_item_marked_secret_takes_none_and_shows_none(hub: Hub) -> None:
    meeting = await a_sitting(hub)
    await meeting.give(meeting.binh, "Trước khi mật")

    await meeting.secretary.put(f"/api/agenda-items/{meeting.item}/secrecy", {"secrecy": "mat"})

    assert said(await meeting.give(meeting.binh, "Sau khi mật")) == (409, "secret-item")
    assert await meeting.texts(meeting.chair) == []


async def test_a_guest_a_stranger_and_another_items_text_are_refused(hub: Hub) -> None:
    meeting = await a_sitting(hub)
    other = await a_sitting(hub)
    theirs = await hub.document(other.id, "agenda")

    answers = [
        await meeting.give(meeting.guest, "?"),
        await meeting.give(other.binh, "?"),
        await meeting.give(meeting.binh, "?", document_id=str(theirs)),
        await meeting.give(meeting.binh, "?", item_id=str(other.item)),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 400, 404]


async def test_the_table_has_what_is_on_the_record_by_theme(hub: Hub) -> None:
    meeting = await a_sitting(hub)
    for who, text in ((meeting.binh, "=Nguồn vốn?"), (meeting.an, "Tiến độ?"), (meeting.an, "Ngoài biên bản")):
        await meeting.give(who, text)
    await meeting.give(meeting.binh, "Riêng", private=True)
    seen = {one["text"]: one["id"] for one in (await meeting.secretary.get(meeting.path)).json()["opinions"]}

    refused = await meeting.binh.patch(f"/api/opinions/{seen['Tiến độ?']}", {"theme": "Của tôi"})
    await meeting.secretary.patch(f"/api/opinions/{seen['Tiến độ?']}", {"theme": "Thời gian"})
    await meeting.secretary.patch(f"/api/opinions/{seen['Ngoài biên bản']}", {"on_record": False})
    table = await meeting.secretary.get(f"{meeting.path}/table?form=csv")
    word = await meeting.secretary.get(f"{meeting.path}/table")
    delegate = await meeting.binh.get(f"{meeting.path}/table")

    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert (refused.status_code, delegate.status_code) == (403, 403)
    assert [(row[1], row[2], row[4]) for row in rows[1:]] == [
        ("1. Nội dung 1", "Thời gian", "Câu hỏi: Tiến độ?"),
        ("1. Nội dung 1", "", "Câu hỏi: =Nguồn vốn?"),
    ]
    assert word.content.startswith(b"PK")


async def test_a_question_about_a_passage_of_a_paper_keeps_its_place(hub: Hub) -> None:
    meeting = await a_sitting(hub)
    sent = await send(meeting.secretary, pdf("Trang một.", "Mua sắm 1,2 tỷ đồng."), meeting_id=str(meeting.id))
    place = {"paper_id": sent.json()["paper_id"], "paper_number": 1, "page": 2, "quote": "Mua sắm 1,2 tỷ đồng"}

    given = await meeting.give(meeting.binh, "Mua những gì?", **place)

    assert given.status_code == 201, given.text
    [seen] = (await meeting.secretary.get(meeting.path)).json()["opinions"]
    assert {name: seen[name] for name in place} == place
    table = await meeting.secretary.get(f"{meeting.path}/table?form=csv")
    [row] = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert row["Về tài liệu"] == "Tờ trình về ngân sách, trang 2\n“Mua sắm 1,2 tỷ đồng”"
    wrong: list[dict[str, Any]] = [place | {"paper_number": 2}, {"page": 2}, place | {"page": 0}]
    assert {(await meeting.give(meeting.an, "Sao?", **one)).status_code for one in wrong} == {400}
