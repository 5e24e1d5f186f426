"""Signing in and out, and the links that let a person in once."""

from datetime import timedelta
from functools import cache
from uuid import UUID

import anyio.to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from hub import auth
from hub.db import Database, Work
from hub.settings import Settings
from hub.users import queries
from hub.users.models import Guest, LinkSpent, Me, TooManyAttempts, WrongCredentials, WrongOldPassword

PASSWORDS = PasswordHash((Argon2Hasher(),))
WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME = 10
FAILURES_PER_ADDRESS = 50  # a whole council behind one router
LINK_LIFE = timedelta(hours=24)


@cache
def _nobody() -> str:
    """Verified against when the name is unknown, so that the answer takes as long as for a known one."""
    return PASSWORDS.hash("nobody")


async def hash_password(password: str) -> str:
    return await anyio.to_thread.run_sync(PASSWORDS.hash, password)


async def sign_in(db: Database, settings: Settings, username: str, password: str, address: str) -> tuple[Me, str]:
    """(who, session token). argon2 takes 200 ms of one core: in a thread and outside any transaction.

    Every attempt is written down before the password is looked at, so guesses sent at once all count.
    """
    username = username.strip().lower()
    async with db.work() as work:
        on_name, from_address = await queries.count_attempts(work.conn, username, address, work.now - WINDOW)
        if on_name >= FAILURES_PER_NAME or from_address >= FAILURES_PER_ADDRESS:
            raise TooManyAttempts
        await queries.insert_attempt(work.conn, username, address, work.now)
        known = await queries.password_hash(work.conn, username)
    user_id, stored = known if known else (None, None)
    right = await anyio.to_thread.run_sync(lambda: PASSWORDS.verify(password, stored or _nobody()))
    if not right or user_id is None or stored is None:
        async with db.work() as work:
            await queries.log_sign_in(work.conn, username, user_id, address, "password", work.now, success=False)
        raise WrongCredentials
    async with db.work() as work:
        await queries.log_sign_in(work.conn, username, user_id, address, "password", work.now, success=True)
        await queries.forget_attempts(work.conn, username, address)
        return await _let_in(work, settings, user_id)


async def _let_in(work: Work, settings: Settings, user_id: UUID) -> tuple[Me, str]:
    me = await queries.person(work.conn, user_id)
    if me is None:
        raise WrongCredentials
    await queries.delete_expired(work.conn, work.now)
    return me, await auth.open_session(work.conn, user_id, work.now, settings.session_hours)


async def sign_out(work: Work, hashed: bytes) -> None:
    """The session is gone and the person's open sockets are asked to look again."""
    if user_id := await queries.delete_session(work.conn, hashed):
        work.publish(f"session:{user_id}", b"ended")


async def make_link(work: Work, user_id: UUID) -> str:
    """The token of a link that lets this person in once within a day."""
    token = auth.new_token()
    await queries.insert_link(work.conn, auth.token_hash(token), user_id, work.now + LINK_LIFE)
    return token


async def look_at_link(work: Work, token: str) -> Guest:
    guest = await queries.guest_of_link(work.conn, auth.token_hash(token), work.now)
    if guest is None:
        raise LinkSpent
    return guest


async def spend_link(work: Work, settings: Settings, token: str, address: str) -> tuple[Me, str]:
    user_id = await queries.spend_link(work.conn, auth.token_hash(token), work.now)
    if user_id is None:
        raise LinkSpent
    me, session = await _let_in(work, settings, user_id)
    await queries.log_sign_in(work.conn, me.username, me.id, address, "link", work.now, success=True)
    return me, session


async def change_password(db: Database, me: Me, old: str, new: str, address: str, session: bytes | None) -> None:
    """One's own. A wrong old one counts as a failed attempt to sign in: a device left open is no way to guess it."""
    async with db.work() as work:
        on_name, _ = await queries.count_attempts(work.conn, me.username, address, work.now - WINDOW)
        if on_name >= FAILURES_PER_NAME:
            raise TooManyAttempts
        stored = await queries.own_password_hash(work.conn, me.id)
        if stored is not None:
            await queries.insert_attempt(work.conn, me.username, address, work.now)
    if stored is not None and not await anyio.to_thread.run_sync(PASSWORDS.verify, old, stored):
        raise WrongOldPassword
    hashed = await hash_password(new)
    async with db.work() as work:
        await queries.forget_attempts(work.conn, me.username, address)
        await queries.set_password(work.conn, me.id, hashed, session)
        work.publish(f"session:{me.id}", b"ended")
