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
from dataclasses import asdict
from pathlib import Path

from bench.faults import kills


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
    said = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, seed {said.seed}")
    with tempfile.TemporaryDirectory(prefix="phien-faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        return _kills(Path(folder), said.kills, said.seed, said.ledger)


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
