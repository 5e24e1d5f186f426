"""Somebody who types into one document for ever, and remembers what the hub called saved.

Every edit puts one numbered word in, or takes one out again, and is one frame of the wire; so `saved n` names exactly
the edits that must outlive any fault.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import pycrdt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from hub.ending import end
from realtime.wire import (
    SAVED,
    STEP_1,
    SYNC,
    read_blob,
    read_var_uint,
    step_1,
    step_2,
    update_frame,
)

LETTERS: Final = ("Điều", "khoản", "ữ", "🎉", "đại biểu", "Nghị quyết")
MOST_UNCONFIRMED: Final = 150
"""Past so many edits without an answer a person would stop to look; so does this one."""
REMOVALS: Final = 0.4
REPLY_SECONDS: Final = 10.0

Door = Callable[[], tuple[str, Mapping[str, str]]]
"""The address of the document's socket now, and the headers that let us in."""
Edit = tuple[Literal["put", "take"], str]


class Writer:
    def __init__(self, name: str, door: Door, chance: random.Random, *, pause: float = 0.04) -> None:
        """``pause``: the longest between two edits, in seconds."""
        self.name = name
        self.edits: list[Edit] = []
        self.acknowledged = 0
        """The first so many edits were called saved."""
        self.refused: list[str] = []
        self.closings: list[int] = []
        self.may_connect = asyncio.Event()
        self.may_connect.set()
        self.may_type = asyncio.Event()
        self.may_type.set()
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=chance.getrandbits(32))
        self.text = self.doc.get("text", type=pycrdt.Text)
        self._door = door
        self._chance = chance
        self._pause = pause
        self._standing: list[str] = []
        self._covers: list[int] = []
        """Of each counted frame of this line: how many edits are with the hub once it is saved."""
        self._hearing = False
        self._observer = self.doc.observe(self._edited)
        self._outgoing: asyncio.Queue[bytes] | None = None
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- what must be true ---

    @property
    def settled(self) -> bool:
        return self.acknowledged == len(self.edits)

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def lost(self, text: str, acknowledged: int) -> list[str]:
        """Which of the first edits, all called saved, a text does not show."""
        put = {word for kind, word in self.edits[:acknowledged] if kind == "put"}
        taken = {word for kind, word in self.edits[:acknowledged] if kind == "take"}
        perhaps = {word for kind, word in self.edits[acknowledged:] if kind == "take"}
        missing = [f"put {word}" for word in put - taken - perhaps if word not in text]
        return missing + [f"take {word}" for word in taken if word in text]

    # --- life ---

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._type_always(), name=f"{self.name}-types"),
            asyncio.create_task(self._connect_always(), name=f"{self.name}-line"),
        ]

    async def stop(self) -> None:
        await end(*self._tasks)

    def hang_up(self) -> None:
        """Leaves without a word, to come back when it may."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _type_always(self) -> None:
        while True:
            await self.may_type.wait()
            if len(self.edits) - self.acknowledged < MOST_UNCONFIRMED:
                self.edit()
            await asyncio.sleep(self._chance.uniform(0, self._pause))

    def edit(self) -> None:
        if self._standing and self._chance.random() < REMOVALS:
            word = self._standing.pop(self._chance.randrange(len(self._standing)))
            at = len(str(self.text).partition(word)[0].encode())
            self.edits.append(("take", word))
            del self.text[at : at + len(word.encode())]
        else:
            word = f"⟨{self.name}·{len(self.edits)}·{self._chance.choice(LETTERS)}⟩"
            content = str(self.text)
            near = content.find("⟩", self._chance.randint(0, len(content))) + 1  # 0 where there is none behind
            self._standing.append(word)
            self.edits.append(("put", word))
            self.text.insert(len(content[:near].encode()), word)

    def _edited(self, event: Any) -> None:
        if self._outgoing is not None and not self._hearing:
            self._send(self._outgoing, update_frame(event.update))

    def _send(self, outgoing: asyncio.Queue[bytes], frame: bytes) -> None:
        """A frame that counts; with it everything written so far is on its way."""
        self._covers.append(len(self.edits))
        outgoing.put_nowait(frame)

    async def _connect_always(self) -> None:
        while True:
            await self.may_connect.wait()
            address, headers = self._door()
            try:
                async with connect(
                    f"{address}?saved=1", additional_headers=headers, compression=None, max_size=None,
                    open_timeout=REPLY_SECONDS, ping_interval=None, close_timeout=1.0,
                ) as socket:  # fmt: skip
                    await self._talk(socket)
            except (OSError, WebSocketException, TimeoutError, EOFError):
                pass  # a fault, which is what this is about
            await asyncio.sleep(self._chance.uniform(0.02, 0.2))

    async def _talk(self, socket: ClientConnection) -> None:
        outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        outgoing.put_nowait(step_1(self.doc.get_state()))
        self._socket = socket
        self._covers.clear()

        async def send() -> None:
            try:
                while True:
                    await socket.send(await outgoing.get())
            except WebSocketException:
                return

        sending = asyncio.create_task(send(), name=f"{self.name}-sends")
        try:
            async for frame in socket:
                assert isinstance(frame, bytes)
                self._hear(frame, outgoing)
        finally:
            self._outgoing = self._socket = None
            self.closings.append(socket.close_code or 1006)
            await end(sending)

    def _hear(self, frame: bytes, outgoing: asyncio.Queue[bytes]) -> None:
        kind, at = read_var_uint(frame, 0)
        if kind == SAVED:
            count, _ = read_var_uint(frame, at)
            self.acknowledged = max(self.acknowledged, self._covers[count - 1])
        elif kind == SYNC:
            step, at = read_var_uint(frame, at)
            body, _ = read_blob(frame, at)
            if step == STEP_1:
                self._send(outgoing, step_2(self.doc.get_update(body)))
                self._outgoing = outgoing
                return
            self._hearing = True
            self.doc.apply_update(body)
            self._hearing = False
        elif kind == 2:
            self.refused.append(repr(frame))
