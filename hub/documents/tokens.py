"""A token that opens one document for one person with one right: for Yjs clients that are not a signed-in browser."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from hub.documents.models import DocumentToken
from hub.installation import Installation

LIFE = timedelta(minutes=10)  # to open; what is open goes on while the person's own right lasts
RIGHTS: tuple[Literal["read", "write"], ...] = ("read", "write")
BODY_BYTES = 16 + 16 + 1 + 8


def issue(
    installation: Installation, document_id: UUID, user_id: UUID, right: Literal["read", "write"], now: datetime
) -> DocumentToken:
    expires = (now + LIFE).replace(microsecond=0)
    body = (
        document_id.bytes + user_id.bytes + bytes([RIGHTS.index(right)]) + int(expires.timestamp()).to_bytes(8, "big")
    )
    return DocumentToken(
        base64.urlsafe_b64encode(body + _seal(installation, body)).decode().rstrip("="), right, expires
    )


def read(
    installation: Installation, token: str, document_id: UUID, now: datetime
) -> tuple[UUID, Literal["read", "write"]] | None:
    """Whose it is and with which right; None for any other document, too late, or not ours."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    body, seal = raw[:BODY_BYTES], raw[BODY_BYTES:]
    if len(body) != BODY_BYTES or not hmac.compare_digest(seal, _seal(installation, body)):
        return None
    if body[:16] != document_id.bytes or now > datetime.fromtimestamp(int.from_bytes(body[33:], "big"), UTC):
        return None
    return UUID(bytes=body[16:32]), RIGHTS[body[32]]


def _seal(installation: Installation, body: bytes) -> bytes:
    return hmac.digest(installation.key("document-token"), body, "sha256")
