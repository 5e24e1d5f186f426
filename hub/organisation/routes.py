"""Units, accounts and the log of sign-ins over HTTP, for who administers. Everybody else is refused."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hub.db import Work
from hub.errors import Forbidden
from hub.organisation import queries, service
from hub.organisation.models import (
    Account,
    AdminUnit,
    BadPeriod,
    ChangedAccount,
    ChangedUnit,
    NewPersonAccount,
    NewUnit,
    SignIn,
    WayIn,
)
from hub.users.models import Me

TAGS = ["Organisation (đơn vị, tài khoản)"]
Words = Annotated[str, QueryParameter(max_length=100)]


class Deleted(msgspec.Struct, frozen=True):
    entries: int


@get("/api/organisation/units", tags=TAGS)
async def list_units(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[AdminUnit]:
    """The tree of one's commune; of every commune for a system administrator."""
    return list((await service.tree(work, me)).units.values())


@post("/api/organisation/units", tags=TAGS)
async def make_unit(data: JSONBody[NewUnit], me: NamedDependency[Me], work: NamedDependency[Work]) -> AdminUnit:
    return await service.make_unit(work, me, data)


@patch("/api/organisation/units/{unit_id:uuid}", tags=TAGS)
async def change_unit(
    unit_id: FromPath[UUID], data: JSONBody[ChangedUnit], me: NamedDependency[Me], work: NamedDependency[Work]
) -> AdminUnit:
    """Another name, another place in the tree of the same commune, closed or open again."""
    return await service.change_unit(work, me, unit_id, data)


@delete("/api/organisation/units/{unit_id:uuid}", status_code=204, tags=TAGS)
async def delete_unit(unit_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """One that nothing belongs to. Any other is closed instead: 409 unit-in-use."""
    await service.delete_unit(work, me, unit_id)


@get("/api/organisation/accounts", tags=TAGS)
async def list_accounts(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    unit_id: FromQuery[UUID | None] = None,
    active: FromQuery[bool | None] = None,
    q: Words = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 200,
) -> list[Account]:
    """Of the units I administer, by unit and name."""
    if me.role == "member":
        raise Forbidden
    return await queries.accounts(work.conn, me, q, unit_id, active, limit)


@post("/api/organisation/accounts", tags=TAGS)
async def make_account(
    data: JSONBody[NewPersonAccount], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Account:
    """Comes in by a link first; see ``way-in``."""
    return await service.make_account(work, me, data)


@patch("/api/organisation/accounts/{user_id:uuid}", tags=TAGS)
async def change_account(
    user_id: FromPath[UUID], data: JSONBody[ChangedAccount], me: NamedDependency[Me], work: NamedDependency[Work]
) -> Account:
    return await service.change_account(work, me, user_id, data)


@delete("/api/organisation/accounts/{user_id:uuid}", status_code=204, tags=TAGS)
async def delete_account(user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """One that never did anything. Any other is closed instead: 409 account-in-use."""
    await service.delete_account(work, me, user_id)


@post("/api/organisation/accounts/{user_id:uuid}/way-in", tags=TAGS)
async def give_way_in(user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> WayIn:
    """A link that lets this person in once."""
    return await service.way_in(work, me, user_id, reset=False)


@post("/api/organisation/accounts/{user_id:uuid}/reset", tags=TAGS)
async def reset_account(user_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> WayIn:
    """Password, sessions and unused links are worth nothing any more; a new link is."""
    return await service.way_in(work, me, user_id, reset=True)


@get("/api/organisation/sign-ins", tags=TAGS)
async def list_sign_ins(
    me: NamedDependency[Me],
    work: NamedDependency[Work],
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    success: FromQuery[bool | None] = None,
    before: FromQuery[int | None] = None,
    q: Words = "",
    address: Annotated[str, QueryParameter(max_length=100)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> list[SignIn]:
    """The newest first; ``before`` is the id of the last one shown."""
    if me.role == "member":
        raise Forbidden
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise BadPeriod
    return await queries.sign_ins(
        work.conn, me, words=q, address=address, since=since, until=until, success=success, before=before, limit=limit
    )


@delete("/api/organisation/sign-ins", status_code=200, tags=TAGS)
async def delete_sign_ins(before: FromQuery[datetime], me: NamedDependency[Me], work: NamedDependency[Work]) -> Deleted:
    """Entries older than a moment. The hub's own log says who did it."""
    if before.tzinfo is None:
        raise BadPeriod
    return Deleted(await service.delete_sign_ins(work, me, before))


handlers = [
    list_units,
    make_unit,
    change_unit,
    delete_unit,
    list_accounts,
    make_account,
    change_account,
    delete_account,
    give_way_in,
    reset_account,
    list_sign_ins,
    delete_sign_ins,
]
