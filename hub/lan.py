"""``phien serve --lan``: HTTPS for the phones of one network, from a local authority of this installation.

Camera, microphone and offline need HTTPS, and no public authority signs a private address. Ours is made once and kept
in the data folder; it can only vouch for private addresses and ``.local`` names, so a stolen key opens no bank.
"""

import io
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.children.process import CannotStart
from hub.folder import write_whole

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=397)  # phones refuse longer ones
RENEW_BEFORE = timedelta(days=30)
BACKDATE = timedelta(days=1)  # a phone's clock may be behind ours
PRIVATE = [
    IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")
]


@dataclass(frozen=True)
class Certificates:
    """Where uvicorn finds the leaf and its key, and the authority that phones install."""

    leaf: Path
    key: Path
    authority: Path


def addresses() -> list[IPv4Address]:
    """This machine's private addresses, the one on the way out first. Connecting a datagram socket sends nothing."""
    found: dict[IPv4Address, None] = {}
    for target in ("198.51.100.1", "192.168.255.254", "10.255.255.254", "172.31.255.254"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
            except OSError:
                continue
            found[IPv4Address(probe.getsockname()[0])] = None
    return [address for address in found if is_private(address) and not address.is_loopback]


def is_private(address: IPv4Address) -> bool:
    return any(address in net for net in PRIVATE)


def choose(wanted: str | None) -> IPv4Address:
    """The address phones will open: the one asked for, else the one on the way out."""
    if wanted:
        try:
            asked = ip_address(wanted)
        except ValueError:
            raise CannotStart(f"{wanted!r} is not an address of this machine, like 192.168.1.20.") from None
        if not isinstance(asked, IPv4Address) or not is_private(asked):
            raise CannotStart(
                f"{wanted} is not a private address: for a public one use PHIEN_TLS_CERT and PHIEN_TLS_KEY."
            )
        return asked
    found = addresses()
    if not found:
        raise CannotStart("this machine has no address on a local network: join one, or name it with --lan ADDRESS.")
    return found[0]


def certificates(folder: Path, names: Sequence[IPv4Address | str], now: datetime | None = None) -> Certificates:
    """The authority of this folder and a leaf for ``names``; made when missing, short of time, or for other names."""
    now = now or datetime.now(UTC)
    made = Certificates(folder / "hub.pem", folder / "hub.key", folder / "authority.pem")
    authority, authority_key = _authority(folder, now)
    alternatives: list[x509.GeneralName] = [
        x509.IPAddress(name) if isinstance(name, IPv4Address) else x509.DNSName(name) for name in names
    ]
    if _still_good(made.leaf, authority, alternatives, now):
        return made
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Phiên")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + LEAF_LIFE - BACKDATE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_whole(made.key, _pem_of(key))
    write_whole(made.leaf, leaf.public_bytes(serialization.Encoding.PEM), 0o644)
    return made


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    where, key_where = folder / "authority.pem", folder / "authority.key"
    if where.exists() and key_where.exists():
        known = x509.load_pem_x509_certificate(where.read_bytes())
        key = serialization.load_pem_private_key(key_where.read_bytes(), password=None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and known.not_valid_after_utc > now + LEAF_LIFE:
            return known, key
    fresh = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Phiên {socket.gethostname()[:40]} {now:%Y-%m-%d}")])
    permitted = [x509.IPAddress(net) for net in PRIVATE] + [x509.DNSName("local"), x509.DNSName("localhost")]
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(fresh.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(fresh.public_key()), critical=False)
        .sign(fresh, hashes.SHA256())
    )
    write_whole(key_where, _pem_of(fresh))
    write_whole(where, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made, fresh


def _still_good(
    leaf: Path, authority: x509.Certificate, alternatives: Sequence[x509.GeneralName], now: datetime
) -> bool:
    if not leaf.exists() or not leaf.with_suffix(".key").exists():
        return False
    known = x509.load_pem_x509_certificate(leaf.read_bytes())
    named = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    by_it = known.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    its = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.key_identifier
    return by_it == its and set(named) >= set(alternatives) and known.not_valid_after_utc > now + RENEW_BEFORE


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def terminal_qr(address: str) -> str:
    drawn = io.StringIO()
    segno.make(address, error="m").terminal(out=drawn, compact=True)
    return drawn.getvalue()


def download(authority: Path) -> bytes:
    """What a phone installs: DER, which every system reads."""
    return ssl.PEM_cert_to_DER_cert(authority.read_text("ascii"))
