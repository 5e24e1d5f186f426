"""A council of thousands, its running meeting and its sessions, written straight into the database."""

from __future__ import annotations

import secrets
from uuid import UUID

import psycopg

from bench.votes.load import Voter
from hub import auth
from hub.installation import read_installation


class Council:
    """``voters`` have sessions and are checked in; ``chair`` opens and closes."""

    def __init__(self, conninfo: str, size: int) -> None:
        self.cookie = auth.cookie_name(read_installation(conninfo))
        with psycopg.connect(conninfo) as conn:
            unit = one(conn, "INSERT INTO unit (name, kind) VALUES ('Thử tải', 'commune') RETURNING id")
            self.meeting = one(
                conn,
                "INSERT INTO meeting (unit_id, title, kind, place, starts_at, ends_at, state) VALUES (%s, 'Thử tải',"
                " 'council', 'Hội trường', now(), now() + interval '3 hours', 'running') RETURNING id",
                unit,
            )
            self.item = one(
                conn,
                "INSERT INTO agenda_item (meeting_id, position, title) VALUES (%s, 'a0', 'Nội dung') RETURNING id",
                self.meeting,
            )
            people = [self._person(conn, unit, number) for number in range(size)]
            for number, (user, _) in enumerate(people):
                role = "chair" if number == 0 else "delegate"
                conn.execute(
                    "INSERT INTO participant (meeting_id, user_id, role, checked_in_at, checked_in_how)"
                    " VALUES (%s, %s, %s, now(), 'manual')",
                    (self.meeting, user, role),
                )
            conn.execute("ANALYZE")
        self.cookies = [f"{self.cookie}={token}" for _, token in people]

    def _person(self, conn: psycopg.Connection[tuple[object, ...]], unit: UUID, number: int) -> tuple[UUID, str]:
        name, token = f"tai{secrets.token_hex(5)}", auth.new_token()
        user = one(
            conn,
            "INSERT INTO app_user (unit_id, username, name) VALUES (%s, %s, %s) RETURNING id",
            unit, name, f"Đại biểu {number}",
        )  # fmt: skip
        conn.execute(
            "INSERT INTO session (token_hash, user_id, created_at, seen_at, expires_at)"
            " VALUES (%s, %s, now(), now(), now() + interval '12 hours')",
            (auth.token_hash(token), user),
        )
        return user, token

    def voters(self) -> list[Voter]:
        choices = ("agree", "agree", "disagree", "abstain")
        return [Voter(cookie, choices[number % 4]) for number, cookie in enumerate(self.cookies)]


def one(conn: psycopg.Connection[tuple[object, ...]], statement: str, *parameters: object) -> UUID:
    row = conn.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return UUID(str(row[0]))
