"""The words of administering units and accounts.

A unit administrator changes his own unit and what is below it; a system administrator everything.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict
from hub.notices.models import Email, Phone
from hub.users.models import ExtraRight, Role, UnitName

UnitKind = Literal["commune", "council", "committee", "office", "board"]
UnitTitle = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Position = Annotated[str, msgspec.Meta(max_length=300)]
Username = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9._@-]{2,80}$")]


class AdminUnit(msgspec.Struct, frozen=True, kw_only=True):
    """``people``: accounts that may come in. ``i_administer``: may be changed by who asks."""

    id: UUID
    parent_id: UUID | None
    name: str
    kind: UnitKind
    closed_at: datetime | None
    people: int
    i_administer: bool


class NewUnit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Without a parent: a commune of its own, which only a system administrator makes."""

    parent_id: UUID | None
    name: UnitTitle
    kind: UnitKind


class ChangedUnit(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    parent_id: UUID | msgspec.UnsetType = msgspec.UNSET
    name: UnitTitle | msgspec.UnsetType = msgspec.UNSET
    kind: UnitKind | msgspec.UnsetType = msgspec.UNSET
    closed: bool | msgspec.UnsetType = msgspec.UNSET


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """``rights``: beside those of the role."""

    id: UUID
    username: str
    name: str
    position: str
    role: Role
    rights: list[ExtraRight]
    unit: UnitName
    active: bool
    has_password: bool
    last_seen_at: datetime | None
    email: str
    """Where notices reach him outside the page, as ``phone``; "": nowhere."""
    phone: str


class NewPersonAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    unit_id: UUID
    username: Username
    name: PersonName
    position: Position = ""
    role: Role = "member"
    rights: list[ExtraRight] = []
    email: Email = ""
    phone: Phone = ""


class ChangedAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    unit_id: UUID | msgspec.UnsetType = msgspec.UNSET
    username: Username | msgspec.UnsetType = msgspec.UNSET
    name: PersonName | msgspec.UnsetType = msgspec.UNSET
    position: Position | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    rights: list[ExtraRight] | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET
    email: Email | msgspec.UnsetType = msgspec.UNSET
    phone: Phone | msgspec.UnsetType = msgspec.UNSET


class WayIn(msgspec.Struct, frozen=True):
    """``path`` of the page lets this person in once, until then. It is shown this once."""

    path: str
    until: datetime


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` None: nobody has the user name that was typed."""

    id: int
    at: datetime
    username: str
    name: str | None
    unit_name: str | None
    address: str
    way: Literal["password", "link"]
    success: bool


class UnitInUse(Conflict):
    """People, units below it or meetings belong to it."""

    code = "unit-in-use"


class OtherCommune(Conflict):
    """Units and people stay within their commune, for each sees only its own."""

    code = "other-commune"


class UnitBelowItself(Conflict):
    code = "unit-below-itself"


class UnitClosed(Conflict):
    code = "unit-closed"


class UsernameTaken(Conflict):
    code = "username-taken"


class AccountInUse(Conflict):
    """Meetings know this person: the account is closed, not deleted."""

    code = "account-in-use"


class NotYourself(Conflict):
    """Nobody takes his own account away, nor his own role."""

    code = "not-yourself"


class TooManyUnits(Conflict):
    code = "too-many-units"


class BadPeriod(BadRequest):
    code = "bad-period"
