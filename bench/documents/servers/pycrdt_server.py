"""pycrdt-websocket as its documents start it, in uvicorn on uvloop: pycrdt_server.py PORT."""

import asyncio
import sys

import uvicorn
from pycrdt.websocket import ASGIServer, WebsocketServer


async def main(port: int) -> None:
    async with WebsocketServer(auto_clean_rooms=False) as websockets:
        config = uvicorn.Config(
            ASGIServer(websockets), host="127.0.0.1", port=port, log_level="warning", ws_per_message_deflate=False
        )
        await uvicorn.Server(config).serve()


asyncio.run(main(int(sys.argv[1])))
