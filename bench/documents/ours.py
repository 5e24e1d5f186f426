"""Phiên as shipped: `phien serve` with its database and its bus, people signed in, rights asked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from bench.documents import machine
from bench.documents.peers import ROOT, Failed, Running
from hub import auth
from hub.folder import DataFolder
from hub.installation import read_installation

WEIGHTS_SECONDS = 300.0
INDEX_SECONDS = 60.0


class Ours(Running):
    """Documents are draft resolutions of one meeting; everybody in it is a secretary and may write."""

    def __init__(self, pid: int, address: str, conninfo: str) -> None:
        super().__init__("phien", address.replace("http", "ws", 1) + "/ws/documents", pid)
        self.address, self.conninfo = address, conninfo
        self._headers: list[dict[str, str]] = []
        self.meeting = self._begin()
        self._indexed()

    def services(self) -> list[int]:
        return [child for child in machine.children(self.pid) if "realtime." not in machine.words(child)]

    def documents(self, count: int) -> list[str]:
        with psycopg.connect(self.conninfo) as conn:
            made = conn.execute(
                "INSERT INTO document (meeting_id, kind, title, created_at)"
                " SELECT %s, 'draft_resolution', 'Dự thảo ' || n, now() FROM generate_series(1, %s) n RETURNING id",
                (self.meeting, count),
            ).fetchall()
        return [f"{row[0]}?saved=1" for row in made]

    def people(self, count: int) -> list[dict[str, str]]:
        missing = range(len(self._headers), count)
        tokens = [auth.new_token() for _ in missing]
        now = datetime.now(UTC)
        with psycopg.connect(self.conninfo) as conn:
            name = auth.cookie_name(read_installation(self.conninfo))
            for n, token in zip(missing, tokens, strict=True):
                person = conn.execute(
                    "INSERT INTO app_user (unit_id, username, name) VALUES (%s, %s, %s) RETURNING id",
                    (self.unit, f"dai.bieu.{self.pid}.{n}", f"Đại biểu {n}"),
                ).fetchone()
                assert person is not None
                conn.execute(
                    "INSERT INTO participant (meeting_id, user_id, role) VALUES (%s, %s, 'secretary')",
                    (self.meeting, person[0]),
                )
                conn.execute(
                    "INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at)"
                    " VALUES (%s, %s, %s, %s, %s)",
                    (auth.token_hash(token), person[0], now, now, now + timedelta(hours=3)),
                )
        self._headers += [{"cookie": f"{name}={token}", "origin": self.address} for token in tokens]
        return self._headers[:count]

    def _begin(self) -> UUID:
        now = datetime.now(UTC)
        with psycopg.connect(self.conninfo) as conn:
            unit = conn.execute("INSERT INTO unit (name, kind) VALUES ('Xã Đo', 'commune') RETURNING id").fetchone()
            assert unit is not None
            self.unit = unit[0]
            meeting = conn.execute(
                "INSERT INTO meeting (unit_id, title, kind, place, starts_at, ends_at, state)"
                " VALUES (%s, 'Đo', 'council', 'Hội trường', %s, %s, 'running') RETURNING id",
                (self.unit, now, now + timedelta(hours=3)),
            ).fetchone()
            assert meeting is not None
        found: UUID = meeting[0]
        return found

    def _indexed(self) -> None:
        """A new meeting goes into the search within five seconds, for which the model is loaded, and then once a
        minute. That is no part of what an edit costs, and without the wait it was in the first work's figures."""
        end = time.monotonic() + INDEX_SECONDS
        with psycopg.connect(self.conninfo, autocommit=True) as conn:
            while time.monotonic() < end:
                if conn.execute("SELECT 1 FROM search_meeting WHERE model_id IS NOT NULL").fetchone():
                    return
                time.sleep(0.5)
        raise Failed("the meeting was not indexed")


def _rested(address: str) -> None:
    """A new house makes its model's weights for a minute, on all cores: that is not what is measured."""
    end = time.monotonic() + WEIGHTS_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.HTTPError):  # 503 while a part is missing
            answer = urllib.request.urlopen(f"{address}/readyz", timeout=10)
            if all(state == "up" for state in json.load(answer).values()):
                return
        time.sleep(1)
    raise Failed("the hub's parts did not come up")


@contextlib.contextmanager
def phien(folder: Path) -> Iterator[Running]:
    data = folder / "phien"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PHIEN_")}
    environ |= {"PHIEN_DATA": str(data), "PHIEN_PORT": "0"}
    with (folder / "phien.log").open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve", "--empty"],
            env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "stops it." in line:
                    break
            running = DataFolder(data).running()
            if running is None:
                raise Failed(f"the hub did not start; its words are in {folder / 'phien.log'}")
            _rested(running.local)
            yield Ours(process.pid, running.local, running.database)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
