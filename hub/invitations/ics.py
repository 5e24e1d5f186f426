"""An invitation as a calendar file (RFC 5545, RFC 5546): asked for an answer, changed under a higher number, cancelled.

Vietnam has had one zone without summer time since 1975, so the zone is written out in full and no table is needed.
"""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from hub.exports.letterhead import VIETNAM

Method = Literal["REQUEST", "CANCEL"]
LINE_OCTETS: Final = 75
ZONE: Final = "Asia/Ho_Chi_Minh"
_ZONE_LINES: Final = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0700",
    "TZOFFSETTO:+0700",
    "TZNAME:+07",
    "END:STANDARD",
    "END:VTIMEZONE",
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    meeting_id: UUID
    sequence: int
    made_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    words: str
    url: str
    organiser: str
    """Of the body; its address is nobody's mailbox: answers are given in the app."""
    host: str
    attendee: str
    attendee_email: str
    urgent: bool = False


def calendar_file(entry: Entry, method: Method) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Phien//Giay moi//VI",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *_ZONE_LINES,
        "BEGIN:VEVENT",
        f"UID:{entry.meeting_id}@{entry.host}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{entry.made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={ZONE}:{entry.starts_at.astimezone(VIETNAM):%Y%m%dT%H%M%S}",
        f"DTEND;TZID={ZONE}:{entry.ends_at.astimezone(VIETNAM):%Y%m%dT%H%M%S}",
        f"SUMMARY:{escaped(entry.title)}",
        f"LOCATION:{escaped(entry.place)}",
        f"DESCRIPTION:{escaped(entry.words)}",
        f"URL:{entry.url}",
        f"ORGANIZER;CN={quoted(entry.organiser)}:mailto:khong-tra-loi@{entry.host}",
        f"ATTENDEE;CN={quoted(entry.attendee)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"
        + entry.attendee_email,
        f"PRIORITY:{1 if entry.urgent else 5}",
        f"STATUS:{'CANCELLED' if method == 'CANCEL' else 'CONFIRMED'}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """TEXT of section 3.3.11: no control character but the new line, which is written out."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\r", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return _printable(text)


def quoted(text: str) -> str:
    """A parameter's value, section 3.2: it knows no escape, so a quotation mark becomes an apostrophe."""
    return f'"{_printable(" ".join(text.split())).replace(chr(34), chr(39))}"'


def folded(line: str) -> bytes:
    """At most 75 octets a line, and never cut inside a letter: an accented one has up to three."""
    out, room, part = [], LINE_OCTETS, bytearray()
    for letter in line:
        octets = letter.encode()
        if len(part) + len(octets) > room:
            out.append(bytes(part))
            part, room = bytearray(), LINE_OCTETS - 1  # the space that continues it counts
        part += octets
    out.append(bytes(part))
    return b"\r\n ".join(out) + b"\r\n"


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter == "\t" or (ord(letter) >= 32 and ord(letter) != 127))
