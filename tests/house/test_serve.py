"""One command starts; what is acknowledged stays; a killed hub leaves nobody behind; refusals are one sentence."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest

from hub.children.postgres import EmbeddedPostgres
from hub.children.process import CannotStart
from hub.folder import FORMAT, DataFolder
from tests.house.installation import PHIEN, Installation, lives, name_of, wait_until_gone

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder the database's own user can reach (pytest's are closed to others when root runs the tests)."""
    with TemporaryDirectory(prefix="phiên nhà ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def one_sentence(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if not line.startswith("phien: making")]
    assert len(lines) == 1, said
    assert lines[0].startswith("phien: ")
    return lines[0]


def test_it_starts_on_a_path_with_spaces_and_vietnamese_letters_and_leaves_in_order(place: Path) -> None:
    with Installation(place / "dữ liệu") as house:
        children = house.children()
        assert house.get("/healthz").json() == {"status": "alive"}
        assert house.get("/readyz").status_code == 200
        code = house.stop()

    assert code == 0
    assert children
    assert wait_until_gone(children) == []
    assert "Traceback" not in house.said
    assert DataFolder(place / "dữ liệu").running() is None


def test_a_killed_hub_leaves_no_child_and_the_next_start_has_what_was_acknowledged(place: Path) -> None:
    with Installation(place / "data") as house:
        house.sql("CREATE TABLE kept (word text)")
        house.sql("INSERT INTO kept VALUES ('giữ lại')")
        children = house.children()
        assert {"postgres", "valkey-server"} <= {name_of(pid) for pid in children}

        house.kill()

        house.start()  # at once: it waits for the old database to leave
        assert house.sql("SELECT word FROM kept") == [("giữ lại",)]
        assert [pid for pid in wait_until_gone(children) if pid not in house.children()] == []
        assert house.get("/readyz").status_code == 200


def test_a_crashed_database_comes_back_by_itself(place: Path) -> None:
    with Installation(place / "data") as house:
        house.sql("CREATE TABLE kept (word text)")
        house.sql("INSERT INTO kept VALUES ('giữ lại')")
        (server,) = [pid for pid in house.children() if is_postmaster(pid)]

        os.kill(server, signal.SIGKILL)
        wait_until_gone([server])

        anyio.run(until_ready, house)
        assert house.sql("SELECT word FROM kept") == [("giữ lại",)]


async def until_ready(house: Installation) -> None:
    with anyio.fail_after(60):
        while house.get("/readyz").json().get("database") != "up":
            await anyio.lowlevel.checkpoint()


def is_postmaster(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(b"bin/postgres")


def test_two_installations_live_side_by_side(place: Path) -> None:
    with Installation(place / "a") as one, Installation(place / "b") as other:
        one.sql("CREATE TABLE only_here (x int)")

        assert one.running.url != other.running.url
        assert other.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'") == [(0,)]
        assert one.get("/readyz").status_code == other.get("/readyz").status_code == 200


def test_two_hubs_never_share_a_folder(place: Path) -> None:
    with Installation(place / "data") as house:
        code, said = Installation(place / "data").refused()

        assert code == 1
        assert "already runs" in one_sentence(said)
        assert str(house.running.pid) in said
        assert house.get("/readyz").status_code == 200


def test_a_port_in_use_is_one_sentence_and_nothing_was_started(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = Installation(place / "data", PHIEN_PORT=str(port)).refused()

    assert code == 1
    assert f"port {port} is in use" in one_sentence(said)
    assert not (place / "data" / "postgres").exists()


def test_the_rooms_mqtt_port_in_use_is_one_sentence_and_nothing_was_started(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        code, said = Installation(place / "data", PHIEN_MQTT_BIND=bind).refused()

    assert code == 1
    assert "in use" in one_sentence(said)
    assert "PHIEN_MQTT_BIND" in said
    assert not (place / "data" / "postgres").exists()


def test_a_folder_of_a_newer_version_is_left_alone(place: Path) -> None:
    data = place / "data"
    data.mkdir()
    (data / "phien.json").write_text(f'{{"format":{FORMAT + 1}}}')

    code, said = Installation(data).refused()

    assert code == 1
    assert "newer Phiên" in one_sentence(said)
    assert not (data / "postgres").exists()


def test_a_database_of_a_newer_version_is_left_alone(place: Path) -> None:
    with Installation(place / "data") as house:
        house.sql("INSERT INTO migration (name, checksum) VALUES ('9999_future.sql', '')")

    code, said = Installation(place / "data").refused()

    assert code == 1
    assert "newer Phiên" in one_sentence(said)


def test_a_misspelt_setting_is_named(place: Path) -> None:
    code, said = Installation(place / "data", PHIEN_PROT="8400").refused()

    assert code == 1
    assert "PHIEN_PROT" in one_sentence(said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_one_sentence(place: Path) -> None:
    with small_disk(place, 8) as disk:
        code, said = Installation(disk / "data").refused()

    assert code == 1
    assert "full" in one_sentence(said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_while_the_database_is_made_is_one_sentence_and_leaves_no_half_of_it(place: Path) -> None:
    with small_disk(place, 24) as disk:
        with pytest.raises(CannotStart, match="the disk is full"):
            EmbeddedPostgres(disk / "postgres", place / "run").start()

        assert list((disk / "postgres").iterdir()) == []


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this root may not mount a file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_hub_that_is_told_to_stop_while_starting_leaves_nothing(place: Path) -> None:
    house = Installation(place / "data")
    house.launch()
    assert house.process is not None
    with anyio_wait_for_lock(place / "data"):
        children = house.children()
        code = house.stop()

    assert code == 0
    assert wait_until_gone(children) == []
    assert not lives(house.process.pid)
    assert "Traceback" not in house.said


@contextmanager
def anyio_wait_for_lock(data: Path) -> Iterator[None]:
    """Until the hub holds its folder: from there on its children are being started."""

    async def wait() -> None:
        with anyio.fail_after(30):
            while not is_held(data / "lock"):
                await anyio.lowlevel.checkpoint()

    anyio.run(wait)
    yield


def is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    # asked of the system: taking it to try would turn away the hub that takes it in the same moment
    return f":{lock.stat().st_ino} " in Path("/proc/locks").read_text()


def test_under_nohup_a_closed_terminal_does_not_stop_it(place: Path) -> None:
    with Installation(place / "data", program=("nohup", *PHIEN)) as house:
        assert house.process is not None

        house.process.send_signal(signal.SIGHUP)

        assert house.get("/healthz").status_code == 200
