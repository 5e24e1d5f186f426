"""The words of administering rooms and their devices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from hub.errors import BadRequest, Conflict

RoomTitle = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
AccountName = Annotated[str, msgspec.Meta(max_length=100)]
Username = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_-]{1,59}$")]
# A root stands for itself and everything below it; wildcards and the broker's own topics are none.
Root = Annotated[str, msgspec.Meta(pattern="^[^+#$/\\s][^+#]{0,98}[^+#/\\s]$", max_length=100)]


class DeviceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """``simulated``: of the room's own simulator, which makes it anew at each start."""

    username: str
    name: str
    roots: list[str]
    bridge: bool
    simulated: bool
    made_at: datetime | None


class KitDevice(msgspec.Struct, frozen=True, kw_only=True):
    """``account`` is the user name it came by; ``seat``: where a microphone unit stands, where somebody said it."""

    id: UUID
    kind: str
    name: str
    account: str
    available: bool
    value_at: datetime | None
    seat: str | None


class DeviceSeat(msgspec.Struct, forbid_unknown_fields=True):
    """Null: its name says it, or nobody does."""

    seat: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] | None


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room's device connects. ``address`` None: only this machine reaches the broker.

    ``ours``: the hub's accounts are the broker's. An outside one has to be told of them by who keeps it.
    """

    address: str | None
    tls: bool
    ours: bool


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    i_may_bridge: bool
    broker: Broker
    accounts: list[DeviceAccount]
    devices: list[KitDevice]


class NewRoom(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    unit_id: UUID
    name: RoomTitle


class RenamedRoom(msgspec.Struct, forbid_unknown_fields=True):
    name: RoomTitle


class NewAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``under``: where its topics are, its user name unless given. ``bridge``: it announces devices under names of
    their own.
    """

    username: Username
    name: AccountName = ""
    under: Annotated[list[Root], msgspec.Meta(max_length=20)] = []
    bridge: bool = False


class RenamedAccount(msgspec.Struct, forbid_unknown_fields=True):
    name: AccountName


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Shown this once: only its hash is kept."""

    username: str
    password: str
    roots: list[str]
    broker: Broker


class AccountExists(Conflict):
    """The user name is somebody's, or could be mistaken for one in discovery topics."""

    code = "account-exists"


class TopicTaken(Conflict):
    """Devices of another room speak there: nobody announces, reads or answers for them."""

    code = "topic-taken"


class TopicReserved(BadRequest):
    """Discovery topics belong to every device."""

    code = "topic-reserved"


class TooManyAccounts(Conflict):
    code = "too-many-accounts"


class TooManyRooms(Conflict):
    code = "too-many-rooms"


class DeviceHere(Conflict):
    """It answers: take it off the network first."""

    code = "device-here"
