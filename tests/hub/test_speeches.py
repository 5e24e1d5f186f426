"""Asking to speak and having the floor: who may, in which order, whose clock runs, and that the line says all of it."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from hub.speeches.models import SpeechKind
from hub.speeches.queries import speaking
from hub.speeches.queue import place_of
from hub.speeches.replay import speaking_stored, speaking_told
from tests.hub.speaking import Sitting, sitting
from tests.support import Hub, HubClock


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class One(msgspec.Struct, frozen=True):
    kind: SpeechKind
    item_id: Any = None


def test_procedural_comes_before_the_first_that_is_not_and_all_others_come_last() -> None:
    speech, question, procedural = One("on_item"), One("question"), One("procedural")

    assert place_of([], procedural) == 0
    assert place_of([speech, speech], procedural) == 0
    assert place_of([procedural, speech], procedural) == 1
    assert place_of([procedural, procedural], procedural) == 2
    assert place_of([question, speech], procedural) == 1, "questions wait elsewhere"
    assert place_of([procedural, speech], speech) == 2
    assert place_of([speech, procedural], speech) == 2, "the chair has moved a speech to the front; it stays there"


async def test_asked_before_the_meeting_and_during_by_its_participants_and_by_nobody_else(hub: Hub) -> None:
    at = await sitting(hub, state="published")
    stranger, admin = await hub.person(), await hub.person(role="system_admin")

    first = await at.try_asking(at.members[0], topic="Nguồn  vốn\nđối ứng")
    assert (first.status_code, first.json()["place"]) == (201, 1)
    assert (await at.try_asking(at.guest)).json()["place"] == 2, "a guest speaks, he only has no vote"
    assert code(await at.try_asking(at.members[0])) == (409, "already-registered")
    assert (await at.try_asking(at.members[0], item_id=at.items[1])).status_code == 201, "another item"
    assert (await at.try_asking(at.members[0], kind="question")).status_code == 201, "questions have their own queue"
    assert code(await at.try_asking(stranger)) == (404, "not-found")
    assert code(await at.try_asking(admin)) == (403, "not-a-participant")
    assert code(await at.try_asking(at.members[1], user_id=str(at.members[2].id))) == (403, "forbidden")
    by_hand = await at.try_asking(at.secretary, user_id=str(at.members[2].id))
    assert by_hand.json()["place"] == 3, "of those who wait for that item"
    asked = (await at.speaking())["requests"][0]
    assert (asked["topic"], asked["name"]) == ("Nguồn vốn đối ứng", at.members[0].name)
    assert code(await at.try_giving(asked["id"])) == (409, "wrong-state"), "no floor before the meeting"

    await at.chair.post(f"{at.path}/state", {"to": "running"})
    assert (await at.try_asking(at.members[1])).json()["place"] == 4
    await at.chair.post(f"{at.path}/state", {"to": "ended"})
    assert code(await at.try_asking(at.members[3])) == (409, "wrong-state")


async def test_procedural_first_then_by_time_and_the_chairs_order_wins(hub: Hub) -> None:
    at = await sitting(hub)
    a, b = await at.ask(at.members[0]), await at.ask(at.members[1])
    p = await at.ask(at.members[2], kind="procedural")
    assert await at.queue() == [p, a, b]

    await at.chair.post(f"/api/speech-requests/{b}/move", {"before": p})
    q = await at.ask(at.members[3], kind="procedural")

    assert await at.queue() == [q, b, p, a], "a new procedural one comes first; what was moved stays before the rest"
    assert code(await at.members[0].post(f"/api/speech-requests/{a}/move", {"before": q})) == (403, "forbidden")
    await at.members[2].delete(f"/api/speech-requests/{p}")
    assert code(await at.chair.post(f"/api/speech-requests/{a}/move", {"before": p})) == (409, "request-gone")
    assert (await at.chair.post(f"/api/speech-requests/{q}/move", {"before": None})).status_code == 204
    assert await at.queue() == [b, a, q]


async def test_two_consoles_move_at_once_and_both_see_one_order(hub: Hub) -> None:
    at = await sitting(hub, 8)
    asked = [await at.ask(person) for person in at.members]
    await at.chair.csrf()
    await at.secretary.csrf()
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)

    answers = await asyncio.gather(
        *(
            person.post(f"/api/speech-requests/{one}/move", {"before": before})
            for person in (at.chair, at.secretary)
            for one, before in (dice.sample(asked, 2) for _ in range(8))
        )
    )

    assert {answer.status_code for answer in answers} == {204}, seed
    assert sorted(await at.queue()) == sorted(asked), seed
    assert (await at.replayed()).queue == await at.queue(), seed


async def test_withdrawn_removed_with_a_reason_and_taken_back_within_ten_seconds(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    a, b, c = [await at.ask(person) for person in at.members[:3]]

    assert code(await at.members[0].delete(f"/api/speech-requests/{b}")) == (403, "forbidden")
    assert (await at.members[0].delete(f"/api/speech-requests/{a}")).status_code == 204
    assert code(await at.chair.post(f"/api/speech-requests/{a}/restore")) == (409, "request-gone"), "his own to undo"
    assert (await at.members[0].post(f"/api/speech-requests/{a}/restore")).status_code == 204
    assert await at.queue() == [a, b, c]
    assert code(await at.chair.post(f"/api/speech-requests/{b}/remove", {"reason": ""})) == (400, "bad-request")
    await at.chair.post(f"/api/speech-requests/{b}/remove", {"reason": "Đã trả lời ở nội dung trước"})
    assert await at.queue() == [a, c]
    clock.pass_(seconds=20)
    assert code(await at.chair.post(f"/api/speech-requests/{b}/restore")) == (409, "too-late-to-undo")
    assert (await at.try_asking(at.members[1])).status_code == 201, "he may ask again"
    removed = next(body for kind, body, _ in await at.facts() if kind == "speech.removed")
    assert set(removed) == {"request_id", "by", "text_hash"}, "the reason is text beside the fact"


async def test_of_twenty_hands_one_gets_the_floor(hub: Hub) -> None:
    at = await sitting(hub)
    asked = [await at.ask(person) for person in at.members]
    await at.chair.csrf()

    answers = await asyncio.gather(*(at.try_giving(one) for one in asked * 5))

    given = [answer for answer in answers if answer.status_code == 201]
    assert len(given) == 1
    assert {code(answer) for answer in answers if answer.status_code != 201} <= {
        (409, "floor-taken"),
        (409, "request-gone"),
    }
    assert (await at.kinds()).count("floor.given") == 1


async def test_the_clock_of_a_turn_is_told_by_facts_and_pauses_do_not_count(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    await at.chair.put(f"{at.path}/speech-setting", {"item_id": at.items[0], "limit_seconds": 180})
    request = await at.ask(at.members[0], topic="Giải phóng mặt bằng")
    floor = await at.give(request, start=False)
    clock.pass_(seconds=5)
    assert (await at.floor(floor))["state"] == "called"
    await at.do("start", floor)
    clock.pass_(seconds=60)
    await at.do("pause", floor)
    clock.pass_(seconds=600)
    await at.do("resume", floor)
    clock.pass_(seconds=30.5)

    running = await at.floor(floor)
    assert (running["state"], running["used_ms"], running["limit_seconds"]) == ("speaking", 60_000, 180)
    for seconds in (60, 120):
        await at.chair.put(f"/api/floors/{floor}/limit", {"add_seconds": seconds})
    assert code(await at.chair.put(f"/api/floors/{floor}/limit", {})) == (400, "bad-request")
    assert code(await at.do("start", floor)) == (409, "floor-over")
    assert (await at.members[0].post(f"/api/floors/{floor}/end")).status_code == 204, "who has it may give it back"
    assert code(await at.do("end", floor)) == (409, "floor-over")

    over = await at.floor(floor)
    assert (over["state"], over["used_ms"], over["limit_seconds"]) == ("ended", 90_500, 360)
    assert (await at.speaking())["requests"][0]["state"] == "done"
    facts = [(kind, body) for kind, body, _ in await at.facts() if kind.startswith("floor.")]
    words = {value for _, body in facts for value in body.values() if isinstance(value, str) and len(value) != 36}
    assert words == {"on_item"}, "ids, seconds and limits only"


async def test_a_step_with_the_floor_is_taken_back_within_ten_seconds(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    a, b = await at.ask(at.members[0]), await at.ask(at.members[1])
    wrong = await at.give(b)
    assert (await at.do("undo", wrong)).status_code == 204
    assert await at.queue() == [a, b], "never given, and where it stood"
    assert (await at.speaking())["floors"] == []

    floor = await at.give(a)
    clock.pass_(seconds=100)
    await at.do("end", floor)
    clock.pass_(seconds=4)
    assert (await at.do("undo", floor)).status_code == 204
    clock.pass_(seconds=20)
    assert code(await at.try_giving(b)) == (409, "floor-taken")
    answer = await at.try_giving(b, instead_of=floor)
    assert answer.status_code == 201
    assert (await at.floor(floor))["used_ms"] == 120_000, "the four seconds between do not count"
    assert code(await at.do("undo", floor)) == (409, "floor-taken")
    clock.pass_(seconds=13)
    assert code(await at.do("undo", answer.json()["id"])) == (409, "too-late-to-undo")


async def test_the_floor_for_anybody_of_the_meeting_and_only_from_who_runs_it(hub: Hub) -> None:
    at = await sitting(hub)
    await at.go_to(at.items[1])
    stranger = await hub.person()
    floor = await at.give(user_id=str(at.guest.id), limit_seconds=60)

    given = await at.floor(floor)
    assert (given["item_id"], given["name"], given["limit_seconds"]) == (at.items[1], "Khách", 60)
    body = {"user_id": str(at.members[0].id), "instead_of": floor}
    assert code(await at.members[0].post(f"{at.path}/floors", body)) == (403, "forbidden")
    assert code(await at.try_giving(user_id=str(stranger.id), instead_of=floor)) == (403, "not-a-participant")
    assert code(await at.try_giving(kind="answer", user_id=str(at.guest.id))) == (400, "bad-request")
    assert code(await at.members[1].post(f"/api/floors/{floor}/end")) == (403, "forbidden")
    assert code(await stranger.post(f"/api/floors/{floor}/end")) == (404, "not-found")
    taken_off = await at.chair.delete(f"{at.path}/participants/{at.guest.id}")
    assert taken_off.status_code == 204
    assert (await at.floor(floor))["state"] == "ended", "who is off the list has no floor"


async def test_the_end_of_the_meeting_ends_turns_and_questioning(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    opened = await at.chair.post(
        f"{at.path}/questionings", {"item_id": at.items[0], "answerer_id": str(at.members[3].id)}
    )
    floor = await at.give(user_id=str(at.members[0].id))
    clock.pass_(seconds=7)

    await at.chair.post(f"{at.path}/state", {"to": "ended"})

    assert opened.status_code == 201
    assert (await at.floor(floor))["used_ms"] == 7000
    assert (await at.speaking())["questionings"][0]["closed_at"] is not None


async def test_a_closed_queue_and_a_secret_item_take_no_words(hub: Hub) -> None:
    at = await sitting(hub)
    await at.chair.put(f"{at.path}/speech-setting", {"item_id": at.items[0], "closed": True})
    await at.secretary.put(f"/api/agenda-items/{at.items[1]}/secrecy", {"secrecy": "mat"})

    assert code(await at.try_asking(at.members[0])) == (409, "queue-closed")
    by_hand = await at.try_asking(at.chair, user_id=str(at.members[0].id))
    assert by_hand.status_code == 201
    assert code(await at.try_asking(at.members[1], item_id=at.items[1], topic="Vị trí")) == (409, "secret-item")
    assert (await at.try_asking(at.members[1], item_id=at.items[1])).status_code == 201, "to speak is no secret"
    assert code(await at.members[0].put(f"{at.path}/speech-setting", {"closed": True})) == (403, "forbidden")


async def test_a_request_is_changed_while_it_waits_and_goes_where_its_kind_belongs(hub: Hub) -> None:
    at = await sitting(hub)
    a, b = await at.ask(at.members[0]), await at.ask(at.members[1], topic="Vốn")

    assert (
        await at.members[1].put(f"/api/speech-requests/{b}", {"kind": "on_item", "topic": "Vốn đối ứng"})
    ).status_code == 204
    assert await at.queue() == [a, b]
    await at.members[1].put(f"/api/speech-requests/{b}", {"kind": "procedural", "topic": "Đề nghị giải lao"})
    assert await at.queue() == [b, a]
    assert code(await at.members[0].put(f"/api/speech-requests/{b}", {"kind": "on_item"})) == (403, "forbidden")
    await at.give(b)
    assert code(await at.members[1].put(f"/api/speech-requests/{b}", {"kind": "on_item"})) == (409, "request-gone")


async def test_questioning_goes_question_answer_follow_up_and_on_to_the_next(hub: Hub, clock: HubClock) -> None:
    at = await sitting(hub)
    answerer = str(at.members[3].id)
    text = "Vì sao đường liên thôn chậm tiến độ?"
    first = await at.ask(at.members[0], kind="question", topic="Tiến độ", question=text, addressee_id=answerer)
    second = await at.ask(at.members[1], kind="question", topic="Vốn", item_id=None)
    other = await at.ask(at.members[2], kind="question", addressee_id=str(at.chair.id))
    place = {"item_id": at.items[0], "answerer_id": answerer}
    questioning = (await at.chair.post(f"{at.path}/questionings", place)).json()["id"]
    assert code(await at.chair.post(f"{at.path}/questionings", place)) == (409, "another-questioning")
    assert code(await at.try_giving(other)) == (409, "no-questioning"), "it asks somebody else"
    assert code(await at.try_giving(first, kind="answer")) == (409, "no-questioning"), "asked first, then answered"

    floor = await at.give(first)
    for kind, seconds in (("answer", 90), ("follow_up", 20), ("answer", 40)):
        clock.pass_(seconds=30)
        floor = await at.give(first, kind=kind, instead_of=floor)
        clock.pass_(seconds=seconds - 30)
    await at.do("end", floor)
    assert (await at.speaking())["requests"][-1]["state"] == "called"
    await at.give(second)
    now = await at.speaking()

    assert [(one["id"], one["state"]) for one in now["requests"]] == [
        (other, "waiting"), (first, "done"), (second, "called")
    ]  # fmt: skip
    turns = [(one["kind"], one["user_id"]) for one in now["floors"] if one["request_id"] == first]
    asker = str(at.members[0].id)
    assert turns == [("question", asker), ("answer", answerer), ("follow_up", asker), ("answer", answerer)]
    assert next(one for one in now["requests"] if one["id"] == first)["question"] == text
    await at.chair.post(f"/api/questionings/{questioning}/close")
    assert (await at.speaking())["requests"][-1]["state"] == "done"
    assert code(await at.chair.post(f"/api/questionings/{questioning}/close")) == (409, "no-questioning")


async def test_a_groups_minutes_are_set_for_units_of_the_meeting(hub: Hub) -> None:
    at = await sitting(hub)
    elsewhere = await hub.unit("Xã khác")
    wish = {"item_id": at.items[0], "unit_id": str(hub.unit_id), "seconds": 1200}

    assert (await at.chair.put(f"{at.path}/speech-budget", wish)).status_code == 204
    assert (await at.speaking())["budgets"] == [wish | {"unit_name": "Xã Thử Nghiệm"}]
    strange = await at.chair.put(f"{at.path}/speech-budget", wish | {"unit_id": str(elsewhere)})
    assert code(strange) == (400, "unit-not-here")
    await at.chair.put(f"{at.path}/speech-budget", wish | {"seconds": None})
    assert (await at.speaking())["budgets"] == []


async def act(at: Sitting, dice: random.Random, clock: HubClock) -> None:
    """Something anybody might do now, allowed or not."""
    now = await at.speaking()
    waiting = [one["id"] for one in now["requests"] if one["state"] == "waiting"]
    gone = [one["id"] for one in now["requests"] if one["state"] != "waiting"]
    floors = [one["id"] for one in now["floors"]]
    some = dice.choice([*waiting, *gone] or [at.items[0]])
    floor = dice.choice([*floors[-2:]] or [at.items[0]])
    person = dice.choice([*at.members, at.guest])
    clock.pass_(seconds=dice.choice([0.5, 3, 20]))
    match dice.randrange(12):
        case 0 | 1 | 2:
            kind = dice.choice(["on_item", "question", "procedural"])
            await at.try_asking(person, kind=kind, item_id=dice.choice([None, *at.items]))
        case 3 | 4:
            before = dice.choice([None, *waiting])
            await at.chair.post(f"/api/speech-requests/{some}/move", {"before": before})
        case 5:
            await person.delete(f"/api/speech-requests/{some}")
            await person.post(f"/api/speech-requests/{some}/restore")
        case 6:
            await at.chair.post(f"/api/speech-requests/{some}/remove", {"reason": "hết giờ"})
            if dice.random() < 0.5:
                await at.chair.post(f"/api/speech-requests/{some}/restore")
        case 7 | 8:
            kind = dice.choice(["on_item", "answer", "follow_up"])
            await at.try_giving(some, kind=kind, instead_of=dice.choice([None, floor]), start=dice.random() < 0.7)
        case 9:
            await at.do(dice.choice(["start", "pause", "resume", "end", "undo"]), floor)
        case 10:
            await at.chair.put(f"/api/floors/{floor}/limit", {"add_seconds": 60})
            await at.chair.post(f"/api/speech-requests/{some}/done")
        case 11:
            place = {"item_id": at.items[0], "answerer_id": str(at.members[0].id)}
            await at.chair.post(f"{at.path}/questionings", place)
            if dice.random() < 0.4:
                for one in now["questionings"]:
                    await at.chair.post(f"/api/questionings/{one['id']}/close")


@pytest.mark.parametrize("seed", [4, 71, random.randrange(1 << 30)])
async def test_the_line_alone_rebuilds_the_queue_and_the_floor(hub: Hub, clock: HubClock, seed: int) -> None:
    at = await sitting(hub)
    dice = random.Random(seed)
    for _ in range(50):
        await act(at, dice, clock)

    async with hub.db.work() as work:
        stored = speaking_stored(await speaking(work.conn, at.meeting_id))
    told = speaking_told(await at.replayed())

    for name, said in told.items():
        assert stored[name] == said, (name, seed)
    assert sum(floor["ended_at"] is None for floor in told["floors"]) <= 1, seed
