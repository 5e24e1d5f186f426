"""The broker's book of accounts: rows of the hub, asked at each connection."""

import psycopg
import structlog

from hub.broker import Account, Accounts
from hub.db import Database
from hub.equipment import speaking

log = structlog.get_logger()


def find_account(db: Database) -> Accounts:
    """Without the database nobody new comes in; devices try again by themselves."""

    async def find(username: str) -> Account | None:
        try:
            async with db.pool.connection() as conn:
                return await speaking.account(conn, username)
        except psycopg.OperationalError as error:
            log.warning("broker.accounts-unreadable", error=repr(error))
            return None

    return find
