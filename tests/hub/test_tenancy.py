"""Many communes in one installation: 10,000 random pairs of a person and a thing, and none reaches what is not his.

Asked here where access is asked; ``test_tenancy_routes.py`` goes through the doors.
"""

import random
from typing import Any
from uuid import UUID

from hub.access import access_document, access_item, access_meeting, access_paper, access_speech_request
from hub.catalogues.service import access_type, mine
from hub.db import Work
from hub.equipment.service import access_room
from hub.errors import Refusal, SecretItem
from hub.opinions.service import access_opinion
from hub.organisation.service import access_account, tree
from hub.papers.note_queries import note
from hub.papers.own_queries import file
from hub.papers.store import PaperStore
from hub.users.models import Me
from hub.users.queries import person
from hub.votes.service import access_vote
from tests.hub.tenancy_words import furnish
from tests.hub.tenancy_world import World, build
from tests.support import Hub

SEED = 20260722
PAIRS = 10_000


async def reached(work: Work, me: Me, kind: str, thing: UUID) -> bool:
    try:
        match kind:
            case "meeting":
                await access_meeting(work.conn, me, thing)
            case "item":
                await access_item(work.conn, me, thing)
            case "document" | "comments":
                await access_document(work.conn, me, thing)
            case "opinion":
                await access_opinion(work, me, thing)
            case "room":
                await access_room(work, me, thing)
            case "account":
                await access_account(work, me, thing)
            case "unit":
                return thing in (await tree(work, me)).units
            case "paper_id":
                await access_paper(work.conn, me, thing)
            case "vote_id":
                await access_vote(work, me, thing)
            case "request_id":
                await access_speech_request(work.conn, me, thing)
            case "note_id":
                return await note(work.conn, me.id, thing) is not None
            case "file_id":
                return await file(work.conn, me.id, thing) is not None
            case "entry":
                await mine(work, me, "catalogue_entry", thing)
            case "type":
                await access_type(work.conn, me, thing)
    except SecretItem:
        return kind != "paper_id"  # its item may be known of, and nothing of its papers
    except Refusal as refusal:
        return kind == "entry" and refusal.status == 403  # he may know of it, and not change it
    return True


async def test_ten_thousand_random_pairs_reach_what_the_regulations_say_and_nothing_leaks(hub: Hub) -> None:
    world = World(random.Random(SEED))
    async with hub.db.work() as work:
        await build(work, world)
        words = await furnish(work, PaperStore(hub.settings), world)
    for kind in ("paper_id", "vote_id", "request_id", "note_id", "file_id"):
        world.things += [(kind, one.id, one) for one in words.things[kind]]
    of_kind: dict[str, list[tuple[str, UUID, Any]]] = {}
    for thing in world.things:
        of_kind.setdefault(thing[0], []).append(thing)
    wrong: list[str] = []
    seen = 0

    async with hub.db.work() as work:
        everybody = {who.id: await person(work.conn, who.id) for who in world.people}
        for _ in range(PAIRS):
            who, kind = world.dice.choice(world.people), world.dice.choice(list(of_kind))
            _, thing_id, thing = world.dice.choice(of_kind[kind])
            me = everybody[who.id]
            assert me is not None
            may = thing.reads(who) if kind in words.things else world.reaches(who, kind, thing)
            does = await reached(work, me, kind, thing_id)
            seen += may
            if may != does:
                wrong.append(
                    f"{who.role} of commune {who.commune}, {kind} {thing}: {'leaks' if does else 'is withheld'}"
                )

    assert wrong == [], f"seed {SEED}: {len(wrong)} of {PAIRS}"
    assert PAIRS // 20 < seen < PAIRS // 2, "a world in which both answers are common"


async def test_only_who_prepares_the_meeting_takes_a_paper_away_and_its_unit_what_is_its_own_in_a_draft(
    hub: Hub,
) -> None:
    world = World(random.Random(SEED))
    async with hub.db.work() as work:
        await build(work, world)
        words = await furnish(work, PaperStore(hub.settings), world)
        meetings = {one.id: one for one in world.meetings}
        rows = await work.conn.execute(
            "SELECT p.id, p.meeting_id, i.unit_id, coalesce(i.secrecy, 'none'), m.approval,"
            " (SELECT array_agg(u.unit_id) FROM paper_version v JOIN app_user u ON u.id = v.by WHERE v.paper_id = p.id)"
            " FROM paper p JOIN meeting m ON m.id = p.meeting_id LEFT JOIN agenda_item i ON i.id = p.agenda_item_id"
        )
        papers = await rows.fetchall()
        assert {row[0] for row in papers} == {one.id for one in words.things["paper_id"]}
        wrong, taken = [], {"manages": 0, "unit": 0}
        for who in world.people:
            me = await person(work.conn, who.id)
            assert me is not None
            for paper_id, meeting_id, prepares, secrecy, approval, by in papers:
                one = meetings[meeting_id]
                draft = one.state == "draft" and approval in ("drafting", "returned")
                own = prepares == who.unit and world.hands_in(who, one) and draft and set(by) == {who.unit}
                may = secrecy == "none" and (world.manages(who, one) or own)
                try:
                    await access_paper(work.conn, me, paper_id, "take_back")
                except Refusal:
                    does = False
                else:
                    does = True
                taken["manages"] += may and world.manages(who, one)
                taken["unit"] += may and not world.manages(who, one)
                if may != does:
                    wrong.append(f"{who.role} of {who.unit}, {paper_id} of {one}: {'leaks' if does else 'is withheld'}")

    assert wrong == []
    assert taken["manages"] > 0
