"""The rules of catalogues: a commune sees its own and what is everybody's; each keeps what is his unit's."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from hub.catalogues import queries
from hub.catalogues.models import (
    MOST_ENTRIES,
    ChangedEntry,
    EntryExists,
    MeetingType,
    NewEntry,
    NewGuide,
    NewMeetingType,
    NewSeatPlan,
    RoomInUse,
    SeatPlan,
    SeatTwice,
    TooManyEntries,
    TypePerson,
    UnknownRulePack,
)
from hub.db import Work
from hub.equipment.queries import SeenRoom
from hub.errors import Forbidden, NotFound
from hub.preparing.models import UnknownUnit
from hub.users.models import Me
from hub.votes.rulebook import shipped


async def access_type(conn: AsyncConnection[Any], me: Me, type_id: UUID) -> MeetingType:
    found = await queries.meeting_type(conn, me, type_id)
    if found is None:
        raise NotFound
    return found


async def mine(work: Work, me: Me, table: str, row_id: UUID) -> None:
    """Raises NotFound for what one may not know of, Forbidden for what one may not change."""
    may = await queries.may_change(work.conn, me, table, row_id)
    if may is None:
        raise NotFound
    if not may:
        raise Forbidden


async def _whose(work: Work, me: Me, *, shared: bool) -> UUID | None:
    """The unit a new entry is kept by; None: it is everybody's."""
    if shared and me.role != "system_admin":
        raise Forbidden
    if me.role == "member" and "catalogues" not in me.rights:
        raise Forbidden
    unit_id = None if shared else me.unit_id
    if await queries.count(work.conn, unit_id) >= MOST_ENTRIES:
        raise TooManyEntries
    return unit_id


async def add_entry(work: Work, me: Me, new: NewEntry) -> UUID:
    unit_id = await _whose(work, me, shared=new.shared)
    try:
        return await queries.insert_entry(work.conn, new, unit_id)
    except UniqueViolation:
        raise EntryExists from None


async def change_entry(work: Work, me: Me, entry_id: UUID, changed: ChangedEntry) -> None:
    await mine(work, me, "catalogue_entry", entry_id)
    try:
        await queries.update_entry(work.conn, entry_id, changed)
    except UniqueViolation:
        raise EntryExists from None


async def remove(work: Work, me: Me, table: str, row_id: UUID) -> None:
    """Meetings of a removed type stay as they are."""
    await mine(work, me, table, row_id)
    await queries.delete(work.conn, table, row_id)


async def add_type(work: Work, me: Me, new: NewMeetingType) -> UUID:
    unit_id = await _whose(work, me, shared=new.shared)
    await _check_type(work, me, new)
    return await queries.insert_type(work.conn, new, unit_id, work.now)


async def change_type(work: Work, me: Me, type_id: UUID, changed: NewMeetingType) -> None:
    await mine(work, me, "meeting_type", type_id)
    await _check_type(work, me, changed)
    await queries.update_type(work.conn, type_id, changed, work.now)


async def _check_type(work: Work, me: Me, new: NewMeetingType) -> None:
    if new.rule_pack and new.rule_pack not in {rule_id for rule_id, _ in shipped()}:
        raise UnknownRulePack
    unit_id = new.participants_unit_id
    if unit_id is not None and not await queries.is_unit_of_my_commune(work.conn, me, unit_id):
        raise UnknownUnit


async def people_of_type(work: Work, me: Me, type_id: UUID) -> list[TypePerson]:
    found = await access_type(work.conn, me, type_id)
    if found.participants_unit is None:
        return []
    if not await queries.is_unit_of_my_commune(work.conn, me, found.participants_unit.id):
        return []  # everybody's type that names another commune's unit
    return await queries.people_of_unit(work.conn, found.participants_unit.id)


async def seat_plan(work: Work, room: SeenRoom) -> SeatPlan:
    return SeatPlan(rows=await queries.seats(work.conn, room.id), i_may=room.administers)


async def draw_seats(work: Work, me: Me, room: SeenRoom, plan: NewSeatPlan) -> None:
    """Seats have names of their own, however they are written; rows without a seat at the end are left out."""
    rows = [[seat.strip() for seat in row] for row in plan.rows]
    while rows and not any(rows[-1]):
        rows.pop()
    names = [seat.casefold() for row in rows for seat in row if seat]
    if len(names) != len(set(names)):
        raise SeatTwice
    await queries.write_seats(work.conn, room.id, rows, me.id, work.now)


async def delete_room(work: Work, room: SeenRoom) -> None:
    try:
        async with work.conn.transaction():
            await queries.delete_room(work.conn, room.id)
    except ForeignKeyViolation:
        raise RoomInUse from None
    work.publish("rooms", b"changed")


async def add_guide(work: Work, me: Me, new: NewGuide) -> UUID:
    unit_id = await _whose(work, me, shared=new.shared)
    return await queries.insert_guide(work.conn, new, unit_id, me.id, work.now)


async def change_guide(work: Work, me: Me, guide_id: UUID, changed: NewGuide) -> None:
    await mine(work, me, "user_guide", guide_id)
    await queries.update_guide(work.conn, guide_id, changed, me.id, work.now)
