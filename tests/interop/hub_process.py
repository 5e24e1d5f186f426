"""A hub as a process of its own, to be killed: argv are the database, the bus or "", and the data folder. Says its
port."""

import asyncio
import sys
from pathlib import Path

import structlog
import uvicorn
from litestar import Litestar

from hub.app import Contents, create_app
from hub.installation import read_installation
from hub.settings import Settings
from realtime import RedisStreamBus


def app(conninfo: str, bus: str, data: str) -> Litestar:
    contents = Contents(
        Settings(data=Path(data)),
        conninfo=conninfo,
        installation=read_installation(conninfo),
        bus=RedisStreamBus(bus, beat_seconds=0.5) if bus else None,
        background=False,
    )
    return create_app(contents)


async def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout says the port, nothing else
    config = uvicorn.Config(
        app(*sys.argv[1:4]), port=0, log_level="warning", ws="websockets-sansio", ws_per_message_deflate=False,
        ws_max_size=5 * 1024 * 1024, access_log=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main())
