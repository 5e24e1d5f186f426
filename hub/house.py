"""One installation on one machine: its data folder, its children, and their addresses as settings.

``phien serve`` lives in a whole house; the other verbs only need its database, which is the running hub's or one
started for the time of the verb.
"""

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from hub.children import services
from hub.children.postgres import EmbeddedPostgres
from hub.children.process import CannotStart
from hub.children.supervisor import Kept, Supervisor
from hub.folder import DataFolder
from hub.settings import Settings

HUB_STARTS_SECONDS: Final = 120.0  # how long a verb waits for a hub that holds the folder but is still recovering


def quiet(_: str) -> None:
    """For verbs whose output is read by programs."""


def embedded_database(folder: DataFolder, tell: Callable[[str], None] = quiet) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder.postgres, folder.sockets("pg"), tell=tell)


class House:
    """The children of ``phien serve``. ``settings`` names every server, embedded or not."""

    def __init__(
        self, settings: Settings, folder: DataFolder, supervisor: Supervisor, tell: Callable[[str], None]
    ) -> None:
        self._own = settings
        self._folder = folder
        self._supervisor = supervisor
        self._tell = tell
        self._database: Kept | None = None
        sockets = folder.sockets("own")
        self._bus_socket = sockets / "valkey"
        self._inference_socket = sockets / "inference"
        self._captions_port, self._captions_path = services.free_port(), services.secret_path()
        self._server = None if settings.database else embedded_database(folder, tell)
        self.settings = msgspec.structs.replace(
            settings,
            data=folder.path,
            database=settings.database or (self._server.conninfo if self._server else None),
            redis=settings.redis or f"unix://{self._bus_socket}",
            inference=settings.inference or self._inference_socket,
            captions=settings.captions or f"ws://127.0.0.1:{self._captions_port}{self._captions_path}",
        )

    @property
    def conninfo(self) -> str:
        assert self.settings.database is not None
        return self.settings.database

    def wants_sample(self, empty: bool) -> bool:
        """The sample is for looking around on one machine: never in a database somebody named, never after --empty."""
        return self._server is not None and self._folder.wants_sample(empty)

    def start(self) -> None:
        """Starts what the hub cannot serve without."""
        if self._server is not None:
            self._database = self._supervisor.start(services.PostgresChild(self._server))
        if self._own.redis is None:
            self._supervisor.start(services.valkey_child(self._bus_socket, self._folder.logs))

    def start_helpers(self) -> None:
        """Starts the rest, side by side, once the hub serves: on two cores they would only have held it up."""
        own, logs, keep = self._own, self._folder.logs, self._supervisor.start
        if own.inference is None:
            keep(services.inference_child(self._inference_socket, self._folder.models, own.embedding_model, logs))
        if own.captions is None:
            keep(services.captions_child(self._captions_port, self._captions_path, own.captions_streams, logs))

    async def database_up(self) -> None:
        if self._database is not None:
            await self._database.until_up()


@dataclass(frozen=True)
class Reached:
    """A database, and where people open the hub that uses it."""

    conninfo: str
    url: str
    inference: Path | None = None  # of the running hub


@contextlib.contextmanager
def a_database(settings: Settings, tell: Callable[[str], None] = quiet) -> Generator[Reached]:
    """For a verb: the outside database, the running hub's, or the embedded one started for the time of the verb."""
    if settings.database:
        yield Reached(settings.database, settings.public_url)
        return
    folder = DataFolder(settings.data)
    folder.prepare()
    if folder.hold():
        try:
            with embedded_database(folder, tell) as server:
                yield Reached(server.conninfo, settings.public_url)
        finally:
            folder.release()
        return
    yield _of_the_running_hub(folder, tell)


def _of_the_running_hub(folder: DataFolder, tell: Callable[[str], None]) -> Reached:
    deadline = time.monotonic() + HUB_STARTS_SECONDS
    while (running := folder.running()) is None:
        if time.monotonic() > deadline:
            raise CannotStart(f"a Phiên holds {folder.path} but does not say where its database is.")
        tell("waiting for the hub that is starting")
        time.sleep(0.2)
    return Reached(running.database, running.url, Path(running.inference) if running.inference else None)
