"""Forty people at one meeting: their accounts, their sessions, and devices that follow the meeting's line.

A device here is a screen without a picture: it connects with what it has, folds what it is told, and asks for nothing
else. What is compared at the end is what it knows.
"""

import asyncio
import contextlib
import json
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.attendance.history import Stay
from hub.events import REGISTRY
from hub.meetings.models import Meeting
from hub.replay import Fact, State, step
from hub.replay.fold import figures
from hub.replay.stored import Compared, told_of
from hub.speeches.replay import speaking_stored
from hub.votes.models import Vote
from tests.flows.site import Site

WAIT_SECONDS = 30
DELEGATES, GUESTS = 35, 2
"""With a chair and two secretaries they are forty; one delegate holds a phone, the others and the guests a device."""
ITEMS = [
    ("Khai mạc, thông qua chương trình kỳ họp", "information"),
    ("Thảo luận báo cáo kinh tế – xã hội sáu tháng", "discussion"),
    ("Nghị quyết về phân bổ dự phòng ngân sách", "decision"),
    ("Nghị quyết về giá dịch vụ thu gom rác", "vote"),
    ("Bầu Hội thẩm nhân dân", "election"),
    ("Thông báo về phòng, chống thiên tai", "information"),
]


PLAIN = ssl.create_default_context()  # never used, and made once: forty would take four seconds


class Member:
    """Somebody signed in as a page is: the session's cookie, and the CSRF header on what changes something."""

    def __init__(self, address: str, user_id: str, username: str, name: str) -> None:
        self.id, self.username, self.name = user_id, username, name
        self.http = httpx.AsyncClient(base_url=address, timeout=WAIT_SECONDS, verify=PLAIN)

    async def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        if method != "GET" and "x-csrf-token" not in self.http.headers:
            self.http.headers["x-csrf-token"] = (await self.http.get("/api/csrf")).json()["token"]
        return await self.http.request(method, path, json=body)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.request("POST", path, body)

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        """What must succeed."""
        answer = await self.request(method, path, body)
        assert answer.status_code < 300, f"{self.name}: {method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def read(self, meeting_id: str) -> Meeting:
        return msgspec.json.decode((await self.http.get(f"/api/meetings/{meeting_id}")).content, type=Meeting)


class Screen:
    """One device on a meeting's line."""

    def __init__(self, member: Member, meeting_id: str) -> None:
        self.member, self.meeting_id = member, meeting_id
        self.state = State()
        self.came = 0
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    @property
    def here(self) -> bool:
        return self._listening is not None and not self._listening.done()

    async def come(self) -> None:
        """With what it has; it does not wait for what it lacks."""
        if self._listening is not None:
            await self._listening
        base = self.member.http.base_url
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.member.http.cookies.jar)
        self._socket = await connect(
            f"ws://{base.host}:{base.port}/ws/meetings/{self.meeting_id}?after={self.state.seq}",
            additional_headers={"cookie": cookies, "origin": f"http://{base.host}:{base.port}"},
            compression=None, open_timeout=WAIT_SECONDS, close_timeout=WAIT_SECONDS,
        )  # fmt: skip
        self.came += 1
        self._listening = asyncio.create_task(self._listen(self._socket), name=f"screen:{self.member.username}")

    async def go(self, *, abruptly: bool = False) -> None:
        """``abruptly``: as a phone does in a lift, without a word."""
        if self._socket is None or self._listening is None:
            return
        if abruptly:
            self._socket.transport.abort()
        else:
            await self._socket.close()
        await self._listening

    async def has(self, seq: int) -> None:
        while self.state.seq < seq:
            assert self._listening is not None
            if self._listening.done():
                self._listening.result()
                raise AssertionError(f"{self.member.username} was hung up on at {self.state.seq}")
            self._news.clear()
            await self._news.wait()

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                self._hear(json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "told":
            assert message["seq"] == self.state.seq + 1, "each fact once, in order, none left out"
            step(self.state, fact_of(message))
            self._news.set()
        elif message["type"] == "ready":
            assert message["seq"] == self.state.seq, "ready is said where everything was"


def fact_of(told: dict[str, Any]) -> Fact:
    event = REGISTRY.get(told["event"]["type"])
    return Fact(
        told["seq"],
        msgspec.convert(told["at"], datetime),
        msgspec.convert(told["event"], event) if event is not None else None,
    )


class Crowd:
    """Devices that come at moments of their own, drop out, and come back. The last one comes when all is over."""

    DROPS = 0.04  # of those here, at each turn

    def __init__(self, screens: list[Screen], chance: random.Random, turns: int) -> None:
        self.screens, self.chance = screens, chance
        self.turns = self.drops = 0
        self._due = {id(screen): chance.choice([0, chance.randrange(turns)]) for screen in screens[:-1]}

    async def turn(self) -> None:
        """Something has happened."""
        self.turns += 1
        here = [screen for screen in self.screens if screen.here]
        coming = [one for one in self.screens[:-1] if one not in here and self._due[id(one)] <= self.turns]
        going = [one for one in here if self.chance.random() < self.DROPS]
        for one in going:
            self._due[id(one)] = self.turns + self.chance.randint(1, 6)
        self.drops += len(going)
        async with asyncio.timeout(WAIT_SECONDS):
            leaves = [one.go(abruptly=self.chance.random() < 0.5) for one in going]
            await asyncio.gather(*leaves, *(one.come() for one in coming))

    async def have(self, seq: int, *, everybody: bool) -> list[State]:
        """What those who are here know once they were told all; ``everybody`` is here then, the last one too."""
        async with asyncio.timeout(WAIT_SECONDS):
            if everybody:
                await asyncio.gather(*(one.come() for one in self.screens if not one.here))
            here = [one for one in self.screens if one.here]
            await asyncio.gather(*(one.has(seq) for one in here))
        return [one.state for one in here]

    async def leave(self) -> None:
        await asyncio.gather(*(one.go() for one in self.screens), return_exceptions=True)


def of_line(state: State) -> Compared:
    """What a line says, but for the list of all that was once told of people: pages have only where they are now."""
    return msgspec.structs.replace(told_of(state), told=[])


def of_page(meeting: Meeting) -> Compared:
    """The same of what a page knows."""
    sitting = meeting.sitting
    return Compared(
        state=meeting.state,
        paused=sitting.paused is not None,
        current_item_id=meeting.current_item_id,
        items={i.id: (i.state, i.running_since is not None, i.held_ms) for i in meeting.items if i.state != "waiting"},
        people={one.user_id: one.role for one in meeting.participants},
        voters={one.user_id for one in meeting.participants if one.votes},
        whereabouts={
            one.user_id: Stay(one.attendance, one.since, None) if one.since is not None else None
            for one in meeting.participants
        },
        told=[],
        rules=(sitting.online_allowed, sitting.members, sitting.rule_id),
        secrecy={item.id: item.secrecy for item in meeting.items if item.secrecy != "none"},
        documents={one.id: one.kind for one in meeting.documents},
        votes={vote.id: _vote(vote) for vote in meeting.votes},
        microphones={session.session_id: session.state for session in meeting.captions},
        speaking=speaking_stored(meeting.speaking),
    )


def _vote(vote: Vote) -> dict[str, Any]:
    opened, result = vote.state != "prepared", vote.result
    found = figures(msgspec.structs.asdict(result) | msgspec.structs.asdict(result.tally)) if result else None
    same = {
        name: getattr(vote, name)
        for name in ("item_ids", "state", "present", "opened_at", "closed_at", "ends_at", "left_ms")
    }
    of_opened = {"members": vote.members, "rule": vote.rule_id} if opened else {"members": None, "rule": None}
    return same | of_opened | {"result": found}


def same(screen: Compared, line: Compared, whose: str) -> None:
    for name in Compared.__struct_fields__:
        assert getattr(screen, name) == getattr(line, name), f"{whose}: {name}"


class Council:
    """The forty, and their meeting."""

    def __init__(self, site: Site, meeting_id: str, items: list[str], people: list[Member]) -> None:
        self.site, self.id, self.items, self.everybody = site, meeting_id, items, people
        self.chair, self.secretary, self.second_secretary, self.phone = people[:4]
        self.delegates, self.guests = people[4:-GUESTS], people[-GUESTS:]
        """Without the one on the phone."""

    @property
    def id_(self) -> UUID:
        return UUID(self.id)

    @property
    def path(self) -> str:
        return f"/api/meetings/{self.id}"


class Door:
    """Makes accounts of a commune of their own, and lets people in by the link an administrator gives them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        (admin,) = self.site.rows("SELECT id, username, name FROM app_user WHERE role = 'system_admin' LIMIT 1")
        self.admin = await self._member(str(admin[0]), admin[1], admin[2])
        name, token = self.site.session(admin[1])
        self.admin.http.cookies.set(name, token)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _member(self, user_id: str, username: str, name: str) -> Member:
        member = Member(self.site.address, user_id, username, name)
        await self._stack.enter_async_context(member.http)
        return member

    async def let_in(self, unit_id: str, number: int, name: str, role: str = "member") -> Member:
        account = {"unit_id": unit_id, "username": f"nguoi.{unit_id[:8]}.{number}", "name": name, "role": role}
        made = await self.admin.do("POST", "/api/organisation/accounts", account)
        way = await self.admin.do("POST", f"/api/organisation/accounts/{made['id']}/way-in")
        member = await self._member(made["id"], made["username"], name)
        await member.do("POST", "/api/sign-in-links/" + way["path"].rsplit("/", 1)[1])
        return member


@asynccontextmanager
async def convened(site: Site) -> AsyncIterator[Council]:
    """A commune of its own, forty people signed in, and their meeting: prepared, approved, published."""
    async with Door(site) as door:
        unit = await door.admin.do(
            "POST", "/api/organisation/units", {"parent_id": None, "name": "Xã Bốn Mươi", "kind": "commune"}
        )
        names = [("Lê Chủ Tọa", "member"), ("Trần Thư Ký", "unit_admin"), ("Phạm Thư Ký Hai", "member")]
        names += [(f"Đại biểu {number:02}", "member") for number in range(1, DELEGATES + 1)]
        names += [(f"Khách mời {number}", "member") for number in range(1, GUESTS + 1)]
        people = [await door.let_in(unit["id"], number, *who) for number, who in enumerate(names)]
        chair, secretary, second = people[:3]
        begins_with = [{"title": title, "kind": of, "minutes": 20} for title, of in ITEMS]
        kind = {"name": "Kỳ họp thường lệ", "kind": "council", "items": begins_with}
        made = await secretary.do("POST", "/api/meeting-types", kind)
        start = datetime.now(UTC) + timedelta(days=60)  # the invitation goes out in time, whatever day this runs on
        new = {
            "title": "Kỳ họp thứ bốn mươi", "kind": "council", "place": "Hội trường lớn", "unit_id": unit["id"],
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=4)).isoformat(), "type_id": made["id"],
            "chair_id": chair.id, "secretary_ids": [secretary.id, second.id],
            "delegate_ids": [one.id for one in people[3:-GUESTS]], "guest_ids": [one.id for one in people[-GUESTS:]],
        }  # fmt: skip
        meeting = (await secretary.do("POST", "/api/meetings", new))["id"]
        await secretary.do("POST", f"/api/meetings/{meeting}/approval", {"step": "submit"})
        await chair.do("POST", f"/api/meetings/{meeting}/approval", {"step": "approve"})
        await secretary.do("POST", f"/api/meetings/{meeting}/state", {"to": "published"})
        items = [item["id"] for item in await secretary.do("GET", f"/api/meetings/{meeting}/items")]
        try:
            yield Council(site, meeting, items, people)
        finally:
            await over(chair, meeting)


async def over(chair: Member, meeting: str) -> None:
    """A sitting that broke off is not left running for the journeys that follow."""
    found = (await chair.read(meeting)).votes
    for vote in found:
        if vote.state in ("open", "paused"):
            await chair.post(f"/api/votes/{vote.id}/annul", {"reason": "Dừng phiên họp"})
    with contextlib.suppress(AssertionError):  # it has ended
        await chair.do("POST", f"/api/meetings/{meeting}/state", {"to": "ended"})
