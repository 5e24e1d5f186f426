"""The verbs that let people in: ``create-admin`` and ``sign-in-link``."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from psycopg.errors import CheckViolation, UniqueViolation

from hub.children.process import CannotStart
from hub.db import Database, Work
from hub.house import Reached, a_database
from hub.opening import migrated
from hub.settings import Settings
from hub.users import queries, service
from realtime import InProcessBus

T = TypeVar("T")
Say = Callable[[str], None]
SHORTEST_PASSWORD = 10


def create_admin(settings: Settings, username: str, name: str, unit: str | None, *, say: Say, tell: Say) -> int:
    password = _ask_password()

    async def make(db: Database) -> None:
        hashed = await service.hash_password(password)
        async with db.work() as work:
            unit_id = await _unit(work, unit)
            try:
                await queries.insert_user(work.conn, unit_id, username, name, "", "system_admin", hashed)
            except UniqueViolation:
                raise CannotStart(f"there is already somebody named {username!r}.") from None
            except CheckViolation:
                raise CannotStart(
                    f"{username!r} cannot be a user name: small letters, digits and . _ @ - only."
                ) from None

    reached, _ = _with_database(settings, make, tell)
    say(f"{username} may now sign in at {reached.url}/dang-nhap")
    return 0


def sign_in_link(settings: Settings, username: str, *, say: Say, tell: Say) -> int:
    async def make(db: Database) -> str:
        async with db.work() as work:
            known = await queries.password_hash(work.conn, username.strip().lower())
            if known is None:
                raise CannotStart(f"nobody is named {username!r}.")
            return await service.make_link(work, known[0])

    reached, token = _with_database(settings, make, tell)
    say(f"{reached.url}/vao/{token}")
    return 0


def _with_database(settings: Settings, job: Callable[[Database], Awaitable[T]], tell: Say) -> tuple[Reached, T]:
    with a_database(settings, tell) as reached:
        migrated(reached.conninfo)

        async def run() -> T:
            async with Database(reached.conninfo, InProcessBus(), pool_size=1) as db:
                return await job(db)

        return reached, asyncio.run(run())


async def _unit(work: Work, name: str | None) -> UUID:
    """The unit of an administrator: the one named, else the only one there is; a first one is made."""
    rows = await (await work.conn.execute("SELECT id, name FROM unit ORDER BY parent_id IS NOT NULL, name")).fetchall()
    units = [(UUID(str(row[0])), str(row[1])) for row in rows]
    if name is None and len(units) == 1:
        return units[0][0]
    if name is None:
        many = "; ".join(found for _, found in units[:8])
        raise CannotStart(f"say which unit with --unit: {many}." if units else "name the first unit with --unit.")
    for unit_id, found in units:
        if found == name:
            return unit_id
    if units:
        raise CannotStart(f"there is no unit named {name!r}.")
    made = await (
        await work.conn.execute("INSERT INTO unit (name, kind) VALUES (%s, 'commune') RETURNING id", (name,))
    ).fetchone()
    assert made is not None
    return UUID(str(made[0]))


def _ask_password() -> str:
    """Asked twice on a terminal; one line of stdin otherwise, so that scripts need no argument that ``ps`` shows."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CannotStart("the two passwords differ.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        raise CannotStart(f"a password has at least {SHORTEST_PASSWORD} characters.")
    return password
