"""A document with the history of real editing, for the joins.

The trace of a real paper (259,778 keystrokes) that Yjs projects measure with is in no package of npm or PyPI. This
one is drawn with a seed in its shape: as many insertions (182,315) and deletions (77,463), a text of the same length,
typed in runs with corrections and jumps, and a state of about the same size (223 KB) when the deletions are collected.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from pycrdt import Doc, Text

from bench.documents.yjs import NAME

INSERTIONS, DELETIONS = 182_315, 77_463
LETTERS = "etaoin shrdlu cmfwyp vbgkjq xz,. \n"
RUN = 33.0
"""Keystrokes between two jumps of the cursor, on average: what decides the size of the state."""


def recorded(seed: int = 20) -> bytes:
    """The state after all keystrokes, each one an edit of its own."""
    drawn = random.Random(seed)
    doc: Doc[Any] = Doc(client_id=77)
    text = doc.get(NAME, type=Text)
    length = cursor = inserted = deleted = 0
    while inserted < INSERTIONS or deleted < DELETIONS:
        if drawn.random() < 0.55:  # most jumps are near: a sentence is gone over again
            cursor = max(0, min(length, cursor + int(drawn.gauss(0, 200))))
        else:
            cursor = drawn.randint(0, length)
        left = INSERTIONS - inserted + DELETIONS - deleted
        removes = drawn.random() < (DELETIONS - deleted) / left
        with doc.transaction():
            for _ in range(1 + int(drawn.expovariate(1 / RUN))):
                if removes and deleted < DELETIONS and cursor:
                    cursor -= 1
                    del text[cursor : cursor + 1]
                    deleted, length = deleted + 1, length - 1
                elif not removes and inserted < INSERTIONS:
                    text.insert(cursor, drawn.choice(LETTERS))
                    cursor, inserted, length = cursor + 1, inserted + 1, length + 1
                else:
                    break
    return doc.get_update()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(recorded())
