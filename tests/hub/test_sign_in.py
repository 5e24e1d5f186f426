"""Coming in: passwords, links, sessions, CSRF, and that nothing is public by omission."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from hub.users import queries
from hub.users.service import hash_password, make_link
from tests.support import Hub, Person, transport


@asynccontextmanager
async def visitor(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=transport(hub.app), base_url="http://testserver") as http:
        http.headers["x-csrf-token"] = (await http.get("/api/csrf")).json()["token"]
        yield http


async def with_password(hub: Hub, username: str, password: str) -> None:
    async with hub.db.work() as work:
        hashed = await hash_password(password)
        await queries.insert_user(work.conn, hub.unit_id, username, "Lê Minh Đức", "Thư ký", "member", hashed)


async def test_the_right_password_opens_a_session_and_signing_out_ends_it(hub: Hub) -> None:
    await with_password(hub, "duc", "một mật khẩu dài")

    async with visitor(hub) as http:
        entered = await http.post("/api/sign-in", json={"username": " DUC ", "password": "một mật khẩu dài"})
        me = await http.get("/api/me")
        left = await http.post("/api/sign-out")
        after = await http.get("/api/me")

    assert (entered.status_code, me.status_code, left.status_code, after.status_code) == (200, 200, 204, 401)
    assert me.json()["name"] == "Lê Minh Đức"
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_wrong_name_and_wrong_password_answer_alike(hub: Hub) -> None:
    await with_password(hub, "duc", "đúng")

    async with visitor(hub) as http:
        wrong = await http.post("/api/sign-in", json={"username": "duc", "password": "sai"})
        unknown = await http.post("/api/sign-in", json={"username": "khong-co", "password": "sai"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong-credentials"


async def test_ten_guesses_at_once_and_the_name_rests_for_a_quarter_of_an_hour(hub: Hub) -> None:
    await with_password(hub, "duc", "đúng")
    guess = {"username": "duc", "password": "sai"}

    async with visitor(hub) as http:
        await asyncio.gather(*(http.post("/api/sign-in", json=guess) for _ in range(10)))
        refused = await http.post("/api/sign-in", json={"username": "duc", "password": "đúng"})
        hub.clock.pass_(minutes=16)
        later = await http.post("/api/sign-in", json={"username": "duc", "password": "đúng"})

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-attempts")
    assert later.status_code == 200


async def test_a_link_is_looked_at_freely_and_spent_once(hub: Hub) -> None:
    person = await hub.person("Nguyễn Thị Hạnh")
    async with hub.db.work() as work:
        token = await make_link(work, person.id)

    async with visitor(hub) as http:
        looks = [await http.get(f"/api/sign-in-links/{token}") for _ in range(3)]
        clicks = await asyncio.gather(*(http.post(f"/api/sign-in-links/{token}") for _ in range(5)))

    assert {look.json()["name"] for look in looks} == {"Nguyễn Thị Hạnh"}
    assert sorted(click.status_code for click in clicks) == [200, 404, 404, 404, 404]


async def test_a_link_is_dead_after_a_day(hub: Hub) -> None:
    person = await hub.person()
    async with hub.db.work() as work:
        token = await make_link(work, person.id)
    hub.clock.pass_(hours=25)

    async with visitor(hub) as http:
        answer = await http.post(f"/api/sign-in-links/{token}")

    assert answer.json()["code"] == "link-spent"


async def test_a_session_ends_by_itself(hub: Hub) -> None:
    person = await hub.person()

    before = await person.get("/api/me")
    hub.clock.pass_(hours=13)
    after = await person.get("/api/me")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_change_without_the_csrf_header_is_refused(hub: Hub) -> None:
    person = await hub.person()

    answer = await person.http.post("/api/sign-out")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


PUBLIC = {"/api/csrf", "/api/sign-in", "/api/sign-out", "/api/sign-in-links/{token}", "/healthz", "/readyz"}


async def test_every_other_route_asks_who_is_there(hub: Hub) -> None:
    """Walks the whole API as nobody: whatever is not listed as public answers 401."""
    zero = "00000000-0000-0000-0000-000000000000"
    answers: dict[str, int] = {}

    async with visitor(hub) as http:
        for path, methods in hub.app.openapi_schema.to_schema()["paths"].items():
            if path in PUBLIC:
                continue
            for method in methods:
                where = path.replace("{number}", "1").replace("{seq}", "1")
                for part in path.split("/"):
                    if part.startswith("{"):
                        where = where.replace(part, zero)
                answer = await http.request(method.upper(), where, json={})
                answers[f"{method} {path}"] = answer.status_code

    assert len(answers) > 8
    assert {route: status for route, status in answers.items() if status not in (401, 400)} == {}


@pytest.mark.parametrize("words", ["Hạnh", "hanh", "HANH nguyen", "hạnh thị"])
async def test_people_are_found_with_or_without_diacritics(hub: Hub, words: str) -> None:
    me: Person = await hub.person("Nguyễn Thị Hạnh")
    await hub.person("Trần Văn Lợi")

    found = (await me.get("/api/users", params={"q": words})).json()

    assert [person["name"] for person in found] == ["Nguyễn Thị Hạnh"]


async def test_people_of_another_commune_are_not_found(hub: Hub) -> None:
    me = await hub.person("Nguyễn Thị Hạnh")
    await hub.person("Nguyễn Thị Hạnh", unit=await hub.unit("Xã Khác"))

    found = (await me.get("/api/users", params={"q": "hanh"})).json()

    assert [person["id"] for person in found] == [str(me.id)]
