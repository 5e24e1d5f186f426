"""A meeting's life over HTTP: who may know of it, who may move it, and what is refused."""

from datetime import datetime, timedelta
from uuid import uuid4

import anyio
import pytest

from hub.meetings.address import address_of
from hub.settings import Settings
from tests.support import Hub, HubClock, Person


async def three(hub: Hub) -> tuple[Person, Person, Person]:
    return await hub.person("Nguyễn Thị Hạnh"), await hub.person("Lê Minh Đức"), await hub.person("Vũ Thị Mai")


def convening(hub: Hub, chair: Person, **more: object) -> dict[str, object]:
    start = hub.clock.now + timedelta(days=3)
    body: dict[str, object] = {
        "title": "Kỳ họp thứ 5",
        "kind": "council",
        "place": "Hội trường tầng 2",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=3)).isoformat(),
        "unit_id": str(hub.unit_id),
        "chair_id": str(chair.id),
    }
    return body | more


async def test_an_admin_of_the_unit_convenes_and_the_chair_sees_the_draft(hub: Hub) -> None:
    chair, secretary, delegate = await three(hub)
    admin = await hub.person(role="unit_admin")

    made = await admin.post(
        "/api/meetings", convening(hub, chair, secretary_ids=[str(secretary.id)], delegate_ids=[str(delegate.id)])
    )
    where = f"/api/meetings/{made.json()['id']}"

    assert made.status_code == 201
    seen = (await chair.get(where)).json()
    assert (seen["state"], seen["my_role"]) == ("draft", "chair")
    assert [p["role"] for p in seen["participants"]] == ["chair", "secretary", "delegate"]
    assert sorted(d["kind"] for d in seen["documents"]) == ["agenda", "minutes"]
    assert {d["my_right"] for d in seen["documents"]} == {"write"}
    assert (await delegate.get(where)).status_code == 404, "a draft is nobody's business yet"


async def test_a_member_may_not_convene(hub: Hub) -> None:
    chair, _, _ = await three(hub)

    answer = await chair.post("/api/meetings", convening(hub, chair))

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_at": "2026-01-01T00:00:00+00:00"}, "times-reversed"),
        ({"title": ""}, "bad-request"),
        ({"delegate_ids": [str(uuid4())]}, "unknown-people"),
        ({"hacked": True}, "bad-request"),
    ],
)
async def test_a_wrong_convening_is_refused_in_words(hub: Hub, change: dict[str, object], code: str) -> None:
    chair, _, _ = await three(hub)
    admin = await hub.person(role="unit_admin")

    answer = await admin.post("/api/meetings", convening(hub, chair, **change))

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_one_person_has_one_role_and_comes_from_the_same_commune(hub: Hub) -> None:
    chair, _, _ = await three(hub)
    admin = await hub.person(role="unit_admin")
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))

    twice = await admin.post("/api/meetings", convening(hub, chair, delegate_ids=[str(chair.id)]))
    foreign = await admin.post("/api/meetings", convening(hub, chair, guest_ids=[str(stranger.id)]))

    assert twice.json()["code"] == "two-roles"
    assert foreign.json()["code"] == "unknown-people"


async def test_states_follow_one_another_and_nothing_is_skipped(hub: Hub) -> None:
    chair, _, delegate = await three(hub)
    meeting = await hub.meeting(chair, delegates=[delegate], state="draft")

    async def to(state: str, who: Person = chair) -> int:
        body = {"to": state, "reason": "Không có biên bản."}
        return (await who.post(f"/api/meetings/{meeting}/state", body)).status_code

    assert await to("running") == 409
    assert await to("published") == 204
    assert await to("running", delegate) == 403
    assert [await to(s) for s in ("running", "ended", "running", "ended", "closed")] == [204] * 5
    assert await to("running") == 409


async def test_of_two_clicks_on_start_one_is_told(hub: Hub) -> None:
    chair, secretary, _ = await three(hub)
    meeting = await hub.meeting(chair, secretary=secretary, state="published")
    answers: list[int] = []

    async def click(who: Person) -> None:
        answers.append((await who.post(f"/api/meetings/{meeting}/state", {"to": "running"})).status_code)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(click, chair)
        tasks.start_soon(click, secretary)

    assert sorted(answers) == [204, 409]


async def test_the_meeting_moves_through_its_items_only_while_it_runs(hub: Hub) -> None:
    chair, _, delegate = await three(hub)
    meeting = await hub.meeting(chair, delegates=[delegate], items=2, state="published")
    first, _ = await hub.items(meeting)

    early = await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(first)})
    await chair.post(f"/api/meetings/{meeting}/state", {"to": "running"})
    forbidden = await delegate.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(first)})
    unknown = await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(uuid4())})
    moved = await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(first)})

    assert [a.status_code for a in (early, forbidden, unknown, moved)] == [409, 403, 404, 204]
    assert (await delegate.get(f"/api/meetings/{meeting}")).json()["current_item_id"] == str(first)


async def test_rights_in_documents_are_those_of_the_role(hub: Hub) -> None:
    chair, secretary, delegate = await three(hub)
    guest = await hub.person()
    meeting = await hub.meeting(chair, secretary=secretary, delegates=[delegate], guests=[guest], items=1)
    (item,) = await hub.items(meeting)
    created = await secretary.post(
        f"/api/meetings/{meeting}/documents", {"title": "Dự thảo Nghị quyết", "agenda_item_id": str(item)}
    )

    async def rights(who: Person) -> dict[str, str]:
        documents = (await who.get(f"/api/meetings/{meeting}")).json()["documents"]
        return {d["kind"]: d["my_right"] for d in documents}

    assert created.status_code == 201
    assert await rights(chair) == {"agenda": "write", "minutes": "write", "draft_resolution": "comment"}
    assert await rights(secretary) == {"agenda": "write", "minutes": "write", "draft_resolution": "write"}
    assert await rights(delegate) == {"agenda": "read", "minutes": "read", "draft_resolution": "comment"}
    assert await rights(guest) == {"agenda": "read", "minutes": "read", "draft_resolution": "read"}


async def test_a_closed_meeting_is_frozen_and_readable_by_its_unit(hub: Hub) -> None:
    chair, secretary, _ = await three(hub)
    colleague = await hub.person()
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    running = await hub.meeting(chair, secretary=secretary)
    closed = await hub.meeting(chair, secretary=secretary, state="closed")

    documents = (await secretary.get(f"/api/meetings/{closed}")).json()["documents"]

    assert {d["my_right"] for d in documents} == {"read"}
    assert [(await colleague.get(f"/api/meetings/{m}")).status_code for m in (running, closed)] == [404, 200]
    assert (await stranger.get(f"/api/meetings/{closed}")).status_code == 404


async def test_home_opens_on_the_meeting_that_runs(hub: Hub) -> None:
    chair, _, delegate = await three(hub)
    later = await hub.meeting(chair, delegates=[delegate], state="published", title="Họp sau")
    now = await hub.meeting(chair, delegates=[delegate], title="Đang họp")
    past = await hub.meeting(chair, delegates=[delegate], state="closed", title="Đã họp")

    home = (await delegate.get("/api/home")).json()

    assert home["current"]["id"] == str(now)
    assert [m["id"] for m in home["coming"]] == [str(later)]
    assert [m["id"] for m in home["past"]] == [str(past)]
    assert home["i_may_convene"] is False


async def test_secrecy_is_marked_by_who_prepares_and_told(hub: Hub) -> None:
    chair, _, delegate = await three(hub)
    meeting = await hub.meeting(chair, delegates=[delegate], items=1)
    (item,) = await hub.items(meeting)

    refused = await delegate.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})
    marked = await chair.put(f"/api/agenda-items/{item}/secrecy", {"secrecy": "mat"})

    assert (refused.status_code, marked.status_code) == (403, 204)
    items = (await delegate.get(f"/api/meetings/{meeting}/items")).json()
    assert items[0]["secrecy"] == "mat"


async def test_title_and_place_change_until_the_meeting_begins(hub: Hub) -> None:
    chair, _, _ = await three(hub)
    meeting = await hub.meeting(chair, state="published")

    changed = await chair.patch(f"/api/meetings/{meeting}", {"place": "Nhà văn hóa thôn Đông"})
    await chair.post(f"/api/meetings/{meeting}/state", {"to": "running"})
    late = await chair.patch(f"/api/meetings/{meeting}", {"place": "Nơi khác"})

    assert changed.json()["place"] == "Nhà văn hóa thôn Đông"
    assert changed.json()["title"] == "Kỳ họp thử"
    assert late.json()["code"] == "wrong-state"


async def test_an_id_that_is_no_uuid_is_not_found(hub: Hub) -> None:
    me = await hub.person()

    answer = await me.get("/api/meetings/khong-phai")

    assert answer.status_code == 404


async def test_who_comes_late_learns_since_when_the_item_is_held(hub: Hub, clock: HubClock) -> None:
    chair, _, delegate = await three(hub)
    meeting = await hub.meeting(chair, delegates=[delegate], items=2)
    first, second = await hub.items(meeting)
    before = (await delegate.get(f"/api/meetings/{meeting}")).json()

    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(first)})
    clock.pass_(minutes=7)
    await chair.post(f"/api/meetings/{meeting}/current-item", {"item_id": str(second)})
    began = clock.now
    clock.pass_(minutes=12)
    late = (await delegate.get(f"/api/meetings/{meeting}")).json()

    assert before["current_item_since"] is None
    assert datetime.fromisoformat(late["current_item_since"]) == began


@pytest.mark.parametrize("path", ["/api/meetings?limit=0", "/api/meetings?limit=100000", "/api/meetings?when=never"])
async def test_a_list_is_asked_within_its_bounds(hub: Hub, path: str) -> None:
    me = await hub.person()

    answer = await me.get(path)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


async def test_a_name_to_find_people_by_is_bounded(hub: Hub) -> None:
    me = await hub.person()

    long, many = await me.get("/api/users?q=" + "a" * 101), await me.get("/api/users?limit=1000")

    assert (long.status_code, many.status_code) == (400, 400)


@pytest.mark.parametrize(
    ("named", "asked_at", "base"),
    [
        ({"url": "https://hop.xa.vn/"}, "http://127.0.0.1:8400/", "https://hop.xa.vn"),
        (
            {"url": "https://192.168.1.20:8400", "host": "0.0.0.0"},
            "https://127.0.0.1:8400/",
            "https://192.168.1.20:8400",
        ),
        ({"host": "0.0.0.0"}, "http://192.168.1.20:8400/", "http://192.168.1.20:8400"),
        ({}, "http://localhost:8400/", None),
        ({}, "http://[::1]:8400/", None),
    ],
)
def test_a_phone_is_shown_an_address_it_can_open_or_none(
    named: dict[str, str], asked_at: str, base: str | None
) -> None:
    meeting = uuid4()

    found = address_of(Settings(**named), asked_at, meeting)  # type: ignore[arg-type]

    assert found.url == (f"{base}/hop/{meeting}" if base else None)
    assert (found.svg is None) == (base is None)


async def test_the_rooms_screen_has_the_meetings_address_as_a_qr(hub: Hub) -> None:
    chair, _, delegate = await three(hub)
    meeting = await hub.meeting(chair, delegates=[delegate])

    shown = await delegate.get(f"/api/meetings/{meeting}/address")
    hidden = await (await hub.person()).get(f"/api/meetings/{meeting}/address")

    assert shown.json()["url"] == f"http://testserver/hop/{meeting}"
    assert shown.json()["svg"].startswith("<svg")
    assert hidden.status_code == 404
