"""What a crowd asks at once is asked once for all of them, and nobody is told what was before he asked."""

import asyncio
from collections.abc import Sequence

import anyio
import psycopg
import pytest

from hub.errors import NotFound
from hub.together import Alike, Together
from tests.hub.voting import body
from tests.support import Hub


async def test_who_asks_while_a_question_is_under_way_is_in_the_next_with_all_others() -> None:
    asked: list[list[int]] = []
    go_on = asyncio.Event()

    async def answer(asks: Sequence[int]) -> list[int | Exception]:
        asked.append(list(asks))
        await go_on.wait()
        return [ask * 2 for ask in asks]

    async with Together(answer) as together:
        first = asyncio.create_task(together.ask(1))
        await anyio.wait_all_tasks_blocked()
        others = [asyncio.create_task(together.ask(ask)) for ask in (2, 3)]
        await anyio.wait_all_tasks_blocked()
        go_on.set()
        answers = [await first, *[await other for other in others]]

    assert asked == [[1], [2, 3]]
    assert answers == [2, 4, 6]


async def test_a_refusal_is_for_who_asked_and_a_failure_for_all_of_his_question() -> None:
    async def answer(asks: Sequence[str]) -> list[str | Exception]:
        if "broken" in asks:
            raise RuntimeError("away")
        return [NotFound() if ask == "unknown" else ask for ask in asks]

    async with Together(answer) as together:
        known, unknown = await asyncio.gather(together.ask("known"), together.ask("unknown"), return_exceptions=True)
        failed = await asyncio.gather(together.ask("broken"), together.ask("known"), return_exceptions=True)
        again = await together.ask("known")

    assert known == again == "known"
    assert isinstance(unknown, NotFound)
    assert all(isinstance(one, RuntimeError) for one in failed)


async def test_a_database_that_hangs_keeps_neither_the_asker_nor_the_turn() -> None:
    asked: list[int] = []

    async def answer(asks: Sequence[int]) -> list[int | Exception]:
        asked.extend(asks)
        if 1 in asks:
            await asyncio.Event().wait()
        return list(asks)

    async with Together(answer, seconds=0.05) as together:
        with pytest.raises(psycopg.OperationalError):
            await together.ask(1)
        with anyio.fail_after(5):
            while True:
                try:
                    assert await together.ask(2) == 2
                    break
                except psycopg.OperationalError:  # the first still had the turn
                    continue

    assert asked[0] == 1


async def test_who_goes_away_takes_nobody_elses_answer_with_him() -> None:
    go_on = asyncio.Event()

    async def look() -> str:
        await go_on.wait()
        return "said"

    async with Alike[str, str]() as alike:
        goes, stays = (asyncio.create_task(alike.ask("key", look)) for _ in range(2))
        await anyio.wait_all_tasks_blocked()
        goes.cancel()
        await anyio.wait_all_tasks_blocked()
        go_on.set()
        with anyio.fail_after(5):
            assert await stays == "said"


async def test_nobody_is_told_what_was_read_before_he_asked() -> None:
    now, read = "old", list[str]()
    go_on = asyncio.Event()

    async def look() -> str:
        found = now
        read.append(found)
        await go_on.wait()
        return found

    async with Alike[str, str]() as alike:
        early = asyncio.create_task(alike.ask("key", look))
        await anyio.wait_all_tasks_blocked()
        now = "new"
        late = [asyncio.create_task(alike.ask("key", look)) for _ in range(5)]
        await anyio.wait_all_tasks_blocked()
        go_on.set()

        assert await early == "old"
        assert [await one for one in late] == ["new"] * 5
        assert read == ["old", "new"]


@pytest.mark.parametrize("page", ["", "/attendance", "/speaking", "/votes", "/transcript"])
async def test_a_change_of_the_list_or_of_a_name_is_seen_by_the_next_who_asks(hub: Hub, page: str) -> None:
    at = await body(hub, 3)
    path = f"/api/meetings/{at.meeting_id}"
    stranger = await hub.person("Người lạ")
    gone = at.members[0]

    crowd = await asyncio.gather(*(one.get(path + page) for one in [*at.everybody, stranger]))
    removed = await at.chair.delete(f"{path}/participants/{gone.id}")
    async with hub.db.work() as work:
        await work.conn.execute("UPDATE app_user SET name = 'Tên Mới' WHERE id = %s", (at.members[1].id,))
    after = await asyncio.gather(*(one.get(path + page) for one in at.everybody))
    seen = (await at.chair.get(path)).json()["participants"]

    assert [one.status_code for one in crowd] == [200] * len(at.everybody) + [404]
    assert removed.status_code == 204, removed.text
    assert [one.status_code for one in after] == [404 if one is gone else 200 for one in at.everybody]
    assert str(gone.id) not in [one["user_id"] for one in seen]
    assert "Tên Mới" in [one["name"] for one in seen]
    await gone.post("/api/sign-out")
    assert (await gone.get(path + page)).status_code == 401


async def test_each_of_a_crowd_gets_his_own(hub: Hub) -> None:
    at = await body(hub, 6)
    vote = await at.open()
    await at.cast(at.members[0], vote, "agree")
    path = f"/api/meetings/{at.meeting_id}"

    shown = await asyncio.gather(*(one.get(path) for one in at.everybody))
    votes = await asyncio.gather(*(one.get(f"{path}/votes") for one in at.everybody))

    mine = [one.json()["votes"][0]["my_ballot"] is not None for one in shown]
    assert (
        mine == [one.json()[0]["my_ballot"] is not None for one in votes] == [p is at.members[0] for p in at.everybody]
    )
    assert [one.json()["my_role"] for one in shown] == ["chair"] + ["delegate"] * 6
    assert [one.json()["i_may"]["run"] for one in shown] == [True] + [False] * 6


async def test_a_crowd_whose_requests_hold_connections_does_not_wait_for_itself(hub: Hub) -> None:
    """Who asks is found out beside the request's own transaction: forty at once have more of them than connections."""
    at = await body(hub, 1)

    with anyio.fail_after(20):
        answers = await asyncio.gather(*(at.chair.get(f"/api/meetings/{at.meeting_id}/copy") for _ in range(40)))

    assert {one.status_code for one in answers} == {200}
