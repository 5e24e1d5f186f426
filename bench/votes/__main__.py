"""``python -m bench.votes``: 5,000 ballots in 5 seconds on an installation as shipped, then again with a kill -9 of the
hub in the middle. Exit code 1 where a ballot was lost, counted twice, or the answer's p95 was a second or more."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench.faults.site import ALONE
from bench.votes.body import Council
from bench.votes.load import Voter, storm
from tests.flows.site import Site

P95_SECONDS = 1.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.votes", description=__doc__)
    parser.add_argument("--voters", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-kill", action="store_true")
    said = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {said.seed}")
    with tempfile.TemporaryDirectory(prefix="phien-votes-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        return asyncio.run(run(Path(folder), said))


async def run(folder: Path, said: argparse.Namespace) -> int:
    site = Site(folder, **ALONE)
    await site.start()
    try:
        print(f"a council of {said.voters} is being made", flush=True)
        council = await asyncio.to_thread(Council, site.conninfo, said.voters)
        fine = await one_storm(site, council, said, kill=False)
        if not said.no_kill:
            fine = await one_storm(site, council, said, kill=True) and fine
    finally:
        await site.stop()
    return 0 if fine else 1


async def one_storm(site: Site, council: Council, said: argparse.Namespace, *, kill: bool) -> bool:
    voters = council.voters()
    async with Chair(site, council) as chair:
        vote = await chair.open_vote()
        path, before = f"/api/votes/{vote}/ballot", cpu_seconds(site)
        sending = asyncio.create_task(
            storm(site.address, path, chair.csrf, voters, said.seconds, patience=90, seed=said.seed)
        )
        if kill:
            await asyncio.sleep(said.seconds / 2)
            await site.kill()
            acknowledged = sum(bool(voter.receipts) for voter in voters)
            begin = time.perf_counter()
            await site.restart()
            if site.process is None or site.process.returncode is not None:
                raise RuntimeError("the hub did not come back:\n" + "\n".join(site.output[-20:]))
            print(f"kill -9 after {acknowledged} receipts; back after {time.perf_counter() - begin:.1f} s", flush=True)
        took, spent = await sending, cpu_seconds(site) - before
        closed, roll = await chair.close_vote(vote)
    return report(said, voters, closed, roll, took, None if kill else spent)


def report(
    said: argparse.Namespace,
    voters: list[Voter],
    closed: dict[str, Any],
    roll: list[Any],
    took: float,
    spent: float | None,
) -> bool:
    counted = {line["receipt"] for line in roll if line["choice"]}
    lost = [voter for voter in voters if not voter.receipts or voter.receipts[-1] not in counted]
    tally = closed["result"]["tally"]
    expected = {name: sum(voter.choice == name for voter in voters) for name in ("agree", "disagree", "abstain")}
    exact = {name: tally[name] for name in expected} == expected and tally["returned"] == len(voters) == len(counted)
    delays = sorted(voter.seconds for voter in voters if voter.receipts)
    at = {part: delays[min(len(delays) - 1, int(len(delays) * part))] for part in (0.5, 0.95, 0.99)}
    again = sum(voter.sent - 1 for voter in voters)
    print(
        f"{len(voters)} ballots meant for {said.seconds:.0f} s, the last receipt after {took:.2f} s;"
        f" sent again {again}; lost {len(lost)}, counted {tally['returned']}, {'exact' if exact else 'NOT EXACT'}"
    )
    print(f"answer p50 {at[0.5] * 1000:.0f} ms, p95 {at[0.95] * 1000:.0f} ms, p99 {at[0.99] * 1000:.0f} ms", end="")
    print("" if spent is None else f"; hub's processor {spent:.1f} s", flush=True)
    refused = [reason for voter in voters for reason in voter.refusals]
    if refused:
        print(f"refused {len(refused)} times, first: {refused[0]}")
    return exact and not lost and (spent is None or at[0.95] < P95_SECONDS)


def cpu_seconds(site: Site) -> float:
    """Of the hub process, user and system; its database is a process of its own."""
    assert site.process is not None
    fields = Path(f"/proc/{site.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Chair:
    """The one who opens and closes, and whose CSRF token the storm shares: it is tied to a cookie, not to a person."""

    def __init__(self, site: Site, council: Council) -> None:
        self.council = council
        self.http = httpx.AsyncClient(base_url=site.address, timeout=60, headers={"cookie": council.cookies[0]})
        self.csrf = ("", "")

    async def __aenter__(self) -> Chair:
        answer = await self.http.get("/api/csrf")
        cookie = next(iter(answer.cookies.items()))
        self.csrf = (f"{cookie[0]}={cookie[1]}", answer.json()["token"])
        self.http.headers["cookie"] = f"{self.council.cookies[0]}; {self.csrf[0]}"
        self.http.headers["x-csrf-token"] = self.csrf[1]
        self.http.cookies.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def open_vote(self) -> str:
        wish = {"item_ids": [str(self.council.item)], "question": "Thông qua?", "rule_id": "hdnd", "live_count": True}
        made = await self.http.post(f"/api/meetings/{self.council.meeting}/votes", json=wish)
        vote = str(made.raise_for_status().json()["id"])
        (await self.http.post(f"/api/votes/{vote}/open", json={})).raise_for_status()
        return vote

    async def close_vote(self, vote: str) -> tuple[dict[str, Any], list[Any]]:
        closed = (await self.http.post(f"/api/votes/{vote}/close")).raise_for_status().json()
        return closed, (await self.http.get(f"/api/votes/{vote}/roll")).raise_for_status().json()


if __name__ == "__main__":
    sys.exit(main())
