"""The words of a text's history."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict
from hub.events import Event, event

VersionKind = Literal["automatic", "named", "vote", "restored"]
Reason = Literal[
    "", "pause", "interval", "before-restore", "meeting-published", "meeting-running", "meeting-ended", "meeting-closed"
]
VersionName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

TEXTS = ("draft_resolution", "minutes")
KEPT = (*TEXTS, "agenda")
"""Kinds of documents with a history."""
INVITED: Reason = "meeting-published"
"""What people were invited to is asked for later: it is a version of its own, though it be equal to the one before."""


class Writer(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """``hash`` is the sha256 of the canonical text, in hex: equal texts have equal hashes, whoever computes them."""

    number: int
    kind: VersionKind
    name: str
    reason: Reason
    restored_from: int | None
    by: Writer | None  # None: the hub by itself
    at: datetime
    letters: int
    hash: str
    writers: list[Writer]  # since the version before


class DocumentLock(msgspec.Struct, frozen=True, kw_only=True):
    """``drifted``: an edit was under way when the text was locked, so what is shown is not what was locked."""

    number: int | None  # None: being locked just now
    hash: str
    by: Writer
    at: datetime
    drifted: bool


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Whose edits are those of a Yjs client id. ``restored``: brought back by this person, not written by him."""

    client: int
    user_id: UUID
    name: str
    restored: bool


class NewName(msgspec.Struct, forbid_unknown_fields=True):
    name: VersionName


@event("document.locked")
class DocumentLocked(Event, frozen=True):
    """Nobody writes in the text until it is unlocked; ``hash`` is of the text that is voted on."""

    document_id: UUID
    number: int
    hash: str
    by: UUID


@event("document.unlocked")
class DocumentUnlocked(Event, frozen=True):
    document_id: UUID
    by: UUID


class TextLocked(Conflict):
    """The text is locked for a vote: nobody changes it."""

    code = "text-locked"


class NotForVote(Conflict):
    """Only a draft resolution is locked for a vote."""

    code = "not-for-vote"


class SameText(Conflict):
    """The text is that of the version already."""

    code = "same-text"


class TextUnreadable(Conflict):
    """The text could not be read in time; nothing was changed."""

    code = "text-unreadable"
