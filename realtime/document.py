"""One document being edited: bytes in, bytes out. No socket, no clock, no waiting.

Editors are told through their sinks, at once or when the shell calls `flush` (`realtime.telling`); updates for the log
wait in `unlogged`, presence for the other hubs in `presence_news`, and the shell (`realtime.registry`) carries them.
The rules R1… are in SPEC.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final

import pycrdt

from realtime import wire
from realtime.broadcast import Broadcast
from realtime.checking import check_update
from realtime.editor import WRITING_TICKS, Editor
from realtime.presence import Owner, Presence
from realtime.replica import EMPTY_VECTOR, Replica
from realtime.sink import FULL_BYTES, framed
from realtime.wire import FrameError, PresenceEntry

QUIET_TICKS: Final = 4
SIGN_OF_LIFE: Final = wire.presence_frame([])
"""y-websocket takes a line for dead that brought nothing for thirty seconds; presence of nobody is news to nobody."""

MayPropose = Callable[[pycrdt.Doc, pycrdt.Doc, Hashable], bool]  # type: ignore[type-arg]
"""Whether what turns the first document into the second is a proposal of this user and nothing more."""


def _nobody_proposes(before: object, after: object, user: Hashable) -> bool:
    return False


class Unlogged:
    """An update on its way to the log; its editor hears `saved` up to `count`."""

    __slots__ = ("count", "editor", "update")

    def __init__(self, update: bytes, editor: Editor | None = None, count: int = 0) -> None:
        self.update, self.editor, self.count = update, editor, count


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
        self.on_waiting: Callable[[], object] = self.flush
        """Called when there is something to tell the editors. Without a shell that paces it, they are told at once."""
        self._editors: dict[Editor, None] = {}
        self._broadcast = Broadcast(self.replica, self.presence)

    @property
    def editors(self) -> tuple[Editor, ...]:
        return tuple(self._editors)

    # --- editors ---

    def join(self, editor: Editor) -> None:
        """We ask what the editor has, and show who is here."""
        self._editors[editor] = None
        self._broadcast.join(editor)
        editor.steps_asked += 1
        editor.send(wire.step_1(self.replica.state_vector()))
        if self.damaged is not None:
            editor.send(wire.refusal(self.damaged))
        if states := self.presence.states():
            editor.send(wire.presence_frame(states))

    def leave(self, editor: Editor) -> None:
        if self._editors.pop(editor, False) is False:
            return
        self._broadcast.leave(editor)
        self._tell_presence(self.presence.leave(editor.owner), None, editor.user)

    def receive(self, editor: Editor, frame: bytes) -> None:
        """Raises FrameError for what no client would send; the document is untouched then."""
        if editor.closing is not None:
            return
        message = wire.parse(frame)
        if message.kind == wire.AWARENESS:
            self._receive_presence(editor, wire.read_presence(message.body))
        elif message.kind == wire.QUERY_AWARENESS:
            self._show_everybody(editor)
        elif message.step == wire.STEP_1:
            self._answer_step_1(editor, message.body)
        elif message.step == wire.STEP_2:
            self._receive_step_2(editor, message.body)
        else:
            self._receive_update(editor, message.body)

    def flush(self, *, only_hands: bool = False) -> int:
        """Tells the editors what waits for them, a crowd of readers perhaps later; returns how many were written to."""
        return self._broadcast.flush(self._editors, only_hands=only_hands)

    @property
    def crowd_waits(self) -> bool:
        """A crowd of readers was not told yet what the others know."""
        return self._broadcast.crowd_waits

    @property
    def saved_waits(self) -> bool:
        """Somebody was not told yet that more of his is saved."""
        return self._broadcast.saved_waits

    def drained(self, editor: Editor) -> None:
        """It took what waited for it."""
        self._broadcast.bring_up_to_date(editor)
        self._tell_saved(editor)

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

    def committed(self, entries: Iterable[Unlogged], *, hurry: bool = True) -> None:
        """The log has them, in the order they came in. Without ``hurry`` it is told with the next news."""
        touched: dict[Editor, None] = {}
        for entry in entries:
            if entry.editor is not None and entry.count > entry.editor.committed:
                entry.editor.committed = entry.count
                touched[entry.editor] = None
        self._tell_saved(*touched, hurry=hurry)

    def absorb(self, updates: Iterable[bytes]) -> None:
        """Updates the log has already, from another hub."""
        for update in updates:
            self._broadcast.add_update(update, None)
        self.on_waiting()

    def edit(self, update: bytes) -> Unlogged:
        """An edit by the server itself; it is logged like any other."""
        entry = Unlogged(update)
        self._to_log(entry)
        self._pass_on(update, None)
        return entry

    def absorb_presence(self, speaker: Owner, entries: Iterable[PresenceEntry]) -> None:
        """What another hub tells of one of its users."""
        news, _ = self.presence.hear(speaker, entries)
        self._show_presence(news, None)

    def tick(self) -> None:
        """Five seconds went by."""
        self._tell_presence(self.presence.tick(), None, None)
        for editor in self.editors:
            editor.tick()
            if editor.behind is not None and not editor.sink.full:
                self.drained(editor)
            elif editor.quiet_ticks >= QUIET_TICKS and not editor.sink.full:
                editor.send(SIGN_OF_LIFE)

    # --- inside ---

    def _receive_presence(self, editor: Editor, entries: list[PresenceEntry]) -> None:
        news, again = self.presence.hear(editor.owner, entries)
        if again:
            editor.send(wire.presence_frame(again))
        self._tell_presence(news, editor, editor.user)

    def _show_everybody(self, editor: Editor) -> None:
        if editor.sink.full:
            editor.missed_presence = editor.missed_presence or set()
        elif states := self.presence.states():
            editor.send(wire.presence_frame(states))

    def _answer_step_1(self, editor: Editor, vector: bytes) -> None:
        """The whole may be of any size, but a second answer waits until the first has been taken."""
        wire.check_state_vector(vector)
        editor.introduced = True
        if editor.sink.full or editor.sink.waiting() > FULL_BYTES:
            editor.asked = vector
            if editor.behind is None:
                editor.fall_behind(self.replica.state_vector())
        elif vector == EMPTY_VECTOR:
            editor.answer(self.replica.framed_whole())
        else:
            editor.answer(framed(wire.step_2(self.replica.missing(vector))))

    def _receive_step_2(self, editor: Editor, update: bytes) -> None:
        if editor.steps_asked == 0:
            raise FrameError("step-not-asked-for")
        check_update(update)
        editor.steps_asked -= 1
        editor.introduced = True
        if update != wire.NOTHING:
            self.flush()  # the replica has what was told, no more
        if self.replica.holds(update):
            self._count_nothing_new(editor)
        else:
            self._accept_if_allowed(editor, update)

    def _receive_update(self, editor: Editor, update: bytes) -> None:
        if not editor.introduced:
            raise FrameError("update-before-sync")
        check_update(update)
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
        self.flush()  # the replica has what was told, no more
        after = self.replica.tried(update)
        return after is not None and self._may_propose(self.replica.doc(), after, editor.user)

    def _accept(self, editor: Editor, update: bytes) -> None:
        editor.received += 1
        editor.writing_ticks = WRITING_TICKS
        self._to_log(Unlogged(update, editor, editor.received))
        self._pass_on(update, editor)

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

    def _tell_saved(self, *editors: Editor, hurry: bool = True) -> None:
        for editor in editors:
            if editor in self._editors:
                self._broadcast.add_saved(editor)
        if hurry:
            self.on_waiting()

    def _pass_on(self, update: bytes, author: Editor | None) -> None:
        self._broadcast.add_update(update, author)
        self.on_waiting()

    def _tell_presence(self, entries: list[PresenceEntry], author: Editor | None, user: Hashable) -> None:
        for entry in entries:
            self.presence_news[entry.client] = (entry, user)
        self._show_presence(entries, author)

    def _show_presence(self, entries: list[PresenceEntry], author: Editor | None) -> None:
        if entries:
            self._broadcast.add_presence(entries, author)
            self.on_waiting()
