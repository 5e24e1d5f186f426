"""The sample as it is written in the TOML files of this folder: people, units, meetings. Everybody in it is invented.

Dates are told in days before the day the sample is made; the numbers of its decisions stay as they are written,
because `bench/search` asks for them.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

import msgspec

from hub.agenda.models import ItemKind, Secrecy
from hub.meetings.models import MeetingKind, State

Clock = Annotated[str, msgspec.Meta(pattern=r"^[0-2]\d:[0-5]\d$")]
Delegates = list[str] | Literal["deputies"]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``item`` counts from 1."""

    speaker: str
    item: int
    text: str


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    presenter: str
    minutes: int
    kind: ItemKind
    conclusion: str = ""
    secrecy: Secrecy = "none"


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``number`` is empty while it is a draft. ``item`` counts from 1. ``drafters`` write it beside the secretary."""

    title: str
    number: str = ""
    item: int
    drafters: list[str] = []
    grounds: list[str]
    articles: list[str]


class SampleMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """``delegates = "deputies"`` are all deputies but the chair; ``absent`` were invited and did not come."""

    duration: int
    kind: MeetingKind
    title: str
    unit: str
    place: str
    chair: str
    secretary: str = "duc.le"
    delegates: Delegates
    guests: list[str] = []
    agenda: list[Item]
    resolution: Resolution | None = None


class PastMeeting(SampleMeeting, frozen=True, forbid_unknown_fields=True, kw_only=True):
    days_ago: int
    starts: Clock
    minutes: str
    absent: list[str] = []
    transcript: list[Said] = []


class ComingMeeting(SampleMeeting, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Begins ``in_minutes`` from now, or ``in_days`` from today at ``starts``."""

    slug: str
    state: State
    in_minutes: int | None = None
    in_days: int = 0
    starts: Clock = "08:00"


class SamplePerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    name: str
    position: str
    unit: str
    role: str = "member"
    deputy: bool = False


class SampleUnit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    name: str
    kind: str
    parent: str | None = None


class SampleRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    name: str
    unit: str


class _Files(msgspec.Struct, forbid_unknown_fields=True):
    unit: list[SampleUnit] = []
    room: list[SampleRoom] = []
    person: list[SamplePerson] = []
    meeting: list[ComingMeeting] = []


T = TypeVar("T")


def _read(name: str, type_: type[T]) -> T:
    return msgspec.toml.decode((files("hub.sample") / name).read_bytes(), type=type_)


def sample_units() -> list[SampleUnit]:
    """Parents before children."""
    return _read("units.toml", _Files).unit


def sample_rooms() -> list[SampleRoom]:
    return _read("units.toml", _Files).room


def sample_people() -> list[SamplePerson]:
    return _read("people.toml", _Files).person


def coming_meetings() -> list[ComingMeeting]:
    """The first is the one about to begin."""
    return _read("coming.toml", _Files).meeting


def past_meetings() -> Iterator[tuple[str, PastMeeting]]:
    """(slug, meeting), the oldest first. The slug is the file's name, ``NN-subject``."""
    folder = files("hub.sample") / "meetings"
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")):
        yield name.removesuffix(".toml"), _read(f"meetings/{name}", PastMeeting)
