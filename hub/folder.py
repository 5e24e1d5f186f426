"""The data folder of one installation: who holds it, which version wrote it, and where its children listen.

Sockets live elsewhere, in a short private folder: their paths hold 107 bytes and the database's own user goes there.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Generator
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Literal

import msgspec

from hub.children.process import CannotStart

FORMAT = 1  # of the folder as a whole; the database counts its own migrations
ENOUGH_BYTES = 64 * 1024 * 1024  # below this free space a start would fail half way


class Written(msgspec.Struct):
    """``phien.json``: by whom the folder was made."""

    format: int
    sample: bool = True  # whether the sample may be made here; --empty on the first start says no


class Running(msgspec.Struct, frozen=True):
    """``running.json``: what the hub that holds the folder offers to the other verbs."""

    pid: int
    database: str
    redis: str | None
    inference: str | None
    url: str  # where people open it
    local: str  # where it listens on this machine


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.models = self.path / "models"
        self.logs = self.path / "logs"
        self.authority = self.path / "authority"
        self.postgres = self.path / "postgres"
        self._lock: IO[str] | None = None

    def prepare(self) -> None:
        """Makes the folder, and refuses one that a newer version wrote, or a disk with no room left."""
        try:
            # As root the database's own user passes through to its part; everything private is closed by itself.
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            for folder in (self.models, self.logs, self.authority):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._check_format()
        except OSError as error:
            raise CannotStart(why_not_written(self.path, error)) from error
        room = os.statvfs(self.path)
        if room.f_bavail * room.f_frsize < ENOUGH_BYTES:
            raise CannotStart(f"the disk of {self.path} is full: less than {ENOUGH_BYTES >> 20} MB are free.")

    def _check_format(self) -> None:
        note = self.path / "phien.json"
        try:
            written = msgspec.json.decode(note.read_bytes(), type=Written)
        except FileNotFoundError:
            write_whole(note, msgspec.json.encode(Written(FORMAT)) + b"\n")
            return
        except msgspec.MsgspecError as error:
            raise CannotStart(f"{note} cannot be read ({error}): is {self.path} a data folder of Phiên?") from None
        if written.format > FORMAT:
            raise CannotStart(
                f"{self.path} was written by a newer Phiên (format {written.format}, this one knows {FORMAT}): "
                "start that version, or name another folder with PHIEN_DATA."
            )

    def wants_sample(self, empty: bool) -> bool:
        """``--empty`` is remembered: a later start without it must not bring fictional people into a real house."""
        note = self.path / "phien.json"
        written = msgspec.json.decode(note.read_bytes(), type=Written)
        if empty and written.sample:
            written.sample = False
            write_whole(note, msgspec.json.encode(written) + b"\n")
        return written.sample

    def hold(self) -> bool:
        """Takes the folder for this process until it ends, however it ends. False: another process has it."""
        lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def is_held(self) -> bool:
        """Whether some process has the folder now."""
        if self.hold():
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        if not self.hold():
            other = self.running()
            who = f"another Phiên (process {other.pid}, {other.url})" if other else "another Phiên"
            raise CannotStart(f"{who} already runs on {self.path}: stop it, or name another folder with PHIEN_DATA.")
        try:
            yield
        finally:
            (self.path / "running.json").unlink(missing_ok=True)
            shutil.rmtree(self._sockets_folder(), ignore_errors=True)
            self.release()

    def tell_running(self, running: Running) -> None:
        write_whole(self.path / "running.json", msgspec.json.encode(running))

    def running(self) -> Running | None:
        """What the holder wrote. Only true while someone holds the folder: a killed hub leaves the file."""
        try:
            return msgspec.json.decode((self.path / "running.json").read_bytes(), type=Running)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def sockets(self, part: Literal["pg", "own"]) -> Path:
        """A private folder for unix sockets: always the same one for this data folder, so nothing piles up."""
        parent = self._sockets_folder()
        parent.mkdir(mode=0o711, exist_ok=True)
        found = parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise CannotStart(f"{parent} belongs to someone else: name another data folder with PHIEN_DATA.")
        folder = parent / part
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _sockets_folder(self) -> Path:
        own = Path("/run") if os.geteuid() == 0 else Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
        parent = own if own.is_dir() and os.access(own, os.W_OK) else Path(gettempdir())
        return parent / f"phien-{hashlib.sha256(os.fsencode(self.path)).hexdigest()[:10]}"


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Either the old file or the new one is there, also when the power goes."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def why_not_written(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {path} is full."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path} cannot be written by this user: name another folder with PHIEN_DATA."
    return f"{path} cannot be used as a data folder: {error.strerror}."


def default_place(environ: dict[str, str]) -> Path:
    """``var`` in a checkout; an installed wheel keeps its data where the system keeps such things."""
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").exists():
        return checkout / "var"
    if os.geteuid() == 0:
        return Path("/var/lib/phien/house")
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "phien"
