"""What waits to be told to everybody in a document, and the telling: each frame is made once, whoever gets it.

What is told together is merged into one update, and of a client's cursor only the last place is told. Nobody hears of
himself. Whoever takes nothing is left behind, and gets one update with all he missed when he does.

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

CURSORS_STOP_AT_BYTES: Final = 32 * 1024
CATCH_UP_AT: Final = (200, 1024 * 1024)
"""The replica takes in what waits when so many updates or bytes wait; before, only when asked."""
CROWD: Final = 100
"""More than so many who only read are a crowd."""
MERGED_FOR_AUTHORS: Final = 16
"""An author gets the others' updates merged without his own; where there are more, one by one."""

Update = tuple[bytes, Editor | None]
"""With its author; None for another hub's and the server's own."""


@dataclass(slots=True)
class News:
    updates: list[Update] = field(default_factory=list)
    cursors: dict[int, tuple[PresenceEntry, Editor | None]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.updates or self.cursors)

    def add(self, later: News) -> None:
        self.updates += later.updates
        self.cursors.update(later.cursors)


class Broadcast:
    def __init__(self, replica: Replica, presence: Presence) -> None:
        self._replica = replica
        self._presence = presence
        self._news = News()
        """Nobody was told."""
        self._crowd: set[Editor] = set()
        """Who was not told yet what the others, `_hands`, know already (`_kept`); what they have is `_crowd_has`."""
        self._hands: list[Editor] = []
        self._kept = News()
        self._crowd_has = b""

    @property
    def crowd_waits(self) -> bool:
        return bool(self._crowd)

    def add_update(self, update: bytes, author: Editor | None) -> None:
        self._news.updates.append((update, author))

    def add_presence(self, entries: Iterable[PresenceEntry], author: Editor | None) -> None:
        for entry in entries:
            self._news.cursors[entry.client] = (entry, author)

    def join(self, editor: Editor) -> None:
        if self._crowd:
            self._hands.append(editor)

    def leave(self, editor: Editor) -> None:
        self._crowd.discard(editor)
        if editor in self._hands:
            self._hands.remove(editor)

    def flush(self, editors: Collection[Editor], *, only_hands: bool = False) -> int:
        """Tells it to everybody, or keeps it for a crowd of readers; returns how many were written to."""
        news, self._news = self._news, News()
        if news and only_hands and not self._crowd:
            self._keep_for_readers(editors)
        written = 0
        if news:
            told = self._hands if self._crowd else editors
            if news.updates:
                self._leave_behind(told)
                self._take_in(news.updates)
            written = self._tell(news, told)
        if self._crowd:
            self._kept.add(news)
            if not only_hands:
                written += self._tell_crowd()
        return written

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

    def _tell(self, news: News, editors: Iterable[Editor]) -> int:
        updates, cursors = news.updates, news.cursors
        edits = _framed_updates(self._whole([update for update, _ in updates]))
        entries = [entry for entry, _ in cursors.values()]
        gone = [entry for entry in entries if entry.state is None]
        always = edits + _framed_presence(gone)
        everything = edits + _framed_presence(entries) if len(gone) < len(entries) else always
        authors = {author for _, author in updates}
        authors.update(author for _, author in cursors.values())
        written = 0
        for editor in editors:
            if editor.behind is not None:
                if gone and editor.missed_presence is not None:
                    editor.missed_presence.update(entry.client for entry in gone)
                continue
            sink = editor.sink
            if editor in authors:
                frames = self._without(editor, updates, cursors)
            elif everything is always or sink.waiting() >= CURSORS_STOP_AT_BYTES:
                frames = always
            else:
                frames = everything
            if frames:
                sink.write(frames)
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

    def _take_in(self, updates: Sequence[Update]) -> None:
        for update, _ in updates:
            self._replica.add(update)
        count, size = self._replica.lag
        if len(updates) > 1 or count >= CATCH_UP_AT[0] or size >= CATCH_UP_AT[1]:
            self._replica.catch_up()

    def _whole(self, updates: list[bytes]) -> list[bytes]:
        """Merged, but for those that cannot be applied: merged with them, the others' would be lost with them."""
        if len(updates) < 2:
            return updates
        refused = self._replica.refused
        good = [update for update in updates if update not in refused]
        bad = [update for update in updates if update in refused]
        return [*(merge(good[i : i + MERGE_AT_MOST]) for i in range(0, len(good), MERGE_AT_MOST)), *bad]

    def _without(
        self, editor: Editor, updates: Sequence[Update], cursors: dict[int, tuple[PresenceEntry, Editor | None]]
    ) -> bytes:
        """For an author: what the others did."""
        edits = [update for update, author in updates if author is not editor]
        if len(edits) <= MERGED_FOR_AUTHORS:
            edits = self._whole(edits)
        entries = [entry for entry, author in cursors.values() if author is not editor]
        if editor.sink.waiting() >= CURSORS_STOP_AT_BYTES:
            entries = [entry for entry in entries if entry.state is None]
        return _framed_updates(edits) + _framed_presence(entries)


def _framed_updates(updates: Sequence[bytes]) -> bytes:
    return b"".join(framed(wire.update_frame(update)) for update in updates)


def _framed_presence(entries: list[PresenceEntry]) -> bytes:
    return framed(wire.presence_frame(entries)) if entries else b""
