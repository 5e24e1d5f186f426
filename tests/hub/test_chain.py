"""``phien check --chain`` names the first fact that was touched."""

import pytest

from hub.chain import verify_all
from hub.meetings.models import MeetingChanged
from tests.support import Hub

TOUCHES = {
    "altered": ("UPDATE event SET body = replace(convert_from(body, 'UTF8'), '{', '{ ')::bytea WHERE seq = 4", 4),
    "moment": ("UPDATE event SET at = at + interval '1 second' WHERE seq = 3", 3),
    "missing": ("DELETE FROM event WHERE seq = 5", 5),
    "end missing": ("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)", None),
    "swapped": ("UPDATE event SET kind = 'meeting.closed' WHERE seq = 2", 2),
    "text": ("UPDATE event_text SET text = 'khác'", None),
}


async def a_meeting(hub: Hub) -> int:
    meeting = await hub.meeting(await hub.person())
    async with hub.db.work() as work:
        await work.tell(meeting, MeetingChanged(hub.unit_id))
        return await work.tell(meeting, MeetingChanged(hub.unit_id), text="một lời")


async def test_an_untouched_line_is_whole(hub: Hub) -> None:
    last = await a_meeting(hub)

    (verdict,) = verify_all(hub.db.conninfo)

    assert (verdict.broken_at, verdict.facts) == (None, last)


@pytest.mark.parametrize("touch", TOUCHES)
async def test_the_first_touched_fact_is_named(hub: Hub, touch: str) -> None:
    last = await a_meeting(hub)
    statement, at = TOUCHES[touch]
    async with hub.db.pool.connection() as conn:
        await conn.execute("ALTER TABLE event_text DROP CONSTRAINT event_text_meeting_id_seq_fkey")
        await conn.execute(statement.encode())

    (verdict,) = verify_all(hub.db.conninfo)

    assert verdict.broken_at == (at or last)


async def test_an_erased_text_leaves_the_line_whole(hub: Hub) -> None:
    await a_meeting(hub)
    async with hub.db.work() as work:
        await work.conn.execute("DELETE FROM event_text")

    (verdict,) = verify_all(hub.db.conninfo)

    assert verdict.broken_at is None
