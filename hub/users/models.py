"""The words of people and of signing in."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from hub.errors import Forbidden, NotFound, NotSignedIn, TooMany

Role = Literal["system_admin", "unit_admin", "member"]
ExtraRight = Literal["convene", "catalogues"]  # beside those of the role: prepare meetings, keep the catalogues


class UnitName(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. Every handler that is not public takes it."""

    id: UUID
    username: str
    name: str
    position: str
    role: Role
    unit: UnitName
    rights: list[ExtraRight] = []

    @property
    def unit_id(self) -> UUID:
        return self.unit.id


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    username: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class NewOwnPassword(msgspec.Struct, forbid_unknown_fields=True):
    """``old`` is asked for where there is one."""

    new: Annotated[str, msgspec.Meta(min_length=10, max_length=1000)]
    old: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class OwnAccount(msgspec.Struct, frozen=True):
    has_password: bool


class Guest(msgspec.Struct, frozen=True):
    """Whom a sign-in link would let in, shown before it is spent."""

    name: str
    position: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    position: str
    unit_id: UUID
    unit_name: str


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    parent_id: UUID | None
    name: str
    kind: str


class WrongCredentials(NotSignedIn):
    """Says neither whether the name exists nor whether only the password was wrong."""

    code = "wrong-credentials"


class WrongOldPassword(Forbidden):
    code = "wrong-old-password"


class TooManyAttempts(TooMany):
    code = "too-many-attempts"


class LinkSpent(NotFound):
    """Unknown, spent and expired links answer alike."""

    code = "link-spent"
