"""``./run`` on a machine with a Python and nothing else, as root and as another; the wheel that carries the page."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType

import httpx
import pytest

from tests.house.installation import ROOT, Installation, clean_environ, wait_until_gone

SET_UP_SECONDS = 600
PLAIN_USER = "nobody"


def installer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("phien_install", ROOT / "locks" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def uv() -> Path:
    found: Path = installer().find_uv()
    return found


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A fresh copy of what is in version control, on a path that has to be quoted, open to every user."""
    parent = Path(mkdtemp(prefix="phiên mới "))
    parent.chmod(0o755)
    place = parent / "bản sao"
    shutil.copytree(ROOT, place, ignore=not_in_version_control)
    yield place
    shutil.rmtree(parent)


def not_in_version_control(folder: str, names: list[str]) -> set[str]:
    ours = Path(folder) == ROOT
    left_out = {name for name in names if name in ("node_modules", "__pycache__") or name.endswith("_cache")}
    if ours:
        left_out |= {name for name in names if name.startswith(".") and name != ".ci"} | ({"var", "dist"} & set(names))
    if Path(folder) == ROOT / "hub":
        left_out |= {"static", "static.new", "static.old"} & set(names)
    return left_out


def bare_machine(home: Path, **more: str) -> dict[str, str]:
    """No uv, no Node, no settings: a PATH with the system's own programs and a Python."""
    index = {name: os.environ[name] for name in os.environ if name.startswith(("UV_", "PIP_", "SSL_"))}
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHON": python_for_all()} | index | more


def python_for_all() -> str:
    """The system's Python when it is new enough: one in a closed home cannot be run by a plain user."""
    for found in ("/usr/bin/python3", "/usr/local/bin/python3"):
        ask = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
        if Path(found).exists() and subprocess.run([found, "-c", ask], check=False).returncode == 0:
            return found
    return os.path.realpath(sys.executable)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["as we are", "plain user"])
def test_one_command_on_a_bare_machine_serves_the_page(checkout: Path, who: str) -> None:
    prefix: list[str] = []
    if who == "plain user":
        if os.geteuid() != 0:
            pytest.skip("the tests already run as a plain user")
        if shutil.which("setpriv") is None or python_for_all().startswith("/root"):
            pytest.skip("no setpriv, or no Python that another user can run")
        prefix = ["setpriv", f"--reuid={PLAIN_USER}", "--regid=nogroup", "--clear-groups"]
        subprocess.run(["chown", "-R", PLAIN_USER, checkout], check=True)
    home = checkout / "home"
    home.mkdir()
    if prefix:
        shutil.chown(home, PLAIN_USER)
    environ = bare_machine(home, PHIEN_PORT="0")

    started = subprocess.run(
        [*prefix, checkout / "run", "--help"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SET_UP_SECONDS,
    )
    assert started.returncode == 0, started.stderr
    assert "sign-in-link" in started.stdout

    house = Installation(checkout / "var", program=[*prefix, str(checkout / "run")], **environ)
    with house:
        page = httpx.get(house.running.url + "/")
        script = re.search(r'src="(/assets/[^"]+\.js)"', page.text)
        assert script is not None
        assert httpx.get(house.running.url + script.group(1)).headers["content-type"].startswith("text/javascript")
        assert house.process is not None
        assert house.running.pid == house.process.pid  # exec: whoever kills ./run kills the hub
        children = house.children()
    assert wait_until_gone(children) == []
    assert "setting up" not in house.said  # the second start skipped it


def test_the_installer_says_in_one_sentence_that_the_python_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("sh", "dirname", "cksum", "cat", "find", "head", "rm"):
        (tmp_path / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    shutil.copy(ROOT / "run", tmp_path / "run")
    for name in ("locks", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)

    ran = subprocess.run(
        [tmp_path / "run"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode == 1
    assert ran.stderr.strip() == "phien: Python 3.11, 3.12 or 3.13 is needed and none is on PATH."


def test_a_wheel_of_uv_that_was_tampered_with_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install = installer()
    tag, _ = install.UV_WHEELS["Linux", "x86_64"]
    name = f"uv-{install.UV_VERSION}-py3-none-{tag}.whl"
    pages = {"https://me:secret@mirror.test/simple/uv/": f'<a href="../../f/{name}#sha256=0">x</a>'.encode()}
    pages[f"https://me:secret@mirror.test/f/{name}"] = b"not it"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:secret@mirror.test/simple")
    monkeypatch.setattr(install, "fetch", pages.__getitem__)
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")

    with pytest.raises(install.CannotInstall, match="checksum differs") as refusal:
        install.fetch_uv(tmp_path / "uv")

    assert "secret" not in str(refusal.value)
    assert not (tmp_path / "uv").exists()


def test_a_platform_without_uv_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install = installer()
    monkeypatch.setattr(install.platform, "machine", lambda: "sparc64")

    with pytest.raises(install.CannotInstall, match="install uv yourself"):
        install.fetch_uv(tmp_path / "uv")


@pytest.mark.parametrize("lock", ["run", "test", "build", "speech"])
def test_a_lock_names_no_host_and_every_package_has_a_hash(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    packages = re.split(r"\n(?=\S)", text.strip())

    assert "://" not in text
    assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_every_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for lock, wanted in {
        "run": project["project"]["dependencies"],
        "test": project["project"]["dependencies"] + project["dependency-groups"]["test"],
        "build": project["build-system"]["requires"],
    }.items():
        locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "locks" / f"{lock}.txt").read_text(), re.M))
        names = {re.split(r"[\[<>=!~;\s]", need)[0].lower().replace("_", "-") for need in wanted}
        assert names <= locked, lock


@pytest.mark.slow
def test_the_wheel_carries_the_page_the_migrations_and_the_sample(tmp_path: Path) -> None:
    subprocess.run(
        [
            uv(),
            "build",
            "--quiet",
            "--wheel",
            "--build-constraints",
            ROOT / "locks" / "build.txt",
            "--out-dir",
            tmp_path,
            ROOT,
        ],
        env=clean_environ(),
        check=True,
        timeout=SET_UP_SECONDS,
    )

    (wheel,) = tmp_path.glob("phien-*.whl")
    with zipfile.ZipFile(wheel) as carried:
        names = set(carried.namelist())
        page = carried.read("hub/static/index.html").decode()
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+)"', page)
    assert scripts
    assert {f"hub/static/{name}" for name in scripts} <= names
    assert "hub/db/migrations/0001_base.sql" in names
    assert "hub/authority.html" in names
    assert "hub/sample/people.toml" in names
    assert "realtime/__init__.py" in names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "web/"))]
