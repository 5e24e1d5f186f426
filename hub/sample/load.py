"""Makes the sample: a commune with two years of meetings, one about to begin. Only where nobody is yet."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from hub.attendance.codes import VIETNAM
from hub.db import Database, Work
from hub.documents.queries import note_projected
from hub.documents.service import begin_documents
from hub.sample import holding, queries, telling
from hub.sample.texts import (
    ComingMeeting,
    PastMeeting,
    SamplePerson,
    SampleRoom,
    coming_meetings,
    past_meetings,
    sample_people,
    sample_rooms,
    sample_units,
)

CHAIR, SECRETARY, DELEGATE, ADMINISTRATOR = "hanh.nguyen", "duc.le", "tuan.pham", "yen.mac"
DOORS = timedelta(minutes=25)  # before a meeting the first person came


class InstallationHasPeople(Exception):
    """There are accounts: the sample would stand among real people."""


class SampleAccounts(msgspec.Struct, frozen=True):
    """Whom to make sign-in links for, and the meeting about to begin."""

    chair: UUID
    secretary: UUID
    delegate: UUID
    administrator: UUID
    """Of the commune: its units, accounts, catalogues and rules."""
    meeting: UUID


ACCOUNTS = SampleAccounts(
    chair=holding.id_of("person", CHAIR),
    secretary=holding.id_of("person", SECRETARY),
    delegate=holding.id_of("person", DELEGATE),
    administrator=holding.id_of("person", ADMINISTRATOR),
    meeting=holding.meeting_id("ky-hop-thu-5"),
)


async def people(conn: AsyncConnection[Any]) -> list[tuple[str, UUID]]:
    """(who, id) of chair, secretary, delegate and administrator, where the sample was made and they are still there."""
    roles = {
        ACCOUNTS.chair: "Chủ tọa",
        ACCOUNTS.secretary: "Thư ký",
        ACCOUNTS.delegate: "Đại biểu",
        ACCOUNTS.administrator: "Quản trị đơn vị",
    }
    names = await queries.names(conn, list(roles))
    return [(f"{role}: {names[user_id]}", user_id) for user_id, role in roles.items() if user_id in names]


async def make_sample(db: Database, now: datetime) -> SampleAccounts:
    """In one transaction, or not at all. Raises InstallationHasPeople; of two at once, one does."""
    async with db.work() as work:
        if not await queries.nobody_here(work.conn):
            raise InstallationHasPeople
        commune = _Commune(sample_people(), sample_rooms())
        await _make_commune(work.conn, commune)
        for slug, past in past_meetings():
            await _make_past(work.conn, commune, slug, past, now)
        for coming in coming_meetings():
            await _make_coming(work.conn, commune, coming, now)
    return ACCOUNTS


class _Commune:
    def __init__(self, people: list[SamplePerson], rooms: list[SampleRoom]) -> None:
        self.people, self.rooms = people, rooms
        self.deputies = [each for each in people if each.deputy]
        self.by_id = {holding.id_of("person", each.username): each for each in people}

    def room_at(self, place: str) -> UUID | None:
        return next((holding.id_of("room", room.key) for room in self.rooms if place.startswith(room.name)), None)


async def _make_commune(conn: AsyncConnection[Any], commune: _Commune) -> None:
    units = [
        (holding.id_of("unit", unit.key), holding.id_of("unit", unit.parent) if unit.parent else None, unit)
        for unit in sample_units()
    ]
    await queries.insert_units(conn, units)
    for room in commune.rooms:
        await queries.insert_room(conn, holding.id_of("room", room.key), holding.id_of("unit", room.unit), room)
    await queries.insert_people(
        conn, [(user_id, holding.id_of("unit", each.unit), each) for user_id, each in commune.by_id.items()]
    )


async def _make_past(
    conn: AsyncConnection[Any], commune: _Commune, slug: str, meeting: PastMeeting, now: datetime
) -> None:
    """Held, its minutes written and its record closed."""
    id_, starts = holding.meeting_id(slug), holding.past_start(meeting, now)
    ends = starts + timedelta(minutes=meeting.duration)
    people = holding.people_of(meeting, commune.deputies, starts - DOORS)
    items = holding.placed_items(slug, meeting.agenda)
    began = holding.begun(items, starts, meeting.duration)
    microphones, said = holding.spoken(slug, meeting, began, ends)
    minutes = holding.minutes_of(meeting, people, commune.by_id, starts, ends)
    documents = holding.documents_of(slug, items, meeting.resolution, minutes)
    await queries.insert_meeting(
        conn, id_, holding.id_of("unit", meeting.unit), commune.room_at(meeting.place), meeting,
        starts=starts, ends=ends, state="closed",
    )  # fmt: skip
    await queries.insert_participants(conn, id_, people)
    await queries.insert_items(conn, id_, items)
    await _write(conn, id_, documents, starts - telling.PREPARED)
    await queries.insert_microphones(conn, id_, microphones)
    await queries.insert_said(conn, id_, said)
    chair, desk = holding.id_of("person", meeting.chair), holding.id_of("person", meeting.secretary)
    units = {user_id: holding.id_of("unit", each.unit) for user_id, each in commune.by_id.items()}
    turns = holding.turns(said, units, {chair, desk})
    await queries.insert_turns(conn, id_, turns)
    await _tell(
        conn,
        id_,
        [
            *telling.prepared(documents, people, items, starts, desk, "closed"),
            *telling.held(people, began, starts, ends, chair, desk),
            *telling.captioned(microphones, said),
            *telling.turned(turns, chair),
        ],
    )
    await queries.write_course(conn, id_)


async def _make_coming(conn: AsyncConnection[Any], commune: _Commune, meeting: ComingMeeting, now: datetime) -> None:
    """Invited."""
    id_, starts = holding.meeting_id(meeting.slug), holding.coming_start(meeting, now)
    ends = starts + timedelta(minutes=meeting.duration)
    people = holding.people_of(meeting, commune.deputies, None)
    year = starts.astimezone(VIETNAM).year
    agenda = [msgspec.structs.replace(item, title=item.title.replace("{year}", str(year))) for item in meeting.agenda]
    meeting = msgspec.structs.replace(meeting, agenda=agenda)
    items = holding.placed_items(meeting.slug, agenda)
    documents = holding.documents_of(meeting.slug, items, meeting.resolution, b"")
    await queries.insert_meeting(
        conn, id_, holding.id_of("unit", meeting.unit), commune.room_at(meeting.place), meeting,
        starts=starts, ends=ends, state=meeting.state,
    )  # fmt: skip
    await queries.insert_participants(conn, id_, people)
    await queries.insert_items(conn, id_, items)
    await _write(conn, id_, documents, now - telling.PREPARED)
    if meeting.resolution is not None:
        drafters = [holding.id_of("person", username) for username in meeting.resolution.drafters]
        await queries.insert_drafters(conn, holding.id_of("resolution", meeting.slug), drafters)
    by = holding.id_of("person", meeting.secretary)
    await _tell(conn, id_, list(telling.prepared(documents, people, items, now, by, meeting.state)))


async def _write(conn: AsyncConnection[Any], meeting_id: UUID, documents: list[telling.Document], at: datetime) -> None:
    """The documents and their first updates. The items of the agenda are there already, so nobody projects it again."""
    await queries.insert_documents(conn, meeting_id, documents, at)
    await begin_documents(Work(conn, at), [(document.id, document.update) for document in documents])
    for document in documents:
        if document.kind == "agenda":
            await note_projected(conn, document.id, 1)


async def _tell(conn: AsyncConnection[Any], meeting_id: UUID, facts: list[telling.Fact]) -> None:
    """At the moments they happened. Nobody listens yet, so nothing is published."""
    line = Work(conn, facts[0].at)
    async with conn.pipeline():  # a thousand facts without a thousand answers to wait for
        for fact in sorted(facts, key=lambda each: each.at):
            line.now = fact.at
            await line.tell(meeting_id, fact.event, fact.text)
