"""Check-in codes: who, for which meeting, on which day, signed with the installation's secret. Pure.

A code is worth one day. The QR says everything and carries 80 bits of signature; the typed form is 40 bits of it,
found by trying the people of the meeting, so it is only for the secretary's hand and slowed down when wrong.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import msgspec

VIETNAM = timezone(timedelta(hours=7))  # the one time of the country since 1975; a day of a meeting is a day there
PREFIX = "PHIEN1."
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_QR_BYTES, _TYPED_BYTES = 10, 5
_EPOCH = date(2020, 1, 1)
DOORS = timedelta(hours=3)  # before the beginning: from then on people come in


class Scanned(msgspec.Struct, frozen=True):
    """What a true QR says."""

    meeting_id: UUID
    user_id: UUID
    day: date


def day_of(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def code_day(starts_at: datetime, now: datetime) -> date:
    """The day a code shown now is good for: the meeting's first day until then, afterwards today."""
    return max(day_of(starts_at), day_of(now))


def desk_day(starts_at: datetime, now: datetime) -> date:
    """The day whose codes the desk takes now. The doors of a sitting just after midnight open the evening before."""
    return code_day(starts_at, now) if starts_at - now <= DOORS else day_of(now)


def qr_code(key: bytes, meeting_id: UUID, user_id: UUID, day: date) -> str:
    said = meeting_id.bytes + user_id.bytes + (day - _EPOCH).days.to_bytes(2, "big")
    return PREFIX + base64.urlsafe_b64encode(said + _sign(key, said)[:_QR_BYTES]).decode().rstrip("=")


def read_qr(key: bytes, code: str) -> Scanned | None:
    """None unless this installation signed it."""
    if not code.startswith(PREFIX):
        return None
    body = code.removeprefix(PREFIX)
    try:
        whole = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, signature = whole[:34], whole[34:]
    if len(whole) != 34 + _QR_BYTES or not hmac.compare_digest(signature, _sign(key, said)[:_QR_BYTES]):
        return None
    day = _EPOCH + timedelta(days=int.from_bytes(said[32:], "big"))
    return Scanned(UUID(bytes=said[:16]), UUID(bytes=said[16:32]), day)


def typed_code(key: bytes, meeting_id: UUID, user_id: UUID, day: date) -> str:
    """Eight letters and digits in two groups, as they are read out."""
    said = b"typed" + meeting_id.bytes + user_id.bytes + (day - _EPOCH).days.to_bytes(2, "big")
    number = int.from_bytes(_sign(key, said)[:_TYPED_BYTES], "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def plain(code: str) -> str:
    """What was typed, without spaces, case and misread letters."""
    return "".join(c for c in code.upper().translate(_MISREAD) if c in _ALPHABET)


def whose(key: bytes, code: str, meeting_id: UUID, people: Iterable[UUID], day: date) -> UUID | None:
    """Whose typed code this is on that day."""
    wanted = plain(code)
    if len(wanted) != 8:
        return None
    for user_id in people:
        if hmac.compare_digest(plain(typed_code(key, meeting_id, user_id, day)), wanted):
            return user_id
    return None


def _sign(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
