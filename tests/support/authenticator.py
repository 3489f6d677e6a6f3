"""A software passkey: registers and signs as a browser with a platform authenticator would, every part changeable.

Answers are the JSON that the page's script posts. What a test changes (origin, relying party, flags, challenge, handle,
counter) is signed as well, so that only the check under test can refuse it. Spec: WebAuthn Level 3 §6, §7.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

Flag = AuthenticatorData.FLAG
NORMAL = Flag.UP | Flag.UV


@dataclass
class Passkey:
    """One credential. `handle` is whose it is, once registered."""

    party: str = "id.example"
    origin: str = "https://id.example"
    id: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""
    counter: int = 0
    aaguid: bytes = b"\0" * 16
    attest: Callable[[bytes, bytes], tuple[str, dict[str, object]]] = lambda aaguid, signed: ("none", {})
    """(format, statement) for a model and what is signed; see `tests.support.fido`."""

    def register(self, options: str, *, flags: Flag = NORMAL, **changed: object) -> str:
        """Answer PublicKeyCredentialCreationOptions."""
        asked = json.loads(options)
        self.handle = _decoded(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        held = AttestedCredentialData.create(self.aaguid, self.id, public)
        told = self._told("webauthn.create", asked["challenge"], changed)
        told_of = AuthenticatorData.create(self._party_hash(changed), flags | Flag.AT, self.counter, bytes(held))
        attested = AttestationObject.create(*self._attested(told_of, told))
        return self._answer({"clientDataJSON": told, "attestationObject": bytes(attested), "transports": ["internal"]})

    def sign(self, options: str, *, flags: Flag = NORMAL, handle: bytes | None = None, **changed: object) -> str:
        """Answer PublicKeyCredentialRequestOptions. `changed`: challenge, origin, party, type, signature, counter."""
        asked = json.loads(options)
        told = self._told("webauthn.get", asked["challenge"], changed)
        counter = int(str(changed.get("counter", self.counter)))
        known = bytes(AuthenticatorData.create(self._party_hash(changed), flags, counter))
        signature = self.key.sign(known + sha256(told).digest(), ec.ECDSA(SHA256()))
        parts = {
            "clientDataJSON": told,
            "authenticatorData": known,
            "signature": changed.get("signature", signature),
            "userHandle": self.handle if handle is None else handle,
        }
        return self._answer(parts)

    def _attested(self, told_of: AuthenticatorData, told: bytes) -> tuple[str, AuthenticatorData, dict[str, object]]:
        kind, statement = self.attest(self.aaguid, bytes(told_of) + sha256(told).digest())
        return kind, told_of, statement

    def _told(self, kind: str, challenge: str, changed: dict[str, object]) -> bytes:
        return bytes(
            CollectedClientData.create(
                str(changed.get("type", kind)),
                str(changed.get("challenge", challenge)),
                str(changed.get("origin", self.origin)),
            )
        )

    def _party_hash(self, changed: dict[str, object]) -> bytes:
        return sha256(str(changed.get("party", self.party)).encode()).digest()

    def _answer(self, parts: dict[str, object]) -> str:
        own = websafe_encode(self.id)
        response = {name: websafe_encode(part) if isinstance(part, bytes) else part for name, part in parts.items()}
        return json.dumps(
            {"id": own, "rawId": own, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )


def _decoded(text: str) -> bytes:
    return bytes(websafe_decode(text))
