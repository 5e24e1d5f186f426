"""The words of live documents."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from hub.agenda.models import ItemKind
from hub.errors import BadRequest, Conflict

LONGEST_TITLE = 500
LONGEST_PRESENTER = 200
LONGEST_POSITION = 200
MOST_MINUTES = 1440
MOST_ITEMS = 1000
KINDS: tuple[ItemKind, ...] = ("information", "discussion", "decision", "vote", "election")


class WantedToken(msgspec.Struct, forbid_unknown_fields=True):
    right: Literal["read", "write"] = "read"


class DocumentToken(msgspec.Struct, frozen=True):
    """Opens this one document, with this right, for one person; see ``?token=`` of the socket."""

    token: str
    right: Literal["read", "write"]
    expires_at: datetime


class ImageAddress(msgspec.Struct, frozen=True):
    url: str


class PlannedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An agenda item as its document has it, brought within bounds."""

    id: UUID
    position: str
    title: str
    presenter: str
    minutes: int
    kind: ItemKind
    removed: bool


class NotAnImage(BadRequest):
    """Neither PNG, JPEG, WebP nor GIF, whatever its name says."""

    code = "not-an-image"


class TooManyImages(Conflict):
    code = "too-many-images"
