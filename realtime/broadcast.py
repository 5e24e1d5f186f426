"""What waits to be told to everybody in a document, and the telling: each frame is made once, whoever gets it.

What is told together is merged into one update, and of a client's cursor only the last place is told. Nobody is told
his own edits. Among several cursors he hears of his own too: it is old news to him, and taking it out for each author
cost more than all the rest. Whoever takes nothing is left behind, and gets one update with all he missed when he does.

Of a crowd those who only read may be told later than those who write: `flush(only_hands=True)` keeps it for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from realtime import wire
from realtime.editor import Editor
from realtime.presence import Presence
from realtime.replica import MERGE_AT_MOST, Replica, merge
from realtime.sink import framed
from realtime.wire import PresenceEntry

CATCH_UP_AT: Final = (200, 1024 * 1024)
"""The replica takes in what waits when so many updates or bytes wait; before, only when asked."""
CROWD: Final = 100
"""More than so many who only read are a crowd."""
CROWD_BYTES: Final = 16 * 1024
"""Kept for them, they are told at once: it is the bytes that cost then, not the writes, and one write of them all would
stand in front of everything else."""

Update = tuple[bytes, Editor | None]
"""With its author; None for another hub's and the server's own."""


@dataclass(slots=True)
class News:
    updates: list[Update] = field(default_factory=list)
    cursors: dict[int, tuple[PresenceEntry, Editor | None]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.updates or self.cursors)

    @property
    def size(self) -> int:
        """Bytes of its updates."""
        return sum(len(update) for update, _ in self.updates)

    def add(self, later: News) -> None:
        self.updates += later.updates
        self.cursors.update(later.cursors)


class Broadcast:
    def __init__(self, replica: Replica, presence: Presence) -> None:
        self._replica = replica
        self._presence = presence
        self._news = News()
        """Nobody was told."""
        self._saved: dict[Editor, None] = {}
        """Who is to hear that more of his is saved: with the news, which is one write instead of two."""
        self._crowd: set[Editor] = set()
        """Who was not told yet what the others, `_hands`, know already (`_kept`); what they have is `_crowd_has`."""
        self._hands: list[Editor] = []
        self._kept = News()
        self._kept_bytes = 0
        self._crowd_has = b""

    @property
    def crowd_waits(self) -> bool:
        return bool(self._crowd)

    @property
    def saved_waits(self) -> bool:
        return bool(self._saved)

    def add_update(self, update: bytes, author: Editor | None) -> None:
        self._news.updates.append((update, author))

    def add_presence(self, entries: Iterable[PresenceEntry], author: Editor | None) -> None:
        for entry in entries:
            self._news.cursors[entry.client] = (entry, author)

    def add_saved(self, editor: Editor) -> None:
        self._saved[editor] = None

    def join(self, editor: Editor) -> None:
        if self._crowd:
            self._hands.append(editor)

    def leave(self, editor: Editor) -> None:
        self._crowd.discard(editor)
        self._saved.pop(editor, None)
        if editor in self._hands:
            self._hands.remove(editor)

    def flush(self, editors: Collection[Editor], *, only_hands: bool = False) -> int:
        """Tells it to everybody, or keeps it for a crowd of readers; returns how many were written to."""
        news, self._news = self._news, News()
        if only_hands:
            self._kept_bytes += news.size
            only_hands = self._kept_bytes < CROWD_BYTES
        if news and only_hands and not self._crowd:
            self._keep_for_readers(editors)
        written = 0
        if news:
            told = self._hands if self._crowd else editors
            merged = None
            if news.updates:
                self._leave_behind(told)
                merged = self._take_in(news.updates)
            written = self._tell(news, told, merged)
        if self._crowd:
            self._kept.add(news)
            if not only_hands:
                written += self._tell_crowd()
        if not self._crowd:
            self._kept_bytes = 0
        return written + self._tell_saved()

    def _keep_for_readers(self, editors: Iterable[Editor]) -> None:
        readers = {editor for editor in editors if editor.behind is None and not editor.writes}
        if len(readers) > CROWD:
            self._crowd, self._crowd_has = readers, self._replica.state_vector()
            self._hands = [editor for editor in editors if editor not in readers]

    def _tell_crowd(self) -> int:
        crowd, self._crowd, self._hands = self._crowd, set(), []
        news, self._kept = self._kept, News()
        for editor in crowd:
            if editor.sink.full:
                editor.fall_behind(self._crowd_has)
        return self._tell(news, crowd)

    def _tell_saved(self) -> int:
        """Those who got nothing else. Who is behind hears it when he has drained."""
        waiting, self._saved = self._saved, {}
        written = 0
        for editor in waiting:
            if editor.behind is None and not editor.sink.full and (frame := editor.saved_frame()):
                editor.sink.write(frame)
                editor.quiet_ticks = 0
                written += 1
        return written

    def _tell(self, news: News, editors: Iterable[Editor], merged: bytes | None = None) -> int:
        """``merged``: the updates as one, where that is at hand."""
        if len(news.updates) + len(news.cursors) == 1:
            return self._tell_one(news, editors)
        updates = news.updates
        edits = _framed_updates([merged] if merged else self._whole([update for update, _ in updates]))
        apart = [(_framed_updates([update]), author) for update, author in updates]
        gone = [entry.client for entry, _ in news.cursors.values() if entry.state is None]
        shown, farewell = self._cursors(news)
        everything, always = edits + shown, edits + farewell
        writers = {author for _, author in updates}
        pointed = next(iter(news.cursors.values()))[1] if len(news.cursors) == 1 else None
        saved = self._saved
        written = 0
        for editor in editors:
            if editor.behind is not None:
                if gone and editor.missed_presence is not None:
                    editor.missed_presence.update(gone)
                continue
            sink = editor.sink
            if editor in writers:
                # one by one: merging once more for each of them costs more than it saves
                frames = b"".join([e for e, author in apart if author is not editor])
                if editor is not pointed:
                    frames += farewell if sink.slow else shown
            elif editor is pointed:
                frames = edits
            else:
                frames = always if sink.slow else everything
            if editor in saved:
                del saved[editor]
                frames = editor.saved_frame() + frames
            if frames:
                sink.write(frames)
                editor.quiet_ticks = 0
                written += 1
        return written

    @staticmethod
    def _cursors(news: News) -> tuple[bytes, bytes]:
        """All of them, and those of who has gone alone: who takes little hears only of these."""
        entries = [(wire.presence_entry(entry), entry.state is None) for entry, _ in news.cursors.values()]
        shown = _framed_presence([entry for entry, _ in entries])
        return shown, _framed_presence([entry for entry, has_gone in entries if has_gone])

    def _tell_one(self, news: News, editors: Iterable[Editor]) -> int:
        """A keystroke or a cursor by itself, as most are in small rooms: one frame for everybody but its author."""
        gone = None
        if news.updates:
            ((update, author),) = news.updates
            frame, is_cursor = framed(wire.update_frame(update)), False
        else:
            ((entry, author),) = news.cursors.values()
            frame, is_cursor = framed(wire.presence_frame([entry])), entry.state is not None
            gone = entry.client if entry.state is None else None
        saved = self._saved
        written = 0
        for editor in editors:
            if editor.behind is not None:
                if gone is not None and editor.missed_presence is not None:
                    editor.missed_presence.add(gone)
            elif editor is not author and not (is_cursor and editor.sink.slow):
                if editor in saved:
                    del saved[editor]
                    editor.sink.write(editor.saved_frame() + frame)
                else:
                    editor.sink.write(frame)
                editor.quiet_ticks = 0
                written += 1
        return written

    def bring_up_to_date(self, editor: Editor) -> None:
        """Its sink has drained: one update with all it missed, and who is here. What waits now comes with the rest."""
        if editor in self._crowd:  # with this it knows what the others know
            self._crowd.discard(editor)
            self._hands.append(editor)
        has, editor.behind = editor.behind, None
        asked, editor.asked = editor.asked, None
        missed, editor.missed_presence = editor.missed_presence, None
        if asked is not None:
            editor.answer(framed(wire.step_2(self._replica.missing(asked))))
        elif has is not None:
            editor.answer(framed(wire.update_frame(self._replica.missing(has))))
        if missed is not None and (entries := self._presence.states() + self._presence.departed(missed)):
            editor.answer(framed(wire.presence_frame(entries)))

    def _leave_behind(self, editors: Iterable[Editor]) -> None:
        """Before the replica takes in what waits: its state vector is what they were sent so far."""
        has = None
        for editor in editors:
            if editor.behind is None and editor.sink.full:
                has = has or self._replica.state_vector()
                editor.fall_behind(has)

    def _take_in(self, updates: Sequence[Update]) -> bytes | None:
        """The replica has to merge them as well: where it took in these alone, it was not for nothing."""
        earlier, _ = self._replica.lag
        for update, _ in updates:
            self._replica.add(update)
        count, size = self._replica.lag
        if len(updates) > 1 or count >= CATCH_UP_AT[0] or size >= CATCH_UP_AT[1]:
            merged = self._replica.catch_up()
            return None if earlier else merged
        return None

    def _whole(self, updates: list[bytes]) -> list[bytes]:
        """Merged, but for those that cannot be applied: merged with them, the others' would be lost with them."""
        if len(updates) < 2:
            return updates
        refused = self._replica.refused
        good = [update for update in updates if update not in refused]
        bad = [update for update in updates if update in refused]
        return [*(merge(good[i : i + MERGE_AT_MOST]) for i in range(0, len(good), MERGE_AT_MOST)), *bad]


def _framed_updates(updates: Sequence[bytes]) -> bytes:
    return b"".join(framed(wire.update_frame(update)) for update in updates)


def _framed_presence(entries: Sequence[bytes]) -> bytes:
    return framed(wire.presence_of(entries)) if entries else b""
