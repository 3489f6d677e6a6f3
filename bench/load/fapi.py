"""A client of the FAPI 2.0 kind: private_key_jwt and DPoP, new proofs for each request.

Spec: RFC 7523 §3, RFC 9449 §4.2, §8 (nonce). The framing is plain JWS (RFC 7515 §3.1) over `cryptography`.
"""

import base64
import hashlib
import json
import secrets
import time
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.load.browser import FORM_TYPE
from bench.load.wire import all_of

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Prover:
    """Makes token requests of one client."""

    def __init__(self, client_id: str, kid: str, jwk: dict[str, str], issuer: str, token_endpoint: str) -> None:
        """`jwk`: the private P-256 key that the client is registered with; it also signs the proofs."""
        self._client_id, self._issuer, self._endpoint = client_id, issuer, token_endpoint
        self._key = ec.derive_private_key(int.from_bytes(_raw(jwk["d"]), "big"), ec.SECP256R1())
        self._assertion_head = _part({"alg": "ES256", "kid": kid, "typ": "JWT"})
        public = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
        self._proof_head = _part({"alg": "ES256", "typ": "dpop+jwt", "jwk": public})
        self._nonce: str | None = None

    def request(self, form: dict[str, str]) -> tuple[list[tuple[str, str]], bytes]:
        """Headers and body of one token request."""
        now = int(time.time())
        said = {"iss": self._client_id, "sub": self._client_id, "aud": self._issuer, "iat": now, "exp": now + 60}
        proof = {"htm": "POST", "htu": self._endpoint, "iat": now, "jti": secrets.token_urlsafe(16)}
        if self._nonce is not None:
            proof["nonce"] = self._nonce
        assertion = self._signed(self._assertion_head, {**said, "jti": secrets.token_urlsafe(16)})
        body = {**form, "client_assertion_type": ASSERTION, "client_assertion": assertion}
        headers = [("Content-Type", FORM_TYPE), ("DPoP", self._signed(self._proof_head, proof))]
        return headers, urlencode({**body, "client_id": self._client_id}).encode()

    def wants_nonce(self, status: int, head: bytes) -> bool:
        """Keeps the nonce of an answer; whether the request is to be made again with it. Spec: RFC 9449 §8."""
        if given := all_of(head, "dpop-nonce"):
            self._nonce = given[0]
        return status in (400, 401) and bool(given)

    def _signed(self, head: bytes, claims: dict[str, object]) -> str:
        signing = head + b"." + _part(claims)
        one, two = decode_dss_signature(self._key.sign(signing, ec.ECDSA(SHA256())))
        return (signing + b"." + _text(one.to_bytes(32, "big") + two.to_bytes(32, "big"))).decode()


def new_key() -> dict[str, str]:
    """A private P-256 key as a JWK with its thumbprint as `kid`. Spec: RFC 7518 §6.2, RFC 7638."""
    private = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    point = private.public_numbers
    octets = {"x": point.x, "y": point.y, "d": private.private_value}
    found = {name: _text(value.to_bytes(32, "big")).decode() for name, value in octets.items()}
    public = json.dumps({"crv": "P-256", "kty": "EC", "x": found["x"], "y": found["y"]}, separators=(",", ":"))
    return {"kty": "EC", "crv": "P-256", **found, "kid": _text(hashlib.sha256(public.encode()).digest()).decode()}


def _part(value: dict[str, object]) -> bytes:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
