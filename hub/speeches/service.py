"""The rules of the floor: at most one person has it, its clock is told by facts, and questioning gives it by turns.

Asking for it is in ``asking.py``.
"""

from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from hub.access import SeenMeeting
from hub.agenda.models import SittingPaused
from hub.agenda.queries import place
from hub.db import Work
from hub.equipment.service import FLOOR, FLOOR_OVER, tell_order
from hub.errors import BadRequest
from hub.meetings.models import MeetingChanged, WrongState
from hub.meetings.queries import state as meeting_state
from hub.speeches import queries
from hub.speeches.asking import UNDO_SECONDS, check_item, put_back
from hub.speeches.models import (
    USUAL_SECONDS,
    AnotherQuestioning,
    Floor,
    FloorEnded,
    FloorEndUndone,
    FloorGiven,
    FloorGivenUndone,
    FloorKind,
    FloorLimitChanged,
    FloorOver,
    FloorPaused,
    FloorResumed,
    FloorStarted,
    FloorTaken,
    NewFloor,
    NewLimit,
    NewQuestioning,
    NewSpeechBudget,
    NewSpeechSetting,
    NoQuestioning,
    NotAParticipant,
    QuestionDone,
    QuestioningClosed,
    QuestioningOpened,
    RequestGone,
    SpeechBudgetSet,
    SpeechRequest,
    SpeechSet,
    TooLateToUndo,
    UnitNotHere,
)
from hub.users.models import Me

LONGEST_SECONDS = 86_400


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Whose turn it shall be, before it is."""

    user_id: UUID
    kind: FloorKind
    item_id: UUID | None
    request_id: UUID | None = None
    questioning_id: UUID | None = None


async def give(work: Work, me: Me, meeting: SeenMeeting, new: NewFloor) -> UUID:
    """Refused while somebody has the floor, unless the console that asks has said whose turn ends with it."""
    await work.hold(meeting.id)
    await _check_running(work, meeting.id)
    turn = await _turn(work, meeting, new)
    unit_id = await queries.unit_of_participant(work.conn, meeting.id, turn.user_id)
    if unit_id is None:
        raise NotAParticipant
    if before := await queries.open_floor(work.conn, meeting.id):
        if new.instead_of != before.id:
            raise FloorTaken
        await _end(work, meeting.id, before, me.id)
    if turn.request_id is not None and turn.kind not in ("answer", "follow_up"):
        await _call(work, me, meeting.id, turn.request_id, turn.questioning_id)
    limit = new.limit_seconds or await _limit(work, meeting.id, turn)
    try:
        floor_id = await queries.insert_floor(
            work.conn, meeting.id, unit_id=unit_id, limit_seconds=limit, now=work.now, **msgspec.structs.asdict(turn)
        )
    except UniqueViolation:  # the lock is held: only a floor written past it could be there
        raise FloorTaken from None
    await work.tell(
        meeting.id,
        FloorGiven(
            floor_id=floor_id,
            user_id=turn.user_id,
            unit_id=unit_id,
            item_id=turn.item_id,
            speech_kind=turn.kind,
            request_id=turn.request_id,
            questioning_id=turn.questioning_id,
            limit_seconds=limit,
            by=me.id,
        ),
    )
    await _open_microphone(work, me.id, meeting.id, floor_id, turn.user_id)
    if new.start:
        await queries.run_clock(work.conn, meeting.id, floor_id, work.now)
        await work.tell(meeting.id, FloorStarted(floor_id, me.id))
    return floor_id


async def _check_running(work: Work, meeting_id: UUID) -> None:
    """Nor does a clock run while the sitting rests."""
    now = await place(work.conn, meeting_id)
    if now.state != "running":
        raise WrongState
    if now.paused_at is not None:
        raise SittingPaused


async def _turn(work: Work, meeting: SeenMeeting, new: NewFloor) -> Turn:
    if new.request_id is None:
        if new.user_id is None or new.kind not in ("on_item", "procedural"):
            raise BadRequest("user_id")
        await check_item(work, meeting.id, new.item_id)
        return Turn(user_id=new.user_id, kind=new.kind, item_id=new.item_id or await _current(work, meeting.id))
    if await queries.meeting_of_request(work.conn, new.request_id) != meeting.id:
        raise RequestGone
    request = await queries.request(work.conn, new.request_id)
    if new.kind in ("answer", "follow_up"):
        return await _answering(work, meeting.id, request, new.kind)
    if request.state != "waiting":
        raise RequestGone
    questioning = await queries.open_questioning(work.conn, meeting.id) if request.kind == "question" else None
    if questioning is not None and (
        request.item_id not in (None, questioning.item_id)
        or request.addressee_id not in (None, questioning.answerer_id)
    ):
        raise NoQuestioning
    return Turn(
        user_id=request.user_id,
        kind=request.kind,
        item_id=request.item_id or (questioning.item_id if questioning else await _current(work, meeting.id)),
        request_id=request.id,
        questioning_id=questioning.id if questioning else None,
    )


async def _answering(work: Work, meeting_id: UUID, request: SpeechRequest, kind: FloorKind) -> Turn:
    """Of a question that was called in the questioning that is open."""
    questioning = await queries.open_questioning(work.conn, meeting_id)
    if questioning is None or request.questioning_id != questioning.id or request.state != "called":
        raise NoQuestioning
    return Turn(
        user_id=questioning.answerer_id if kind == "answer" else request.user_id,
        kind=kind,
        item_id=questioning.item_id,
        request_id=request.id,
        questioning_id=questioning.id,
    )


async def _current(work: Work, meeting_id: UUID) -> UUID | None:
    cursor = await work.conn.execute("SELECT current_item_id FROM meeting WHERE id = %s", (meeting_id,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def _limit(work: Work, meeting_id: UUID, turn: Turn) -> int:
    """The chair's limit is for speeches on the item; a question, an answer and a procedural word have their usual."""
    limit, _ = await queries.settings_for(work.conn, meeting_id, turn.item_id)
    return limit if limit is not None and turn.kind == "on_item" else USUAL_SECONDS[turn.kind]


async def _call(work: Work, me: Me, meeting_id: UUID, request_id: UUID, questioning_id: UUID | None) -> None:
    """Out of the queue. The next question of a questioning is called when the one before is done."""
    if questioning_id is not None:
        for question in await queries.called_questions(work.conn, questioning_id):
            await _done(work, meeting_id, question, me.id)
    ids = [one.id for one in await queries.waiting(work.conn, meeting_id)]
    await queries.set_called(work.conn, request_id, ids.index(request_id), questioning_id, work.now)


async def start(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID) -> None:
    await _floor(work, meeting.id, floor_id, "called")
    await _check_running(work, meeting.id)
    await queries.run_clock(work.conn, meeting.id, floor_id, work.now)
    await work.tell(meeting.id, FloorStarted(floor_id, me.id))


async def pause(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID) -> None:
    await _stop_clock(work, me, meeting.id, await _floor(work, meeting.id, floor_id, "speaking"))


async def rest(work: Work, me: Me, meeting_id: UUID) -> None:
    """The sitting rests: who has the floor keeps it, his clock stands. The chair lets it run again afterwards."""
    floor = await queries.open_floor(work.conn, meeting_id)
    if floor is not None and floor.state == "speaking":
        await _stop_clock(work, me, meeting_id, floor)


async def _stop_clock(work: Work, me: Me, meeting_id: UUID, floor: Floor) -> None:
    used = used_ms(work, floor)
    await queries.stop_clock(work.conn, floor.id, "paused", used, work.now)
    await work.tell(meeting_id, FloorPaused(floor.id, used, me.id))


async def resume(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID) -> None:
    await _floor(work, meeting.id, floor_id, "paused")
    await _check_running(work, meeting.id)
    await queries.run_clock(work.conn, meeting.id, floor_id, work.now)
    await work.tell(meeting.id, FloorResumed(floor_id, me.id))


async def end(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID) -> None:
    floor = await _floor(work, meeting.id, floor_id, "called", "speaking", "paused")
    await _end(work, meeting.id, floor, me.id)


async def change_limit(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID, new: NewLimit) -> None:
    floor = await _floor(work, meeting.id, floor_id, "called", "speaking", "paused")
    if new.add_seconds is not None:
        limit: int | None = min(max((floor.limit_seconds or 0) + new.add_seconds, 10), LONGEST_SECONDS)
    elif isinstance(new.limit_seconds, msgspec.UnsetType):
        raise BadRequest("limit_seconds")
    else:
        limit = new.limit_seconds
    await queries.set_limit(work.conn, floor_id, limit)
    await work.tell(meeting.id, FloorLimitChanged(floor_id, limit, me.id))


async def undo(work: Work, me: Me, meeting: SeenMeeting, floor_id: UUID) -> None:
    """Takes the last step back: a floor just ended is as it was; one just given was never given."""
    await work.hold(meeting.id)
    await _check_running(work, meeting.id)
    floor = await queries.floor(work.conn, floor_id)
    since = floor.ended_at or floor.given_at
    if (work.now - since).total_seconds() > UNDO_SECONDS:
        raise TooLateToUndo
    if floor.state == "ended":
        await _undo_end(work, me, meeting.id, floor)
    else:
        await _undo_giving(work, me, meeting.id, floor)


async def _undo_end(work: Work, me: Me, meeting_id: UUID, floor: Floor) -> None:
    if await queries.open_floor(work.conn, meeting_id) is not None:
        raise FloorTaken
    state = await queries.state_before(work.conn, floor.id)
    if floor.request_id is not None and floor.questioning_id is None:
        await queries.set_called_again(work.conn, floor.request_id)
    if state == "speaking":
        await queries.run_clock(work.conn, meeting_id, floor.id, work.now)
    else:
        await queries.reopen(work.conn, floor.id, state)
    await work.tell(meeting_id, FloorEndUndone(floor.id, state, me.id))
    await _open_microphone(work, me.id, meeting_id, floor.id, floor.user_id)


async def _undo_giving(work: Work, me: Me, meeting_id: UUID, floor: Floor) -> None:
    place = None
    await _close_microphone(work, me.id, floor.id)
    if floor.request_id is not None and floor.kind not in ("answer", "follow_up"):
        _, place, _ = await queries.left(work.conn, floor.request_id)
        place = await put_back(work, meeting_id, floor.request_id, place)
    await queries.delete_floor(work.conn, floor.id)
    await work.tell(meeting_id, FloorGivenUndone(floor.id, place, me.id))


async def _floor(work: Work, meeting_id: UUID, floor_id: UUID, *states: str) -> Floor:
    await work.hold(meeting_id)
    floor = await queries.floor(work.conn, floor_id)
    if floor.state not in states:
        raise FloorOver
    return floor


def used_ms(work: Work, floor: Floor) -> int:
    running = (work.now - floor.since).total_seconds() * 1000 if floor.since is not None else 0.0
    return floor.used_ms + max(0, round(running))


async def _end(work: Work, meeting_id: UUID, floor: Floor, by: UUID) -> None:
    used = used_ms(work, floor)
    await queries.stop_clock(work.conn, floor.id, "ended", used, work.now)
    if floor.request_id is not None and floor.questioning_id is None:
        await queries.set_done(work.conn, floor.request_id, work.now)
    await work.tell(meeting_id, FloorEnded(floor.id, used, by))
    await _close_microphone(work, by, floor.id)


# The microphone unit at the seat: an order with its reason; what the device answers is its own.


async def _open_microphone(work: Work, by: UUID, meeting_id: UUID, floor_id: UUID, user_id: UUID) -> None:
    found = await queries.unit_at_seat(work.conn, meeting_id, user_id, work.now - queries.ONLINE_FOR)
    if found is not None:
        await tell_order(work, *found, value=True, reason=FLOOR, by=by)
        await queries.set_microphone(work.conn, floor_id, found[1])


async def _close_microphone(work: Work, by: UUID, floor_id: UUID) -> None:
    if found := await queries.microphone_of(work.conn, floor_id):
        await tell_order(work, *found, value=False, reason=FLOOR_OVER, by=by)


# What the chair sets beforehand or meanwhile.


async def change_setting(work: Work, me: Me, meeting: SeenMeeting, new: NewSpeechSetting) -> None:
    await work.hold(meeting.id)
    await _check_not_over(work, meeting.id)
    await check_item(work, meeting.id, new.item_id)
    await queries.write_setting(work.conn, meeting.id, new.item_id, new.limit_seconds, new.closed)
    await work.tell(meeting.id, SpeechSet(new.item_id, new.limit_seconds, new.closed, me.id))


async def change_budget(work: Work, me: Me, meeting: SeenMeeting, new: NewSpeechBudget) -> None:
    await work.hold(meeting.id)
    await _check_not_over(work, meeting.id)
    await check_item(work, meeting.id, new.item_id)
    if not await queries.is_unit_of_participants(work.conn, meeting.id, new.unit_id):
        raise UnitNotHere
    await queries.write_budget(work.conn, meeting.id, new.item_id, new.unit_id, new.seconds)
    await work.tell(meeting.id, SpeechBudgetSet(new.item_id, new.unit_id, new.seconds, me.id))


async def mark_rehearsal(work: Work, me: Me, meeting: SeenMeeting, rehearsal: bool) -> None:
    """Until it ends: what was done is not taken out of the statistics afterwards."""
    await work.hold(meeting.id)
    await _check_not_over(work, meeting.id)
    if await queries.set_rehearsal(work.conn, meeting.id, rehearsal):
        await work.tell(meeting.id, MeetingChanged(me.id))


async def _check_not_over(work: Work, meeting_id: UUID) -> None:
    if await meeting_state(work.conn, meeting_id) in ("ended", "closed"):
        raise WrongState


# Questioning.


async def open_questioning(work: Work, me: Me, meeting: SeenMeeting, new: NewQuestioning) -> UUID:
    await work.hold(meeting.id)
    await _check_running(work, meeting.id)
    await check_item(work, meeting.id, new.item_id)
    if await queries.unit_of_participant(work.conn, meeting.id, new.answerer_id) is None:
        raise NotAParticipant
    try:
        questioning_id = await queries.insert_questioning(work.conn, meeting.id, new.item_id, new.answerer_id, work.now)
    except UniqueViolation:
        raise AnotherQuestioning from None
    await work.tell(meeting.id, QuestioningOpened(questioning_id, new.item_id, new.answerer_id, me.id))
    return questioning_id


async def finish_question(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID) -> None:
    """Nothing more to it. Who has the floor for it gives it up."""
    await work.hold(meeting.id)
    request = await queries.request(work.conn, request_id)
    if request.state != "called" or request.questioning_id is None:
        raise RequestGone
    await _done(work, meeting.id, request_id, me.id)


async def _done(work: Work, meeting_id: UUID, request_id: UUID, by: UUID) -> None:
    floor = await queries.open_floor(work.conn, meeting_id)
    if floor is not None and floor.request_id == request_id:
        await _end(work, meeting_id, floor, by)
    if await queries.set_done(work.conn, request_id, work.now):
        await work.tell(meeting_id, QuestionDone(request_id, by))


async def close_questioning(work: Work, me: Me, meeting: SeenMeeting, questioning_id: UUID) -> None:
    await work.hold(meeting.id)
    await _close_questioning(work, meeting.id, questioning_id, me.id)


async def _close_questioning(work: Work, meeting_id: UUID, questioning_id: UUID, by: UUID) -> None:
    for question in await queries.called_questions(work.conn, questioning_id):
        await _done(work, meeting_id, question, by)
    if not await queries.close_questioning(work.conn, questioning_id, work.now):
        raise NoQuestioning
    await work.tell(meeting_id, QuestioningClosed(questioning_id, by))


async def end_all(work: Work, meeting_id: UUID, by: UUID) -> None:
    """The meeting ends: nobody has the floor any more, nobody is questioned."""
    await work.hold(meeting_id)
    if floor := await queries.open_floor(work.conn, meeting_id):
        await _end(work, meeting_id, floor, by)
    if questioning := await queries.open_questioning(work.conn, meeting_id):
        await _close_questioning(work, meeting_id, questioning.id, by)


async def end_of(work: Work, meeting_id: UUID, user_id: UUID, by: UUID) -> None:
    """Somebody is no longer on the meeting's list: he has no floor, and is not questioned."""
    await work.hold(meeting_id)
    floor = await queries.open_floor(work.conn, meeting_id)
    if floor is not None and floor.user_id == user_id:
        await _end(work, meeting_id, floor, by)
    questioning = await queries.open_questioning(work.conn, meeting_id)
    if questioning is not None and questioning.answerer_id == user_id:
        await _close_questioning(work, meeting_id, questioning.id, by)
