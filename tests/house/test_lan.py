"""A phone on the same network: an authority made here, an address it can trust, and a page that explains."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from cryptography import x509

from hub import lan
from hub.children.process import CannotStart
from tests.house.installation import Installation

NAMES: list[IPv4Address | str] = [IPv4Address("192.168.7.20"), IPv4Address("127.0.0.1"), "localhost"]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_the_same_certificate_serves_until_it_is_short_of_time(tmp_path: Path) -> None:
    first = lan.certificates(tmp_path, NAMES, NOW).leaf.read_bytes()

    assert lan.certificates(tmp_path, NAMES, NOW + timedelta(days=300)).leaf.read_bytes() == first
    assert lan.certificates(tmp_path, NAMES, NOW + timedelta(days=390)).leaf.read_bytes() != first


def test_a_new_address_gets_a_new_certificate_from_the_same_authority(tmp_path: Path) -> None:
    before = lan.certificates(tmp_path, NAMES, NOW)
    first, authority = before.leaf.read_bytes(), before.authority.read_bytes()

    after = lan.certificates(tmp_path, [*NAMES, IPv4Address("10.1.2.3")], NOW)

    assert after.leaf.read_bytes() != first
    assert after.authority.read_bytes() == authority


def test_a_certificate_lives_no_longer_than_phones_allow(tmp_path: Path) -> None:
    made = x509.load_pem_x509_certificate(lan.certificates(tmp_path, NAMES, NOW).leaf.read_bytes())

    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)


def test_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    lan.certificates(tmp_path, NAMES, NOW)

    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}


def test_the_authority_cannot_vouch_for_a_site_of_the_internet(tmp_path: Path) -> None:
    made = lan.certificates(tmp_path, ["phien.example"])  # signed by a thief of the key, say

    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(made, "phien.example")


def test_a_phone_that_installed_the_authority_trusts_the_hub(tmp_path: Path) -> None:
    made = lan.certificates(tmp_path, NAMES)

    shake_hands(made, "192.168.7.20")
    shake_hands(made, "localhost")


def shake_hands(made: lan.Certificates, name: str) -> None:
    """A whole TLS handshake in memory, verified as a client does."""
    server_side, client_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    server_side.load_cert_chain(made.leaf, made.key)
    client_side.load_verify_locations(made.authority)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    done = set[ssl.SSLObject]()
    while len(done) < 2:
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize("wanted", ["8.8.8.8", "phien.vn", "::1"])
def test_only_a_private_address_of_this_machine_can_be_named(wanted: str) -> None:
    with pytest.raises(CannotStart):
        lan.choose(wanted)


@pytest.mark.slow
def test_serve_lan_speaks_https_and_shows_where_phones_begin() -> None:
    with TemporaryDirectory(prefix="phien-lan-") as folder:
        Path(folder).chmod(0o755)
        with Installation(Path(folder) / "data", "serve", "--empty", "--lan", "127.0.0.1") as house:
            begin = next(line for line in house.said.splitlines() if "authority" in line).rsplit(" ", 1)[1]
            trusted = ssl.create_default_context(cadata=httpx.get(begin + "phien.crt").content)

            assert house.running.url.startswith("https://127.0.0.1:")
            assert httpx.get(house.running.url + "/healthz", verify=trusted).json() == {"status": "alive"}
            assert house.running.url in httpx.get(begin).text
            assert httpx.get(begin + "authority.key").status_code == 404
            assert "█" in house.said or "▀" in house.said  # the QR
