"""Coming in, going out, and finding people."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.utils.scope.state import ScopeState

from hub import auth
from hub.db import Database, Work
from hub.installation import Installation
from hub.settings import Settings
from hub.users import queries, service
from hub.users.models import Credentials, Guest, Me, NewOwnPassword, OwnAccount, Person, Unit

TAGS = ["People (người dùng)"]
AnyRequest = Request[Any, Any, Any]


class CsrfToken(msgspec.Struct):
    token: str


def _address(request: AnyRequest) -> str:
    return request.client.host if request.client else "unknown"


def _welcome(settings: Settings, installation: Installation, me: Me, token: str) -> Response[Me]:
    return Response(me, status_code=200, cookies=[auth.session_cookie(settings, installation, token)])


@get("/api/csrf", tags=TAGS, cache_control=None)
async def csrf(request: AnyRequest) -> CsrfToken:
    """The value for the header ``x-csrf-token`` of every request that changes something."""
    return CsrfToken(str(ScopeState.from_scope(request.scope).csrf_token))


@get("/api/me", tags=TAGS)
async def who_am_i(me: NamedDependency[Me]) -> Me:
    return me


@get("/api/me/account", tags=TAGS)
async def own_account(me: NamedDependency[Me], work: NamedDependency[Work]) -> OwnAccount:
    return OwnAccount(await queries.own_password_hash(work.conn, me.id) is not None)


@put("/api/me/password", status_code=204, tags=TAGS)
async def change_own_password(
    data: JSONBody[NewOwnPassword],
    request: AnyRequest,
    me: NamedDependency[Me],
    db: NamedDependency[Database],
    installation: NamedDependency[Installation],
) -> None:
    """Signed in on any other device, one is so no more."""
    session = auth.session_hash(request, installation)
    await service.change_password(db, me, data.old, data.new, _address(request), session)


@post("/api/sign-in", status_code=200, tags=TAGS)
async def sign_in(
    data: JSONBody[Credentials],
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
) -> Response[Me]:
    """Ten wrong passwords for a name within 15 minutes and it answers 429 until they are past."""
    me, token = await service.sign_in(db, settings, data.username, data.password, _address(request))
    return _welcome(settings, installation, me, token)


@post("/api/sign-out", status_code=204, tags=TAGS)
async def sign_out(
    request: AnyRequest, work: NamedDependency[Work], installation: NamedDependency[Installation]
) -> Response[None]:
    if hashed := auth.session_hash(request, installation):
        await service.sign_out(work, hashed)
    answer = Response(None, status_code=204)
    answer.delete_cookie(auth.cookie_name(installation))
    return answer


@get("/api/sign-in-links/{token:str}", tags=TAGS)
async def look_at_link(token: FromPath[str], work: NamedDependency[Work]) -> Guest:
    """Whom the link would let in. Looking does not spend it: mail scanners and previews look too."""
    return await service.look_at_link(work, token)


@post("/api/sign-in-links/{token:str}", status_code=200, tags=TAGS)
async def spend_link(
    token: FromPath[str],
    request: AnyRequest,
    work: NamedDependency[Work],
    settings: NamedDependency[Settings],
    installation: NamedDependency[Installation],
) -> Response[Me]:
    me, session = await service.spend_link(work, settings, token, _address(request))
    return _welcome(settings, installation, me, session)


@get("/api/units", tags=TAGS)
async def units(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[Unit]:
    return await queries.units(work.conn, me)


@get("/api/users", tags=TAGS)
async def people(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    q: Annotated[str, QueryParameter(max_length=100)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> list[Person]:
    """People of one's own commune, by name, with or without diacritics."""
    return await queries.people(work.conn, me, q, limit)


handlers = [
    csrf,
    who_am_i,
    own_account,
    change_own_password,
    sign_in,
    sign_out,
    look_at_link,
    spend_link,
    units,
    people,
]
