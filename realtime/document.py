"""One document being edited: bytes in, bytes out. No socket, no clock, no waiting.

Frames for editors wait in their outboxes, updates for the log in `unlogged`, presence for the other hubs in
`presence_news`; the shell (`realtime.registry`) carries all of them. The rules R1… are in SPEC.md.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pycrdt

from realtime import wire
from realtime.presence import Owner, Presence
from realtime.replica import Replica
from realtime.wire import FrameError, PresenceEntry

TOO_SLOW: Final = 1013
BROKEN: Final = 4400

CURSORS_STOP_AT_BYTES: Final = 32 * 1024
OUTBOX_BYTES: Final = 1024 * 1024
OUTBOX_FRAMES: Final = 4096
CATCH_UP_AT: Final = (200, 1024 * 1024)
"""The replica takes in what waits when so many updates or bytes wait; before, only when asked."""

QUIET_TICKS: Final = 4
SIGN_OF_LIFE: Final = wire.presence_frame([])
"""y-websocket takes a line for dead that brought nothing for thirty seconds; presence of nobody is news to nobody."""

Right = Literal["read", "comment", "write"]
MayPropose = Callable[[pycrdt.Doc, pycrdt.Doc, Hashable], bool]  # type: ignore[type-arg]
"""Whether what turns the first document into the second is a proposal of this user and nothing more."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Closing:
    code: int
    reason: str


class Outbox:
    """Frames on their way to one editor, bounded. The answer to a first sync may be any size, but only one waits."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._answer: bytes | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def size(self) -> int:
        return self._bytes

    def put(self, frame: bytes) -> bool:
        """False where the bound is met; nothing is queued then."""
        if self._bytes + len(frame) > OUTBOX_BYTES or len(self._frames) >= OUTBOX_FRAMES:
            return False
        self._frames.append(frame)
        self._bytes += len(frame)
        return True

    def put_answer(self, frame: bytes) -> bool:
        if self._answer is not None:
            return self.put(frame)
        self._answer = frame
        self._frames.append(frame)
        return True

    def take(self) -> list[bytes]:
        frames = list(self._frames)
        self._frames.clear()
        self._bytes = 0
        self._answer = None
        return frames

    def clear(self) -> None:
        self.take()


class Editor:
    """One connection, a reader's too."""

    def __init__(self, user: Hashable, *, right: Right, wants_saved: bool = False) -> None:
        self.user = user
        self.right = right
        """May change while the line is open: whoever may no longer write goes on reading."""
        self.wants_saved = wants_saved
        self.outbox = Outbox()
        self.closing: Closing | None = None
        self.owner = Owner(user, number=next(_numbers))
        self.steps_asked = 0
        """First steps of ours it has not answered yet."""
        self.introduced = False
        self.received = 0
        self.committed = 0
        self.told_saved = 0
        self.quiet_ticks = 0
        self.wake: Callable[[], None] = _nobody_waits
        """Called when there is something to send or the connection is to end; the shell puts its own here."""

    def close(self, code: int, reason: str) -> None:
        """The first reason stands; what still waited for the editor is dropped, it will sync again."""
        if self.closing is None:
            self.closing = Closing(code, reason)
            self.outbox.clear()
            self.wake()

    def send(self, frame: bytes, *, answer: bool = False) -> None:
        if self.closing is not None:
            return
        if (self.outbox.put_answer if answer else self.outbox.put)(frame):
            self.quiet_ticks = 0
            self.wake()
        else:
            self.close(TOO_SLOW, "too-slow")


def _nobody_waits() -> None:
    pass


def _nobody_proposes(before: object, after: object, user: Hashable) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Unlogged:
    """An update on its way to the log; its editor hears `saved` up to `count`."""

    update: bytes
    editor: Editor | None = None
    count: int = 0


class LiveDocument:
    def __init__(self, updates: Sequence[bytes] = (), *, may_propose: MayPropose | None = None) -> None:
        self._may_propose = may_propose or _nobody_proposes
        self.replica = Replica(updates)
        self.presence = Presence()
        self.unlogged: deque[Unlogged] = deque()
        self.unlogged_bytes = 0
        self.presence_news: dict[int, tuple[PresenceEntry, Hashable]] = {}
        self.damaged: str | None = None
        """Why nobody may write now, whatever his right."""
        self._editors: dict[Editor, None] = {}

    @property
    def editors(self) -> tuple[Editor, ...]:
        return tuple(self._editors)

    # --- editors ---

    def join(self, editor: Editor) -> None:
        """We ask what the editor has, and show who is here."""
        self._editors[editor] = None
        editor.steps_asked += 1
        editor.send(wire.step_1(self.replica.state_vector()))
        if self.damaged is not None:
            editor.send(wire.refusal(self.damaged))
        if states := self.presence.states():
            editor.send(wire.presence_frame(states))

    def leave(self, editor: Editor) -> None:
        if self._editors.pop(editor, False) is False:
            return
        self._tell_presence(self.presence.leave(editor.owner), None, editor.user)

    def receive(self, editor: Editor, frame: bytes) -> None:
        """Raises FrameError for what no client would send; the document is untouched then."""
        if editor.closing is not None:
            return
        message = wire.parse(frame)
        if message.kind == wire.AWARENESS:
            self._receive_presence(editor, frame, wire.read_presence(message.body))
        elif message.kind == wire.QUERY_AWARENESS:
            if states := self.presence.states():
                editor.send(wire.presence_frame(states))
        elif message.step == wire.STEP_1:
            wire.check_state_vector(message.body)
            editor.introduced = True
            editor.send(wire.step_2(self.replica.missing(message.body)), answer=True)
        elif message.step == wire.STEP_2:
            self._receive_step_2(editor, message.body)
        else:
            self._receive_update(editor, message.body)

    # --- the log and the other hubs ---

    def take_unlogged(self, most: int, most_bytes: int) -> list[Unlogged]:
        """The oldest entries, at least one if there are any."""
        taken: list[Unlogged] = []
        size = 0
        while self.unlogged and len(taken) < most and (not taken or size + len(self.unlogged[0].update) <= most_bytes):
            entry = self.unlogged.popleft()
            size += len(entry.update)
            taken.append(entry)
        self.unlogged_bytes -= size
        return taken

    def put_back(self, entries: Sequence[Unlogged]) -> None:
        """The log did not take them; they come again before the others."""
        self.unlogged.extendleft(reversed(entries))
        self.unlogged_bytes += sum(len(entry.update) for entry in entries)

    def declare_damaged(self, why: str) -> None:
        """From here on everybody only reads, and is told so."""
        self.damaged = why
        for editor in self._editors:
            editor.send(wire.refusal(why))

    def committed(self, entries: Iterable[Unlogged]) -> None:
        """The log has them, in the order they came in."""
        touched: dict[Editor, None] = {}
        for entry in entries:
            if entry.editor is not None and entry.count > entry.editor.committed:
                entry.editor.committed = entry.count
                touched[entry.editor] = None
        for editor in touched:
            self._tell_saved(editor)

    def absorb(self, updates: Iterable[bytes]) -> None:
        """Updates the log has already, from another hub."""
        for update in updates:
            self._pass_on(wire.update_frame(update), update, None)

    def edit(self, update: bytes) -> Unlogged:
        """An edit by the server itself; it is logged like any other."""
        entry = Unlogged(update)
        self._to_log(entry)
        self._pass_on(wire.update_frame(update), update, None)
        return entry

    def absorb_presence(self, speaker: Owner, entries: Iterable[PresenceEntry]) -> None:
        """What another hub tells of one of its users."""
        news, _ = self.presence.hear(speaker, entries)
        self._show_presence(news, None)

    def tick(self) -> None:
        """Five seconds went by."""
        self._tell_presence(self.presence.tick(), None, None)
        for editor in self._editors:
            editor.quiet_ticks += 1
            if editor.quiet_ticks >= QUIET_TICKS:
                editor.send(SIGN_OF_LIFE)

    # --- inside ---

    def _receive_presence(self, editor: Editor, frame: bytes, entries: list[PresenceEntry]) -> None:
        news, again = self.presence.hear(editor.owner, entries)
        if again:
            editor.send(wire.presence_frame(again))
        self._tell_presence(news, editor, editor.user, frame if len(news) == len(entries) else None)

    def _receive_step_2(self, editor: Editor, update: bytes) -> None:
        if editor.steps_asked == 0:
            raise FrameError("step-not-asked-for")
        wire.check_update(update)
        editor.steps_asked -= 1
        editor.introduced = True
        if self.replica.holds(update):
            self._count_nothing_new(editor)
        else:
            self._accept_if_allowed(editor, update)

    def _receive_update(self, editor: Editor, update: bytes) -> None:
        if not editor.introduced:
            raise FrameError("update-before-sync")
        wire.check_update(update)
        if editor.right == "read":
            editor.send(wire.refusal("read-only"))
            return
        if update == wire.NOTHING:
            self._count_nothing_new(editor)
            return
        writer = wire.only_writer(update)
        owner = self.presence.owner(writer) if writer is not None else None
        if owner is not None and owner.user != editor.user:
            raise FrameError("client-id-taken")
        self._accept_if_allowed(editor, update)

    def _accept_if_allowed(self, editor: Editor, update: bytes) -> None:
        if self.damaged is not None:
            editor.send(wire.refusal(self.damaged))
        elif editor.right == "read":
            editor.send(wire.refusal("read-only"))
        elif editor.right == "comment" and not self._proposes(editor, update):
            editor.send(wire.refusal("not-a-suggestion"))
        else:
            self._accept(editor, update)

    def _proposes(self, editor: Editor, update: bytes) -> bool:
        """Tried on a copy. An update that waits for missing pieces is judged by nobody, so it is not taken."""
        after = self.replica.tried(update)
        return after is not None and self._may_propose(self.replica.doc(), after, editor.user)

    def _accept(self, editor: Editor, update: bytes) -> None:
        editor.received += 1
        self._to_log(Unlogged(update, editor, editor.received))
        self._pass_on(wire.update_frame(update), update, editor)

    def _to_log(self, entry: Unlogged) -> None:
        self.unlogged.append(entry)
        self.unlogged_bytes += len(entry.update)

    def _count_nothing_new(self, editor: Editor) -> None:
        """It counts as an update frame; saved it is as soon as everything before it is."""
        editor.received += 1
        if editor.committed == editor.received - 1:
            editor.committed = editor.received
            self._tell_saved(editor)
        else:
            self._to_log(Unlogged(wire.NOTHING, editor, editor.received))

    def _tell_saved(self, editor: Editor) -> None:
        if editor.wants_saved and editor in self._editors and editor.committed > editor.told_saved:
            editor.told_saved = editor.committed
            editor.send(wire.saved(editor.committed))

    def _pass_on(self, frame: bytes, update: bytes, author: Editor | None) -> None:
        self.replica.add(update)
        for editor in self._editors:
            if editor is not author:
                editor.send(frame)
        updates, size = self.replica.lag
        if updates >= CATCH_UP_AT[0] or size >= CATCH_UP_AT[1]:
            self.replica.catch_up()

    def _tell_presence(
        self, entries: list[PresenceEntry], author: Editor | None, user: Hashable, frame: bytes | None = None
    ) -> None:
        for entry in entries:
            self.presence_news[entry.client] = (entry, user)
        self._show_presence(entries, author, frame)

    def _show_presence(self, entries: list[PresenceEntry], author: Editor | None, frame: bytes | None = None) -> None:
        if not entries:
            return
        frame = frame or wire.presence_frame(entries)
        removal = any(entry.state is None for entry in entries)
        for editor in self._editors:
            # a cursor that comes late is worth nothing, the next one follows; a removal is said once
            if editor is not author and (removal or editor.outbox.size < CURSORS_STOP_AT_BYTES):
                editor.send(frame)
