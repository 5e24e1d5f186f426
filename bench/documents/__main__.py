"""``python -m bench.documents``: live documents beside their peers, as ratios. Run on an otherwise idle machine.

Installs the peers from npm and PyPI into `bench/documents/.peers` once, starts each server in turn, ours as shipped
(people signed in, rights, PostgreSQL log, bus), and drives all with the same load, one after the other in every round.

  w1       one writer, 20 edits a second, 500 readers
  w2-N     N editors of one document, each 5 edits and 5 cursor moves a second
  w3       200 documents of 3 editors, each 2 edits and 2 cursor moves a second
  join     a 223 KB document with the history of 259,778 keystrokes: one newcomer, and 200 at once
  stalled  readers that take nothing any more while 40 MB go by
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.documents import peers, table
from bench.documents.drive import SERVERS, WORKLOADS, measure
from bench.documents.peers import Failed


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.documents", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", nargs="+", default=list(WORKLOADS), choices=WORKLOADS, metavar="WORK")
    parser.add_argument("--server", nargs="+", default=list(SERVERS), choices=SERVERS, metavar="SERVER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0, help="of measuring, after the warm-up")
    parser.add_argument("--quick", action="store_true", help="one round of two seconds: whether it works at all")
    said = parser.parse_args()
    rounds, seconds = (1, 2.0) if said.quick else (said.rounds, said.seconds)
    peers.install()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="phien-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's own user passes through
        for number in range(rounds):
            for work in said.work:
                for server in said.server:
                    try:
                        result = measure(server, work, seconds, folder)
                    except (Failed, subprocess.TimeoutExpired) as failure:
                        result = {"wrong": str(failure)[-300:]}
                    found.setdefault((work, server), []).append(result)
                    print(table.line(number, work, server, result), flush=True)
    print(table.whole(found))
    return 1 if any(r["wrong"] for (_, server), results in found.items() if server == "phien" for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
