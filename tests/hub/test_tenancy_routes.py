"""Through every door: random people ask every route of the API for random things of three communes.

No answer holds a word that is not for who asked (``tenancy_words``), nothing opens to who may not know of it, nothing
is withheld from who may, and no request of a stranger changes a row.
"""

import contextlib
import random
import re
from collections import Counter
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from litestar.exceptions import LitestarException

from ai.inference import InferenceUnavailable
from hub import auth
from hub.papers.store import PaperStore
from hub.search import index_meeting
from tests.hub.tenancy_words import Thing, Words, furnish, leaks
from tests.hub.tenancy_world import Somebody, World, build
from tests.support import Hub

SEED: Final = 20261122
ASKED: Final = 1_200
FOUND: Final = 250
CHANGED: Final = 500
IN_PATH: Final = re.compile(r"{(\w+)}")

YEAR: Final = "since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z"
QUERY: Final = {  # what a route wants besides the things in its path
    "/api/papers/{paper_id}/text": "number=2",
    "/api/papers/{paper_id}/{form}": "number=1",
    "/api/catalogues": "kind=position",
    "/api/me/speaking": YEAR,
    "/api/units/{unit_id}/speaking": YEAR,
    "/api/search": "q=muc%20thu",
    "/api/special-days": "since=2026-01-01&until=2026-12-31",
}
WORD: Final = {"form": ("file", "csv"), "kind": ("council",), "token": ("none",), "number": ("1",), "username": ("x",)}
ELSEWHERE: Final = ("/file", "/api/docs")  # made by another process, which is not what is asked here
OPEN: Final = {  # of these, who may know of the thing gets an answer
    "/api/meetings/{meeting_id}" + part
    for part in ("", "/papers", "/votes", "/speaking", "/opinions", "/transcript", "/attendance", "/items")
} | {
    "/api/papers/{paper_id}", "/api/papers/{paper_id}/versions", "/api/papers/{paper_id}/text",
    "/api/papers/{paper_id}/notes", "/api/votes/{vote_id}", "/api/me/files/{file_id}", "/api/me/files/{file_id}/text",
}  # fmt: skip


class Doors:
    """The app, asked without a client between: thousands of requests in seconds."""

    def __init__(self, hub: Hub, cookies: dict[UUID, str], csrf: tuple[str, str]) -> None:
        self._app: Any = hub.app
        self._cookies, self._csrf = cookies, csrf

    async def ask(self, who: Somebody, method: str, path: str, query: str = "", body: str = "") -> tuple[int, str]:
        sent = body.encode()
        headers = [
            (b"host", b"testserver"),
            (b"cookie", f"{self._cookies[who.id]}; {self._csrf[0]}".encode()),
            (b"x-csrf-token", self._csrf[1].encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(sent)).encode()),
        ]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        }  # fmt: skip
        status, parts = 0, []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        with contextlib.suppress(LitestarException):  # an answer that broke off is what came of it, a 500 says why
            await self._app(scope, receive, send)
        return status, b"".join(parts).decode("utf-8", "replace")


def routes(hub: Hub, method: str) -> list[str]:
    paths: dict[str, Any] = hub.app.openapi_schema.to_schema()["paths"]
    return sorted(path for path, how in paths.items() if method in how and not path.endswith(ELSEWHERE))


def address(words: Words, path: str) -> tuple[str, Thing | None]:
    """The path with random things in it, and the first of them."""
    dice, first = words.world.dice, None
    for name in IN_PATH.findall(path):
        if name in words.things:
            thing = dice.choice(words.things[name])
            first, found = first or thing, str(thing.id)
        else:
            found = dice.choice(WORD.get(name, (str(uuid4()),)))
        path = path.replace("{" + name + "}", found)
    return path, first


async def enter(hub: Hub) -> tuple[Words, Doors]:
    """The world, its index, and a session for everybody in it."""
    world, cookies = World(random.Random(SEED)), {}
    async with hub.db.work() as work:
        await build(work, world)
        words = await furnish(work, PaperStore(hub.settings), world)
        for who in world.people:
            token = await auth.open_session(work.conn, who.id, work.now, 12)
            cookies[who.id] = f"{auth.cookie_name(hub.installation)}={token}"
    for one in world.meetings:
        with contextlib.suppress(InferenceUnavailable):  # words are found without a model
            await index_meeting(hub.db, None, one.id)
    somebody = await hub.sign_in(world.people[0].id)
    await somebody.csrf()
    csrf = next(f"{name}={value}" for name, value in somebody.http.cookies.items() if "csrf" in name)
    return words, Doors(hub, cookies, (csrf, somebody.http.headers["x-csrf-token"]))


async def read_everything(hub: Hub, words: Words, doors: Doors) -> tuple[list[str], Counter[str]]:
    """Random people open random doors; what is wrong, and how often each door was opened."""
    dice, wrong, opened = words.world.dice, [], Counter[str]()
    paths = routes(hub, "get")
    for _ in range(ASKED):
        who, path = dice.choice(words.world.people), dice.choice(paths)
        at, thing = address(words, path)
        status, body = await doors.ask(who, "GET", at, QUERY.get(path, ""))
        said = f"{who.role} of commune {who.commune}: GET {path} {status}"
        wrong += [f"{said}: told a {what} that is not his" for what in leaks(words, who, body)]
        if status >= 500:
            wrong.append(f"{said}: {body[:300]}")
        if thing is not None and not thing.reads(who) and status < 300:
            wrong.append(f"{said}: opened")
        if path in OPEN and thing is not None and thing.reads(who) and status != 200:
            wrong.append(f"{said}: withheld, {body[:200]}")
        opened[path] += status == 200
    return wrong, opened


async def who_may_gets_in(words: Words, doors: Doors) -> list[str]:
    """Each of the doors in ``OPEN``, by somebody for whom it is."""
    closed = []
    for path in sorted(OPEN):
        [name] = IN_PATH.findall(path)
        thing, who = next((one, who) for one in words.things[name] for who in words.world.people if one.reads(who))
        status, body = await doors.ask(who, "GET", path.replace("{" + name + "}", str(thing.id)), QUERY.get(path, ""))
        if status != 200:
            closed.append(f"{path}: {status} {body[:200]}")
    return closed


async def search_everything(words: Words, doors: Doors) -> tuple[list[str], int]:
    """By a word that stands in one passage only: found by who may read it, and by nobody else."""
    dice, wrong, found = words.world.dice, [], 0
    for _ in range(FOUND):
        who, (mark, reads) = dice.choice(words.world.people), dice.choice(words.findable)
        status, body = await doors.ask(who, "GET", "/api/search", f"q={mark}")
        answer = msgspec.json.decode(body)
        said = "".join(piece["text"] for one in answer["results"] for piece in one["passage"])
        there = mark in said
        wrong += [f"{who.role}: search told a {what} that is not his" for what in leaks(words, who, said)]
        if (status, there) != (200, reads(who)) or bool(answer["total_shown"]) != there:
            wrong.append(f"{who.role}: {words.told[mark][0]} {'found' if there else 'not found'}, {answer}")
        found += there
    return wrong, found


# (method, path, body, for who manages the meeting only): such as is taken from who may.
WRITES: Final[tuple[tuple[str, str, str, bool], ...]] = (
    ("POST", "/api/papers/{paper_id}/notes", '{"number": 1, "page": 1, "text": "Lạ lẫm"}', False),
    ("POST", "/api/papers/{paper_id}/opened", '{"number": 1}', False),
    ("PATCH", "/api/papers/{paper_id}", '{"title": "Lạ lẫm"}', True),
    ("DELETE", "/api/papers/{paper_id}", "", True),
    ("POST", "/api/me/files", '{"paper_id": "{paper_id}"}', False),
    ("PATCH", "/api/paper-notes/{note_id}", '{"text": "Lạ lẫm"}', False),
    ("DELETE", "/api/paper-notes/{note_id}", "", False),
    ("PATCH", "/api/me/files/{file_id}", '{"name": "Lạ lẫm"}', False),
    ("DELETE", "/api/me/files/{file_id}", "", False),
    ("PUT", "/api/me/folders/{folder_id}", '{"name": "Lạ lẫm"}', False),
    ("DELETE", "/api/me/folders/{folder_id}", "", False),
    ("PATCH", "/api/opinions/{opinion_id}", '{"text": "Lạ lẫm"}', False),
    ("DELETE", "/api/opinions/{opinion_id}", "", False),
    ("POST", "/api/opinions/{opinion_id}/answers", '{"text": "Lạ lẫm"}', False),
    ("DELETE", "/api/speech-requests/{request_id}", "", False),
    ("POST", "/api/speech-requests/{request_id}/remove", '{"reason": "Lạ lẫm"}', True),
    ("POST", "/api/meetings/{meeting_id}/speech-requests", '{"kind": "on_item", "topic": "Lạ lẫm"}', False),
    ("PUT", "/api/meetings/{meeting_id}/invitation/answer", '{"answer": "accepted"}', False),
    ("POST", "/api/meetings/{meeting_id}/invitations/send", '{"again": true}', True),
    ("PATCH", "/api/meetings/{meeting_id}", '{"title": "Lạ lẫm"}', True),
    ("POST", "/api/meetings/{meeting_id}/state", '{"to": "published", "reason": "Lạ lẫm"}', True),
    ("POST", "/api/meetings/{meeting_id}/export", "", True),
    (
        "POST",
        "/api/paper-uploads",
        '{"name": "a.pdf", "size": 9, "title": "Lạ lẫm", "meeting_id": "{meeting_id}"}',
        True,
    ),
    ("PUT", "/api/agenda-items/{item_id}/secrecy", '{"secrecy": "none"}', True),
    ("PUT", "/api/agenda-items/{item_id}/conclusion", '{"text": "Lạ lẫm"}', True),
    ("DELETE", "/api/votes/{vote_id}", "", True),
    ("POST", "/api/votes/{vote_id}/annul", '{"reason": "Lạ lẫm"}', True),
    ("POST", "/api/votes/{vote_id}/ballot", '{"choice": ["agree"]}', False),
    ("POST", "/api/documents/{document_id}/versions", '{"name": "Lạ lẫm"}', False),
)


async def change_everything(words: Words, doors: Doors) -> tuple[list[str], Counter[int]]:
    """By people who may not: nothing of anybody's opens to be written in."""
    dice, wrong, refused = words.world.dice, [], Counter[int]()
    for _ in range(CHANGED):
        who, (method, path, body, managed) = dice.choice(words.world.people), dice.choice(WRITES)
        at, thing = address(words, f"{path} {body}")
        if thing is None or (thing.managed(who) if managed else thing.reads(who)):
            continue
        where, _, said = at.partition(" ")
        status, answer = await doors.ask(who, method, where, body=said)
        refused[status] += 1
        if not 400 <= status < 500:
            wrong.append(f"{who.role} of commune {who.commune}: {method} {path} {status} {answer[:200]}")
    return wrong, refused


# What reading writes down, and what is about the person who asks.
OF_READING: Final = ("session", "paper_reader", "notice", "document_keeper")


async def everything_written(hub: Hub) -> dict[str, str]:
    """A mark of the rows of each table."""
    async with hub.db.work() as work:
        tables = await (
            await work.conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).fetchall()
        found = {}
        for (table,) in tables:
            if not table.startswith(OF_READING):
                # a room's `spoken_at` is the hub's own word, once a second
                row_text = "(to_jsonb(t) - 'spoken_at')::text"
                rows = f"SELECT md5(coalesce(string_agg({row_text}, '|' ORDER BY {row_text}), '')) FROM {table} t"
                row = await (await work.conn.execute(rows.encode())).fetchone()
                assert row is not None
                found[table] = row[0]
        return found


async def test_no_route_tells_anybody_what_is_not_his_and_no_stranger_changes_a_thing(hub: Hub) -> None:
    words, doors = await enter(hub)
    before = await everything_written(hub)

    wrong, opened = await read_everything(hub, words, doors)
    closed = await who_may_gets_in(words, doors)
    missed, found = await search_everything(words, doors)
    written, refused = await change_everything(words, doors)

    assert sorted(set(wrong)) == [], f"seed {SEED}: {len(wrong)} of {ASKED}"
    assert closed == [], "withheld from who may"
    assert missed == [], f"seed {SEED}: {len(missed)} of {FOUND}"
    assert sorted(set(written)) == [], f"seed {SEED}: {len(written)} of {CHANGED}"
    assert await everything_written(hub) == before
    assert sum(opened.values()) > ASKED // 8
    assert found > FOUND // 20
    assert refused[400] == 0, "each is what its route wants"
    assert sum(refused.values()) > CHANGED // 2
