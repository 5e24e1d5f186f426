"""Children: restarted when they die, stopped in order, and gone when the one who started them is."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from hub.children.process import CannotStart, spawn
from hub.children.program import Program, child_environ, tail
from hub.children.supervisor import State, Supervisor
from tests.house.installation import ROOT, lives, wait_until_gone

FOREVER = ("/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done")


@dataclass
class Story:
    """What the supervisor told, in order, and a way to wait for the next of it."""

    told: list[tuple[str, State]] = field(default_factory=list)
    more: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self, name: str, state: State) -> None:
        self.told.append((name, state))
        self.more.set()
        self.more = anyio.Event()

    async def until(self, name: str, state: State, times: int = 1) -> None:
        with anyio.fail_after(20):
            while self.told.count((name, state)) < times:
                await self.more.wait()


async def yes() -> bool:
    return True


def program(folder: Path, words: Sequence[str] = FOREVER, name: str = "child") -> Program:
    return Program(name, lambda: list(words), yes, folder / f"{name}.log")


async def test_a_child_that_dies_is_started_again_and_both_are_told(tmp_path: Path) -> None:
    story = Story()
    async with Supervisor(story) as supervisor:
        kept = supervisor.start(program(tmp_path))
        await kept.until_up()
        first = kept.pid
        assert first is not None

        os.kill(first, signal.SIGKILL)

        await story.until("child", "up", times=2)
        assert kept.pid not in (None, first)
        assert ("child", "down") in story.told
        assert kept.starts == 2


async def test_a_child_that_cannot_start_says_why_to_who_waits_for_it(tmp_path: Path) -> None:
    class Hopeless(Program):
        def prepare(self) -> None:
            raise CannotStart("there is no wheel for this platform.")

    async with Supervisor() as supervisor:
        kept = supervisor.start(Hopeless("child", lambda: FOREVER, yes, tmp_path / "log"))

        with pytest.raises(CannotStart, match="no wheel"):
            await kept.until_up()


async def test_pauses_between_starts_grow(tmp_path: Path) -> None:
    story = Story()
    async with Supervisor(story) as supervisor:
        began = anyio.current_time()
        kept = supervisor.start(program(tmp_path, ["/bin/sh", "-c", "exit 3"]))

        await story.until("child", "starting", times=3)
        assert anyio.current_time() - began >= 0.5 + 1.0
        assert kept.pid is None


async def test_leaving_stops_the_last_started_first_and_waits_for_each(tmp_path: Path) -> None:
    story = Story()
    async with Supervisor(story) as supervisor:
        first, second = (supervisor.start(program(tmp_path, name=name)) for name in ("first", "second"))
        await first.until_up()
        await second.until_up()
        pids = [pid for pid in (first.pid, second.pid) if pid]

    assert len(pids) == 2
    assert not any(map(lives, pids))
    assert [name for name, state in story.told if state == "stopped"] == ["second", "first"]


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = Program(
        "deaf",
        lambda: ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1000; done"],
        yes,
        tmp_path / "log",
        stop_seconds=0.3,
    )
    async with Supervisor() as supervisor:
        kept = supervisor.start(deaf)
        await kept.until_up()
        pid = kept.pid

    assert pid is not None
    assert not lives(pid)


def test_a_child_dies_with_who_started_it_even_by_sigkill(tmp_path: Path) -> None:
    code = """
        import signal, sys, time
        from hub.children.process import spawn
        child = spawn(["/bin/sleep", "1000"], death=signal.SIGTERM)
        print(child.pid, flush=True)
        time.sleep(1000)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            until_it_is(child, b"/bin/sleep")
        finally:
            parent.kill()

        assert wait_until_gone([child]) == []


def until_it_is(pid: int, program: bytes) -> None:
    """The leash has become the program."""

    async def wait() -> None:
        with anyio.fail_after(10):
            while not Path(f"/proc/{pid}/cmdline").read_bytes().startswith(program):
                await anyio.lowlevel.checkpoint()

    anyio.run(wait)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_leash_survives_the_change_of_user(tmp_path: Path) -> None:
    from hub.children.system_user import database_user

    user = database_user()
    assert user is not None
    child = spawn(["/bin/sleep", "1000"], user=user)
    until_it_is(child.pid, b"/bin/sleep")

    status = Path(f"/proc/{child.pid}/status").read_text()
    child.kill()
    child.wait()

    assert f"Uid:\t{user.uid}\t{user.uid}\t{user.uid}\t{user.uid}" in status
    assert "Groups:\t \n" in status  # none of root's groups came along


def test_a_child_does_not_get_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHIEN_DATABASE", "postgresql://somebody:secret@host/db")

    assert "secret" not in "".join(child_environ().values())


def test_the_last_words_of_a_log_are_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("đầu " * 1000 + "lời cuối\n")

    assert tail(log).endswith("lời cuối")
    assert len(tail(log)) <= 400
    assert tail(tmp_path / "none") == ""
