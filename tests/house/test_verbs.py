"""Verbs beside a running hub and without one; their refusals are one sentence and a non-zero exit."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.house.installation import PHIEN, Installation, clean_environ

pytestmark = pytest.mark.slow
PASSWORD = "một mật khẩu dài"


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with TemporaryDirectory(prefix="phien-verbs-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def house(data: Path) -> Iterator[Installation]:
    with Installation(data) as running:
        yield running


def phien(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PHIEN, *words],
        env=clean_environ(PHIEN_DATA=str(data)),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def refusal(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode == 1, ran.stdout + ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line]
    return line


def test_a_first_admin_is_made_and_a_link_lets_her_in_once(house: Installation, data: Path) -> None:
    made = phien(data, "create-admin", "lan.tran", "--name", "Trần Thị Lan", "--unit", "Xã Thử", typed=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stdout + made.stderr

    link = phien(data, "sign-in-link", "lan.tran")

    assert link.stdout.startswith(f"{house.running.url}/vao/")
    token = link.stdout.strip().rsplit("/", 1)[1]
    with httpx.Client(base_url=house.running.url) as browser:
        csrf = {"x-csrf-token": browser.get("/api/csrf").json()["token"]}
        assert browser.get(f"/api/sign-in-links/{token}").json()["name"] == "Trần Thị Lan"
        assert browser.post(f"/api/sign-in-links/{token}", headers=csrf).json()["role"] == "system_admin"
        assert browser.post(f"/api/sign-in-links/{token}", headers=csrf).status_code == 404


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (["create-admin", "Lan Trần", "--name", "Lan", "--unit", "Xã Thử"], PASSWORD, "cannot be a user name"),
        (["create-admin", "binh", "--name", "Bình", "--unit", "Xã Khác"], PASSWORD, "no unit named"),
        (["create-admin", "binh", "--name", "Bình"], "ngắn", "at least 10 characters"),
        (["sign-in-link", "nobody"], "", "nobody is named 'nobody'"),
        (["worker"], "", "PHIEN_DATABASE"),
        (["caption", "/nonexistent.wav", "--meeting", "x"], "", "not the id of a meeting"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    house: Installation, data: Path, words: list[str], typed: str, says: str
) -> None:
    if words[0] == "create-admin":
        house.sql("INSERT INTO unit (name, kind) SELECT 'Xã Thử', 'commune' WHERE NOT EXISTS (SELECT FROM unit)")

    assert says in refusal(phien(data, *words, typed=typed + "\n"))


def test_check_names_what_is_up_and_what_is_not_known(house: Installation, data: Path) -> None:
    ran = phien(data, "check", "--chain")

    assert ran.returncode == 0, ran.stdout
    assert f"running as process {house.running.pid}" in ran.stdout
    assert re.search(r"ok +database: up", ran.stdout)
    assert "not known" in ran.stdout
    assert re.search(r"chain: \d+ facts of \d+ meetings", ran.stdout)


def test_verbs_work_without_a_hub_and_leave_no_server_behind(data: Path) -> None:
    with TemporaryDirectory(prefix="phien-alone-") as folder:
        Path(folder).chmod(0o755)
        alone = Path(folder) / "data"

        first, again = phien(alone, "migrate"), phien(alone, "migrate")

        assert "0001_base.sql" in first.stdout
        assert again.stdout == "the database is up to date\n"
        assert not (alone / "postgres" / "postmaster.pid").exists()


def test_an_altered_fact_is_named(house: Installation, data: Path) -> None:
    house.sql("INSERT INTO unit (id, name, kind) VALUES (gen_random_uuid(), 'Đơn vị', 'office')")
    house.sql(
        "INSERT INTO meeting (unit_id, title, kind, place, starts_at, ends_at, seq, head)"
        " SELECT id, 'Phiên bị sửa', 'briefing', 'Phòng 1', now(), now() + interval '1 hour', 5, '\\x00'"
        " FROM unit LIMIT 1"
    )

    ran = phien(data, "check", "--chain")

    assert ran.returncode == 1
    assert "“Phiên bị sửa”" in ran.stdout


def test_help_names_every_verb_and_needs_no_settings() -> None:
    ran = subprocess.run(
        [*PHIEN, "--help"],
        env=clean_environ(PHIEN_TYPO="x"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 0
    assert "sign-in-link" in ran.stdout
    simulated = subprocess.run(
        [*PHIEN, "simulate-room", "--help"],
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "--broker" in simulated.stdout
