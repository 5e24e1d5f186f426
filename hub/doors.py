"""What our lines say at the door, while somebody listens, and at the end. Refusals come after accepting, as close
codes: a browser is not told why a handshake failed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import psycopg
import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from hub import auth
from hub.reception import Reception
from hub.settings import Settings
from hub.users.models import Me

log = structlog.get_logger()

NO_SESSION, NO_RIGHT, NO_MEETING, TOO_SLOW = 4401, 4403, 4404, 1013
BEAT_SECONDS: Final = 20.0
FAREWELL_SECONDS: Final = 30.0

Socket = WebSocket[Any, Any, Any]
MayListen = Callable[[Me], Awaitable[int | None]]


async def turned_away(socket: Socket, visitor: Me | None, settings: Settings) -> bool:
    """Accepts, and closes for another page's script and for who is not signed in."""
    await socket.accept()
    if not auth.same_origin(socket, settings):
        await socket.close(NO_RIGHT, "origin")
        return True
    if visitor is None:
        await socket.close(NO_SESSION, "not-signed-in")
        return True
    return False


async def still_welcome(reception: Reception, hashed: bytes | None, may_listen: MayListen | None = None) -> int | None:
    """The close code; None while the session lasts, and the right. Without a database there is no verdict: it is asked
    again at the next beat. A hall of screens that came at once asks at once, so it is asked for all together."""
    try:
        me = await reception.person(hashed) if hashed else None
        if me is None:
            return NO_SESSION
        return await may_listen(me) if may_listen is not None else None
    except psycopg.OperationalError as error:
        log.warning("line.right-unknown", error=repr(error))
        return None


async def see_out(socket: Socket, code: int | None) -> None:
    """None: it has left by itself."""
    if code is None:
        return
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):  # it may have gone meanwhile
        async with asyncio.timeout(FAREWELL_SECONDS):
            await socket.close(code)
