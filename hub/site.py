"""What a site named in its settings, tried before anything is started: each fault is one sentence, not a traceback."""

import errno
import socket
import ssl
from collections.abc import Callable

from hub.children.process import CannotStart
from hub.settings import Settings, host_port
from hub.tls import tls_context

Say = Callable[[str], None]


def check_site(settings: Settings, tell: Say) -> None:
    """Certificates, the broker's address for the room, the model of meaning. Raises CannotStart."""
    for setting, cert, key in (
        ("PHIEN_TLS", settings.tls_cert, settings.tls_key),
        ("PHIEN_MQTT_TLS", settings.mqtt_tls_cert, settings.mqtt_tls_key),
    ):
        if cert is not None and key is not None:
            try:
                tls_context(cert, key)
            except (OSError, ssl.SSLError) as error:
                why = error.strerror or getattr(error, "reason", None) or error
                raise CannotStart(f"{setting}_CERT and {setting}_KEY cannot be used: {why}.") from None
    if settings.mqtt is None and settings.mqtt_bind is not None:
        host, port = host_port(settings.mqtt_bind)
        open_door(host, port, "PHIEN_MQTT_BIND").close()
    if settings.embedding_model is not None:
        from ai.embeddings.manifest import WeightsBroken, WeightsMissing
        from ai.embeddings.store import Store

        try:
            Store(settings.data, settings.embedding_model).glance()
        except WeightsBroken as error:
            raise CannotStart(f"PHIEN_EMBEDDING_MODEL: {error}.") from None
        except WeightsMissing as error:  # a disk that is not there yet: meetings go on, and search by words
            tell(f"PHIEN_EMBEDDING_MODEL: {error}; search goes on by words.")


def open_door(host: str, port: int, setting: str = "PHIEN_PORT") -> socket.socket:
    """Bound before anything is started, so that a port in use is said at once; it listens when the hub is ready."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"port {port} is in use: stop what uses it, or choose another with {setting}.") from None
        raise CannotStart(f"cannot listen on {host}:{port} ({setting}): {error.strerror}.") from None
    except OverflowError:
        door.close()
        raise CannotStart(f"{port} is no port: choose one from 1 to 65535 with {setting}.") from None
    return door
