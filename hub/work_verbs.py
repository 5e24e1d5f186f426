"""The verbs that work on jobs: ``worker`` beside hubs that share a database, and ``reindex``."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable

import msgspec
import structlog

from hub.children.process import CannotStart
from hub.children.services import inference_child
from hub.children.supervisor import Supervisor
from hub.db import Database
from hub.exports.child import Press
from hub.folder import DataFolder
from hub.house import Reached, a_database
from hub.installation import read_installation
from hub.invitations.chores import chores_of
from hub.invitations.letters import Letters
from hub.jobs import Jobs
from hub.notices.post import Post
from hub.opening import migrated
from hub.papers.preparing import PaperWork
from hub.search import Search
from hub.search.reindex import reindex
from hub.settings import Settings
from realtime import Bus, InProcessBus, RedisStreamBus

log = structlog.get_logger()
Say = Callable[[str], None]


def work_on_jobs(settings: Settings, *, say: Say, tell: Say) -> int:
    """Until a signal. The embedded hub does its own jobs, so this is for a database that several share."""
    if settings.database is None:
        raise CannotStart("a worker shares the database of its hubs: name it with PHIEN_DATABASE.")
    with a_database(settings, tell) as reached:
        asyncio.run(_work(settings, reached, say))
    return 0


async def _work(settings: Settings, reached: Reached, say: Say) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    migrated(reached.conninfo)
    installation = read_installation(reached.conninfo)
    bus: Bus = RedisStreamBus(settings.redis, stream=f"phien:{installation.id}") if settings.redis else InProcessBus()
    async with (
        bus,
        Database(reached.conninfo, bus) as db,
        search_of(settings, reached, db) as search,
        Post(settings.notify) as post,
        Jobs(db, search, papers=PaperWork(db, settings), work=True).also(
            *chores_of(db, settings, Letters(db, settings, Press()), post)
        ),
    ):
        say("Working on jobs; SIGTERM stops it.")
        await asked.wait()


def rebuild_index(settings: Settings, *, say: Say, tell: Say) -> int:
    with a_database(settings, tell) as reached:
        migrated(reached.conninfo)
        return asyncio.run(_reindex(settings, reached, say, tell))


async def _reindex(settings: Settings, reached: Reached, say: Say, tell: Say) -> int:
    def progress(done: int, total: int, title: str) -> None:
        if title:
            tell(f"{done + 1}/{total} {title}")

    bus = InProcessBus()
    async with bus, Database(reached.conninfo, bus) as db, search_of(settings, reached, db) as search:
        made = await reindex(db, search.inference, progress)
    say(f"indexed; {made} vectors made")
    return 0


@contextlib.asynccontextmanager
async def search_of(settings: Settings, reached: Reached, db: Database) -> AsyncGenerator[Search]:
    """With the inference process the settings name, the running hub's, or one for the time of the verb."""
    folder = DataFolder(settings.data)
    folder.prepare()
    async with Supervisor() as supervisor:
        socket = settings.inference or reached.inference
        if socket is None:
            socket = folder.sockets("own") / "inference"
            child = inference_child(socket, folder.models, settings.embedding_model, folder.logs)
            await supervisor.start(child).until_up()
        async with Search(db, msgspec.structs.replace(settings, inference=socket)) as search:
            if search.inference is not None:
                await search.inference.until_known(10)
            yield search
