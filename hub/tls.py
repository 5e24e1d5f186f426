"""TLS of the site's own certificates, read the same way wherever the hub listens."""

import ssl
from pathlib import Path


def tls_context(cert: Path, key: Path) -> ssl.SSLContext:
    """For a server. Raises OSError or ssl.SSLError for files that are not there, or do not belong together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(cert, key)
    return context
