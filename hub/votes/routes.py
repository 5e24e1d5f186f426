"""Votes over HTTP. Casting goes past ``me`` and ``work``: its session is asked in the ballots' own statement."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hub import auth
from hub.access import access_meeting
from hub.db import Database, Work
from hub.reception import Reception
from hub.users.models import Me
from hub.votes import by_hand, export, queries, service, showing
from hub.votes.casting import BallotBox
from hub.votes.models import (
    Blinded,
    MyBallot,
    NewBallot,
    NewPaper,
    NewVote,
    Opening,
    PaperBallot,
    PaperBallotEntered,
    PaperCount,
    PaperCountEntered,
    PaperReceipt,
    PaperShown,
    RollLine,
    RuleShown,
    Signed,
    Vote,
    Voter,
    Why,
)
from hub.votes.papers import PaperBox

TAGS = ["Votes (biểu quyết)"]


@get("/api/vote-rules", tags=TAGS)
async def list_rules(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[RuleShown]:
    """The rules in force today, each with its source and how sure it is."""
    return showing.rules(work)


@get("/api/meetings/{meeting_id:uuid}/votes", tags=TAGS)
async def list_votes(
    meeting_id: FromPath[UUID],
    me: NamedDependency[Me],
    reception: NamedDependency[Reception],
    db: NamedDependency[Database],
) -> list[Vote]:
    """In the order the meeting goes through them, with my own ballots."""
    _, votes = await reception.of_meeting(showing.votes_alike, me, meeting_id)
    if not votes:
        return []
    async with db.look() as look:
        return await showing.with_mine(look, me, meeting_id, votes)


@post("/api/meetings/{meeting_id:uuid}/votes", tags=TAGS)
async def prepare_vote(
    meeting_id: FromPath[UUID], data: JSONBody[NewVote], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Vote:
    meeting = await access_meeting(work.conn, me, meeting_id, "manage")
    vote_id = await service.prepare(work, me, meeting, data)
    return await _shown(work, me, vote_id)


@get("/api/votes/{vote_id:uuid}", tags=TAGS)
async def get_vote(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Vote:
    await service.access_vote(work, me, vote_id)
    return await _shown(work, me, vote_id)


@put("/api/votes/{vote_id:uuid}", tags=TAGS)
async def change_vote(
    vote_id: FromPath[UUID], data: JSONBody[NewVote], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Vote:
    """All of it, until it is opened; then 409 wrong-state."""
    vote, meeting = await service.access_vote(work, me, vote_id, "manage")
    await service.change(work, me, meeting, vote, data)
    return await _shown(work, me, vote_id)


@delete("/api/votes/{vote_id:uuid}", tags=TAGS)
async def remove_vote(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    vote, meeting = await service.access_vote(work, me, vote_id, "manage")
    await service.remove(work, me, meeting, vote)


@post("/api/votes/{vote_id:uuid}/open", status_code=200, tags=TAGS)
async def open_vote(
    vote_id: FromPath[UUID], data: JSONBody[Opening], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Vote:
    """Refused with 409 no-quorum unless ``without_quorum`` says why; the reason is told and kept."""
    _, meeting = await service.access_vote(work, me, vote_id, "run")
    await service.open_vote(work, me, meeting, vote_id, data)
    return await _shown(work, me, vote_id)


@post("/api/votes/{vote_id:uuid}/pause", status_code=204, tags=TAGS)
async def pause_vote(
    vote_id: FromPath[UUID], data: JSONBody[Why], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    vote, meeting = await service.access_vote(work, me, vote_id, "run")
    await service.pause(work, me, meeting, vote, data.reason)


@post("/api/votes/{vote_id:uuid}/resume", status_code=204, tags=TAGS)
async def resume_vote(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    vote, meeting = await service.access_vote(work, me, vote_id, "run")
    await service.resume(work, me, meeting, vote)


@post("/api/votes/{vote_id:uuid}/close", status_code=200, tags=TAGS)
async def close_vote(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Vote:
    """Counts what came before; a ballot that comes now is refused with 409 vote-not-open."""
    vote, _ = await service.access_vote(work, me, vote_id, "run")
    await service.close(work, me.id, vote)
    return await _shown(work, me, vote_id)


@post("/api/votes/{vote_id:uuid}/annul", status_code=204, tags=TAGS)
async def annul_vote(
    vote_id: FromPath[UUID], data: JSONBody[Why], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    vote, meeting = await service.access_vote(work, me, vote_id, "run")
    await service.annul(work, me, meeting, vote, data.reason)


@post("/api/votes/{vote_id:uuid}/ballot", status_code=200, tags=TAGS)
async def cast_ballot(
    request: Request[Any, Any, Any],
    vote_id: FromPath[UUID],
    data: JSONBody[NewBallot],
    box: NamedDependency[BallotBox],
) -> MyBallot:
    """My answer, and its receipt once it is on disk. The same again gets the same receipt, from any device."""
    return await box.cast(auth.session_hash(request, box.installation), vote_id, data.choice, data.remark)


@post("/api/votes/{vote_id:uuid}/signature", status_code=200, tags=TAGS)
async def issue_paper(
    request: Request[Any, Any, Any],
    vote_id: FromPath[UUID],
    data: JSONBody[Blinded],
    paper_box: NamedDependency[PaperBox],
) -> Signed:
    """Phát ra: my paper signed blindly, once. The same blinded bytes again get the same signature."""
    return Signed(await paper_box.issue(auth.session_hash(request, paper_box.installation), vote_id, data.blinded))


@post("/api/votes/{vote_id:uuid}/papers", status_code=200, tags=TAGS, exclude_from_csrf=True)
async def put_paper(
    vote_id: FromPath[UUID], data: JSONBody[NewPaper], paper_box: NamedDependency[PaperBox]
) -> PaperReceipt:
    """Thu về: a signed paper, from nobody in particular. Send it without cookies."""
    return PaperReceipt(await paper_box.put(vote_id, data.message, data.signature))


@get("/api/votes/{vote_id:uuid}/papers", tags=TAGS)
async def read_box(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> list[PaperShown]:
    """The box of a closed secret vote, in the order of hashes."""
    vote, _ = await service.access_vote(work, me, vote_id)
    return await service.published_box(work, vote)


@post("/api/votes/{vote_id:uuid}/paper-ballots", status_code=200, tags=TAGS)
async def enter_paper_ballot(
    vote_id: FromPath[UUID], data: JSONBody[PaperBallot], me: NamedDependency[Me], work: NamedDependency[Work]
) -> PaperBallotEntered:
    """A ballot given on paper in an open vote; counted when a second person enters the same."""
    _, meeting = await service.access_vote(work, me, vote_id, "run")
    return PaperBallotEntered(await by_hand.enter_ballot(work, me, meeting, vote_id, data))


@put("/api/votes/{vote_id:uuid}/paper-count", tags=TAGS)
async def enter_paper_count(
    vote_id: FromPath[UUID], data: JSONBody[PaperCount], me: NamedDependency[Me], work: NamedDependency[Work]
) -> PaperCountEntered:
    """My count of a secret vote on paper; it is closed when two people have counted the same."""
    _, meeting = await service.access_vote(work, me, vote_id, "run")
    return await by_hand.enter_count(work, me, meeting, vote_id, data)


@post("/api/votes/{vote_id:uuid}/seen", status_code=204, tags=TAGS)
async def vote_seen(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """My screen shows the vote: the chair's readiness list says so."""
    await queries.set_seen(work.conn, vote_id, me.id)


@get("/api/votes/{vote_id:uuid}/voters", tags=TAGS)
async def list_voters(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> list[Voter]:
    """The readiness list of an opened vote: who may answer, has it on a screen, has answered (never what)."""
    vote, _ = await service.access_vote(work, me, vote_id, "run")
    return await service.voters(work, vote)


@get("/api/votes/{vote_id:uuid}/roll", tags=TAGS)
async def read_roll(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> list[RollLine]:
    """Who answered what in an open vote, once it is closed. For members of the body, not for guests."""
    vote, meeting = await service.access_vote(work, me, vote_id)
    return await service.roll(work, vote, meeting)


@get("/api/votes/{vote_id:uuid}/export", tags=TAGS, media_type="application/zip")
async def export_vote(vote_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> Response[bytes]:
    """A ZIP: the ballots, the meeting's chain, and a program of the standard library alone that counts them again."""
    vote, meeting = await service.access_vote(work, me, vote_id)
    packed = await export.bundle(work, vote, meeting)
    return Response(
        packed,
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="bieu-quyet-{vote.position}.zip"'},
    )


async def _shown(work: Work, me: Me, vote_id: UUID) -> Vote:
    vote = await queries.vote(work.conn, vote_id)
    assert vote is not None
    return await showing.vote_of(work, me, vote)


handlers = [
    list_rules,
    list_votes,
    prepare_vote,
    get_vote,
    change_vote,
    remove_vote,
    open_vote,
    pause_vote,
    resume_vote,
    close_vote,
    annul_vote,
    cast_ballot,
    issue_paper,
    put_paper,
    read_box,
    enter_paper_ballot,
    enter_paper_count,
    vote_seen,
    list_voters,
    read_roll,
    export_vote,
]
