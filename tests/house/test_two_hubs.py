"""Two real hub processes, one database, one bus: what happens in one is seen in the other, also when one is killed."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from hub.children import valkey
from hub.children.postgres import throwaway_postgres
from tests.house.installation import PHIEN, Installation, clean_environ

pytestmark = pytest.mark.slow
PASSWORD = "mật khẩu đủ dài"


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """An outside database and an outside bus, as settings."""
    with ExitStack() as stack, TemporaryDirectory(prefix="phien-bus-") as folder:
        database = stack.enter_context(throwaway_postgres())
        socket = Path(folder) / "valkey"
        bus = stack.enter_context(subprocess.Popen([*map(str, valkey.command(socket))], stdout=subprocess.DEVNULL))
        stack.callback(bus.terminate)
        yield {"PHIEN_DATABASE": database.conninfo, "PHIEN_REDIS": f"unix://{socket}"}


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory(prefix="phien-two-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


class Browser:
    """Somebody signed in once; every hub of the installation knows the session."""

    def __init__(self, address: str, cookies: httpx.Cookies | None = None) -> None:
        self.http = httpx.Client(base_url=address, cookies=cookies, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, body: Any) -> httpx.Response:
        token = self.http.get("/api/csrf").json()["token"]
        return self.http.post(path, json=body, headers={"x-csrf-token": token}).raise_for_status()

    def at(self, address: str) -> "Browser":
        return Browser(address, self.http.cookies)

    def line(self, meeting: str, after: int) -> ClientConnection:
        address = str(self.http.base_url).rstrip("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return connect(
            f"{address.replace('http', 'ws', 1)}/ws/meetings/{meeting}?after={after}",
            additional_headers={"Cookie": cookies, "Origin": address},
        )


def next_fact(line: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(line.recv(timeout=20))
        if message["type"] == "told" and message["event"]["type"] == kind:
            return message


def make_admin(data: Path, servers: dict[str, str]) -> None:
    subprocess.run(
        [*PHIEN, "create-admin", "quan.tri", "--name", "Quản Trị", "--unit", "Xã Thử"],
        env=clean_environ(PHIEN_DATA=str(data), **servers),
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_a_session_a_meeting_and_its_line_are_one_over_two_hubs_and_outlive_one_of_them(
    servers: dict[str, str], place: Path
) -> None:
    make_admin(place / "a", servers)
    with (
        Installation(place / "a", **servers) as first,
        Installation(place / "b", **servers) as second,
        Browser(first.running.url) as here,
        ExitStack() as stack,
    ):
        me = here.post("/api/sign-in", {"username": "quan.tri", "password": PASSWORD}).json()
        there = stack.enter_context(here.at(second.running.url))
        assert there.http.get("/api/me").json()["id"] == me["id"]

        made = here.post(
            "/api/meetings",
            {
                "title": "Họp hai máy chủ",
                "kind": "briefing",
                "place": "Phòng họp số 1",
                "starts_at": "2026-11-22T08:00:00+07:00",
                "ends_at": "2026-11-22T10:00:00+07:00",
                "unit_id": me["unit"]["id"],
                "chair_id": me["id"],
            },
        ).json()
        meeting = there.http.get(f"/api/meetings/{made['id']}").json()
        path = f"/api/meetings/{meeting['id']}/state"
        with there.line(meeting["id"], after=meeting["seq"]) as line:
            here.post(path, {"to": "published"})
            assert next_fact(line, "meeting.state_changed")["seq"] == meeting["seq"] + 1

            first.kill()

            there.post(path, {"to": "running"})
            heard = next_fact(line, "meeting.state_changed")
        assert heard["event"]["state"] == "running"
        assert heard["seq"] == meeting["seq"] + 2


def test_a_hub_over_outside_servers_starts_none_of_its_own(servers: dict[str, str], place: Path) -> None:
    with Installation(place / "a", "serve", **servers) as house:  # not --empty: still no sample in somebody's database
        names = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in house.children()]

        assert not [name for name in names if b"postgres" in name or b"valkey" in name]
        assert house.sql("SELECT count(*) FROM app_user") == [(0,)]
        assert "/vao/" not in house.said


def test_a_worker_works_beside_the_hubs(servers: dict[str, str], place: Path) -> None:
    with Installation(place / "w", "worker", **servers) as worker:
        assert "Working on jobs" in worker.said

        assert worker.stop() == 0
