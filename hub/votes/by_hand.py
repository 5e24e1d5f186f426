"""Votes on paper, entered by two people who do not see each other's entry: open ballots, and counts of secret ones."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from hub.access import SeenMeeting
from hub.db import Work
from hub.users.models import Me
from hub.votes import queries
from hub.votes.casting import new_receipt
from hub.votes.models import PaperBallot, PaperCount, PaperCountEntered
from hub.votes.queries import VoteRow
from hub.votes.refusals import (
    AlreadyVoted,
    BadCount,
    NotAVoter,
    PaperCountMissing,
    PaperDiffers,
    SecretVote,
    UnknownChoice,
    VoteNotOpen,
)
from hub.votes.rulebook import shipped


def answers_of(vote: VoteRow) -> set[str]:
    if vote.kind == "election":
        return {str(number) for number in range(1, len(vote.options) + 1)}
    return set(shipped()[vote.rule_id, vote.rule_version].choices)


async def enter_ballot(work: Work, me: Me, meeting: SeenMeeting, vote_id: UUID, paper: PaperBallot) -> bool:
    """True: counted. The first entry waits; an entry by the same person replaces his own."""
    await work.hold(meeting.id)
    vote = await _shared(work, vote_id)
    if vote.secrecy == "secret":
        raise SecretVote
    choice, most = sorted(paper.choice), vote.choose if vote.kind == "election" else 1
    if not 1 <= len(choice) <= most or len(set(choice)) != len(choice) or set(choice) - answers_of(vote):
        raise UnknownChoice
    if not await _is_voter(work, vote.id, paper.user_id):
        raise NotAVoter
    first = await _first_entry(work, vote.id, paper.user_id)
    if first is None or first["entered_by"] == me.id:
        await _keep_entry(work, vote.id, paper.user_id, choice, me.id)
        return False
    if first["choice"] != choice:
        raise PaperDiffers
    cursor = await work.conn.execute(
        "INSERT INTO ballot (vote_id, user_id, choice, receipt, cast_at, entered_by, confirmed_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (vote.id, paper.user_id, choice, new_receipt(), work.now, first["entered_by"], me.id),
    )
    if cursor.rowcount == 0:
        raise AlreadyVoted
    await work.conn.execute("DELETE FROM ballot_entered WHERE vote_id = %s AND user_id = %s", (vote.id, paper.user_id))
    return True


async def _shared(work: Work, vote_id: UUID) -> VoteRow:
    """The open vote, its row shared until the commit, as a ballot's is: a close waits for us."""
    await work.conn.execute("SELECT 1 FROM vote WHERE id = %s FOR SHARE", (vote_id,))
    vote = await queries.vote(work.conn, vote_id)
    if vote is None or vote.state != "open":
        raise VoteNotOpen
    return vote


async def _is_voter(work: Work, vote_id: UUID, user_id: UUID) -> bool:
    """A paper in the room is of somebody in the room: who handed it out saw him."""
    cursor = await work.conn.execute("SELECT 1 FROM vote_voter WHERE vote_id = %s AND user_id = %s", (vote_id, user_id))
    return await cursor.fetchone() is not None


async def _first_entry(work: Work, vote_id: UUID, user_id: UUID) -> dict[str, Any] | None:
    cursor = await work.conn.cursor(row_factory=dict_row).execute(
        "SELECT choice, entered_by FROM ballot_entered WHERE vote_id = %s AND user_id = %s", (vote_id, user_id)
    )
    return await cursor.fetchone()


async def _keep_entry(work: Work, vote_id: UUID, user_id: UUID, choice: list[str], by: UUID) -> None:
    await work.conn.execute(
        "INSERT INTO ballot_entered (vote_id, user_id, choice, entered_by, at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (vote_id, user_id) DO UPDATE SET choice = excluded.choice, at = excluded.at",
        (vote_id, user_id, choice, by, work.now),
    )


async def enter_count(work: Work, me: Me, meeting: SeenMeeting, vote_id: UUID, count: PaperCount) -> PaperCountEntered:
    """Each person's own count; his next one replaces it."""
    await work.hold(meeting.id)
    vote = await _shared(work, vote_id)
    if not vote.on_paper:
        raise BadCount("on_paper")
    check(vote, count)
    await work.conn.execute(
        "INSERT INTO paper_count (vote_id, entered_by, counts, at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (vote_id, entered_by) DO UPDATE SET counts = excluded.counts, at = excluded.at",
        (vote.id, me.id, msgspec.json.encode(count).decode(), work.now),
    )
    entered = await _counts(work, vote.id)
    return PaperCountEntered(len(entered), _agree(entered) is not None if len(entered) > 1 else None)


def check(vote: VoteRow, count: PaperCount) -> None:
    """What cannot be is refused where it is typed."""
    valid, voters = count.returned - count.invalid, sum(count.counts.values())
    most = vote.choose if vote.kind == "election" else 1
    if set(count.counts) - answers_of(vote):
        raise UnknownChoice
    if not valid <= voters <= valid * most or count.returned > count.issued or count.issued > (vote.members or 0):
        raise BadCount(f"{voters}/{valid}/{count.issued}")
    if max(count.counts.values(), default=0) > valid:
        raise BadCount(f"{max(count.counts.values())}/{valid}")


async def agreed_count(work: Work, vote: VoteRow) -> PaperCount:
    """What two people counted alike; without it the vote cannot be closed."""
    found = _agree(await _counts(work, vote.id))
    if found is None:
        raise PaperCountMissing
    return found


def _agree(entered: list[PaperCount]) -> PaperCount | None:
    """The count all who counted agree on, two at least."""
    return entered[0] if len(entered) > 1 and all(one == entered[0] for one in entered) else None


async def _counts(work: Work, vote_id: UUID) -> list[PaperCount]:
    cursor = await work.conn.execute("SELECT counts FROM paper_count WHERE vote_id = %s ORDER BY at", (vote_id,))
    return [msgspec.convert(row[0], PaperCount) for row in await cursor.fetchall()]
