"""Who asks: the session cookie, and the checks a WebSocket needs of its own (cookies are sent to it from anywhere).

The cookie is a random token; the database keeps only its hash.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, WebSocket
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from hub.errors import NotSignedIn
from hub.installation import Installation
from hub.reception import Reception
from hub.settings import Settings
from hub.users import queries
from hub.users.models import Me

Connection = ASGIConnection[Any, Any, Any, Any]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def cookie_name(installation: Installation) -> str:
    return f"phien_session_{installation.cookie_suffix}"


def session_cookie(settings: Settings, installation: Installation, token: str) -> Cookie:
    return Cookie(
        key=cookie_name(installation),
        value=token,
        max_age=settings.session_hours * 3600,
        path="/",
        httponly=True,
        secure=settings.secure,
        samesite="lax",
    )


def session_hash(connection: Connection, installation: Installation) -> bytes | None:
    """Hash of the session cookie this connection came with, None without one."""
    token = connection.cookies.get(cookie_name(installation))
    return token_hash(token) if token else None


async def provide_me(
    request: Request[Any, Any, Any],
    reception: NamedDependency[Reception],
    installation: NamedDependency[Installation],
) -> Me:
    hashed = session_hash(request, installation)
    me = await reception.person(hashed) if hashed is not None else None
    if me is None:
        raise NotSignedIn
    return me


async def provide_visitor(
    socket: WebSocket[Any, Any, Any],
    reception: NamedDependency[Reception],
    installation: NamedDependency[Installation],
) -> Me | None:
    """None lets the handler accept first and close with 4401: before accepting, a browser learns no reason."""
    hashed = session_hash(socket, installation)
    return await reception.person(hashed) if hashed is not None else None


def same_origin(connection: Connection, settings: Settings) -> bool:
    """A browser's WebSocket carries our cookie from any page, so its Origin must be this site."""
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    if origin == settings.public_url:
        return True
    return urlsplit(origin).netloc == connection.headers.get("host", "")


async def open_session(work_conn: Any, user_id: UUID, now: datetime, hours: int) -> str:
    """A new session; the token exists only in the answer's cookie."""
    token = new_token()
    await queries.insert_session(work_conn, token_hash(token), user_id, now, now + timedelta(hours=hours))
    return token
