"""The rules of conclusions: the secretary writes, the chair confirms, and another wording is confirmed again."""

from collections.abc import Sequence

from hub.access import SeenMeeting, refuse_secret
from hub.agenda.models import AgendaItem
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import state
from hub.minutes import queries
from hub.minutes.models import (
    Conclusion,
    ConclusionChanged,
    ConclusionConfirmed,
    ConclusionRemoved,
    ConclusionReturned,
    ConclusionWritten,
)
from hub.users.models import Me

OPEN = ("running", "ended")


async def write(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem, text: str) -> None:
    """By secretary or chair, while the meeting runs and until its record is closed. The chair's own words stand."""
    await _hold(work, meeting, item)
    text = text.strip()
    known = await queries.conclusion(work.conn, meeting.id, item.id)
    by_chair = meeting.summary.my_role == "chair"
    if known is None or known.text != text:
        seq = await work.tell(meeting.id, ConclusionWritten(item.id, me.id), text)
        await queries.write(work.conn, meeting.id, item.id, text, seq, me.id, work.now)
        if by_chair:
            await _confirm(work, me, meeting, item, seq)


async def confirm(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem, written: int) -> None:
    known = await _to_decide(work, meeting, item, written)
    if known.state != "confirmed":
        await _confirm(work, me, meeting, item, written)


async def give_back(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem, written: int, remark: str) -> None:
    """With a word of what should be changed; what was confirmed before stands until another wording is."""
    await _to_decide(work, meeting, item, written)
    await queries.decide(work.conn, item.id, "returned", me.id, work.now, remark.strip())
    await work.tell(meeting.id, ConclusionReturned(item.id, written, me.id), remark.strip())


async def remove(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem) -> None:
    """What the chair has confirmed, only he takes back."""
    await _hold(work, meeting, item)
    known = await queries.conclusion(work.conn, meeting.id, item.id)
    if known is None and not item.conclusion:
        raise NotFound
    if item.conclusion and meeting.summary.my_role != "chair":
        raise Forbidden
    await queries.remove(work.conn, item.id)
    await work.tell(meeting.id, ConclusionRemoved(item.id, me.id))


async def _confirm(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem, written: int) -> None:
    await queries.decide(work.conn, item.id, "confirmed", me.id, work.now)
    await work.tell(meeting.id, ConclusionConfirmed(item.id, written, me.id))


async def _to_decide(work: Work, meeting: SeenMeeting, item: AgendaItem, written: int) -> Conclusion:
    if meeting.summary.my_role != "chair":
        raise Forbidden
    await _hold(work, meeting, item)
    known = await queries.conclusion(work.conn, meeting.id, item.id)
    if known is None:
        raise NotFound
    if known.written != written:
        raise ConclusionChanged
    return known


async def _hold(work: Work, meeting: SeenMeeting, item: AgendaItem) -> None:
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) not in OPEN:
        raise WrongState
    if item.removed:
        raise NotFound
    refuse_secret(item.secrecy)


def shown(conclusions: Sequence[Conclusion], items: Sequence[AgendaItem]) -> list[Conclusion]:
    """For a screen. Nothing of an item that is secret now is shown, whenever it was marked."""
    open_to_all = {item.id for item in items if item.secrecy == "none" and not item.removed}
    return [one for one in conclusions if one.item_id in open_to_all]
