"""The same state as the database has it, so that a line and its rows can be compared."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from hub.attendance import queries as attendance
from hub.attendance.history import Stay
from hub.attendance.states import Change
from hub.meetings import queries as meetings
from hub.replay.fold import figures
from hub.replay.models import State
from hub.speeches.queries import speaking
from hub.speeches.replay import speaking_stored, speaking_told
from hub.transcripts.queries import open_sessions
from hub.votes import queries as votes

Conn = AsyncConnection[Any]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What both can say. Titles, seats and other texts are not in a line; items nobody came to are left out."""

    state: str
    paused: bool
    current_item_id: UUID | None
    items: dict[UUID, tuple[str, bool, int]]
    people: dict[UUID, str]
    voters: set[UUID]
    whereabouts: dict[UUID, Stay | None]
    told: list[Change]
    rules: tuple[bool, int | None, str | None]
    secrecy: dict[UUID, str]
    documents: dict[UUID, str]
    votes: dict[UUID, dict[str, Any]]
    microphones: dict[UUID, str]
    speaking: dict[str, Any]


def told_of(state: State) -> Compared:
    """What the line says."""
    course = state.course
    return Compared(
        state=course.state,
        paused=course.paused_since is not None,
        current_item_id=course.current_item_id,
        items={
            item_id: (item.state, item.running_since is not None, item.held_ms) for item_id, item in course.item.items()
        },
        people=state.people,
        voters=state.voters(),
        whereabouts=state.whereabouts(),
        told=state.told,
        rules=(state.online_allowed, state.members, state.quorum_rule),
        secrecy={item_id: secrecy for item_id, secrecy in state.secrecy.items() if secrecy != "none"},
        documents=state.documents,
        votes={vote_id: _vote(msgspec.structs.asdict(vote)) for vote_id, vote in state.votes.items()},
        microphones=state.microphones,
        speaking=speaking_told(state.speeches),
    )


async def stored(conn: Conn, meeting_id: UUID) -> Compared:
    """What the rows say."""
    sitting = await attendance.sitting(conn, meeting_id)
    people = await meetings.participants(conn, meeting_id)
    items = await meetings.items(conn, meeting_id)
    return Compared(
        state=sitting.state,
        paused=sitting.paused_at is not None,
        current_item_id=sitting.current_item_id,
        items={i.id: (i.state, i.running_since is not None, i.held_ms) for i in items if i.state != "waiting"},
        people={one.user_id: one.role for one in people},
        voters={one.user_id for one in people if one.votes},
        whereabouts={
            one.user_id: Stay(one.attendance, one.since, None) if one.since is not None else None for one in people
        },
        told=await attendance.changes(conn, meeting_id),
        rules=(sitting.online_allowed, sitting.members, sitting.quorum_rule),
        secrecy={item.id: item.secrecy for item in items if item.secrecy != "none"},
        documents={text.id: text.kind for text in await meetings.texts(conn, meeting_id)},
        votes={vote.id: _vote(_row(vote)) for vote in await votes.votes(conn, meeting_id)},
        microphones={session.session_id: session.state for session in await open_sessions(conn, meeting_id)},
        speaking=speaking_stored(await speaking(conn, meeting_id)),
    )


def _row(vote: votes.VoteRow) -> dict[str, Any]:
    row = msgspec.structs.asdict(vote)
    result = vote.result and figures(vote.result | vote.result["tally"])
    opened = vote.state != "prepared"
    return row | {"result": result, "rule": vote.rule_id, "members": vote.members if opened else None}


def _vote(of: dict[str, Any]) -> dict[str, Any]:
    same = ("item_ids", "state", "members", "present", "opened_at", "closed_at", "ends_at", "left_ms", "result")
    return {name: of[name] for name in same} | {"rule": of["rule"] if of["state"] != "prepared" else None}
