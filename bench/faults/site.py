"""Somebody signed in to an installation, the minutes he may write in, and what the log holds of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import psycopg
import pycrdt

from hub.documents import queries
from tests.house.installation import PHIEN, clean_environ

PASSWORD: Final = "mật khẩu đủ dài"
ALONE: Final = {"PHIEN_INFERENCE": "/nowhere/inference", "PHIEN_CAPTIONS": "ws://127.0.0.1:9/none"}
"""Without the children that have nothing to do with documents: a start takes half the time."""


def make_admin(data: Path, environ: Mapping[str, str]) -> None:
    subprocess.run(
        [*PHIEN, "create-admin", "quan.tri", "--name", "Quản Trị", "--unit", "Xã Thử"],
        env=clean_environ(PHIEN_DATA=str(data), **environ),
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=120,
    )


class Visit:
    """A session; sessions are in the database, so it holds at every hub and after every start."""

    def __init__(self, url: str) -> None:
        with httpx.Client(base_url=url, timeout=20) as http:
            headers = {"x-csrf-token": http.get("/api/csrf").json()["token"]}
            answer = http.post("/api/sign-in", json={"username": "quan.tri", "password": PASSWORD}, headers=headers)
            self.me: dict[str, Any] = answer.raise_for_status().json()
            self.cookies = dict(http.cookies)

    def headers(self, url: str) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "origin": url}

    def new_minutes(self, url: str, title: str) -> UUID:
        """The minutes of a meeting made for this."""
        begins = datetime.now(UTC) + timedelta(hours=1)
        with httpx.Client(base_url=url, timeout=20, cookies=self.cookies) as http:
            headers = {"x-csrf-token": http.get("/api/csrf").json()["token"]}
            wanted = {
                "title": title,
                "kind": "briefing",
                "place": "Phòng họp số 1",
                "starts_at": begins.isoformat(),
                "ends_at": (begins + timedelta(hours=2)).isoformat(),
                "unit_id": self.me["unit"]["id"],
                "chair_id": self.me["id"],
            }
            made = http.post("/api/meetings", json=wanted, headers=headers).raise_for_status().json()
            meeting = http.get(f"/api/meetings/{made['id']}").raise_for_status().json()
        return UUID(next(each["id"] for each in meeting["documents"] if each["kind"] == "minutes"))

    def door(self, url: str, document: UUID) -> tuple[str, dict[str, str]]:
        return f"{url.replace('http', 'ws', 1)}/ws/documents/{document}", self.headers(url)


async def logged_text(conninfo: str, document: UUID) -> str:
    """What a newcomer would be shown if the log were all there is."""
    async with await psycopg.AsyncConnection.connect(conninfo) as conn:
        update = await queries.whole(conn, document)
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    text = doc.get("text", type=pycrdt.Text)
    if update is not None:
        doc.apply_update(update)
    return str(text)
