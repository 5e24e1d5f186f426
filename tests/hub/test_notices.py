"""Notices: the bell's own line, what is merged and never told twice, and how a person wants to be reached."""

import json
from typing import Any

import anyio
import pytest
from websockets.exceptions import ConnectionClosed

from hub.notices.live import LINES_OF_ONE
from hub.notices.models import KINDS, TOPIC
from hub.notices.service import NOTICES_KEPT, NOTICES_SHOWN, notify
from tests.support import Hub


async def heard(socket: Any, kind: str) -> None:
    with anyio.fail_after(5):
        while json.loads(await socket.recv())["type"] != kind:
            pass


async def test_the_bell_hears_at_once_of_what_was_committed(hub: Hub) -> None:
    await hub.serve()
    binh, cuc = await hub.person("Bình"), await hub.person("Cúc")
    meeting = await hub.meeting(await hub.person(), delegates=[binh, cuc], state="published")
    async with binh.socket("/ws/notices") as bell:
        await heard(bell, "ready")

        with pytest.raises(ZeroDivisionError):
            async with hub.db.work() as work:
                await notify(work, [cuc.id], "meeting_changed", meeting)
                raise ZeroDivisionError
        async with hub.db.work() as work:
            assert await notify(work, [binh.id], "meeting_changed", meeting, words="Đổi giờ") == {binh.id}
        await heard(bell, "news")

        found = (await binh.get("/api/notices")).json()
        assert (found["unread"], found["newest"][0]["words"]) == (1, "Đổi giờ")
        assert (await cuc.get("/api/notices")).json()["newest"] == []


async def test_a_line_ends_with_its_session_and_a_person_has_a_bound_of_them(hub: Hub) -> None:
    await hub.serve()
    binh = await hub.person()
    async with binh.socket("/ws/notices", origin="https://elsewhere.example") as foreign:
        with pytest.raises(ConnectionClosed):
            await foreign.recv()
        assert foreign.close_code == 4403
    open_ = [await binh.socket("/ws/notices") for _ in range(LINES_OF_ONE)]
    for each in open_:
        await heard(each, "ready")
    async with binh.socket("/ws/notices") as one_more:
        with pytest.raises(ConnectionClosed):
            await one_more.recv()
        assert one_more.close_code == 1013

    await binh.post("/api/sign-out")

    for each in open_:
        with anyio.fail_after(5), pytest.raises(ConnectionClosed):
            await each.recv()
        assert each.close_code == 4401


async def test_changes_merge_while_unread_and_a_key_is_told_once(hub: Hub) -> None:
    chair, binh = await hub.person("Chủ tọa"), await hub.person()
    meeting = await hub.meeting(chair, delegates=[binh], state="published")

    async def tell(words: str, **more: Any) -> int:
        async with hub.db.work() as work:
            return len(await notify(work, [binh.id, chair.id], "meeting_changed", meeting, words=words, **more))

    assert await tell("Đổi giờ", by=chair.id, merge=True) == 1, "nobody is told of what he did himself"
    await tell("Đổi phòng", by=chair.id, merge=True)
    (only,) = (await binh.get("/api/notices")).json()["newest"]
    assert (only["words"], only["times"], only["by_name"]) == ("Đổi phòng", 2, "Chủ tọa")

    await binh.post("/api/notices/read", {"ids": [only["id"]]})
    await tell("Thêm nội dung", by=chair.id, merge=True)
    assert len((await binh.get("/api/notices")).json()["newest"]) == 2, "what was read is left as it was"

    assert [await tell("Nhắc", key="n1"), await tell("Nhắc", key="n1")] == [2, 0]


async def test_a_person_keeps_so_many_notices_and_sees_the_newest(hub: Hub) -> None:
    binh = await hub.person()
    meeting = await hub.meeting(await hub.person(), delegates=[binh], state="published")
    async with hub.db.work() as work:
        await work.conn.execute(
            "INSERT INTO notice (user_id, kind, meeting_id, at) SELECT %s, 'meeting_changed', %s,"
            " %s - n * interval '1 minute' FROM generate_series(1, %s) n",
            (binh.id, meeting, work.now, NOTICES_KEPT),
        )
        await notify(work, [binh.id], "meeting_ended", meeting)

    found = (await binh.get("/api/notices")).json()

    assert found["unread"] == NOTICES_KEPT
    assert len(found["newest"]) == NOTICES_SHOWN
    assert found["newest"][0]["kind"] == "meeting_ended"


async def test_a_person_says_how_to_reach_him_and_what_is_urgent_comes_anyway(hub: Hub) -> None:
    binh = await hub.person()
    before = (await binh.get("/api/notices/settings")).json()
    assert (before["email"], before["outside"]) == ("", ["urgent", "invitations", "reminders"])

    mine = {"email": "binh@xa.example", "phone": "+84912345678", "outside": ["papers"]}
    after = (await binh.put("/api/notices/settings", mine)).json()

    assert (after["email"], after["phone"]) == ("binh@xa.example", "+84912345678")
    assert after["outside"] == ["urgent", "papers"]
    for wrong in ("không phải thư", "a@b\r\nBcc: c@d.example", "@x"):
        assert (await binh.put("/api/notices/settings", mine | {"email": wrong})).status_code == 400


def test_every_kind_has_one_topic() -> None:
    assert set(TOPIC) == set(KINDS)
