"""A meeting as one person's screen gets it, and as a crowd's screens do: what is the same for all of them is read once
for who asks together, what is each one's own is asked of each. All of it, with its ``seq``, as it was at one moment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.access import SeenMeeting, access_meeting, access_meetings, documents_of
from hub.agenda.models import AgendaItem
from hub.attendance.marking import sitting_of
from hub.attendance.states import Sitting
from hub.db import Database, Work
from hub.history.models import DocumentLock
from hub.history.queries import locks
from hub.invitations import service as invitations
from hub.meetings import queries
from hub.meetings.models import Meeting, MeetingDocument, Participant
from hub.minutes.models import Conclusion
from hub.minutes.service import conclusions_of
from hub.papers.service import papers_of
from hub.speeches.models import Speaking
from hub.speeches.queries import speaking
from hub.together import Together
from hub.transcripts.models import CaptionSession
from hub.transcripts.queries import open_sessions
from hub.users.models import Me
from hub.votes.models import Vote
from hub.votes.showing import votes_alike, with_mine

TURNS: Final = 3


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What of a meeting is the same for all who may see it."""

    current_item_since: datetime | None
    participants: list[Participant]
    items: list[AgendaItem]
    texts: list[dict[str, Any]]
    locked: dict[UUID, DocumentLock]
    captions: list[CaptionSession]
    votes: list[Vote]
    speaking: Speaking
    sitting: Sitting
    conclusions: list[Conclusion]
    called: bool
    """Somebody was invited."""
    has_papers: bool


async def show(work: Work, me: Me, meeting_id: UUID) -> Meeting:
    seen = await access_meeting(work.conn, me, meeting_id)
    return await _to(work, me, seen, await _whole(work, meeting_id))


async def texts_of(work: Work, me: Me, seen: SeenMeeting) -> list[MeetingDocument]:
    rows = await queries.documents(work.conn, seen.id)
    return await documents_of(work.conn, me, seen, rows, await locks(work.conn, [row["id"] for row in rows]))


async def _whole(work: Work, meeting_id: UUID) -> Whole:
    conn = work.conn
    items = await queries.items(conn, meeting_id)
    texts = await queries.documents(conn, meeting_id)
    called, has_papers = await queries.has_calls_and_papers(conn, meeting_id)
    return Whole(
        current_item_since=await queries.current_item_since(conn, meeting_id),
        participants=await queries.participants(conn, meeting_id),
        items=items,
        texts=texts,
        locked=await locks(conn, [text["id"] for text in texts]) if texts else {},
        captions=await open_sessions(conn, meeting_id),
        votes=await votes_alike(work, meeting_id),
        speaking=await speaking(conn, meeting_id),
        sitting=await sitting_of(work, meeting_id),
        conclusions=await conclusions_of(work, meeting_id, items),
        called=called,
        has_papers=has_papers,
    )


async def _to(work: Work, me: Me, seen: SeenMeeting, whole: Whole) -> Meeting:
    return Meeting(
        **msgspec.structs.asdict(seen.summary),
        current_item_id=seen.current_item_id,
        current_item_since=whole.current_item_since if seen.current_item_id else None,
        seq=seen.seq,
        participants=whole.participants,
        items=whole.items,
        documents=await documents_of(work.conn, me, seen, whole.texts, whole.locked) if whole.texts else [],
        i_may=seen.i_may,
        my_invitation=await invitations.my_invitation(work, me, seen) if whole.called else None,
        preparing=seen.preparing,
        captions=whole.captions,
        papers=await papers_of(work, me, seen) if whole.has_papers else [],
        votes=await with_mine(work, me, seen.id, whole.votes),
        speaking=whole.speaking,
        sitting=whole.sitting,
        conclusions=whole.conclusions,
    )


class Screens(Together[tuple[Me, UUID], Meeting]):
    """Meetings for screens that open, for the life of the app. Whoever asks meanwhile is shown the next reading."""

    def __init__(self, db: Database) -> None:
        super().__init__(self._show, turns=TURNS)
        self._db = db

    async def _show(self, asked: Sequence[tuple[Me, UUID]]) -> list[Meeting | Exception]:
        async with self._db.work() as work:
            # A fact that is in the lists and not in ``seq`` would be told, and done, once more.
            await work.of_one_moment()
            wholes: dict[UUID, Whole] = {}
            shown: list[Meeting | Exception] = []
            for (me, _), seen in zip(asked, await access_meetings(work.conn, asked), strict=True):
                if not isinstance(seen, SeenMeeting):
                    shown.append(seen())
                    continue
                if seen.id not in wholes:
                    wholes[seen.id] = await _whole(work, seen.id)
                shown.append(await _to(work, me, seen, wholes[seen.id]))
            return shown
