"""One server, one workload: starts the one, runs the other on it in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.documents import peers
from bench.documents.ours import phien
from bench.documents.peers import PEERS, PYTHON, ROOT, Failed, Running

Start = Callable[[Path], contextlib.AbstractContextManager[Running]]

SERVERS: dict[str, Start] = {
    "phien": phien,
    "hocuspocus": peers.hocuspocus,
    "hocuspocus-flush20": peers.hocuspocus_flush,
    "hocuspocus-sqlite": peers.hocuspocus_sqlite,
    "y-websocket": peers.y_websocket,
    "pycrdt-websocket": peers.pycrdt_websocket,
}

WORKLOADS: dict[str, dict[str, Any]] = {
    "w1": {"readers": 500, "edits_a_second": 20.0},
    "w2-30": {"editors": 30, "cursors_a_second": 5.0},
    "w2-60": {"editors": 60, "cursors_a_second": 5.0},
    "w2-100": {"editors": 100, "cursors_a_second": 5.0},
    "w3": {"documents": 200, "editors": 3, "edits_a_second": 2.0, "cursors_a_second": 2.0},
    "join": {"work": "joins", "at_once": 200},
    "stalled-1": {"work": "stalled", "stalled": 1, "readers": 10},
    "stalled-100": {"work": "stalled", "stalled": 100, "readers": 10},
    "stalled-0": {"work": "stalled", "stalled": 0, "readers": 10},
}
UNBOUNDED = {("stalled-100", peer) for peer in SERVERS if peer != "phien"}
"""A peer keeps all 40 MB for each of them; one shows it."""
LOAD_SECONDS = 300.0


def measure(server: str, work: str, seconds: float, folder: Path) -> dict[str, Any]:
    if (work, server) in UNBOUNDED:
        raise Failed("not tried: it bounds nothing")
    job = dict(WORKLOADS[work])
    if job.get("work") == "joins":
        job["state"] = str(_trace())
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        own = Path(name)
        own.chmod(0o755)  # the database's own user passes through
        return _measure(server, job, seconds, own)


def _measure(server: str, job: dict[str, Any], seconds: float, folder: Path) -> dict[str, Any]:
    with SERVERS[server](folder) as running:
        people = job.get("documents", 1) * (job.get("editors", 1) + job.get("readers", 0))
        people += job.get("at_once", 0) + job.get("stalled", 0) + 1
        job["target"] = {
            "url": running.url, "hocuspocus": running.hocuspocus,
            "documents": running.documents(job.get("documents", 1)), "people": running.people(people),
        }  # fmt: skip
        job |= {"server": running.pid, "services": running.services(), "seconds": seconds}
        ran = subprocess.run(
            [PYTHON, "-m", "bench.documents.load"], input=json.dumps(job), capture_output=True, text=True, cwd=ROOT,
            timeout=LOAD_SECONDS, check=False,
        )  # fmt: skip
    if ran.returncode:
        raise Failed(ran.stderr.strip())
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _trace() -> Path:
    path = PEERS / "trace.bin"
    if not path.exists():
        subprocess.run([PYTHON, "-m", "bench.documents.trace", path], cwd=ROOT, check=True)
    return path
