"""What tests of speaking say: ``sitting()`` is a running meeting, ``at.ask()`` a request, ``at.give()`` the floor."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from hub.speeches.replay import Speeches, step
from tests.support import Hub, Person


class Sitting:
    """A meeting of a chair, a secretary, members and a guest, with its items."""

    def __init__(self, hub: Hub, meeting_id: UUID, items: list[UUID], chair: Person, secretary: Person) -> None:
        self.hub, self.meeting_id, self.chair, self.secretary = hub, meeting_id, chair, secretary
        self.items = [str(item) for item in items]
        self.members: list[Person] = []
        self.guest: Person

    @property
    def path(self) -> str:
        return f"/api/meetings/{self.meeting_id}"

    async def go_to(self, item: str | None) -> None:
        answer = await self.chair.post(f"{self.path}/current-item", {"item_id": item})
        assert answer.status_code == 204, answer.text

    async def try_asking(self, person: Person, **more: Any) -> Any:
        return await person.post(f"{self.path}/speech-requests", {"item_id": self.items[0]} | more)

    async def ask(self, person: Person, **more: Any) -> str:
        answer = await self.try_asking(person, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def try_giving(self, request: str | None = None, **more: Any) -> Any:
        return await self.chair.post(f"{self.path}/floors", {"request_id": request} | more)

    async def give(self, request: str | None = None, **more: Any) -> str:
        answer = await self.try_giving(request, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def do(self, what: str, floor: str) -> Any:
        return await self.chair.post(f"/api/floors/{floor}/{what}")

    async def speaking(self, person: Person | None = None) -> dict[str, Any]:
        found: dict[str, Any] = (await (person or self.chair).get(f"{self.path}/speaking")).json()
        return found

    async def queue(self) -> list[str]:
        """Ids of those waiting, in order."""
        return [one["id"] for one in (await self.speaking())["requests"] if one["state"] == "waiting"]

    async def floor(self, floor: str) -> dict[str, Any]:
        return next(one for one in (await self.speaking())["floors"] if one["id"] == floor)

    async def facts(self) -> Sequence[tuple[str, dict[str, Any], Any]]:
        async with self.hub.db.work() as work:
            cursor = await work.conn.execute(
                "SELECT kind, body, at FROM event WHERE meeting_id = %s ORDER BY seq", (self.meeting_id,)
            )
            return [(kind, msgspec.json.decode(bytes(body)), at) for kind, body, at in await cursor.fetchall()]

    async def kinds(self) -> list[str]:
        """Of the facts about speaking, in order."""
        return [kind for kind, _, _ in await self.facts() if kind.startswith(("speech.", "floor.", "question"))]

    async def replayed(self) -> Speeches:
        now = Speeches()
        for kind, body, at in await self.facts():
            step(now, kind, body, at)
        return now


async def sitting(hub: Hub, members: int = 4, *, state: str = "running", items: int = 2, **more: Any) -> Sitting:
    chair, secretary, guest = await hub.person("Chủ tọa"), await hub.person("Thư ký"), await hub.person("Khách")
    people = [await hub.person() for _ in range(members)]
    meeting_id = await hub.meeting(
        chair, secretary=secretary, delegates=people, guests=[guest], items=items, state=state, **more
    )
    at = Sitting(hub, meeting_id, await hub.items(meeting_id), chair, secretary)
    at.members, at.guest = people, guest
    return at
