"""``python -m bench.faults`` kills real processes while people type, and looks for every edit that was called saved.

kills: hub, PostgreSQL, Valkey or all three of one installation as shipped. chaos: several hubs on one document over one
database and one bus. bus: two hubs on one document, and no bus for half a minute. Exit code 1 where anything was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.faults import chaos, kills


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_subparsers(dest="which")
    one = which.add_parser("kills", help="SIGKILL of hub, PostgreSQL, Valkey, all three (the default)")
    for each in (parser, one):
        each.add_argument("--kills", type=int, default=200)
        each.add_argument("--seed", type=int, default=1)
        each.add_argument("--ledger", type=Path, help="a file that is added to; a run that was stopped goes on from it")
    two = which.add_parser("chaos", help="several hubs on one document, and random deaths")
    two.add_argument("--hubs", type=int, default=3)
    two.add_argument("--clients", type=int, default=8)
    two.add_argument("--events", type=int, default=30)
    three = which.add_parser("bus", help="two hubs on one document, and no bus for a while")
    three.add_argument("--seconds", type=float, default=30.0)
    three.add_argument("--frozen", action="store_true", help="it accepts bytes and answers nothing")
    for each in (two, three):
        each.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {said.seed}")
    with tempfile.TemporaryDirectory(prefix="phien-faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        place = Path(folder)
        if said.which == "chaos":
            return _several(
                chaos.run(place, hubs=said.hubs, clients=said.clients, events=said.events, seed=said.seed, tell=_say)
            )
        if said.which == "bus":
            return _several(
                chaos.without_bus(place, seconds=said.seconds, seed=said.seed, frozen=said.frozen, tell=_say)
            )
        return _kills(place, said.kills, said.seed, said.ledger)


def _several(running: Coroutine[Any, Any, chaos.Outcome]) -> int:
    began = time.monotonic()
    outcome = asyncio.run(running)
    _say(", ".join(f"{what}: {count}" for what, count in sorted(outcome.events.items())))
    _say(f"edits acknowledged {outcome.acknowledged}, lost {len(outcome.lost)}; everybody and the log the same")
    if moved := outcome.lease_moved_seconds:
        _say(f"the lease moved {len(moved)} times, after {max(moved):.1f} s at most")
    _say(f"{time.monotonic() - began:.0f} s")
    return 1 if outcome.lost else 0


def _kills(place: Path, wanted: int, seed: int, ledger: Path | None) -> int:
    done = []
    if ledger is not None and ledger.exists():
        done = [kills.Found(**json.loads(line)) for line in ledger.read_text().splitlines()]
    began = time.monotonic()

    def note(found: kills.Found) -> None:
        if ledger is not None:
            with ledger.open("a") as file:
                file.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")

    tally = asyncio.run(kills.run(place, kills=wanted, seed=seed, tell=_say, note=note, done=done))
    _say("\n".join(tally.table()))
    _say(f"{time.monotonic() - began:.0f} s")
    for each in tally.lost[:20]:
        _say(f"lost: {each}")
    return 1 if tally.lost else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
