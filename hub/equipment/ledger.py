"""Facts of a room become rows of its log and, while a meeting runs there, facts of the meeting's line."""

from uuid import UUID

import msgspec

from hub.attendance.service import check_in_by_reader
from hub.db import Work
from hub.equipment import queries, speaking
from hub.equipment.models import RoomAlarmed, RoomAnswered
from hub.equipment.speaking import KnownDevice
from hub.errors import Refusal
from hub.installation import Installation
from rooms import AlarmCleared, Alarmed, Answered, Device, Fact, Scanned, Superseded


async def write_device(work: Work, room_id: UUID, device: Device) -> KnownDevice:
    """The device's id for ever, and what was known of it before this process was."""
    known = await speaking.upsert_device(
        work.conn, room_id, device.key, device.kind, device.name, device.unit, msgspec.json.encode(device)
    )
    if known.new:
        await queries.insert_event(work.conn, room_id, "announced", work.now, device_id=known.id)
    return known


async def write_gone(work: Work, room_id: UUID, device_id: UUID) -> None:
    if await queries.mark_gone(work.conn, device_id):
        await queries.insert_event(work.conn, room_id, "gone", work.now, device_id=device_id)


async def write_fact(work: Work, installation: Installation, room_id: UUID, device_id: UUID | None, fact: Fact) -> None:
    """Each order ends once: a fact about one that has ended already writes nothing."""
    if isinstance(fact, Superseded):
        await speaking.settle_order(work.conn, UUID(fact.order.id), "superseded")
    elif device_id is None:
        return
    elif isinstance(fact, Answered):
        await _write_answer(work, room_id, device_id, fact)
    elif isinstance(fact, Alarmed):
        await write_alarm(work, room_id, device_id, UUID(fact.order.id) if fact.order else None, fact.alarm)
    elif isinstance(fact, AlarmCleared):
        await queries.insert_event(work.conn, room_id, "alarm-cleared", work.now, device_id=device_id)
    elif isinstance(fact, Scanned):
        await _write_scan(work, installation, room_id, device_id, fact.code)


async def write_alarm(work: Work, room_id: UUID, device_id: UUID, order_id: UUID | None, alarm: str) -> None:
    meeting_id = await _line(work, room_id)
    if order_id is not None and not await speaking.settle_order(work.conn, order_id, "alarmed"):
        return
    await queries.insert_event(
        work.conn, room_id, "alarmed", work.now, device_id=device_id, order_id=order_id, detail=alarm
    )
    await speaking.raise_alarm(work.conn, device_id, alarm)
    if meeting_id is not None:
        await work.tell(meeting_id, RoomAlarmed(room_id, device_id, order_id, alarm))


async def _write_answer(work: Work, room_id: UUID, device_id: UUID, fact: Answered) -> None:
    meeting_id = await _line(work, room_id)
    order_id = UUID(fact.order.id)
    if not await speaking.settle_order(work.conn, order_id, "answered"):
        return
    await queries.insert_event(
        work.conn, room_id, "answered", work.now, device_id=device_id, order_id=order_id, value=fact.value
    )
    if meeting_id is not None:
        await work.tell(meeting_id, RoomAnswered(room_id, order_id, device_id, fact.value))


async def _line(work: Work, room_id: UUID) -> UUID | None:
    """The running meeting, locked first, as everywhere: rows of orders refer to it."""
    meeting_id = await queries.running_meeting(work.conn, room_id)
    if meeting_id is not None:
        await work.hold(meeting_id)
    return meeting_id


async def _write_scan(work: Work, installation: Installation, room_id: UUID, device_id: UUID, code: str) -> None:
    """A reader has nobody to show a refusal to: it is written in the room's log, with its code."""
    try:
        await check_in_by_reader(work, installation, room_id, code)
    except Refusal as refusal:
        await queries.insert_event(
            work.conn, room_id, "scan-refused", work.now, device_id=device_id, detail=refusal.code
        )
    else:
        await queries.insert_event(work.conn, room_id, "scanned", work.now, device_id=device_id)
