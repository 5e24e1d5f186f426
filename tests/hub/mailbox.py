"""A mail server of a few lines: takes what comes on a port of its own, or refuses an address as a real one does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Mailbox:
    def __init__(self) -> None:
        self.port = 0
        self.refused: set[str] = set()
        self.letters: list[tuple[str, EmailMessage]] = []
        self._left: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=phien@xa.example&to={{email}}&mode=insecure"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for to, letter in self.letters if to == address]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        to: list[str] = []
        say("220 thu.example ESMTP")
        while line := (await reader.readline()).decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                say("250-thu.example")
                say("250 8BITMIME")
            elif verb.startswith("RCPT"):
                address = line.partition("<")[2].partition(">")[0]
                if address in self.refused:
                    say("550 5.1.1 no such mailbox")
                else:
                    to.append(address)
                    say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                letter = message_from_bytes(raw[:-3].replace(b"\r\n..", b"\r\n."), policy=policy.default)
                assert isinstance(letter, EmailMessage)
                self.letters += [(address, letter) for address in to]
                to = []
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0, limit=8 * 1024 * 1024)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box
