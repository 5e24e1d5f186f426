"""Yjs clients for tests without sockets: they speak the wire over queues that the test moves by hand."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import pycrdt

from realtime import Editor, LiveDocument, Right
from realtime.wire import (
    AWARENESS,
    SAVED,
    STEP_1,
    SYNC,
    PresenceEntry,
    presence_frame,
    read_blob,
    read_presence,
    read_var_uint,
    step_1,
    step_2,
    update_frame,
)

VIETNAMESE = ("Điều 1. ", "Khoản", "đại biểu ", "Nghị quyết", "🎉", "👨‍👩‍👧", "ữ", " và ", "\n", "Đồng Tháp")


class Client:
    """A peer with its own document. What it edits is queued while it is connected, as y-websocket does."""

    def __init__(self, seed: int = 0, *, client_id: int | None = None) -> None:
        self._random = random.Random(seed)
        self.doc: pycrdt.Doc[Any] = pycrdt.Doc(client_id=client_id or self._random.getrandbits(32))
        self.text = self.doc.get("text", type=pycrdt.Text)
        self.to_send: deque[bytes] = deque()
        self.online = False
        self.sent = 0
        self.saved = 0
        self.refusals: list[str] = []
        self.present: dict[int, bytes | None] = {}
        self.clock = 0
        self._hearing = False
        self._observer = self.doc.observe(self._edited)

    @property
    def id(self) -> int:
        return int(self.doc.client_id)

    def _edited(self, event: Any) -> None:
        if self.online and not self._hearing:
            self._send_update(update_frame(event.update))

    def _send_update(self, frame: bytes) -> None:
        self.to_send.append(frame)
        self.sent += 1

    def connect(self) -> None:
        self.online = True
        self.sent = self.saved = 0
        self.to_send.clear()
        self.to_send.append(step_1(self.doc.get_state()))

    def disconnect(self) -> None:
        self.online = False
        self.to_send.clear()

    def show(self, state: bytes = b'{"user":"A"}') -> None:
        self.clock += 1
        self.to_send.append(presence_frame([PresenceEntry(self.id, self.clock, state)]))

    def type(self, words: str) -> None:
        self.text += words

    def type_somewhere(self) -> None:
        """An insertion at a character boundary, or a deletion of a whole character."""
        content = str(self.text)
        at = self._random.randint(0, len(content))
        offset = len(content[:at].encode())
        if at < len(content) and self._random.random() < 0.4:
            del self.text[offset : offset + len(content[at].encode())]
        else:
            self.text.insert(offset, self._random.choice(VIETNAMESE))

    def hear(self, frame: bytes) -> None:
        kind, at = read_var_uint(frame, 0)
        if kind == SAVED:
            self.saved, _ = read_var_uint(frame, at)
            return
        step, body_at = read_var_uint(frame, at)
        if kind == AWARENESS:
            body, _ = read_blob(frame, at)
            for client, _clock, state in read_presence(body):
                self.present[client] = state
            return
        body, _ = read_blob(frame, body_at)
        if kind != SYNC:
            self.refusals.append(body.decode())
        elif step == STEP_1:
            self._send_update(step_2(self.doc.get_update(body)))
        else:
            self._hearing = True
            try:
                self.doc.apply_update(body)
            finally:
                self._hearing = False

    @property
    def state(self) -> tuple[str, bytes]:
        return str(self.text), vector(self.doc)


def vector(doc: pycrdt.Doc[Any]) -> bytes:
    """A state vector with its clients in order: peers write them in any."""
    raw = doc.get_state()
    count, at = read_var_uint(raw, 0)
    pairs = []
    for _ in range(count):
        client, at = read_var_uint(raw, at)
        clock, at = read_var_uint(raw, at)
        pairs.append((client, clock))
    return repr(sorted(pairs)).encode()


class Line:
    """A client joined to a document, with the frames on their way in both directions."""

    def __init__(self, live: LiveDocument, client: Client, editor: Editor) -> None:
        self.live, self.client, self.editor = live, client, editor
        self.down: deque[bytes] = deque()
        client.connect()
        live.join(editor)

    def up_one(self) -> bool:
        if not self.client.to_send:
            return False
        self.live.receive(self.editor, self.client.to_send.popleft())
        return True

    def down_one(self) -> bool:
        self.down.extend(self.editor.outbox.take())
        if not self.down:
            return False
        self.client.hear(self.down.popleft())
        return True

    def settle(self) -> bool:
        moved = False
        while self.up_one() or self.down_one():
            moved = True
        return moved

    def drop(self) -> None:
        self.client.disconnect()
        self.live.leave(self.editor)
        self.down.clear()


def join(live: LiveDocument, client: Client, *, user: str = "an", right: Right = "write", saved: bool = True) -> Line:
    return Line(live, client, Editor(user, right=right, wants_saved=saved))


def settle(*lines: Line) -> None:
    while sum(line.settle() for line in lines):  # all of them each time, so no `any`
        pass
