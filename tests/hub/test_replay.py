"""A meeting's line alone says what its rows say: on recorded meetings, and on meetings played at random."""

import asyncio
import inspect
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hub.access import access_meeting
from hub.attendance.models import AttendanceChanged, AttendanceUndone
from hub.db import Database
from hub.events import REGISTRY, moment
from hub.meetings.models import Meeting
from hub.replay import State, facts, facts_of_record, fold, replay, step
from hub.replay.fold import FAMILIES, SAYS_NOTHING
from hub.replay.stored import Compared, stored, told_of
from hub.sample.load import make_sample
from hub.speeches.replay import speaking_stored, speaking_told
from hub.users.queries import person
from hub.votes.export import record_of
from realtime import InProcessBus
from tests.hub.voting import Voting, body
from tests.support import START, Hub, HubClock


def same(told: Compared, rows: Compared) -> None:
    for name in Compared.__struct_fields__:
        assert getattr(told, name) == getattr(rows, name), name


async def compare(hub: Hub, meeting_id: UUID) -> None:
    async with hub.db.work() as work:
        await work.hold(meeting_id)
        line, rows = await facts(work.conn, meeting_id), await stored(work.conn, meeting_id)
    state = State()
    for fact in line:
        step(state, fact)
        if isinstance(fact.event, AttendanceChanged | AttendanceUndone) and fact.event.user_id in state.people:
            stay = state.whereabouts()[fact.event.user_id]
            known = (stay.state, moment(stay.since)) if stay else ("unknown", None)
            assert (fact.event.now, fact.event.now_since) == known, "what screens are told is what follows"
    same(told_of(state), rows)


class Player:
    """Presses at random what people press at a meeting. A refusal is an answer; a failure is not."""

    def __init__(self, at: Voting, seed: int, clock: HubClock) -> None:
        self.at, self.dice, self.clock = at, random.Random(seed), clock
        self.done: Counter[str] = Counter()
        self.votes: list[str] = []

    @property
    def meeting(self) -> str:
        return f"/api/meetings/{self.at.meeting_id}"

    async def press(self) -> None:
        self.clock.pass_(seconds=self.dice.choice([0.25, 1, 30, 400]))
        acts = [
            *[self.check_in, self.undo_check_in, self.mark, self.mark, self.correct, self.take_back, self.myself] * 2,
            *[self.move, self.move, self.skip, self.pause, self.resume, self.rules, self.secrecy],
            *[self.prepare, self.open, self.open, self.cast, self.cast, self.end_vote, self.change_vote],
            *[self.invite, self.take_off, self.role],
            *[self.ask, self.ask, self.give, self.give, self.on_floor, self.on_floor, self.on_request, self.question],
        ]
        if self.dice.random() < 0.04:
            acts = [self.end_and_go_on]
        act = self.dice.choice(acts)
        answer = await act()
        if answer is not None:
            assert answer.status_code < 500, answer.text
            if answer.status_code < 300:
                self.done[act.__name__] += 1

    def someone(self) -> Any:
        return self.dice.choice([*self.at.everybody, self.at.guest])

    async def check_in(self) -> Any:
        return await self.at.secretary.post(f"{self.meeting}/participants/{self.someone().id}/check-in")

    async def undo_check_in(self) -> Any:
        return await self.at.secretary.delete(f"{self.meeting}/participants/{self.someone().id}/check-in")

    def what(self) -> dict[str, Any]:
        since = self.clock.now - timedelta(seconds=self.dice.choice([0, 60, 900, 3600]))
        return {
            "state": self.dice.choice(["room", "online", "excused", "absent", "left"]),
            "since": since.isoformat() if self.dice.random() < 0.6 else None,
            "reason": "Đi công tác" if self.dice.random() < 0.3 else None,
        }

    async def mark(self) -> Any:
        return await self.at.secretary.put(f"{self.meeting}/participants/{self.someone().id}/attendance", self.what())

    async def changes(self) -> list[tuple[str, int]]:
        sheet = (await self.at.secretary.get(f"{self.meeting}/attendance")).json()
        return [(one["user_id"], change["seq"]) for one in sheet["people"] for change in one["changes"]]

    async def correct(self) -> Any:
        if not (told := await self.changes()):
            return None
        user, seq = self.dice.choice(told)
        wish = self.what() | {"instead_of": seq}
        return await self.at.chair.put(f"{self.meeting}/participants/{user}/attendance", wish)

    async def take_back(self) -> Any:
        if not (told := await self.changes()):
            return None
        user, seq = self.dice.choice(told)
        return await self.at.secretary.delete(f"{self.meeting}/participants/{user}/attendance/{seq}")

    async def myself(self) -> Any:
        wish = {"state": self.dice.choice(["online", "left"])}
        return await self.someone().put(f"{self.meeting}/my-attendance", wish)

    async def move(self) -> Any:
        item = self.dice.choice([*map(str, self.at.items), None])
        return await self.at.chair.post(f"{self.meeting}/current-item", {"item_id": item})

    async def skip(self) -> Any:
        return await self.at.chair.post(f"/api/agenda-items/{self.dice.choice(self.at.items)}/skip", {})

    async def pause(self) -> Any:
        return await self.at.chair.post(f"{self.meeting}/pause", {"reason": "Giải lao"})

    async def resume(self) -> Any:
        return await self.at.chair.post(f"{self.meeting}/resume")

    async def rules(self) -> Any:
        wish = {"online_allowed": self.dice.random() < 0.8, "members": self.dice.choice([None, 9]), "rule_id": None}
        return await self.at.secretary.put(f"{self.meeting}/attendance-rules", wish)

    async def secrecy(self) -> Any:
        wish = {"secrecy": self.dice.choice(["none", "none", "mat"])}
        return await self.at.secretary.put(f"/api/agenda-items/{self.at.items[-1]}/secrecy", wish)

    async def prepare(self) -> Any:
        wish = self.at.question(rule_id=self.dice.choice(["hdnd", "own-present"]))
        answer = await self.at.secretary.post(f"{self.meeting}/votes", wish)
        self.votes.append(answer.json()["id"])
        return answer

    async def on_vote(self, verb: str, wish: Any = None) -> Any:
        return (
            await self.at.chair.post(f"/api/votes/{self.dice.choice(self.votes)}/{verb}", wish) if self.votes else None
        )

    async def open(self) -> Any:
        return await self.on_vote("open", {"without_quorum": "Theo ý kiến của Thường trực"})

    async def end_vote(self) -> Any:
        return await self.on_vote("close")

    async def change_vote(self) -> Any:
        verb = self.dice.choice(["pause", "resume", "annul"])
        return await self.on_vote(verb, None if verb == "resume" else {"reason": "Có ý kiến"})

    async def cast(self) -> Any:
        if not self.votes:
            return None
        answers = ["agree", "disagree", "abstain"]
        wish = {"choice": [self.dice.choice(answers)]}
        return await self.someone().post(f"/api/votes/{self.dice.choice(self.votes)}/ballot", wish)

    async def invite(self) -> Any:
        wish = {"user_ids": [str(self.dice.choice(self.at.members).id)], "role": "delegate"}
        return await self.at.secretary.post(f"{self.meeting}/participants", wish)

    async def take_off(self) -> Any:
        return await self.at.secretary.delete(f"{self.meeting}/participants/{self.dice.choice(self.at.members).id}")

    async def role(self) -> Any:
        wish = self.dice.choice([{"role": "delegate"}, {"role": "guest"}, {"votes": True}, {"votes": False}])
        return await self.at.secretary.patch(
            f"{self.meeting}/participants/{self.dice.choice(self.at.members).id}", wish
        )

    async def speaking(self, of: str) -> str | None:
        """The id of one of the requests, floors or questionings there are."""
        found = (await self.at.chair.get(f"{self.meeting}/speaking")).json()[of]
        return str(self.dice.choice(found)["id"]) if found else None

    async def ask(self) -> Any:
        wish: dict[str, Any] = {"kind": self.dice.choice(["on_item", "procedural", "question"]), "topic": "Đề nghị"}
        if wish["kind"] == "question":
            wish |= {"addressee_id": str(self.at.chair.id), "question": "Bao giờ xong?"}
        return await self.someone().post(f"{self.meeting}/speech-requests", wish)

    async def give(self) -> Any:
        request = await self.speaking("requests")
        wish: dict[str, Any] = {"start": self.dice.random() < 0.7}
        wish |= {"request_id": request} if request else {"user_id": str(self.someone().id)}
        return await self.at.chair.post(f"{self.meeting}/floors", wish)

    async def on_floor(self) -> Any:
        if not (floor := await self.speaking("floors")):
            return None
        return await self.at.chair.post(
            f"/api/floors/{floor}/{self.dice.choice(['start', 'pause', 'resume', 'end', 'undo'])}"
        )

    async def on_request(self) -> Any:
        if not (request := await self.speaking("requests")):
            return None
        wish: dict[str, tuple[str, Any]] = {
            "withdraw": ("", None), "move": ("/move", {"before": await self.speaking("requests")}),
            "remove": ("/remove", {"reason": "Đã nêu"}), "restore": ("/restore", None), "done": ("/done", None),
        }  # fmt: skip
        verb = self.dice.choice(list(wish))
        path, body_ = wish[verb]
        if verb == "withdraw":
            return await self.someone().delete(f"/api/speech-requests/{request}")
        return await self.at.secretary.post(f"/api/speech-requests/{request}{path}", body_)

    async def question(self) -> Any:
        if questioning := await self.speaking("questionings"):
            await self.at.chair.post(f"/api/questionings/{questioning}/close")
        wish = {"item_id": str(self.at.items[0]), "answerer_id": str(self.at.chair.id)}
        return await self.at.chair.post(f"{self.meeting}/questionings", wish)

    async def end_and_go_on(self) -> Any:
        await self.at.chair.post(f"{self.meeting}/state", {"to": "ended"})
        self.clock.pass_(minutes=3)
        return await self.at.chair.post(f"{self.meeting}/state", {"to": "running"})


@pytest.mark.parametrize("seed", [1, 20261122])
async def test_a_meeting_played_at_random_is_rebuilt_from_its_line(hub: Hub, clock: HubClock, seed: int) -> None:
    at = await body(hub, 4, present=0, guest=True, items=3)
    player = Player(at, seed, clock)

    for _ in range(4):
        for _ in range(40):
            await player.press()
        await compare(hub, at.meeting_id)

    assert len(player.done) >= 15, player.done


async def test_a_meeting_read_while_it_goes_on_is_that_of_one_moment(hub: Hub) -> None:
    at = await body(hub, 3)
    path, read = f"/api/meetings/{at.meeting_id}", list[Meeting]()

    async def speak() -> None:
        """A turn ends the one before it: three facts of one transaction."""
        floor = None
        for number in range(20):
            who = at.members[number % 3]
            answer = await at.chair.post(f"{path}/floors", {"user_id": str(who.id), "instead_of": floor})
            floor = answer.raise_for_status().json()["id"]

    async def look() -> None:
        for _ in range(20):
            answer = (await at.members[0].get(path)).raise_for_status()
            read.append(msgspec.json.decode(answer.content, type=Meeting))

    await asyncio.gather(speak(), look(), look())

    async with hub.db.work() as work:
        line = await facts(work.conn, at.meeting_id)
    for meeting in read:
        told = speaking_told(replay(fact for fact in line if fact.seq <= meeting.seq).speeches)
        assert speaking_stored(meeting.speaking) == told


async def test_every_recorded_meeting_of_the_sample_is_rebuilt_from_its_line(database: str) -> None:
    async with Database(database, InProcessBus(), lambda: START) as db:
        await make_sample(db, START)
        async with db.work() as work:
            cursor = await work.conn.execute("SELECT id, state FROM meeting ORDER BY id")
            found = await cursor.fetchall()
            for meeting_id, _ in found:
                line = await facts(work.conn, meeting_id)
                same(told_of(replay(line)), await stored(work.conn, meeting_id))

    assert sum(state == "closed" for _, state in found) >= 24


async def test_the_chain_in_an_exported_record_says_the_same(hub: Hub) -> None:
    at = await body(hub, 2)
    vote = await at.open()
    await at.cast(at.chair, vote)
    await at.close(vote)

    async with hub.db.work() as work:
        me = await person(work.conn, at.chair.id)
        assert me is not None
        record = await record_of(work, await access_meeting(work.conn, me, at.meeting_id), [])
        line = await facts(work.conn, at.meeting_id)

    assert told_of(replay(facts_of_record(record["chain"]))) == told_of(replay(line))


def test_no_fact_about_what_is_replayed_is_forgotten() -> None:
    """A new kind of one of these families is followed, or named as saying nothing of the state."""
    here = {kind for kind in REGISTRY if kind.partition(".")[0] in FAMILIES}

    assert {kind for kind in here if not followed(kind)} == SAYS_NOTHING & here


def followed(kind: str) -> bool:
    return REGISTRY[kind].__name__ + "(" in inspect.getsource(fold)
