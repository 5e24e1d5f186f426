"""A voter's side of RFC 9474 in plain arithmetic, for tests: nothing of the hub's is used to check the hub."""

import base64
import hashlib
import json
import secrets
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def mgf1(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.sha384(seed + n.to_bytes(4, "big")).digest() for n in range(-(-length // 48)))
    return b"".join(blocks)[:length]


def pss_encode(message: bytes, bits: int, salt: bytes) -> bytes:
    size = -(-bits // 8)
    digest = hashlib.sha384(b"\0" * 8 + hashlib.sha384(message).digest() + salt).digest()
    block = b"\0" * (size - len(salt) - 48 - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, mgf1(digest, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"


class Blinding:
    """One message under one public key: ``blinded`` goes to the signer, ``unblind`` makes his answer a signature."""

    def __init__(
        self, numbers: rsa.RSAPublicNumbers, message: bytes, inverse: int | None = None, salt: bytes | None = None
    ) -> None:
        n = numbers.n
        self.n, self.size, self.message = n, -(-n.bit_length() // 8), message
        encoded = pss_encode(message, n.bit_length() - 1, salt if salt is not None else secrets.token_bytes(48))
        self.inverse = inverse if inverse is not None else secrets.randbelow(n - 2) + 2
        factor = pow(self.inverse, -1, n)
        self.blinded = (int.from_bytes(encoded, "big") * pow(factor, numbers.e, n) % n).to_bytes(self.size, "big")

    def unblind(self, answer: bytes) -> bytes:
        return (int.from_bytes(answer, "big") * self.inverse % self.n).to_bytes(self.size, "big")


class SecretVoter:
    """Somebody with a browser, in a secret vote."""

    def __init__(self, person: Any, vote: dict[str, Any], choice: list[str]) -> None:
        self.person, self.vote_id, self.choice = person, vote["id"], choice
        key = load_pem_public_key(vote["public_key"].encode())
        assert isinstance(key, rsa.RSAPublicKey)
        written = {"vote": self.vote_id, "choice": choice, "nonce": uuid4().hex}
        message = secrets.token_bytes(32) + json.dumps(written).encode()
        self.blinding = Blinding(key.public_numbers(), message)
        self.signature = b""

    @property
    def receipt(self) -> str:
        letters = hashlib.sha256(self.blinding.message).hexdigest()[:16].upper()
        return "-".join(letters[at : at + 4] for at in range(0, 16, 4))

    async def take(self) -> Any:
        """Phát ra."""
        blinded = base64.b64encode(self.blinding.blinded).decode()
        answer = await self.person.post(f"/api/votes/{self.vote_id}/signature", {"blinded": blinded})
        if answer.status_code == 200:
            self.signature = self.blinding.unblind(base64.b64decode(answer.json()["signature"]))
        return answer

    async def drop(self, http: Any) -> Any:
        """Thu về: ``http`` knows no session."""
        paper = {"message": self.blinding.message, "signature": self.signature}
        body = {name: base64.b64encode(value).decode() for name, value in paper.items()}
        return await http.post(f"/api/votes/{self.vote_id}/papers", json=body)
