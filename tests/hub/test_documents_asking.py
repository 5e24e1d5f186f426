"""Who asks after a right at one moment with others gets his own answer, and theirs costs the database nothing more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hub import auth
from hub.documents.asking import Asking, Entrance, Turned
from tests.support import Hub, Person


class Gate:
    """A database that answers when it is let, and counts how often it was asked."""

    def __init__(self, hub: Hub) -> None:
        self.conninfo, self.clock = hub.db.conninfo, hub.db.clock
        self.opened = asyncio.Event()
        self.times = 0
        self._db = hub.db

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        self.times += 1
        await self.opened.wait()
        async with self._db.reading() as conn:
            yield conn


def entrance(hub: Hub, person: Person | None, document: UUID) -> Entrance:
    return Entrance(hub.installation, document, session=auth.token_hash(person.token if person else "none"))


async def told(asking: Asking, entrance: Entrance) -> str:
    try:
        me, right = await asking.ask(entrance)
    except Turned as turned:
        return turned.reason
    return f"{me.name} {right}"


async def test_everybody_of_a_crowd_gets_his_own_answer(hub: Hub) -> None:
    chair, delegate, stranger = await hub.person(), await hub.person(), await hub.person()
    meeting = await hub.meeting(chair, delegates=[delegate])
    minutes, agenda = await hub.document(meeting, "minutes"), await hub.document(meeting, "agenda")
    ways = [
        entrance(hub, who, what) for who in (chair, delegate, stranger, None) for what in (minutes, agenda, uuid4())
    ]
    ways.append(Entrance(hub.installation, minutes, user_id=chair.id, most="read"))
    alone = [await told(Asking(hub.db), way) for way in ways]
    gate = Gate(hub)
    asking = Asking(gate)  # type: ignore[arg-type]

    asked = [asyncio.create_task(told(asking, way)) for way in ways * 3]
    await asyncio.sleep(0)
    gate.opened.set()
    together = [await task for task in asked]

    assert together == alone * 3
    assert {"not-signed-in", "not-found", f"{chair.name} write", f"{chair.name} read"} <= set(alone)
    assert gate.times == 1


async def test_who_gives_up_does_not_take_the_others_answer_with_him(hub: Hub) -> None:
    chair = await hub.person()
    minutes = await hub.document(await hub.meeting(chair), "minutes")
    gate = Gate(hub)
    asking = Asking(gate)  # type: ignore[arg-type]
    first, second = (asyncio.create_task(told(asking, entrance(hub, chair, minutes))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    gate.opened.set()
    assert await second == f"{chair.name} write"
    assert first.cancelled()


async def test_without_a_database_everybody_who_asked_hears_that_nobody_can_tell(hub: Hub) -> None:
    class Away(Gate):
        @contextlib.asynccontextmanager
        async def reading(self) -> AsyncIterator[Any]:
            raise psycopg.OperationalError("away")
            yield

    chair = await hub.person()
    asking = Asking(Away(hub))  # type: ignore[arg-type]
    ways = [asking.ask(entrance(hub, chair, uuid4())) for _ in range(3)]
    answers = await asyncio.gather(*ways, return_exceptions=True)
    assert [type(answer) for answer in answers] == [psycopg.OperationalError] * 3
    with pytest.raises(psycopg.OperationalError):
        await asking.ask(entrance(hub, chair, uuid4()))
