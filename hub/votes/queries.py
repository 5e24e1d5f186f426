"""All SQL about votes, their voters and open ballots. Secret papers have their own, in ``papers.py``.

Closing takes the vote's row; a batch of ballots shares it. So a ballot is before the close and counted, or refused.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from hub.votes.models import MyBallot, NewVote, Result, RollLine, Voter
from hub.votes.rulebook import Rule, shipped

Conn = AsyncConnection[Any]

# Present as the rule of the vote has it: in the room, or online where that counts. Who left is not.
HERE: LiteralString = "(p.attendance = 'room' OR (p.attendance = 'online' AND v.online_counts))"
# A voter may answer now: he was here at the opening or came in time, he has not left, and he is still on the list.
ENTITLED: LiteralString = "(NOT v.needs_presence OR (" + HERE + " AND (w.present OR v.late_admitted)))"
# A member of the body, where his place has a vote by the rule: a member who keeps the record votes as delegates do.
VOTES_AS: LiteralString = "CASE p.role WHEN 'secretary' THEN 'delegate' ELSE p.role END"
MEMBER: LiteralString = "(p.votes AND " + VOTES_AS + " = ANY(%(roles)s))"


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A vote as it is stored, with what everybody may know of its count."""

    id: UUID
    meeting_id: UUID
    item_ids: list[UUID]
    position: int
    kind: Any
    question: str
    options: list[str]
    choose: int
    secrecy: Any
    on_paper: bool
    rule_id: str
    rule_version: int
    silence: Any
    may_change: bool
    live_count: bool
    rehearsal: bool
    needs_presence: bool
    late_admitted: bool
    online_counts: bool
    document_id: UUID | None
    document_hash: bytes | None
    suggestion_id: str | None
    members: int | None
    seats: int | None
    state: Any
    present: int | None
    opened_at: datetime | None
    opened_seq: int | None
    closed_at: datetime | None
    seconds: int | None
    at_zero: Any
    ends_at: datetime | None
    left_ms: int | None
    salt: bytes
    result: dict[str, Any] | None
    text_changed: bool
    cast: int
    issued: int
    public_key: str | None
    counted: dict[str, int] | None
    """How often each answer was given; only where the count is live, while it is open."""

    @property
    def rule(self) -> Rule:
        return shipped()[self.rule_id, self.rule_version]


VOTE: LiteralString = """
    SELECT v.id, v.meeting_id, v.item_ids, v.position, v.kind, v.question, v.options, v.choose, v.secrecy, v.on_paper,
           v.rule_id, v.rule_version, v.silence, v.may_change, v.live_count, v.rehearsal, v.needs_presence,
           v.late_admitted, v.online_counts, v.document_id, v.document_hash, v.suggestion_id, v.members, v.seats,
           v.state, v.present, v.opened_at, v.opened_seq, v.closed_at, v.seconds, v.at_zero, v.ends_at, v.left_ms,
           v.salt, v.result, k.public AS public_key,
           v.state = 'prepared' AND v.document_hash IS NOT NULL AND (
               SELECT coalesce(l.head > h.seq OR h.hash <> v.document_hash, true)
                 FROM document_log l LEFT JOIN document_history h USING (document_id)
                WHERE l.document_id = v.document_id) IS TRUE AS text_changed,
           CASE v.secrecy WHEN 'open' THEN (SELECT count(*) FROM ballot b WHERE b.vote_id = v.id)
                          ELSE (SELECT count(*) FROM vote_paper a WHERE a.vote_id = v.id) END::int AS cast,
           (SELECT count(*) FROM vote_issue i WHERE i.vote_id = v.id)::int AS issued,
           CASE WHEN v.live_count AND v.state IN ('open', 'paused') THEN (
               SELECT json_object_agg(c.chosen, c.times) FROM (
                   SELECT chosen, count(*) AS times FROM ballot b, unnest(b.choice) AS chosen
                    WHERE b.vote_id = v.id GROUP BY chosen) c) END AS counted
      FROM vote v LEFT JOIN vote_key k ON k.vote_id = v.id
"""


VOTES: LiteralString = VOTE + " WHERE v.meeting_id = %(meeting)s ORDER BY v.position, v.id"
# As JSON carries bytes.
VOTES_AS_JSON: LiteralString = (
    "SELECT to_jsonb(v) || jsonb_build_object('salt', encode(v.salt, 'base64'),"
    " 'document_hash', encode(v.document_hash, 'base64')) AS one FROM (" + VOTES + ") v ORDER BY v.position, v.id"
)


async def votes(conn: Conn, meeting_id: UUID) -> list[VoteRow]:
    cursor = await conn.cursor(row_factory=class_row(VoteRow)).execute(VOTES, {"meeting": meeting_id})
    return await cursor.fetchall()


async def vote(conn: Conn, vote_id: UUID) -> VoteRow | None:
    cursor = await conn.cursor(row_factory=class_row(VoteRow)).execute(VOTE + " WHERE v.id = %s", (vote_id,))
    return await cursor.fetchone()


async def open_vote_of(conn: Conn, meeting_id: UUID) -> UUID | None:
    cursor = await conn.execute(
        "SELECT id FROM vote WHERE meeting_id = %s AND state IN ('open', 'paused')", (meeting_id,)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def count_votes(conn: Conn, meeting_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM vote WHERE meeting_id = %s", (meeting_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


def _fields(new: NewVote, rule: Rule, silence: str, document_hash: bytes | None) -> dict[str, Any]:
    return {
        "item_ids": new.item_ids,
        "kind": new.kind,
        "question": new.question,
        "options": new.options,
        "choose": new.choose,
        "secrecy": new.secrecy,
        "on_paper": new.on_paper,
        "rule_id": rule.id,
        "rule_version": rule.version,
        "silence": silence,
        "may_change": new.may_change,
        "live_count": new.live_count,
        "rehearsal": new.rehearsal,
        "needs_presence": rule.voters.presence == "needed" and not new.rehearsal,
        "late_admitted": rule.voters.late == "admitted",
        "online_counts": rule.voters.online == "counts",
        "members": new.members,
        "seats": new.seats,
        "document_id": new.document_id,
        "document_hash": document_hash,
        "suggestion_id": new.suggestion_id,
    }


async def insert_vote(
    conn: Conn, meeting_id: UUID, new: NewVote, rule: Rule, silence: str, document_hash: bytes | None
) -> UUID:
    cursor = await conn.execute(
        """
        INSERT INTO vote (meeting_id, position, item_ids, kind, question, options, choose, secrecy, on_paper, rule_id,
                          rule_version, silence, may_change, live_count, rehearsal, needs_presence, late_admitted,
                          online_counts, members, seats, document_id, document_hash, suggestion_id)
        SELECT %(meeting)s, coalesce(max(position), 0) + 1, %(item_ids)s, %(kind)s, %(question)s, %(options)s,
               %(choose)s, %(secrecy)s, %(on_paper)s, %(rule_id)s, %(rule_version)s, %(silence)s, %(may_change)s,
               %(live_count)s, %(rehearsal)s, %(needs_presence)s, %(late_admitted)s, %(online_counts)s, %(members)s,
               %(seats)s, %(document_id)s, %(document_hash)s, %(suggestion_id)s
          FROM vote WHERE meeting_id = %(meeting)s RETURNING id
        """,
        _fields(new, rule, silence, document_hash) | {"meeting": meeting_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return UUID(str(row[0]))


async def change_vote(
    conn: Conn, vote_id: UUID, new: NewVote, rule: Rule, silence: str, document_hash: bytes | None
) -> bool:
    cursor = await conn.execute(
        """
        UPDATE vote SET item_ids = %(item_ids)s, kind = %(kind)s, question = %(question)s, options = %(options)s,
               choose = %(choose)s, secrecy = %(secrecy)s, on_paper = %(on_paper)s, rule_id = %(rule_id)s,
               rule_version = %(rule_version)s, silence = %(silence)s, may_change = %(may_change)s,
               live_count = %(live_count)s, rehearsal = %(rehearsal)s, needs_presence = %(needs_presence)s,
               late_admitted = %(late_admitted)s, online_counts = %(online_counts)s, members = %(members)s,
               seats = %(seats)s, document_id = %(document_id)s, document_hash = %(document_hash)s,
               suggestion_id = %(suggestion_id)s
         WHERE id = %(vote)s AND state = 'prepared'
        """,
        _fields(new, rule, silence, document_hash) | {"vote": vote_id},
    )
    return cursor.rowcount == 1


async def remove_vote(conn: Conn, vote_id: UUID) -> bool:
    cursor = await conn.execute("DELETE FROM vote WHERE id = %s AND state = 'prepared'", (vote_id,))
    return cursor.rowcount == 1


async def is_document_of(conn: Conn, document_id: UUID, meeting_id: UUID) -> bool:
    cursor = await conn.execute("SELECT 1 FROM document WHERE id = %s AND meeting_id = %s", (document_id, meeting_id))
    return await cursor.fetchone() is not None


async def snapshot_voters(conn: Conn, vote_id: UUID, meeting_id: UUID, roles: Sequence[str]) -> tuple[int, int]:
    """Writes down who may answer; returns (voters, of them present)."""
    cursor = await conn.execute(
        """
        WITH voters AS (
            INSERT INTO vote_voter (vote_id, user_id, chair, present)
            SELECT v.id, p.user_id, p.role = 'chair', """
        + HERE
        + """ FROM participant p JOIN vote v ON v.id = %(vote)s
             WHERE p.meeting_id = %(meeting)s AND """
        + MEMBER
        + """ ORDER BY p.user_id RETURNING present
        ) SELECT count(*), count(*) FILTER (WHERE present) FROM voters
        """,
        {"vote": vote_id, "meeting": meeting_id, "roles": list(roles)},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def set_open(
    conn: Conn,
    vote_id: UUID,
    *,
    members: int,
    present: int,
    document_hash: bytes | None,
    seconds: int | None,
    at_zero: str,
    now: datetime,
) -> None:
    """UniqueViolation: another vote of the meeting is open."""
    await conn.execute(
        "UPDATE vote SET state = 'open', members = %(members)s, present = %(present)s, document_hash = %(hash)s,"
        " opened_at = %(now)s, seconds = %(seconds)s, at_zero = %(at_zero)s,"
        " ends_at = %(now)s::timestamptz + %(seconds)s::int * interval '1 second' WHERE id = %(vote)s",
        {
            "members": members, "present": present, "hash": document_hash, "now": now, "seconds": seconds,
            "at_zero": at_zero, "vote": vote_id,
        },
    )  # fmt: skip


async def set_opened_seq(conn: Conn, vote_id: UUID, seq: int) -> None:
    await conn.execute("UPDATE vote SET opened_seq = %s WHERE id = %s", (seq, vote_id))


class Moved(msgspec.Struct, frozen=True):
    """``left_ms`` of its time: what stands still while it is paused, or runs from now on; None: no limit, or over."""

    left_ms: int | None


async def move(conn: Conn, vote_id: UUID, before: Sequence[str], to: str, now: datetime) -> Moved | None:
    """Waits for ballots that are being written; from here on none is accepted unless ``to`` is open.

    Its time stands still while it is paused. None: it was in none of the states ``before``.
    """
    cursor = await conn.execute(
        """
        UPDATE vote
           SET state = %(to)s,
               closed_at = CASE WHEN %(to)s IN ('closed', 'annulled') THEN %(now)s::timestamptz END,
               ends_at = CASE WHEN %(to)s = 'open' THEN %(now)s::timestamptz + left_ms * interval '1 millisecond' END,
               left_ms = CASE WHEN %(to)s = 'paused' AND ends_at IS NOT NULL
                              THEN greatest(0, floor(extract(epoch FROM ends_at - %(now)s::timestamptz) * 1000)) END
         WHERE id = %(vote)s AND state = ANY(%(before)s)
        RETURNING coalesce(left_ms, round(extract(epoch FROM ends_at - %(now)s::timestamptz) * 1000))::int
        """,
        {"to": to, "now": now, "vote": vote_id, "before": list(before)},
    )
    row = await cursor.fetchone()
    return Moved(row[0]) if row is not None else None


async def running_out(conn: Conn, until: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """(vote, its meeting, when its time is over): those the hub will have closed by then, the most urgent first."""
    cursor = await conn.execute(
        "SELECT id, meeting_id, ends_at FROM vote WHERE state = 'open' AND at_zero = 'closes' AND ends_at <= %s"
        " ORDER BY ends_at LIMIT 100",
        (until,),
    )
    return await cursor.fetchall()


async def present_at_close(conn: Conn, vote_id: UUID) -> int:
    """Who could have answered or did: who came too late for the rule is not counted, who answered and left is."""
    cursor = await conn.execute(
        """
        SELECT count(*) FROM vote_voter w JOIN vote v ON v.id = w.vote_id
          LEFT JOIN participant p ON p.meeting_id = v.meeting_id AND p.user_id = w.user_id
         WHERE w.vote_id = %s AND ("""
        + HERE
        + """ AND (w.present OR v.late_admitted)
            OR EXISTS (SELECT 1 FROM ballot b WHERE b.vote_id = w.vote_id AND b.user_id = w.user_id)
            OR EXISTS (SELECT 1 FROM vote_issue i WHERE i.vote_id = w.vote_id AND i.user_id = w.user_id))
        """,
        (vote_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def set_result(conn: Conn, vote_id: UUID, present: int, result: Result) -> None:
    await conn.execute(
        "UPDATE vote SET present = %s, result = %s WHERE id = %s",
        (present, msgspec.json.encode(result).decode(), vote_id),
    )


async def ballots(conn: Conn, vote_id: UUID) -> list[dict[str, Any]]:
    """In the order of persons, so that one roll has one hash."""
    cursor = await conn.cursor(row_factory=dict_row).execute(
        "SELECT b.user_id, b.choice, b.receipt, w.chair FROM ballot b"
        " JOIN vote_voter w ON w.vote_id = b.vote_id AND w.user_id = b.user_id WHERE b.vote_id = %s ORDER BY b.user_id",
        (vote_id,),
    )
    return await cursor.fetchall()


async def count_voters(conn: Conn, vote_id: UUID) -> int:
    cursor = await conn.execute("SELECT count(*) FROM vote_voter WHERE vote_id = %s", (vote_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def forget_ballots(conn: Conn, vote_id: UUID) -> None:
    """Of a rehearsal: nobody's practice is anybody's business."""
    await conn.execute("DELETE FROM vote_voter WHERE vote_id = %s", (vote_id,))


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """One person's own part in the votes of a meeting: the ballots he cast, the papers he was issued."""

    ballots: dict[UUID, MyBallot]
    issued: set[UUID]


MINE: LiteralString = """
    SELECT json_build_object(
        'ballots', (
            SELECT coalesce(json_object_agg(b.vote_id, json_build_object('choice', b.choice, 'remark', b.remark,
                       'receipt', b.receipt, 'cast_at', b.cast_at, 'chain_head', coalesce(encode(e.hash, 'hex'), '')
                   )), '{}')
              FROM ballot b JOIN vote v ON v.id = b.vote_id
              LEFT JOIN event e ON e.meeting_id = v.meeting_id AND e.seq = v.opened_seq
             WHERE v.meeting_id = %(meeting)s AND b.user_id = %(me)s),
        'issued', (
            SELECT coalesce(json_agg(i.vote_id), '[]') FROM vote_issue i JOIN vote v ON v.id = i.vote_id
             WHERE v.meeting_id = %(meeting)s AND i.user_id = %(me)s)) AS mine
"""


async def mine(conn: Conn, meeting_id: UUID, user_id: UUID) -> Mine:
    cursor = await conn.execute("SELECT mine::text FROM (" + MINE + ") one", {"meeting": meeting_id, "me": user_id})
    row = await cursor.fetchone()
    assert row is not None
    return msgspec.json.decode(row[0], type=Mine)


async def counts(conn: Conn, vote_id: UUID) -> dict[str, int]:
    """How often each single answer of an open vote was given."""
    cursor = await conn.execute(
        "SELECT chosen, count(*)::int FROM ballot, unnest(choice) AS chosen WHERE vote_id = %s GROUP BY chosen",
        (vote_id,),
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def roll(conn: Conn, vote_id: UUID) -> list[RollLine]:
    cursor = await conn.cursor(row_factory=class_row(RollLine)).execute(
        "SELECT w.user_id, coalesce(p.recorded_name, u.name) AS name,"
        " coalesce(p.recorded_position, u.position) AS position, p.seat, w.present, b.choice, b.remark, b.receipt,"
        " b.entered_by IS NOT NULL AS on_paper"
        " FROM vote_voter w JOIN vote v ON v.id = w.vote_id JOIN app_user u ON u.id = w.user_id"
        " LEFT JOIN participant p ON p.meeting_id = v.meeting_id AND p.user_id = w.user_id"
        " LEFT JOIN ballot b ON b.vote_id = w.vote_id AND b.user_id = w.user_id"
        " WHERE w.vote_id = %s ORDER BY w.chair DESC, p.position, u.name, w.user_id",
        (vote_id,),
    )
    return await cursor.fetchall()


async def voters(conn: Conn, vote_id: UUID) -> list[Voter]:
    cursor = await conn.cursor(row_factory=class_row(Voter)).execute(
        "SELECT w.user_id, w.seen, " + ENTITLED + " IS TRUE AS may_vote,"
        " (EXISTS (SELECT 1 FROM ballot b WHERE b.vote_id = w.vote_id AND b.user_id = w.user_id)"
        "  OR EXISTS (SELECT 1 FROM vote_issue i WHERE i.vote_id = w.vote_id AND i.user_id = w.user_id)) AS answered"
        " FROM vote_voter w JOIN vote v ON v.id = w.vote_id"
        " LEFT JOIN participant p ON p.meeting_id = v.meeting_id AND p.user_id = w.user_id"
        " WHERE w.vote_id = %s ORDER BY w.user_id",
        (vote_id,),
    )
    return await cursor.fetchall()


async def set_seen(conn: Conn, vote_id: UUID, user_id: UUID) -> None:
    await conn.execute(
        "UPDATE vote_voter SET seen = true WHERE vote_id = %s AND user_id = %s AND NOT seen", (vote_id, user_id)
    )
