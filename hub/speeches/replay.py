"""What a meeting's line says of speaking, and nothing else: the queue in its order, the floor, questioning.

The hub's rows are compared with it, the page does the same in ``web/src/live/speeches.ts``; see docs/events.md.
"""

from datetime import datetime
from typing import Any

import msgspec

from hub.speeches.models import Speaking
from hub.speeches.queue import put, without

Fields = dict[str, Any]


class Speeches(msgspec.Struct):
    """``queue``: ids in order. ``requests``, ``floors``, ``questionings``: what is known of each, by id."""

    queue: list[str] = []
    requests: dict[str, Fields] = {}
    floors: dict[str, Fields] = {}
    questionings: dict[str, Fields] = {}
    settings: dict[str | None, tuple[int | None, bool]] = {}
    budgets: dict[tuple[str | None, str], int] = {}


def step(now: Speeches, kind: str, fields: Fields, at: datetime) -> None:
    """Other kinds of facts change nothing here."""
    family = kind.partition(".")[0]
    if family == "speech":
        _queue(now, kind, fields, at)
    elif family == "floor":
        _floor(now, kind, fields, at)
    elif kind == "questioning.opened":
        now.questionings[fields["questioning_id"]] = {
            "item_id": fields["item_id"], "answerer_id": fields["answerer_id"], "opened_at": at, "closed_at": None
        }  # fmt: skip
    elif kind == "questioning.closed":
        now.questionings[fields["questioning_id"]]["closed_at"] = at
    elif kind == "question.done":
        now.requests[fields["request_id"]]["state"] = "done"


def _queue(now: Speeches, kind: str, fields: Fields, at: datetime) -> None:
    request_id = fields.get("request_id")
    match kind:
        case "speech.set":
            now.settings[fields["item_id"]] = (fields["limit_seconds"], fields["closed"])
            return
        case "speech.budget_set":
            key = (fields["item_id"], fields["unit_id"])
            now.budgets.pop(key, None)
            if fields["seconds"] is not None:
                now.budgets[key] = fields["seconds"]
            return
    assert request_id is not None
    match kind:
        case "speech.requested":
            now.requests[request_id] = {
                "user_id": fields["user_id"], "item_id": fields["item_id"], "kind": fields["speech_kind"],
                "addressee_id": fields["addressee_id"], "state": "waiting", "requested_at": at, "called_at": None,
                "questioning_id": None,
            }  # fmt: skip
        case "speech.changed":
            now.requests[request_id] |= {"kind": fields["speech_kind"], "addressee_id": fields["addressee_id"]}
        case "speech.withdrawn" | "speech.removed":
            now.requests[request_id]["state"] = kind.partition(".")[2]
        case "speech.restored":
            now.requests[request_id]["state"] = "waiting"
    now.queue = without(now.queue, request_id)
    if "place" in fields:
        now.queue = put(now.queue, request_id, fields["place"])


def _floor(now: Speeches, kind: str, fields: Fields, at: datetime) -> None:
    floor_id = fields["floor_id"]
    if kind == "floor.given":
        _give(now, floor_id, fields, at)
        return
    floor = now.floors[floor_id]
    request = now.requests.get(floor["request_id"])
    match kind:
        case "floor.started" | "floor.resumed":
            floor |= {"state": "speaking", "since": at, "started_at": floor["started_at"] or at}
        case "floor.paused":
            floor |= {"state": "paused", "since": None, "used_ms": fields["used_ms"]}
        case "floor.limit_changed":
            floor["limit_seconds"] = fields["limit_seconds"]
        case "floor.ended":
            floor |= {"state": "ended", "since": None, "used_ms": fields["used_ms"], "ended_at": at}
            if request is not None and floor["questioning_id"] is None:
                request["state"] = "done"
        case "floor.end_undone":
            running = fields["state"] == "speaking"
            floor |= {"state": fields["state"], "since": at if running else None, "ended_at": None}
            if request is not None and floor["questioning_id"] is None:
                request["state"] = "called"
        case "floor.given_undone":
            del now.floors[floor_id]
            if request is not None and fields["place"] is not None:
                request |= {"state": "waiting", "called_at": None, "questioning_id": None}
                now.queue = put(now.queue, floor["request_id"], fields["place"])


def _give(now: Speeches, floor_id: str, fields: Fields, at: datetime) -> None:
    now.floors[floor_id] = {
        "user_id": fields["user_id"], "unit_id": fields["unit_id"], "item_id": fields["item_id"],
        "kind": fields["speech_kind"], "request_id": fields["request_id"], "questioning_id": fields["questioning_id"],
        "limit_seconds": fields["limit_seconds"], "state": "called", "given_at": at, "started_at": None, "since": None,
        "used_ms": 0, "ended_at": None,
    }  # fmt: skip
    request = now.requests.get(fields["request_id"])
    if request is not None and request["state"] == "waiting":
        request |= {"state": "called", "called_at": at, "questioning_id": fields["questioning_id"]}
        now.queue = without(now.queue, fields["request_id"])


def speaking_told(now: Speeches) -> Fields:
    """What the line says, as ``speaking_stored`` has it: who waits in which order, who was called, every turn."""
    kept = {name: one for name, one in now.requests.items() if one["state"] not in ("withdrawn", "removed")}
    return {
        "queue": now.queue,
        "requests": msgspec.to_builtins(kept),
        "floors": [{"id": name} | msgspec.to_builtins(one) for name, one in now.floors.items()],
        "questionings": [{"id": name} | msgspec.to_builtins(one) for name, one in now.questionings.items()],
        "settings": now.settings,
        "budgets": now.budgets,
    }


def speaking_stored(speaking: Speaking) -> Fields:
    """What the rows say; names and words are not in a line."""
    now = msgspec.to_builtins(speaking)
    requests = [_bare(one, "name", "topic", "question") for one in now["requests"]]
    return {
        "queue": [one["id"] for one in requests if one["state"] == "waiting"],
        "requests": {one["id"]: _bare(one, "id") for one in requests},
        "floors": [_bare(one, "name") for one in now["floors"]],
        "questionings": [_bare(one, "answerer_name") for one in now["questionings"]],
        "settings": {one["item_id"]: (one["limit_seconds"], one["closed"]) for one in now["settings"]},
        "budgets": {(one["item_id"], one["unit_id"]): one["seconds"] for one in now["budgets"]},
    }


def _bare(one: Fields, *names: str) -> Fields:
    return {name: value for name, value in one.items() if name not in names}
