"""A passkey in software, for the story that has no screen. What a browser and its authenticator would send.

Spec: WebAuthn Level 3 §6.1 (authenticator data), §6.5 (attestation object, format none), §7. Not for anybody's real
keys: the private key lives in this object.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
AAGUID = bytes(16)


class Passkey:
    """One resident, user-verified, device-bound credential for one site."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.handle = b""
        self.counter = 0

    def create(self, options: str) -> str:
        """Answer to PublicKeyCredentialCreationOptions (JSON), as JSON."""
        wanted = json.loads(options)
        self.handle = _bytes(wanted["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = AAGUID + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attestation = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": self._signed(wanted["rp"]["id"], AT) + credential}
        )
        answer = {"attestationObject": _text(attestation), "transports": ["internal"]}
        return self._answer("webauthn.create", wanted["challenge"], answer)

    def get(self, options: str) -> str:
        """Answer to PublicKeyCredentialRequestOptions (JSON), as JSON."""
        wanted = json.loads(options)
        self.counter += 1
        data = self._signed(wanted["rpId"], 0)
        client = _client_json("webauthn.get", wanted["challenge"], self.origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"authenticatorData": _text(data), "signature": _text(signature), "userHandle": _text(self.handle)}
        return self._answer("webauthn.get", wanted["challenge"], answer)

    def _signed(self, rp_id: str, flags: int) -> bytes:
        known = hashlib.sha256(rp_id.encode()).digest()
        return known + bytes([UP | UV | flags]) + self.counter.to_bytes(4, "big")

    def _answer(self, kind: str, challenge: str, answer: Mapping[str, object]) -> str:
        client = _client_json(kind, challenge, self.origin)
        return json.dumps(
            {
                "id": _text(self.id),
                "rawId": _text(self.id),
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "clientExtensionResults": {},
                "response": {"clientDataJSON": _text(client), **answer},
            }
        )


def _client_json(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
