"""Live documents: Yjs sync, presence, bus and update log. Imports nothing of the hub or of its siblings."""

from realtime.bus import GAP, Bus, Gap, InProcessBus, Subscription
from realtime.document import Closing, Editor, LiveDocument, MayPropose, Right, Unlogged
from realtime.log import Damage, Log, LogRefused, LogUnavailable, MemoryLog, Overdue, Stored
from realtime.pace import Pace
from realtime.redis_bus import RedisStreamBus
from realtime.registry import DocumentDamaged, DocumentUnavailable, NoSuchDocument, Registry
from realtime.session import serve

__all__ = [
    "GAP",
    "Bus",
    "Closing",
    "Damage",
    "DocumentDamaged",
    "DocumentUnavailable",
    "Editor",
    "Gap",
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
    "RedisStreamBus",
    "Registry",
    "Right",
    "Stored",
    "Subscription",
    "Unlogged",
    "serve",
]
