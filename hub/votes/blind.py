"""Blind signatures, RSABSSA-SHA384-PSS-Randomized of RFC 9474: the signer signs what it cannot read.

The key pair is ``cryptography``'s; raw RSA, which it rightly does not offer, is one modular power here.
"""

import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BITS: Final = 2048  # the key lives for minutes; the box it signed is held by the meeting's chain afterwards
SALT_BYTES: Final = 48
PREFIX_BYTES: Final = 32


class BadBlinded(ValueError):
    """Not a number this key can sign."""


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def private_der(key: rsa.RSAPrivateKey) -> bytes:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, pkcs8, plain)


def read_private(der: bytes) -> rsa.RSAPrivateKey:
    # A key made here is not proved to be prime again for each paper, which takes 50 ms; what it signs is checked.
    key = serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def read_public(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def key_hash(pem: str) -> str:
    """Told when the vote is opened, so that nobody can be given a key of his own."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(read_public(pem).public_bytes(serialization.Encoding.DER, spki)).hexdigest()


def blind_sign(key: rsa.RSAPrivateKey, blinded: bytes) -> bytes:
    """RFC 9474 §4.3. The power is taken of a randomized number, so that its time says nothing of the key."""
    numbers = key.private_numbers()
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    size = (n.bit_length() + 7) // 8
    m = int.from_bytes(blinded, "big")
    if len(blinded) != size or m >= n:
        raise BadBlinded
    r = secrets.randbelow(n - 2) + 2
    hidden = m * pow(r, e, n) % n
    first, second = pow(hidden, numbers.dmp1, numbers.p), pow(hidden, numbers.dmq1, numbers.q)
    power = second + numbers.q * (numbers.iqmp * (first - second) % numbers.p)
    s = power * pow(r, -1, n) % n
    if pow(s, e, n) != m:
        raise BadBlinded
    return s.to_bytes(size, "big")


def verify(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    """``message`` as it was prepared: its random prefix included."""
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=SALT_BYTES)
    try:
        key.verify(signature, message, pss, hashes.SHA384())
    except InvalidSignature:
        return False
    return True
