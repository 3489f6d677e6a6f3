"""A public key, as a JWK says it, read once and kept: what proves a signature or hides an envelope's key.

Spec: RFC 7517 §4, RFC 7518 §6.2, §6.3, RFC 8037 §2, RFC 7638, RFC 8725 §3.5. Deliberately not here: symmetric keys,
private ones (a stranger who shows us one has lost it), certificates (x5c, x5u are never looked at), and any fetching.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from idp.oidc.jose import JoseError
from idp.oidc.jose.base64url import decode, encode

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
CURVES: Final[Mapping[str, tuple[EllipticCurve, int]]] = {
    "P-256": (SECP256R1(), 32),
    "P-384": (SECP384R1(), 48),
    "P-521": (SECP521R1(), 66),
}
"""The curve, and the octets of a coordinate."""
SHORTEST_BITS, LONGEST_BITS = 2048, 8192
LEAST_EXPONENT, GREATEST_EXPONENT = 65537, 2**32
"""Spec: FIPS 186-5 §5.1 for the least; above, a check costs too much."""
MOST_KEYS = 32
LONGEST_SET = 64 * 1024
LONGEST_NAME = 256
REMEMBERED = 4096
"""Keys that are kept parsed, about a kilobyte each."""

Key = EllipticCurvePublicKey | RSAPublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key in hand. `alg`, `use`: what it is registered for, None where it does not say.

    curve: `P-256` … or `Ed25519`; None for RSA. thumbprint: SHA-256, base64url (RFC 7638).
    """

    kid: str | None
    kty: str
    alg: str | None
    use: str | None
    key: Key = field(hash=False)
    thumbprint: str
    curve: str | None = None


def read(jwk: Mapping[str, object]) -> PublicKey:
    """The public key of a JWK.

    Raises: JoseError: symmetric, with private members, weak, of an unknown kind, or not well said.
    Spec: RFC 7517 §4, RFC 7518 §6.
    """
    if not isinstance(jwk, Mapping):
        raise JoseError("a key is not an object")
    if PRIVATE & jwk.keys():
        raise JoseError("a key with private members")
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _MATERIAL:
        raise JoseError("kty is not EC, RSA or OKP")
    material = tuple(_text(jwk, name) for name in _MATERIAL[kty])
    return _parsed(kty, material, _name(jwk, "kid"), _name(jwk, "alg"), _use(jwk))


def read_set(document: Mapping[str, object]) -> tuple[PublicKey, ...]:
    """The usable keys of a JWK Set, in its order. Keys that we cannot use are passed over, as the RFC asks.

    Raises: JoseError: it is no key set, or one too large.
    Spec: RFC 7517 §5.
    """
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list | tuple):
        raise JoseError("not a key set")
    if len(listed) > MOST_KEYS:
        raise JoseError(f"more than {MOST_KEYS} keys")
    found = []
    for jwk in listed:
        try:
            found.append(read(jwk))
        except JoseError:
            continue
    return tuple(found)


def thumbprint(members: Mapping[str, str]) -> str:
    """SHA-256 of the required members, base64url. Spec: RFC 7638 §3."""
    return encode(hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()).decode("ascii")


@lru_cache(maxsize=REMEMBERED)
def _parsed(kty: str, material: tuple[str, ...], kid: str | None, alg: str | None, use: str | None) -> PublicKey:
    members = dict(zip(_MATERIAL[kty], material, strict=True))
    try:
        key = _KEYS[kty](members)
    except JoseError:
        raise
    except (ValueError, UnsupportedAlgorithm) as error:
        raise JoseError(f"not a {kty} key: {error}") from error
    return PublicKey(kid, kty, alg, use, key, thumbprint({"kty": kty, **members}), members.get("crv"))


def _ec(members: Mapping[str, str]) -> Key:
    curve, octets = CURVES.get(members["crv"], (None, 0))
    if curve is None:
        raise JoseError("an unknown curve")
    x, y = (decode(members[name].encode("ascii")) for name in ("x", "y"))
    if len(x) != octets or len(y) != octets:  # §6.2.1.2: the full length, leading zeros included
        raise JoseError("a coordinate of another length")
    # cryptography refuses a point that is not on the curve.
    return EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve).public_key()


def _rsa(members: Mapping[str, str]) -> Key:
    n, e = (decode(members[name].encode("ascii")) for name in ("n", "e"))
    if not n or not e or n[0] == 0 or e[0] == 0:
        raise JoseError("a number with leading zeros")
    modulus, exponent = int.from_bytes(n, "big"), int.from_bytes(e, "big")
    if not SHORTEST_BITS <= modulus.bit_length() <= LONGEST_BITS or modulus % 2 == 0:
        raise JoseError("a modulus of another size")
    if not LEAST_EXPONENT <= exponent <= GREATEST_EXPONENT or exponent % 2 == 0:
        raise JoseError("an exponent that no honest key has")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _okp(members: Mapping[str, str]) -> Key:
    if members["crv"] != "Ed25519":
        raise JoseError("an unknown curve")
    return Ed25519PublicKey.from_public_bytes(decode(members["x"].encode("ascii")))


_MATERIAL: Final[Mapping[str, tuple[str, ...]]] = {"EC": ("crv", "x", "y"), "RSA": ("e", "n"), "OKP": ("crv", "x")}
_KEYS: Final[Mapping[str, Callable[[Mapping[str, str]], Key]]] = {"EC": _ec, "RSA": _rsa, "OKP": _okp}


def _text(jwk: Mapping[str, object], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str) or not value.isascii() or len(value) > LONGEST_BITS // 4:
        raise JoseError(f"{name} is missing or not text")
    return value


def _name(jwk: Mapping[str, object], name: str) -> str | None:
    value = jwk.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_NAME):
        raise JoseError(f"{name} is not a short text")
    return value


def _use(jwk: Mapping[str, object]) -> str | None:
    """What the key is for; said by `use`, or by the operations that it lists. Spec: RFC 7517 §4.2, §4.3."""
    use, operations = _name(jwk, "use"), jwk.get("key_ops")
    if operations is None or use is not None:
        return use
    if not isinstance(operations, list | tuple):
        raise JoseError("key_ops is not a list")
    if "verify" in operations:
        return "sig"
    return "enc" if {"encrypt", "wrapKey", "deriveKey", "deriveBits"} & {str(one) for one in operations} else "none"
