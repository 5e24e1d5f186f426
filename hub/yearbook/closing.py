"""Closing: what has to be done first, and the freezing of the record. Nothing of a closed meeting changes any more.

The trap: words are on their way when somebody presses. So first nobody may write, everywhere; then what was sent is
waited for; then versions and record are made of what the log has, in one transaction with the change of state.
"""

import asyncio
from typing import Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting, access_meeting
from hub.db import Database, Work
from hub.documents.queries import whole
from hub.documents.reading import document_of
from hub.documents.service import LOCKED, Documents
from hub.errors import Forbidden
from hub.history.models import TEXTS, TextUnreadable
from hub.history.service import cut_version, settle
from hub.meetings.models import NEXT, MeetingStateChanged, WrongState
from hub.meetings.queries import document_ids, items, set_state, state
from hub.meetings.queries import texts as texts_of
from hub.minutes import queries as minutes
from hub.minutes.laying import is_empty
from hub.users.models import Me
from hub.votes.refusals import VoteStillOpen
from hub.yearbook import queries
from hub.yearbook.models import WEIGHTS, NotReadyToClose, RecordClosed, ToDo, Undone
from hub.yearbook.record import packed, record_of

DECIDING: Final = ("decision", "vote", "election")
SETTLE_SECONDS: Final = 10.0


async def to_do(work: Work, meeting: SeenMeeting) -> list[ToDo]:
    """In the order of weight; empty where nothing stands in the way."""
    found: list[ToDo] = []

    def add(what: Undone, of: UUID | None = None, count: int = 1) -> None:
        found.append(ToDo(what=what, weight=WEIGHTS[what], of=of, count=count))

    if (vote := await queries.open_vote(work.conn, meeting.id)) is not None:
        add("vote-open", vote)
    written = {one.item_id: one for one in await minutes.conclusions(work.conn, meeting.id)}
    shown = [item for item in await items(work.conn, meeting.id) if not item.removed and item.secrecy == "none"]
    for item in shown:
        if item.id in written and written[item.id].state != "confirmed":
            add("conclusion-unconfirmed", item.id)
    if await _minutes_empty(work, meeting.id):
        add("minutes-empty")
    for vote in await queries.prepared_votes(work.conn, meeting.id):
        add("vote-prepared", vote)
    for item in shown:
        if item.kind in DECIDING and item.id not in written and not item.conclusion:
            add("conclusion-missing", item.id)
    return found


async def _minutes_empty(work: Work, meeting_id: UUID) -> bool:
    """The frame the hub laid is a record already: it says who was there, what was decided and concluded."""
    update = await whole(work.conn, await minutes.minutes_of(work.conn, meeting_id))
    return update is None or is_empty(document_of(update))


async def close(db: Database, documents_: Documents, me: Me, meeting_id: UUID, reason: str | None) -> None:
    """By chair or secretary, after the sitting has ended. ``reason``: why what should be done is not."""
    async with db.work() as work:
        meeting = await _may(work, me, meeting_id)
        await _check(work, meeting, reason)
        texts = [text.id for text in await texts_of(work.conn, meeting_id) if text.kind in TEXTS]
        for document_id in texts:
            work.publish(f"doc-rights:{document_id}", LOCKED)
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            await asyncio.gather(*(settle(documents_, document_id) for document_id in texts))
        async with db.work() as work:
            await _freeze(work, me, meeting_id, texts, reason)
    except TimeoutError:
        raise TextUnreadable("the log does not answer") from None
    finally:
        for document_id in texts:
            db.bus.publish(f"doc-rights:{document_id}", b"changed")


async def _may(work: Work, me: Me, meeting_id: UUID) -> SeenMeeting:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    if not meeting.i_may.run:
        raise Forbidden
    await work.hold(meeting_id)
    if "closed" not in NEXT[await state(work.conn, meeting_id)]:
        raise WrongState
    return meeting


async def _check(work: Work, meeting: SeenMeeting, reason: str | None) -> list[str]:
    """What is left undone, all of it with a reason."""
    undone = await to_do(work, meeting)
    if any(one.what == "vote-open" for one in undone):
        raise VoteStillOpen
    left = list(dict.fromkeys(one.what for one in undone if one.weight == "should"))
    if left and reason is None:
        raise NotReadyToClose(", ".join(left))
    return [str(one) for one in left]


async def _freeze(work: Work, me: Me, meeting_id: UUID, texts: list[UUID], reason: str | None) -> None:
    meeting = await _may(work, me, meeting_id)
    undone = await _check(work, meeting, reason)
    for document_id in texts:
        await cut_version(work, document_id, "automatic", reason="meeting-closed", only_if_new=True)
    record, rendered = await record_of(work, meeting)
    content, digest = packed(record)
    await queries.insert_entry(
        work.conn, meeting_id, content, bytes.fromhex(digest), msgspec.json.encode(rendered), me.id, work.now
    )
    await queries.record_names(work.conn, meeting_id)
    await set_state(work.conn, meeting_id, "closed")
    upto = record["chain"]["seq"]
    await work.tell(meeting_id, RecordClosed(digest, upto, undone, me.id), reason if undone else None)
    await work.tell(meeting_id, MeetingStateChanged("closed", me.id))
    for document_id in await document_ids(work.conn, meeting_id):
        work.publish(f"doc-rights:{document_id}", b"changed")
    work.publish("history", f"{meeting_id} closed".encode())
