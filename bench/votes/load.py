"""Voters on keep-alive connections. Each ballot has its moment, and its delay counts from there, sent or not."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 200
RETRY_SECONDS = 0.25


@dataclass
class Voter:
    """One person's one ballot and what he was told about it."""

    cookie: str
    choice: str
    receipts: list[str] = field(default_factory=list)
    sent: int = 0
    seconds: float = 0.0
    refusals: list[str] = field(default_factory=list)


class Phone:
    """One connection; a broken one is opened again, as a phone does."""

    def __init__(self, address: str, path: str, csrf: tuple[str, str]) -> None:
        where = urlsplit(address)
        self.host, self.port, self.path, self.csrf = where.hostname or "", where.port or 80, path, csrf
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def send(self, voter: Voter) -> tuple[int, bytes]:
        cookie, header = self.csrf
        body = json.dumps({"choice": [voter.choice]}).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\ncontent-type: application/json\r\n"
            f"cookie: {voter.cookie}; {cookie}\r\nx-csrf-token: {header}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None
        self.writer.write(head.encode() + body)
        await self.writer.drain()
        answer = await self.reader.readuntil(b"\r\n\r\n")
        lines = answer.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        return int(answer.split(b" ", 2)[1]), await self.reader.readexactly(length)

    def break_off(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def vote(phone: Phone, voter: Voter, due: float, deadline: float) -> None:
    """Until there is a receipt: a voter who hears nothing presses "Gửi lại"."""
    while time.perf_counter() < deadline:
        voter.sent += 1
        try:
            async with asyncio.timeout(12):
                status, body = await phone.send(voter)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            phone.break_off()
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if status == 200:
            voter.receipts.append(json.loads(body)["receipt"])
            voter.seconds = time.perf_counter() - due
            return
        voter.refusals.append(body.decode(errors="replace")[:120])
        if status < 500:
            return
        await asyncio.sleep(RETRY_SECONDS)


async def storm(
    address: str, path: str, csrf: tuple[str, str], voters: list[Voter], seconds: float, *, patience: float, seed: int
) -> float:
    """Sends every ballot at its own moment within ``seconds``; returns how long it took until the last receipt."""
    chance = random.Random(seed)
    moments = sorted(chance.uniform(0, seconds) for _ in voters)
    queue = asyncio.Queue[tuple[float, Voter]]()
    for moment, voter in zip(moments, voters, strict=True):
        queue.put_nowait((moment, voter))
    begin = time.perf_counter()

    async def work() -> None:
        phone = Phone(address, path, csrf)
        while not queue.empty():
            moment, voter = queue.get_nowait()
            await asyncio.sleep(max(0.0, begin + moment - time.perf_counter()))
            await vote(phone, voter, begin + moment, begin + seconds + patience)
        phone.break_off()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(CONNECTIONS, len(voters))):
            tasks.create_task(work())
    return time.perf_counter() - begin
