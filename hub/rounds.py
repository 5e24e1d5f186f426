"""Work of the hub's own that is looked for again and again in its loop: whatever becomes of a round, the next comes."""

from collections.abc import Awaitable, Callable
from typing import Any, Never

import psycopg
import structlog

log = structlog.get_logger()


async def rounds(name: str, pause: Callable[[], Awaitable[Any]], look: Callable[[], Awaitable[Any]]) -> Never:
    """``look`` after each ``pause``. A database that is away is waited for; a bug is logged, and the next one comes."""
    while True:
        await pause()
        try:
            await look()
        except psycopg.OperationalError as error:
            log.warning("round.put_off", round=name, error=str(error))
        except Exception:  # one thing that cannot be done must not stop all others for good
            log.exception("round.broke", round=name)
