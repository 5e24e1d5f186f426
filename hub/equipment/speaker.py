"""The hub that speaks for rooms: carries orders to devices, and their answers into the room's log.

One actor. Messages from the broker are taken in at once and without awaiting; everything that touches the database
happens in `_turn`, in order, and what could not be written is kept and tried again. Another hub on the same database
does the same for the rooms whose lock it holds, see ``claims.py``.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import psycopg
import structlog

from hub import live
from hub.broker import Account, EmbeddedBroker
from hub.clock import Clock
from hub.db import Database
from hub.ending import end
from hub.equipment import ledger, service, speaking
from hub.equipment.claims import Claims
from hub.equipment.simulated import SimulatedRooms
from hub.equipment.spoken import Debts, Spoken, hear_announcement
from hub.health import PartState
from hub.installation import Installation
from hub.settings import Settings
from realtime import Bus
from realtime.pace import has_passed, until_beat
from rooms import (
    ANSWER_SECONDS,
    PREFIX,
    Address,
    Away,
    Kind,
    Message,
    Order,
    Received,
    RoomRefusal,
    Session,
    decide,
    is_config_topic,
)

log = structlog.get_logger()

TURN_SECONDS: Final = 0.25
CLAIM_SECONDS: Final = 1.0
SPEAK_SECONDS: Final = 3.0
ORDER_SECONDS: Final = 1.0
RULE_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
REMEMBERED: Final = timedelta(days=1)  # of orders, for the rules at a take-over
DISCOVERY: Final = (f"{PREFIX}/+/+/config", f"{PREFIX}/+/+/+/config")


class Rooms:
    """Opened for the life of the app."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        bus: Bus,
        clock: Clock,
        installation: Installation,
        broker: EmbeddedBroker | None,
    ) -> None:
        self._settings, self._db, self._bus, self._clock = settings, db, bus, clock
        self._installation, self._broker = installation, broker
        self._claims = Claims(db.conninfo)
        self._simulated = SimulatedRooms(settings, broker)
        self._spoken: dict[UUID, Spoken] = {}
        self._accounts: list[tuple[UUID, Account]] = []
        self._debts = Debts()
        self._session: Session | None = None
        self._line: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._removed: set[UUID] = set()  # devices that a person took off a room's list
        self._done: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def address(self) -> Address:
        """Of the broker, with the hub's own account."""
        if self._broker is not None:
            return self._broker.address
        return Address.parse(self._settings.mqtt or "")

    @property
    def _up(self) -> bool:
        return self._session is not None and self._session.up.is_set()

    async def state(self) -> PartState:
        """For ``/readyz``: whether the line to the broker works (or would, while there is no room to speak for)."""
        if self._session is None:
            return "up" if self._broker is None or self._broker.up else "down"
        return "up" if self._up else "down"

    def speaks_for(self, room_id: UUID) -> bool:
        return room_id in self._spoken and self._up

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._forever(self._turns), name="rooms:turns"),
            asyncio.create_task(self._forever(self._listen_to_hubs), name="rooms:bus"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(*self._tasks)
        if self._spoken:
            with contextlib.suppress(psycopg.OperationalError):  # no database: the rooms look offline soon anyway
                async with self._db.work() as work:
                    await speaking.fall_silent(work.conn, list(self._spoken))
        await self._hang_up()
        await self._simulated.aclose()
        await self._claims.close()

    async def _forever(self, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await part()
            except psycopg.OperationalError as error:
                log.warning("rooms.database-away", error=repr(error))
            except Exception:
                # A bug must not leave a room that looks spoken for: it is logged, and this hub begins anew.
                log.exception("rooms.failed")
                await self._hang_up()
                self._spoken.clear()
                await self._claims.close()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_to_hubs(self) -> None:
        """Orders given on any hub wake the one that speaks; a lost message costs a second."""
        with self._bus.subscribe(service.CHANNEL) as heard:
            async for message in heard:
                self._done.pop("orders", None)
                if isinstance(message, bytes) and message.startswith(service.REMOVED):
                    self._removed.add(UUID(bytes=message.removeprefix(service.REMOVED)))
                elif message != service.ORDERED:
                    self._done.pop("claims", None)  # rooms or accounts changed, or something may have been missed
                self._wake.set()

    # The line to the broker.

    async def _call(self) -> None:
        session = self._session = Session(self.address, name="phien-hub")
        await session.watch(DISCOVERY)
        self._line = asyncio.create_task(self._follow(session), name="rooms:line")

    async def _hang_up(self) -> None:
        line, self._line, self._session = self._line, None, None
        for spoken in self._spoken.values():
            spoken.take_in(spoken.room.lost())
        await end(line)

    async def _follow(self, session: Session) -> None:
        async with contextlib.aclosing(session.messages()) as messages:
            async for message in messages:
                self._hear(message)
                self._wake.set()

    def _hear(self, message: Received | None) -> None:
        if message is None:  # the line is down: nobody's presence is known
            for spoken in self._spoken.values():
                spoken.take_in(spoken.room.lost())
        elif is_config_topic(message.topic):
            hear_announcement(self._spoken, self._accounts, message.topic, message.payload)
        else:
            now = self._clock().timestamp()
            for spoken in self._spoken.values():
                spoken.hear(message, now)

    async def _listen_to_new(self) -> None:
        if self._session is None:
            return
        for spoken in self._spoken.values():
            topics, spoken.new_topics = spoken.new_topics, set()
            readers = {topic for state in spoken.room.of_kind(Kind.READER) for topic in state.device.topics}
            await self._session.watch(topics & readers, qos=1)  # a scan is told once; a state comes again
            await self._session.watch(topics - readers)

    # The actor.

    async def _turns(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until_beat(TURN_SECONDS if self._spoken else CLAIM_SECONDS)):
                    await self._wake.wait()
            self._wake.clear()
            await self._turn()

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if not has_passed(seconds, self._done.get(what, -math.inf), now, TURN_SECONDS):
            return False
        self._done[what] = now
        return True

    async def _turn(self) -> None:
        if self._is_due("claims", CLAIM_SECONDS):
            await self._claim()
        if not self._spoken:
            return
        await self._listen_to_new()
        await self._pay()
        await self._forget_removed()
        if self._is_due("rules", RULE_SECONDS):
            await self._follow_rules()
        if self._is_due("orders", ORDER_SECONDS):
            await self._carry_orders()
        now = self._clock()
        for spoken in self._spoken.values():
            spoken.take_in(spoken.room.tick(now.timestamp()))
        await self._pay()
        await self._show(now)
        if self._up and self._is_due("speak", SPEAK_SECONDS):
            async with self._db.work() as work:
                await speaking.speak(work.conn, list(self._spoken), now)

    async def _claim(self) -> None:
        read_at = asyncio.get_running_loop().time()
        async with self._db.reading() as conn:
            rooms = dict(await speaking.all_rooms(conn))
            accounts = await speaking.accounts(conn)
        held = await self._claims.renew(rooms.keys())
        changed = held != self._spoken.keys() or accounts != self._accounts
        self._accounts = accounts
        if self._broker is not None:
            self._broker.keep_only((account for _, account in accounts), read_at)
        if changed:
            await self._change_rooms(held)
        await self._simulated.keep(self._db, {room for room in held if rooms.get(room)})

    async def _change_rooms(self, held: frozenset[UUID]) -> None:
        new, gone = held - self._spoken.keys(), self._spoken.keys() - held
        log.info("rooms.speaking", rooms=len(held), new=len(new))
        now = self._clock()
        topics = {topic for room_id in gone for topic in self._spoken.pop(room_id).room.topics}
        if self._session is not None and topics:
            await self._session.unwatch(topics)
        if new:
            async with self._db.work() as work:
                await speaking.forget_presence(work.conn, list(new))
                await speaking.take_over_orders(work.conn, list(new))
                last = await speaking.last_orders(work.conn, list(new), now - REMEMBERED)
            self._spoken |= {room_id: Spoken(room_id, now, self._debts, self._installation) for room_id in new}
            for room_id, device_id, at, reason in last:
                self._spoken[room_id].remember(device_id, reason, at.timestamp())
        names = {account.username for _, account in self._accounts}
        for spoken in self._spoken.values():
            spoken.part_from_strangers(names)
        self._done.pop("speak", None)
        if not held:
            await self._hang_up()
        elif self._session is None:
            await self._call()
        else:  # what was announced before its room or account was known here is retained: hear it again
            await self._session.ask_again(DISCOVERY)

    async def _pay(self) -> None:
        """Writes what is owed, one transaction each, in order; a database that is away keeps it waiting."""
        owed = self._debts.queue
        while owed:
            try:
                async with self._db.work() as work:
                    await owed[0](work)
            except psycopg.IntegrityError as error:  # its room or device was deleted meanwhile
                log.warning("rooms.unwritable", error=repr(error))
            owed.popleft()

    async def _forget_removed(self) -> None:
        """Empties the announcements of what was taken off, so that no broker brings it back."""
        removed, self._removed = self._removed, set()
        for device_id in removed:
            for spoken in self._spoken.values():
                topic = spoken.forget(device_id)
                if topic is None or self._session is None:
                    continue
                with contextlib.suppress(Away):  # it is off the list; only an outside broker may announce it again
                    await self._session.publish(Message(topic, b"", retain=True))

    async def _carry_orders(self) -> None:
        async with self._db.work() as work:
            for room_id, device_id in await speaking.take_acknowledged(work.conn, list(self._spoken)):
                if (key := self._spoken[room_id].keys.get(device_id)) is not None:
                    self._spoken[room_id].take_in(self._spoken[room_id].room.acknowledge(key))
            waiting = await speaking.new_orders(work.conn, list(self._spoken))
        for row in waiting:
            await self._carry(self._spoken[row["room_id"]], row)

    async def _carry(self, spoken: Spoken, row: dict[str, Any]) -> None:
        """Sends one order. A device that is not there (yet) gets the same five seconds as one that does not answer."""
        key = spoken.keys.get(row["device_id"])
        now = self._clock()
        ready = key is not None and spoken.room.states[key].available and self._up
        if not ready and now - row["at"] < timedelta(seconds=ANSWER_SECONDS):
            return
        async with self._db.work() as work:
            if not await speaking.claim_order(work.conn, row["id"]):
                return
        spoken.remember(row["device_id"], row["reason"], row["at"].timestamp())
        if key is None or not ready:
            await self._fail(spoken, row, "unavailable" if self._up else "not-sent")
            return
        order = Order(device=key, value=row["value"], reason=row["reason"], id=str(row["id"]))
        try:
            messages, facts = spoken.room.order(order, now.timestamp())
        except RoomRefusal as refusal:
            await self._fail(spoken, row, refusal.code)
            return
        spoken.take_in(facts)
        assert self._session is not None
        try:
            for message in messages:
                await self._session.publish(message)
        except Away:
            spoken.take_in(spoken.room.not_sent(order))

    async def _fail(self, spoken: Spoken, row: dict[str, Any], alarm: str) -> None:
        """An order that never left is an alarm as well: somebody waits for it."""
        self._debts.add(lambda work: ledger.write_alarm(work, spoken.id, row["device_id"], row["id"], alarm))
        if (key := spoken.keys.get(row["device_id"])) is not None:
            spoken.take_in(spoken.room.fail(key, alarm, row["value"]))

    async def _follow_rules(self) -> None:
        now = self._clock()
        async with self._db.work() as work:
            meetings = await speaking.meetings_of_today(work.conn, list(self._spoken), now)
            for spoken in self._spoken.values():
                here = [meeting for meeting in meetings if meeting.room_id == spoken.id]
                await spoken.phases.look(work.conn, here, now)
        for spoken in self._spoken.values():
            orders = decide(spoken.seen(now.timestamp())) if self._up else []
            if not orders:
                continue
            async with self._db.work() as work:
                for order in orders:
                    device_id = spoken.ids[order.device]
                    await service.tell_order(work, spoken.id, device_id, order.value, order.reason, None)
                    spoken.remember(device_id, order.reason, now.timestamp())
            self._done.pop("orders", None)

    async def _show(self, now: datetime) -> None:
        """Changed states go to their rows, and to the screens of the room's meetings of today."""
        for spoken in self._spoken.values():
            keys = spoken.to_show()
            if not keys:
                continue
            spoken.dirty.difference_update(keys)
            async with self._db.work() as work:
                await speaking.write_states(
                    work.conn, sorted((spoken.row(key) for key in keys), key=lambda row: row[0])
                )
            for key in keys:
                picture = spoken.picture(key, now)
                for meeting_id in spoken.phases.meetings:
                    live.presence(self._bus, meeting_id, {"of": "device", "room_id": spoken.id, "device": picture})
