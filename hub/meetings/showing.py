"""A meeting as one person's screen gets it, and as a crowd's screens do: one statement, so all of it, with its ``seq``,
is as it was at one moment. What is the same for all who ask is read once, beside what is each one's own.
"""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Final, LiteralString, Self
from uuid import UUID

import msgspec

from hub.access import SeenMeeting, documents_of, read_meetings
from hub.agenda.models import AgendaItem
from hub.attendance.marking import sitting_of
from hub.attendance.queries import COUNTED, SITTING, Counted, SittingRow
from hub.attendance.states import Sitting
from hub.db import Database, Work
from hub.history.models import DocumentLock
from hub.history.queries import LOCKS_OF_MEETING, LockRow, by_document
from hub.invitations import rules
from hub.invitations import service as invitations
from hub.invitations.queries import MY_INVITATION, OWN_RULE
from hub.meetings.models import Meeting, MeetingText, Participant
from hub.meetings.queries import CURRENT_ITEM_SINCE, DRAFTED, ITEMS, PARTICIPANTS, TEXTS
from hub.minutes.models import Conclusion
from hub.minutes.queries import CONCLUSIONS
from hub.minutes.service import shown
from hub.one_statement import row, rows
from hub.papers.models import Paper
from hub.papers.queries import OPENED, UNREAD, opened_by
from hub.papers.service import reads_papers
from hub.roles.models import DocumentRole
from hub.roles.queries import GIVEN
from hub.speeches.models import Speaking
from hub.speeches.queries import SPEAKING, USUAL
from hub.together import Together
from hub.transcripts.models import CaptionSession
from hub.transcripts.queries import OPEN_SESSIONS
from hub.users.models import Me
from hub.votes import showing as votes
from hub.votes.models import Vote
from hub.votes.queries import MINE, VOTES_AS_JSON, VoteRow
from hub.votes.queries import Mine as MyVotes

TURNS: Final = 2
KEPT_PLANS: Final = "-c plan_cache_mode=force_generic_plan"


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What of a meeting is the same for all who may see it, as it is stored."""

    since: datetime | None
    participants: list[Participant]
    items: list[AgendaItem]
    texts: list[MeetingText]
    locks: list[LockRow]
    captions: list[CaptionSession]
    votes: list[VoteRow]
    speaking: Speaking
    sitting: SittingRow
    counted: list[Counted]
    conclusions: list[Conclusion]
    papers: list[Paper]
    call_rule: dict[str, Any] | None


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What is one person's own."""

    drafted: set[UUID]
    given: dict[UUID, DocumentRole]
    invitation: dict[str, Any] | None
    opened: dict[UUID, int]
    votes: MyVotes


def _of_each(answer: LiteralString) -> LiteralString:
    """For each who asks, where `meetings_asked` asks."""
    return (
        ("(SELECT " + answer + "::text FROM (SELECT s.id AS meeting, s.unit_id AS unit, s.kind, a.me) here)")
        .replace("%(meeting)s", "here.meeting")
        .replace("%(unit)s", "here.unit")
        .replace("%(kind)s", "here.kind")
        .replace("%(me)s", "here.me")
    )


READ: LiteralString = _of_each(
    "json_build_object('since', (" + CURRENT_ITEM_SINCE + "), 'participants', " + rows(PARTICIPANTS)
    + ", 'items', " + rows(ITEMS) + ", 'texts', " + rows(TEXTS) + ", 'locks', " + rows(LOCKS_OF_MEETING)
    + ", 'captions', " + rows(OPEN_SESSIONS) + ", 'votes', " + rows(VOTES_AS_JSON) + ", 'speaking', (" + SPEAKING
    + "), 'sitting', " + row(SITTING) + ", 'counted', " + rows(COUNTED) + ", 'conclusions', " + rows(CONCLUSIONS)
    + ", 'papers', " + rows(UNREAD) + ", 'call_rule', " + row(OWN_RULE) + ")"
)  # fmt: skip
OWN: LiteralString = _of_each(
    "json_build_object('drafted', (SELECT coalesce(json_agg(one.id), '[]') FROM (" + DRAFTED + ") one), 'given', ("
    + GIVEN + "), 'invitation', " + row(MY_INVITATION) + ", 'opened', (" + OPENED + "), 'votes', (" + MINE + "))"
)  # fmt: skip
# What is alike stands with the first who asks for the meeting.
SHOWN: LiteralString = (
    ", " + OWN + " AS own, CASE WHEN a.n = min(a.n) OVER (PARTITION BY s.id) THEN " + READ + " END AS read"
)


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all, as screens have it."""

    read: Read
    locked: dict[UUID, DocumentLock]
    votes: list[Vote]
    sitting: Sitting
    conclusions: list[Conclusion]


def _whole(stored: str, now: datetime) -> Whole:
    read = msgspec.json.decode(stored, type=Read)
    return Whole(
        read=read,
        locked=by_document(read.locks),
        votes=[votes.alike(vote) for vote in read.votes],
        sitting=sitting_of(read.sitting, read.counted, now),
        conclusions=shown(read.conclusions, read.items),
    )


def _to(seen: SeenMeeting, whole: Whole, stored: str) -> Meeting:
    read, own = whole.read, msgspec.json.decode(stored, type=Own)
    invitation = None
    if own.invitation is not None:
        rule = rules.in_force(rules.shipped()[seen.summary.kind], seen.summary.unit.id, read.call_rule)
        invitation = invitations.shown(own.invitation, allows=rule.substitutes)
    return Meeting(
        **msgspec.structs.asdict(seen.summary),
        current_item_id=seen.current_item_id,
        current_item_since=read.since if seen.current_item_id else None,
        seq=seen.seq,
        participants=read.participants,
        items=read.items,
        documents=documents_of(seen, read.texts, whole.locked, drafted=own.drafted, given=own.given),
        i_may=seen.i_may,
        my_invitation=invitation,
        preparing=seen.preparing,
        captions=read.captions,
        papers=opened_by(read.papers, own.opened) if reads_papers(seen) else [],
        votes=votes.joined(whole.votes, own.votes),
        speaking=read.speaking,
        sitting=whole.sitting,
        conclusions=whole.conclusions,
    )


async def _shown(work: Work, asked: Sequence[tuple[Me, UUID]]) -> list[Meeting | Exception]:
    wholes: dict[UUID, Whole] = {}
    found: list[Meeting | Exception] = []
    for one in await read_meetings(work.conn, asked, SHOWN, {"usual": USUAL}):
        if not isinstance(one, tuple):
            found.append(one())
            continue
        seen, stored = one
        if seen.id not in wholes:
            wholes[seen.id] = _whole(stored["read"], work.now)
        found.append(_to(seen, wholes[seen.id], stored["own"]))
    return found


async def show(work: Work, me: Me, meeting_id: UUID) -> Meeting:
    [found] = await _shown(work, [(me, meeting_id)])
    if isinstance(found, Exception):
        raise found
    return found


class Screens(Together[tuple[Me, UUID], Meeting]):
    """Meetings for screens that open, for the life of the app. Whoever asks meanwhile is shown the next reading."""

    def __init__(self, db: Database) -> None:
        """On connections of its own, which keep the plan of that one long statement: it takes longer to make than to
        carry out, and the first crowd of the day would wait while each of ten connections makes it anew."""
        super().__init__(self._show, turns=TURNS)
        self._db = Database(db.conninfo, db.bus, db.clock, pool_size=TURNS, autocommit=True, options=KEPT_PLANS)

    async def __aenter__(self) -> Self:
        await self._db.__aenter__()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            await self._db.__aexit__(kind, error, trace)

    async def _show(self, asked: Sequence[tuple[Me, UUID]]) -> list[Meeting | Exception]:
        async with self._db.look() as look:
            return await _shown(look, asked)
