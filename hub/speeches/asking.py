"""The rules of asking to speak: who may, where it is put, who moves it, and how it leaves the queue."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from hub.access import SeenMeeting, refuse_secret_item
from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.meetings.models import WrongState
from hub.meetings.queries import items
from hub.meetings.queries import state as meeting_state
from hub.speeches import queries
from hub.speeches.models import (
    AlreadyRegistered,
    ChangedSpeechRequest,
    NewSpeechRequest,
    NotAParticipant,
    QueueClosed,
    RequestGone,
    SpeechChanged,
    SpeechMoved,
    SpeechPlace,
    SpeechRemoved,
    SpeechRequest,
    SpeechRequested,
    SpeechRestored,
    SpeechWithdrawn,
    TooLateToUndo,
    TooManySpeechRequests,
)
from hub.speeches.queue import place_of, put, same_queue, without
from hub.users.models import Me

ASK_IN = ("published", "running")
REQUESTS, REQUESTS_OF_ONE = 2000, 60  # of one meeting, those taken back counted too
UNDO_SECONDS = 12  # ten on the screen, and the way here


async def register(work: Work, me: Me, meeting: SeenMeeting, new: NewSpeechRequest) -> SpeechPlace:
    """Before the meeting and during; chair and secretary may add somebody by hand, also where the queue is closed."""
    user_id = new.user_id or me.id
    if user_id != me.id and not meeting.i_may.run:
        raise Forbidden
    new = _tidy(new)
    await work.hold(meeting.id)
    await _check_state(work, meeting)
    if await queries.unit_of_participant(work.conn, meeting.id, user_id) is None:
        raise NotAParticipant
    await check_item(work, meeting.id, new.item_id)
    await _check_words(work, meeting, new.item_id, new)
    if not meeting.i_may.run and (await queries.settings_for(work.conn, meeting.id, new.item_id))[1]:
        raise QueueClosed
    everybody, his = await queries.count_requests(work.conn, meeting.id, user_id)
    if everybody >= REQUESTS or his >= REQUESTS_OF_ONE:
        raise TooManySpeechRequests
    queue = await queries.waiting(work.conn, meeting.id)
    place = place_of(queue, new)
    try:
        request_id = await queries.insert_request(work.conn, meeting.id, user_id, new, me.id, work.now)
    except UniqueViolation:
        raise AlreadyRegistered from None
    await queries.write_order(work.conn, put([one.id for one in queue], request_id, place))
    told = SpeechRequested(request_id, user_id, new.item_id, new.kind, new.addressee_id, place, me.id)
    await work.tell(meeting.id, told, words_of(new.topic, new.question))
    ahead = sum(same_queue(one, new) for one in queue[:place])
    return SpeechPlace(request_id, ahead + 1)


def words_of(topic: str, question: str) -> str | None:
    """As they are told: the topic, and below it the question where one was written."""
    return f"{topic}\n{question}" if question else topic or None


def _tidy(new: Any) -> Any:
    topic = " ".join(new.topic.split())
    return msgspec.structs.replace(new, topic=topic, question=new.question.strip() if new.kind == "question" else "")


async def _check_state(work: Work, meeting: SeenMeeting) -> None:
    if await meeting_state(work.conn, meeting.id) not in ASK_IN:
        raise WrongState


async def _check_open(work: Work, meeting: SeenMeeting) -> None:
    """What waits in the queue stays as it was when the record was closed."""
    if await meeting_state(work.conn, meeting.id) == "closed":
        raise WrongState


async def check_item(work: Work, meeting_id: UUID, item_id: UUID | None) -> None:
    if item_id is None:
        return
    there = {item.id for item in await items(work.conn, meeting_id) if not item.removed}
    if item_id not in there:
        raise NotFound


async def _check_words(
    work: Work, meeting: SeenMeeting, item_id: UUID | None, new: NewSpeechRequest | ChangedSpeechRequest
) -> None:
    """What would be asked on a secret item is not written here; somebody questioned takes part in the meeting."""
    if new.topic or new.question:
        await refuse_secret_item(work.conn, item_id)
    if new.addressee_id is not None:
        if new.kind != "question":
            raise NotFound
        if await queries.unit_of_participant(work.conn, meeting.id, new.addressee_id) is None:
            raise NotAParticipant


async def change(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID, changed: ChangedSpeechRequest) -> None:
    """By whose it is, while it waits. With another kind it is put where such a request belongs."""
    changed = _tidy(changed)
    await work.hold(meeting.id)
    await _check_state(work, meeting)
    request, queue, place = await _waiting(work, meeting.id, request_id)
    if request.user_id != me.id and not meeting.i_may.run:
        raise Forbidden
    await _check_words(work, meeting, request.item_id, changed)
    others = without(queue, request)
    if changed.kind != request.kind:
        place = place_of(others, msgspec.structs.replace(request, kind=changed.kind))
    try:
        await queries.change_request(
            work.conn, request_id, changed.kind, changed.addressee_id, changed.topic, changed.question
        )
    except UniqueViolation:
        raise AlreadyRegistered from None
    await queries.write_order(work.conn, put([one.id for one in others], request_id, place))
    told = SpeechChanged(request_id, changed.kind, changed.addressee_id, place, me.id)
    await work.tell(meeting.id, told, words_of(changed.topic, changed.question))


async def move(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID, before: UUID | None) -> None:
    """The place is named by who comes next, so that of two consoles neither moves what it did not mean."""
    await work.hold(meeting.id)
    await _check_open(work, meeting)
    _, queue, _ = await _waiting(work, meeting.id, request_id)
    ids = [one.id for one in queue]
    others = without(ids, request_id)
    if before is not None and before not in others:
        raise RequestGone
    place = len(others) if before is None else others.index(before)
    moved = put(others, request_id, place)
    if moved == ids:
        return
    await queries.write_order(work.conn, moved)
    await work.tell(meeting.id, SpeechMoved(request_id, place, me.id))


async def withdraw(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID) -> None:
    """By whose it is; the chair removes, with a reason."""
    await work.hold(meeting.id)
    await _check_open(work, meeting)
    request, _, place = await _waiting(work, meeting.id, request_id)
    if request.user_id != me.id:
        raise Forbidden
    await queries.leave_queue(work.conn, request_id, "withdrawn", place, work.now)
    await work.tell(meeting.id, SpeechWithdrawn(request_id, me.id))


async def remove(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID, reason: str) -> None:
    await work.hold(meeting.id)
    await _check_open(work, meeting)
    _, _, place = await _waiting(work, meeting.id, request_id)
    await queries.leave_queue(work.conn, request_id, "removed", place, work.now)
    await work.tell(meeting.id, SpeechRemoved(request_id, me.id), reason)


async def restore(work: Work, me: Me, meeting: SeenMeeting, request_id: UUID) -> None:
    """The undo of a withdrawal, by whose it is, and of a removal, by who leads: back where it stood."""
    await work.hold(meeting.id)
    await _check_open(work, meeting)
    request = await queries.request(work.conn, request_id)
    state, place, left_at = await queries.left(work.conn, request_id)
    if state not in ("withdrawn", "removed") or (state == "withdrawn" and request.user_id != me.id):
        raise RequestGone
    if state == "removed" and not meeting.i_may.run:
        raise Forbidden
    if left_at is None or (work.now - left_at).total_seconds() > UNDO_SECONDS:
        raise TooLateToUndo
    place = await put_back(work, meeting.id, request_id, place)
    await work.tell(meeting.id, SpeechRestored(request_id, place, me.id))


async def put_back(work: Work, meeting_id: UUID, request_id: UUID, place: int) -> int:
    """Into the queue again; returns the place it has now."""
    ids = [one.id for one in await queries.waiting(work.conn, meeting_id)]
    place = min(place, len(ids))
    try:
        await queries.return_to_queue(work.conn, request_id)
    except UniqueViolation:
        raise AlreadyRegistered from None
    await queries.write_order(work.conn, put(ids, request_id, place))
    return place


async def take_off(work: Work, meeting_id: UUID, user_id: UUID, by: UUID) -> None:
    """Somebody is no longer on the meeting's list: nothing of his waits."""
    await work.hold(meeting_id)
    for request in await queries.waiting(work.conn, meeting_id):
        if request.user_id == user_id:
            await queries.leave_queue(work.conn, request.id, "withdrawn", 0, work.now)
            await work.tell(meeting_id, SpeechWithdrawn(request.id, by))


async def _waiting(work: Work, meeting_id: UUID, request_id: UUID) -> tuple[SpeechRequest, list[SpeechRequest], int]:
    """The request, the queue it is in, and its place there."""
    queue = await queries.waiting(work.conn, meeting_id)
    for place, request in enumerate(queue):
        if request.id == request_id:
            return request, queue, place
    raise RequestGone
