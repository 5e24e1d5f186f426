"""The words of comments."""

from typing import Annotated
from uuid import UUID

import msgspec

from hub.errors import Conflict, TooMany

LONGEST_TEXT = 4000
MOST_THREADS = 1000
MOST_MESSAGES = 200
MOST_MENTIONED = 30

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
# A Yjs relative position as the page encodes it. The hub carries it and never looks inside.
Anchor = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[A-Za-z0-9+/=]*$")]
Mentions = Annotated[list[UUID], msgspec.Meta(max_length=MOST_MENTIONED)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,40}$")]


class NewThread(msgspec.Struct, forbid_unknown_fields=True):
    """``key`` is the sender's own: the same thread sent twice, after a lost answer, is one."""

    key: Key
    text: Words
    start: Anchor = ""
    end: Anchor = ""
    quote: Annotated[str, msgspec.Meta(max_length=500)] = ""
    place: Annotated[str, msgspec.Meta(max_length=200)] = ""
    mentions: Mentions = []


class NewReply(msgspec.Struct, forbid_unknown_fields=True):
    key: Key
    text: Words
    mentions: Mentions = []


class ChangedComment(msgspec.Struct, forbid_unknown_fields=True):
    text: Words


class Settled(msgspec.Struct, forbid_unknown_fields=True):
    resolved: bool


class ThreadGone(Conflict):
    """The thread, or the comment in it, is not there any more."""

    code = "thread-gone"


class ThreadResolved(Conflict):
    """It was settled: whoever has more to say opens it again first."""

    code = "thread-resolved"


class TooManyComments(TooMany):
    code = "too-many-comments"
