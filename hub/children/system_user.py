"""PostgreSQL refuses to run as root, so a hub that runs as root gives it a system user of its own, made once."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from hub.children.process import CannotStart, SystemUser

NAME = "phien"


def database_user() -> SystemUser | None:
    """Who the database runs as: None (ourselves) unless we are root."""
    if os.geteuid() != 0:
        return None
    return _find() or _make()


def _find() -> SystemUser | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make() -> SystemUser:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise CannotStart(
            f"PostgreSQL does not run as root: make a system user named {NAME!r}, start as a plain user, "
            "or name a database with PHIEN_DATABASE."
        )
    command = [
        useradd,
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
    ]
    made = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", NAME],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if user := _find():  # another instance may have made it at the same moment
        return user
    raise CannotStart(f"could not make the system user {NAME!r} for PostgreSQL: {made.stderr.strip()}")


def can_run(program: Path, user: SystemUser) -> bool:
    """Whether ``user`` reaches the program and the libraries beside it (a checkout in /root is closed to others)."""
    return _as(user, str(program), "--version")


def can_enter(folder: Path, user: SystemUser) -> bool:
    return _as(user, "/bin/sh", "-c", 'cd "$1"', "sh", str(folder))


def _as(user: SystemUser, *command: str) -> bool:
    try:
        ran = subprocess.run(
            command,
            check=False,
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=30,
        )
    except PermissionError:
        return False
    return ran.returncode == 0
