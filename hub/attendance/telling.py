"""Writing down what was told of somebody: the row of the fact, and where he is now as it follows from all of them."""

from uuid import UUID

from hub.attendance import queries
from hub.attendance.history import Stay, current, holding
from hub.attendance.states import Change, How
from hub.db import Work


async def note_arrival(work: Work, meeting_id: UUID, seq: int, user_id: UUID, how: How, by: UUID | None) -> None:
    """He was checked in, now."""
    change = Change(
        seq=seq,
        user_id=user_id,
        state="room",
        since=work.now,
        told_at=work.now,
        how=how,
        by_id=by,
        item_id=None,
        undone_seq=None,
    )
    await queries.insert_change(work.conn, meeting_id, change, None, None)
    await settle(work, meeting_id, user_id)


async def settle(work: Work, meeting_id: UUID, user_id: UUID) -> Stay | None:
    """Where he is now. Also for somebody who is put on the list again: what was told of him holds."""
    told = await queries.changes_of(work.conn, meeting_id, user_id)
    stay = current(told)
    how = holding(told)[-1].how if stay else None
    await queries.set_state(
        work.conn, meeting_id, user_id, stay.state if stay else "unknown", stay.since if stay else None, how
    )
    return stay


async def seat_for(work: Work, meeting_id: UUID, user_id: UUID, his: str | None) -> str:
    """His, or the first free number, which is his from now on."""
    if his is not None:
        return his
    taken, number = await queries.seats(work.conn, meeting_id), 1
    while str(number) in taken:
        number += 1
    await queries.set_seat(work.conn, meeting_id, user_id, str(number))
    return str(number)
