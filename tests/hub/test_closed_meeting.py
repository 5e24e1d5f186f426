"""A closed meeting does not change, whatever route somebody tries: each one is called, with bodies it would take."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from hub.access import access_meeting
from hub.users.queries import person as person_of
from hub.yearbook.record import packed, record_of
from tests.hub.test_minutes import fill, voted, write
from tests.hub.voting import Voting, body
from tests.support import Hub

SCOPED = (
    "meeting_id", "item_id", "document_id", "vote_id", "paper_id", "opinion_id", "request_id", "floor_id",
    "questioning_id", "session_id", "answer_id",
)  # fmt: skip
PERSONAL = ("/api/me/", "/api/papers/{paper_id}/notes", "/api/papers/{paper_id}/opened")
"""One's own files and notes, and what one has read, are no part of the record."""
BODIES: dict[str, Any] = {
    "NewState": {"to": "running"},
    "NewSecrecy": {"secrecy": "mat"},
    "ChangedMeeting": {"title": "Tên khác"},
    "ChangedPaper": {"title": "Tên khác"},
    "NewVote": None,
}


class World:
    """A closed meeting with one of everything, and the ids by which routes name it."""

    def __init__(self, at: Voting, ids: dict[str, str], schema: dict[str, Any]) -> None:
        self.at, self.ids, self.schema = at, ids, schema

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """(method, path, name of its body) of what writes in a meeting."""
        for path, operations in self.schema["paths"].items():
            if not any(f"{{{name}}}" in path for name in SCOPED) or path.startswith(PERSONAL):
                continue
            for method, operation in operations.items():
                if method in ("post", "put", "patch", "delete"):
                    contents = operation.get("requestBody", {}).get("content", {})
                    refs = [c["schema"].get("$ref", "") for c in contents.values()]
                    yield method, path, refs[0].rpartition("/")[2] if refs else ""

    def address(self, path: str) -> str:
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        return path

    def body(self, name: str) -> Any:
        if BODIES.get(name) is not None:
            return BODIES[name]
        if name == "NewVote":
            return self.at.question()
        return self._value(self.schema["components"]["schemas"][name], "") if name else None

    def _value(self, schema: dict[str, Any], key: str) -> Any:
        if "$ref" in schema:
            return self._value(self.schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]], key)
        for choice in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            if choice.get("type") != "null":
                return self._value(choice, key)
        if schema.get("enum"):
            return next(value for value in schema["enum"] if value is not None)
        kinds = schema.get("type")
        kind = next((one for one in kinds if one != "null"), "") if isinstance(kinds, list) else kinds
        match kind:
            case "object":
                return {name: self._value(inner, name) for name, inner in schema.get("properties", {}).items()}
            case "array":
                return [self._value(schema.get("items", {}), key.removesuffix("s"))]
            case "integer" | "number":
                return self.numbers.get(key, max(1, schema.get("minimum", 1)))
            case "boolean":
                return True
        if schema.get("format") == "uuid":
            return self.ids.get(key, self.ids["user_id"])
        if schema.get("format") == "date-time":
            return "2026-03-02T09:00:00Z"
        return "Chữ để thử"[: schema.get("maxLength", 20)]

    numbers: dict[str, int] = {}  # noqa: RUF012


async def one_of_everything(hub: Hub) -> World:
    at = await body(hub, 3)
    schema: dict[str, Any] = hub.app.openapi_schema.to_schema()
    ids = {"meeting_id": str(at.meeting_id), "item_id": str(at.items[0]), "user_id": str(at.members[0].id)}
    made = await at.secretary.post(
        f"/api/meetings/{at.meeting_id}/documents", {"title": "Dự thảo", "agenda_item_id": ids["item_id"]}
    )
    ids["document_id"] = made.json()["id"]
    thread = {"key": "luong-0001", "text": "Ý kiến.", "start": "", "end": "", "quote": "", "place": "", "mentions": []}
    await at.chair.post(f"/api/documents/{ids['document_id']}/threads", thread)
    await fill(at)
    ids["vote_id"] = await voted(at)
    await write(at.chair, at.items[0], "Giao Ủy ban nhân dân xã thực hiện.")
    asked = {"kind": "on_item", "item_id": ids["item_id"], "topic": "Vốn"}
    wished = await at.members[1].post(f"/api/meetings/{at.meeting_id}/speech-requests", asked)
    ids["request_id"] = wished.json()["id"] if wished.status_code < 300 else ids["user_id"]
    await at.secretary.put(f"/api/agenda-items/{ids['item_id']}/exchange", {"open": True})
    said = {"item_id": ids["item_id"], "kind": "opinion", "text": "Ý kiến.", "in_sitting": True}
    opinions = (await at.members[0].post(f"/api/meetings/{at.meeting_id}/opinions", said)).json()["opinions"]
    ids["opinion_id"] = opinions[0]["id"]
    await at.secretary.post(f"/api/opinions/{ids['opinion_id']}/answers", {"text": "Đồng ý."})
    opinions = (await at.members[0].get(f"/api/meetings/{at.meeting_id}/opinions")).json()["opinions"]
    ids["answer_id"] = opinions[0]["answers"][0]["id"]
    async with hub.db.work() as work:
        await work.conn.execute(
            "INSERT INTO paper_file (sha256, size, format, state, at) VALUES (%s, 4, 'pdf', 'ready', %s)",
            (bytes(32), work.now),
        )
        cursor = await work.conn.execute(
            "INSERT INTO paper (meeting_id, agenda_item_id, kind_id, title, made_at)"
            " SELECT %s, %s, id, 'Tờ trình', %s FROM paper_kind LIMIT 1 RETURNING id",
            (at.meeting_id, at.items[0], work.now),
        )
        row = await cursor.fetchone()
        assert row is not None
        ids["paper_id"] = str(row[0])
        await work.conn.execute(
            "INSERT INTO paper_version (paper_id, number, sha256, name, by, at)"
            " VALUES (%s, 1, %s, 'to-trinh.pdf', %s, %s)",
            (row[0], bytes(32), at.secretary.id, work.now),
        )
    ids |= {"number": "1", "thread": "luong-0001", "message": "luong-0001", "seq": "3", "form": "pdf"}
    ids |= {name: ids["user_id"] for name in SCOPED if name not in ids}
    await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})
    closed = await at.chair.post(f"/api/meetings/{at.meeting_id}/close", {"reason": "Để thử."})
    assert closed.status_code == 204, closed.text
    return World(at, ids, schema)


async def record(at: Voting) -> bytes:
    """Everything of the meeting as it stands, with the head of its line and the logs of its texts."""
    async with at.hub.db.work() as work:
        me = await person_of(work.conn, at.secretary.id)
        assert me is not None
        found, _ = await record_of(work, await access_meeting(work.conn, me, at.meeting_id))
        cursor = await work.conn.execute(
            "SELECT string_agg(l.document_id || ':' || l.head, ',' ORDER BY l.document_id) FROM document_log l"
            " JOIN document d ON d.id = l.document_id WHERE d.meeting_id = %s",
            (at.meeting_id,),
        )
        row = await cursor.fetchone()
        assert row is not None
        return packed(found)[0] + str(row[0]).encode()


async def test_nothing_of_a_closed_meeting_changes_by_any_route(hub: Hub) -> None:
    world = await one_of_everything(hub)
    at = world.at
    admin = await hub.person("Quản trị", role="system_admin")
    before = await record(at)
    answers: dict[str, int] = {}
    changed: list[str] = []

    for method, path, name in world.routes():
        for who in (at.chair, admin):
            await who.csrf()
            answer = await who.http.request(method, world.address(path), json=world.body(name))
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"
            answers[f"{method} {path}"] = answer.status_code
        now = await record(at)
        if now != before:
            changed.append(f"{method} {path}")
            before = now

    assert changed == []
    refused = sum(status in (403, 409) for status in answers.values())
    assert refused >= 50, answers
    assert UUID(world.ids["vote_id"])
