"""Secret votes: every voter once, every paper counted, and nothing stored that joins the two."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.hub.voting import Voting, body
from tests.support import Hub, transport
from tests.votes.blind_client import SecretVoter

VOTERS = 50


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def secret_vote(at: Voting, **more: Any) -> dict[str, Any]:
    vote = await at.open(secrecy="secret", **more)
    found: dict[str, Any] = (await at.chair.get(f"/api/votes/{vote}")).json()
    return found


def stranger(hub: Hub) -> httpx.AsyncClient:
    """Nobody in particular: no cookie, no CSRF header."""
    return httpx.AsyncClient(transport=transport(hub.app), base_url="http://testserver", timeout=20)


async def test_a_secret_vote_counts_papers_and_each_voter_finds_his_own(hub: Hub) -> None:
    at = await body(hub, 3)
    vote = await secret_vote(at)
    choices = (["agree"], ["agree"], ["disagree"], ["agree"])
    voters = [SecretVoter(person, vote, choice) for person, choice in zip(at.everybody, choices, strict=True)]

    async with stranger(hub) as http:
        assert {a.status_code for a in await asyncio.gather(*(voter.take() for voter in voters))} == {200}
        dropped = await asyncio.gather(*(voter.drop(http) for voter in voters[:3]))
    closed = await at.close(vote["id"])
    box = (await at.members[0].get(f"/api/votes/{vote['id']}/papers")).json()

    assert [answer.json()["receipt"] for answer in dropped] == [voter.receipt for voter in voters[:3]]
    result = closed["result"]
    assert (result["issued"], result["tally"]["returned"], result["tally"]["agree"]) == (4, 3, 2)
    assert (result["passed"], result["tally"]["invalid"]) == (False, 0)
    assert {paper["receipt"]: paper["choice"] for paper in box} == {v.receipt: v.choice for v in voters[:3]}
    assert code(await at.chair.get(f"/api/votes/{vote['id']}/roll")) == (409, "secret-vote")


async def test_a_voter_is_given_one_paper_and_a_lost_answer_is_given_again(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await secret_vote(at)
    voter = SecretVoter(at.members[0], vote, ["agree"])

    first, again = await voter.take(), await voter.take()
    second = await SecretVoter(at.members[0], vote, ["disagree"]).take()

    assert first.json() == again.json()
    assert code(second) == (409, "already-voted")


async def test_who_may_not_vote_is_not_given_a_paper(hub: Hub) -> None:
    at = await body(hub, 2, guest=True, present=2)
    vote = await secret_vote(at, rule_id="own-present")
    assert at.guest is not None

    assert code(await SecretVoter(at.guest, vote, ["agree"]).take()) == (403, "not-a-voter")
    assert code(await SecretVoter(at.members[1], vote, ["agree"]).take()) == (409, "not-present")
    assert code(await SecretVoter(await hub.person(), vote, ["agree"]).take()) == (404, "not-found")
    assert code(await at.cast(at.members[0], vote["id"])) == (404, "not-found"), "no open ballot in a secret vote"


async def test_a_paper_without_the_votes_signature_is_refused_and_one_counts_once(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await secret_vote(at)
    signed, forged = SecretVoter(at.members[0], vote, ["agree"]), SecretVoter(at.members[1], vote, ["agree"])
    await signed.take()
    forged.signature = signed.signature

    async with stranger(hub) as http:
        refused = await forged.drop(http)
        answers = await asyncio.gather(*(signed.drop(http) for _ in range(5)))
    result = (await at.close(vote["id"]))["result"]

    assert code(refused) == (400, "bad-paper")
    assert {answer.json()["receipt"] for answer in answers} == {signed.receipt}
    assert result["tally"]["returned"] == 1


async def test_a_paper_with_an_answer_nobody_asked_for_is_invalid(hub: Hub) -> None:
    """The hub signs what it cannot read; so what is wrong is found when the box is opened."""
    at = await body(hub, 2)
    vote = await secret_vote(at)
    voters = [SecretVoter(at.chair, vote, ["agree", "disagree"]), SecretVoter(at.members[0], vote, ["yes"])]

    async with stranger(hub) as http:
        for voter in voters:
            await voter.take()
        await asyncio.gather(*(voter.drop(http) for voter in voters))
    result = (await at.close(vote["id"]))["result"]

    assert (result["issued"], result["tally"]["returned"], result["tally"]["invalid"]) == (2, 2, 2)


async def test_after_the_close_nothing_is_signed_taken_or_kept_that_could_sign(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await secret_vote(at)
    late, never = SecretVoter(at.members[0], vote, ["agree"]), SecretVoter(at.members[1], vote, ["agree"])
    await late.take()
    await at.close(vote["id"])

    async with stranger(hub) as http:
        assert code(await late.drop(http)) == (409, "vote-not-open")
    assert code(await never.take()) == (409, "vote-not-open")
    async with hub.db.work() as work:
        cursor = await work.conn.execute("SELECT private FROM vote_key")
        assert await cursor.fetchall() == [(None,)]


async def test_the_box_is_not_shown_while_the_vote_is_open(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await secret_vote(at)

    assert code(await at.chair.get(f"/api/votes/{vote['id']}/papers")) == (409, "wrong-state")
    seen = (await at.chair.get(f"/api/votes/{vote['id']}")).json()
    assert (seen["tally"], seen["live_count"]) == (None, False)


async def test_the_announced_key_is_the_one_that_signs(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await secret_vote(at)

    opened = dict(await at.events())["vote.opened"]

    assert opened["key_hash"] == vote["key_hash"]
    assert len(vote["key_hash"]) == 64


class Stolen:
    """Everything an attacker may carry away: all rows with their hidden columns, the WAL, and the hub's log."""

    def __init__(self, conninfo: str) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        with psycopg.connect(conninfo) as conn:
            conn.execute("CHECKPOINT")
            tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in tables:
                cursor = conn.execute(
                    sql.SQL("SELECT xmin::text, ctid::text, t.* FROM {} t").format(sql.Identifier(name))
                )
                assert cursor.description is not None
                columns = [column.name for column in cursor.description]
                self.rows[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            folder = conn.execute("SHOW data_directory").fetchone()
            assert folder is not None
            logs = sorted(path for path in (Path(folder[0]) / "pg_wal").iterdir() if path.is_file())
            self.wal = b"".join(path.read_bytes() for path in logs)

    def values(self, table: str) -> set[bytes]:
        """Every value of a table's rows that could be looked for elsewhere, as bytes."""
        found = set()
        for row in self.rows[table]:
            for name, value in row.items():
                if name not in ("xmin", "ctid", "vote_id"):
                    found.add(value if isinstance(value, bytes) else str(value).encode())
        return found

    def order(self, table: str) -> list[dict[str, Any]]:
        """Rows as they were written: by transaction, then by place on the page."""

        def place(row: dict[str, Any]) -> tuple[int, ...]:
            return tuple(map(int, row["ctid"].strip("()").split(",")))

        return sorted(self.rows[table], key=lambda row: (int(row["xmin"]), place(row)))


def hits(guess: list[Any], truth: dict[Any, Any]) -> int:
    return sum(truth[one] == other for one, other in guess)


async def test_a_dump_the_wal_and_the_log_link_no_ballot_to_a_voter(
    hub: Hub, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Fifty people vote in one order and their papers come in the same order, without the browser's random wait: the
    worst case. An attacker who joins by value, transaction, place, time or order does as well as one who guesses."""
    at = await body(hub, VOTERS - 1)
    vote = await secret_vote(at)
    choices = itertools.cycle((["agree"], ["disagree"], ["abstain"]))
    voters = [SecretVoter(person, vote, next(choices)) for person in at.everybody]
    await asyncio.gather(*(person.csrf() for person in at.everybody))

    assert {a.status_code for a in await asyncio.gather(*(voter.take() for voter in voters))} == {200}
    async with stranger(hub) as http:
        assert {a.status_code for a in await asyncio.gather(*(voter.drop(http) for voter in voters))} == {200}
    await at.close(vote["id"])
    stolen = Stolen(database)
    written = "".join(capfd.readouterr())

    truth = {voter.person.id: voter.receipt.replace("-", "") for voter in voters}
    issued, papers = stolen.order("vote_issue"), stolen.order("vote_paper")
    assert (len(issued), len(papers)) == (VOTERS, VOTERS)
    names = [row["id"].hex()[:16].upper() for row in papers]
    # by transaction
    assert not {row["xmin"] for row in issued} & {row["xmin"] for row in papers}
    marks = {row["xmin"] for table in ("vote_voter", "event", "session", "participant") for row in stolen.rows[table]}
    assert not marks & {row["xmin"] for row in papers}
    # by value: nothing of a paper is anywhere but in the box, nothing of a person is in it
    paper_values = stolen.values("vote_paper")
    for table in stolen.rows.keys() - {"vote_paper"}:
        assert not paper_values & stolen.values(table), table
    people = [str(person.id).encode() for person in at.everybody] + [person.id.bytes for person in at.everybody]
    everything_in_box = b"".join(paper_values)
    assert not [person for person in people if person in everything_in_box]
    # by time: a paper has no column that is a time or a number in order
    assert set(papers[0]) == {"xmin", "ctid", "vote_id", "id", "message", "signature"}
    # by order, in the tables and in the write-ahead log: chance gives one hit in fifty, and nine once in a million
    assert hits(list(zip([row["user_id"] for row in issued], names, strict=True)), truth) < 9
    in_wal = sorted((row["user_id"] for row in issued), key=lambda user: stolen.wal.rfind(user.bytes))
    papers_in_wal = sorted(papers, key=lambda row: stolen.wal.find(row["id"]))
    assert stolen.wal.find(papers_in_wal[0]["id"]) >= 0, "the attacker reads the log"
    by_wal = list(zip(in_wal, [row["id"].hex()[:16].upper() for row in papers_in_wal], strict=True))
    assert hits(by_wal, truth) < 9
    # the order in which they came is nowhere: it would be a perfect join
    came = [voter.person.id for voter in voters]
    assert [row["user_id"] for row in issued] != came
    assert names != [truth[user] for user in came]
    # by log and events
    assert not [voter for voter in voters if voter.receipt in written or str(voter.person.id) in written]
    for row in stolen.rows["event"]:
        assert not [name for name in names if name.lower() in bytes(row["body"]).decode()]
