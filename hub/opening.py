"""Between a database that answers and an app that serves: migrations, the installation, the bus, a first sample."""

import contextlib
from dataclasses import dataclass, field

import anyio.to_thread
import psycopg

from hub.children.process import CannotStart
from hub.clock import Clock, system_clock
from hub.db import Database
from hub.db.migrate import DatabaseIsNewer, MigrationChanged, migrate
from hub.installation import Installation, read_installation
from hub.settings import Settings
from hub.users import service as users
from realtime import Bus, InProcessBus, RedisStreamBus


@dataclass(frozen=True)
class Opened:
    conninfo: str
    installation: Installation
    bus: Bus
    links: list[tuple[str, str]] = field(default_factory=list)  # (who, token) of the sample's people


def migrated(conninfo: str) -> list[str]:
    """``migrate`` with its refusals as sentences."""
    try:
        return migrate(conninfo)
    except DatabaseIsNewer as error:
        raise CannotStart(f"the database was written by a newer Phiên (it has {error}): start that version.") from None
    except MigrationChanged as error:
        raise CannotStart(
            f"migration {error} was applied in another wording: this copy of Phiên was changed, restore its files."
        ) from None
    except psycopg.OperationalError as error:
        raise CannotStart(f"the database does not answer: {str(error).strip().splitlines()[-1]}") from None


async def open_database(settings: Settings, conninfo: str, *, sample: bool, clock: Clock = system_clock) -> Opened:
    await anyio.to_thread.run_sync(migrated, conninfo)
    installation = await anyio.to_thread.run_sync(read_installation, conninfo)
    assert settings.redis is not None, "the house names the embedded one"
    # a stream of its own: several installations may share one outside server
    bus = RedisStreamBus(settings.redis, stream=f"phien:{installation.id}")
    links: list[tuple[str, str]] = []
    if sample:
        async with Database(conninfo, InProcessBus(), clock, pool_size=2) as db:
            links = await sample_links(db, clock)
    return Opened(conninfo, installation, bus, links)


async def sample_links(db: Database, clock: Clock) -> list[tuple[str, str]]:
    """Fresh links for the sample's people; makes the sample in a database where nobody is yet."""
    from hub import sample

    with contextlib.suppress(sample.InstallationHasPeople):
        await sample.make_sample(db, clock())
    async with db.work() as work:
        return [(who, await users.make_link(work, user_id)) for who, user_id in await sample.people(work.conn)]
