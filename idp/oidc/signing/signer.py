"""A key of ours in hand: parsed once, never in a request's time, with the text of each header that it writes.

Spec: RFC 7515 §4.1, RFC 7518 §3.3-§3.5, RFC 8037 §3.1. Deliberately not here: making keys, and reaching those that are
kept outside (whoever signs hands in how).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from idp.model import SigningKey
from idp.oidc.jose import JoseError, jwk, jws
from idp.oidc.jose.base64url import encode

OUTSIDE = b"pkcs11:"
"""How the reference to a private key that is kept in a token begins. Spec: RFC 7512 §2.3."""

Outside = Callable[[SigningKey, bytes], bytes]
"""Signs octets with a key that is kept elsewhere: R ‖ S for ES256, the octets of RFC 8017 for RSA."""

_SHA256 = hashes.SHA256()
_ES256 = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """One key. `own` signs octets; None where the private part is kept outside."""

    key: SigningKey
    public: jwk.PublicKey
    own: Callable[[bytes], bytes] | None
    headers: dict[str, bytes] = field(default_factory=dict)
    """The encoded protected header of each type, with its dot."""
    proved: dict[bytes, bytes] = field(default_factory=dict)
    """Payloads of tokens that were proved lately, by the SHA-256 of the whole. Strangers cannot fill it."""

    def header(self, typ: str) -> bytes:
        made = self.headers.get(typ)
        if made is None:
            made = encode(orjson.dumps({"alg": self.key.alg, "kid": self.key.kid, "typ": typ})) + b"."
            self.headers[typ] = made
        return made

    def sign(self, signed: bytes, outside: Outside | None) -> bytes:
        if self.own is not None:
            return self.own(signed)
        if outside is None:
            raise TypeError(f"key {self.key.kid} is kept outside, and nobody said how to reach it")
        return outside(self.key, signed)

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Raises JoseError. The algorithm is the key's own; nothing a token says is asked."""
        if not jws.proves(self.public, self.key.alg, signature, signed):
            raise JoseError("signature")


_signers: dict[tuple[str, str, str], Signer] = {}


def signer_of(key: SigningKey) -> Signer:
    """The key, parsed at its first use. Raises TypeError: it is not a key of its algorithm."""
    known_as = key.kid, key.alg, key.public_jwk.get("x") or key.public_jwk["n"]
    signer = _signers.get(known_as)
    if signer is None:
        public = jwk.read(key.public_jwk)
        if not jws.fits(public, key.alg):
            raise TypeError(f"key {key.kid} is no {key.alg} key")
        signer = _signers[known_as] = Signer(key, public, _own(key))
    return signer


def _own(key: SigningKey) -> Callable[[bytes], bytes] | None:
    der = key.private.reveal()
    if der.startswith(OUTSIDE):
        return None
    # Safe: it comes out of our own seal, and the check that is left out costs 50 ms (primes of an RSA key).
    private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        curve = private
        return lambda signed: _fixed(curve.sign(signed, _ES256))
    if isinstance(private, RSAPrivateKey):
        rsa, scheme = private, _PSS if key.alg == "PS256" else _PKCS1
        return lambda signed: rsa.sign(signed, scheme, _SHA256)
    if isinstance(private, Ed25519PrivateKey):
        return private.sign
    raise TypeError(f"key {key.kid} is of an unknown kind")


def _fixed(der: bytes) -> bytes:
    """DER → R ‖ S of 32 octets each: such small numbers have lengths of one octet. Spec: RFC 7518 §3.4."""
    end = 4 + der[3]
    return der[4:end].lstrip(b"\0").rjust(32, b"\0") + der[end + 2 :].lstrip(b"\0").rjust(32, b"\0")
