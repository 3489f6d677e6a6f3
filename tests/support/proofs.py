"""What a client makes to prove itself: keys, signed assertions, DPoP proofs, certificates.

The other side of our checks, so nothing of ours that checks is used to make them.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.tokens import ISSUER

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int, octets: int = 0) -> str:
    return b64(value.to_bytes(octets or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A private key that signs JWTs by one algorithm."""

    def __init__(self, alg: str = "ES256", kid: str | None = None) -> None:
        self.alg, self.kid = alg, kid
        self.private: Any
        if alg == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        elif alg == "EdDSA":
            self.private = Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    @property
    def jwk(self) -> dict[str, Any]:
        public = self.private.public_key()
        if self.alg == "ES256":
            numbers = public.public_numbers()
            found = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        elif self.alg == "EdDSA":
            found = {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes_raw())}
        else:
            found = {"kty": "RSA", "n": number(public.public_numbers().n), "e": "AQAB"}
        return found | ({"kid": self.kid} if self.kid else {})

    @property
    def thumbprint(self) -> str:
        members = {name: value for name, value in sorted(self.jwk.items()) if name not in ("kid",)}
        return b64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(self.raw(text.encode(), header.get('alg', self.alg)))}"

    def raw(self, signed: bytes, alg: str) -> bytes:
        if self.alg == "ES256":
            r, s = decode_dss_signature(self.private.sign(signed, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if self.alg == "EdDSA":
            return bytes(self.private.sign(signed))
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if alg == "PS256" else padding.PKCS1v15()
        return bytes(self.private.sign(signed, scheme, hashes.SHA256()))


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """A change to None leaves the member out."""
    return {name: value for name, value in values.items() if value is not None}


def assertion(key: Key, client_id: str, now: datetime, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A client assertion; `changes` are claims, None leaves one out."""
    at = int(now.timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "jti": secrets.token_hex(8), "iat": at, "exp": at + 60}
    head = without_none({"alg": key.alg, "kid": key.kid} | (header or {}))
    return key.sign(head, without_none(claims | changes))


def shared_assertion(secret: str, client_id: str, now: datetime, alg: str = "HS256", **changes: Any) -> str:
    at = int(now.timestamp())
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "jti": secrets.token_hex(8), "exp": at + 60}
    said = b64(json.dumps(without_none(claims | changes)).encode())
    text = f"{b64(json.dumps({'alg': alg}).encode())}.{said}"
    return f"{text}.{b64(hmac.digest(secret.encode(), text.encode(), 'sha' + alg[2:]))}"


def asserted(token: str) -> dict[str, str]:
    return {"client_assertion": token, "client_assertion_type": ASSERTION_TYPE}


def proof(
    key: Key, method: str, url: str, now: datetime, *, token: str | None = None, header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:  # fmt: skip
    """A DPoP proof; `changes` are claims, `header` its members, None leaves one out."""
    claims: dict[str, Any] = {"jti": secrets.token_hex(8), "htm": method, "htu": url, "iat": int(now.timestamp())}
    if token is not None:
        claims["ath"] = b64(hashlib.sha256(token.encode()).digest())
    head = {"typ": "dpop+jwt", "alg": key.alg, "jwk": key.jwk} | (header or {})
    return key.sign(without_none(head), without_none(claims | changes))


def certificate(
    key: Key, now: datetime, subject: str = "robot", *, san: list[x509.GeneralName] | None = None, issuer: str = "CA"
) -> x509.Certificate:
    """Signed by itself: whether its chain holds is what the proxy says, never looked at by us."""

    def name(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ministry, of Finance"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    builder = x509.CertificateBuilder(
        issuer_name=name(issuer),
        subject_name=name(subject),
        public_key=key.private.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=30),
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName(san), critical=False)
    return builder.sign(key.private, None if key.alg == "EdDSA" else hashes.SHA256())


def of_rfc9440(found: x509.Certificate) -> str:
    return f":{base64.b64encode(found.public_bytes(Encoding.DER)).decode()}:"


def of_nginx(found: x509.Certificate) -> str:
    return quote(found.public_bytes(Encoding.PEM).decode(), safe="")


def x5t(found: x509.Certificate) -> str:
    return b64(hashlib.sha256(found.public_bytes(Encoding.DER)).digest())
