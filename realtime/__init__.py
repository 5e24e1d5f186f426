"""Live documents: Yjs sync, presence, bus and update log. Imports nothing of the hub or of its siblings."""

from realtime.bus import GAP, Bus, Gap, InProcessBus, Subscription
from realtime.document import Closing, Editor, LiveDocument, MayPropose, Right, Unlogged
from realtime.log import Log, LogUnavailable, MemoryLog, Overdue, Stored
from realtime.redis_bus import RedisStreamBus
from realtime.registry import DocumentUnavailable, NoSuchDocument, Pace, Registry
from realtime.session import serve

__all__ = [
    "GAP",
    "Bus",
    "Closing",
    "DocumentUnavailable",
    "Editor",
    "Gap",
    "InProcessBus",
    "LiveDocument",
    "Log",
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
