"""Where a room's meeting is, as the room's rules see it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from hub.equipment import speaking
from hub.equipment.speaking import RoomMeeting
from rooms import Phase

AFTER_MEETING = timedelta(hours=2)  # this long after its planned end an ended meeting still closes its room


class Phases:
    """A phase and since when. What the phase was before a take-over is read from the meeting's line."""

    def __init__(self) -> None:
        self.phase = Phase.NONE
        self.since = 0.0
        self.meetings: list[UUID] = []  # whose screens see the room
        self._of: UUID | None = None

    async def look(self, conn: AsyncConnection[Any], here: list[RoomMeeting], now: datetime) -> None:
        self.meetings = [meeting.id for meeting in here]
        meeting = _the_one(here, now)
        phase = _phase(meeting)
        of = meeting.id if meeting is not None else None
        if phase == self.phase and of == self._of:
            return
        first = self._of is None
        self.phase, self._of = phase, of
        turned = await speaking.last_turn(conn, meeting.id) if meeting is not None and first else None
        self.since = (turned or now).timestamp()


def _the_one(here: list[RoomMeeting], now: datetime) -> RoomMeeting | None:
    running = [meeting for meeting in here if meeting.state == "running"]
    ended = [meeting for meeting in here if meeting.state == "ended" and now - meeting.ends_at < AFTER_MEETING]
    return next(iter(running[::-1] or ended[::-1]), None)


def _phase(meeting: RoomMeeting | None) -> Phase:
    if meeting is None:
        return Phase.NONE
    if meeting.state == "ended":
        return Phase.ENDED
    return Phase.PRESENTING if meeting.item_kind == "information" else Phase.RUNNING
