"""A sitting as the page's own tests replay it: ``web/src/live/recorded.json`` is what this hub tells, and ends with.

``RECORD=1 ./run test tests/hub/test_recorded.py`` writes it anew; ``web/src/live/recorded.test.ts`` applies it.
"""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.live import read_log
from tests.hub.voting import Voting, body
from tests.support import Hub, HubClock, Person

FILE = Path(__file__).parents[2] / "web" / "src" / "live" / "recorded.json"
# What a screen brings up to date by itself; everything else it reads again.
PARTS: dict[str, tuple[str, ...]] = {
    "participants": ("user_id", "role", "seat", "checked_in_at", "attendance", "since", "votes"),
    "items": ("id", "number", "removed", "secrecy", "state", "running_since", "held_ms"),
    "votes": (
        "id",
        "state",
        "members",
        "present",
        "quorum",
        "needed",
        "cast",
        "opened_at",
        "closed_at",
        "seconds",
        "at_zero",
        "left_ms",
    ),
}
WHOLE = ("state", "current_item_id", "current_item_since", "sitting")
TOLD = (
    "meeting.state_changed", "meeting.paused", "meeting.resumed", "agenda_item.started", "agenda_item.skipped",
    "agenda_item.secrecy_changed", "participant.checked_in", "attendance.changed", "attendance.undone",
    "vote.opened", "vote.paused", "vote.resumed", "vote.closed", "vote.result", "vote.annulled", "vote.quorum_waived",
)  # fmt: skip


def shown(meeting: dict[str, Any]) -> dict[str, Any]:
    parts = {name: [{key: one[key] for key in keys} for one in meeting[name]] for name, keys in PARTS.items()}
    return {name: meeting[name] for name in WHOLE} | parts


def plain(value: Any) -> Any:
    """Ids and hashes by the order of their first appearance: two recordings of one play are the same."""
    text, names = json.dumps(value, ensure_ascii=False), dict[str, str]()

    def named(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"{'id' if '-' in found[0] else 'hash'}-{len(names) + 1}")

    return json.loads(re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", named, text))


async def play(at: Voting, clock: HubClock) -> None:
    meeting = f"/api/meetings/{at.meeting_id}"

    async def chair(path: str, wish: Any = None) -> None:
        clock.pass_(minutes=1, seconds=0.25)
        answer = await at.chair.post(path, wish)
        assert answer.status_code < 300, answer.text

    async def mark(person: Person, state: str, **more: Any) -> int:
        clock.pass_(minutes=2)
        answer = await at.secretary.put(f"{meeting}/participants/{person.id}/attendance", {"state": state} | more)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["seq"])

    first, second, third = map(str, at.items)
    one, two, three, four = at.members
    await at.check_in(at.chair)
    await at.check_in(one)
    await mark(two, "excused", reason="Đi công tác")
    await chair(f"{meeting}/state", {"to": "running"})
    await chair(f"{meeting}/current-item", {"item_id": first})
    await mark(three, "online")
    wrong = await mark(one, "left")
    await at.secretary.delete(f"{meeting}/participants/{one.id}/attendance/{wrong}")
    await mark(three, "left", since=(clock.now - timedelta(minutes=1)).isoformat())
    await four.put(f"{meeting}/my-attendance", {"state": "online"})
    await chair(f"{meeting}/pause", {"reason": "Giải lao"})
    clock.pass_(minutes=15)
    await chair(f"{meeting}/resume")
    await at.check_in(three)
    await chair(f"/api/agenda-items/{third}/skip", {})
    await chair(f"{meeting}/current-item", {"item_id": second})
    votes = [vote["id"] for vote in (await at.chair.get(meeting)).json()["votes"]]
    await chair(f"/api/votes/{votes[0]}/open", {})
    for person in (at.chair, one, four):
        assert (await at.cast(person, votes[0])).status_code == 200
    await chair(f"/api/votes/{votes[0]}/close")
    await mark(four, "left")
    await chair(f"/api/votes/{votes[1]}/open", {"without_quorum": "Theo ý kiến của Thường trực", "seconds": 300})
    await chair(f"/api/votes/{votes[1]}/pause", {"reason": "Có ý kiến"})
    await chair(f"/api/votes/{votes[1]}/annul", {"reason": "Ghi nhầm"})
    await chair(f"{meeting}/current-item", {"item_id": first})
    await at.secretary.put(f"/api/agenda-items/{third}/secrecy", {"secrecy": "mat"})
    clock.pass_(minutes=60)


async def record(at: Voting, clock: HubClock) -> dict[str, Any]:
    """As somebody sees it who is there from the beginning, and as somebody does who comes an hour late."""
    for _ in range(2):
        await at.prepare()
    before = (await at.members[0].get(f"/api/meetings/{at.meeting_id}")).json()
    await play(at, clock)
    after = (await at.members[0].get(f"/api/meetings/{at.meeting_id}")).json()
    page = await read_log(at.hub.db, at.meeting_id, before["seq"])
    told = [json.loads(message) for _, message in page]
    told = [one | {"seq": 0} for one in told if one["event"]["type"] in TOLD]
    for one in told:
        one["event"].pop("change", None)
    return {"before": shown(before), "told": told, "after": shown(after)}


def within(kept: Any, now: Any, where: str = "") -> None:
    """What is kept is still told; a newer hub may say more."""
    if isinstance(kept, dict):
        assert isinstance(now, dict), where
        for key in kept:
            within(kept[key], now.get(key), f"{where}.{key}")
    elif isinstance(kept, list):
        assert isinstance(now, list), where
        assert len(kept) == len(now), where
        for number, (one, other) in enumerate(zip(kept, now, strict=True)):
            within(one, other, f"{where}[{number}]")
    else:
        assert kept == now, where


async def test_the_recorded_sitting_is_what_the_hub_tells(hub: Hub, clock: HubClock) -> None:
    at = await body(hub, 4, present=0, items=3, state="published")

    recorded = plain(await record(at, clock))

    if os.environ.get("RECORD"):
        FILE.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n")
    within(json.loads(FILE.read_text()), recorded)
    assert {one["event"]["type"] for one in recorded["told"]} >= set(TOLD) - {"vote.resumed"}
