"""A world of several communes, and an oracle of who may reach what in it.

The oracle knows only what was put into the world, and the sentences of the regulations; it asks no query of ours.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hub.db import Work

STATES = ("draft", "published", "running", "ended", "closed")
ROLES = ("system_admin", "unit_admin", "member")


@dataclass
class Somebody:
    id: UUID
    commune: int
    unit: UUID
    role: str


@dataclass
class Sitting:
    id: UUID
    commune: int
    unit: UUID
    state: str
    roles: dict[UUID, str]
    made_by: UUID
    approver: UUID | None
    room: UUID
    prepares: UUID | None = None
    """The unit that prepares an item of it and, of a draft, was asked for the papers."""


@dataclass
class World:
    """Three communes, each a tree of a root, two units and one below the first; units know what is above them."""

    dice: random.Random
    above: dict[UUID, list[UUID]] = field(default_factory=dict)
    people: list[Somebody] = field(default_factory=list)
    meetings: list[Sitting] = field(default_factory=list)
    rooms: list[tuple[UUID, UUID]] = field(default_factory=list)
    things: list[tuple[str, UUID, Any]] = field(default_factory=list)

    def person(self, user_id: UUID) -> Somebody:
        return next(who for who in self.people if who.id == user_id)

    def administers(self, who: Somebody, unit: UUID) -> bool:
        return who.role == "system_admin" or (who.role == "unit_admin" and who.unit in self.above[unit])

    def sees_meeting(self, who: Somebody, one: Sitting) -> bool:
        if one.commune != who.commune and who.role != "system_admin":
            return False
        role = one.roles.get(who.id)
        takes_part = role is not None and (one.state != "draft" or role in ("chair", "secretary"))
        prepares = who.id in (one.made_by, one.approver) or self.administers(who, one.unit)
        return takes_part or prepares or (one.state == "closed" and who.unit == one.unit)

    def manages(self, who: Somebody, one: Sitting) -> bool:
        """Prepares the meeting: leads it, administers its unit, or made it and it has not begun."""
        leads = one.roles.get(who.id) in ("chair", "secretary")
        makes = who.id == one.made_by and one.state in ("draft", "published")
        return self.sees_meeting(who, one) and (leads or self.administers(who, one.unit) or makes)

    def reads_papers(self, who: Somebody, one: Sitting) -> bool:
        """Takes part, prepares or approves; not the whole unit when the record is closed."""
        chair = next((user for user, role in one.roles.items() if role == "chair"), None)
        approves = who.id == (one.approver or chair)
        return self.sees_meeting(who, one) and (who.id in one.roles or self.manages(who, one) or approves)

    def hands_in(self, who: Somebody, one: Sitting) -> bool:
        """Of the unit that prepares an item: its papers, until the meeting begins, whoever is invited."""
        return who.unit == one.prepares and one.state in ("draft", "published")

    def reaches(self, who: Somebody, kind: str, thing: Any) -> bool:
        match kind:
            case "meeting" | "item" | "document":
                return self.sees_meeting(who, thing)
            case "comments":
                meeting, written_as = thing
                leads = meeting.roles.get(who.id) in ("chair", "secretary")
                takes = written_as == "draft_resolution" and meeting.roles.get(who.id) == "delegate"
                makes = who.id == meeting.made_by and meeting.state in ("draft", "published")
                owns = leads or self.administers(who, meeting.unit) or makes
                return self.sees_meeting(who, meeting) and (takes or owns)
            case "opinion":
                meeting, author, private = thing
                role = meeting.roles.get(who.id)
                manages = self.administers(who, meeting.unit) or (
                    who.id == meeting.made_by and meeting.state in ("draft", "published")
                )
                reads = role == "secretary" or (not private and role in ("chair", "delegate"))
                return self.sees_meeting(who, meeting) and (who.id == author or reads or (manages and role is None))
            case "room":
                room, unit = thing
                held = any(
                    one.room == room and who.id in one.roles and one.state in STATES[1:4] for one in self.meetings
                )
                return held or self.administers(who, unit)
            case "account":
                return self.administers(who, thing.unit) and (
                    thing.role != "system_admin" or who.role == "system_admin"
                )
            case "unit":
                return who.role == "system_admin" or (who.role == "unit_admin" and who.commune == thing)
            case "entry" | "type":
                return thing is None or who.role == "system_admin" or who.commune == thing
        raise AssertionError(kind)


async def build(work: Work, world: World) -> None:
    conn, dice = work.conn, world.dice

    async def unit(name: str, parent: UUID | None, above: list[UUID]) -> UUID:
        row = await (
            await conn.execute(
                "INSERT INTO unit (name, kind, parent_id) VALUES (%s, 'office', %s) RETURNING id", (name, parent)
            )
        ).fetchone()
        assert row is not None
        world.above[row[0]] = [row[0], *above]
        return UUID(str(row[0]))

    for commune in range(3):
        root = await unit(f"Xã {commune}", None, [])
        first = await unit("Ủy ban", root, [root])
        units = [root, first, await unit("Hội đồng", root, [root]), await unit("Phòng", first, [first, root])]
        for at in units:
            world.things.append(("unit", at, commune))
            for number in range(4):
                who = Somebody(uuid4(), commune, at, ROLES[1] if number == 0 else ROLES[2])
                if commune == 0 and at == root and number == 1:
                    who.role = "system_admin"
                await conn.execute(
                    "INSERT INTO app_user (id, unit_id, username, name, role) VALUES (%s, %s, %s, 'Người', %s)",
                    (who.id, at, f"u{len(world.people)}", who.role),
                )
                world.people.append(who)
                world.things.append(("account", who.id, who))
            room, entry, kind = uuid4(), uuid4(), uuid4()
            await conn.execute("INSERT INTO room (id, unit_id, name) VALUES (%s, %s, 'Phòng')", (room, at))
            await conn.execute(
                "INSERT INTO catalogue_entry (id, unit_id, kind, name) VALUES (%s, %s, 'position', %s)",
                (entry, at, f"Chức vụ {entry}"),
            )
            await conn.execute(
                "INSERT INTO meeting_type (id, unit_id, name, kind) VALUES (%s, %s, 'Loại', 'council')", (kind, at)
            )
            world.rooms.append((room, at))
            world.things += [("room", room, (room, at)), ("entry", entry, commune), ("type", kind, commune)]
        mine_here = [who for who in world.people if who.commune == commune]
        for state in STATES * 3:
            here = dice.sample(mine_here, 7)
            chosen = dict(
                zip((who.id for who in here[:5]), ("chair", "secretary", "delegate", "delegate", "guest"), strict=True)
            )
            one = Sitting(
                uuid4(), commune, dice.choice(units), state, chosen, here[5].id,
                dice.choice([None, here[6].id]), dice.choice([room for room, at in world.rooms if at in units]),
            )  # fmt: skip
            await sit(work, world, one)
    world.things += [("entry", row[0], None) for row in await (
        await conn.execute("SELECT id FROM catalogue_entry WHERE unit_id IS NULL")
    ).fetchall()]  # fmt: skip


async def sit(work: Work, world: World, one: Sitting) -> None:
    conn = work.conn
    await conn.execute(
        "INSERT INTO meeting"
        " (id, unit_id, title, kind, place, room_id, starts_at, ends_at, state, made_by, approver_id)"
        " VALUES (%s, %s, 'Họp', 'council', 'Nơi họp', %s, %s, %s, %s, %s, %s)",
        (one.id, one.unit, one.room, work.now, work.now + timedelta(hours=2), one.state, one.made_by, one.approver),
    )
    for user_id, role in one.roles.items():
        await conn.execute(
            "INSERT INTO participant (meeting_id, user_id, role) VALUES (%s, %s, %s)", (one.id, user_id, role)
        )
    item = uuid4()
    await conn.execute("INSERT INTO agenda_item (id, meeting_id, position) VALUES (%s, %s, 'a0')", (item, one.id))
    world.meetings.append(one)
    world.things += [("meeting", one.id, one), ("item", item, one)]
    for kind in ("agenda", "minutes", "draft_resolution"):
        document = uuid4()
        await conn.execute(
            "INSERT INTO document (id, meeting_id, agenda_item_id, kind, created_at) VALUES (%s, %s, %s, %s, %s)",
            (document, one.id, item if kind == "draft_resolution" else None, kind, work.now),
        )
        world.things.append(("document", document, one))
        rows = await (await conn.execute("SELECT id FROM document WHERE parent_id = %s", (document,))).fetchall()
        world.things += [("comments", row[0], (one, kind)) for row in rows]
    for private in (False, True):
        opinion, author = uuid4(), world.dice.choice(list(one.roles))
        await conn.execute(
            "INSERT INTO opinion (id, meeting_id, item_id, kind, private, by, text, at)"
            " VALUES (%s, %s, %s, 'question', %s, %s, 'Hỏi', %s)",
            (opinion, one.id, item, private, author, work.now),
        )
        world.things.append(("opinion", opinion, (one, author, private)))
