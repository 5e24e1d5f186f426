"""Rooms: devices that announce themselves over MQTT, what they report, what they are told, and the rules of a room.

The pure part (`read_announcement`, `Room`, `decide`) knows no socket and no clock; `Session` carries it over a broker;
`rooms.simulator` is a room to run it against. Imports nothing of the hub.
"""

from rooms.discovery import PREFIX, Announcement, is_config_topic, read_announcement
from rooms.models import (
    COMMANDED,
    SENSORS,
    AlarmCleared,
    Alarmed,
    Answered,
    Changed,
    Device,
    Fact,
    Kind,
    Message,
    Order,
    RoomRefusal,
    Scanned,
    Superseded,
    Value,
)
from rooms.room import ANSWER_SECONDS, Room, State
from rooms.rules import BY_RULE, OVERRIDE_SECONDS, Phase, Seen, SeenRoom, decide, seen_device
from rooms.session import Address, Away, Received, Session
from rooms.wire import checked_order

__all__ = [
    "ANSWER_SECONDS",
    "BY_RULE",
    "COMMANDED",
    "OVERRIDE_SECONDS",
    "PREFIX",
    "SENSORS",
    "Address",
    "AlarmCleared",
    "Alarmed",
    "Announcement",
    "Answered",
    "Away",
    "Changed",
    "Device",
    "Fact",
    "Kind",
    "Message",
    "Order",
    "Phase",
    "Received",
    "Room",
    "RoomRefusal",
    "Scanned",
    "Seen",
    "SeenRoom",
    "Session",
    "State",
    "Superseded",
    "Value",
    "checked_order",
    "decide",
    "is_config_topic",
    "read_announcement",
    "seen_device",
]
