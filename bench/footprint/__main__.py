"""How long a start takes, how much disk and memory the house takes: ``python -m bench.footprint`` in a set-up checkout.

Memory is PSS over the whole process tree: what is shared is counted once, so the sum is what the machine really gives.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
SETTLED_SECONDS = 15.0  # after the first answer: queued jobs, the sample's room and autovacuum come to rest
LIMITS = {"installed": 800.0, "idle": 450.0, "warm start": 5.0}


class House:
    """One ``phien serve`` of the environment this runs in, on a folder of its own."""

    def __init__(self, data: Path, *words: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PHIEN_")}
        began = time.monotonic()
        self.process = subprocess.Popen(
            [python(), "-P", "-m", "hub.cli", "serve", *words],
            env=environ | {"PHIEN_DATA": str(data), "PHIEN_PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        self.url = ""
        for line in self.process.stdout:
            if "is ready after" in line:
                self.url = line.split()[-1]
            if "stops it." in line:
                break
        if not self.url:
            sys.exit("the hub did not start; run it by hand to see why")
        self.seconds = time.monotonic() - began

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def tree(self) -> Iterator[tuple[int, str, float]]:
        """(pid, what it is, PSS in MiB) of the hub and all below it."""
        for pid in [self.process.pid, *below(self.process.pid)]:
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield pid, named(words), pss(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue


def python() -> Path:
    """Of the environment that a user gets; the tests' one when only that is here."""
    return next(path for name in (".venv", ".venv-test") if (path := ROOT / name / "bin" / "python").exists())


def below(pid: int) -> list[int]:
    found = [int(child) for thread in Path(f"/proc/{pid}/task").iterdir() for child in children(thread)]
    return found + [deeper for child in found for deeper in below(child)]


def children(thread: Path) -> list[str]:
    try:
        return (thread / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def named(words: str) -> str:
    for mark, name in (
        ("hub.cli", "hub"),
        ("ai.inference", "inference"),
        ("ai.captions", "captions"),
        ("rooms.simulator", "simulated room"),
        ("valkey", "bus (Valkey)"),
        ("postgres", "database (PostgreSQL)"),
    ):
        if mark in words:
            return name
    return words[:40]


def size(folder: Path) -> float:
    ran = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True)
    return int(ran.stdout.split()[0]) / 1024


def memory(house: House, say: Callable[[str], None]) -> float:
    parts: dict[str, float] = {}
    for _, name, mebibytes in house.tree():
        parts[name] = parts.get(name, 0.0) + mebibytes
    for name, mebibytes in sorted(parts.items(), key=lambda part: -part[1]):
        say(f"  {name:<24}{mebibytes:8.0f} MiB")
    return sum(parts.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.footprint", description=__doc__)
    parser.add_argument("--pid", type=int, help="only the memory of a hub that runs already, e.g. in a meeting")
    parser.add_argument("--settle", type=float, default=SETTLED_SECONDS)
    said = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if said.pid:
        house = House.__new__(House)
        house.process = type("Running", (), {"pid": said.pid})()
        print(f"memory (PSS): {memory(house, print):.0f} MiB")
        return
    environment = python().parents[1]
    installed = size(environment)
    print(f"installed ({environment.name}): {installed:.0f} MiB, limit {LIMITS['installed']:.0f}")
    with tempfile.TemporaryDirectory(prefix="phien-footprint-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        first = House(data)
        print(f"first start, empty folder, with the sample: {first.seconds:.1f} s")
        first.stop()
        warm = House(data)
        print(f"later start: {warm.seconds:.1f} s, limit {LIMITS['warm start']:.0f}")
        time.sleep(said.settle)
        with urllib.request.urlopen(f"{warm.url}/readyz", timeout=10) as answer:
            print(f"parts: {json.load(answer)}")
        print(f"idle memory (PSS), {said.settle:.0f} s after the start:")
        idle = memory(warm, print)
        print(f"  {'together':<24}{idle:8.0f} MiB, limit {LIMITS['idle']:.0f}")
        warm.stop()
    over = [installed > LIMITS["installed"], warm.seconds > LIMITS["warm start"], idle > LIMITS["idle"]]
    sys.exit(1 if any(over) else 0)


if __name__ == "__main__":
    main()
