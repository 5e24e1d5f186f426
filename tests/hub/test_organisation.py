"""Administering: everybody within his own tree, nobody above himself, and the log of who came in."""

from datetime import timedelta
from uuid import UUID

import httpx

from hub.users.service import hash_password
from tests.support import Hub, HubClock, Person

UNITS, ACCOUNTS, SIGN_INS = (f"/api/organisation/{name}" for name in ("units", "accounts", "sign-ins"))


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def made_unit(admin: Person, name: str, parent: UUID | str | None) -> str:
    answer = await admin.post(UNITS, {"parent_id": parent and str(parent), "name": name, "kind": "office"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def made_account(admin: Person, unit: UUID | str, username: str, **more: object) -> str:
    answer = await admin.post(ACCOUNTS, {"unit_id": str(unit), "username": username, "name": username, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_unit_is_made_renamed_moved_closed_and_deleted_within_its_commune(hub: Hub) -> None:
    admin, system = await hub.person(role="unit_admin"), await hub.person(role="system_admin")
    other = await made_unit(system, "Xã Khác", None)
    office, culture = await made_unit(admin, "Văn phòng", hub.unit_id), await made_unit(admin, "Phòng VH", hub.unit_id)

    renamed = await admin.patch(f"{UNITS}/{culture}", {"name": "Phòng Văn hóa – Xã hội", "parent_id": office})
    round_about = await admin.patch(f"{UNITS}/{office}", {"parent_id": culture})
    abroad = await system.patch(f"{UNITS}/{culture}", {"parent_id": other})
    unknown = await admin.patch(f"{UNITS}/{culture}", {"parent_id": other})
    full = await admin.patch(f"{UNITS}/{office}", {"closed": True})
    closed = await admin.patch(f"{UNITS}/{culture}", {"closed": True})
    inside = await admin.post(ACCOUNTS, {"unit_id": culture, "username": "ai.do", "name": "Ai Đó"})
    offered = [unit["id"] for unit in (await admin.get("/api/units")).json()]
    needed = await admin.delete(f"{UNITS}/{office}")
    gone = await admin.delete(f"{UNITS}/{culture}")

    assert (renamed.json()["name"], renamed.json()["parent_id"]) == ("Phòng Văn hóa – Xã hội", office)
    assert (said(round_about), said(abroad), said(unknown)) == (
        (409, "unit-below-itself"),
        (409, "other-commune"),
        (404, "not-found"),
    )
    assert (said(full), closed.status_code, said(inside)) == ((409, "unit-in-use"), 200, (409, "unit-closed"))
    assert office in offered
    assert culture not in offered
    assert (said(needed), gone.status_code) == ((409, "unit-in-use"), 204)


async def test_only_a_system_administrator_makes_a_commune_and_nobody_sees_another(hub: Hub) -> None:
    admin, system = await hub.person(role="unit_admin"), await hub.person(role="system_admin")

    refused = await admin.post(UNITS, {"parent_id": None, "name": "Xã Mới", "kind": "commune"})
    commune = await made_unit(system, "Xã Mới", None)
    theirs = await made_account(system, commune, "quan.tri.moi", role="unit_admin")
    there = await hub.sign_in(UUID(theirs))

    assert refused.status_code == 403
    assert [unit["name"] for unit in (await there.get(UNITS)).json()] == ["Xã Mới"]
    assert [one["username"] for one in (await there.get(ACCOUNTS)).json()] == ["quan.tri.moi"]
    assert "quan.tri.moi" not in (await admin.get(ACCOUNTS)).text
    assert (await admin.patch(f"{ACCOUNTS}/{theirs}", {"name": "X"})).status_code == 404
    assert {(await (await hub.person()).get(path)).status_code for path in (UNITS, ACCOUNTS, SIGN_INS)} == {403}


async def test_an_account_is_made_comes_in_by_its_link_and_is_out_at_once_when_closed(hub: Hub) -> None:
    admin = await hub.person(role="unit_admin")
    user = await made_account(admin, hub.unit_id, "le.van.moi", name="Lê Văn Mới", position="Chuyên viên")

    twice = await admin.post(ACCOUNTS, {"unit_id": str(hub.unit_id), "username": "le.van.moi", "name": "Ai"})
    way = (await admin.post(f"{ACCOUNTS}/{user}/way-in")).json()["path"]
    guest = Person(hub, UUID(user), "Lê Văn Mới", "no-session-yet")
    first = await guest.post(way.replace("/vao/", "/api/sign-in-links/"))
    await guest.csrf()
    inside = await guest.get("/api/me")
    closed = await admin.patch(f"{ACCOUNTS}/{user}", {"active": False})
    outside = await guest.get("/api/me")
    await guest.http.aclose()

    assert said(twice) == (409, "username-taken")
    assert (first.status_code, inside.json()["position"]) == (200, "Chuyên viên")
    assert (closed.json()["active"], outside.status_code) == (False, 401)


async def test_an_administrator_writes_where_his_people_are_reached(hub: Hub) -> None:
    admin, binh = await hub.person(role="unit_admin"), await hub.person("Bình")
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    his = f"/api/organisation/accounts/{binh.id}"

    written = (await admin.patch(his, {"email": "binh@xa.example", "phone": "0912345678"})).json()
    wrong = await admin.patch(his, {"email": "không phải thư"})
    abroad = await admin.patch(f"/api/organisation/accounts/{stranger.id}", {"email": "a@b.example"})
    seen = (await binh.get("/api/notices/settings")).json()
    taken_away = (await admin.patch(his, {"phone": ""})).json()

    assert (written["email"], written["phone"]) == ("binh@xa.example", "0912345678")
    assert (wrong.status_code, abroad.status_code) == (400, 404)
    assert (seen["email"], seen["phone"]) == ("binh@xa.example", "0912345678")
    assert (taken_away["email"], taken_away["phone"]) == ("binh@xa.example", "")


async def test_nobody_reaches_above_himself_or_takes_his_own_account_away(hub: Hub) -> None:
    office = await hub.unit("Văn phòng", "office", hub.unit_id)
    admin, system = await hub.person(role="unit_admin", unit=office), await hub.person(role="system_admin", unit=office)
    above = await hub.person("Người ở xã")

    answers = [
        await admin.patch(f"{ACCOUNTS}/{system.id}", {"name": "X"}),
        await admin.post(f"{ACCOUNTS}/{system.id}/reset"),
        await admin.patch(f"{ACCOUNTS}/{admin.id}", {"role": "system_admin"}),
        await admin.patch(f"{ACCOUNTS}/{above.id}", {"name": "X"}),
        await admin.patch(f"{ACCOUNTS}/{admin.id}", {"unit_id": str(hub.unit_id)}),
    ]
    own = [
        await admin.patch(f"{ACCOUNTS}/{admin.id}", {"active": False}),
        await admin.patch(f"{ACCOUNTS}/{admin.id}", {"role": "member"}),
        await admin.delete(f"{ACCOUNTS}/{admin.id}"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 409, 404, 403]
    assert {said(answer) for answer in own} == {(409, "not-yourself")}


async def test_what_a_person_did_stays_with_his_name_so_only_an_unused_account_is_deleted(hub: Hub) -> None:
    admin = await hub.person(role="unit_admin")
    chair = await hub.person("Chủ tọa")
    await hub.meeting(chair)
    unused = await made_account(admin, hub.unit_id, "nham.ten")

    answers = [await admin.delete(f"{ACCOUNTS}/{user}") for user in (chair.id, unused)]

    assert said(answers[0]) == (409, "account-in-use")
    assert answers[1].status_code == 204


async def test_a_member_with_the_right_to_convene_prepares_meetings_of_his_unit(hub: Hub) -> None:
    admin, clerk = await hub.person(role="unit_admin"), await hub.person("Chuyên viên")
    start = hub.clock.now + timedelta(days=2)
    wish = {
        "title": "Họp giao ban",
        "kind": "briefing",
        "place": "Phòng họp số 1",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=1)).isoformat(),
        "unit_id": str(hub.unit_id),
        "chair_id": str(admin.id),
    }

    before = await clerk.post("/api/meetings", wish)
    await admin.patch(f"{ACCOUNTS}/{clerk.id}", {"rights": ["convene"]})
    after = await clerk.post("/api/meetings", wish)

    assert (before.status_code, after.status_code) == (403, 201)
    seen = (await clerk.get(f"/api/meetings/{after.json()['id']}")).json()
    assert (seen["my_role"], seen["i_may"]["manage"]) == (None, True)


async def test_the_log_of_sign_ins_is_filtered_and_shows_each_administrator_his_own(hub: Hub, clock: HubClock) -> None:
    admin, system = await hub.person(role="unit_admin"), await hub.person(role="system_admin")
    stranger = await hub.person(unit=await hub.unit("Xã Khác"))
    hashed = await hash_password("mật khẩu đúng")
    async with hub.db.work() as work:
        for person, name in ((admin, "ta.thi.hoa"), (stranger, "nguoi.xa.khac")):
            await work.conn.execute(
                "UPDATE app_user SET password_hash = %s, username = %s WHERE id = %s", (hashed, name, person.id)
            )

    door = Person(hub, admin.id, "whoever is at the door", "no-session-yet")
    for name, password in (("ta.thi.hoa", "sai"), ("nguoi.xa.khac", "sai"), ("khong.ai", "sai")):
        await door.post("/api/sign-in", {"username": name, "password": password})
        clock.pass_(minutes=1)
    assert (await door.post("/api/sign-in", {"username": "ta.thi.hoa", "password": "mật khẩu đúng"})).status_code == 200
    clock.pass_(minutes=1)
    await door.http.aclose()

    async def names(who: Person, query: str = "") -> list[tuple[str, bool]]:
        answer = await who.get(SIGN_INS + query)
        assert answer.status_code == 200, answer.text
        return [(one["username"], one["success"]) for one in answer.json()]

    assert await names(admin) == [("ta.thi.hoa", True), ("ta.thi.hoa", False)]
    assert await names(system, "?success=false") == [(n, False) for n in ("khong.ai", "nguoi.xa.khac", "ta.thi.hoa")]
    since = (clock.now - timedelta(minutes=2, seconds=30)).isoformat().replace("+", "%2B")
    assert await names(system, f"?since={since}") == [("ta.thi.hoa", True), ("khong.ai", False)]
    assert await names(system, "?q=hoa&address=127.") == [("ta.thi.hoa", True), ("ta.thi.hoa", False)]
    assert await names(system, "?address=203.0.113") == []
    gone = await admin.http.delete(SIGN_INS, params={"before": clock.now.isoformat()}, headers=await _csrf(admin))
    assert gone.json() == {"entries": 2}
    assert await names(system) == [("khong.ai", False), ("nguoi.xa.khac", False)]


async def _csrf(person: Person) -> dict[str, str]:
    await person.csrf()
    return {"x-csrf-token": person.http.headers["x-csrf-token"]}


async def test_a_reset_ends_every_way_in_but_the_new_link(hub: Hub) -> None:
    admin, person = await hub.person(role="unit_admin"), await hub.person()
    old = (await admin.post(f"{ACCOUNTS}/{person.id}/way-in")).json()["path"]

    reset = await admin.post(f"{ACCOUNTS}/{person.id}/reset")

    assert (await person.get("/api/me")).status_code == 401
    links = [path.replace("/vao/", "/api/sign-in-links/") for path in (old, reset.json()["path"])]
    assert [(await admin.get(link)).status_code for link in links] == [404, 200]


async def test_ones_own_password_is_set_and_changed_and_ends_the_other_sessions(hub: Hub) -> None:
    person = await hub.person()
    elsewhere = await hub.sign_in(person.id)

    first = await person.put("/api/me/password", {"new": "mật khẩu thứ nhất"})
    wrong = await person.put("/api/me/password", {"new": "mật khẩu thứ hai", "old": "không phải"})
    second = await person.put("/api/me/password", {"new": "mật khẩu thứ hai", "old": "mật khẩu thứ nhất"})

    assert (first.status_code, said(wrong), second.status_code) == (204, (403, "wrong-old-password"), 204)
    assert ((await person.get("/api/me")).status_code, (await elsewhere.get("/api/me")).status_code) == (200, 401)
    assert (await person.get("/api/me/account")).json() == {"has_password": True}
