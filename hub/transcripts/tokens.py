"""A token that opens one meeting's microphone for one person: for sound that does not come from a signed-in browser."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.installation import Installation
from hub.transcripts.models import MicrophoneToken

LIFE = timedelta(minutes=10)  # to open; what is open goes on while the right lasts


def issue(installation: Installation, meeting_id: UUID, user_id: UUID, now: datetime) -> MicrophoneToken:
    expires = now + LIFE
    body = meeting_id.bytes + user_id.bytes + int(expires.timestamp()).to_bytes(8, "big")
    token = base64.urlsafe_b64encode(body + _seal(installation, body)).decode()
    return MicrophoneToken(token, expires)


def read(installation: Installation, token: str, meeting_id: UUID, now: datetime) -> UUID | None:
    """Whose it is; None for any other meeting, too late, or not ours."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        return None
    body, seal = raw[:40], raw[40:]
    if len(body) != 40 or not hmac.compare_digest(seal, _seal(installation, body)):
        return None
    expires = datetime.fromtimestamp(int.from_bytes(body[32:], "big"), UTC)
    return UUID(bytes=body[16:32]) if body[:16] == meeting_id.bytes and now <= expires else None


def _seal(installation: Installation, body: bytes) -> bytes:
    return hmac.digest(installation.key("microphone"), body, "sha256")
