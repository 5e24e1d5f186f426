"""The rules of asking and saying something before the meeting, and in the exchange of views while it sits.

What is for the meeting has a deadline; what is asked of the secretariat alone may be asked until the record is closed.
Views are exchanged on an item only while who runs the meeting has opened that (`exchanging.py`).
"""

from datetime import datetime
from uuid import UUID

from msgspec import UnsetType

from hub.access import SeenMeeting, access_item, access_meeting, refuse_secret
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import TimesReversed, WrongState
from hub.meetings.queries import state
from hub.notices.models import NoticeKind
from hub.notices.service import notify
from hub.opinions import queries
from hub.opinions.models import (
    ANSWERS_OF_AN_OPINION,
    OPINIONS_OF_A_PERSON,
    ChangedOpinion,
    ExchangeClosed,
    GivenOpinion,
    NewOpinion,
    OpinionChange,
    Opinions,
    OpinionsChanged,
    OpinionsClosed,
    OpinionWithdrawn,
    TooManyOpinions,
    UnknownSubject,
)
from hub.users.models import Me

SAYS = ("chair", "secretary", "delegate")


async def opinions_of(work: Work, me: Me, meeting: SeenMeeting, item_id: UUID | None = None) -> Opinions:
    until = await queries.deadline(work.conn, meeting.id)
    role = meeting.summary.my_role
    taken = meeting.state in ("published", "running") and work.now < until
    given = await queries.of_meeting(work.conn, me, meeting.id, item_id, meeting.i_may)
    running = meeting.state == "running"
    exchange = running and item_id is not None and await queries.is_exchanging(work.conn, item_id)
    return Opinions(
        until=until,
        open=taken,
        i_may_say=taken and role in SAYS,
        i_may_ask=meeting.state in ("published", "running", "ended") and role in SAYS,
        i_may_answer=meeting.state != "closed" and (role in SAYS or meeting.i_may.manage),
        i_sort=_sorts(meeting),
        exchange=exchange,
        i_may_exchange=exchange and meeting.i_may.speak,
        i_moderate=meeting.i_may.run and meeting.state != "closed",
        opinions=given,
    )


def _sorts(meeting: SeenMeeting) -> bool:
    """The secretary's; the chair's and who prepares, too."""
    return meeting.i_may.manage and meeting.state != "closed"


async def give(work: Work, me: Me, meeting: SeenMeeting, new: NewOpinion) -> UUID:
    item = await access_item(work.conn, me, new.item_id)
    if item.meeting_id != meeting.id or item.removed:
        raise NotFound
    refuse_secret(item.secrecy)
    await work.hold(meeting.id)
    now = await opinions_of(work, me, meeting, new.item_id)
    if new.in_sitting:
        await _check_exchange(work, meeting, now, new)
    elif meeting.summary.my_role not in SAYS:
        raise Forbidden
    elif not (now.i_may_ask if new.private else now.i_may_say):
        raise OpinionsClosed
    if (new.paper_number or new.page) and new.paper_id is None:
        raise UnknownSubject
    if not await queries.is_subject(work.conn, new, meeting.id):
        raise UnknownSubject
    if await queries.count_of(work.conn, meeting.id, me.id) >= OPINIONS_OF_A_PERSON:
        raise TooManyOpinions
    opinion_id = await queries.insert(work.conn, meeting.id, new, me.id, work.now)
    if new.in_sitting:  # it is on every screen at once: nobody needs a notice of it
        await work.tell(meeting.id, OpinionsChanged(item.id, opinion_id, "given", me.id))
        return opinion_id
    people = await queries.secretariat(work.conn, meeting.id, item.id)
    kind: NoticeKind = "opinion_asked" if new.kind == "question" else "opinion_given"
    await notify(work, people, kind, meeting.id, by=me.id, item_id=item.id, thing_id=opinion_id, words=new.text[:200])
    if not new.private:
        await work.tell(meeting.id, OpinionsChanged(item.id, opinion_id, "given", me.id))
    return opinion_id


async def _check_exchange(work: Work, meeting: SeenMeeting, now: Opinions, new: NewOpinion) -> None:
    if not meeting.i_may.speak or new.private:
        raise Forbidden
    if not now.i_may_exchange or await state(work.conn, meeting.id) != "running":
        raise ExchangeClosed


async def access_opinion(work: Work, me: Me, opinion_id: UUID) -> tuple[GivenOpinion, SeenMeeting]:
    """Who may not read it is told it does not exist. What stands on an item marked Mật since, nobody reads here."""
    meeting_id = await queries.meeting_of(work.conn, opinion_id)
    if meeting_id is None:
        raise NotFound
    meeting = await access_meeting(work.conn, me, meeting_id)
    opinion = await queries.one(work.conn, me, opinion_id, meeting.i_may)
    if opinion is None:
        raise NotFound
    refuse_secret((await access_item(work.conn, me, opinion.item_id)).secrecy)
    return opinion, meeting


async def change(work: Work, me: Me, opinion_id: UUID, changed: ChangedOpinion) -> None:
    opinion, meeting = await access_opinion(work, me, opinion_id)
    await work.hold(meeting.id)
    if opinion.withdrawn:
        raise OpinionWithdrawn
    if not isinstance(changed.text, UnsetType):
        if opinion.by != me.id:
            raise Forbidden
        now = await opinions_of(work, me, meeting, opinion.item_id)
        open_ = now.i_may_exchange if opinion.in_sitting else now.i_may_ask if opinion.private else now.i_may_say
        if opinion.answers or opinion.hidden or not open_:
            raise OpinionsClosed
        await queries.set_text(work.conn, opinion.id, changed.text.strip(), work.now)
        await tell(work, me, meeting, opinion, "changed")
    if not isinstance(changed.theme, UnsetType) or not isinstance(changed.on_record, UnsetType):
        if not _sorts(meeting):
            raise Forbidden
        theme = opinion.theme if isinstance(changed.theme, UnsetType) else changed.theme.strip()
        on_record = opinion.on_record if isinstance(changed.on_record, UnsetType) else changed.on_record
        await queries.sort(work.conn, opinion.id, theme, on_record)
        await tell(work, me, meeting, opinion, "sorted")


async def withdraw(work: Work, me: Me, opinion_id: UUID) -> None:
    """Its author's. The words are gone from every list; that somebody said something stays where it was answered."""
    opinion, meeting = await access_opinion(work, me, opinion_id)
    if opinion.by != me.id:
        raise Forbidden
    if meeting.state == "closed":
        raise WrongState
    if not opinion.withdrawn:
        await work.hold(meeting.id)
        await queries.withdraw(work.conn, opinion.id, work.now)
        await tell(work, me, meeting, opinion, "withdrawn")


async def answer(work: Work, me: Me, opinion_id: UUID, text: str) -> None:
    """Whoever of the meeting reads it may take part: the presenter and the secretary answer, the author asks on."""
    opinion, meeting = await access_opinion(work, me, opinion_id)
    now = await opinions_of(work, me, meeting, opinion.item_id)
    mine = await queries.secretariat(work.conn, meeting.id, opinion.item_id)
    if opinion.in_sitting:
        if not meeting.i_may.speak:
            raise Forbidden
        if not (now.i_may_exchange or now.i_moderate):
            raise ExchangeClosed
    elif not now.i_may_answer and me.id not in mine:
        raise Forbidden
    await work.hold(meeting.id)
    if await state(work.conn, meeting.id) == "closed":
        raise WrongState
    if opinion.withdrawn or opinion.hidden:
        raise OpinionWithdrawn
    if len(opinion.answers) >= ANSWERS_OF_AN_OPINION:
        raise TooManyOpinions
    await queries.insert_answer(work.conn, opinion.id, me.id, text.strip(), work.now)
    if not opinion.in_sitting:
        people = {opinion.by, *(one.by for one in opinion.answers)}
        people |= mine if opinion.by == me.id else set()
        await notify(
            work, people, "opinion_answered", meeting.id,
            by=me.id, item_id=opinion.item_id, thing_id=opinion.id, words=text[:200],
        )  # fmt: skip
    await tell(work, me, meeting, opinion, "answered")


async def tell(
    work: Work, me: Me, meeting: SeenMeeting, opinion: GivenOpinion, change: OpinionChange, why: str | None = None
) -> None:
    if not opinion.private:
        await work.tell(meeting.id, OpinionsChanged(opinion.item_id, opinion.id, change, me.id), why)


async def set_deadline(work: Work, me: Me, meeting: SeenMeeting, until: datetime | None) -> None:
    if not _sorts(meeting):
        raise Forbidden
    if until is not None and until.tzinfo is None:
        raise TimesReversed
    await queries.set_deadline(work.conn, meeting.id, until)
