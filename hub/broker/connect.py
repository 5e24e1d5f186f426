"""The first packet of a client, read and written again before amqtt hears of the connection."""

import asyncio
import contextlib

import msgspec

MAX_CONNECT_BYTES = 4 * 1024
BAD_VERSION, NOT_AUTHORIZED = 1, 5


class Unreadable(Exception):
    """Not an MQTT CONNECT, or too big for one."""


class Connect(msgspec.Struct, frozen=True):
    """The parts of a CONNECT packet the door decides on."""

    level: int
    keep_alive: int
    client_id: str
    will_topic: str | None
    username: str
    password: str
    before_id: bytes  # variable header
    after_id: bytes  # the rest of the payload

    def rewritten(self, client_id: str) -> bytes:
        """The same packet under another client id."""
        encoded = client_id.encode()
        body = self.before_id + len(encoded).to_bytes(2, "big") + encoded + self.after_id
        length, head = len(body), bytearray([0x10])
        while True:
            length, byte = divmod(length, 128)
            head.append(byte | (128 if length else 0))
            if not length:
                return bytes(head) + body


def read_connect(body: bytes) -> Connect:
    """Reads a CONNECT's body (MQTT 3.1.1 §3.1). Raises Unreadable."""
    fields = _Fields(body)
    if fields.data() != b"MQTT":
        raise Unreadable("protocol")
    level, flags, keep_alive = fields.number(1), fields.number(1), fields.number(2)
    before_id = body[: fields.at]
    client_id = fields.text()
    after_id = body[fields.at :]
    will_topic = None
    if flags & 0x04:
        will_topic = fields.text()
        fields.data()
    username = fields.text() if flags & 0x80 else ""
    password = fields.text() if flags & 0x40 else ""
    return Connect(level, keep_alive, client_id, will_topic, username, password, before_id, after_id)


class _Fields:
    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def number(self, size: int) -> int:
        if self.at + size > len(self.body):
            raise Unreadable("short")
        self.at += size
        return int.from_bytes(self.body[self.at - size : self.at], "big")

    def data(self) -> bytes:
        size = self.number(2)
        if self.at + size > len(self.body):
            raise Unreadable("short")
        self.at += size
        return self.body[self.at - size : self.at]

    def text(self) -> str:
        try:
            return self.data().decode()
        except UnicodeDecodeError as error:
            raise Unreadable("not UTF-8") from error


async def first_packet(reader: asyncio.StreamReader) -> bytes:
    """The body of the first packet, which must be a CONNECT of a decent size."""
    if await reader.readexactly(1) != b"\x10":
        raise Unreadable("not a CONNECT")
    length = 0
    for place in range(2):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    else:
        raise Unreadable("too big")
    if length > MAX_CONNECT_BYTES:
        raise Unreadable("too big")
    return await reader.readexactly(length)


async def refuse(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(bytes([0x20, 2, 0, code]))
    with contextlib.suppress(OSError):
        await writer.drain()
