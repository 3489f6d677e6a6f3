"""A compact signature of somebody else's, proved by keys that we already hold.

Nothing in a token chooses the key that proves it: `kid` picks among keys at hand, and `jwk`, `jku`, `x5u`, `x5c` are
never looked at here (a DPoP proof's own key is taken by its caller, who binds it). The caller names the algorithms, and
each must fit the key's kind and what the key is registered for.
Spec: RFC 7515 §4, §5.2; RFC 7518 §3; RFC 8037 §3.1; RFC 8725 §3.1-§3.11. Deliberately not here: `none`, unencoded
payloads (`b64`), extensions (`crit`), JSON serialisation, what the claims must say.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from idp.oidc.jose import JoseError, UnknownKey
from idp.oidc.jose.base64url import decode
from idp.oidc.jose.jwk import PublicKey
from idp.oidc.jose.parse import object_of

LONGEST = 32 * 1024
"""Characters of a token; request objects are the longest."""
LONGEST_HEADER = 8 * 1024
SHORT_HEADER = 768
"""Characters up to which a header is kept parsed: what strangers can fill with it is bounded."""
MOST_TRIED = 4
"""Keys that one signature is tried with, when its token names none."""

ALGS: Final[Mapping[str, tuple[str, str | None]]] = MappingProxyType(
    {
        "ES256": ("EC", "P-256"),
        "RS256": ("RSA", None),
        "PS256": ("RSA", None),
        "EdDSA": ("OKP", "Ed25519"),
        "Ed25519": ("OKP", "Ed25519"),
    }
)
"""Algorithm → kty and curve of its keys."""
SAME: Final[Mapping[str, str]] = MappingProxyType({"Ed25519": "EdDSA"})
"""Two names of one thing. Spec: RFC 9864 §2.2."""
HMACS: Final[Mapping[str, str]] = MappingProxyType({"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"})

_SHA256 = hashes.SHA256()
_ES256 = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself: good for choosing where to look, for nothing else."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def alg(self) -> str:
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        return self.header.get("kid")


def peek(token: str) -> Unverified:
    """A compact JWS taken apart, and not believed.

    Raises: JoseError: too long, not one, or with what we do not do (`crit`, `b64`).
    Spec: RFC 7515 §5.2 steps 1 to 7, §4.1.11.
    """
    if not isinstance(token, str) or len(token) > LONGEST or not token.isascii():
        raise JoseError("not a compact JWS of bearable length")
    parts = token.encode("ascii").split(b".")
    if len(parts) != 3 or len(parts[0]) > LONGEST_HEADER:
        raise JoseError("not a compact JWS")
    header = _known(parts[0]) if len(parts[0]) <= SHORT_HEADER else _header(parts[0])
    return Unverified(header, object_of(_octets(parts[1])), parts[0] + b"." + parts[1], _octets(parts[2]))


def verify(
    token: str | Unverified, keys: Sequence[PublicKey], algs: frozenset[str], typ: frozenset[str] | None = None
) -> dict[str, Any]:
    """The claims, after the signature: by the key that `kid` names, or by one that fits when it names none.

    Args:
        keys: those of whoever should have signed it.
        algs: names that are allowed here and now; `EdDSA` allows its other name `Ed25519`.
        typ: types that are allowed, lower case, without `application/`; `""` allows none at all; None: not looked at.
    Raises: UnknownKey: no key at hand fits. JoseError: anything else.
    Spec: RFC 7515 §5.2, RFC 8725 §3.1, §3.11.
    """
    seen = _checked(token, algs, typ)
    fitting = [key for key in keys if (seen.kid is None or key.kid == seen.kid) and fits(key, seen.alg)]
    if not fitting:
        raise UnknownKey(f"no key for alg {seen.alg}, kid {seen.kid!r:.80}")
    if not any(proves(key, seen.alg, seen.signature, seen.signed) for key in fitting[:MOST_TRIED]):
        raise JoseError("signature")
    return dict(seen.claims)


def verify_with(
    token: str | Unverified, key: PublicKey, algs: frozenset[str], typ: frozenset[str] | None = None
) -> dict[str, Any]:
    """The claims, after the signature by this one key; `kid` is not looked at. As `verify` else."""
    seen = _checked(token, algs, typ)
    if not fits(key, seen.alg):
        raise JoseError(f"alg {seen.alg} does not fit the key")
    if not proves(key, seen.alg, seen.signature, seen.signed):
        raise JoseError("signature")
    return dict(seen.claims)


def verify_hmac(
    token: str | Unverified,
    secret: bytes,
    algs: frozenset[str] = frozenset(HMACS),
    typ: frozenset[str] | None = None,
) -> dict[str, Any]:
    """The claims, after the MAC by a secret that two parties share.

    Raises: JoseError; also where the secret is shorter than the hash (RFC 7518 §3.2).
    """
    seen = _checked(token, algs, typ)
    digest = HMACS.get(seen.alg)
    if digest is None:
        raise JoseError(f"alg {seen.alg} is no MAC")
    if len(secret) < hashlib.new(digest).digest_size:
        raise JoseError(f"a secret too short for {seen.alg}")
    if not hmac.compare_digest(hmac.digest(secret, seen.signed, digest), seen.signature):
        raise JoseError("signature")
    return dict(seen.claims)


def _octets(part: bytes) -> bytes:
    try:
        return decode(part)
    except ValueError as error:
        raise JoseError(f"not base64url: {error}") from error


def _header(part: bytes) -> Mapping[str, Any]:
    header = object_of(_octets(part))
    if "crit" in header or "b64" in header:
        raise JoseError("crit or b64: an extension that we do not do")
    if not isinstance(header.get("alg"), str):
        raise JoseError("alg is missing")
    if not all(isinstance(header.get(name, ""), str) for name in ("kid", "typ", "cty")):
        raise JoseError("kid, typ or cty is not text")
    return MappingProxyType(header)


_known = lru_cache(maxsize=4096)(_header)
"""The header of one sender is the same text in each of its tokens."""


def _checked(token: str | Unverified, algs: frozenset[str], typ: frozenset[str] | None) -> Unverified:
    seen = token if isinstance(token, Unverified) else peek(token)
    if seen.alg not in algs and SAME.get(seen.alg, seen.alg) not in algs:
        raise JoseError(f"alg {seen.alg!r:.40} is not allowed here")
    if typ is not None and _type(seen.header) not in typ:
        raise JoseError(f"typ {seen.header.get('typ')!r:.40} is not expected here")
    return seen


def _type(header: Mapping[str, Any]) -> str:
    """Media types have no case, and `application/` may be left out. Spec: RFC 7515 §4.1.9."""
    return str(header.get("typ", "")).lower().removeprefix("application/")


def fits(key: PublicKey, alg: str) -> bool:
    """Whether the key may prove by this algorithm: its kind, its use, and what it is registered for."""
    if ALGS.get(alg) != (key.kty, key.curve) or key.use not in (None, "sig"):
        return False
    return key.alg is None or SAME.get(key.alg, key.alg) == SAME.get(alg, alg)


def proves(key: PublicKey, alg: str, signature: bytes, signed: bytes) -> bool:
    """Whether the key made this signature in this way. The algorithm must fit the key (`fits`)."""
    public = key.key
    try:
        if isinstance(public, EllipticCurvePublicKey):
            public.verify(dss(signature), signed, _ES256)
        elif isinstance(public, RSAPublicKey):
            public.verify(signature, signed, _PSS if alg == "PS256" else _PKCS1, _SHA256)
        elif isinstance(public, Ed25519PublicKey):
            public.verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def dss(raw: bytes) -> bytes:
    """R ‖ S of 32 octets each → DER. Raises ValueError: another length, or a zero. Spec: RFC 7518 §3.4."""
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if len(raw) != 64 or not r or not s:
        raise ValueError("not R and S")
    return encode_dss_signature(r, s)
