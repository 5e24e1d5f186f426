"""The words of a room's equipment: what a screen sees of it, orders, and what is told of them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict, TooMany
from hub.events import Event, event

By = UUID | None  # None: a rule of the room


class RoomName(msgspec.Struct, frozen=True, kw_only=True):
    """``online``: a hub speaks for the room and hears its broker."""

    id: UUID
    name: str
    online: bool


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the device can be told."""

    dims: bool = False
    modes: list[str] = []
    min_target: float | None = None
    max_target: float | None = None


class RoomDevice(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` is the device's own last report; ``waiting`` what it was told and has not reported yet."""

    id: UUID
    kind: str
    name: str
    unit: str
    value: Any
    value_at: datetime | None
    available: bool
    waiting: Any
    alarm: str | None
    by_hand_until: datetime | None  # until then the room's rules leave it in peace
    abilities: Abilities


class RoomAlarm(msgspec.Struct, frozen=True, kw_only=True):
    device_id: UUID
    device_name: str
    alarm: str
    at: datetime


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of "who turned the lights off?". ``by`` is None for a rule; ``reason`` says which."""

    id: int
    at: datetime
    kind: str
    device_id: UUID | None
    device_name: str | None
    value: Any
    reason: str | None
    by: str | None
    detail: str | None


class Room(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    online: bool
    i_may_order: bool
    i_may_administer: bool
    devices: list[RoomDevice]
    alarms: list[RoomAlarm]
    log: list[LogEntry]


class NewOrder(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``value``: true/false for a microphone, {on, brightness} for a light, {mode, target} for climate."""

    device_id: UUID
    value: Any
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Placed(msgspec.Struct, frozen=True):
    """The order waits for the device's own answer, which comes in the meeting's line."""

    order_id: UUID


@event("room.ordered")
class RoomOrdered(Event, frozen=True):
    order_id: UUID
    room_id: UUID
    device_id: UUID
    value: Any
    reason: str
    by: By


@event("room.answered")
class RoomAnswered(Event, frozen=True):
    """The device itself reported what was ordered."""

    room_id: UUID
    order_id: UUID
    device_id: UUID
    value: Any


@event("room.alarmed")
class RoomAlarmed(Event, frozen=True):
    """``no-answer``, ``wrong-state``, ``unavailable``, ``not-sent``."""

    room_id: UUID
    device_id: UUID
    order_id: UUID | None
    alarm: str


class OrderRefused(BadRequest):
    """The device cannot be told this."""

    code = "order-value"


class DeviceUnavailable(Conflict):
    """Its last will says it is gone; an order would only be a wish."""

    code = "device-unavailable"


class RoomOffline(Conflict):
    """No hub speaks for the room now, or the broker is away."""

    code = "room-offline"


class UnknownRoom(BadRequest):
    """A meeting is held in a room of its own commune, or in a place without one."""

    code = "unknown-room"


class TooManyOrders(TooMany):
    code = "too-many-orders"


Needs = Literal["read", "order", "administer"]
