"""What processes cost, read from /proc: time on a processor survives a noisy machine, latencies do not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def below(pid: int) -> list[int]:
    """All descendants of a process."""
    found = []
    for child in children(pid):
        found += [child, *below(child)]
    return found


def words(pid: int) -> str:
    """How the process was started."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def seconds(pids: Iterable[int]) -> dict[int, float]:
    """On a processor so far, all threads; to the nanosecond, where the usual counters tick in hundredths."""
    spent = {}
    for pid in pids:
        try:
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            spent[pid] = sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
        except (FileNotFoundError, ProcessLookupError):
            continue
    return spent


def since(before: dict[int, float], pids: Iterable[int]) -> float:
    """Of those that live now; what a process that ended had spent is lost."""
    return sum(spent - before.get(pid, 0.0) for pid, spent in seconds(pids).items())


def megabytes(pids: Iterable[int]) -> float:
    """Resident memory."""
    held = 0
    for pid in pids:
        try:
            held += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except (FileNotFoundError, ProcessLookupError):
            continue
    return held / 1e6
