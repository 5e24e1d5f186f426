"""The exchange of views while a meeting sits: opened and closed, live, moderated, on the record or off it."""

from typing import Any

import msgspec
import pytest

from hub.access import access_meeting
from hub.users.queries import person as person_of
from hub.yearbook.record import record_of
from tests.hub.voting import Voting, body
from tests.support import Hub, Person


@pytest.fixture
async def at(hub: Hub) -> Voting:
    return await body(hub, 2, guest=True)


async def turn(at: Voting, who: Person, is_open: bool) -> Any:
    return await who.put(f"/api/agenda-items/{at.items[0]}/exchange", {"open": is_open})


async def say(at: Voting, who: Person, text: str, **more: Any) -> Any:
    said = {"item_id": str(at.items[0]), "kind": "opinion", "text": text, "in_sitting": True, **more}
    return await who.post(f"/api/meetings/{at.meeting_id}/opinions", said)


async def read(at: Voting, who: Person) -> dict[str, Any]:
    answer = await who.get(f"/api/meetings/{at.meeting_id}/opinions?item_id={at.items[0]}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_it_is_closed_until_chair_or_secretary_opens_it_and_every_screen_hears_what_is_said(at: Voting) -> None:
    an, binh = at.members
    await at.hub.serve()
    assert refused(await say(at, an, "Sớm quá.")) == (409, "exchange-closed")
    assert (await turn(at, an, True)).status_code == 403
    async with binh.line(at.meeting_id) as line:
        assert (await turn(at, at.secretary, True)).status_code == 204
        assert (await line.event("exchange.changed"))["event"]["open"] is True
        assert (await say(at, an, "Nên làm trước mùa mưa.")).status_code == 201
        told = (await line.event("opinions.changed"))["event"]
        assert (told["change"], told["item_id"]) == ("given", str(at.items[0]))
        assert (await binh.post(f"/api/opinions/{told['opinion_id']}/answers", {"text": "Đồng ý."})).status_code == 204
        assert (await line.event("opinions.changed"))["event"]["change"] == "answered"

    seen = await read(at, at.chair)
    assert (seen["exchange"], seen["i_may_exchange"], seen["i_moderate"]) == (True, True, True)
    [one] = seen["opinions"]
    assert (one["text"], one["in_sitting"], [said["text"] for said in one["answers"]]) == (
        "Nên làm trước mùa mưa.", True, ["Đồng ý."],
    )  # fmt: skip
    assert at.guest is not None
    assert refused(await say(at, at.guest, "Khách.")) == (403, "forbidden")
    assert (await read(at, at.guest))["opinions"] == []
    assert (await an.get("/api/notices")).json()["unread"] == 0  # it is on the screen already

    assert (await turn(at, at.chair, False)).status_code == 204
    assert refused(await say(at, an, "Muộn quá.")) == (409, "exchange-closed")
    late = await binh.post(f"/api/opinions/{one['id']}/answers", {"text": "Muộn."})
    assert refused(late) == (409, "exchange-closed")


async def test_it_ends_with_the_sitting_and_never_begins_on_a_secret_item(at: Voting) -> None:
    await turn(at, at.secretary, True)
    await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})

    assert refused(await say(at, at.members[0], "Muộn quá.")) == (409, "exchange-closed")
    assert refused(await turn(at, at.secretary, True)) == (409, "wrong-state")

    await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "running"})
    await at.chair.put(f"/api/agenda-items/{at.items[0]}/secrecy", {"secrecy": "mat"})
    assert refused(await turn(at, at.secretary, True)) == (409, "secret-item")
    assert refused(await say(at, at.members[0], "Mật.")) == (409, "secret-item")


async def test_what_is_hidden_stays_with_its_author_and_who_hid_it_and_everybody_reads_why(at: Voting) -> None:
    an, binh = at.members
    await turn(at, at.secretary, True)
    [one] = (await say(at, an, "Lời nặng.", quote="Nặng hơn.")).json()["opinions"]
    await binh.post(f"/api/opinions/{one['id']}/answers", {"text": "Lời đáp nặng."})
    [answer] = (await read(at, an))["opinions"][0]["answers"]
    why = {"reason": "Ngoài nội dung."}

    assert (await binh.post(f"/api/opinions/{one['id']}/hiding", why)).status_code == 403
    assert (await at.secretary.post(f"/api/opinions/{one['id']}/hiding", why)).status_code == 204
    assert (await at.chair.post(f"/api/opinion-answers/{answer['id']}/hiding", why)).status_code == 204

    async def words(who: Person) -> tuple[str, str, str, str, str]:
        [said] = (await read(at, who))["opinions"]
        [reply] = said["answers"]
        return said["text"], said["quote"], said["hidden_reason"], reply["text"], reply["hidden_reason"]

    reason = why["reason"]
    assert await words(at.secretary) == ("Lời nặng.", "Nặng hơn.", reason, "Lời đáp nặng.", reason)
    assert await words(an) == ("Lời nặng.", "Nặng hơn.", reason, "", reason)
    assert await words(binh) == ("", "", reason, "Lời đáp nặng.", reason)
    assert refused(await an.patch(f"/api/opinions/{one['id']}", {"text": "Khác."})) == (409, "opinions-closed")
    for path in (f"/api/opinions/{one['id']}/hiding", f"/api/opinion-answers/{answer['id']}/hiding"):
        assert (await at.secretary.delete(path)).status_code == 204
    assert await words(binh) == ("Lời nặng.", "Nặng hơn.", "", "Lời đáp nặng.", "")
    assert (await an.delete(f"/api/opinion-answers/{answer['id']}")).status_code == 403
    assert (await binh.delete(f"/api/opinion-answers/{answer['id']}")).status_code == 204
    assert (await words(at.secretary))[2] == ""


async def test_the_record_keeps_what_is_on_it(hub: Hub, at: Voting) -> None:
    an, binh = at.members
    await turn(at, at.secretary, True)
    for text, on_record in (("Trong biên bản.", True), ("Ngoài biên bản.", False), ("Sẽ bị ẩn.", True)):
        answer = await say(at, an, text, on_record=on_record)
    by_text = {one["text"]: one for one in answer.json()["opinions"]}
    assert by_text["Ngoài biên bản."]["on_record"] is False
    await binh.post(f"/api/opinions/{by_text['Trong biên bản.']['id']}/answers", {"text": "Tán thành."})
    await at.secretary.post(f"/api/opinions/{by_text['Sẽ bị ẩn.']['id']}/hiding", {"reason": "Lặp lại."})

    async with hub.db.work() as work:
        me = await person_of(work.conn, at.secretary.id)
        assert me is not None
        record, _ = await record_of(work, await access_meeting(work.conn, me, at.meeting_id))
    kept = msgspec.json.decode(msgspec.json.encode(record["opinions"]))

    assert [(one["text"], one["by"], [said["text"] for said in one["answers"]]) for one in kept] == [
        ("Trong biên bản.", an.name, ["Tán thành."])
    ]
    table = await at.secretary.get(f"/api/meetings/{at.meeting_id}/opinions/table?form=csv")
    assert "Ý kiến (trong phiên họp): Trong biên bản." in table.text
    assert "Sẽ bị ẩn" not in table.text
