"""The Litestar app: HTTP and WebSocket API and the rules of meetings; the only public door."""

import asyncio
import sys
from typing import Any

VERSION = "0.1.0"  # also in pyproject.toml; a test compares them

if sys.version_info < (3, 12):
    from hub.waiting import wait_for

    _mended: Any = wait_for  # its type is a little narrower than the library's
    asyncio.wait_for = _mended
