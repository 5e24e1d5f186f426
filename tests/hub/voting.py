"""What tests of votes say: ``body()`` is a meeting with its members checked in, ``voting.open()`` a vote there."""

from typing import Any
from uuid import UUID

from tests.support import Hub, Person


class Voting:
    """A running meeting of a chair, a secretary and members, its first item, and the votes put to it."""

    def __init__(self, hub: Hub, meeting_id: UUID, items: list[UUID], chair: Person, secretary: Person) -> None:
        self.hub, self.meeting_id, self.items, self.chair, self.secretary = hub, meeting_id, items, chair, secretary
        self.members: list[Person] = []
        self.guest: Person | None = None

    @property
    def everybody(self) -> list[Person]:
        """Who has a vote: the chair and the members."""
        return [self.chair, *self.members]

    async def check_in(self, person: Person) -> None:
        answer = await self.secretary.post(f"/api/meetings/{self.meeting_id}/participants/{person.id}/check-in")
        assert answer.status_code == 200, answer.text

    def question(self, **more: Any) -> dict[str, Any]:
        asked = {"item_ids": [str(self.items[0])], "question": "Thông qua dự thảo nghị quyết?", "rule_id": "hdnd"}
        return asked | more

    async def prepare(self, **more: Any) -> str:
        answer = await self.secretary.post(f"/api/meetings/{self.meeting_id}/votes", self.question(**more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def open(self, **more: Any) -> str:
        reason = more.pop("without_quorum", None)
        vote = await self.prepare(**more)
        answer = await self.chair.post(f"/api/votes/{vote}/open", {"without_quorum": reason})
        assert answer.status_code == 200, answer.text
        return vote

    async def cast(self, person: Person, vote: str, *choice: str, remark: str | None = None) -> Any:
        return await person.post(f"/api/votes/{vote}/ballot", {"choice": list(choice) or ["agree"], "remark": remark})

    async def close(self, vote: str) -> dict[str, Any]:
        answer = await self.chair.post(f"/api/votes/{vote}/close")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """(kind, body) of every fact about votes, in order."""
        import msgspec

        async with self.hub.db.work() as work:
            cursor = await work.conn.execute(
                "SELECT kind, body FROM event WHERE meeting_id = %s AND kind LIKE 'vote.%%' ORDER BY seq",
                (self.meeting_id,),
            )
            return [(row[0], msgspec.json.decode(bytes(row[1]))) for row in await cursor.fetchall()]


async def body(
    hub: Hub,
    members: int = 4,
    *,
    present: int | None = None,
    guest: bool = False,
    items: int = 2,
    state: str = "running",
) -> Voting:
    """``members`` besides the chair; ``present`` of chair and members are checked in (None: all)."""
    chair, secretary = await hub.person("Chủ tọa"), await hub.person("Thư ký")
    people = [await hub.person() for _ in range(members)]
    invited = [await hub.person("Khách")] if guest else []
    meeting_id = await hub.meeting(
        chair, secretary=secretary, delegates=people, guests=invited, items=items, state=state
    )
    voting = Voting(hub, meeting_id, await hub.items(meeting_id), chair, secretary)
    voting.members, voting.guest = people, next(iter(invited), None)
    here = voting.everybody[: present if present is not None else members + 1]
    async with hub.db.work() as work:
        await work.conn.execute(
            "UPDATE participant SET checked_in_at = %s, checked_in_how = 'manual'"
            " WHERE meeting_id = %s AND user_id = ANY(%s)",
            (work.now, meeting_id, [person.id for person in here]),
        )
    return voting
