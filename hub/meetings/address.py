"""Where a phone opens a meeting: the address people use, not the one this screen happens to have."""

from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from hub.meetings.models import MeetingAddress
from hub.qr import qr_svg
from hub.settings import Settings


def address_of(settings: Settings, asked_at: str, meeting_id: UUID) -> MeetingAddress:
    """``asked_at`` is the base address of the request: it serves where the hub's own is good on this machine only.

    Where both are, no phone can come, and there is no QR.
    """
    for base in (settings.public_url, asked_at.rstrip("/")):
        if not _only_here(base):
            url = f"{base}/hop/{meeting_id}"
            return MeetingAddress(url=url, svg=qr_svg(url))
    return MeetingAddress(url=None, svg=None)


def _only_here(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("", "localhost") or host.endswith(".localhost")
