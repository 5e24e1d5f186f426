"""The rules of administering: everybody within his own tree, nobody above himself, nothing goes that is needed."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from hub.db import Work
from hub.errors import Forbidden, NotFound
from hub.organisation import queries
from hub.organisation.models import (
    Account,
    AccountInUse,
    AdminUnit,
    ChangedAccount,
    ChangedUnit,
    NewPersonAccount,
    NewUnit,
    NotYourself,
    OtherCommune,
    TooManyUnits,
    UnitBelowItself,
    UnitClosed,
    UnitInUse,
    UsernameTaken,
    WayIn,
)
from hub.users import service as users
from hub.users.models import Me

log = structlog.get_logger()

MOST_UNITS: Final = 5000


class Tree:
    """The units who asks may know of."""

    def __init__(self, units: list[AdminUnit]) -> None:
        self.units = {unit.id: unit for unit in units}

    def path(self, unit_id: UUID) -> list[UUID]:
        """From the unit up to its commune."""
        found = []
        at: UUID | None = unit_id
        while at is not None and at in self.units:
            found.append(at)
            at = self.units[at].parent_id
        return found

    def commune(self, unit_id: UUID) -> UUID:
        return self.path(unit_id)[-1]

    def mine(self, unit_id: UUID) -> AdminUnit:
        """Raises NotFound where who asks may not know of it, Forbidden where he does not administer it."""
        unit = self.units.get(unit_id)
        if unit is None:
            raise NotFound
        if not unit.i_administer:
            raise Forbidden
        return unit


async def tree(work: Work, me: Me) -> Tree:
    if me.role == "member":
        raise Forbidden
    return Tree(await queries.units(work.conn, me))


async def make_unit(work: Work, me: Me, new: NewUnit) -> AdminUnit:
    known = await tree(work, me)
    if new.parent_id is None:
        if me.role != "system_admin":
            raise Forbidden
    elif known.mine(new.parent_id).closed_at is not None:
        raise UnitClosed
    if await queries.count_units(work.conn) >= MOST_UNITS:
        raise TooManyUnits
    unit_id = await queries.insert_unit(work.conn, new)
    log.info("organisation.unit_made", unit=str(unit_id), by=str(me.id))
    return (await tree(work, me)).mine(unit_id)


async def change_unit(work: Work, me: Me, unit_id: UUID, changed: ChangedUnit) -> AdminUnit:
    known = await tree(work, me)
    unit = known.mine(unit_id)
    fields = _given(changed)
    if (parent := fields.get("parent_id")) is not None and parent != unit.parent_id:
        to = known.mine(parent)
        if unit.parent_id is None or known.commune(parent) != known.commune(unit_id):
            raise OtherCommune
        if unit_id in known.path(parent):
            raise UnitBelowItself
        if to.closed_at is not None:
            raise UnitClosed
        if unit_id == me.unit_id and me.role != "system_admin":  # out from under himself, or above
            raise NotYourself
    if "name" in fields:
        fields["name"] = fields["name"].strip()
    closed = fields.pop("closed", None)
    if closed is not None and closed != (unit.closed_at is not None):
        if closed and await queries.people_or_units_in(work.conn, unit_id):
            raise UnitInUse
        fields["closed_at"] = work.now if closed else None
    await queries.update_unit(work.conn, unit_id, fields)
    log.info("organisation.unit_changed", unit=str(unit_id), what=sorted(fields), by=str(me.id))
    return (await tree(work, me)).mine(unit_id)


async def delete_unit(work: Work, me: Me, unit_id: UUID) -> None:
    (await tree(work, me)).mine(unit_id)
    try:
        async with work.conn.transaction():
            await queries.delete_unit(work.conn, unit_id)
    except ForeignKeyViolation:
        raise UnitInUse from None
    log.info("organisation.unit_deleted", unit=str(unit_id), by=str(me.id))


async def make_account(work: Work, me: Me, new: NewPersonAccount) -> Account:
    """Without a password: the first way in is a link."""
    unit = (await tree(work, me)).mine(new.unit_id)
    if unit.closed_at is not None:
        raise UnitClosed
    if new.role == "system_admin" and me.role != "system_admin":
        raise Forbidden
    try:
        async with work.conn.transaction():
            user_id = await queries.insert_account(work.conn, new)
    except UniqueViolation:
        raise UsernameTaken from None
    log.info("organisation.account_made", user=str(user_id), by=str(me.id))
    return await access_account(work, me, user_id)


async def access_account(work: Work, me: Me, user_id: UUID) -> Account:
    """An account who asks may change. A unit administrator never touches a system administrator's."""
    if me.role == "member":
        raise Forbidden
    account = await queries.administered_account(work.conn, me, user_id)
    if account is None:
        raise NotFound
    if account.role == "system_admin" and me.role != "system_admin":
        raise Forbidden
    return account


async def change_account(work: Work, me: Me, user_id: UUID, changed: ChangedAccount) -> Account:
    """Who is closed is out of every screen at once; another role or unit is in force at once."""
    account = await access_account(work, me, user_id)
    fields = _given(changed)
    if user_id == me.id and (fields.get("active") is False or fields.get("role", me.role) != me.role):
        raise NotYourself
    if fields.get("role") == "system_admin" and me.role != "system_admin":
        raise Forbidden
    known = await tree(work, me)
    unit_id = fields.get("unit_id", account.unit.id)
    if unit_id != account.unit.id:
        known.mine(unit_id)
        if known.commune(unit_id) != known.commune(account.unit.id):
            raise OtherCommune
    comes_in = fields.get("active", account.active) and (unit_id != account.unit.id or not account.active)
    if comes_in and known.units[unit_id].closed_at is not None:
        raise UnitClosed
    if "rights" in fields:
        fields["rights"] = sorted(set(fields["rights"]))
    for name in ("name", "position"):
        if name in fields:
            fields[name] = fields[name].strip()
    fields |= {name: fields[name] or None for name in ("email", "phone") if name in fields}
    try:
        async with work.conn.transaction():
            await queries.update_account(work.conn, user_id, fields)
    except UniqueViolation:
        raise UsernameTaken from None
    if fields.get("active") is False:
        await queries.end_sessions(work.conn, user_id)
        work.publish(f"session:{user_id}", b"ended")
    elif fields:
        work.publish(f"session:{user_id}", b"rights")
    log.info("organisation.account_changed", user=str(user_id), what=sorted(fields), by=str(me.id))
    return await access_account(work, me, user_id)


async def delete_account(work: Work, me: Me, user_id: UUID) -> None:
    """Only one that never did anything: what a person did stays with his name."""
    await access_account(work, me, user_id)
    if user_id == me.id:
        raise NotYourself
    try:
        async with work.conn.transaction():
            await queries.delete_account(work.conn, user_id)
    except ForeignKeyViolation:
        raise AccountInUse from None
    work.publish(f"session:{user_id}", b"ended")
    log.info("organisation.account_deleted", user=str(user_id), by=str(me.id))


async def way_in(work: Work, me: Me, user_id: UUID, *, reset: bool) -> WayIn:
    """A link that lets this person in once. ``reset``: everything that let him in before does so no more."""
    account = await access_account(work, me, user_id)
    if not account.active:
        raise AccountInUse
    if reset:
        await queries.update_account(work.conn, user_id, {"password_hash": None})
        await queries.end_sessions(work.conn, user_id)
        work.publish(f"session:{user_id}", b"ended")
    token = await users.make_link(work, user_id)
    log.info("organisation.way_in", user=str(user_id), reset=reset, by=str(me.id))
    return WayIn(f"/vao/{token}", work.now + users.LINK_LIFE)


async def delete_sign_ins(work: Work, me: Me, before: datetime) -> int:
    if me.role == "member":
        raise Forbidden
    gone = await queries.delete_sign_ins(work.conn, me, before)
    log.warning("organisation.sign_ins_deleted", before=before.isoformat(), entries=gone, by=str(me.id))
    return gone


def _given(changed: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name in changed.__struct_fields__ if (value := getattr(changed, name)) is not msgspec.UNSET}
