"""LibreOffice, where there is one: an office file becomes a PDF, in a child with a time, a memory and a profile of its
own that runs no macro and fetches nothing."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from signal import SIGKILL
from typing import Final

import msgspec
import structlog

from hub.children.process import on_leash
from hub.children.program import child_environ
from hub.ending import end
from hub.papers.worker import Said
from hub.settings import Settings

log = structlog.get_logger()

SECONDS: Final = 240.0
READ_SECONDS: Final = 150.0
PDF_BYTES: Final = 400 * 1024 * 1024
RESTART: Final = 81  # LibreOffice's own "once more", after it made a new profile
LAST_WORDS: Final = 1000
SAID_BYTES: Final = 64 * 1024 * 1024

_SCRIPTING: Final = "org.openoffice.Office.Common/Security/Scripting"
PROFILE_SETTINGS: Final = (
    (_SCRIPTING, "MacroSecurityLevel", "3"),
    (_SCRIPTING, "DisableMacrosExecution", "true"),
    (_SCRIPTING, "BlockUntrustedRefererLinks", "true"),
    (_SCRIPTING, "DisableActiveContent", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
)
PROFILE: Final = "".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n',
        *(
            f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>\n'
            for path, name, value in PROFILE_SETTINGS
        ),
        "</oor:items>\n",
    ]
)


def find_soffice(settings: Settings) -> Path | None:
    """The program itself where it stands beside its launcher: a launcher's child would outlive a killed hub."""
    named = shutil.which(settings.soffice) if settings.soffice else shutil.which("soffice")
    if named is None:
        return None
    program = Path(named).resolve()
    beside = program.with_name("soffice.bin")
    return beside if beside.exists() else program


async def to_pdf(soffice: Path, format_: str, source: Path, folder: Path) -> Path | None:
    """None where it could not be done in time; the log says why. ``folder`` is the caller's, for this file alone."""
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, "utf-8")
    out.mkdir()
    given = folder / f"in.{format_}"
    with contextlib.suppress(OSError):
        os.link(source, given)
    if not given.exists():
        await asyncio.to_thread(shutil.copyfile, source, given)
    command: list[str | Path] = [
        *(sys.executable, "-P", "-m", "hub.papers.confined", soffice),
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
        *(f"-env:UserInstallation=file://{profile}", "--convert-to", "pdf", "--outdir", out, given),
    ]
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), "http://127.0.0.1:9")
    environ = child_environ() | {"HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp"} | nowhere
    made = out / "in.pdf"
    for _ in range(2):
        code, complaint = await run(command, folder, environ, SECONDS)
        if code != RESTART or made.exists():
            break
    if code == 0 and made.exists() and 0 < made.stat().st_size <= PDF_BYTES:
        return made
    log.warning("papers.not_converted", code=code, stderr=complaint.decode(errors="replace")[-LAST_WORDS:])
    return None


async def read_text(format_: str, path: Path) -> Said:
    """Raises nothing: a file that kills its reader is unreadable."""
    with tempfile.TemporaryDirectory(prefix="phien-paper-", ignore_cleanup_errors=True) as folder:
        out = Path(folder) / "said"
        command = [sys.executable, "-P", "-m", "hub.papers.worker", format_, str(path)]
        code, complaint = await run(command, Path(folder), child_environ(), READ_SECONDS, out)
        if code == 0 and out.stat().st_size <= SAID_BYTES:
            return msgspec.msgpack.decode(out.read_bytes(), type=Said)
    log.warning("papers.unreadable", code=code, stderr=complaint.decode(errors="replace")[-LAST_WORDS:])
    return Said([], 0, "unreadable")


async def run(
    command: list[str | Path] | list[str],
    folder: Path,
    environ: dict[str, str],
    seconds: float,
    out: Path | None = None,
) -> tuple[int | None, bytes]:
    """Exit code (None: too slow, killed with all its children) and the end of what it complained of."""
    complaints = folder / "stderr"
    with complaints.open("wb") as errors, (out or Path(os.devnull)).open("wb") as answer:
        child = await asyncio.create_subprocess_exec(
            *on_leash([str(word) for word in command], death=SIGKILL),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=answer,
            stderr=errors,
            env=environ,
            start_new_session=True,
        )
    waiting = asyncio.create_task(child.wait())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=seconds)
        code = waiting.result() if done else None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, SIGKILL)  # whatever it started goes with it
        await end(waiting)
        await child.wait()
    with complaints.open("rb") as errors:
        errors.seek(max(0, complaints.stat().st_size - LAST_WORDS))
        return code, errors.read()
