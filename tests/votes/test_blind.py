"""Blind signatures as RFC 9474 has them."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hub.votes import blind
from tests.votes import rfc9474
from tests.votes.blind_client import Blinding


@pytest.fixture(scope="module")
def rfc_key() -> rsa.RSAPrivateKey:
    p, q, e = rfc9474.P, rfc9474.Q, rfc9474.E
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


def test_the_vector_of_the_rfc(rfc_key: rsa.RSAPrivateKey) -> None:
    """The signature is the RFC's only if the blinded message and the blind signature are: each follows from it."""
    public = rfc_key.public_key()
    blinding = Blinding(public.public_numbers(), rfc9474.MESSAGE, rfc9474.INVERSE, rfc9474.SALT)

    signature = blinding.unblind(blind.blind_sign(rfc_key, blinding.blinded))

    assert signature == rfc9474.SIGNATURE
    assert blind.verify(public, rfc9474.MESSAGE, signature)


def test_a_key_of_our_own_signs_and_verifies_and_nothing_else_does() -> None:
    key = blind.new_key()
    public = blind.read_public(blind.public_pem(key))
    blinding = Blinding(public.public_numbers(), b"p" * 32 + b"paper")

    signature = blinding.unblind(blind.blind_sign(blind.read_private(blind.private_der(key)), blinding.blinded))

    assert blind.verify(public, b"p" * 32 + b"paper", signature)
    assert not blind.verify(public, b"p" * 32 + b"other", signature)
    assert not blind.verify(blind.new_key().public_key(), b"p" * 32 + b"paper", signature)


@pytest.mark.parametrize("wrong", [b"", b"\xff" * 256, b"\x01" * 255, b"\x01" * 257])
def test_what_is_no_number_of_the_key_is_not_signed(wrong: bytes) -> None:
    with pytest.raises(blind.BadBlinded):
        blind.blind_sign(blind.new_key(), wrong)


def test_the_same_paper_blinded_twice_has_nothing_in_common() -> None:
    numbers = blind.new_key().public_key().public_numbers()

    first, second = Blinding(numbers, b"paper"), Blinding(numbers, b"paper")

    assert first.blinded != second.blinded
