"""Closing says what is to be done first, freezes the record, and nothing of a closed meeting changes any more."""

import hashlib
from typing import Any

import msgspec

from tests.hub.test_minutes import conclusion, decide, fill, voted, write
from tests.hub.voting import Voting, body
from tests.support import Hub


async def to_do(at: Voting) -> list[tuple[str, str]]:
    answer = await at.secretary.get(f"/api/meetings/{at.meeting_id}/ending")
    assert answer.status_code == 200, answer.text
    return [(one["weight"], one["what"]) for one in answer.json()["to_do"]]


async def close(at: Voting, reason: str | None = None) -> Any:
    return await at.secretary.post(f"/api/meetings/{at.meeting_id}/close", {"reason": reason})


async def end(at: Voting) -> None:
    answer = await at.chair.post(f"/api/meetings/{at.meeting_id}/state", {"to": "ended"})
    assert answer.status_code == 204, answer.text


async def closed(hub: Hub) -> Voting:
    """A meeting held, with a vote, a conclusion and minutes, and its record closed."""
    at = await body(hub, 3, guest=True)
    await fill(at)
    await voted(at)
    await write(at.chair, at.items[0], "Giao Ủy ban nhân dân xã thực hiện.")
    await fill(at)
    await end(at)
    answer = await close(at)
    assert answer.status_code == 204, answer.text
    return at


async def test_what_is_to_be_done_before_closing_is_said_and_left_undone_only_with_a_reason(hub: Hub) -> None:
    at = await body(hub, 2)
    await write(at.secretary, at.items[0], "Chưa xác nhận.")
    await at.prepare()
    assert (await close(at, "Vẫn đang họp.")).json()["code"] == "wrong-state"
    await end(at)

    assert await to_do(at) == [
        ("should", "conclusion-unconfirmed"), ("should", "minutes-empty"), ("may", "vote-prepared"),
    ]  # fmt: skip
    refused = await close(at)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-ready-to-close")
    assert refused.json()["detail"] == "conclusion-unconfirmed, minutes-empty"
    assert (await at.members[0].post(f"/api/meetings/{at.meeting_id}/close", {"reason": "Tôi."})).status_code == 403
    written = await conclusion(at, at.items[0])
    assert written is not None
    await decide(at.chair, at.items[0], "confirm", written=written["written"])
    assert (await close(at, "Phiên họp ngắn, không lập biên bản.")).status_code == 204

    told = [(kind, said) async for kind, said in facts(at)]
    assert told[-2][0] == "record.closed"
    assert told[-2][1]["undone"] == ["minutes-empty"]
    assert told[-1] == ("meeting.state_changed", {"by": str(at.secretary.id), "state": "closed"})
    assert (await close(at)).json()["code"] == "wrong-state"


async def facts(at: Voting) -> Any:
    async with at.hub.db.work() as work:
        cursor = await work.conn.execute(
            "SELECT kind, body FROM event WHERE meeting_id = %s ORDER BY seq", (at.meeting_id,)
        )
        for kind, said in await cursor.fetchall():
            yield kind, msgspec.json.decode(bytes(said))


async def test_the_frozen_record_has_all_of_the_meeting_and_its_hash_is_told(hub: Hub) -> None:
    at = await closed(hub)

    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT record FROM yearbook_entry WHERE meeting_id = %s", (at.meeting_id,))
        row = await cursor.fetchone()
        assert row is not None
    record = msgspec.json.decode(bytes(row[0]))
    told = [said async for kind, said in facts(at) if kind == "record.closed"]
    assert told[0]["hash"] == hashlib.sha256(bytes(row[0])).hexdigest()
    assert told[0]["upto"] == record["chain"]["seq"]
    assert record["agenda"][0]["conclusion"]["text"] == "Giao Ủy ban nhân dân xã thực hiện."
    assert record["votes"][0]["result"]["passed"] is True
    assert {one["role"] for one in record["people"]} == {"chair", "secretary", "delegate", "guest"}
    words = msgspec.json.encode(record["documents"]).decode()
    assert "Được thông qua: 4/4 biểu quyết tán thành" in words
    assert "Cuộc họp kết thúc vào 15 giờ 00" in words
    shown = (await at.members[0].get("/api/yearbook")).json()
    assert [(one["title"], one["votes"], one["conclusions"], one["i_may_export"]) for one in shown["meetings"]] == [
        ("Kỳ họp thử", 1, 1, False)
    ]
    assert shown["meetings"][0]["entry"]["hash"] == told[0]["hash"]
    assert (shown["year"], shown["years"]) == (2026, [2026])
