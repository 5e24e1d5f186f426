"""Secret votes: the hub signs a paper it cannot read (phát ra) and takes papers from nobody in particular (thu về).

What is stored cannot be joined to a person: marking a voter and storing a paper are two requests, two statements, two
transactions; the second comes without a session and holds nothing of the first. Each is written in batches, in an order
that has nothing to do with the order of coming. docs/votes.md says what remains.
"""

import asyncio
import hashlib
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from hub.db import Database
from hub.errors import NotFound, NotSignedIn
from hub.votes import blind, queries
from hub.votes.casting import BallotBox, refusal_of
from hub.votes.gathering import Gathering
from hub.votes.queries import Conn, VoteRow
from hub.votes.refusals import AlreadyVoted, BadPaper, VoteNotOpen

ISSUE_SECONDS: Final = 0.2  # voters are marked together, in the order of persons
RETURN_SECONDS: Final = 1.0  # papers are put into the box together, in the order of their hashes
MESSAGE_BYTES: Final = 4096


class Issue(msgspec.Struct, frozen=True):
    session: bytes
    vote_id: UUID
    blinded: bytes


class Paper(msgspec.Struct, frozen=True):
    vote_id: UUID
    message: bytes
    signature: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.message).digest()


class OnPaper(msgspec.Struct, frozen=True):
    """What the voter wrote, behind the 32 random bytes of the prepared message."""

    vote: UUID
    choice: list[str]
    nonce: str


# Marks the voter, once. The same blinded bytes again are the same paper, whose answer was lost.
ISSUE = (
    """
    WITH asked AS (
        SELECT * FROM unnest(%(numbers)s::int[], %(sessions)s::bytea[], %(votes)s::uuid[], %(blinded)s::bytea[])
                   AS a(n, session, vote_id, blinded)
    ), known AS (
        SELECT a.*, u.id AS user_id FROM asked a
          LEFT JOIN session s ON s.token_hash = a.session AND s.expires_at > %(now)s
          LEFT JOIN app_user u ON u.id = s.user_id AND u.active
    ), v AS (
        SELECT * FROM vote WHERE id = ANY(%(votes)s) AND secrecy = 'secret' AND NOT on_paper ORDER BY id FOR SHARE
    ), judged AS (
        SELECT k.*, v.id IS NOT NULL AS there, v.state, w.user_id IS NOT NULL AS voter,
               p.user_id IS NOT NULL AS invited, v.meeting_id, """
    + queries.ENTITLED
    + """ AS entitled FROM known k LEFT JOIN v ON v.id = k.vote_id
          LEFT JOIN vote_voter w ON w.vote_id = k.vote_id AND w.user_id = k.user_id
          LEFT JOIN participant p ON p.meeting_id = v.meeting_id AND p.user_id = k.user_id
    ), marked AS (
        INSERT INTO vote_issue AS i (vote_id, user_id, blinded)
        SELECT DISTINCT ON (vote_id, user_id) vote_id, user_id, blinded FROM judged
         WHERE state = 'open' AND voter AND invited AND entitled ORDER BY vote_id, user_id, n
        ON CONFLICT (vote_id, user_id) DO UPDATE SET blinded = i.blinded WHERE i.blinded = excluded.blinded
        RETURNING vote_id, user_id, blinded
    )
    SELECT j.*, m.user_id IS NOT NULL AS marked FROM judged j LEFT JOIN marked m
        ON m.vote_id = j.vote_id AND m.user_id = j.user_id AND m.blinded = j.blinded
    """
)

RETURN = """
    WITH v AS (SELECT id, state, meeting_id FROM vote WHERE id = ANY(%(votes)s) ORDER BY id FOR SHARE),
    came AS (
        SELECT * FROM unnest(%(numbers)s::int[], %(votes)s::uuid[], %(ids)s::bytea[], %(messages)s::bytea[],
                             %(signatures)s::bytea[]) AS c(n, vote_id, id, message, signature)
    ), put AS (
        INSERT INTO vote_paper (vote_id, id, message, signature)
        SELECT c.vote_id, c.id, c.message, c.signature FROM came c JOIN v ON v.id = c.vote_id AND v.state = 'open'
         ORDER BY c.vote_id, c.id
        ON CONFLICT (vote_id, id) DO NOTHING
    )
    SELECT c.n, v.state, v.meeting_id FROM came c LEFT JOIN v ON v.id = c.vote_id ORDER BY c.n
"""


class PaperBox:
    """Opened for the life of the app, beside the box of open ballots whose progress teller it shares."""

    def __init__(self, db: Database, ballots: BallotBox) -> None:
        self._db, self._ballots, self.installation = db, ballots, ballots.installation
        self._issues = Gathering("issues", self._mark, lambda ask: (ask.session, ask.vote_id), ISSUE_SECONDS)
        self._papers = Gathering("papers", self._put, lambda paper: paper.id, RETURN_SECONDS)

    async def __aenter__(self) -> Self:
        await self._issues.__aenter__()
        await self._papers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._papers.__aexit__(kind, error, trace)
        await self._issues.__aexit__(kind, error, trace)

    async def issue(self, session: bytes | None, vote_id: UUID, blinded: bytes) -> bytes:
        """Phát ra: marks the voter, then signs. The signature of bytes nobody here can read."""
        if session is None:
            raise NotSignedIn
        await self._issues.put(Issue(session, vote_id, blinded))
        async with self._db.pool.connection() as conn:
            key = await private_key(conn, vote_id)
        if key is None:
            raise VoteNotOpen
        try:
            return await asyncio.to_thread(blind.blind_sign, key, blinded)
        except blind.BadBlinded:
            raise BadPaper from None

    async def put(self, vote_id: UUID, message: bytes, signature: bytes) -> str:
        """Thu về: from nobody in particular. Returns the receipt; the same paper again is the same paper."""
        async with self._db.pool.connection() as conn:
            vote = await queries.vote(conn, vote_id)
        if vote is None or vote.public_key is None:
            raise NotFound
        if len(message) > MESSAGE_BYTES or not blind.verify(blind.read_public(vote.public_key), message, signature):
            raise BadPaper
        paper = Paper(vote_id, message, signature)
        await self._papers.put(paper)
        return receipt_of(paper.id)

    async def _mark(self, asks: list[Issue]) -> list[Exception | None]:
        async with self._db.pool.connection() as conn, conn.transaction():
            cursor = await conn.cursor(row_factory=dict_row).execute(
                ISSUE,
                {
                    "numbers": list(range(len(asks))),
                    "sessions": [ask.session for ask in asks],
                    "votes": [ask.vote_id for ask in asks],
                    "blinded": [hashlib.sha256(ask.blinded).digest() for ask in asks],
                    "now": self._db.clock(),
                },
            )
            rows = {row["n"]: row for row in await cursor.fetchall()}
        for row in rows.values():
            if row["marked"]:
                self._ballots.moved(row["meeting_id"], row["vote_id"])
        return [_issued(rows[n]) for n in range(len(asks))]

    async def _put(self, papers: list[Paper]) -> list[Exception | None]:
        async with self._db.pool.connection() as conn, conn.transaction():
            cursor = await conn.cursor(row_factory=dict_row).execute(
                RETURN,
                {
                    "numbers": list(range(len(papers))),
                    "votes": [paper.vote_id for paper in papers],
                    "ids": [paper.id for paper in papers],
                    "messages": [paper.message for paper in papers],
                    "signatures": [paper.signature for paper in papers],
                },
            )
            rows = await cursor.fetchall()
        for row, paper in zip(rows, papers, strict=True):
            if row["state"] == "open":
                self._ballots.moved(row["meeting_id"], paper.vote_id)
        return [None if row["state"] == "open" else VoteNotOpen() for row in rows]


def _issued(row: dict[str, Any]) -> Exception | None:
    return refusal_of(row) or (None if row["marked"] else AlreadyVoted())


def receipt_of(paper_id: bytes) -> str:
    """What the voter looks for in the published box."""
    letters = paper_id.hex()[:16].upper()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


async def make_key(conn: Conn, vote_id: UUID) -> str:
    """A key of this vote alone; returns the hash that is told to everybody."""
    key = await asyncio.to_thread(blind.new_key)
    pem = blind.public_pem(key)
    await conn.execute(
        "INSERT INTO vote_key (vote_id, public, private) VALUES (%s, %s, %s)", (vote_id, pem, blind.private_der(key))
    )
    return blind.key_hash(pem)


async def private_key(conn: Conn, vote_id: UUID) -> Any:
    cursor = await conn.execute("SELECT private FROM vote_key WHERE vote_id = %s", (vote_id,))
    row = await cursor.fetchone()
    return blind.read_private(bytes(row[0])) if row and row[0] is not None else None


async def destroy_key(conn: Conn, vote_id: UUID) -> None:
    """After the closing nobody signs for this vote any more, whoever gets at the database."""
    await conn.execute("UPDATE vote_key SET private = NULL WHERE vote_id = %s", (vote_id,))


async def box(conn: Conn, vote_id: UUID) -> list[Paper]:
    """In the order of their hashes, which is no order at all."""
    cursor = await conn.execute(
        "SELECT vote_id, message, signature FROM vote_paper WHERE vote_id = %s ORDER BY id", (vote_id,)
    )
    return [Paper(row[0], bytes(row[1]), bytes(row[2])) for row in await cursor.fetchall()]


def read_paper(message: bytes, vote_id: UUID) -> list[str]:
    """The answers on a paper; none where it cannot be read or is of another vote: an invalid paper."""
    try:
        written = msgspec.json.decode(message[blind.PREFIX_BYTES :], type=OnPaper)
    except msgspec.DecodeError:
        return []
    return written.choice if written.vote == vote_id else []


def box_hash(papers: list[Paper]) -> str:
    digest = hashlib.sha256()
    for paper in papers:
        for part in (paper.message, paper.signature):
            digest.update(len(part).to_bytes(4, "big"))
            digest.update(part)
    return digest.hexdigest()


async def open_box(conn: Conn, vote: VoteRow) -> tuple[list[list[str]], int, str]:
    """(answers, issued, hash of the box). No paper more than were given out can be in it."""
    papers = await box(conn, vote.id)
    return [read_paper(paper.message, vote.id) for paper in papers], vote.issued, box_hash(papers)
