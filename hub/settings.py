"""Every setting, read once from ``PHIEN_*`` at start; each has a default that runs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from hub.calendars.days import BadCalendar, read_calendar
from hub.notices.post import ways_of

PREFIX = "PHIEN_"
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Weight = Annotated[float, msgspec.Meta(ge=0, le=1)]


EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  what --lan binds; a person cannot open it by these names


class BadSettings(Exception):
    """A variable is misspelt or has a value that cannot be used; the message names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One installation's settings. ``None`` for a server means: run the embedded one."""

    data: Path = Path("var")
    host: str = "127.0.0.1"
    port: Port = 8400
    url: str | None = None  # the public address, when a proxy stands in front
    tls_cert: Path | None = None
    tls_key: Path | None = None

    database: str | None = None  # postgresql://…
    redis: str | None = None  # redis://… or unix://…
    mqtt: str | None = None  # mqtt://user:password@host:port
    captions: str | None = None  # ws://host:port/path, a server of the whisper-live protocol
    mqtt_bind: str | None = None  # host:port on which the embedded broker also listens for the room's network
    mqtt_tls_cert: Path | None = None  # TLS on that address
    mqtt_tls_key: Path | None = None
    inference: Path | None = None  # unix socket of the inference process

    embedding_model: Path | None = None  # folder with model.onnx and tokenizer.json
    captions_streams: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    search_meaning: Weight = 0.8  # weight of meaning against words for a query typed with diacritics
    search_meaning_restored: Weight = 0.7  # the same when diacritics had to be restored

    papers: Path | None = None  # folder of files; hubs that share a database share it. None: in the data folder
    clamd: str | None = None  # unix:/path or host:port of the ClamAV daemon that looks at every upload
    soffice: Path | None = None  # LibreOffice; None: the one on PATH

    session_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 12
    log: Literal["text", "json"] = "text"

    notify: str | None = None  # addresses of apprise, each with {email} or {phone} where the person's goes
    calendar: Path | None = None  # folder with years of holidays that replace ours

    @property
    def public_url(self) -> str:
        """Where people open it, without a trailing slash."""
        if self.url:
            return self.url.rstrip("/")
        scheme = "https" if self.tls_cert else "http"
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether people come in by https, so cookies can say Secure."""
        return urlsplit(self.public_url).scheme == "https"


def host_port(bind: str) -> tuple[str, int]:
    """``host:port``, ``[::]:port``. Raises ValueError, which the start turns into a sentence."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  the site asked for the room's network


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """PHIEN_DATABASE=… becomes Settings.database. An empty value counts as not set.

    Raises BadSettings with the variable's name.
    """
    found = {k.removeprefix(PREFIX).lower(): v for k, v in environ.items() if k.startswith(PREFIX) and v}
    if unknown := found.keys() - set(Settings.__struct_fields__):
        raise BadSettings(f"unknown setting {PREFIX}{sorted(unknown)[0].upper()}")
    for name, value in found.items():
        try:
            msgspec.convert({name: value}, Settings, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            raise BadSettings(f"{PREFIX}{name.upper()}: {error}") from None
    settings = msgspec.convert(found, Settings, strict=False, dec_hook=_path)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise BadSettings(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY go together")
    _check_mqtt(settings)
    _check_notices(settings)
    return settings


def _check_notices(settings: Settings) -> None:
    """What is wrong is named, never shown: such an address holds a password."""
    try:
        ways_of(settings.notify)
    except ValueError as error:
        raise BadSettings(f"{PREFIX}NOTIFY: {error}") from None
    try:
        read_calendar(settings.calendar)
    except BadCalendar as error:
        raise BadSettings(f"{PREFIX}CALENDAR: {error}") from None


def _check_mqtt(settings: Settings) -> None:
    """Parsed where they are used; here only so that a wrong one stops the start, not a hub that already serves."""
    if settings.mqtt is not None:
        try:
            parts = urlsplit(settings.mqtt)
            good = parts.scheme in {"mqtt", "mqtts"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise BadSettings(f"{PREFIX}MQTT: expected mqtt://user:password@host:port")
    if (settings.mqtt_tls_cert is None) != (settings.mqtt_tls_key is None):
        raise BadSettings(f"{PREFIX}MQTT_TLS_CERT and {PREFIX}MQTT_TLS_KEY go together")
    if settings.mqtt_tls_cert is not None and settings.mqtt_bind is None:
        raise BadSettings(f"{PREFIX}MQTT_TLS_CERT is for {PREFIX}MQTT_BIND, which is not set")
    if settings.mqtt_bind is not None:
        port = settings.mqtt_bind.rpartition(":")[2]
        if not (port.isdigit() and 0 < int(port) < 65536):
            raise BadSettings(f"{PREFIX}MQTT_BIND: expected host:port")
