"""Catalogues over HTTP: everybody of a commune reads them, who keeps them changes them."""

from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from hub.catalogues import queries, service
from hub.catalogues.models import (
    CatalogueEntry,
    ChangedEntry,
    EntryKind,
    Guide,
    MeetingType,
    NewEntry,
    NewGuide,
    NewMeetingType,
    NewSeatPlan,
    SeatPlan,
    TypePerson,
)
from hub.db import Work
from hub.equipment.service import access_room
from hub.users.models import Me

TAGS = ["Catalogues (danh mục)"]


class Made(msgspec.Struct, frozen=True):
    id: UUID


@get("/api/catalogues", tags=TAGS)
async def list_entries(
    kind: FromQuery[EntryKind], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[CatalogueEntry]:
    """In protocol order."""
    return await queries.entries(work.conn, me, kind)


@post("/api/catalogues", tags=TAGS)
async def add_entry(data: JSONBody[NewEntry], me: NamedDependency[Me], work: NamedDependency[Work]) -> Made:
    return Made(await service.add_entry(work, me, data))


@put("/api/catalogues/{entry_id:uuid}", status_code=204, tags=TAGS)
async def change_entry(
    entry_id: FromPath[UUID], data: JSONBody[ChangedEntry], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.change_entry(work, me, entry_id, data)


@delete("/api/catalogues/{entry_id:uuid}", status_code=204, tags=TAGS)
async def remove_entry(entry_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """What was called so keeps its name."""
    await service.remove(work, me, "catalogue_entry", entry_id)


@get("/api/meeting-types", tags=TAGS)
async def list_types(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[MeetingType]:
    return await queries.types(work.conn, me)


@post("/api/meeting-types", tags=TAGS)
async def add_type(data: JSONBody[NewMeetingType], me: NamedDependency[Me], work: NamedDependency[Work]) -> Made:
    return Made(await service.add_type(work, me, data))


@put("/api/meeting-types/{type_id:uuid}", status_code=204, tags=TAGS)
async def change_type(
    type_id: FromPath[UUID], data: JSONBody[NewMeetingType], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    """Meetings that were made from it stay as they are."""
    await service.change_type(work, me, type_id, data)


@delete("/api/meeting-types/{type_id:uuid}", status_code=204, tags=TAGS)
async def remove_type(type_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.remove(work, me, "meeting_type", type_id)


@get("/api/meeting-types/{type_id:uuid}/people", tags=TAGS)
async def people_of_type(
    type_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]
) -> list[TypePerson]:
    """Who is invited to a meeting of this type, unless somebody says otherwise."""
    return await service.people_of_type(work, me, type_id)


@get("/api/rooms/{room_id:uuid}/seats", tags=TAGS)
async def show_seats(room_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> SeatPlan:
    """For who may know of the room: its people find their seats there."""
    return await service.seat_plan(work, await access_room(work, me, room_id))


@put("/api/rooms/{room_id:uuid}/seats", status_code=204, tags=TAGS)
async def draw_seats(
    room_id: FromPath[UUID], data: JSONBody[NewSeatPlan], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.draw_seats(work, me, await access_room(work, me, room_id, "administer"), data)


@delete("/api/rooms/{room_id:uuid}", status_code=204, tags=TAGS)
async def delete_room(room_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    """One no meeting was ever held in: 409 room-in-use for any other."""
    await service.delete_room(work, await access_room(work, me, room_id, "administer"))


@get("/api/guides", tags=TAGS)
async def list_guides(me: NamedDependency[Me], work: NamedDependency[Work]) -> list[Guide]:
    """What the unit wrote beside the guides shipped with the page."""
    return await queries.guides(work.conn, me)


@post("/api/guides", tags=TAGS)
async def add_guide(data: JSONBody[NewGuide], me: NamedDependency[Me], work: NamedDependency[Work]) -> Made:
    return Made(await service.add_guide(work, me, data))


@put("/api/guides/{guide_id:uuid}", status_code=204, tags=TAGS)
async def change_guide(
    guide_id: FromPath[UUID], data: JSONBody[NewGuide], me: NamedDependency[Me], work: NamedDependency[Work]
) -> None:
    await service.change_guide(work, me, guide_id, data)


@delete("/api/guides/{guide_id:uuid}", status_code=204, tags=TAGS)
async def remove_guide(guide_id: FromPath[UUID], me: NamedDependency[Me], work: NamedDependency[Work]) -> None:
    await service.remove(work, me, "user_guide", guide_id)


handlers = [
    list_entries,
    add_entry,
    change_entry,
    remove_entry,
    list_types,
    add_type,
    change_type,
    remove_type,
    people_of_type,
    show_seats,
    draw_seats,
    delete_room,
    list_guides,
    add_guide,
    change_guide,
    remove_guide,
]
