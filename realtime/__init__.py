"""Live documents: Yjs sync, presence, bus and update log. Imports nothing of the hub or of its siblings."""

from realtime.bus import GAP, Bus, Gap, Heard, InProcessBus, Subscription
from realtime.document import LiveDocument, MayPropose, Unlogged
from realtime.editor import Closing, Editor, Right
from realtime.log import Damage, Log, LogRefused, LogUnavailable, MemoryLog, Overdue, Stored
from realtime.open_document import NoSuchDocument
from realtime.pace import Pace
from realtime.redis_bus import RedisStreamBus
from realtime.registry import DocumentDamaged, DocumentUnavailable, Registry
from realtime.session import Session, joined, serve
from realtime.sink import Connection, PlainConnection, framed

__all__ = [
    "GAP",
    "Bus",
    "Closing",
    "Connection",
    "Damage",
    "DocumentDamaged",
    "DocumentUnavailable",
    "Editor",
    "Gap",
    "Heard",
    "InProcessBus",
    "LiveDocument",
    "Log",
    "LogRefused",
    "LogUnavailable",
    "MayPropose",
    "MemoryLog",
    "NoSuchDocument",
    "Overdue",
    "Pace",
    "PlainConnection",
    "RedisStreamBus",
    "Registry",
    "Right",
    "Session",
    "Stored",
    "Subscription",
    "Unlogged",
    "framed",
    "joined",
    "serve",
]
