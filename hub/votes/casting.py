"""Ballots come in storms: they are gathered for a few milliseconds and written in one statement and one commit.

The database decides everything in that statement: the session, the right, the open vote, the one ballot a person has.
So an answer given is on disk, whatever process dies next, and sending the same ballot again gets the same receipt.
"""

import asyncio
import secrets
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg.rows import dict_row

from hub.db import Database
from hub.ending import end
from hub.errors import NotFound, NotSignedIn
from hub.installation import Installation
from hub.live import presence
from hub.votes import queries
from hub.votes.gathering import Gathering
from hub.votes.models import MyBallot
from hub.votes.refusals import AlreadyVoted, NotAVoter, NotPresent, UnknownChoice, VoteNotOpen
from hub.votes.rulebook import shipped

log = structlog.get_logger()

GATHER_SECONDS: Final = 0.012
PROGRESS_SECONDS: Final = 0.25  # at most four a second
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # of receipts: nothing that looks like something else


class Asked(msgspec.Struct, frozen=True):
    """A ballot on its way. ``session``: hash of the cookie it came with."""

    session: bytes
    vote_id: UUID
    choice: list[str]
    remark: str | None
    receipt: str


# One row an ask. The vote's row is shared until the commit, so a close waits for us and whoever comes later sees it.
CAST = (
    """
    WITH asked AS (
        SELECT * FROM unnest(%(numbers)s::int[], %(sessions)s::bytea[], %(votes)s::uuid[], %(choices)s::text[],
                             %(remarks)s::text[], %(receipts)s::text[])
                   AS a(n, session, vote_id, choice, remark, receipt)
    ), known AS (
        SELECT a.*, u.id AS user_id FROM asked a
          LEFT JOIN session s ON s.token_hash = a.session AND s.expires_at > %(now)s
          LEFT JOIN app_user u ON u.id = s.user_id AND u.active
    ), v AS (
        SELECT * FROM vote WHERE id = ANY(%(votes)s) AND secrecy = 'open' ORDER BY id FOR SHARE
    ), judged AS (
        SELECT k.*, v.id IS NOT NULL AS there, v.state, w.user_id IS NOT NULL AS voter,
               p.user_id IS NOT NULL AS invited, v.meeting_id, v.opened_seq,
               """
    + queries.ENTITLED
    + """ AS entitled FROM known k LEFT JOIN v ON v.id = k.vote_id
          LEFT JOIN vote_voter w ON w.vote_id = k.vote_id AND w.user_id = k.user_id
          LEFT JOIN participant p ON p.meeting_id = v.meeting_id AND p.user_id = k.user_id
    ), written AS (
        INSERT INTO ballot AS b (vote_id, user_id, choice, remark, receipt, cast_at)
        SELECT DISTINCT ON (vote_id, user_id)
               vote_id, user_id, string_to_array(choice, ','), remark, receipt, %(now)s::timestamptz
          FROM judged WHERE state = 'open' AND voter AND invited AND entitled ORDER BY vote_id, user_id, n DESC
        ON CONFLICT (vote_id, user_id) DO UPDATE
           SET choice = excluded.choice, remark = excluded.remark, receipt = excluded.receipt,
               cast_at = excluded.cast_at
         WHERE b.entered_by IS NULL AND (SELECT may_change FROM v WHERE v.id = b.vote_id)
           AND (b.choice, b.remark) IS DISTINCT FROM (excluded.choice, excluded.remark)
        RETURNING b.vote_id, b.user_id, b.receipt
    )
    SELECT j.n, j.user_id, j.there, j.state, j.voter, j.invited, j.entitled, e.hash AS head,
           w.receipt IS NOT NULL AS written
      FROM judged j LEFT JOIN written w
        ON w.vote_id = j.vote_id AND w.user_id = j.user_id AND w.receipt = j.receipt
      LEFT JOIN event e ON e.meeting_id = j.meeting_id AND e.seq = j.opened_seq
    """
)


def new_receipt() -> str:
    """Twelve letters to read aloud: 58 bits, told to the voter alone until the roll is."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


class BallotBox:
    """Opened for the life of the app: one writer of ballots, one teller of progress.

    ``installation`` is here so that the route that casts has one dependency: two cost it a fifth of its time.
    """

    def __init__(self, db: Database, installation: Installation) -> None:
        self._db, self.installation = db, installation
        self._ballots = Gathering("ballots", self._decide, lambda ask: (ask.session, ask.vote_id), GATHER_SECONDS)
        self._moved: dict[UUID, UUID] = {}  # votes whose count moved → their meeting
        self._any_moved = asyncio.Event()
        self._teller: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._ballots.__aenter__()
        self._teller = asyncio.create_task(self._tell_progress(), name="votes:progress")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._teller)
        await self._ballots.__aexit__(kind, error, trace)

    async def cast(self, session: bytes | None, vote_id: UUID, choice: list[str], remark: str | None) -> MyBallot:
        """The receipt, once the ballot is on disk."""
        if session is None:
            raise NotSignedIn
        if any("," in one for one in choice):
            raise UnknownChoice
        return await self._ballots.put(Asked(session, vote_id, choice, remark, new_receipt()))

    def moved(self, meeting_id: UUID, vote_id: UUID) -> None:
        """Screens hear the new count, soon."""
        self._moved[vote_id] = meeting_id
        self._any_moved.set()

    async def _decide(self, asks: list[Asked]) -> list[MyBallot | Exception]:
        async with self._db.pool.connection() as conn, conn.transaction():
            now = self._db.clock()
            allowed = await _allowed_choices(conn, {ask.vote_id for ask in asks})
            fit = [ask for ask in asks if _fits(ask, allowed)]
            rows = await _cast(conn, fit, now)
            before = await _ballots_of(
                conn, [(fit[n].vote_id, row["user_id"]) for n, row in rows.items() if not row["written"]]
            )
        answers: dict[int, MyBallot | Exception] = {}
        for n, ask in enumerate(fit):
            answers[id(ask)] = _answer(ask, rows[n], before, now)
        for n, row in rows.items():
            if row["written"]:
                self.moved(allowed[fit[n].vote_id].meeting_id, fit[n].vote_id)
        return [answers.get(id(ask)) or _misfit(ask, allowed) for ask in asks]

    async def _tell_progress(self) -> None:
        while True:
            await self._any_moved.wait()
            self._any_moved.clear()
            moved, self._moved = self._moved, {}
            for vote_id, meeting_id in moved.items():
                try:
                    await self._tell(meeting_id, vote_id)
                except psycopg.Error as error:  # the next ballot tells again, and the result does not depend on it
                    log.warning("votes.progress-untold", error=repr(error))
            await asyncio.sleep(PROGRESS_SECONDS)

    async def _tell(self, meeting_id: UUID, vote_id: UUID) -> None:
        async with self._db.pool.connection() as conn:
            found = await queries.vote(conn, vote_id)
            if found is None or found.state not in ("open", "paused"):
                return
            counted = await queries.counts(conn, vote_id) if found.live_count else None
        presence(
            self._db.bus,
            meeting_id,
            {"of": "vote", "vote_id": vote_id, "cast": found.cast, "issued": found.issued, "counts": counted},
        )


class Allowed(msgspec.Struct, frozen=True):
    meeting_id: UUID
    answers: frozenset[str]
    most: int


async def _allowed_choices(conn: queries.Conn, vote_ids: set[UUID]) -> dict[UUID, Allowed]:
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT id, meeting_id, kind, rule_id, rule_version, cardinality(options) AS options, choose FROM vote"
        " WHERE id = ANY(%s)",
        (list(vote_ids),),
    )
    found = {}
    for row in await cursor.fetchall():
        if row["kind"] == "election":
            answers, most = frozenset(str(n) for n in range(1, row["options"] + 1)), row["choose"]
        else:
            answers, most = frozenset(shipped()[row["rule_id"], row["rule_version"]].choices), 1
        found[row["id"]] = Allowed(row["meeting_id"], frozenset(answers), most)
    return found


def _fits(ask: Asked, allowed: dict[UUID, Allowed]) -> bool:
    of = allowed.get(ask.vote_id)
    return (
        of is not None
        and 1 <= len(ask.choice) <= of.most
        and len(set(ask.choice)) == len(ask.choice)
        and set(ask.choice) <= of.answers
    )


def _misfit(ask: Asked, allowed: dict[UUID, Allowed]) -> Exception:
    return UnknownChoice() if ask.vote_id in allowed else NotFound()


async def _cast(conn: queries.Conn, asks: list[Asked], now: datetime) -> dict[int, dict[str, Any]]:
    if not asks:
        return {}
    cursor = await conn.cursor(row_factory=dict_row).execute(
        CAST,
        {
            "numbers": list(range(len(asks))),
            "sessions": [ask.session for ask in asks],
            "votes": [ask.vote_id for ask in asks],
            "choices": [",".join(sorted(ask.choice)) for ask in asks],
            "remarks": [ask.remark for ask in asks],
            "receipts": [ask.receipt for ask in asks],
            "now": now,
        },
    )
    return {row["n"]: row for row in await cursor.fetchall()}


async def _ballots_of(conn: queries.Conn, whose: list[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    if not whose:
        return {}
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT b.* FROM ballot b JOIN unnest(%s::uuid[], %s::uuid[]) AS a(vote_id, user_id) USING (vote_id, user_id)",
        ([vote_id for vote_id, _ in whose], [user_id for _, user_id in whose]),
    )
    return {(row["vote_id"], row["user_id"]): row for row in await cursor.fetchall()}


def _answer(
    ask: Asked, row: dict[str, Any], before: dict[tuple[UUID, UUID], dict[str, Any]], now: datetime
) -> MyBallot | Exception:
    if why := refusal_of(row):
        return why
    choice, receipt, cast_at = sorted(ask.choice), ask.receipt, now
    if not row["written"]:
        old = before[ask.vote_id, row["user_id"]]
        if (old["choice"], old["remark"], old["entered_by"]) != (choice, ask.remark, None):
            return AlreadyVoted()
        receipt, cast_at = old["receipt"], old["cast_at"]
    return MyBallot(choice=choice, remark=ask.remark, receipt=receipt, cast_at=cast_at, chain_head=_hex(row["head"]))


def _hex(head: bytes | None) -> str:
    return bytes(head).hex() if head is not None else ""


def refusal_of(row: dict[str, Any]) -> Exception | None:
    """Why this person may not answer this vote now; the same for a ballot and for a paper."""
    why: list[tuple[bool, type[Exception]]] = [
        (row["user_id"] is None, NotSignedIn),
        (not row["there"] or not row["invited"], NotFound),
        (not row["voter"], NotAVoter),
        (row["state"] != "open", VoteNotOpen),
        (not row["entitled"], NotPresent),
    ]
    return next((refusal() for true, refusal in why if true), None)
