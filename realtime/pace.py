"""How often a hub does things for its documents."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """In seconds unless it says otherwise. Tests hurry."""

    commit: float = 0.02
    commit_alone: float = 0.06
    commit_crowded: float = 0.12
    """So often what is typed is committed together; the other hubs, if there are any, hear of it after the commit. A
    hub that is alone has time, and more of it while so much is typed that its sockets are read in turns."""
    together: float = 0.022
    """What a busy document tells its editors may wait so long, to be told together; 0: everything is told at once."""
    presence: float = 0.02
    upkeep: float = 1.0
    tick: float = 5.0
    poll_with_bus: float = 15.0
    """The log is looked at now and then even while the bus works: a hint lost without a word costs this much."""
    poll_without_bus: float = 1.0
    idle: float = 30.0
    sweep: float = 60.0
    lease: float = 2.0
    renew: float = 0.5
    """Who has not got the lease asks so often. With its length: how long after a hub's death another one compacts."""
    compact_rows: int = 2000
    compact_bytes: int = 256 * 1024
    compact_rows_on_unload: int = 50
    after_failure: float = 1800.0
    """A log that could not be compacted is left alone for so long."""


def until_beat(seconds: float) -> float:
    """Seconds to the next whole multiple on the machine's clock. What a hub looks for by itself it looks for together:
    at rest it is woken once a second instead of by each for itself, and what one has warmed up serves the next.

    A beat so near that a timer may have come before it counts as this one."""
    wait = seconds - time.monotonic() % seconds
    return wait if wait > seconds / 50 else wait + seconds


def has_passed(seconds: float, last: float, now: float, beat: float) -> bool:
    """Whether it is so long ago, for one who looks at each beat: one may come a little early, and the next is late."""
    return now - last >= seconds - beat / 2
