"""``phien device-account``: how a room's kit gets into the broker."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from psycopg.errors import CheckViolation

from hub.children.process import CannotStart
from hub.db import Database, Work
from hub.equipment import service
from hub.house import a_database
from hub.opening import migrated
from hub.settings import Settings
from realtime import InProcessBus

Say = Callable[[str], None]


def device_account(
    settings: Settings, username: str, room: str, under: list[str], *, bridge: bool, say: Say, tell: Say
) -> int:
    """Makes the account, or gives it a new password. The password is shown once; only its hash is kept."""
    roots = under or [username]
    with a_database(settings, tell) as reached:
        migrated(reached.conninfo)
        password = asyncio.run(_make(reached.conninfo, username, room, roots, bridge))
    say(f"user name: {username}")
    say(f"password:  {password}")
    say(f"topics:    {', '.join(f'{root}/#' for root in roots)}, discovery prefix homeassistant")
    if settings.mqtt is not None:
        tell("this broker is not ours: give it the same user name and password.")
    elif settings.mqtt_bind is None:
        tell("only this machine reaches the broker: set PHIEN_MQTT_BIND=host:port for the room's network.")
    return 0


async def _make(conninfo: str, username: str, room: str, roots: list[str], bridge: bool) -> str:
    async with Database(conninfo, InProcessBus(), pool_size=1) as db, db.work() as work:
        room_id = await _room(work, room)
        owner = await (
            await work.conn.execute("SELECT room_id FROM room_account WHERE username = %s", (username,))
        ).fetchone()
        if owner is not None and owner[0] != room_id:
            raise CannotStart(f"{username!r} is an account of another room.")
        try:
            return await service.create_account(work, room_id, username, roots, any_discovery=bridge)
        except CheckViolation:
            raise CannotStart(
                f"{username!r} cannot be an account: 2 to 60 small letters, digits, - and _; at most 20 topics."
            ) from None


async def _room(work: Work, name: str) -> UUID:
    rows = await (await work.conn.execute("SELECT id, name FROM room ORDER BY name, id")).fetchall()
    found = [row[0] for row in rows if name in {str(row[0]), row[1]}]
    if len(found) == 1:
        return UUID(str(found[0]))
    known = "; ".join(f"{row[1]} ({row[0]})" for row in rows[:20]) or "none"
    raise CannotStart(f"{'several rooms are' if found else 'no room is'} named {name!r}. Rooms: {known}.")
