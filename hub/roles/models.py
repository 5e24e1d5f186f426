"""The words of roles in a text."""

from typing import Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest
from hub.events import Event, event

DocumentRole = Literal["reader", "commenter", "editor", "owner"]


class RoleInText(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the meeting: what he may do by his place in it, and what was given to him."""

    user_id: UUID
    name: str
    position: str
    meeting_role: str
    usual: DocumentRole
    given: DocumentRole | None


class NewRole(msgspec.Struct, forbid_unknown_fields=True):
    """None takes back what was given: the place in the meeting decides again."""

    role: DocumentRole | None


@event("document.role_changed")
class DocumentRoleChanged(Event, frozen=True):
    document_id: UUID
    user_id: UUID
    role: DocumentRole | None
    by: UUID


class NotInMeeting(BadRequest):
    """Only who takes part in the meeting can be given a role in its texts."""

    code = "not-in-meeting"
