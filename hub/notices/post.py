"""The way out of the house: apprise, with one address a person. It runs in threads of its own and is bounded by time.

Addresses and passwords stand in ``PHIEN_NOTIFY``; what apprise writes of them goes to no log. What failed is told by a
word of ours, read from what apprise said.
"""

import asyncio
import contextvars
import logging
import re
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote

import msgspec

from hub.notices.models import Way

Failure = Literal["no-address", "not-set-up", "time-out", "unreachable", "sign-in", "address-refused", "refused"]
AT_ONCE: Final = 4
SECONDS: Final = 60.0
"""For one sending with its enclosures; the sockets below give up sooner."""
PLACES: Final[dict[Way, str]] = {"email": "{email}", "phone": "{phone}"}
_said: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("apprise_said", default=None)


class Enclosure(msgspec.Struct, frozen=True):
    name: str
    media_type: str
    content: bytes


class NotSent(Exception):
    def __init__(self, reason: Failure) -> None:
        super().__init__(reason)
        self.reason: Failure = reason


def ways_of(notify: str | None) -> dict[Way, list[str]]:
    """The addresses of ``PHIEN_NOTIFY`` by what of a person they need. Raises ValueError where one needs nothing: it
    would send what is one person's to everybody's."""
    found: dict[Way, list[str]] = {}
    for url in (notify or "").split():
        named = [way for way, place in PLACES.items() if place in url]
        if len(named) != 1 or "://" not in url:
            raise ValueError("each address needs {email} or {phone}, once")
        found.setdefault(named[0], []).append(url)
    return found


class Post:
    def __init__(self, notify: str | None) -> None:
        self._urls = ways_of(notify)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="post")

    @property
    def ways(self) -> list[Way]:
        return [way for way in PLACES if way in self._urls]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(
        self, way: Way, address: str | None, subject: str, body: str, enclosures: Sequence[Enclosure] = ()
    ) -> None:
        """By the first address of the setting that takes it. Raises NotSent."""
        if way not in self._urls:
            raise NotSent("not-set-up")
        if not address:
            raise NotSent("no-address")
        failure: Failure = "refused"
        for url in self._urls[way]:
            filled = url.replace(PLACES[way], quote(address, safe="@"))
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout(SECONDS):
                    said = await loop.run_in_executor(self._threads, _send, filled, subject, body, tuple(enclosures))
            except TimeoutError:
                failure = "time-out"
                continue
            if said is None:
                return
            failure = said
        raise NotSent(failure)


def _send(url: str, subject: str, body: str, enclosures: Sequence[Enclosure]) -> Failure | None:
    """None where it was taken. In a thread: apprise waits for sockets."""
    _listen()
    _load()
    import apprise
    from apprise.attachment.memory import AttachMemory

    class Enclosed(AttachMemory):
        """Keeps what the type says besides its name: a calendar file without its method is only a file."""

        def __init__(self, one: Enclosure) -> None:
            plain = one.media_type.partition(";")[0]
            super().__init__(content=one.content, name=one.name, mimetype=plain)  # type: ignore[no-untyped-call]
            self._whole = one.media_type

        @property
        def mimetype(self) -> str:
            return self._whole

    lines: list[str] = []
    token = _said.set(lines)
    try:
        sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Phien", app_desc="Phien", async_mode=False))
        if not sender.add(url):
            return "not-set-up"
        enclosed: Any = [Enclosed(one) for one in enclosures] or None
        sent = sender.notify(body=body, title=subject, body_format=apprise.NotifyFormat.TEXT, attach=enclosed)
    finally:
        _said.reset(token)
    return None if sent else failure_of(lines)


_loading = threading.Lock()
_loaded = threading.Event()


def _load() -> None:
    """Once, and only where something is sent: apprise brings a hundred and more services, which it loads with the first
    address. What these say of their own age is not about what is sent."""
    with _loading:
        if _loaded.is_set():
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise

            apprise.Apprise().add("json://localhost")
        _loaded.set()


def failure_of(lines: Sequence[str]) -> Failure:
    said = " ".join(lines).casefold()
    if "timed out" in said or "timeout" in said:
        return "time-out"
    if re.search(r"\b535\b|\b530\b|authentication|unauthorized|\b401\b", said):
        return "sign-in"
    if re.search(r"\(55[0-4]|\b55[0-4]\b|recipient", said):
        return "address-refused"
    if re.search(r"errno|refused|name or service|unreachable|getaddrinfo|connection", said):
        return "unreachable"
    return "refused"


class _Ear(logging.Handler):
    """What apprise says goes to who is sending, and nowhere else: its lines hold addresses."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _said.get()
        if lines is not None and len(lines) < 50:
            lines.append(record.getMessage()[:500])


def _listen() -> None:
    log = logging.getLogger("apprise")
    if not any(isinstance(handler, _Ear) for handler in log.handlers):
        log.handlers[:] = [_Ear()]
        log.setLevel(logging.DEBUG)
        log.propagate = False
