"""The words of a meeting's list of people."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict
from hub.events import Event, event
from hub.meetings.models import MeetingRole

InvitedRole = Literal["secretary", "delegate", "guest"]  # the chair is named among those who are on the list
Seat = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Invited(msgspec.Struct, forbid_unknown_fields=True):
    user_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=500)]
    role: InvitedRole


class ChangedParticipant(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes. Seat null: no seat. ``votes``: is a member of the body, whatever his place here."""

    role: MeetingRole | msgspec.UnsetType = msgspec.UNSET
    seat: Seat | msgspec.UnsetType | None = msgspec.UNSET
    votes: bool | msgspec.UnsetType = msgspec.UNSET


@event("participants.changed")
class ParticipantsChanged(Event, frozen=True):
    """``role`` and ``votes`` are what they have now; null where that is not what changed.

    A new role begins with its own right: chair and delegates vote, the secretary does not until it is said.
    """

    change: Literal["added", "removed", "role", "seat", "votes"]
    user_ids: list[UUID]
    role: MeetingRole | None
    by: UUID
    votes: bool | None = None


def first_list(people: Sequence[tuple[UUID, MeetingRole]], by: UUID) -> Iterator[ParticipantsChanged]:
    """The list a meeting is made with, told role by role: who reads the line alone knows who was invited."""
    for role in dict.fromkeys(role for _, role in people):
        yield ParticipantsChanged("added", [user_id for user_id, his in people if his == role], role, by)


class ChairNeeded(Conflict):
    """A meeting has one chair: another is named first, and the one before becomes a delegate."""

    code = "chair-needed"


class SeatTaken(Conflict):
    code = "seat-taken"


class GuestHasNoVote(Conflict):
    """A guest, and so who sits for a member, speaks and never votes."""

    code = "guest-has-no-vote"


class TooManyParticipants(Conflict):
    code = "too-many-participants"
