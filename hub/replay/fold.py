"""One fact after the other. Each function knows one slice and leaves the others' facts alone.

A newcomer's trap: what follows from a fact is not told. The start of an item says that the one before is done;
``hub/agenda/service.py`` does to the rows what is done here to the state.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hub.agenda.models import (
    AgendaChanged,
    AgendaItemSecrecyChanged,
    AgendaItemSkipped,
    AgendaItemStarted,
    MeetingPaused,
    MeetingResumed,
)
from hub.attendance.history import arrival
from hub.attendance.models import (
    AttendanceChanged,
    AttendanceRulesChanged,
    AttendanceUndone,
    ParticipantCheckedIn,
    ParticipantCheckInUndone,
)
from hub.attendance.states import Change
from hub.events import Event
from hub.history.models import DocumentLocked, DocumentUnlocked
from hub.meetings.models import DocumentCreated, MeetingCreated, MeetingStateChanged
from hub.participants.models import ParticipantsChanged
from hub.replay.facts import Fact
from hub.replay.models import Course, Item, ReplayedVote, State
from hub.speeches import replay as speeches
from hub.transcripts.models import CaptionsPaused, CaptionsResumed, CaptionsStarted, CaptionsStopped
from hub.votes.events import VoteAnnulled, VoteClosed, VoteOpened, VotePaused, VotePrepared, VoteResulted, VoteResumed


def replay(line: Iterable[Fact]) -> State:
    """The whole state, from the first fact to the last given."""
    state = State()
    for fact in line:
        step(state, fact)
    return state


def step(state: State, fact: Fact) -> None:
    state.seq = fact.seq
    if fact.event is not None:
        for follow in FOLLOW:
            follow(state, fact, fact.event)


def course_of(line: Iterable[Fact]) -> Course:
    return replay(line).course


def _course(state: State, fact: Fact, event: Event) -> None:
    course, at = state.course, fact.at
    match event:
        case MeetingCreated():
            course.state = "draft"
        case MeetingStateChanged(state="running"):
            course.state = "running"
            course.running.append((at, None))
        case MeetingStateChanged(state=to):
            course.state, course.paused_since = to, None
            _stop(course.running, at)
        case MeetingPaused():
            course.paused_since = at
            _stop(course.running, at)
            if course.current_item_id is not None:
                _stop(course.item[course.current_item_id].turns, at)
        case MeetingResumed():
            course.paused_since = None
            course.running.append((at, None))
            if course.current_item_id is not None:
                course.item[course.current_item_id].turns.append((at, None))
        case AgendaItemStarted(item_id=item_id):
            _move(course, item_id, at)
        case AgendaItemSkipped(item_id=item_id):
            course.item.setdefault(item_id, Item()).state = "skipped"


def _move(course: Course, item_id: UUID | None, at: datetime) -> None:
    if course.current_item_id is not None:
        left = course.item[course.current_item_id]
        left.state = "done"
        _stop(left.turns, at)
    course.current_item_id, course.current_item_since = item_id, at if item_id is not None else None
    if item_id is not None:
        item = course.item.setdefault(item_id, Item())
        item.state = "running"
        item.turns.append((at, None))


def _stop(turns: list[tuple[datetime, datetime | None]], at: datetime) -> None:
    if turns and turns[-1][1] is None:
        turns[-1] = (turns[-1][0], at)


def _people(state: State, fact: Fact, event: Event) -> None:
    match event:
        case ParticipantsChanged(change="removed", user_ids=gone):
            for user_id in gone:
                state.people.pop(user_id, None)
                state.said_votes.pop(user_id, None)
        case ParticipantsChanged(change="added" | "role", user_ids=people, role=role) if role is not None:
            state.people |= dict.fromkeys(people, role)
            for user_id in people:
                state.said_votes.pop(user_id, None)
        case ParticipantsChanged(change="votes", user_ids=people, votes=votes) if votes is not None:
            state.said_votes |= dict.fromkeys(people, votes)


def _attendance(state: State, fact: Fact, event: Event) -> None:
    match event:
        case ParticipantCheckedIn(user_id=user_id, how=how, by=by):
            state.told.append(
                Change(
                    seq=fact.seq, user_id=user_id, state="room", since=fact.at, told_at=fact.at, how=how, by_id=by,
                    item_id=None, undone_seq=None,
                )
            )  # fmt: skip
        case AttendanceChanged(user_id=user_id, state=to, since=since, how=how, item_id=item_id, by=by):
            state.told.append(
                Change(
                    seq=fact.seq, user_id=user_id, state=to, since=msgspec.convert(since, datetime), told_at=fact.at,
                    how=how, by_id=by, item_id=item_id, undone_seq=None,
                )
            )  # fmt: skip
        case ParticipantCheckInUndone(user_id=user_id):
            his = [change for change in state.told if change.user_id == user_id]
            _take_back(state, {change.seq for change in arrival(his)}, fact.seq)
        case AttendanceUndone(change=seq):
            _take_back(state, {seq}, fact.seq)
        case AttendanceRulesChanged(online_allowed=online, members=members, rule=rule):
            state.online_allowed, state.members, state.quorum_rule = online, members, rule


def _take_back(state: State, seqs: set[int], by: int) -> None:
    state.told = [
        msgspec.structs.replace(change, undone_seq=by) if change.seq in seqs else change for change in state.told
    ]


def _papers(state: State, fact: Fact, event: Event) -> None:
    match event:
        case AgendaChanged(items=items):
            state.order = items
        case AgendaItemSecrecyChanged(item_id=item_id, secrecy=secrecy):
            state.secrecy[item_id] = secrecy
        case DocumentCreated(document_id=document_id, document_kind=kind):
            state.documents[document_id] = kind
        case DocumentLocked(document_id=document_id, number=number):
            state.locked[document_id] = number
        case DocumentUnlocked(document_id=document_id):
            state.locked.pop(document_id, None)


def _votes(state: State, fact: Fact, event: Event) -> None:
    match event:
        case VotePrepared(change="removed", vote_id=vote_id):
            state.votes.pop(vote_id, None)
        case VotePrepared(vote_id=vote_id, item_ids=item_ids):
            state.votes[vote_id] = ReplayedVote(item_ids)
        case VoteOpened(vote_id=vote_id):
            state.votes[vote_id] = ReplayedVote(
                event.item_ids,
                "open",
                members=event.members,
                present=event.present,
                opened_at=fact.at,
                ends_at=_after(fact.at, event.seconds and 1000 * event.seconds),
                rehearsal=event.rehearsal,
                rule=event.rule,
            )
        case VotePaused(vote_id=vote_id):
            vote = state.votes[vote_id]
            vote.state, vote.ends_at, vote.left_ms = "paused", None, event.left_ms
        case VoteResumed(vote_id=vote_id):
            vote = state.votes[vote_id]
            vote.state, vote.ends_at, vote.left_ms = "open", _after(fact.at, event.left_ms), None
        case VoteClosed(vote_id=vote_id):
            vote = state.votes[vote_id]
            vote.state, vote.closed_at, vote.ends_at, vote.left_ms = "closed", fact.at, None, None
        case VoteResulted(vote_id=vote_id):
            vote = state.votes[vote_id]
            vote.present, vote.result = event.present, figures(msgspec.structs.asdict(event))
        case VoteAnnulled(vote_id=vote_id):
            vote = state.votes[vote_id]
            vote.state, vote.closed_at, vote.ends_at, vote.left_ms = "annulled", fact.at, None, None


def _after(at: datetime, ms: int | None) -> datetime | None:
    return at + timedelta(milliseconds=ms) if ms is not None else None


FIGURES = (
    "passed", "members", "present", "issued", "returned", "agree", "disagree", "abstain", "other", "invalid",
    "deemed_agree", "counts", "elected", "undecided", "base", "needed", "by_chair",
)  # fmt: skip


def figures(of: dict[str, object]) -> dict[str, object]:
    """What the line has of a result: all but its sentence."""
    return {name: of[name] for name in FIGURES}


def _captions(state: State, fact: Fact, event: Event) -> None:
    match event:
        case CaptionsStarted(session_id=session_id):
            state.microphones[session_id] = "up"
        case CaptionsPaused(session_id=session_id) if session_id in state.microphones:
            state.microphones[session_id] = "paused"
        case CaptionsResumed(session_id=session_id) if session_id in state.microphones:
            state.microphones[session_id] = "up"
        case CaptionsStopped(session_id=session_id):
            state.microphones.pop(session_id, None)


def _speeches(state: State, fact: Fact, event: Event) -> None:
    """Requests, the floor and questioning are followed in their own slice."""
    speeches.step(state.speeches, event.kind, msgspec.to_builtins(event), fact.at)


FOLLOW: tuple[Callable[[State, Fact, Event], None], ...] = (
    _course,
    _people,
    _attendance,
    _papers,
    _votes,
    _captions,
    _speeches,
)

# Of these families every kind of fact is followed, or named here as saying nothing of the state.
FAMILIES = frozenset({"participant", "participants", "attendance", "vote", "captions"})
SAYS_NOTHING = frozenset({"vote.quorum_waived"})  # the vote opens by a fact of its own
