"""Live documents: Yjs sync, presence, bus and update log. Imports nothing of the hub or of its siblings."""

from realtime.bus import GAP, Bus, Gap, InProcessBus, Subscription
from realtime.redis_bus import RedisStreamBus

__all__ = ["GAP", "Bus", "Gap", "InProcessBus", "RedisStreamBus", "Subscription"]
