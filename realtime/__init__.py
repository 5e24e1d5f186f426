"""Live documents: Yjs sync, presence, bus and update log. Imports nothing of the hub or of its siblings."""

from realtime.bus import GAP, Bus, Gap, InProcessBus, Subscription

__all__ = ["GAP", "Bus", "Gap", "InProcessBus", "Subscription"]
