"""The rules of the exchange of views on an item while the meeting sits: who opens it, and what is hidden there.

It ends with the sitting by itself; taken up again, the meeting finds it as it was. Hiding keeps the words: their author
and who runs the meeting read them, everybody reads why.
"""

from uuid import UUID

from hub.access import SeenMeeting, refuse_secret
from hub.agenda.models import AgendaItem
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import state
from hub.opinions import queries
from hub.opinions.models import ExchangeChanged, GivenOpinion, OpinionAnswer, OpinionWithdrawn
from hub.opinions.service import access_opinion, tell
from hub.users.models import Me


async def set_exchange(work: Work, me: Me, meeting: SeenMeeting, item: AgendaItem, *, is_open: bool) -> None:
    """By chair or secretary, on an item of a running meeting. Saying again what holds changes nothing."""
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) != "running":
        raise WrongState
    if item.removed:
        raise NotFound
    refuse_secret(item.secrecy)
    if is_open:
        changed = await queries.open_exchange(work.conn, meeting.id, item.id, me.id, work.now)
    else:
        changed = await queries.close_exchange(work.conn, item.id)
    if changed:
        await work.tell(meeting.id, ExchangeChanged(item.id, is_open, me.id))


async def hide(work: Work, me: Me, opinion_id: UUID, reason: str | None) -> None:
    """None: it is shown again. What was said to the secretariat alone is nobody's to hide."""
    opinion, meeting = await _moderated(work, me, opinion_id)
    if opinion.withdrawn:
        raise OpinionWithdrawn
    await _hide(work, me, meeting, opinion, "opinion", opinion, reason)


async def hide_answer(work: Work, me: Me, answer_id: UUID, reason: str | None) -> None:
    opinion_id = await queries.opinion_of_answer(work.conn, answer_id)
    if opinion_id is None:
        raise NotFound
    opinion, meeting = await _moderated(work, me, opinion_id)
    said = _answer(opinion, answer_id)
    if said.withdrawn:
        raise OpinionWithdrawn
    await _hide(work, me, meeting, opinion, "opinion_answer", said, reason)


async def withdraw_answer(work: Work, me: Me, answer_id: UUID) -> None:
    """Its author's, until the record is closed."""
    opinion_id = await queries.opinion_of_answer(work.conn, answer_id)
    if opinion_id is None:
        raise NotFound
    opinion, meeting = await access_opinion(work, me, opinion_id)
    said = _answer(opinion, answer_id)
    if said.by != me.id:
        raise Forbidden
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) == "closed":
        raise WrongState
    if not said.withdrawn:
        await queries.withdraw_answer(work.conn, answer_id, work.now)
        await tell(work, me, meeting, opinion, "withdrawn")


async def _moderated(work: Work, me: Me, opinion_id: UUID) -> tuple[GivenOpinion, SeenMeeting]:
    opinion, meeting = await access_opinion(work, me, opinion_id)
    if not meeting.i_may.run or opinion.private:
        raise Forbidden
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) == "closed":
        raise WrongState
    return opinion, meeting


async def _hide(
    work: Work,
    me: Me,
    meeting: SeenMeeting,
    opinion: GivenOpinion,
    what: queries.Said,
    said: GivenOpinion | OpinionAnswer,
    reason: str | None,
) -> None:
    if reason is None:
        if said.hidden:
            await queries.hide(work.conn, what, said.id, None, "", None)
            await tell(work, me, meeting, opinion, "shown")
        return
    await queries.hide(work.conn, what, said.id, me.id, reason.strip(), work.now)
    await tell(work, me, meeting, opinion, "hidden", reason.strip())


def _answer(opinion: GivenOpinion, answer_id: UUID) -> OpinionAnswer:
    return next(one for one in opinion.answers if one.id == answer_id)
