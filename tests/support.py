"""What tests say: ``hub.person()``, ``hub.meeting()``, ``hub.sign_in()``, ``hub.line()``."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

import anyio
import httpx
import uvicorn
import websockets.asyncio.client
from litestar import Litestar

from hub import auth
from hub.app import Contents, create_app
from hub.db import Database
from hub.installation import Installation, read_installation
from hub.settings import Settings
from hub.sockets import FastProtocol
from hub.users import queries as users
from realtime import Bus, InProcessBus

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_numbers = itertools.count(1)
_idle_apps: defaultdict[tuple[bytes, bool], list[Litestar]] = defaultdict(list)


def transport(app: Litestar) -> httpx.ASGITransport:
    asgi: Any = app  # Litestar types its messages more narrowly than httpx
    return httpx.ASGITransport(asgi)


class HubClock:
    """Time stands until the test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **parts: float) -> None:
        self.now += timedelta(**parts)


class Person:
    """Somebody with a browser: cookies, the CSRF header, and sockets once the hub is served."""

    def __init__(self, hub: "Hub", user_id: UUID, name: str, token: str) -> None:
        self.hub, self.id, self.name, self.token = hub, user_id, name, token
        self.cookie = f"{auth.cookie_name(hub.installation)}={token}"
        self.http = httpx.AsyncClient(
            transport=transport(hub.app), base_url="http://testserver", headers={"cookie": ""}, timeout=10
        )
        self.http.headers.pop("cookie")
        self.http.cookies.set(auth.cookie_name(hub.installation), token)

    async def csrf(self) -> None:
        if "x-csrf-token" not in self.http.headers:
            answer = await self.http.get("/api/csrf")
            self.http.headers["x-csrf-token"] = answer.json()["token"]

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        await self.csrf()
        return await self.http.post(path, json=body, **more)

    async def put(self, path: str, body: Any = None) -> httpx.Response:
        await self.csrf()
        return await self.http.put(path, json=body)

    async def patch(self, path: str, body: Any = None) -> httpx.Response:
        await self.csrf()
        return await self.http.patch(path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        await self.csrf()
        return await self.http.delete(path)

    def socket(self, path: str, **headers: str) -> websockets.asyncio.client.connect:
        """Needs ``hub.serve()``. Origin is the hub's own unless given."""
        origin = headers.pop("origin", self.hub.address)
        return websockets.asyncio.client.connect(
            self.hub.address.replace("http", "ws", 1) + path,
            additional_headers={"cookie": self.cookie, **({"origin": origin} if origin else {}), **headers},
            max_size=16 * 1024 * 1024,
            compression=None,
        )

    @asynccontextmanager
    async def line(self, meeting_id: UUID, after: int = 0) -> AsyncIterator["LineReader"]:
        async with self.socket(f"/ws/meetings/{meeting_id}?after={after}") as socket:
            yield LineReader(socket)


class LineReader:
    """A screen on a meeting's line."""

    def __init__(self, socket: websockets.asyncio.client.ClientConnection) -> None:
        self.socket = socket
        self.told: list[dict[str, Any]] = []

    async def next(self, type_: str = "told", *, of: str | None = None, seconds: float = 5) -> dict[str, Any]:
        """The next message of this type (and this ``of``, for presence); others are passed over, facts are kept."""
        with anyio.fail_after(seconds):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["type"] == "told":
                    self.told.append(message)
                if message["type"] == type_ and (of is None or message.get("of") == of):
                    return message

    async def event(self, kind: str, seconds: float = 5) -> dict[str, Any]:
        """The next fact of this kind."""
        with anyio.fail_after(seconds):
            while True:
                message = await self.next(seconds=seconds)
                if message["event"]["type"] == kind:
                    return message


class Hub:
    """A running hub and the words to prepare its world."""

    def __init__(self, app: Litestar, settings: Settings, installation: Installation, db: Database, clock: Any) -> None:
        self.app, self.settings, self.installation, self.db, self.clock = app, settings, installation, db, clock
        self.address = "http://testserver"
        self.unit_id: UUID
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with self.db.work() as work:
            cursor = await work.conn.execute(
                "INSERT INTO unit (name, kind) VALUES ('Xã Thử Nghiệm', 'commune') RETURNING id"
            )
            row = await cursor.fetchone()
            assert row is not None
            self.unit_id = row[0]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def unit(self, name: str, kind: str = "commune", parent: UUID | None = None) -> UUID:
        async with self.db.work() as work:
            cursor = await work.conn.execute(
                "INSERT INTO unit (name, kind, parent_id) VALUES (%s, %s, %s) RETURNING id", (name, kind, parent)
            )
            row = await cursor.fetchone()
            assert row is not None
            return UUID(str(row[0]))

    async def person(self, name: str = "", *, unit: UUID | None = None, role: str = "member") -> Person:
        """A new person of the test's commune, signed in."""
        number = next(_numbers)
        name = name or f"Người {number}"
        async with self.db.work() as work:
            user_id = await users.insert_user(
                work.conn, unit or self.unit_id, f"nguoi{number}", name, "Đại biểu", role, None
            )
        return await self.sign_in(user_id, name)

    async def sign_in(self, user_id: UUID, name: str = "") -> Person:
        async with self.db.work() as work:
            token = await auth.open_session(work.conn, user_id, work.now, 12)
        person = Person(self, user_id, name, token)
        self._stack.push_async_callback(person.http.aclose)
        return person

    async def meeting(
        self,
        chair: Person,
        *,
        secretary: Person | None = None,
        delegates: list[Person] | None = None,
        guests: list[Person] | None = None,
        state: str = "running",
        title: str = "Kỳ họp thử",
        room_id: UUID | None = None,
        unit: UUID | None = None,
        items: int = 0,
    ) -> UUID:
        """A meeting in the state asked for, with agenda and minutes documents and ``items`` agenda items."""
        from hub.meetings import queries, service
        from hub.meetings.models import NewMeeting

        admin = await self.person(unit=unit, role="system_admin")
        async with self.db.work() as work:
            me = await users.person(work.conn, admin.id)
            assert me is not None
            new = NewMeeting(
                title=title,
                kind="council",
                place="Hội trường",
                room_id=room_id,
                starts_at=work.now,
                ends_at=work.now + timedelta(hours=3),
                unit_id=unit or self.unit_id,
                chair_id=chair.id,
                secretary_ids=[secretary.id] if secretary else [],
                delegate_ids=[p.id for p in delegates or []],
                guest_ids=[p.id for p in guests or []],
            )
            meeting_id = await service.create_meeting(work, me, new)
            for number in range(items):
                await work.conn.execute(
                    "INSERT INTO agenda_item (meeting_id, position, title) VALUES (%s, %s, %s)",
                    (meeting_id, f"a{number}", f"Nội dung {number + 1}"),
                )
        for to in ("published", "running", "ended", "closed"):
            async with self.db.work() as work:
                if await queries.state(work.conn, meeting_id) == state:
                    break
            why = {"reason": "Không có biên bản."} if to == "closed" else {}
            answer = await chair.post(f"/api/meetings/{meeting_id}/state", {"to": to, **why})
            assert answer.status_code == 204, answer.text
        return meeting_id

    async def items(self, meeting_id: UUID) -> list[UUID]:
        from hub.meetings import queries

        async with self.db.work() as work:
            return [item.id for item in await queries.items(work.conn, meeting_id)]

    async def document(self, meeting_id: UUID, kind: str) -> UUID:
        async with self.db.work() as work:
            cursor = await work.conn.execute(
                "SELECT id FROM document WHERE meeting_id = %s AND kind = %s ORDER BY created_at", (meeting_id, kind)
            )
            row = await cursor.fetchone()
            assert row is not None
            return UUID(str(row[0]))

    async def serve(self) -> str:
        """Gives the app a port in this same loop; returns its address."""
        config = uvicorn.Config(
            self.app, port=0, lifespan="off", log_level="warning", ws=FastProtocol,
            ws_per_message_deflate=False, ws_max_size=5 * 1024 * 1024, access_log=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        with anyio.fail_after(10):
            while not server.started:
                await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"

        async def stop() -> None:
            server.should_exit = True
            with anyio.fail_after(10):
                await task

        self._stack.push_async_callback(stop)
        return self.address


@asynccontextmanager
async def running_hub(
    settings: Settings, conninfo: str, *, clock: Any, bus: Bus | None = None, **parts: Any
) -> AsyncIterator[Hub]:
    """Two of these on one database, with buses of one Valkey, are two hubs."""
    installation = read_installation(conninfo)
    bus = bus if bus is not None else InProcessBus()
    parts.setdefault("background", False)  # jobs run when a test runs them
    made = Contents(settings, conninfo=conninfo, installation=installation, bus=bus, clock=clock, **parts)
    # To put 250 routes together takes a second half: an app that no hub uses any more gets the parts of the next.
    idle = _idle_apps[installation.key("csrf"), settings.secure]
    app = idle.pop() if idle else create_app(made)
    app.state.held.contents = made
    async with (
        app.lifespan(),
        Database(conninfo, bus, clock, pool_size=4) as db,
        Hub(app, settings, installation, db, clock) as hub,
    ):
        yield hub
    idle.append(app)
